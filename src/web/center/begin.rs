//! What the pages of the set-up begin with: their forms, what is still missing, and what opening hours say.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::objects::wrong;
use crate::base::Instant;
use crate::door::{INVITATION_FOR, Role, Token};
use crate::setup::edit::{self, Fields};
use crate::setup::{CenterModel, Kind, Step, check, form, opening};
use crate::store::{LinkRow, Opens};
use crate::web::access::Signed;
use crate::web::answer::Items;
use crate::web::coding::Secret;
use crate::web::describe::problems;
use crate::web::payload::{Id, Payload};
use crate::web::{ApiError, WebState};

/// The fields of a kind, as a form asks for them.
#[derive(Serialize, ToSchema)]
#[schema(as = SetupKind)]
pub struct KindForm {
    kind: &'static str,
    fields: Vec<form::Field>,
}

/// What forms are made of.
#[derive(Serialize, ToSchema)]
#[schema(as = SetupForms)]
pub struct Forms {
    kinds: Vec<KindForm>,
    /// That a number can lead to.
    flows: Vec<String>,
}

/// What can be set up: the kinds and their fields, as forms ask for them. Administrators.
#[utoipa::path(
    get, path = "/center/forms", tag = "set-up",
    responses((status = 200, description = "The kinds", body = Forms))
)]
pub async fn forms(State(state): State<Arc<WebState>>, signed: Signed) -> Result<Json<Forms>, ApiError> {
    signed.at_least(Role::Admin)?;
    let (model, _) = state.store.center().await?;
    let kinds = Kind::ALL.map(|kind| KindForm { kind: kind.word(), fields: form::form(kind) });
    Ok(Json(Forms { kinds: kinds.into(), flows: state.keeper.flows(&model) }))
}

/// A step from nothing to the first call.
#[derive(Serialize, ToSchema)]
#[schema(as = FirstStepState)]
pub struct StepState {
    step: Step,
    /// How many there are of what it asks for; 0: it is still to be done.
    count: usize,
}

/// What is there and what is still missing until somebody who calls is answered. Administrators.
#[utoipa::path(
    get, path = "/center/first-steps", tag = "set-up",
    responses((status = 200, description = "The steps, in their order", body = Items<StepState>))
)]
pub async fn first_steps(
    State(state): State<Arc<WebState>>,
    signed: Signed,
) -> Result<Json<Items<StepState>>, ApiError> {
    signed.at_least(Role::Admin)?;
    let (model, _) = state.store.center().await?;
    let answered = usize::from(state.store.was_ever_answered().await?);
    let count = |step: Step| if step == Step::Call { answered } else { step.count(&model) };
    Ok(Json(Items { items: Step::ALL.map(|step| StepState { step, count: count(step) }).into() }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OpeningAsked)]
pub struct Asked {
    /// Fields of opening hours, as they are or as they are to be.
    #[schema(value_type = Object)]
    hours: Fields,
    /// As clocks there show it: `2026-10-01T09:30`.
    at: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = OpeningTold)]
pub struct Told {
    open: bool,
    /// The day is named apart.
    special: bool,
    /// The spans of that day: `09:00-12:00`.
    spans: Vec<String>,
    /// When it changes, as clocks there show it; `null`: not within four hundred days.
    until: Option<String>,
}

/// What opening hours say of a moment, whether they are stored or not. Administrators.
#[utoipa::path(
    post, path = "/center/opening", tag = "set-up", request_body = Asked,
    responses((status = 200, description = "Open or closed", body = Told), problems::Judged)
)]
pub async fn opening_at(signed: Signed, Payload(asked): Payload<Asked>) -> Result<Json<Told>, ApiError> {
    const KEY: &str = "asked";
    signed.at_least(Role::Admin)?;
    let at: DateTime = asked
        .at
        .parse()
        .map_err(|_| ApiError::BadRequest("`at` is a date and a time such as 2026-10-01T09:30".into()))?;
    let mut model = CenterModel::default();
    edit::put(&mut model, Kind::Hours, KEY, &asked.hours).map_err(wrong)?;
    let mistakes = check(&model);
    if !mistakes.is_empty() {
        return Err(wrong(mistakes));
    }
    let hours = model.hours.get(KEY).ok_or(ApiError::NotFound)?;
    let told = opening(hours, at);
    let minute = |at: DateTime| at.strftime("%Y-%m-%dT%H:%M").to_string();
    let spans = told.spans.into_iter().map(String::from).collect();
    Ok(Json(Told { open: told.open, special: told.special, spans, until: told.until.map(minute) }))
}

/// A way in that works once.
#[derive(Serialize, ToSchema)]
#[schema(as = SetupInvitation)]
pub struct Invitation {
    /// Behind the address of this server: `/#/link/TOKEN`.
    link: String,
    expires: Instant,
}

/// A link by which a user chooses an own password, once: for a new colleague, or who forgot theirs. The one made before
/// opens nothing any more. Administrators.
#[utoipa::path(
    post, path = "/center/users/{key}/invitation", tag = "set-up", params(("key" = String, Path)),
    responses((status = 201, description = "The link, told this once", body = Invitation))
)]
pub async fn invite(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
) -> Result<impl IntoResponse, ApiError> {
    let identity = signed.at_least(Role::Admin)?;
    if !state.directory.now().model.users.contains(&key) {
        return Err(ApiError::NotFound);
    }
    let (token, made) = (Token::random(), (state.clock)());
    let expires = made + INVITATION_FOR;
    tracing::info!(user = %key, by = %identity.user, "somebody was invited to choose a password");
    let row = LinkRow { digest: token.digest().to_string(), opens: Opens::Invitation(key), made, expires };
    state.store.add_link(&row, made).await?;
    let invitation = Invitation { link: format!("/#/link/{}", token.reveal()), expires };
    Ok((StatusCode::CREATED, Extension(Secret), Json(invitation)))
}
