//! What was done to one object, by whom, and the way back for it alone.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::change::{Changed, Meant, Of, change_of};
use super::objects::{At, kind_of};
use super::versions::{PAGE, Paged};
use crate::door::Role;
use crate::setup::{CenterModel, edit};
use crate::store::center::ObjectChange;
use crate::web::access::Signed;
use crate::web::describe::problems;
use crate::web::payload::{Asked, Payload};
use crate::web::{ApiError, WebState};

#[derive(Serialize, ToSchema)]
#[schema(as = SetupHistory)]
pub struct History {
    items: Vec<ObjectChange>,
    /// For `before`; `null`: there are no more.
    next: Option<u32>,
}

/// What was done to an object, the newest first; also to one that is gone. Administrators.
#[utoipa::path(
    get, path = "/center/objects/{kind}/{key}/history", tag = "set-up",
    params(("kind" = String, Path), ("key" = String, Path), Paged),
    responses((status = 200, description = "The changes", body = History))
)]
pub async fn history(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, key)): At,
    Asked(paged): Asked<Paged>,
) -> Result<Json<History>, ApiError> {
    signed.at_least(Role::Admin)?;
    let kind = kind_of(&kind)?;
    let limit = paged.limit.unwrap_or(PAGE).clamp(1, PAGE.saturating_mul(4));
    let items = state.store.object_changes((kind, &key), paged.before, limit).await?;
    let full = items.len() == limit as usize;
    let next = items.last().filter(|_| full).map(|last| last.version);
    Ok(Json(History { items, next }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SetupRestore)]
pub struct Restore {
    /// Of the center.
    version: u32,
}

/// Makes an object what it was in that version of the center, with the passwords of today. One that is gone comes back
/// with `If-None-Match: *`. Administrators.
#[utoipa::path(
    post, path = "/center/objects/{kind}/{key}/restore", tag = "set-up", request_body = Restore,
    params(("kind" = String, Path), ("key" = String, Path), Meant,
        ("If-Match" = Option<String>, Header, description = "The version of the object that this changes: `\"12\"`; a dry run may do without"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: there is none of that key now")),
    responses((status = 200, description = "What it changes", body = Changed), problems::Versions, problems::Judged)
)]
pub async fn restore_object(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, key)): At,
    Asked(meant): Asked<Meant>,
    headers: HeaderMap,
    Payload(restore): Payload<Restore>,
) -> Result<Response, ApiError> {
    let identity = signed.at_least(Role::Admin)?;
    let kind = kind_of(&kind)?;
    let then = state.store.center_as_of(restore.version).await?;
    let make = |present: &CenterModel| {
        let mut wanted = present.clone();
        if edit::copy(&mut wanted, &then, kind, &key) { Ok(wanted) } else { Err(ApiError::NotFound) }
    };
    change_of(&state, &identity, &meant, (Of::Object(kind, &key), &headers), make).await
}
