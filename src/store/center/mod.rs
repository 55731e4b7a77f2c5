//! The center's rows: [`crate::setup`] in the store, version by version.
//!
//! Not here: what the center's words mean, how they are read, checked and compared (`setup`).

mod history;
mod rows;
mod secrets;

pub use history::{CenterVersion, ObjectChange};
