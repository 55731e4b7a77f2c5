//! Messages to customers: sent once, and where each of them is.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::base::{CustomerId, InteractionId};
use crate::crm::{Message, MessageChannel, MessageDraft, MessageFault};
use crate::web::access::Signed;
use crate::web::describe::problems;
use crate::web::error::FieldRefused;
use crate::web::interactions::own_interaction;
use crate::web::payload::{Asked, Id, Payload, once};
use crate::web::{ApiError, WebState};

const PAGE: u32 = 20;

pub(super) fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new().routes(routes!(messages, send))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Those before this one.
    before: Option<i64>,
    limit: Option<u32>,
}

/// The newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = CustomerMessages)]
struct Messages {
    items: Vec<Message>,
    /// `before` of the next page, if there is one.
    next: Option<i64>,
    /// How somebody can be written to here: what the server is set up for.
    channels: Vec<MessageChannel>,
}

/// What was written to a customer.
#[utoipa::path(
    get, path = "/customers/{id}/messages", tag = "customers", params(("id" = i64, Path), Wanted),
    responses((status = 200, description = "The messages", body = Messages))
)]
async fn messages(
    State(state): State<Arc<WebState>>,
    _signed: Signed,
    Id(id): Id<i64>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Messages>, ApiError> {
    let limit = wanted.limit.unwrap_or(PAGE).clamp(1, 200);
    let mut items = state.store.messages(CustomerId(id), wanted.before, limit + 1).await?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| more).map(|last| last.id);
    Ok(Json(Messages { items, next, channels: state.channels.clone() }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCustomerMessage)]
struct NewMessage {
    channel: MessageChannel,
    /// One of the addresses of the customer.
    to: String,
    subject: String,
    body: String,
    /// The contact that it follows from: one's own.
    interaction: Option<uuid::Uuid>,
}

/// Writes to a customer. It is on its way when this is answered; the list says when it was taken, or why not. The same
/// `Idempotency-Key` of the same user sends nothing twice.
#[utoipa::path(
    post, path = "/customers/{id}/messages", tag = "customers", request_body = NewMessage,
    params(("id" = i64, Path), ("Idempotency-Key" = Option<String>, Header, max_length = 64)),
    responses((status = 201, description = "On its way", body = Message), problems::Conflict)
)]
async fn send(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(id): Id<i64>,
    headers: HeaderMap,
    Payload(new): Payload<NewMessage>,
) -> Result<(StatusCode, Json<Message>), ApiError> {
    if !state.channels.contains(&new.channel) {
        return Err(ApiError::Conflict("no mail server is set up (mail.host)"));
    }
    let (card, _) = state.store.customer_and_version(CustomerId(id)).await?;
    let interaction = match new.interaction {
        Some(interaction) => Some(own_interaction(&state, &identity, InteractionId(interaction)).await?.id),
        None => None,
    };
    let NewMessage { channel, to, subject, body, .. } = new;
    let to = to.trim().to_lowercase();
    let draft = MessageDraft { customer: card.id, interaction, channel, to, subject, body, by: identity.user.clone() };
    let faults = draft.faults(&card);
    if !faults.is_empty() {
        return Err(ApiError::Fields(faults.into_iter().map(refused).collect()));
    }
    let key = once(&headers)?.map(|key| format!("{}/{key}", identity.user));
    let message = state.store.send_message(&draft, key.as_deref(), (state.clock)()).await?;
    tracing::info!(customer = id, message = message.id, by = identity.user, "a customer is written to");
    Ok((StatusCode::CREATED, Json(message)))
}

fn refused(fault: MessageFault) -> FieldRefused {
    let code = match fault {
        MessageFault::NotTheirs => "not_theirs",
        MessageFault::Subject | MessageFault::Body => "not_text",
    };
    FieldRefused { field: fault.field().to_owned(), code, detail: fault.to_string() }
}
