//! What the center was, who made it so, and the way back.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::change::{Changed, Meant, change};
use crate::base::Instant;
use crate::door::Role;
use crate::setup::{CenterModel, Change, changes, print, read, without_secrets};
use crate::store::center::CenterVersion;
use crate::web::access::Signed;
use crate::web::describe::problems;
use crate::web::payload::{Asked, Id};
use crate::web::{ApiError, WebState};

pub(super) const PAGE: u32 = 50;

#[derive(Deserialize, Default, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct Paged {
    pub(super) before: Option<u32>,
    pub(super) limit: Option<u32>,
}

/// The versions of the center, the newest first. Supervisors.
#[utoipa::path(
    get, path = "/center/versions", tag = "center", params(Paged),
    responses((status = 200, description = "The versions", body = Versions))
)]
pub async fn versions(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Asked(paged): Asked<Paged>,
) -> Result<Json<Versions>, ApiError> {
    signed.at_least(Role::Supervisor)?;
    let limit = paged.limit.unwrap_or(PAGE).clamp(1, PAGE.saturating_mul(4));
    let items = state.store.center_versions(paged.before, limit).await?;
    let full = items.len() == limit as usize;
    let next = items.last().filter(|last| full && last.version > 1).map(|last| last.version);
    Ok(Json(Versions { items, next }))
}

#[derive(Serialize, ToSchema)]
pub struct Versions {
    items: Vec<CenterVersion>,
    /// For `before`; `null`: there are no more.
    next: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub struct VersionDetail {
    version: u32,
    at: Instant,
    author: String,
    changes: Vec<Change>,
    /// The center file, without passwords.
    file: String,
}

/// One version: who made it, what it changed, and the file it is.
#[utoipa::path(
    get, path = "/center/versions/{version}", tag = "center", params(("version" = u32, Path)),
    responses((status = 200, description = "The version", body = VersionDetail))
)]
pub async fn version(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(number): Id<u32>,
) -> Result<Json<VersionDetail>, ApiError> {
    signed.at_least(Role::Admin)?;
    let of = async |before: u32| state.store.center_versions(Some(before), 1).await;
    let found: Option<CenterVersion> = of(number.saturating_add(1)).await?.pop().filter(|it| it.version == number);
    let found = found.ok_or(ApiError::NotFound)?;
    let of_version = async |version: u32| -> Result<CenterModel, ApiError> {
        let text = state.store.center_version(version).await?;
        read(&text).map_err(|_| ApiError::Internal(format!("center version {version} cannot be read")))
    };
    let model = of_version(number).await?;
    let before = match of(number).await?.pop() {
        Some(before) => of_version(before.version).await?,
        None => CenterModel::default(),
    };
    Ok(Json(VersionDetail {
        version: found.version,
        at: found.at,
        author: found.author,
        changes: changes(&before, &model)?,
        file: print(&without_secrets(model))?,
    }))
}

/// Makes the center what it was in that version: a new version, with the passwords of today.
#[utoipa::path(
    post, path = "/center/versions/{version}/restore", tag = "center",
    params(("version" = u32, Path), Meant, ("If-Match" = Option<String>, Header, description = "The version that this changes: `\"12\"`; a dry run may do without")),
    responses((status = 200, description = "What it changes", body = Changed), problems::Versions, problems::Judged)
)]
pub async fn restore(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(number): Id<u32>,
    Asked(meant): Asked<Meant>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let identity = signed.at_least(Role::Admin)?;
    let wanted = state.store.center_as_of(number).await?;
    change(&state, &identity, &meant, &headers, |_| Ok(wanted)).await
}
