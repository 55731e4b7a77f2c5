//! Customers who wait to be called back: listed, and taken out of the line.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::Signed;
use super::answer::Page;
use super::describe::problems;
use super::error::done;
use super::interactions::queue_named;
use super::payload::{Asked, Id};
use super::{ApiError, WebState};
use crate::base::InteractionId;
use crate::center::input::SuperviseCommand;
use crate::center::{CallBackPage, OpenCallBack};
use crate::door::Role;
use crate::store::{Cursor, PAGE_MAX};

const PAGE: u32 = 50;

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(cancel))
}

#[derive(Deserialize, Default, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    limit: Option<u32>,
    cursor: Option<String>,
    /// Key.
    queue: Option<String>,
}

/// The longest waiting first, as the center has them at this moment.
#[utoipa::path(
    get, path = "/callbacks", tag = "call-backs", params(Wanted),
    responses((status = 200, description = "The call-backs", body = Page<Shown>))
)]
async fn list(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Page<Shown>>, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let listed = state.directory.now();
    let cursor = wanted.cursor.as_deref().filter(|text| !text.is_empty()).map(str::parse::<Cursor>).transpose()?;
    let limit = wanted.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX) as usize;
    let page = CallBackPage {
        queue: queue_named(&listed, wanted.queue.as_deref())?,
        after: cursor.map(|cursor| (cursor.started, cursor.id)),
        limit: limit.saturating_add(1),
    };
    let mut rows = state.door.call_backs(page).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|last| Cursor { started: last.arrived, id: last.interaction });
    let names = state.store.customer_names(rows.iter().filter_map(|row| row.customer)).await?;
    let mut items = Vec::with_capacity(rows.len());
    for row in &rows {
        items.push(Shown {
            customer_name: row.customer.and_then(|id| names.get(&id)).cloned(),
            number_shown: row.number.shown(&listed.model.center.region),
            queue_name: listed.queue_name(row.queue, &identity.language).map(str::to_owned),
            agent_name: row.agent.and_then(|agent| listed.agent_name(agent)).map(str::to_owned),
            call_back: row.clone(),
        });
    }
    Ok(Json(Page { items, next: next.map(|cursor| cursor.to_string()) }))
}

/// A call-back with the names that belong to its ids.
#[derive(Serialize, ToSchema)]
#[schema(as = CallBack)]
struct Shown {
    #[serde(flatten)]
    call_back: OpenCallBack,
    customer_name: Option<String>,
    /// As people read it.
    number_shown: String,
    queue_name: Option<String>,
    agent_name: Option<String>,
}

/// Nobody calls this customer; who said so stands in the record.
#[utoipa::path(
    delete, path = "/callbacks/{id}", tag = "call-backs", params(("id" = Uuid, Path)),
    responses((status = 204, description = "Taken out of the line"), problems::Conflict)
)]
async fn cancel(State(state): State<Arc<WebState>>, signed: Signed, Id(id): Id<Uuid>) -> Result<StatusCode, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let ask = SuperviseCommand::CancelCallBack { call_back: InteractionId(id) };
    done(state.door.supervise(identity.user, ask).await.map_err(|error| ApiError::of_center(error, &state.store))?)
        .map(|_| StatusCode::NO_CONTENT)
}
