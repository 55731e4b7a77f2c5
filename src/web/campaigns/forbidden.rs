//! Numbers that nobody calls any more.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::base::{Instant, Number};
use crate::center::Input;
use crate::center::calling::{NotToBeCalled, Told};
use crate::web::access::Signed;
use crate::web::payload::{Asked, Payload};
use crate::web::{ApiError, WebState};

/// Of a reason, characters.
const WHY_MAX: usize = 500;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// As people write it.
    number: String,
}

/// Whether a number may be called.
#[derive(Serialize, ToSchema)]
#[schema(as = DoNotCall)]
pub struct Shown {
    /// E.164.
    number: String,
    /// As people read it.
    number_shown: String,
    /// It is not to be called.
    listed: bool,
    since: Option<Instant>,
    /// Who wrote it down: a user, or `agent:7` of whom the called asked.
    by: Option<String>,
    why: Option<String>,
}

/// Whether a number is not to be called, and why.
#[utoipa::path(
    get, path = "/do-not-call", tag = "campaigns", params(Wanted),
    responses((status = 200, description = "How it stands", body = Shown))
)]
pub async fn look_up(
    State(state): State<Arc<WebState>>,
    _signed: Signed,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Shown>, ApiError> {
    let listed = state.directory.now();
    let region = &listed.model.center.region;
    let number = read(&wanted.number, region)?;
    let found = state.store.forbidden(&number).await?;
    Ok(Json(Shown {
        number_shown: number.shown(region),
        number: number.to_string(),
        listed: found.is_some(),
        since: found.as_ref().map(|found| found.at),
        by: found.as_ref().map(|found| found.by.clone()),
        why: found.map(|found| found.why),
    }))
}

/// A number that is not to be called any more.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewDoNotCall)]
pub struct New {
    /// As people write it.
    number: String,
    #[serde(default)]
    why: String,
}

/// Nobody calls this number any more: no campaign does from now on, and a call of one that rings there is taken back.
#[utoipa::path(
    post, path = "/do-not-call", tag = "campaigns", request_body = New,
    responses((status = 204, description = "It is not called any more"))
)]
pub async fn forbid(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Payload(new): Payload<New>,
) -> Result<StatusCode, ApiError> {
    let number = read(&new.number, &state.directory.now().model.center.region)?;
    if new.why.chars().count() > WHY_MAX {
        return Err(ApiError::BadRequest(format!("`why` has at most {WHY_MAX} characters")));
    }
    let row = NotToBeCalled { number: number.clone(), at: (state.clock)(), by: identity.user, why: new.why };
    state.store.forbid_number(&row).await?;
    state.door.send(Input::Campaign(Box::new(Told::DoNotCall(number)))).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn read(text: &str, region: &str) -> Result<Number, ApiError> {
    Number::parse(text.trim(), region).map_err(|_| ApiError::BadRequest("this is no number that can be called".into()))
}
