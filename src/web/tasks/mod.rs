//! What is owed to customers: listed, and done.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::Signed;
use super::answer::Items;
use super::customers::Limit;
use super::payload::{Asked, Id};
use super::{ApiError, WebState};
use crate::center::input::Input;
use crate::store::StoredTask;

const PAGE: u32 = 50;

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new().routes(routes!(tasks)).routes(routes!(complete))
}

/// Something owed to a customer.
#[derive(Serialize, ToSchema)]
#[schema(as = Task)]
struct Shown {
    #[serde(flatten)]
    stored: StoredTask,
    /// As people read it.
    number_shown: Option<String>,
}

/// What is not done, the earliest due first.
#[utoipa::path(
    get, path = "/tasks", tag = "tasks", params(Limit),
    responses((status = 200, description = "The tasks", body = Items<Shown>))
)]
async fn tasks(
    State(state): State<Arc<WebState>>,
    _signed: Signed,
    Asked(asked): Asked<Limit>,
) -> Result<Json<Items<Shown>>, ApiError> {
    let tasks = state.store.open_tasks(asked.limit.unwrap_or(PAGE)).await?;
    let region = &state.directory.now().model.center.region;
    let shown = |stored: StoredTask| Shown {
        number_shown: stored.task.number.as_ref().map(|number| number.shown(region)),
        stored,
    };
    Ok(Json(Items { items: tasks.into_iter().map(shown).collect() }))
}

/// It is done; who said so stands in the store.
#[utoipa::path(
    post, path = "/tasks/{id}/done", tag = "tasks", params(("id" = i64, Path)),
    responses((status = 204, description = "Done"))
)]
async fn complete(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(id): Id<i64>,
) -> Result<StatusCode, ApiError> {
    let message = state.store.complete_task(id, &identity.user, (state.clock)()).await?;
    if let Some(interaction) = message {
        state.door.send(Input::MessageDone { interaction }).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
