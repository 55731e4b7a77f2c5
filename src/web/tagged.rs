//! Versions on the wire: `ETag: "12"` on what was read, `If-Match: "12"` on what changes it.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::ApiError;

/// A JSON answer with its version as the tag.
pub fn tagged(version: u32, body: impl Serialize) -> Response {
    let mut response = Json(body).into_response();
    if let Ok(tag) = HeaderValue::try_from(format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The version that a change was made from. Without one: [`ApiError::VersionRequired`].
pub fn named_version(headers: &HeaderMap) -> Result<u32, ApiError> {
    let named = headers.get(header::IF_MATCH).ok_or(ApiError::VersionRequired)?;
    let named = named.to_str().unwrap_or_default().trim().trim_matches('"');
    named.parse().map_err(|_| ApiError::BadRequest("If-Match wants a version, such as \"12\"".into()))
}
