//! Campaigns: their state, whom they call, every call, and who is not to be called.
//!
//! | file | holds |
//! | --- | --- |
//! | `state` | how far each campaign is |
//! | `lists` | entries: loaded, counted, handed to the center |
//! | `attempts` | calls: written before they are made, ended, found open after a crash |
//! | `certificate`, `results` | what was said of each call, and what came of all of them |
//! | `forbidden` | numbers that nobody calls |
//!
//! An attempt is a row before its number is dialled, and the pacer's memory stands in the same transaction: a process
//! that dies loses no call and makes none twice.

mod attempts;
mod certificate;
mod forbidden;
mod lists;
mod results;
mod state;

pub(super) use attempts::{write_over, write_paces};
pub use forbidden::Listed;
pub(super) use forbidden::forbid;
pub use lists::{EntryCounts, Loaded, NewRow};
pub use results::{ListProgress, Results, Said};
pub use state::{Campaign, StateRefused};
