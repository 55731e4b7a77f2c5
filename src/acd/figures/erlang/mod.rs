//! The calculators: Erlang B, C and A with or without a limit of lines, staffing, and tables of them.
//!
//! Precise to nine digits and more up to many thousand agents; nothing overflows.

mod queue;
mod scaled;
pub(in crate::acd) mod special;
mod staffing;
mod table;

pub use queue::{ErlangError, Input, Output, erlang_b, solve};
pub use staffing::staff;
pub use table::{TableError, fill_table};
