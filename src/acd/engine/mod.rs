//! The router and the machines it is made of: [`Router::handle`](crate::acd::Router::handle) and the steps
//! behind it. Each step is an `impl Router` in a file named by its noun; all of them see the same tables.
//!
//! | file | asked when |
//! | --- | --- |
//! | `router` | an input comes or a deadline is due |
//! | `configure` | new rules come |
//! | `presence` | agents come, go, pause, wrap up |
//! | `waiting`, `admission` | contacts come, wait, leave; whether a queue takes them |
//! | `ringing` | a reservation rings, is taken or not |
//! | `choose`, `together`, `matching`, `fairness` | who gets whom; many at once; the bound on being overtaken |
//! | `condition` | a queue is in trouble: conditional relaxation |
//! | `estimate` | how long will it take |
//! | `record`, `standstill`, `view` | a decision is written down; why nothing happens; pictures for others |
//! | `tables` | what all these keep |
//!
//! It is not: the rules it obeys (`rules`), the words for what it did (`why`), the memory of it (`journal`).
//!
//! Limits: contacts known at once are `Settings::max_contacts`; the tables bound what they keep.

mod admission;
mod choose;
mod condition;
mod configure;
mod estimate;
mod fairness;
mod matching;
mod presence;
mod record;
mod ringing;
pub(in crate::acd) mod router;
mod standstill;
pub(in crate::acd) mod tables;
mod together;
mod view;
mod waiting;

pub use router::{Router, Settings};
pub use standstill::Standstill;
pub use tables::pace::{Predictor, WaitEstimate};
pub use view::{AgentView, LineView, QueueView, WaitingView};
