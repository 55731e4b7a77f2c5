//! Interactions from the store.

mod recording;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub use recording::recording;

use super::access::Signed;
use super::directory::Listed;
use super::payload::{Asked, Id};
use super::{ApiError, WebState};
use crate::base::{AgentId, CustomerId, Instant, InteractionId, Number, QueueId};
use crate::crm::{Interaction, InteractionEvent, Outcome};
use crate::door::{Identity, Role};
use crate::store::{Cursor, InteractionFilter};

const PAGE: u32 = 50;
const EVENTS: u32 = 2_000;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    limit: Option<u32>,
    cursor: Option<String>,
    agent: Option<u32>,
    /// Key.
    queue: Option<String>,
    customer: Option<i64>,
    outcome: Option<Outcome>,
    from: Option<String>,
    to: Option<String>,
}

pub async fn interactions(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Value>, ApiError> {
    let listed = state.directory.now();
    let filter = filter(&identity, &listed, &wanted)?;
    let cursor = wanted.cursor.as_deref().filter(|text| !text.is_empty()).map(str::parse::<Cursor>).transpose()?;
    let page = state.store.interactions(&filter, cursor, wanted.limit.unwrap_or(PAGE)).await?;
    let names = state.store.customer_names(page.rows.iter().filter_map(|row| row.customer)).await?;
    let shown = page.rows.iter().map(|row| shown(&names, &listed, &identity, row));
    let items = shown.collect::<Result<Vec<_>, _>>()?;
    Ok(Json(json!({"items": items, "next": page.next.map(|cursor| cursor.to_string())})))
}

pub async fn interaction(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(id): Id<Uuid>,
) -> Result<Json<Value>, ApiError> {
    let interaction = own_interaction(&state, &identity, InteractionId(id)).await?;
    let events = state.store.events(interaction.id, 0, EVENTS).await?;
    let listed = state.directory.now();
    let names = state.store.customer_names(interaction.customer).await?;
    let mut value = shown(&names, &listed, &identity, &interaction)?;
    value["why"] = why(&events);
    let region = &listed.model.center.region;
    value["events"] = events.iter().map(|event| shown_event(event, region)).collect();
    Ok(Json(value))
}

/// The interaction, if this one may see it: agents see their own, supervisors all. What one may not see does
/// not exist.
pub async fn own_interaction(
    state: &WebState,
    identity: &Identity,
    id: InteractionId,
) -> Result<Interaction, ApiError> {
    let interaction = state.store.interaction(id).await?;
    let own = interaction.agent.is_some() && interaction.agent == identity.agent_id();
    if own || identity.role >= Role::Supervisor { Ok(interaction) } else { Err(ApiError::NotFound) }
}

fn filter(identity: &Identity, listed: &Listed, wanted: &Wanted) -> Result<InteractionFilter, ApiError> {
    let queue = queue_named(listed, wanted.queue.as_deref())?;
    let asked = wanted.agent.map(AgentId);
    let agent = match identity.role {
        Role::Supervisor | Role::Admin => asked,
        Role::Agent => {
            let own = identity.agent_id().ok_or(ApiError::NotAllowed("you have no seat"))?;
            if asked.is_some_and(|asked| asked != own) {
                return Err(ApiError::NotAllowed("only your own contacts"));
            }
            Some(own)
        }
    };
    Ok(InteractionFilter {
        customer: wanted.customer.map(CustomerId),
        queue,
        agent,
        caller: None,
        outcome: wanted.outcome,
        from: time(wanted.from.as_deref())?,
        to: time(wanted.to.as_deref())?,
    })
}

/// By key or number; none asked for is none.
pub fn queue_named(listed: &Listed, text: Option<&str>) -> Result<Option<QueueId>, ApiError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let queue = listed.queue_by_key(text).or_else(|| text.parse().ok().map(QueueId));
    queue.map(Some).ok_or_else(|| ApiError::BadRequest(format!("no queue `{text}`")))
}

/// Microseconds, or RFC 3339.
fn time(text: Option<&str>) -> Result<Option<Instant>, ApiError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let micros = text.parse::<u64>().ok().or_else(|| {
        let at: jiff::Timestamp = text.parse().ok()?;
        u64::try_from(at.as_microsecond()).ok()
    });
    let micros = micros.ok_or_else(|| ApiError::BadRequest(format!("`{text}` is no time")))?;
    Ok(Some(Instant::from_micros(micros)))
}

/// With the names that belong to its ids.
fn shown(
    names: &BTreeMap<CustomerId, String>,
    listed: &Listed,
    identity: &Identity,
    interaction: &Interaction,
) -> Result<Value, ApiError> {
    let mut value = serde_json::to_value(interaction).map_err(|error| ApiError::Internal(error.to_string()))?;
    value["customer_name"] = json!(interaction.customer.and_then(|id| names.get(&id)));
    let region = &listed.model.center.region;
    value["caller_shown"] = json!(interaction.caller_shown(region));
    value["called_shown"] = json!(Number::shown_text(&interaction.called, region));
    value["queue_name"] = json!(interaction.queue.and_then(|id| listed.queue_name(id, &identity.language)));
    value["agent_name"] = json!(interaction.agent.and_then(|id| listed.agent_name(id)));
    Ok(value)
}

/// With the numbers in it as people read them.
fn shown_event(event: &InteractionEvent, region: &str) -> Value {
    let mut detail = event.detail.clone();
    for key in ["number", "called"] {
        let shown = detail.get(key).and_then(Value::as_str).map(|number| Number::shown_text(number, region));
        if let (Some(shown), Some(detail)) = (shown, detail.as_object_mut()) {
            detail.insert(format!("{key}_shown"), json!(shown));
        }
    }
    json!({"seq": event.seq, "at": event.at, "kind": event.kind, "detail": detail})
}

/// The reason of the last assignment, in words.
fn why(events: &[InteractionEvent]) -> Value {
    let reserved = events.iter().rev().find(|event| event.detail.get("words").is_some());
    reserved.map_or(Value::Null, |event| event.detail["words"].clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_both_spellings() {
        let at = Some(Instant::from_micros(1_767_605_400_000_000));
        assert_eq!(time(Some("1767605400000000")).unwrap(), at);
        assert_eq!(time(Some("2026-01-05T09:30:00Z")).unwrap(), at);
        assert_eq!(time(Some("2026-01-05T10:30:00+01:00")).unwrap(), at);
        assert_eq!(time(Some("")).unwrap(), None);
        assert!(time(Some("yesterday")).is_err());
    }
}
