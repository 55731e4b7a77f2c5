//! Alerts of the wallboard: what was beyond its limit, when, how far, and who has seen it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::Signed;
use super::answer::Page;
use super::describe::problems;
use super::error::done;
use super::payload::{Asked, Id};
use super::{ApiError, WebState};
use crate::base::AlertId;
use crate::center::alert::Alert;
use crate::center::desk::CommandOutcome;
use crate::center::input::SuperviseCommand;
use crate::door::Role;
use crate::store::{AlertEntry, PAGE_MAX, SentLetter};

const PAGE: u32 = 50;

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(history)).routes(routes!(acknowledge))
}

#[derive(Deserialize, Default, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// The newest first, those that go on and those that are over. Supervisors.
#[utoipa::path(
    get, path = "/alerts", tag = "board", params(Wanted),
    responses((status = 200, description = "The alerts", body = Page<Alert>))
)]
async fn list(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Page<Alert>>, ApiError> {
    signed.at_least(Role::Supervisor)?;
    let cursor = wanted.cursor.filter(|text| !text.is_empty()).map(|text| text.parse::<u64>().map(AlertId));
    let before = cursor.transpose().map_err(|_| ApiError::BadRequest("`cursor` is none of ours".to_owned()))?;
    let limit = wanted.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let mut items = state.store.alerts(before, limit.saturating_add(1)).await?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(Json(Page { items, next }))
}

/// An alert with all that happened to it.
#[derive(Serialize, ToSchema)]
#[schema(as = AlertHistory)]
struct History {
    alert: Alert,
    /// In order; its first thousand.
    events: Vec<AlertEntry>,
    /// Who was written to, and what programs were told.
    letters: Vec<SentLetter>,
}

/// What happened to an alert: raised, changed, acknowledged by whom, ended and why; and who was written to. Supervisors.
#[utoipa::path(
    get, path = "/alerts/{id}", tag = "board", params(("id" = u64, Path)),
    responses((status = 200, description = "The alert", body = History))
)]
async fn history(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(id): Id<u64>,
) -> Result<Json<History>, ApiError> {
    signed.at_least(Role::Supervisor)?;
    let alert = state.store.alert(AlertId(id)).await?;
    let events = state.store.alert_events(alert.id).await?;
    let letters = state.store.alert_letters(alert.id).await?;
    Ok(Json(History { alert, events, letters }))
}

/// A supervisor has seen it, and sees to it: no other has to. Once seen, the first stands.
#[utoipa::path(
    post, path = "/alerts/{id}/acknowledge", tag = "board", params(("id" = u64, Path)),
    responses((status = 200, description = "Done", body = CommandOutcome), problems::Conflict)
)]
async fn acknowledge(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(id): Id<u64>,
) -> Result<Json<CommandOutcome>, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let ask = SuperviseCommand::AcknowledgeAlert { alert: AlertId(id) };
    done(state.door.supervise(identity.user, ask).await.map_err(|error| ApiError::of_center(error, &state.store))?)
}
