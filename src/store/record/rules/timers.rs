//! When rules act on records. A row a rule and due time: those that acted stay, so that the same due time never makes
//! them act again.

use crate::base::Instant;
use crate::record::{Answer, Asking, Record, Timer};
use crate::store::StoreError;
use crate::store::db::{Arg, Conn, args};
use crate::store::record::catalogue::{Catalogue, Stored};

/// The time of a rule that has come.
pub(in crate::store::record) struct DueRule {
    pub kind: String,
    pub record: i64,
    pub rule: String,
    /// Microseconds, as it is kept.
    pub due: i64,
}

/// What waited is forgotten, and this waits.
pub(in crate::store::record) async fn arm(
    conn: &mut Conn,
    stored: &Stored,
    record: i64,
    timers: &[Timer],
) -> Result<(), StoreError> {
    let kind = &stored.kind.key;
    conn.run("DELETE FROM record_timers WHERE kind = $1 AND record = $2 AND done IS NULL", args![kind, record]).await?;
    let row = |timer: &Timer| args![kind, record, &timer.rule, timer.due, timer.at].to_vec();
    let rows: Vec<Vec<Arg>> = timers.iter().map(row).collect();
    conn.insert(
        "INSERT INTO record_timers (kind, record, rule, due, at)",
        "ON CONFLICT (kind, record, rule, due) DO NOTHING",
        &rows,
    )
    .await
}

/// A record that is no longer there waits for nothing.
pub(in crate::store::record) async fn forget(conn: &mut Conn, stored: &Stored, record: i64) -> Result<(), StoreError> {
    arm(conn, stored, record, &[]).await
}

/// The timers of a record as it stands.
pub(in crate::store::record) async fn armed(
    conn: &mut Conn,
    kinds: &Catalogue,
    stored: &Stored,
    record: &Record,
    asking: &Asking<'_>,
) -> Result<(), StoreError> {
    let answer: Answer = super::answer::one(conn, kinds, stored, record).await?;
    arm(conn, stored, record.id, &stored.kind.timers(record, answer, asking)).await
}

/// Those whose time has come, the longest ago first.
pub(in crate::store::record) async fn due_now(
    conn: &mut Conn,
    now: Instant,
    limit: u32,
) -> Result<Vec<DueRule>, StoreError> {
    let sql = "SELECT kind, record, rule, due FROM record_timers WHERE done IS NULL AND at <= $1
               ORDER BY at LIMIT $2";
    let rows: Vec<(String, i64, String, i64)> = conn.all(sql, args![now, limit]).await?;
    Ok(rows.into_iter().map(|(kind, record, rule, due)| DueRule { kind, record, rule, due }).collect())
}

impl DueRule {
    /// It acts now; false: it did already, or is no longer to.
    pub async fn taken(&self, conn: &mut Conn, now: Instant) -> Result<bool, StoreError> {
        let sql = "UPDATE record_timers SET done = $5
                   WHERE kind = $1 AND record = $2 AND rule = $3 AND due = $4 AND done IS NULL";
        Ok(conn.run(sql, args![&self.kind, self.record, &self.rule, self.due, now]).await? == 1)
    }

    /// Not before then: it could not be done.
    pub async fn put_off(&self, conn: &mut Conn, until: Instant) -> Result<(), StoreError> {
        let sql = "UPDATE record_timers SET at = $5
                   WHERE kind = $1 AND record = $2 AND rule = $3 AND due = $4 AND done IS NULL";
        conn.run(sql, args![&self.kind, self.record, &self.rule, self.due, until]).await.map(|_| ())
    }
}
