//! `POST /api/v1/calls`: a program, or a supervisor, has somebody called.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::Signed;
use super::describe::problems;
use super::error::done;
use super::payload::Payload;
use super::{ApiError, WebState};
use crate::center::desk::{CommandOutcome, Target};
use crate::center::input::SuperviseCommand;
use crate::dialplan::Language;
use crate::door::Role;

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new().routes(routes!(place))
}

/// A call to somebody.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCall)]
struct New {
    /// As people write it.
    number: String,
    /// Who has the call: an agent, whose own phone rings first; a queue, or a flow, which has whoever answers.
    with: Target,
    /// Key of the queue for which it is: its caller id holds. Left out: the one that is named by `with`, or none.
    queue: Option<String>,
    /// Spoken with whoever answers; left out: the center's.
    language: Option<Language>,
}

/// Has somebody called, an agent first or the customer. Supervisors.
#[utoipa::path(
    post, path = "/calls", tag = "calls", request_body = New,
    responses((status = 201, description = "The call has begun", body = CommandOutcome), problems::Conflict)
)]
async fn place(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Payload(New { number, with, queue, language }): Payload<New>,
) -> Result<(StatusCode, Json<CommandOutcome>), ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let ask = SuperviseCommand::PlaceCall { number, with, queue, language };
    let outcome = state.door.supervise(identity.user, ask).await;
    let placed = done(outcome.map_err(|error| ApiError::of_center(error, &state.store))?)?;
    Ok((StatusCode::CREATED, placed))
}
