//! The simulator: callers with a will of their own, agents with shifts, and the live router between
//! them under a virtual clock. It routes nothing itself; every decision is [`crate::acd::Router`]'s.
//!
//! Times in scenarios are seconds, in traces milliseconds, inside microseconds. Simultaneous events
//! happen in this order: end of service, log-in, log-out, widening ring, abandonment, arrival.

mod call;
mod center;
mod distribution;
mod measure;
mod replication;
mod scenario;
mod staffing;
mod summary;
mod trace;
mod world;

pub use replication::{Replication, replicate};
pub use scenario::{Scenario, ScenarioError};
pub use staffing::{Load, QueueReached, Reached, simulate_agents, simulate_staff};
pub use summary::{Summary, summarise};
pub use trace::{Decision, TraceError, run_trace};
