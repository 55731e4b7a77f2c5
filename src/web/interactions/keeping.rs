//! What is known of a recording, who heard it, and the legal hold.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::own_interaction;
use super::recording::blocking;
use crate::base::InteractionId;
use crate::door::Role;
use crate::store::recordings::{Deletion, Hold, RecordingLine, RecordingUse};
use crate::web::access::Signed;
use crate::web::answer::Items;
use crate::web::describe::problems;
use crate::web::payload::{Asked, Id, Payload};
use crate::web::{ApiError, WebState};

/// Lines told of one recording.
const LINES: u32 = 200;
/// Characters of a reason.
const REASON_MAX: usize = 500;

pub(super) fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new().routes(routes!(hold, free)).routes(routes!(log)).routes(routes!(verify))
}

/// Why nothing of the contact may be deleted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HoldAsked {
    /// 1 to 500 characters.
    reason: String,
}

/// Holds a contact: nothing of it is deleted, by nobody and no rule, until it is freed.
#[utoipa::path(
    put, path = "/interactions/{id}/hold", tag = "interactions", params(("id" = Uuid, Path)),
    request_body = HoldAsked, responses((status = 200, description = "It is held", body = Hold), problems::Conflict)
)]
async fn hold(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(id): Id<Uuid>,
    Payload(asked): Payload<HoldAsked>,
) -> Result<Json<Hold>, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let interaction = own_interaction(&state, &identity, InteractionId(id)).await?;
    let reason = reason(&asked.reason)?;
    let hold = Hold { at: (state.clock)(), user: identity.user, reason: reason.to_owned() };
    state.store.put_hold(interaction.id, &hold).await?;
    Ok(Json(hold))
}

/// Frees a contact that is held: the rules of retention hold again.
#[utoipa::path(
    delete, path = "/interactions/{id}/hold", tag = "interactions", params(("id" = Uuid, Path)),
    responses((status = 204, description = "It is free"), problems::Conflict)
)]
async fn free(State(state): State<Arc<WebState>>, signed: Signed, Id(id): Id<Uuid>) -> Result<StatusCode, ApiError> {
    let identity = signed.at_least(Role::Admin)?;
    state.store.free_hold(InteractionId(id), &identity.user, (state.clock)()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who played, downloaded, held, freed or deleted the recording, the newest first.
#[utoipa::path(
    get, path = "/interactions/{id}/recording/log", tag = "interactions", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The last 200", body = Items<RecordingLine>), problems::Conflict)
)]
async fn log(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(id): Id<Uuid>,
) -> Result<Json<Items<RecordingLine>>, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let interaction = own_interaction(&state, &identity, InteractionId(id)).await?;
    Ok(Json(Items { items: state.store.recording_log(interaction.id, LINES).await? }))
}

/// Why it is deleted before its time.
#[derive(Deserialize, Default, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Why {
    /// 1 to 500 characters.
    reason: String,
}

/// Deletes a recording now; what is known of it stays, with who deleted it and why. Not while it is held.
#[utoipa::path(
    delete, path = "/interactions/{id}/recording", tag = "interactions", params(("id" = Uuid, Path), Why),
    responses((status = 204, description = "It is deleted"), problems::Recording)
)]
pub(super) async fn delete(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(id): Id<Uuid>,
    Asked(why): Asked<Why>,
) -> Result<StatusCode, ApiError> {
    let identity = signed.at_least(Role::Admin)?;
    let (id, reason, now) = (InteractionId(id), reason(&why.reason)?, (state.clock)());
    match state.store.delete_recording(&state.recordings, id, &identity.user, reason, now).await? {
        Deletion::Done => Ok(StatusCode::NO_CONTENT),
        Deletion::Held => Err(ApiError::Conflict("the contact is held")),
        Deletion::Unknown => Err(ApiError::NotFound),
    }
}

fn reason(text: &str) -> Result<&str, ApiError> {
    let text = text.trim();
    match text.chars().count() {
        1..=REASON_MAX => Ok(text),
        _ => Err(ApiError::BadRequest(format!("`reason` must have 1 to {REASON_MAX} characters"))),
    }
}

/// What became of a comparison.
#[derive(Serialize, ToSchema)]
struct Verified {
    /// The file is what it was when it was ended.
    same: bool,
    /// Of the WAV as it is now.
    sha256: String,
    /// As it was when it was ended.
    recorded_sha256: String,
}

/// Reads the whole file again and compares its sum with the one that was written down.
#[utoipa::path(
    post, path = "/interactions/{id}/recording/verify", tag = "interactions", params(("id" = Uuid, Path)),
    responses((status = 200, description = "Compared", body = Verified), problems::Recording)
)]
async fn verify(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(id): Id<Uuid>,
) -> Result<Json<Verified>, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let interaction = own_interaction(&state, &identity, InteractionId(id)).await?;
    let row = state.store.recording(interaction.id).await?.ok_or(ApiError::NotFound)?;
    if row.deleted.is_some() {
        return Err(ApiError::RecordingDeleted);
    }
    let (shelf, of, path) = (state.recordings.clone(), interaction.id, row.path);
    let sha256 = blocking(move || shelf.open(&path, of)?.sum()).await?;
    let at = (state.clock)();
    state.store.note_recording_use(interaction.id, &identity.user, RecordingUse::Verified, at).await?;
    Ok(Json(Verified { same: sha256 == row.sha256, sha256, recorded_sha256: row.sha256 }))
}
