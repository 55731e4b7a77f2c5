//! What became of each row of a job.

use serde::{Deserialize, Serialize};

use super::{Counts, Job};
use crate::record::{Record, Refused, Words};
use crate::store::db::{Conn, args};
use crate::store::record::error::RecordError;
use crate::store::record::{Records, Told};
use crate::store::{PAGE_MAX, StoreError};

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordJobRowHow)]
pub enum RowHow {
    /// Not yet.
    Waiting,
    Made,
    Changed,
    Skipped,
    Refused,
    Back,
    Kept,
}

impl RowHow {
    const ALL: [(&str, Self); 7] = [
        ("waiting", Self::Waiting),
        ("made", Self::Made),
        ("changed", Self::Changed),
        ("skipped", Self::Skipped),
        ("refused", Self::Refused),
        ("back", Self::Back),
        ("kept", Self::Kept),
    ];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Made => "made",
            Self::Changed => "changed",
            Self::Skipped => "skipped",
            Self::Refused => "refused",
            Self::Back => "back",
            Self::Kept => "kept",
        }
    }
}

impl Counts {
    pub(super) fn count(&mut self, how: RowHow) {
        let count = match how {
            RowHow::Waiting => return,
            RowHow::Made => &mut self.made,
            RowHow::Changed => &mut self.changed,
            RowHow::Skipped => &mut self.skipped,
            RowHow::Refused => &mut self.refused,
            RowHow::Back => &mut self.back,
            RowHow::Kept => &mut self.kept,
        };
        *count = count.saturating_add(1);
    }
}

/// Why a row is refused, or what is to be known of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = RecordJobMistake)]
pub struct RowMistake {
    /// The header of the column, or the key of the field; empty where it is the whole row's.
    pub column: String,
    pub code: String,
    pub message: Words,
}

impl RowMistake {
    pub fn of(refused: Refused) -> Self {
        Self { column: refused.field, code: refused.code.to_owned(), message: refused.detail }
    }

    pub fn whole(code: &str, message: Words) -> Self {
        Self { column: String::new(), code: code.to_owned(), message }
    }
}

/// What became of one row.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RecordJobRow)]
pub struct JobRow {
    /// Of a file its line, from 1; of a change the place of the record among them.
    pub line: u64,
    pub how: RowHow,
    /// The record that was made, changed or found.
    pub record: Option<i64>,
    /// Of the record, as it was called then.
    pub title: Option<String>,
    pub mistakes: Vec<RowMistake>,
}

/// Rows in their order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RecordJobRows)]
pub struct JobRows {
    pub rows: Vec<JobRow>,
    /// The line to go on after; `null`: there are no more.
    pub next: Option<u64>,
}

/// A row on its way into the store.
pub(in crate::store::record) struct Row {
    pub line: u64,
    pub how: RowHow,
    pub record: Option<i64>,
    pub version: Option<u32>,
    pub mistakes: Vec<RowMistake>,
}

impl Row {
    pub fn refused(line: u64, mistakes: Vec<RowMistake>) -> Self {
        Self { line, how: RowHow::Refused, record: None, version: None, mistakes }
    }
}

/// What a slice did.
#[derive(Default)]
pub(in crate::store::record) struct Done {
    pub rows: Vec<Row>,
    /// Of those that are different now, for whoever looks at them.
    pub told: Option<Record>,
    /// Others that say something else of them now.
    pub rolled: Vec<Told>,
    /// The place behind it.
    pub place: u64,
    pub more: bool,
}

pub(in crate::store::record) async fn put(conn: &mut Conn, job: i64, rows: &[Row]) -> Result<(), StoreError> {
    let row = |row: &Row| {
        let detail = if row.mistakes.is_empty() { None } else { serde_json::to_string(&row.mistakes).ok() };
        args![job, row.line, row.how.word(), row.record, row.version, detail].to_vec()
    };
    conn.insert(
        "INSERT INTO record_job_rows (job, line, how, record, version, detail)",
        "ON CONFLICT (job, line) DO UPDATE SET how = excluded.how, record = excluded.record,
             version = excluded.version, detail = excluded.detail",
        &rows.iter().map(row).collect::<Vec<_>>(),
    )
    .await
}

type Entry = (i64, String, Option<i64>, Option<String>);

impl Records {
    /// Rows of a job behind a line, those of which this became.
    pub async fn job_rows(
        &self,
        job: &Job,
        how: Option<RowHow>,
        after: u64,
        limit: u32,
    ) -> Result<JobRows, RecordError> {
        let limit = limit.clamp(1, PAGE_MAX);
        let mut conn = self.store.read().await?;
        let words: Vec<&str> = how.map_or_else(|| RowHow::ALL.map(|(word, _)| word).to_vec(), |how| vec![how.word()]);
        let sql = "SELECT line, how, record, detail FROM record_job_rows
                   WHERE job = $1 AND line > $2 AND how IN ({rows}) ORDER BY line LIMIT $3";
        let args = args![job.id, after, limit.saturating_add(1)];
        let rows: Vec<Entry> = conn.all_rows(sql, args, &crate::store::db::keys(words)).await?;
        drop(conn);
        let more = rows.len() > limit as usize;
        let rows: Vec<Entry> = rows.into_iter().take(limit as usize).collect();
        let ids: Vec<i64> = rows.iter().filter_map(|(_, _, record, _)| *record).collect();
        let titles = self.titles(&job.kind, &ids).await?;
        let told = |(line, how, record, detail): Entry| JobRow {
            line: super::whole_number(line),
            how: RowHow::ALL.into_iter().find(|(word, _)| *word == how).map_or(RowHow::Waiting, |(_, how)| how),
            title: record.and_then(|id| titles.get(&id).cloned()),
            record,
            mistakes: detail.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
        };
        let rows: Vec<JobRow> = rows.into_iter().map(told).collect();
        let next = rows.last().filter(|_| more).map(|row| row.line);
        Ok(JobRows { rows, next })
    }
}
