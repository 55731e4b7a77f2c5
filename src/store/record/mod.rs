//! Records in the store: a real table a kind (`record_ticket`), with real columns, so that reports, indexes and foreign
//! keys work. [`Records`] is the way in.
//!
//! Kinds in force are one immutable value ([`Catalogue`]), replaced when one is published: a change of a kind makes
//! its tables wider in the same transaction as its version, and nothing is ever taken away. Every write tells its
//! [`News`], is written down with what stood there before and after (`record_changes`), and costs the same number of
//! statements whatever it writes.
//!
//! What rules do by themselves is part of the write that they follow (`rules`); those whose time has come, and what is
//! still to be done beside a record, are carried out by `driver`, each once.
//!
//! It decides nothing: what may be written, read and taken is judged by [`crate::record`]; whose records somebody
//! reaches becomes part of the statement (`filter`).
//!
//! | what | limit |
//! | --- | --- |
//! | kinds | [`KINDS_MAX`] |
//! | rows of a page | [`super::PAGE_MAX`] |
//! | records counted for a page | [`COUNTED_MAX`], then told as capped |
//! | news kept for somebody slow | [`NEWS_KEPT`] |

mod catalogue;
mod changes;
mod driver;
mod error;
mod files;
mod filter;
mod jobs;
mod join;
mod list;
mod makes;
mod publish;
mod rolls;
mod rows;
mod rules;
mod shipped;
mod sql;
mod tables;
mod terms;
mod views;
mod write;

use std::sync::{Arc, PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tokio::sync::{Notify, broadcast};

use super::Store;
use crate::base::Instant;
use crate::record::Role;
pub use catalogue::{Catalogue, Stored};
pub use changes::Comment;
pub use error::RecordError;
pub use files::{ATTACHED_MAX, FILES_MAX, RecordFile};
pub use jobs::{
    Counts, Duplicates, EDIT_MAX, EditSpec, FILE_MAX, ImportSpec, Job, JobRow, JobRows, JobState, RowHow, RowMistake,
    Spec, Worker,
};
pub use join::REFERRERS_MAX;
pub use list::{COUNTED_MAX, Listed, Query};
pub use publish::KindVersion;
pub use rules::Notice;
pub use views::{VIEWS_MAX, View, ViewDraft};
pub use write::{About, Step};

/// Kinds at once.
pub const KINDS_MAX: usize = 200;
/// More news than this are not waited for by those who are slow: they look again.
pub const NEWS_KEPT: usize = 256;

/// The records of a store. Cheap to clone; all clones see the same kinds.
#[derive(Clone, Debug)]
pub struct Records {
    store: Store,
    now: Arc<RwLock<Arc<Catalogue>>>,
    news: broadcast::Sender<News>,
    /// There may be a job to do.
    work: Arc<Notify>,
}

/// What was changed.
#[derive(Clone, PartialEq, Debug)]
pub struct News {
    pub told: Told,
    /// Of those who may hear it, the lowest role; whoever reaches only some records looks for himself.
    pub least: Role,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Told {
    /// A record was made, changed or deleted.
    Record { kind: String, id: i64, version: u32, state: Option<String> },
    /// A kind has a new version.
    Kind { kind: String, version: u32 },
}

/// One change of a record.
#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
pub struct RecordChange {
    pub id: i64,
    pub at: Instant,
    /// Sign-in name.
    pub by: String,
    /// `made`, `changed`, `step`, `deleted`, `undone`, `rule` (its time came), `comment`,
    /// `attached`, `detached`, `joined`.
    pub kind: String,
    /// Of `step`: which.
    pub step: Option<String>,
    /// The version of the record that came of it.
    pub version: u32,
    pub fields: Vec<FieldChange>,
    /// Of `comment`: what was said; of `rule`: what it could not do; of `attached` and `detached`: the name of the file;
    /// of `joined`: the record that went.
    pub text: Option<String>,
    /// Rules that acted in it, by their keys.
    pub rules: Vec<String>,
}

/// One field that became something else; references are ids.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = RecordFieldChange)]
pub struct FieldChange {
    pub field: String,
    #[schema(value_type = Object)]
    pub before: Json,
    #[schema(value_type = Object)]
    pub after: Json,
}

impl Records {
    fn of(store: Store, catalogue: Catalogue) -> Self {
        let (news, _) = broadcast::channel(NEWS_KEPT);
        Self { store, now: Arc::new(RwLock::new(Arc::new(catalogue))), news, work: Arc::new(Notify::new()) }
    }

    /// The kinds in force.
    pub fn kinds(&self) -> Arc<Catalogue> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn kind(&self, key: &str) -> Result<Arc<Stored>, RecordError> {
        self.kinds().get(key).cloned().ok_or(RecordError::UnknownKind)
    }

    /// What is changed from now on.
    pub fn news(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }

    /// Unless a newer version is known already.
    fn replace(&self, stored: Arc<Stored>) {
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        if now.get(&stored.kind.key).is_some_and(|known| known.version >= stored.version) {
            return;
        }
        let mut catalogue = Catalogue::clone(&now);
        catalogue.insert(stored.kind.key.clone(), stored);
        *now = Arc::new(catalogue);
    }

    fn tell(&self, stored: &Stored, told: Told) {
        if let Some(least) = stored.kind.access.read.lowest() {
            // Nobody there is no error.
            let _ = self.news.send(News { told, least });
        }
    }
}
