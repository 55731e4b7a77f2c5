//! Interactions, their events, and the timeline of a customer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::FromRow;

use crate::base::{AgentId, CustomerId, Instant, InteractionId, Number, QueueId};
use crate::crm::{CallDirection, Channel, EndedBy, Interaction, InteractionEvent, Outcome, TimelineEntry};

use super::bulk::keys;
use super::db::{Arg, Conn, args, instant};
use super::{PAGE_MAX, Store, StoreError};

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
pub(super) async fn timelines(
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

/// Writes the records as they are now. A record that has ended stays ended: an older state of it, read
/// back from a spool, changes nothing.
pub(super) async fn upsert<'a>(
    conn: &mut Conn,
    records: impl IntoIterator<Item = &'a Interaction>,
) -> Result<(), StoreError> {
    let mut each: BTreeMap<InteractionId, &Interaction> = BTreeMap::new();
    records.into_iter().for_each(|record| newest(&mut each, record));
    let rows = each.into_values().map(columns).collect::<Result<Vec<_>, _>>()?;
    conn.insert(
        "INSERT INTO interactions (id, channel, direction, caller, caller_text, called, customer, queue, agent, started,
            queued, answered, ended, wrap_up_ended, hold_ms, outcome, ended_by, end_reason, recording, disposition,
            notes, menu_path, linked, entered, segments)",
        "ON CONFLICT (id) DO UPDATE SET channel = excluded.channel, direction = excluded.direction,
            caller = excluded.caller, caller_text = excluded.caller_text, called = excluded.called,
            customer = COALESCE(excluded.customer, interactions.customer), queue = excluded.queue,
            agent = excluded.agent, started = excluded.started, queued = excluded.queued,
            answered = excluded.answered, ended = excluded.ended, wrap_up_ended = excluded.wrap_up_ended,
            hold_ms = excluded.hold_ms, outcome = excluded.outcome, ended_by = excluded.ended_by,
            end_reason = excluded.end_reason, recording = excluded.recording, disposition = excluded.disposition,
            notes = excluded.notes, menu_path = excluded.menu_path, linked = excluded.linked,
            entered = excluded.entered, segments = excluded.segments
         WHERE interactions.ended IS NULL OR excluded.ended IS NOT NULL",
        &rows,
    )
    .await
}

/// The later state, unless only the earlier one has ended.
fn newest<'a>(records: &mut BTreeMap<InteractionId, &'a Interaction>, record: &'a Interaction) {
    let known = records.entry(record.id).or_insert(record);
    if known.ended.is_none() || record.ended.is_some() {
        *known = record;
    }
}

fn columns(record: &Interaction) -> Result<Vec<Arg>, StoreError> {
    let menu_path = serde_json::to_string(&record.menu_path).map_err(|error| StoreError::Invalid(error.to_string()))?;
    let entered = serde_json::to_string(&record.entered).map_err(|error| StoreError::Invalid(error.to_string()))?;
    let segments = serde_json::to_string(&record.segments).map_err(|error| StoreError::Invalid(error.to_string()))?;
    Ok(args![
        record.id,
        word(&record.channel),
        word(&record.direction),
        record.caller.as_ref().map(Number::as_str),
        &record.caller_text,
        &record.called,
        record.customer,
        record.queue,
        record.agent,
        record.started,
        record.queued,
        record.answered,
        record.ended,
        record.wrap_up_ended,
        record.hold_ms,
        record.outcome.map(|outcome| word(&outcome)),
        record.ended_by.map(|by| word(&by)),
        record.end_reason.as_deref(),
        record.recording.as_deref(),
        record.disposition.as_deref(),
        &record.notes,
        menu_path,
        record.linked,
        entered,
        segments
    ]
    .to_vec())
}

pub(super) async fn append(conn: &mut Conn, events: &[&InteractionEvent]) -> Result<(), StoreError> {
    let row = |event: &&InteractionEvent| {
        args![event.interaction, event.seq, event.at, &event.kind, event.detail.to_string()].to_vec()
    };
    conn.insert(
        "INSERT INTO interaction_events (interaction, seq, at, kind, detail)",
        "ON CONFLICT (interaction, seq) DO NOTHING",
        &events.iter().map(row).collect::<Vec<_>>(),
    )
    .await
}

#[derive(FromRow)]
pub(super) struct InteractionRow {
    id: String,
    channel: String,
    direction: String,
    caller: Option<String>,
    caller_text: String,
    called: String,
    customer: Option<i64>,
    queue: Option<i64>,
    agent: Option<i64>,
    started: i64,
    queued: Option<i64>,
    answered: Option<i64>,
    ended: Option<i64>,
    wrap_up_ended: Option<i64>,
    hold_ms: i64,
    outcome: Option<String>,
    ended_by: Option<String>,
    end_reason: Option<String>,
    recording: Option<String>,
    disposition: Option<String>,
    notes: String,
    menu_path: String,
    linked: Option<String>,
    entered: String,
    segments: String,
}

impl InteractionRow {
    pub(super) fn interaction(self) -> Result<Interaction, StoreError> {
        let number = |id: i64| u32::try_from(id).map_err(|_| corrupt("id", &id));
        Ok(Interaction {
            id: parse_id(&self.id)?,
            channel: read_word::<Channel>(&self.channel)?,
            direction: read_word::<CallDirection>(&self.direction)?,
            linked: self.linked.as_deref().map(parse_id).transpose()?,
            caller: self.caller.map(Number::try_from).transpose().map_err(|_| corrupt("caller of", &self.id))?,
            caller_text: self.caller_text,
            called: self.called,
            customer: self.customer.map(CustomerId),
            queue: self.queue.map(number).transpose()?.map(QueueId),
            agent: self.agent.map(number).transpose()?.map(AgentId),
            started: instant(self.started),
            queued: self.queued.map(instant),
            answered: self.answered.map(instant),
            ended: self.ended.map(instant),
            wrap_up_ended: self.wrap_up_ended.map(instant),
            hold_ms: u64::try_from(self.hold_ms).unwrap_or(0),
            outcome: self.outcome.as_deref().map(read_word::<Outcome>).transpose()?,
            ended_by: self.ended_by.as_deref().map(read_word::<EndedBy>).transpose()?,
            end_reason: self.end_reason,
            recording: self.recording,
            disposition: self.disposition,
            notes: self.notes,
            menu_path: serde_json::from_str(&self.menu_path).map_err(|_| corrupt("menu path of", &self.id))?,
            entered: serde_json::from_str(&self.entered).map_err(|_| corrupt("what was entered in", &self.id))?,
            segments: serde_json::from_str(&self.segments).map_err(|_| corrupt("segments of", &self.id))?,
        })
    }
}

pub(super) fn parse_id(text: &str) -> Result<InteractionId, StoreError> {
    text.parse().map(InteractionId).map_err(|_| corrupt("interaction id", &text))
}

/// An enum without fields as the word serde gives it.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

pub(super) fn read_word<T: serde::de::DeserializeOwned>(word: &str) -> Result<T, StoreError> {
    serde_json::from_value(Value::String(word.to_owned())).map_err(|_| corrupt("word", &word))
}

fn corrupt(what: &str, value: &dyn std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!("{what} {value}"))
}
