//! Why something is not done with a record.

use super::RecordChange;
use crate::record::{Mistake, Record, Refused, StepRefused};
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("there is no such kind")]
    UnknownKind,
    /// Not there, or not to be seen by this one.
    #[error("there is no such record")]
    NotFound,
    #[error("you may not do this with this record")]
    NotAllowed,
    /// Fields that cannot be taken, all of them.
    #[error("fields cannot be taken")]
    Fields(Vec<Refused>),
    #[error("this step cannot be taken")]
    Step(StepRefused),
    /// Somebody else changed it since; with everything that was done to it.
    #[error("the record has changed (version {} now)", .present.version)]
    Changed { present: Box<Record>, since: Vec<RecordChange> },
    /// What was changed is something else again.
    #[error("this cannot be undone: {0} has changed since")]
    Overwritten(String),
    #[error("the definition has mistakes")]
    Mistakes(Vec<Mistake>),
    /// Records are in states that the new version does not know.
    #[error("records are in the state `{0}`")]
    StateInUse(String),
    /// The kind was published anew meanwhile.
    #[error("the kind has changed (version {present} now)")]
    KindChanged { present: u32 },
    #[error("there are {0} kinds: no more are possible")]
    TooManyKinds(usize),
    /// Of a list: what cannot be asked.
    #[error("{0}")]
    Question(String),
    /// Of a job: not in the state that it is in.
    #[error("the job is in another state")]
    JobState,
    /// A file that cannot be taken, or read again.
    #[error("{0}")]
    Table(String),
    #[error("the file cannot be read: {0}")]
    File(String),
}
