//! Figures about queues and agents: [`statistics`] of what happened, [`erlang`] of what to expect.
//!
//! They are folded from the router's inputs and outputs and never asked by it. (The wait told to a caller is
//! the router's own: `engine/estimate.rs`.)

pub mod erlang;
pub mod statistics;
