//! Customers and what is owed to them: searched, read, made, joined with what is new, linked to contacts.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::access::Signed;
use super::payload::{Asked, Id, Payload};
use super::records::own_interaction;
use super::{ApiError, WebState};
use crate::base::{CustomerId, InteractionId};
use crate::center::desk::{DeskCommand, Outcome, Refusal};
use crate::crm::{ContactPoint, CustomerCard, CustomerDraft};
use crate::store::StoreError;

const FOUND: u32 = 20;
const PAGE: u32 = 50;
const NAME_MAX: usize = 200;
const NOTES_MAX: usize = 16_384;
const LIST_MAX: usize = 20;
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
    let mut found = state.store.search(&search.q, search.limit.unwrap_or(FOUND)).await?;
    found.iter_mut().for_each(|card| card.timeline.clear());
    Ok(Json(json!({"items": found})))
}

pub async fn customer(
    State(state): State<Arc<WebState>>,
    _signed: Signed,
    Id(id): Id<i64>,
) -> Result<Json<CustomerCard>, ApiError> {
    Ok(Json(state.store.customer(CustomerId(id)).await?))
}

/// What is written of a customer. Orders and dates come from elsewhere.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Draft {
    name: String,
    organisation: Option<String>,
    tier: Option<String>,
    language: Option<String>,
    tags: Vec<String>,
    notes: String,
    contact_points: Vec<Point>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Point {
    kind: String,
    value: String,
    #[serde(default)]
    label: String,
}

impl Draft {
    /// Checked, with contact points in their one spelling; national numbers as dialled in `region`.
    fn checked(self, region: &str) -> Result<CustomerDraft, ApiError> {
        let short = [Some(&self.name), self.organisation.as_ref(), self.tier.as_ref(), self.language.as_ref()];
        let short = short.into_iter().flatten().chain(&self.tags);
        let too_long = short.into_iter().any(|text| text.chars().count() > NAME_MAX) || self.notes.len() > NOTES_MAX;
        if too_long || self.tags.len() > LIST_MAX || self.contact_points.len() > LIST_MAX {
            return Err(ApiError::BadRequest("too long, or too many".to_owned()));
        }
        let points = self.contact_points.iter().map(|point| {
            let made = ContactPoint::new(&point.kind, &point.value, &point.label, region);
            made.map_err(|error| ApiError::BadRequest(format!("`{}`: {error}", point.value)))
        });
        Ok(CustomerDraft {
            contact_points: points.collect::<Result<_, _>>()?,
            name: self.name.trim().to_owned(),
            organisation: self.organisation,
            tier: self.tier,
            language: self.language,
            tags: self.tags,
            notes: self.notes,
            ..CustomerDraft::default()
        })
    }
}

/// The same `Idempotency-Key` of the same user makes nobody twice.
pub async fn create(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    headers: HeaderMap,
    Payload(draft): Payload<Draft>,
) -> Result<(StatusCode, Json<CustomerCard>), ApiError> {
    let draft = draft.checked(&state.directory.now().model.center.region)?;
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
    Ok((StatusCode::CREATED, Json(state.store.customer(id).await?)))
}

/// Joins what is given into what is known: filled fields win, lists are united, a new note is added below.
pub async fn merge(
    State(state): State<Arc<WebState>>,
    _signed: Signed,
    Id(id): Id<i64>,
    Payload(draft): Payload<Draft>,
) -> Result<Json<CustomerCard>, ApiError> {
    let draft = draft.checked(&state.directory.now().model.center.region)?;
    state.store.merge_customer(CustomerId(id), draft, (state.clock)()).await?;
    Ok(Json(state.store.customer(CustomerId(id)).await?))
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
    state.store.customer_name(id).await?.ok_or(ApiError::NotFound)?;
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
        match state.door.desk(agent, ask).await? {
            Outcome::Done => return Ok(StatusCode::NO_CONTENT),
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
    Ok(Json(json!({"items": tasks})))
}

pub async fn complete(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(id): Id<i64>,
) -> Result<StatusCode, ApiError> {
    state.store.complete_task(id, &identity.user, (state.clock)()).await?;
    Ok(StatusCode::NO_CONTENT)
}
