//! The center's rows: [`crate::setup`] in the store, version by version.
//!
//! Not here: what the center's words mean, how they are read, checked and compared (`setup`).

mod drafts;
mod history;
mod rows;
mod secrets;

pub use drafts::FlowDraft;
pub use history::{CenterVersion, ObjectChange};
