//! Between the router and everybody else.

mod answered;
mod no_media;
pub(in crate::center) mod pop;
mod queueing;
pub(in crate::center) mod ring;
