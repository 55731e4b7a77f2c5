//! The desktop's files: from the disk in a debug build, inside the binary in a release build.

use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::ApiError;

#[derive(RustEmbed)]
#[folder = "web/dist/"]
#[allow_missing = true]
struct Desktop;

/// Any path that is no file is a page of the desktop, which is one page.
pub async fn desktop(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    match (Desktop::get(path), Desktop::get("index.html")) {
        (Some(file), _) if !path.is_empty() => serve(path, file),
        (_, Some(_)) if is_file => ApiError::NotFound.into_response(),
        (_, Some(index)) => serve("index.html", index),
        (_, None) => (StatusCode::SERVICE_UNAVAILABLE, Html(NO_DESKTOP)).into_response(),
    }
}

const NO_DESKTOP: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Carillon</title>\
    <h1>Carillon runs, without its desktop</h1><p>This build has no user interface. Run <code>make web</code>, then \
    build again. The API is at <code>/api/v1</code>, the docs are at <a href=/docs>/docs</a>.";

/// Names under `assets/` carry a hash of the content: they never change.
fn serve(path: &str, file: EmbeddedFile) -> Response {
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let kind = file.metadata.mimetype().to_owned();
    let kind = if kind.starts_with("text/") { format!("{kind}; charset=utf-8") } else { kind };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache.to_owned())], file.data).into_response()
}
