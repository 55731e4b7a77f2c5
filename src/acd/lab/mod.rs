//! The laboratory: the live router under other circumstances. [`simulate`] invents callers and agents,
//! [`what_if`] gives a past day other rules, [`shadow`] lets other rules run beside today's, `rehearsal` asks
//! who would get a contact that came now.
//!
//! Every decision here is [`crate::acd::Router`]'s; nothing here reaches the running center.

mod rehearsal;
pub mod shadow;
pub mod simulate;
pub mod what_if;

pub use rehearsal::{Rehearsal, RehearsedEnd};
