//! A recording as WAV, whole or in ranges (RFC 9110 §14), streamed from the file.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use tokio::task::spawn_blocking;
use utoipa::IntoParams;
use uuid::Uuid;

use super::own_interaction;
use crate::base::InteractionId;
use crate::center::input::Input;
use crate::store::recordings::{RecordingUse, Sound, SoundError};
use crate::web::access::Signed;
use crate::web::describe::problems;
use crate::web::payload::{Asked, Id};
use crate::web::{ApiError, WebState};

/// Read at once.
const PIECE: usize = 128 * 1024;

#[derive(Deserialize, Default, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(super) struct How {
    /// To be kept as a file: it is noted as downloaded, not as played.
    download: bool,
}

/// The recording as WAV, whole or in part. Who heard it is written down before the first byte is sent.
#[utoipa::path(
    get, path = "/interactions/{id}/recording", tag = "interactions",
    params(("id" = Uuid, Path), How, ("Range" = Option<String>, Header, description = "RFC 9110 §14: `bytes=0-65535`")),
    responses(
        (status = 200, description = "All of it", body = Vec<u8>, content_type = "audio/wav"),
        (status = 206, description = "A part", body = Vec<u8>, content_type = "audio/wav"),
        problems::Range, problems::Recording
    )
)]
pub(super) async fn recording(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(id): Id<Uuid>,
    Asked(how): Asked<How>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let interaction = own_interaction(&state, &identity, InteractionId(id)).await?;
    let name = interaction.recording.ok_or(ApiError::NotFound)?;
    if state.store.recording(interaction.id).await?.is_some_and(|row| row.deleted.is_some()) {
        return Err(ApiError::RecordingDeleted);
    }
    let (shelf, of) = (state.recordings.clone(), interaction.id);
    let sound = blocking(move || shelf.open(&name, of)).await?;
    let length = sound.len();
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let (status, first, last) = match range.map(|text| parse_range(text, length)) {
        Some(Range::Part(first, last)) => (StatusCode::PARTIAL_CONTENT, first, last),
        Some(Range::Outside) => return Err(ApiError::BadRange),
        Some(Range::Ignored) | None => (StatusCode::OK, 0, length.saturating_sub(1)),
    };
    let size = if length == 0 { 0 } else { last - first + 1 };
    let what = if how.download { RecordingUse::Downloaded } else { RecordingUse::Played };
    // The first piece is opened before anything is said: what was changed is an answer, not a torn one.
    let (piece, sound) = piece(sound, first, size).await?;
    state.store.note_recording_use(interaction.id, &identity.user, what, (state.clock)()).await?;
    state.door.send(Input::MessageHeard { interaction: interaction.id }).await?;
    let mut response = (status, body(piece, sound, first, size)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("audio/wav"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    if how.download {
        let text = format!("attachment; filename=\"{}.wav\"", interaction.id);
        headers.insert(header::CONTENT_DISPOSITION, HeaderValue::try_from(text).map_err(|_| ApiError::NotFound)?);
    }
    if status == StatusCode::PARTIAL_CONTENT {
        let text = format!("bytes {first}-{last}/{length}");
        headers.insert(header::CONTENT_RANGE, HeaderValue::try_from(text).map_err(|_| ApiError::BadRange)?);
    }
    Ok(response)
}

/// Files are read beside the tasks of the runtime.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SoundError> + Send + 'static,
) -> Result<T, ApiError> {
    let done = spawn_blocking(work).await.map_err(|error| ApiError::Internal(error.to_string()))?;
    done.map_err(ApiError::from)
}

/// Up to [`PIECE`] bytes of the `left` that are wanted from `at` on.
async fn piece(mut sound: Sound, at: u64, left: u64) -> Result<(Vec<u8>, Sound), ApiError> {
    let most = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
    blocking(move || Ok((sound.read(at, most)?, sound))).await
}

fn body(first: Vec<u8>, sound: Sound, at: u64, size: u64) -> Body {
    struct Rest {
        ready: Option<Vec<u8>>,
        sound: Sound,
        at: u64,
        left: u64,
    }
    let rest = Rest { ready: Some(first), sound, at, left: size };
    Body::from_stream(stream::try_unfold(rest, |Rest { ready, mut sound, at, left }| async move {
        if left == 0 {
            return Ok(None);
        }
        let bytes = match ready {
            Some(bytes) => bytes,
            None => {
                let (bytes, same) = piece(sound, at, left).await?;
                sound = same;
                bytes
            }
        };
        let sent = bytes.len() as u64;
        // Shorter than it was when it was opened: whoever reads must notice.
        if sent == 0 {
            return Err(ApiError::NotFound);
        }
        let rest = Rest { ready: None, sound, at: at.saturating_add(sent), left: left.saturating_sub(sent) };
        Ok(Some((bytes, rest)))
    }))
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
}
