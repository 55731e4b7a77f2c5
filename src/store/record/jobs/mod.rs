//! What is done with many records in the background: an import (`import`), a change of all that a list shows
//! (`edit`), and taking one of them back.
//!
//! | state | goes on to | by |
//! | --- | --- | --- |
//! | `new`, `checked`, `stopped` | `checking` | [`Records::run_job`], dry |
//! | `new`, `checked`, `stopped` | `running` | [`Records::run_job`] |
//! | `checking` | `checked`, `stopped`, `failed` | its last slice, [`Records::stop_job`], a file that cannot be read |
//! | `running` | `done`, `stopped`, `failed` | the same |
//! | `done`, `stopped`, `failed` | `undoing` | [`Records::undo_job`] |
//! | `undoing` | `undone` | its last slice |
//!
//! A job that stopped while it was running goes on where it stood; one that was only checking begins anew. Every slice
//! is one transaction with the place behind it: after a crash no row is done twice and none is left out.
//!
//! | what | limit |
//! | --- | --- |
//! | rows of a slice | [`SLICE`] |
//! | jobs kept of a kind | [`KEPT`], the oldest that are over go |

mod edit;
mod import;
pub(super) mod many;
mod rows;
mod undo;
mod work;

use serde::{Deserialize, Serialize};

use super::Records;
use super::error::RecordError;
use crate::base::Instant;
use crate::record::{Asking, Role};
use crate::store::db::{Conn, args, instant};
use crate::store::{PAGE_MAX, StoreError};
pub use edit::{EDIT_MAX, EditSpec};
pub use import::{Duplicates, FILE_MAX, ImportSpec};
pub use rows::{JobRow, JobRows, RowHow, RowMistake};
pub use work::Worker;

/// Rows of one transaction: few enough that nobody else waits long.
pub const SLICE: usize = 200;
/// Jobs kept of one kind.
const KEPT: i64 = 100;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordJobState)]
pub enum JobState {
    New,
    Checking,
    Checked,
    Running,
    Done,
    Undoing,
    Undone,
    Stopped,
    Failed,
}

impl JobState {
    const ALL: [(&str, Self); 9] = [
        ("new", Self::New),
        ("checking", Self::Checking),
        ("checked", Self::Checked),
        ("running", Self::Running),
        ("done", Self::Done),
        ("undoing", Self::Undoing),
        ("undone", Self::Undone),
        ("stopped", Self::Stopped),
        ("failed", Self::Failed),
    ];

    const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Checking => "checking",
            Self::Checked => "checked",
            Self::Running => "running",
            Self::Done => "done",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }

    /// What its last slice makes of it.
    const fn over(self) -> Self {
        match self {
            Self::Checking => Self::Checked,
            Self::Running => Self::Done,
            Self::Undoing => Self::Undone,
            other => other,
        }
    }
}

/// Rows by what became of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
#[schema(as = RecordJobCounts)]
pub struct Counts {
    /// New records.
    pub made: u64,
    pub changed: u64,
    /// Left alone: a record is there already, or it is so already.
    pub skipped: u64,
    /// With a mistake; nothing of such a row is taken.
    pub refused: u64,
    /// Taken back.
    pub back: u64,
    /// Not taken back: changed by somebody since.
    pub kept: u64,
}

/// What a job does.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Spec {
    Import(ImportSpec),
    Edit(EditSpec),
}

#[derive(Clone, PartialEq, Debug)]
pub struct Job {
    pub id: i64,
    pub kind: String,
    pub state: JobState,
    /// It only looks, or looked, at what would become.
    pub dry: bool,
    /// Sign-in name of whoever started it last; it may do what this one may.
    pub author: String,
    pub role: Role,
    pub team: Option<String>,
    pub at: Instant,
    pub ended: Option<Instant>,
    pub spec: Spec,
    /// Rows done of `total`. Of an undo: the line done last, from the end.
    pub place: u64,
    pub total: Option<u64>,
    pub counts: Counts,
    /// Why it failed.
    pub failure: Option<String>,
}

const COLUMNS: &str = "id, kind, state, dry, author, role, team, at, ended, spec, place, total, counts, failure";

#[derive(sqlx::FromRow)]
struct JobEntry {
    id: i64,
    kind: String,
    state: String,
    dry: i64,
    author: String,
    role: String,
    team: Option<String>,
    at: i64,
    ended: Option<i64>,
    spec: String,
    place: i64,
    total: Option<i64>,
    counts: String,
    failure: Option<String>,
}

fn whole_number(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}

impl JobEntry {
    fn job(self) -> Result<Job, StoreError> {
        let corrupt = |what: &str| StoreError::Corrupt(format!("job {}: {what}", self.id));
        let state = JobState::ALL.into_iter().find(|(word, _)| *word == self.state).map(|(_, state)| state);
        Ok(Job {
            state: state.ok_or_else(|| corrupt("its state"))?,
            role: Role::from_word(&self.role).ok_or_else(|| corrupt("its role"))?,
            spec: serde_json::from_str(&self.spec).map_err(|error| corrupt(&error.to_string()))?,
            counts: serde_json::from_str(&self.counts).map_err(|error| corrupt(&error.to_string()))?,
            id: self.id,
            kind: self.kind,
            dry: self.dry != 0,
            author: self.author,
            team: self.team,
            at: instant(self.at),
            ended: self.ended.map(instant),
            place: whole_number(self.place),
            total: self.total.map(whole_number),
            failure: self.failure,
        })
    }
}

fn written<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Invalid(error.to_string()))
}

async fn insert(
    conn: &mut Conn,
    kind: &str,
    spec: &Spec,
    total: Option<u64>,
    asking: &Asking<'_>,
) -> Result<i64, StoreError> {
    let sql = "DELETE FROM record_jobs WHERE kind = $1 AND state NOT IN ('checking', 'running', 'undoing') AND id <=
                   (SELECT id FROM record_jobs WHERE kind = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)";
    conn.run(sql, args![kind, KEPT]).await?;
    let (id,): (i64,) = conn
        .one(
            "INSERT INTO record_jobs (kind, state, dry, author, role, team, at, spec, place, total, counts)
             VALUES ($1, 'new', 0, $2, $3, $4, $5, $6, 0, $7, $8) RETURNING id",
            args![
                kind,
                asking.who.user,
                asking.who.role.as_str(),
                asking.who.team,
                asking.now,
                written(spec)?,
                total,
                written(&Counts::default())?
            ],
        )
        .await?;
    Ok(id)
}

/// Digests of the files of imports that are at work, or begun since then.
pub(super) async fn imported_since(conn: &mut Conn, since: Instant) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT spec FROM record_jobs WHERE at >= $1 OR state IN ('checking', 'running')";
    let rows: Vec<(String,)> = conn.all(sql, args![since]).await?;
    let file = |(spec,): (String,)| match serde_json::from_str(&spec) {
        Ok(Spec::Import(spec)) => Some(spec.file),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(file).collect())
}

impl Records {
    /// One job of a kind.
    pub async fn job(&self, kind: &str, id: i64) -> Result<Job, RecordError> {
        let sql = format!("SELECT {COLUMNS} FROM record_jobs WHERE id = $1 AND kind = $2");
        let rows: Vec<JobEntry> = self.store.read().await?.all_of(sql, args![id, kind]).await?;
        Ok(rows.into_iter().next().ok_or(RecordError::NotFound)?.job()?)
    }

    /// The newest first.
    pub async fn jobs(&self, kind: &str) -> Result<Vec<Job>, RecordError> {
        let sql = format!("SELECT {COLUMNS} FROM record_jobs WHERE kind = $1 ORDER BY id DESC LIMIT $2");
        let rows: Vec<JobEntry> = self.store.read().await?.all_of(sql, args![kind, PAGE_MAX]).await?;
        rows.into_iter().map(|row| row.job().map_err(RecordError::from)).collect()
    }

    /// The one that has been at work, or waiting for it, for the longest; of another process, too, that ended.
    pub async fn job_at_work(&self) -> Result<Option<Job>, RecordError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM record_jobs WHERE state IN ('checking', 'running', 'undoing') ORDER BY id LIMIT 1"
        );
        let rows: Vec<JobEntry> = self.store.read().await?.all_of(sql, &[]).await?;
        Ok(rows.into_iter().next().map(JobEntry::job).transpose()?)
    }

    /// Sets a job to work as `spec` says: to look only (`dry`), or for good. One that had stopped in the middle goes on
    /// as it was.
    pub async fn run_job(&self, job: &Job, spec: &Spec, dry: bool, asking: &Asking<'_>) -> Result<Job, RecordError> {
        let mut conn = self.store.begin().await?;
        if job.state == JobState::Stopped && !job.dry && !dry {
            let sql = "UPDATE record_jobs SET state = 'running', ended = NULL WHERE id = $1 AND state = 'stopped'";
            self.moved(conn.run(sql, args![job.id]).await?)?;
            conn.commit().await?;
            self.wake();
            return self.job(&job.kind, job.id).await;
        }
        let may = match job.state {
            JobState::New | JobState::Checked => true,
            JobState::Stopped | JobState::Failed => job.dry,
            _ => false,
        };
        if !may {
            return Err(RecordError::JobState);
        }
        let state = if dry { JobState::Checking } else { JobState::Running };
        let changed = conn
            .run(
                "UPDATE record_jobs SET state = $3, dry = $4, author = $5, role = $6, team = $7, spec = $8, place = 0,
                     counts = $9, failure = NULL, ended = NULL WHERE id = $1 AND state = $2",
                args![
                    job.id,
                    job.state.word(),
                    state.word(),
                    i64::from(dry),
                    asking.who.user,
                    asking.who.role.as_str(),
                    asking.who.team,
                    written(spec)?,
                    written(&Counts::default())?
                ],
            )
            .await?;
        self.moved(changed)?;
        match spec {
            Spec::Import(_) => conn.run("DELETE FROM record_job_rows WHERE job = $1", args![job.id]).await?,
            Spec::Edit(_) => {
                let sql = "UPDATE record_job_rows SET how = 'waiting', detail = NULL WHERE job = $1";
                conn.run(sql, args![job.id]).await?
            }
        };
        conn.commit().await?;
        self.wake();
        self.job(&job.kind, job.id).await
    }

    /// It stops after the slice that is being written.
    pub async fn stop_job(&self, job: &Job, now: Instant) -> Result<Job, RecordError> {
        let mut conn = self.store.begin().await?;
        let sql =
            "UPDATE record_jobs SET state = 'stopped', ended = $2 WHERE id = $1 AND state IN ('checking', 'running')";
        self.moved(conn.run(sql, args![job.id, now]).await?)?;
        conn.commit().await?;
        self.job(&job.kind, job.id).await
    }

    /// Takes back what it wrote, unless somebody changed it since.
    pub async fn undo_job(&self, job: &Job, asking: &Asking<'_>) -> Result<Job, RecordError> {
        if job.dry || !matches!(job.state, JobState::Done | JobState::Stopped | JobState::Failed) {
            return Err(RecordError::JobState);
        }
        let mut conn = self.store.begin().await?;
        let sql =
            "UPDATE record_jobs SET state = 'undoing', author = $3, role = $4, team = $5, place = $6, ended = NULL
                   WHERE id = $1 AND state = $2";
        let (who, from) = (asking.who, i64::MAX);
        let args = args![job.id, job.state.word(), who.user, who.role.as_str(), who.team, from];
        self.moved(conn.run(sql, args).await?)?;
        conn.commit().await?;
        self.wake();
        self.job(&job.kind, job.id).await
    }

    /// Somebody else was faster.
    fn moved(&self, changed: u64) -> Result<(), RecordError> {
        if changed == 0 { Err(RecordError::JobState) } else { Ok(()) }
    }

    fn wake(&self) {
        self.work.notify_one();
    }

    /// Returns when there may be work.
    pub async fn work_waits(&self) {
        self.work.notified().await;
    }
}
