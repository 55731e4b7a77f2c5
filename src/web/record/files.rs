//! Files beside a record: brought, listed, taken along, taken away.
//!
//! What somebody brought is never shown by the server: it goes out as a file to be kept, of no kind that a browser would
//! open by itself, and where one tries it may do nothing (RFC 6266, CSP `sandbox`).

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Json;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::records::Of;
use crate::store::record::{ATTACHED_MAX, RecordFile};
use crate::web::access::Signed;
use crate::web::answer::Items;
use crate::web::payload::{Asked, Raw};
use crate::web::{ApiError, WebState};

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new()
        .routes(routes!(files, attach))
        .routes(routes!(file, detach))
        .layer(DefaultBodyLimit::max(ATTACHED_MAX))
}

/// Files of a record, the oldest first.
#[utoipa::path(
    get, path = "/records/{kind}/{id}/files", tag = "records", params(("kind" = String, Path), ("id" = i64, Path)),
    responses((status = 200, description = "The files", body = Items<RecordFile>))
)]
async fn files(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Json<Items<RecordFile>>, ApiError> {
    let of = Of::new(&state, signed, &kind, &id)?;
    let items = of.plainly(state.records.files(&of.stored, of.id, &of.asker.asking()).await)?;
    Ok(Json(Items { items }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Named {
    /// Of the file; its ending says of what kind it is.
    name: String,
}

/// Puts a file beside a record: up to 25 MiB, of a kind that is looked at or listened to.
#[utoipa::path(
    post, path = "/records/{kind}/{id}/files", tag = "records",
    params(("kind" = String, Path), ("id" = i64, Path), Named),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, description = "The file", body = RecordFile))
)]
async fn attach(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, id)): Path<(String, String)>,
    Asked(named): Asked<Named>,
    Raw(bytes): Raw,
) -> Result<Response, ApiError> {
    let of = Of::new(&state, signed, &kind, &id)?;
    let brought = (named.name.as_str(), bytes.to_vec());
    let done = state.records.attach(&of.stored, of.id, brought, &state.files, &of.asker.asking()).await;
    let file = of.plainly(done)?;
    tracing::info!(kind, record = of.id, file = file.id, by = of.asker.identity.user, "a file was put beside a record");
    Ok((StatusCode::CREATED, Json(file)).into_response())
}

/// What is in a file.
#[utoipa::path(
    get, path = "/records/{kind}/{id}/files/{file}", tag = "records",
    params(("kind" = String, Path), ("id" = i64, Path), ("file" = i64, Path)),
    responses((status = 200, description = "The file", body = Vec<u8>, content_type = "application/octet-stream"))
)]
async fn file(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, id, file)): Path<(String, String, String)>,
) -> Result<Response, ApiError> {
    let of = Of::new(&state, signed, &kind, &id)?;
    let file = file.parse().map_err(|_| ApiError::NotFound)?;
    let (file, digest) = of.plainly(state.records.attached(&of.stored, (of.id, file), &of.asker.asking()).await)?;
    let bytes = state.files.read(&digest).await.map_err(|error| ApiError::Internal(format!("{digest}: {error}")))?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, disposition(&file.name)),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox; frame-ancestors 'none'".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

/// Takes a file away from a record.
#[utoipa::path(
    delete, path = "/records/{kind}/{id}/files/{file}", tag = "records",
    params(("kind" = String, Path), ("id" = i64, Path), ("file" = i64, Path)),
    responses((status = 204, description = "Taken away"))
)]
async fn detach(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, id, file)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    let of = Of::new(&state, signed, &kind, &id)?;
    let file = file.parse().map_err(|_| ApiError::NotFound)?;
    of.plainly(state.records.detach(&of.stored, (of.id, file), &of.asker.asking()).await)?;
    tracing::info!(kind, record = of.id, file, by = of.asker.identity.user, "a file was taken away from a record");
    Ok(StatusCode::NO_CONTENT)
}

/// A file to be kept under this name, in letters that every browser takes and in its own (RFC 6266 §4.3, RFC 8187).
fn disposition(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || " ._-".contains(c) { c } else { '_' }).collect();
    let mut text = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''");
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' => text.push(char::from(byte)),
            byte => drop(write!(text, "%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_a_name() {
        for (name, expected) in [
            ("a b.pdf", "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf"),
            ("发票.pdf", "attachment; filename=\"__.pdf\"; filename*=UTF-8''%E5%8F%91%E7%A5%A8.pdf"),
            ("a\"; x=\".txt", "attachment; filename=\"a__ x__.txt\"; filename*=UTF-8''a%22%3B%20x%3D%22.txt"),
        ] {
            assert_eq!(disposition(name), expected);
        }
    }
}
