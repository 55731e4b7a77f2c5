//! A job taken back: what it made is deleted, what it changed becomes what stood there before, unless somebody changed
//! it since. The last row comes first.

use std::collections::BTreeSet;

use super::many::{change_all, delete_all, hold_all};
use super::rows::{Done, Row, RowHow};
use super::{Job, SLICE, whole_number};
use crate::record::{Asking, Record};
use crate::store::StoreError;
use crate::store::db::{Arg, Conn, args};
use crate::store::record::catalogue::{Catalogue, Stored};
use crate::store::record::changes::{Detail, How, back};
use crate::store::record::error::RecordError;

type Entry = (i64, String, i64, i64, Option<String>);

pub(super) async fn undo(
    conn: &mut Conn,
    kinds: &Catalogue,
    stored: &Stored,
    job: &Job,
    asking: &Asking<'_>,
) -> Result<Done, RecordError> {
    let most = i64::try_from(SLICE).unwrap_or(i64::MAX);
    let rows: Vec<Entry> = conn
        .all(
            "SELECT r.line, r.how, r.record, r.version, c.detail FROM record_job_rows r
             LEFT JOIN record_changes c ON c.kind = $3 AND c.record = r.record AND c.version = r.version
                 AND c.verb NOT IN ('comment', 'attached', 'detached')
             WHERE r.job = $1 AND r.line < $2 AND r.how IN ('made', 'changed') AND r.record IS NOT NULL
                 AND r.version IS NOT NULL
             ORDER BY r.line DESC LIMIT $4",
            args![job.id, job.place, &job.kind, most],
        )
        .await?;
    let ids: Vec<i64> = rows.iter().map(|(_, _, record, ..)| *record).collect();
    let mut present = hold_all(conn, stored, &ids).await?;
    let stale: Vec<Vec<Arg>> = rows
        .iter()
        .filter(|(_, how, id, version, _)| {
            how == "made" && present.get(id).is_some_and(|it| i64::from(it.version) != *version)
        })
        .map(|(_, _, id, version, _)| args![*id, *version].to_vec())
        .collect();
    let touched = touched(conn, job, &stale).await?;
    let mut done = Done { place: job.place, more: rows.len() >= SLICE, ..Done::default() };
    let (mut gone, mut changed, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (line, how, id, version, detail) in rows {
        if !seen.insert(id) {
            // Changed by two rows: the earlier change is taken back in a slice behind this one.
            done.more = true;
            break;
        }
        done.place = whole_number(line);
        let record = present.remove(&id);
        let same = record.filter(|_| !touched.contains(&id));
        let is_back = match (same, how.as_str()) {
            (Some(record), "made") => {
                gone.push(record);
                true
            }
            (Some(record), _) => match before(stored, &record, detail.as_deref(), asking)? {
                Some(after) => {
                    changed.push((record, after));
                    true
                }
                None => false,
            },
            (None, _) => false,
        };
        let how = if is_back { RowHow::Back } else { RowHow::Kept };
        let version = u32::try_from(version).ok();
        done.rows.push(Row { line: done.place, how, record: Some(id), version, mistakes: Vec::new() });
    }
    done.told = gone.last().cloned();
    done.rolled = delete_all(conn, kinds, stored, gone, asking).await?;
    let (back, rolled) = change_all(conn, kinds, stored, changed, How::Undone, asking).await?;
    done.rolled.extend(rolled);
    done.told = back.into_iter().next_back().or(done.told);
    Ok(done)
}

/// Records that somebody changed since they were made: not this job, nor by taking something back.
async fn touched(conn: &mut Conn, job: &Job, made: &[Vec<Arg>]) -> Result<BTreeSet<i64>, StoreError> {
    let rows: Vec<(i64,)> = conn
        .all_rows(
            "SELECT c.record FROM ({rows}) asked
             JOIN record_changes c ON c.kind = $1 AND c.record = asked.c1 AND c.version > asked.c2
             WHERE c.verb NOT IN ('comment', 'undone') AND NOT EXISTS (
                 SELECT 1 FROM record_job_rows r WHERE r.job = $2 AND r.record = c.record AND r.version = c.version)",
            args![&job.kind, job.id],
            made,
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The record as it was before that change; `None`: what it wrote is something else by now.
fn before(
    stored: &Stored,
    record: &Record,
    detail: Option<&str>,
    asking: &Asking<'_>,
) -> Result<Option<Record>, StoreError> {
    let Some(text) = detail else { return Ok(None) };
    let detail: Detail = serde_json::from_str(text).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let after = back(stored, record, detail.fields, asking).ok().map(|(after, _)| after);
    // What is agreed stays as it is, and nothing comes back to what was.
    let kept = |after: &Record| {
        let is_agreed = after.state != record.state && stored.kind.fixes(after.state.as_deref());
        !is_agreed && stored.kind.fixed(record, after).is_empty()
    };
    Ok(after.filter(kept))
}
