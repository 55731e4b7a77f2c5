//! A recording as WAV, whole or in ranges (RFC 9110 §14), streamed from the file.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, SeekFrom};
use uuid::Uuid;

use super::own_interaction;
use crate::base::InteractionId;
use crate::web::access::Signed;
use crate::web::describe::problems;
use crate::web::payload::Id;
use crate::web::{ApiError, WebState};

const CHUNK: usize = 64 * 1024;

/// The recording as WAV, whole or in part.
#[utoipa::path(
    get, path = "/interactions/{id}/recording", tag = "interactions",
    params(("id" = Uuid, Path), ("Range" = Option<String>, Header, description = "RFC 9110 §14: `bytes=0-65535`")),
    responses(
        (status = 200, description = "All of it", body = Vec<u8>, content_type = "audio/wav"),
        (status = 206, description = "A part", body = Vec<u8>, content_type = "audio/wav"),
        problems::Range
    )
)]
pub(super) async fn recording(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(id): Id<Uuid>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let interaction = own_interaction(&state, &identity, InteractionId(id)).await?;
    let path = interaction.recording.as_deref().and_then(|name| below(&state.recordings, name));
    let mut file = File::open(path.ok_or(ApiError::NotFound)?).await.map_err(|_| ApiError::NotFound)?;
    let internal = |error: std::io::Error| ApiError::Internal(error.to_string());
    let length = file.metadata().await.map_err(internal)?.len();
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let (status, first, last) = match range.map(|text| parse_range(text, length)) {
        Some(Range::Part(first, last)) => (StatusCode::PARTIAL_CONTENT, first, last),
        Some(Range::Outside) => return Err(ApiError::BadRange),
        Some(Range::Ignored) | None => (StatusCode::OK, 0, length.saturating_sub(1)),
    };
    file.seek(SeekFrom::Start(first)).await.map_err(internal)?;
    let size = if length == 0 { 0 } else { last - first + 1 };
    let mut response = (status, body(file, size)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("audio/wav"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    if status == StatusCode::PARTIAL_CONTENT {
        let text = format!("bytes {first}-{last}/{length}");
        headers.insert(header::CONTENT_RANGE, HeaderValue::try_from(text).map_err(|_| ApiError::BadRange)?);
    }
    Ok(response)
}

fn body(file: File, size: u64) -> Body {
    Body::from_stream(stream::unfold((file, size), |(mut file, left)| async move {
        if left == 0 {
            return None;
        }
        let mut chunk = vec![0; usize::try_from(left).unwrap_or(CHUNK).min(CHUNK)];
        match file.read(&mut chunk).await {
            Ok(0) => None,
            Ok(read) => {
                chunk.truncate(read);
                let left = left.saturating_sub(u64::try_from(read).unwrap_or(left));
                Some((Ok(chunk), (file, left)))
            }
            Err(error) => Some((Err(error), (file, 0))),
        }
    }))
}

/// The file below the folder; `None` for a name that leaves it.
fn below(folder: &Path, name: &str) -> Option<PathBuf> {
    let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    (inside && !name.is_empty()).then(|| folder.join(name))
}

#[derive(PartialEq, Eq, Debug)]
enum Range {
    /// First and last byte, both included and both in the file.
    Part(u64, u64),
    Outside,
    /// Not one range of bytes: the whole is sent.
    Ignored,
}

fn parse_range(text: &str, length: u64) -> Range {
    let Some((first, last)) = text.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Range::Ignored;
    };
    let Some(end) = length.checked_sub(1) else { return Range::Outside };
    let (first, last) = match (first.trim(), last.trim()) {
        ("", "") => return Range::Ignored,
        ("", suffix) => match suffix.parse::<u64>() {
            Ok(0) => return Range::Outside,
            Ok(suffix) => (length.saturating_sub(suffix), end),
            Err(_) => return Range::Ignored,
        },
        (first, "") => match first.parse() {
            Ok(first) => (first, end),
            Err(_) => return Range::Ignored,
        },
        (first, last) => match (first.parse::<u64>(), last.parse::<u64>()) {
            (Ok(first), Ok(last)) if first <= last => (first, last.min(end)),
            _ => return Range::Ignored,
        },
    };
    if first > end { Range::Outside } else { Range::Part(first, last) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (text, expected) in [
            ("bytes=0-9", Range::Part(0, 9)),
            ("bytes=90-", Range::Part(90, 99)),
            ("bytes=-10", Range::Part(90, 99)),
            ("bytes=-1000", Range::Part(0, 99)),
            ("bytes=50-1000", Range::Part(50, 99)),
            ("bytes=100-", Range::Outside),
            ("bytes=-0", Range::Outside),
            ("bytes=9-1", Range::Ignored),
            ("bytes=0-1,5-6", Range::Ignored),
            ("bytes=-", Range::Ignored),
            ("items=0-1", Range::Ignored),
        ] {
            assert_eq!(parse_range(text, 100), expected, "{text}");
        }
        assert_eq!(parse_range("bytes=0-", 0), Range::Outside);
    }

    #[test]
    fn no_name_leaves_the_folder() {
        let folder = Path::new("/r");
        assert_eq!(below(folder, "2026/a.wav"), Some(PathBuf::from("/r/2026/a.wav")));
        for bad in ["../a", "a/../../b", "/etc/passwd", "", "./a"] {
            assert_eq!(below(folder, bad), None, "{bad}");
        }
    }
}
