//! Customers: searched, read, made, edited, joined with what is new, linked to contacts.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

mod draft;
mod letters;
mod messages;

use draft::Draft;

use super::access::Signed;
use super::answer::Items;
use super::describe::problems;
use super::interactions::own_interaction;
use super::payload::{Asked, Id, Payload, once};
use super::tagged::{named_version, tagged};
use super::{ApiError, WebState};
use crate::base::{CustomerId, InteractionId};
use crate::center::desk::{CommandOutcome, DeskCommand, Refusal};
use crate::crm::{CustomerCard, TimelineEntry};
use crate::store::StoreError;

const FOUND: u32 = 20;
const PAGE: u32 = 50;

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new()
        .routes(routes!(search, create))
        .routes(routes!(customer, replace, merge))
        .routes(routes!(timeline))
        .routes(routes!(link))
        .merge(messages::routes())
        .merge(letters::routes())
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// A number, a name, an address; empty: the newest.
    #[serde(default)]
    q: String,
    limit: Option<u32>,
}

/// Customers by what is known of them; their timelines stay empty.
#[utoipa::path(
    get, path = "/customers", tag = "customers", params(Search),
    responses((status = 200, description = "The best matches first", body = Items<CustomerCard>))
)]
async fn search(
    State(state): State<Arc<WebState>>,
    _signed: Signed,
    Asked(search): Asked<Search>,
) -> Result<Json<Items<CustomerCard>>, ApiError> {
    let region = &state.directory.now().model.center.region;
    let mut found = state.store.search(&search.q, region, search.limit.unwrap_or(FOUND)).await?;
    found.iter_mut().for_each(|card| card.show_numbers(region));
    Ok(Json(Items { items: found }))
}

/// A card with its version.
#[utoipa::path(
    get, path = "/customers/{id}", tag = "customers", params(("id" = i64, Path)),
    responses((status = 200, description = "The customer", body = Versioned))
)]
async fn customer(State(state): State<Arc<WebState>>, _signed: Signed, Id(id): Id<i64>) -> Result<Response, ApiError> {
    card(&state, CustomerId(id)).await
}

/// A card with its version, which an edit names.
#[derive(Serialize, ToSchema)]
#[schema(as = VersionedCustomer)]
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

/// Makes a customer. The same `Idempotency-Key` of the same user makes nobody twice.
#[utoipa::path(
    post, path = "/customers", tag = "customers", request_body = Draft,
    params(("Idempotency-Key" = Option<String>, Header, max_length = 64)),
    responses((status = 201, description = "The customer", body = Versioned))
)]
async fn create(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    headers: HeaderMap,
    Payload(draft): Payload<Draft>,
) -> Result<Response, ApiError> {
    let draft = draft.whole(&state.directory.now().model.center.region)?;
    let key = once(&headers)?.map(|key| format!("{}/{key}", identity.user));
    let id = state.store.create_customer(&draft, key.as_deref(), (state.clock)()).await?;
    Ok((StatusCode::CREATED, card(&state, id).await?).into_response())
}

/// What a person edited, all of it: what is not named is empty from now on, but for orders and dates, which stay.
#[utoipa::path(
    put, path = "/customers/{id}", tag = "customers", request_body = Draft,
    params(("id" = i64, Path), ("If-Match" = Option<String>, Header, description = "The version that was edited: `\"12\"`")),
    responses((status = 200, description = "The customer", body = Versioned), problems::Versions)
)]
async fn replace(
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
#[utoipa::path(
    patch, path = "/customers/{id}", tag = "customers", request_body = Draft, params(("id" = i64, Path)),
    responses((status = 200, description = "The customer", body = Versioned))
)]
async fn merge(
    State(state): State<Arc<WebState>>,
    _signed: Signed,
    Id(id): Id<i64>,
    Payload(draft): Payload<Draft>,
) -> Result<Response, ApiError> {
    let draft = draft.part(&state.directory.now().model.center.region)?;
    state.store.merge_customer(CustomerId(id), draft, (state.clock)()).await?;
    card(&state, CustomerId(id)).await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    pub limit: Option<u32>,
}

/// What happened with a customer, the newest first.
#[utoipa::path(
    get, path = "/customers/{id}/timeline", tag = "customers", params(("id" = i64, Path), Limit),
    responses((status = 200, description = "The contacts", body = Items<TimelineEntry>))
)]
async fn timeline(
    State(state): State<Arc<WebState>>,
    _signed: Signed,
    Id(id): Id<i64>,
    Asked(asked): Asked<Limit>,
) -> Result<Json<Items<TimelineEntry>>, ApiError> {
    let id = CustomerId(id);
    let names = state.store.customer_names([id]).await?;
    names.get(&id).ok_or(ApiError::NotFound)?;
    Ok(Json(Items { items: state.store.timeline(id, asked.limit.unwrap_or(PAGE)).await? }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CustomerLink)]
pub struct Link {
    customer: CustomerId,
}

/// Links a contact with the customer it turned out to be about. While an agent has it on hand, the agent's
/// screen follows.
#[utoipa::path(
    post, path = "/interactions/{id}/customer", tag = "interactions", request_body = Link,
    params(("id" = Uuid, Path)),
    responses((status = 204, description = "Linked"), problems::Conflict)
)]
async fn link(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(id): Id<Uuid>,
    Payload(link): Payload<Link>,
) -> Result<StatusCode, ApiError> {
    let record = own_interaction(&state, &identity, InteractionId(id)).await?;
    if let Some(agent) = record.agent {
        let ask = DeskCommand::PopChoose { interaction: record.id, customer: link.customer };
        match state.door.desk(agent, ask).await.map_err(|error| ApiError::of_center(error, &state.store))? {
            CommandOutcome::Done | CommandOutcome::Placed { .. } | CommandOutcome::Partly { .. } => {
                return Ok(StatusCode::NO_CONTENT);
            }
            // Not on hand any more: the store has the last word.
            CommandOutcome::Refused {
                code: Refusal::UnknownInteraction | Refusal::NotAllowed | Refusal::UnknownAgent,
                ..
            } => {}
            CommandOutcome::Refused { code, message } => return Err(ApiError::Refused { code, message }),
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
