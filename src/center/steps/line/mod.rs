//! Between the router and everybody else.

mod queueing;
pub(in crate::center) mod ring;
