//! Customers who wait to be called back: listed, and taken out of the line.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::access::Signed;
use super::error::done;
use super::interactions::queue_named;
use super::payload::{Asked, Id};
use super::{ApiError, WebState};
use crate::base::InteractionId;
use crate::center::CallBackPage;
use crate::center::input::SuperviseCommand;
use crate::door::Role;
use crate::store::{Cursor, PAGE_MAX};

const PAGE: u32 = 50;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    limit: Option<u32>,
    cursor: Option<String>,
    /// Key.
    queue: Option<String>,
}

/// The longest waiting first, as the center has them at this moment.
pub async fn list(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Value>, ApiError> {
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
        let mut value = serde_json::to_value(row).map_err(|error| ApiError::Internal(error.to_string()))?;
        value["customer_name"] = json!(row.customer.and_then(|id| names.get(&id)));
        value["number_shown"] = json!(row.number.shown(&listed.model.center.region));
        value["queue_name"] = json!(listed.queue_name(row.queue, &identity.language));
        value["agent_name"] = json!(row.agent.and_then(|agent| listed.agent_name(agent)));
        items.push(value);
    }
    Ok(Json(json!({"items": items, "next": next.map(|cursor| cursor.to_string())})))
}

/// Nobody calls this customer; who said so stands in the record.
pub async fn cancel(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(id): Id<Uuid>,
) -> Result<StatusCode, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let ask = SuperviseCommand::CancelCallBack { call_back: InteractionId(id) };
    done(state.door.supervise(identity.user, ask).await.map_err(|error| ApiError::of_center(error, &state.store))?)
        .map(|_| StatusCode::NO_CONTENT)
}
