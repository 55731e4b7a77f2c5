//! A job at work, slice by slice.

use std::collections::BTreeMap;

use super::edit::Edit;
use crate::store::record::catalogue::Stored;
use crate::store::record::error::RecordError;

use super::import::Import;
use super::rows::{Row, RowHow, put};
use super::undo::undo;
use super::{Job, JobState, Spec, written};
use crate::base::Instant;
use crate::record::Asking;
use crate::store::db::{Conn, args};
use crate::store::record::write::{TRIES, hold_kind};
use crate::store::record::{Records, Told};
use crate::store::{Files, StoreError};

/// Others that are told of after a slice: not so many that those who are slow miss what else was done.
const ROLLED_MAX: usize = 50;

/// A job with what it needs to go on.
pub struct Worker {
    pub job: Job,
    work: Work,
}

enum Work {
    Import(Box<Import>),
    Edit(Edit),
    Undo,
}

impl Worker {
    /// Reads what the job works on. A file that cannot be read is the end of it.
    pub async fn open(job: Job, files: &Files, region: &str) -> Result<Self, RecordError> {
        let work = match &job.spec {
            _ if job.state == JobState::Undoing => Work::Undo,
            Spec::Import(spec) => {
                let bytes = files.read(&spec.file).await.map_err(|error| RecordError::File(error.to_string()))?;
                let (spec, place, region) = (spec.clone(), job.place, region.to_owned());
                let open = move || Import::open(&bytes, spec, place, &region);
                let import =
                    tokio::task::spawn_blocking(open).await.map_err(|error| RecordError::File(error.to_string()))??;
                Work::Import(Box::new(import))
            }
            Spec::Edit(spec) => Work::Edit(Edit::new(spec.clone())),
        };
        Ok(Self { job, work })
    }

    /// One slice, there whole or not at all; `false`: that was the last one, or it was stopped.
    pub async fn step(&mut self, records: &Records, asking: &Asking<'_>) -> Result<bool, RecordError> {
        let mut tries = 0;
        loop {
            let stored = records.kind(&self.job.kind)?;
            match self.slice(records, &stored, asking).await {
                Err(RecordError::KindChanged { .. }) if tries < TRIES => {
                    tries = tries.saturating_add(1);
                    records.reload().await?;
                }
                done => return done,
            }
        }
    }

    async fn slice(&mut self, records: &Records, stored: &Stored, asking: &Asking<'_>) -> Result<bool, RecordError> {
        let job = &self.job;
        let kinds = records.kinds();
        let mut conn = records.store.begin().await?;
        hold_kind(&mut conn, stored).await?;
        let done = match &mut self.work {
            Work::Import(import) => import.slice(&mut conn, &kinds, stored, job.dry, asking).await?,
            Work::Edit(edit) => edit.slice(&mut conn, &kinds, stored, job, asking).await?,
            Work::Undo => undo(&mut conn, &kinds, stored, job, asking).await?,
        };
        let mut next = job.clone();
        done.rows.iter().for_each(|row| next.counts.count(row.how));
        next.place = done.place;
        // A look takes notes of what somebody may want to see.
        let noted: Vec<Row> =
            done.rows.into_iter().filter(|row| !job.dry || row.how != RowHow::Made || row.record.is_some()).collect();
        put(&mut conn, job.id, &noted).await?;
        if !done.more {
            next.state = job.state.over();
            next.ended = Some(asking.now);
        }
        if !save(&mut conn, job, &next).await? {
            // Somebody stopped it: this slice never was.
            return Ok(false);
        }
        conn.commit().await?;
        if let Some(record) = done.told {
            let (kind, state) = (stored.kind.key.clone(), record.state.clone());
            records.tell(stored, Told::Record { kind, id: record.id, version: record.version, state });
        }
        records.tell_all(each_once(done.rolled));
        self.job = next;
        Ok(done.more)
    }
}

/// The last news of each record: a page that is open asks anew once.
fn each_once(rolled: Vec<Told>) -> Vec<Told> {
    let of = |told: Told| {
        let key = match &told {
            Told::Record { kind, id, .. } => (kind.clone(), *id),
            Told::Kind { kind, .. } => (kind.clone(), 0),
        };
        (key, told)
    };
    rolled.into_iter().map(of).collect::<BTreeMap<_, _>>().into_values().take(ROLLED_MAX).collect()
}

/// Where a job stands now, unless somebody stopped it.
async fn save(conn: &mut Conn, before: &Job, next: &Job) -> Result<bool, StoreError> {
    let total = next.total.or(Some(next.place).filter(|_| next.state != before.state));
    let changed = conn
        .run(
            "UPDATE record_jobs SET state = $3, place = $4, counts = $5, ended = $6, total = $7
             WHERE id = $1 AND state = $2 AND place = $8",
            args![
                next.id,
                before.state.word(),
                next.state.word(),
                next.place,
                written(&next.counts)?,
                next.ended,
                total,
                before.place
            ],
        )
        .await?;
    Ok(changed > 0)
}

impl Records {
    /// A job that cannot go on; what it wrote stays, and can be taken back.
    pub async fn job_failed(&self, job: &Job, why: &str, now: Instant) -> Result<(), RecordError> {
        let mut conn = self.store.begin().await?;
        let sql = "UPDATE record_jobs SET state = 'failed', failure = $3, ended = $4 WHERE id = $1 AND state = $2";
        conn.run(sql, args![job.id, job.state.word(), why, now]).await?;
        conn.commit().await?;
        Ok(())
    }
}
