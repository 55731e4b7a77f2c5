//! What rules are still to do beside their record: kept with what caused it, gone with what it did.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::base::Instant;
use crate::record::{Asking, Record};
use crate::store::StoreError;
use crate::store::db::{Arg, Conn, args};
use crate::store::record::catalogue::Stored;

/// A record to be made out of another one.
#[derive(Serialize, Deserialize)]
pub(in crate::store::record) struct Work {
    pub kind: String,
    pub fields: Map<String, Json>,
    /// The field that refers to the other one.
    pub link: Option<String>,
    /// Rules that led here, this one last.
    pub trail: Vec<String>,
}

/// One that waits.
pub(in crate::store::record) struct Waiting {
    pub id: i64,
    /// Of the record that it is made out of.
    pub kind: String,
    pub record: i64,
    pub rule: String,
    pub work: Work,
}

pub(super) async fn put(
    conn: &mut Conn,
    stored: &Stored,
    record: &Record,
    works: &[(String, Work)],
    asking: &Asking<'_>,
) -> Result<(), StoreError> {
    let mut rows: Vec<Vec<Arg>> = Vec::new();
    for (rule, work) in works {
        let text = serde_json::to_string(work).map_err(|error| StoreError::Invalid(error.to_string()))?;
        rows.push(args![&stored.kind.key, record.id, rule, asking.now, text].to_vec());
    }
    conn.insert("INSERT INTO record_outbox (kind, record, rule, at, work)", "", &rows).await
}

/// The first ones.
pub(in crate::store::record) async fn waiting(
    conn: &mut Conn,
    now: Instant,
    limit: u32,
) -> Result<Vec<Waiting>, StoreError> {
    let sql = "SELECT id, kind, record, rule, work FROM record_outbox WHERE at <= $1 ORDER BY at, id LIMIT $2";
    let rows: Vec<(i64, String, i64, String, String)> = conn.all(sql, args![now, limit]).await?;
    let read = |(id, kind, record, rule, work): (i64, String, i64, String, String)| {
        let work = serde_json::from_str(&work).map_err(|error| StoreError::Corrupt(format!("work {id}: {error}")))?;
        Ok(Waiting { id, kind, record, rule, work })
    };
    rows.into_iter().map(read).collect()
}

/// Takes one out; false: somebody else did.
pub(in crate::store::record) async fn taken(conn: &mut Conn, id: i64) -> Result<bool, StoreError> {
    Ok(conn.run("DELETE FROM record_outbox WHERE id = $1", args![id]).await? == 1)
}
