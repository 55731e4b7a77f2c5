//! Interactions from the store.

mod keeping;
mod recording;
mod sip;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::Signed;
use super::answer::Page;
use super::directory::Listed;
use super::payload::{Asked, Id};
use super::{ApiError, WebState};
use crate::base::{AgentId, CustomerId, Instant, InteractionId, Number, QueueId};
use crate::center::desk::Words;
use crate::crm::{Interaction, InteractionEvent, Outcome};
use crate::door::{Identity, Role};
use crate::store::recordings::{Hold, RecordingRow};
use crate::store::{Cursor, InteractionFilter};

const PAGE: u32 = 50;
const EVENTS: u32 = 2_000;

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new()
        .routes(routes!(interactions))
        .routes(routes!(interaction))
        .routes(routes!(recording::recording, keeping::delete))
        .merge(keeping::routes())
        .merge(sip::routes())
}

#[derive(Deserialize, Default, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    limit: Option<u32>,
    cursor: Option<String>,
    agent: Option<u32>,
    /// Key.
    queue: Option<String>,
    customer: Option<i64>,
    #[param(inline)]
    outcome: Option<Outcome>,
    /// Began at or after: microseconds, or RFC 3339.
    from: Option<String>,
    /// Began before.
    to: Option<String>,
}

/// Contacts, the newest first: an agent's own, all for supervisors.
#[utoipa::path(
    get, path = "/interactions", tag = "interactions", params(Wanted),
    responses((status = 200, description = "The contacts", body = Page<Shown>))
)]
async fn interactions(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Page<Shown>>, ApiError> {
    let listed = state.directory.now();
    let filter = filter(&identity, &listed, &wanted)?;
    let cursor = wanted.cursor.as_deref().filter(|text| !text.is_empty()).map(str::parse::<Cursor>).transpose()?;
    let page = state.store.interactions(&filter, cursor, wanted.limit.unwrap_or(PAGE)).await?;
    let names = state.store.customer_names(page.rows.iter().filter_map(|row| row.customer)).await?;
    let items = page.rows.into_iter().map(|row| shown(&names, &listed, &identity, row)).collect();
    Ok(Json(Page { items, next: page.next.map(|cursor| cursor.to_string()) }))
}

/// A contact with its events.
#[utoipa::path(
    get, path = "/interactions/{id}", tag = "interactions", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The contact", body = Detail))
)]
async fn interaction(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(id): Id<Uuid>,
) -> Result<Json<Detail>, ApiError> {
    let interaction = own_interaction(&state, &identity, InteractionId(id)).await?;
    let events = state.store.events(interaction.id, 0, EVENTS).await?;
    let listed = state.directory.now();
    let names = state.store.customer_names(interaction.customer).await?;
    let recorded = match interaction.recording {
        Some(_) => state.store.recording(interaction.id).await?,
        None => None,
    };
    let hold = state.store.hold(interaction.id).await?;
    let shown = shown(&names, &listed, &identity, interaction);
    let why = why(&events);
    let region = &listed.model.center.region;
    let events = events.into_iter().map(|event| shown_event(event, region)).collect();
    Ok(Json(Detail { shown, why, recorded, hold, events }))
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
    // Who may do a task may see and hear what it is about.
    let sees = own || identity.role >= Role::Supervisor || state.store.is_owed(id).await?;
    if sees { Ok(interaction) } else { Err(ApiError::NotFound) }
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

/// A contact with the names that belong to its ids.
#[derive(Serialize, ToSchema)]
#[schema(as = Interaction)]
struct Shown {
    #[serde(flatten)]
    record: Interaction,
    customer_name: Option<String>,
    /// As people read it; empty: withheld.
    caller_shown: String,
    called_shown: String,
    queue_name: Option<String>,
    agent_name: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = InteractionDetail)]
struct Detail {
    #[serde(flatten)]
    shown: Shown,
    /// Why the agent got it, in words; `null`: nobody did.
    why: Option<Words>,
    /// What is known of the recording, once it is a whole file.
    recorded: Option<RecordingRow>,
    /// Nothing of this contact is deleted.
    hold: Option<Hold>,
    events: Vec<ShownEvent>,
}

/// What happened in a contact. Kinds and their details stand in `ContactEvent`; of earlier versions there may
/// be others. Numbers in it have a second form for people (`number_shown`, `called_shown`).
#[derive(Serialize, ToSchema)]
#[schema(as = InteractionEvent)]
struct ShownEvent {
    seq: u32,
    at: Instant,
    kind: String,
    #[schema(value_type = Object)]
    detail: Value,
}

fn shown(names: &BTreeMap<CustomerId, String>, listed: &Listed, identity: &Identity, record: Interaction) -> Shown {
    let customer_name = record.customer.and_then(|id| names.get(&id)).cloned();
    let region = &listed.model.center.region;
    Shown {
        customer_name,
        caller_shown: record.caller_shown(region),
        called_shown: Number::shown_text(&record.called, region),
        queue_name: record.queue.and_then(|id| listed.queue_name(id, &identity.language)).map(str::to_owned),
        agent_name: record.agent.and_then(|id| listed.agent_name(id)).map(str::to_owned),
        record,
    }
}

fn shown_event(event: InteractionEvent, region: &str) -> ShownEvent {
    let InteractionEvent { seq, at, kind, mut detail, .. } = event;
    for key in ["number", "called"] {
        let shown = detail.get(key).and_then(Value::as_str).map(|number| Number::shown_text(number, region));
        if let (Some(shown), Some(detail)) = (shown, detail.as_object_mut()) {
            detail.insert(format!("{key}_shown"), Value::String(shown));
        }
    }
    ShownEvent { seq, at, kind, detail }
}

/// The reason of the last assignment, in words.
fn why(events: &[InteractionEvent]) -> Option<Words> {
    let words = events.iter().rev().find_map(|event| event.detail.get("words"))?;
    Words::deserialize(words).ok()
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
