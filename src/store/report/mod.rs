//! Reports run: on connections of their own, which only read, with a time and a number of rows that they may take.
//!
//! What is run was read and printed by [`crate::report`]: one question over documented views, in one's scope. What is said
//! here is the second wall: the connections cannot write, whatever they are given, and no call waits for them, since they
//! are not those of the router's writer nor of the screens.
//!
//! | what | limit | beyond |
//! | --- | --- | --- |
//! | connections | 1 (SQLite: one core), 2 (PostgreSQL) | others wait, then [`StoreError::Unavailable`] |
//! | one answer | [`ReportLimits::time`] | [`ReportError::TooSlow`] |
//! | rows of one answer | [`ReportLimits::rows`] | the first ones, and [`ReportRows::more`] |
//! | own reports of one person | [`OWN_MAX`] | [`ReportError::TooMany`] |

mod cells;
mod own;
mod running;
mod shipped;

use std::time::Duration;

pub use cells::Cell;
pub use own::{OWN_MAX, OwnDraft, OwnReport};
pub use shipped::reports;

use super::StoreError;

/// What one answer may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReportLimits {
    pub time: Duration,
    pub rows: u32,
}

impl Default for ReportLimits {
    fn default() -> Self {
        Self { time: Duration::from_secs(5), rows: 10_000 }
    }
}

/// An answer.
#[derive(Clone, PartialEq, Debug)]
pub struct ReportRows {
    /// Names of the columns.
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
    /// There are more rows than were read.
    pub more: bool,
}

/// Sorted by blame.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    // Whoever asks.
    /// The database does not understand it: in its words.
    #[error("{0}")]
    Refused(String),
    #[error("it took longer than {} s", .0.as_secs_f32())]
    TooSlow(Duration),
    #[error("there are {0} reports of yours already: delete some")]
    TooMany(u32),
    #[error("a report needs a name of 1 to {0} characters")]
    Name(usize),
    /// It is somebody else's.
    #[error("this report is somebody else's")]
    NotYours,
    // The environment.
    #[error(transparent)]
    Store(#[from] StoreError),
}
