//! The whole center as a file, as `carillon export` and `carillon apply` have it, without passwords.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::change::{Changed, Meant, change};
use crate::door::Role;
use crate::setup::{CenterModel, keep_secrets, print, read, without_secrets};
use crate::web::access::Signed;
use crate::web::describe::problems;
use crate::web::payload::{Asked, Raw, of_kind};
use crate::web::{ApiError, WebState};

const TOML: &str = "application/toml";

/// The center as a file, without passwords. Administrators.
#[utoipa::path(
    get, path = "/center/file", tag = "center",
    responses((status = 200, description = "The file", body = String, content_type = "application/toml"))
)]
pub async fn center_file(State(state): State<Arc<WebState>>, signed: Signed) -> Result<Response, ApiError> {
    signed.at_least(Role::Admin)?;
    let (model, ids) = state.store.center().await?;
    let mut response = ([(header::CONTENT_TYPE, TOML)], print(&without_secrets(model))?).into_response();
    if let Ok(tag) = HeaderValue::try_from(format!("\"{}\"", ids.version)) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// The center becomes what the file says; a user without password in it keeps the one of today. Administrators.
#[utoipa::path(
    put, path = "/center/file", tag = "center", request_body(content = String, content_type = "application/toml"),
    params(Meant, ("If-Match" = Option<String>, Header, description = "The version that this changes: `\"12\"`; a dry run may do without")),
    responses((status = 200, description = "What it changes", body = Changed), problems::Versions, problems::Judged)
)]
pub async fn put_center_file(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Asked(meant): Asked<Meant>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Response, ApiError> {
    let identity = signed.at_least(Role::Admin)?;
    of_kind(&headers, TOML).ok_or(ApiError::NotToml)?;
    let body = std::str::from_utf8(&body).map_err(|error| {
        let line = body.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count() + 1;
        ApiError::Mistakes { mistakes: vec![format!("{line}:1: a center file is written in UTF-8; this line is not")] }
    })?;
    let make = |present: &CenterModel| {
        let mut wanted = read(body)
            .map_err(|mistakes| ApiError::Mistakes { mistakes: mistakes.iter().map(ToString::to_string).collect() })?;
        keep_secrets(&mut wanted, present);
        Ok(wanted)
    };
    change(&state, &identity, &meant, &headers, make).await
}
