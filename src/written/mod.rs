//! What people write by hand, as values that know their place: flows and kinds share it.
//!
//! [`source`] (TOML text -> values with the bytes they stand at), [`expression`] (conditions), [`schedule`] (opening
//! hours, wall time), [`hours`] (working hours as a clock), [`formula`] (numbers reckoned from others). Nothing here knows what a flow or a record is: what a condition may ask of is told by a
//! [`expression::Vocabulary`].
//!
//! | what | limit |
//! | --- | --- |
//! | a condition, a formula | 1,000 bytes, nested 16 deep |

pub mod expression;
pub mod formula;
pub mod hours;
pub mod schedule;
pub mod source;
