//! Ways to look at the records of a kind, kept under a name.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::records::Of;
use crate::store::record::{View, ViewDraft};
use crate::web::access::Signed;
use crate::web::answer::Items;
use crate::web::payload::Payload;
use crate::web::{ApiError, WebState};

/// A way to look at a list.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecordViewDraft)]
pub struct Draft {
    name: String,
    /// As behind `?` in the address of the page: `state=open&sort=-due&show=board`.
    query: String,
    /// For everybody who reads the kind; of supervisors and above.
    #[serde(default)]
    shared: bool,
}

impl From<Draft> for ViewDraft {
    fn from(Draft { name, query, shared }: Draft) -> Self {
        Self { name, query, shared }
    }
}

/// Views of a kind: shared ones and one's own.
#[utoipa::path(
    get, path = "/records/{kind}/views", tag = "records", params(("kind" = String, Path)),
    responses((status = 200, description = "The views", body = Items<View>))
)]
pub async fn views(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path(kind): Path<String>,
) -> Result<Json<Items<View>>, ApiError> {
    let of = Of::new(&state, signed, &kind, "0")?;
    let items = of.plainly(state.records.views(&of.stored, &of.asker.asking()).await)?;
    Ok(Json(Items { items }))
}

/// Keeps a view.
#[utoipa::path(
    post, path = "/records/{kind}/views", tag = "records", request_body = Draft, params(("kind" = String, Path)),
    responses((status = 201, description = "The view", body = View))
)]
pub async fn keep(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path(kind): Path<String>,
    Payload(draft): Payload<Draft>,
) -> Result<Response, ApiError> {
    let of = Of::new(&state, signed, &kind, "0")?;
    let view = of.plainly(state.records.keep_view(&of.stored, draft.into(), &of.asker.asking()).await)?;
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

/// Changes a view: whoever made it; a shared one also an administrator.
#[utoipa::path(
    put, path = "/records/{kind}/views/{id}", tag = "records", request_body = Draft,
    params(("kind" = String, Path), ("id" = i64, Path)),
    responses((status = 200, description = "The view", body = View))
)]
pub async fn change(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, id)): Path<(String, String)>,
    Payload(draft): Payload<Draft>,
) -> Result<Json<View>, ApiError> {
    let of = Of::new(&state, signed, &kind, &id)?;
    let done = state.records.change_view(&of.stored, of.id, draft.into(), &of.asker.asking()).await;
    of.plainly(done).map(Json)
}

/// Forgets a view: whoever made it; a shared one also an administrator.
#[utoipa::path(
    delete, path = "/records/{kind}/views/{id}", tag = "records",
    params(("kind" = String, Path), ("id" = i64, Path)),
    responses((status = 204, description = "Forgotten"))
)]
pub async fn forget(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let of = Of::new(&state, signed, &kind, &id)?;
    of.plainly(state.records.forget_view(&of.stored, of.id, &of.asker.asking()).await)?;
    Ok(StatusCode::NO_CONTENT)
}
