//! After a crash: what was up is closed, what is owed is noted.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::Instant;
use crate::center::CallWas;
use crate::center::event::Event;
use crate::crm::{Interaction, InteractionEvent, Task};

use super::db::{Conn, args, instant};
use super::interactions::{InteractionRow, append, upsert};
use super::{Store, StoreError, tasks};

/// Name of the mark that a running server renews.
pub(super) const ALIVE: &str = "alive";

impl Store {
    /// Closes every record that no server works on any more, at the last time there was a sign of
    /// it, and notes the call-backs owed. Call it once at the start, after the spool was written
    /// back and before the first call. Those that go on (`kept`) stay open. Gives the closed records; a second run
    /// finds none.
    pub async fn close_interrupted(&self, now: Instant, kept: &[CallWas]) -> Result<Vec<Interaction>, StoreError> {
        let kept: BTreeSet<_> = kept.iter().map(|call| call.record.id).collect();
        let mut conn = self.begin().await?;
        let rows: Vec<InteractionRow> =
            conn.all("SELECT * FROM interactions WHERE ended IS NULL ORDER BY started, id", &[]).await?;
        let alive: Option<(i64,)> = conn.optional("SELECT at FROM marks WHERE name = $1", args![ALIVE]).await?;
        let found = Found::read(&mut conn, alive.map(|(at,)| instant(at))).await?;
        let (mut closed, mut events, mut tasks_owed) = (Vec::with_capacity(rows.len()), Vec::new(), Vec::new());
        for row in rows {
            let mut record = row.interaction()?;
            if kept.contains(&record.id) {
                continue;
            }
            let (event, task) = found.close(&mut record, now);
            closed.push(record);
            events.push(event);
            tasks_owed.extend(task);
        }
        upsert(&mut conn, &closed).await?;
        append(&mut conn, &events.iter().collect::<Vec<_>>()).await?;
        tasks::insert(&mut conn, &tasks_owed).await?;
        conn.commit().await?;
        Ok(closed)
    }
}

/// What is known of the records that are open.
struct Found {
    /// Number and time of the last event.
    last: BTreeMap<String, (i64, i64)>,
    /// Those whose customers keep a place in a line.
    call_backs: BTreeSet<String>,
    /// The last sign of life of the server.
    alive: Option<Instant>,
}

impl Found {
    async fn read(conn: &mut Conn, alive: Option<Instant>) -> Result<Self, StoreError> {
        let last: Vec<(String, i64, i64)> = conn
            .all(
                "SELECT e.interaction, MAX(e.seq), MAX(e.at) FROM interaction_events e
                 JOIN interactions i ON i.id = e.interaction WHERE i.ended IS NULL GROUP BY e.interaction",
                &[],
            )
            .await?;
        let call_backs: Vec<(String,)> = conn
            .all(
                "SELECT c.interaction FROM call_backs c JOIN interactions i ON i.id = c.interaction
                 WHERE c.ended IS NULL AND i.ended IS NULL",
                &[],
            )
            .await?;
        Ok(Self {
            last: last.into_iter().map(|(interaction, seq, at)| (interaction, (seq, at))).collect(),
            call_backs: call_backs.into_iter().map(|(interaction,)| interaction).collect(),
            alive,
        })
    }

    /// Ends a record; gives the event that says so, and what is owed.
    fn close(&self, record: &mut Interaction, now: Instant) -> (InteractionEvent, Option<Task>) {
        let id = record.id.to_string();
        let (last_seq, last_at) = self.last.get(&id).copied().unwrap_or_default();
        // Who is called back from the place in the line needs no task.
        let task = record.interrupt(Some(instant(last_at)).max(self.alive), now);
        let task = task.filter(|_| !self.call_backs.contains(&id));
        let seq = u32::try_from(last_seq).unwrap_or(u32::MAX).saturating_add(1);
        let event = Event::CallInterrupted { found: now, callback: task.is_some() };
        (event.written(record.id, seq, record.ended.unwrap_or(now)), task)
    }
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
