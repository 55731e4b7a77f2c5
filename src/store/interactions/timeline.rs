//! The latest contacts of customers, as their cards show them.

use sqlx::FromRow;

use super::rows::{parse_id, read_word};
use crate::crm::TimelineEntry;
use crate::store::StoreError;
use crate::store::db::{Arg, Conn, args, instant};

#[derive(FromRow)]
struct TimelineRow {
    customer: i64,
    id: String,
    started: i64,
    channel: String,
    direction: String,
    outcome: Option<String>,
    queue_key: Option<String>,
    agent_name: Option<String>,
    agent_key: Option<String>,
    disposition: Option<String>,
    notes: String,
    answered: Option<i64>,
    ended: Option<i64>,
}

/// The latest contacts of each of these customers, the newest first; at most so many of each. Only these are
/// looked at, however long a customer is known.
pub(in crate::store) async fn timelines(
    conn: &mut Conn,
    customers: &[Vec<Arg>],
    most: u32,
) -> Result<Vec<(i64, TimelineEntry)>, StoreError> {
    let sql = match conn.is_postgres() {
        true => {
            "SELECT i.customer, i.id, i.started, i.channel, i.direction, i.outcome, q.key AS queue_key,
                    a.name AS agent_name, a.key AS agent_key, i.disposition, i.notes, i.answered, i.ended
             FROM ({rows}) k
             CROSS JOIN LATERAL (SELECT * FROM interactions x WHERE x.customer = k.c1
                                 ORDER BY x.started DESC, x.id DESC LIMIT $1) i
             LEFT JOIN center_objects q ON q.id = i.queue
             LEFT JOIN center_objects a ON a.id = i.agent
             ORDER BY i.customer, i.started DESC, i.id DESC"
        }
        false => {
            "SELECT i.customer, i.id, i.started, i.channel, i.direction, i.outcome, q.key AS queue_key,
                    a.name AS agent_name, a.key AS agent_key, i.disposition, i.notes, i.answered, i.ended
             FROM ({rows}) k
             CROSS JOIN interactions i ON i.id IN (SELECT x.id FROM interactions x WHERE x.customer = k.c1
                                                   ORDER BY x.started DESC, x.id DESC LIMIT $1)
             LEFT JOIN center_objects q ON q.id = i.queue
             LEFT JOIN center_objects a ON a.id = i.agent
             ORDER BY i.customer, i.started DESC, i.id DESC"
        }
    };
    let rows: Vec<TimelineRow> = conn.all_rows(sql, args![most], customers).await?;
    rows.into_iter().map(|row| Ok((row.customer, row.entry()?))).collect()
}

impl TimelineRow {
    fn entry(self) -> Result<TimelineEntry, StoreError> {
        let talked = match (self.answered, self.ended) {
            (Some(answered), Some(ended)) => instant(ended).since(instant(answered)).as_millis(),
            _ => 0,
        };
        Ok(TimelineEntry {
            interaction: parse_id(&self.id)?,
            at: instant(self.started),
            channel: read_word(&self.channel)?,
            direction: read_word(&self.direction)?,
            outcome: self.outcome.as_deref().map(read_word).transpose()?,
            queue: self.queue_key,
            agent: self.agent_name,
            agent_key: self.agent_key,
            disposition: self.disposition,
            notes: self.notes,
            talk_ms: u64::try_from(talked).unwrap_or(u64::MAX),
        })
    }
}
