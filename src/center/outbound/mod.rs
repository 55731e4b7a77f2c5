//! Calls that go out: the ways to a number, what may be spent, and calls that begin with nobody on the line.
//!
//! Not here: who rings when, which the steps decide.

pub(in crate::center) mod attempt;
pub(in crate::center) mod placing;
pub(in crate::center) mod route;
pub(in crate::center) mod spending;
