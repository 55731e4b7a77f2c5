//! Tokens of programs: made, listed, revoked. Administrators only; the token itself is shown once.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::Signed;
use super::coding::Secret;
use super::payload::{Id, Payload};
use super::{ApiError, WebState};
use crate::door::{ProgramId, Role, Token};
use crate::setup;
use crate::store::NewProgram;

/// No token lives longer, unless it lives until it is revoked.
const LONGEST: Duration = Duration::from_secs(10 * 366 * 24 * 3_600);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    name: String,
    role: setup::Role,
    /// Key.
    agent: Option<String>,
    expires_in_s: Option<u64>,
}

pub async fn list(State(state): State<Arc<WebState>>, signed: Signed) -> Result<Json<Value>, ApiError> {
    signed.at_least(Role::Admin)?;
    Ok(Json(json!({"items": state.store.programs().await?})))
}

pub async fn create(
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
    let mut shown = serde_json::to_value(made).map_err(|error| ApiError::Internal(error.to_string()))?;
    shown["token"] = json!(token.reveal());
    Ok((StatusCode::CREATED, Extension(Secret), Json(shown)))
}

pub async fn revoke(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(id): Id<i64>,
) -> Result<StatusCode, ApiError> {
    let admin = signed.at_least(Role::Admin)?;
    state.store.revoke_program(id).await?;
    state.sessions.end_program(ProgramId(id));
    tracing::info!(token = id, by = admin.user, "a token was revoked");
    Ok(StatusCode::NO_CONTENT)
}
