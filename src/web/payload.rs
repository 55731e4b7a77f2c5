//! Bodies, queries and path parts, whose mistakes become problems instead of plain texts.

use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Json, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;

use super::ApiError;
use crate::base::with_nearest;
use crate::store::Encoding;

/// A JSON body.
pub struct Payload<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Payload<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(ApiError::NotJson),
            Err(JsonRejection::BytesRejection(error)) if error.status().as_u16() == 413 => Err(ApiError::TooLarge),
            Err(error) => Err(ApiError::BadRequest(with_nearest(&error.body_text()))),
        }
    }
}

/// A body as it is.
pub struct Raw(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match Bytes::from_request(request, state).await {
            Ok(bytes) => Ok(Self(bytes)),
            Err(error) if error.status().as_u16() == 413 => Err(ApiError::TooLarge),
            Err(error) => Err(ApiError::BadRequest(error.body_text())),
        }
    }
}

/// Whether the body is of this kind: if so, the encoding that its header names.
pub fn of_kind(headers: &HeaderMap, wanted: &str) -> Option<Option<Encoding>> {
    let said = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let mut parts = said.split(';').map(str::trim);
    let is_it = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case(wanted));
    let charset = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        if name.trim().eq_ignore_ascii_case("charset") { Encoding::named(value.trim().trim_matches('"')) } else { None }
    });
    is_it.then_some(charset)
}

/// Bytes of an `Idempotency-Key`.
const KEY_MAX: usize = 64;

/// The word under which something is made once, if there is one.
pub fn once(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().ok().filter(|key| !key.is_empty() && key.len() <= KEY_MAX);
    key.map(Some).ok_or_else(|| ApiError::BadRequest(format!("`Idempotency-Key`: 1 to {KEY_MAX} characters")))
}

/// The query of the address.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query.map(|Query(value)| Self(value)).map_err(|error| ApiError::BadRequest(with_nearest(&error.body_text())))
    }
}

/// The one id in the path; one that cannot be an id is nothing we have.
pub struct Id<T>(pub T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| ApiError::NotFound)?;
        text.parse().map(Self).map_err(|_| ApiError::NotFound)
    }
}
