//! Customers and what is owed to them: searched, read, made, edited, joined with what is new, linked to contacts.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

mod draft;

use draft::Draft;

use super::access::Signed;
use super::interactions::own_interaction;
use super::payload::{Asked, Id, Payload};
use super::tagged::{named_version, tagged};
use super::{ApiError, WebState};
use crate::base::{CustomerId, InteractionId};
use crate::center::desk::{DeskCommand, Outcome, Refusal};
use crate::crm::CustomerCard;
use crate::store::StoreError;

const FOUND: u32 = 20;
const PAGE: u32 = 50;
const KEY_MAX: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    #[serde(default)]
    q: String,
    limit: Option<u32>,
}

pub async fn search(
    State(state): State<Arc<WebState>>,
    _signed: Signed,
    Asked(search): Asked<Search>,
) -> Result<Json<Value>, ApiError> {
    let region = &state.directory.now().model.center.region;
    let mut found = state.store.search(&search.q, region, search.limit.unwrap_or(FOUND)).await?;
    found.iter_mut().for_each(|card| card.show_numbers(region));
    Ok(Json(json!({"items": found})))
}

pub async fn customer(
    State(state): State<Arc<WebState>>,
    _signed: Signed,
    Id(id): Id<i64>,
) -> Result<Response, ApiError> {
    card(&state, CustomerId(id)).await
}

/// A card with its version, which an edit names.
#[derive(Serialize)]
struct Versioned {
    #[serde(flatten)]
    card: CustomerCard,
    version: u32,
}

async fn card(state: &WebState, id: CustomerId) -> Result<Response, ApiError> {
    let (mut card, version) = state.store.customer_and_version(id).await?;
    card.show_numbers(&state.directory.now().model.center.region);
    Ok(tagged(version, Versioned { card, version }))
}

/// The same `Idempotency-Key` of the same user makes nobody twice.
pub async fn create(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    headers: HeaderMap,
    Payload(draft): Payload<Draft>,
) -> Result<Response, ApiError> {
    let draft = draft.whole(&state.directory.now().model.center.region)?;
    let key = match headers.get("idempotency-key") {
        None => None,
        Some(key) => {
            let key = key.to_str().ok().filter(|key| !key.is_empty() && key.len() <= KEY_MAX);
            let key =
                key.ok_or_else(|| ApiError::BadRequest(format!("`Idempotency-Key`: 1 to {KEY_MAX} characters")))?;
            Some(format!("{}/{key}", identity.user))
        }
    };
    let id = state.store.create_customer(&draft, key.as_deref(), (state.clock)()).await?;
    Ok((StatusCode::CREATED, card(&state, id).await?).into_response())
}

/// What a person edited, all of it: what is not named is empty from now on, but for orders and dates, which stay.
pub async fn replace(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(id): Id<i64>,
    headers: HeaderMap,
    Payload(draft): Payload<Draft>,
) -> Result<Response, ApiError> {
    let read = named_version(&headers)?;
    let kept = draft.kept();
    let draft = draft.whole(&state.directory.now().model.center.region)?;
    state.store.replace_customer(CustomerId(id), read, draft, kept, (state.clock)()).await?;
    tracing::info!(customer = id, by = identity.user, "a customer was edited");
    card(&state, CustomerId(id)).await
}

/// Joins what is given into what is known: filled fields win, lists are united, a new note is added below.
pub async fn merge(
    State(state): State<Arc<WebState>>,
    _signed: Signed,
    Id(id): Id<i64>,
    Payload(draft): Payload<Draft>,
) -> Result<Response, ApiError> {
    let draft = draft.part(&state.directory.now().model.center.region)?;
    state.store.merge_customer(CustomerId(id), draft, (state.clock)()).await?;
    card(&state, CustomerId(id)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    limit: Option<u32>,
}

pub async fn timeline(
    State(state): State<Arc<WebState>>,
    _signed: Signed,
    Id(id): Id<i64>,
    Asked(asked): Asked<Limit>,
) -> Result<Json<Value>, ApiError> {
    let id = CustomerId(id);
    let names = state.store.customer_names([id]).await?;
    names.get(&id).ok_or(ApiError::NotFound)?;
    Ok(Json(json!({"items": state.store.timeline(id, asked.limit.unwrap_or(PAGE)).await?})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    customer: CustomerId,
}

/// Links a contact with the customer it turned out to be about. While an agent has it on hand, the agent's
/// screen follows.
pub async fn link(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(id): Id<Uuid>,
    Payload(link): Payload<Link>,
) -> Result<StatusCode, ApiError> {
    let record = own_interaction(&state, &identity, InteractionId(id)).await?;
    if let Some(agent) = record.agent {
        let ask = DeskCommand::PopChoose { interaction: record.id, customer: link.customer };
        match state.door.desk(agent, ask).await.map_err(|error| ApiError::of_center(error, &state.store))? {
            Outcome::Done | Outcome::Partly { .. } => return Ok(StatusCode::NO_CONTENT),
            // Not on hand any more: the store has the last word.
            Outcome::Refused {
                code: Refusal::UnknownInteraction | Refusal::NotAllowed | Refusal::UnknownAgent,
                ..
            } => {}
            Outcome::Refused { code, message } => return Err(ApiError::Refused { code, message }),
        }
    }
    match state.store.identify(record.id, link.customer).await {
        Err(StoreError::NotFound("customer")) => {
            let message = "there is no such customer".to_owned();
            Err(ApiError::Refused { code: Refusal::UnknownCustomer, message })
        }
        other => other.map(|()| StatusCode::NO_CONTENT).map_err(ApiError::from),
    }
}

pub async fn tasks(
    State(state): State<Arc<WebState>>,
    _signed: Signed,
    Asked(asked): Asked<Limit>,
) -> Result<Json<Value>, ApiError> {
    let tasks = state.store.open_tasks(asked.limit.unwrap_or(PAGE)).await?;
    let region = &state.directory.now().model.center.region;
    let items: Vec<Value> = tasks
        .iter()
        .map(|stored| {
            let mut value = json!(stored);
            value["number_shown"] = json!(stored.task.number.as_ref().map(|number| number.shown(region)));
            value
        })
        .collect();
    Ok(Json(json!({"items": items})))
}

pub async fn complete(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(id): Id<i64>,
) -> Result<StatusCode, ApiError> {
    state.store.complete_task(id, &identity.user, (state.clock)()).await?;
    Ok(StatusCode::NO_CONTENT)
}
