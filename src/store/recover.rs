//! After a crash: what was up is closed, what is owed is noted.

use serde_json::json;

use crate::base::Instant;
use crate::crm::{Interaction, InteractionEvent};

use super::db::{Conn, args, instant, micros};
use super::interactions::{InteractionRow, append, upsert};
use super::{Store, StoreError, tasks};

/// Name of the mark that a running server renews.
const ALIVE: &str = "alive";

impl Store {
    /// Closes every record that no server works on any more, at the last time there was a sign of
    /// it, and notes the call-backs owed. Call it once at the start, after the spool was written
    /// back and before the first call. Gives the closed records; a second run finds none.
    pub async fn close_interrupted(&self, now: Instant) -> Result<Vec<Interaction>, StoreError> {
        let mut conn = self.begin().await?;
        let rows: Vec<InteractionRow> =
            conn.all("SELECT * FROM interactions WHERE ended IS NULL ORDER BY started, id", &[]).await?;
        let alive: Option<(i64,)> = conn.optional("SELECT at FROM marks WHERE name = $1", args![ALIVE]).await?;
        let alive = alive.map(|(at,)| instant(at));
        let mut closed = Vec::with_capacity(rows.len());
        for row in rows {
            closed.push(close(&mut conn, row.interaction()?, alive, now).await?);
        }
        conn.commit().await?;
        Ok(closed)
    }
}

async fn close(
    conn: &mut Conn,
    mut record: Interaction,
    alive: Option<Instant>,
    now: Instant,
) -> Result<Interaction, StoreError> {
    let (last_seq, last_at): (i64, i64) = conn
        .one(
            "SELECT COALESCE(MAX(seq), 0), COALESCE(MAX(at), 0) FROM interaction_events WHERE interaction = $1",
            args![record.id],
        )
        .await?;
    // Who is called back from the place in the line needs no task.
    let open: Option<(i64,)> = conn
        .optional("SELECT arrived FROM call_backs WHERE interaction = $1 AND ended IS NULL", args![record.id])
        .await?;
    let task = record.interrupt(Some(instant(last_at)).max(alive), now).filter(|_| open.is_none());
    upsert(conn, &record).await?;
    let event = InteractionEvent {
        interaction: record.id,
        seq: u32::try_from(last_seq).unwrap_or(u32::MAX).saturating_add(1),
        at: record.ended.unwrap_or(now),
        kind: String::from("call.interrupted"),
        detail: json!({ "found": micros(now), "callback": task.is_some() }),
    };
    append(conn, &[&event]).await?;
    if let Some(task) = task {
        tasks::insert(conn, &task).await?;
    }
    Ok(record)
}

/// Renews the sign of life: calls of a server that dies now ended about now.
pub(super) async fn mark_alive(conn: &mut Conn, now: Instant) -> Result<(), StoreError> {
    conn.run(
        "INSERT INTO marks (name, at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET at = excluded.at",
        args![ALIVE, now],
    )
    .await
    .map(|_| ())
}
