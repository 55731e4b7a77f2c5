//! The store: rows on SQLite or PostgreSQL behind plain async functions that answer in the types of
//! `crm` and `acd`.
//!
//! It decides nothing: rules of matching, merging and closing stand in `crm`, routing in `acd`. It
//! keeps no cache. One SQL text serves both databases (`$1`, `RETURNING`, `ON CONFLICT`); where they
//! differ, two texts stand side by side in the same function. Times are i64 microseconds UTC.
//!
//! | what | limit |
//! | --- | --- |
//! | a statement, a wait for a connection | [`StoreSettings::limit`], then [`StoreError::Unavailable`] |
//! | customers for one number | [`crate::crm::MATCHES_MAX`] |
//! | rows of one page | [`PAGE_MAX`] |
//! | inputs of one replay | [`Span::most`] |
//! | contacts judged for resolution | `crm::ResolutionSpan::most` |
//! | rows of settled figures | 400,000 a question |
//! | writes waiting, spool, overflow file | [`WriterSettings`] |
//! | SIP messages kept | [`ladder`] |
//! | a report | [`ReportLimits`] |
//! | contacts among which a scorecard picks | [`PICKED_FROM_MAX`] |

mod access;
mod alerts;
mod call_backs;
mod campaigns;
mod cause;
pub mod center;
mod customers;
mod db;
mod decode;
mod error;
mod files;
mod import;
mod interactions;
mod journal;
pub mod ladder;
mod legs;
mod links;
mod messages;
pub mod private;
mod quality;
pub mod record;
pub mod recordings;
mod recover;
mod report;
mod sample;
mod tasks;
mod writer;

use std::sync::Arc;

pub use access::{NewProgram, ProgramToken, SessionRow};
pub use alerts::{AlertEntry, AlertLetter, SentLetter};
pub use campaigns::{Campaign, EntryCounts, ListProgress, Listed, Loaded, NewRow, Results, Said, StateRefused};
pub use cause::Cause;
pub use customers::KeptFields;
pub use db::{Claim, StoreSettings, trial};
use db::{Counted, Pools};
pub use decode::{DecodeError, Encoding, Known, Text, decode, decode_calendar};
pub use error::StoreError;
pub use files::Files;
pub use import::{Duplicates, Import, ImportError, ImportKind, ImportOptions, ImportReport, RowMistake, SLICE, import};
pub use interactions::{Cursor, InteractionFilter, Page, ResolutionError};
pub use journal::{
    AgentStateEntry, AgentSums, CheckpointMark, FOLLOWED, JournalError, JournalRow, ReplayReport, Span, hex,
};
pub use links::{LinkRow, Opens};
pub use quality::{
    Evaluation, EvaluationFilter, Filled, NewEvaluation, Objection, PICKED_FROM_MAX, Picking, Reply, Viewer,
};
pub use report::{Cell, OWN_MAX, OwnDraft, OwnReport, ReportError, ReportLimits, ReportRows, reports};
pub use sample::{load_sample, sample_customers};
pub use tasks::StoredTask;
pub use writer::{WriteRefused, Writer, WriterHealth, WriterSettings};

/// Rows of one page at most.
pub const PAGE_MAX: u32 = 200;

/// The database. Cheap to clone; all clones share the connections.
#[derive(Clone, Debug)]
pub struct Store {
    pools: Pools,
    settings: StoreSettings,
    /// Whether it can be reached just now.
    standing: Arc<db::Standing>,
    /// Connections of reports.
    asking: db::Asking,
    counted: Counted,
    /// Asks nothing of a database that can not be reached.
    heeds: bool,
    /// Tries to write also where the disk is known to take nothing.
    stubborn: bool,
}
