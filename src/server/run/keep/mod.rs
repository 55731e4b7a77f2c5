//! What a running server keeps, and what it lets go in time.

pub mod recordings;
pub mod retention;
pub mod rules;
