//! Tokens of programs: made, listed, revoked. Administrators only; the token itself is shown once.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::Signed;
use super::answer::Items;
use super::coding::Secret;
use super::payload::{Id, Payload};
use super::{ApiError, WebState};
use crate::door::{ProgramId, Role, Token};
use crate::setup;
use crate::store::{NewProgram, ProgramToken};

/// No token lives longer, unless it lives until it is revoked.
const LONGEST: Duration = Duration::from_secs(10 * 366 * 24 * 3_600);

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewToken)]
pub struct Wanted {
    name: String,
    role: setup::Role,
    /// Key.
    agent: Option<String>,
    /// Left out: until it is revoked.
    expires_in_s: Option<u64>,
}

/// A token that was just made.
#[derive(Serialize, ToSchema)]
struct MadeToken {
    #[serde(flatten)]
    about: ProgramToken,
    /// Shown this once.
    token: String,
}

/// The tokens of programs, by name. Administrators.
#[utoipa::path(
    get, path = "/tokens", tag = "tokens",
    responses((status = 200, description = "The tokens", body = Items<ProgramToken>))
)]
async fn list(State(state): State<Arc<WebState>>, signed: Signed) -> Result<Json<Items<ProgramToken>>, ApiError> {
    signed.at_least(Role::Admin)?;
    Ok(Json(Items { items: state.store.programs().await? }))
}

/// Makes a token for a program. Administrators.
#[utoipa::path(
    post, path = "/tokens", tag = "tokens", request_body = Wanted,
    responses((status = 201, description = "The token, shown this once", body = MadeToken))
)]
async fn create(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Payload(wanted): Payload<Wanted>,
) -> Result<impl IntoResponse, ApiError> {
    let admin = signed.at_least(Role::Admin)?;
    if let Some(agent) = wanted.agent.as_ref().filter(|key| !state.directory.now().model.agents.contains(key)) {
        return Err(ApiError::BadRequest(format!("no agent `{agent}`")));
    }
    let life = wanted.expires_in_s.map(Duration::from_secs);
    if life.is_some_and(|life| life.is_zero() || life > LONGEST) {
        return Err(ApiError::BadRequest("`expires_in_s` is 1 second to 10 years".to_owned()));
    }
    let (token, now) = (Token::for_program(), (state.clock)());
    let new = NewProgram {
        name: wanted.name,
        role: wanted.role,
        agent: wanted.agent,
        created_by: admin.user,
        expires: life.map(|life| now + life),
    };
    let made = state.store.add_program(&token.digest().to_string(), &new, now).await?;
    tracing::info!(token = made.name, by = made.created_by, "a token was made");
    let shown = MadeToken { about: made, token: token.reveal().to_owned() };
    Ok((StatusCode::CREATED, Extension(Secret), Json(shown)))
}

/// The token opens nothing from now on. Administrators.
#[utoipa::path(
    delete, path = "/tokens/{id}", tag = "tokens", params(("id" = i64, Path)),
    responses((status = 204, description = "Revoked"))
)]
async fn revoke(State(state): State<Arc<WebState>>, signed: Signed, Id(id): Id<i64>) -> Result<StatusCode, ApiError> {
    let admin = signed.at_least(Role::Admin)?;
    state.store.revoke_program(id).await?;
    state.sessions.end_program(ProgramId(id));
    tracing::info!(token = id, by = admin.user, "a token was revoked");
    Ok(StatusCode::NO_CONTENT)
}
