//! What people were told by rules.

use serde::Serialize;

use crate::base::Instant;
use crate::record::{Asking, Record};
use crate::store::db::{Arg, Conn, args, instant};
use crate::store::record::catalogue::Stored;
use crate::store::record::{RecordError, Records};
use crate::store::{PAGE_MAX, StoreError};

/// Something that a rule told somebody.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RecordNotice)]
pub struct Notice {
    pub id: i64,
    pub at: Instant,
    /// Of the record.
    pub kind: String,
    pub record: i64,
    /// The rule, by its key.
    pub rule: String,
    /// Rules that made records of each other until they were stopped: `case.again → case.again`.
    pub path: Option<String>,
    /// When it was read.
    pub read: Option<Instant>,
}

pub(super) async fn tell(
    conn: &mut Conn,
    stored: &Stored,
    record: &Record,
    told: &[(String, String)],
    path: Option<&str>,
    asking: &Asking<'_>,
) -> Result<(), StoreError> {
    let row =
        |(rule, person): &(String, String)| args![person, asking.now, &stored.kind.key, record.id, rule, path].to_vec();
    let rows: Vec<Vec<Arg>> = told.iter().map(row).collect();
    conn.insert("INSERT INTO record_told (person, at, kind, record, rule, path)", "", &rows).await
}

impl Records {
    /// What somebody was told, the newest first, below `before`; with what is still to be read.
    pub async fn notices(
        &self,
        person: &str,
        before: Option<i64>,
        limit: u32,
    ) -> Result<(Vec<Notice>, Option<i64>, u32), RecordError> {
        type Row = (i64, i64, String, i64, String, Option<String>, Option<i64>);
        let limit = limit.clamp(1, PAGE_MAX);
        let mut conn = self.store.read().await?;
        let sql = "SELECT id, at, kind, record, rule, path, read FROM record_told
                   WHERE person = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
        let args = args![person, before.unwrap_or(i64::MAX), limit.saturating_add(1)];
        let rows: Vec<Row> = conn.all(sql, args).await?;
        let more = rows.len() > limit as usize;
        let notice = |(id, at, kind, record, rule, path, read): Row| Notice {
            id,
            at: instant(at),
            kind,
            record,
            rule,
            path,
            read: read.map(instant),
        };
        let notices: Vec<Notice> = rows.into_iter().take(limit as usize).map(notice).collect();
        let next = notices.last().filter(|_| more).map(|last| last.id);
        let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM record_told WHERE person = $1 AND read IS NULL LIMIT 1000) t";
        let (unread,): (i64,) = conn.one(sql, args![person]).await?;
        Ok((notices, next, u32::try_from(unread).unwrap_or_default()))
    }

    /// Somebody has read everything up to this one.
    pub async fn notices_read(&self, person: &str, until: i64, now: Instant) -> Result<(), RecordError> {
        let mut conn = self.store.begin().await?;
        let sql = "UPDATE record_told SET read = $3 WHERE person = $1 AND id <= $2 AND read IS NULL";
        conn.run(sql, args![person, until, now]).await?;
        Ok(conn.commit().await?)
    }

    /// What was told before is forgotten; how many.
    pub async fn forget_notices(&self, before: Instant) -> Result<u64, RecordError> {
        let mut conn = self.store.begin().await?;
        let gone = conn.run("DELETE FROM record_told WHERE at < $1", args![before]).await?;
        conn.commit().await?;
        Ok(gone)
    }
}
