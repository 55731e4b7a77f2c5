//! Calls that go out: the ways to a number, and what agents may spend.
//!
//! Not here: who rings when, which the steps decide.

pub(in crate::center) mod attempt;
pub(in crate::center) mod route;
pub(in crate::center) mod spending;
