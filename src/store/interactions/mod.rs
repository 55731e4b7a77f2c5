//! Interactions, their events, and the timeline of a customer.

mod handling;
mod resolution;
mod rows;
mod timeline;

use serde::{Deserialize, Serialize};

use crate::base::{AgentId, CustomerId, Instant, InteractionId, Number, QueueId};
use crate::crm::{Interaction, InteractionEvent, Outcome, TimelineEntry};

use super::db::{args, instant, keys};
use super::{PAGE_MAX, Store, StoreError};

pub use resolution::ResolutionError;
use rows::corrupt;
pub(super) use rows::{InteractionRow, append, parse_id, read_word, upsert, word};
pub(super) use timeline::timelines;

/// Which interactions are asked for; `None` means any.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct InteractionFilter {
    pub customer: Option<CustomerId>,
    pub queue: Option<QueueId>,
    pub agent: Option<AgentId>,
    pub caller: Option<Number>,
    pub outcome: Option<Outcome>,
    /// Started at or after.
    pub from: Option<Instant>,
    /// Started before.
    pub to: Option<Instant>,
}

/// Where the next page begins. Opaque to clients: they hand back what they got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cursor {
    pub started: Instant,
    pub id: InteractionId,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.started.as_micros(), self.id)
    }
}

impl std::str::FromStr for Cursor {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let parsed = text.split_once('.').and_then(|(micros, id)| {
            let started = Instant::from_micros(micros.parse().ok()?);
            Some(Self { started, id: InteractionId(id.parse().ok()?) })
        });
        parsed.ok_or_else(|| StoreError::Invalid("this cursor is not one of ours".into()))
    }
}

#[derive(Clone, PartialEq, Debug)]
pub struct Page<T> {
    pub rows: Vec<T>,
    /// `None`: that was the last page.
    pub next: Option<Cursor>,
}

impl Store {
    /// Somebody was spoken with, ever.
    pub async fn was_ever_answered(&self) -> Result<bool, StoreError> {
        let row: Option<(String,)> = self
            .read()
            .await?
            .optional("SELECT id FROM interactions WHERE answered IS NOT NULL ORDER BY started DESC LIMIT 1", &[])
            .await?;
        Ok(row.is_some())
    }

    pub async fn interaction(&self, id: InteractionId) -> Result<Interaction, StoreError> {
        let row: Option<InteractionRow> =
            self.read().await?.optional("SELECT * FROM interactions WHERE id = $1", args![id]).await?;
        row.ok_or(StoreError::NotFound("interaction"))?.interaction()
    }

    /// The newest first, after `before`.
    pub async fn interactions(
        &self,
        filter: &InteractionFilter,
        before: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Interaction>, StoreError> {
        let limit = limit.clamp(1, PAGE_MAX);
        let rows: Vec<InteractionRow> = self
            .read()
            .await?
            .all(
                "SELECT * FROM interactions
                 WHERE ($1 IS NULL OR customer = $1) AND ($2 IS NULL OR queue = $2) AND ($3 IS NULL OR agent = $3)
                   AND ($4 IS NULL OR caller = $4) AND ($5 IS NULL OR outcome = $5)
                   AND ($6 IS NULL OR started >= $6) AND ($7 IS NULL OR started < $7)
                   AND ($8 IS NULL OR started < $8 OR (started = $8 AND id < $9))
                 ORDER BY started DESC, id DESC LIMIT $10",
                args![
                    filter.customer,
                    filter.queue,
                    filter.agent,
                    filter.caller.as_ref().map(Number::as_str),
                    filter.outcome.map(|outcome| word(&outcome)),
                    filter.from,
                    filter.to,
                    before.map(|cursor| cursor.started),
                    before.map(|cursor| cursor.id),
                    limit.saturating_add(1)
                ],
            )
            .await?;
        let more = rows.len() > limit as usize;
        let rows = rows.into_iter().take(limit as usize).map(InteractionRow::interaction);
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let next = rows.last().filter(|_| more).map(|last| Cursor { started: last.started, id: last.id });
        Ok(Page { rows, next })
    }

    /// Events of one interaction after `seq`, in order.
    pub async fn events(
        &self,
        interaction: InteractionId,
        after: u32,
        limit: u32,
    ) -> Result<Vec<InteractionEvent>, StoreError> {
        let rows: Vec<(i64, i64, String, String)> = self
            .read()
            .await?
            .all(
                "SELECT seq, at, kind, detail FROM interaction_events WHERE interaction = $1 AND seq > $2
                 ORDER BY seq LIMIT $3",
                args![interaction, after, limit.min(PAGE_MAX.saturating_mul(10))],
            )
            .await?;
        rows.into_iter()
            .map(|(seq, at, kind, detail)| {
                Ok(InteractionEvent {
                    interaction,
                    seq: u32::try_from(seq).map_err(|_| corrupt("seq", &seq))?,
                    at: instant(at),
                    kind,
                    detail: serde_json::from_str(&detail).map_err(|_| corrupt("detail", &interaction))?,
                })
            })
            .collect()
    }

    /// Number of the last event of an interaction; 0: it has none.
    pub async fn last_event(&self, interaction: InteractionId) -> Result<u32, StoreError> {
        let (seq,): (i64,) = self
            .read()
            .await?
            .one("SELECT COALESCE(MAX(seq), 0) FROM interaction_events WHERE interaction = $1", args![interaction])
            .await?;
        u32::try_from(seq).map_err(|_| corrupt("seq", &seq))
    }

    /// The latest contacts of a customer, newest first.
    pub async fn timeline(&self, customer: CustomerId, limit: u32) -> Result<Vec<TimelineEntry>, StoreError> {
        let found = timelines(&mut self.read().await?, &keys([customer]), limit.min(PAGE_MAX)).await?;
        Ok(found.into_iter().map(|(_, entry)| entry).collect())
    }

    /// Writes records; one that is known is replaced.
    pub async fn save_interactions(&self, interactions: &[Interaction]) -> Result<(), StoreError> {
        let mut conn = self.begin().await?;
        upsert(&mut conn, interactions).await?;
        conn.commit().await
    }

    /// Appends events; those already there are left as they are.
    pub async fn append_events(&self, events: &[InteractionEvent]) -> Result<(), StoreError> {
        let mut conn = self.begin().await?;
        append(&mut conn, &events.iter().collect::<Vec<_>>()).await?;
        conn.commit().await
    }
}
