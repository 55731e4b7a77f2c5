//! Records and events as rows.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use sqlx::FromRow;

use crate::base::{AgentId, CallDirection, Channel, CustomerId, InteractionId, Number, QueueId};
use crate::crm::{EndedBy, Interaction, InteractionEvent, Outcome};
use crate::store::StoreError;
use crate::store::db::{Arg, Conn, args, instant};

/// Writes the records as they are now. A record that has ended stays ended: an older state of it, read
/// back from a spool, changes nothing.
pub(in crate::store) async fn upsert<'a>(
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

pub(in crate::store) async fn append(conn: &mut Conn, events: &[&InteractionEvent]) -> Result<(), StoreError> {
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
pub(in crate::store) struct InteractionRow {
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
    pub(in crate::store) fn interaction(self) -> Result<Interaction, StoreError> {
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

pub(in crate::store) fn parse_id(text: &str) -> Result<InteractionId, StoreError> {
    text.parse().map(InteractionId).map_err(|_| corrupt("interaction id", &text))
}

/// An enum without fields as the word serde gives it.
pub(in crate::store) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

pub(in crate::store) fn read_word<T: serde::de::DeserializeOwned>(word: &str) -> Result<T, StoreError> {
    serde_json::from_value(Value::String(word.to_owned())).map_err(|_| corrupt("word", &word))
}

pub(super) fn corrupt(what: &str, value: &dyn std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!("{what} {value}"))
}
