//! The simulator: people, agents, trunks and their bad days, with the live pacer between them. It decides nothing itself.
//!
//! Times in scenarios are seconds or minutes as their names say. The same seed is the same day.

mod day;
mod hostile;
mod people;
mod policy;
mod rival;
mod scenario;
mod summary;
mod world;

pub use day::Day;
pub use hostile::hostile_day;
pub use scenario::{Policy, Scenario, ScenarioError};
pub use summary::{Compared, Mean, Summary, run_day, summarise, tune};
