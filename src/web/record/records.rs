//! One record: made, read, changed, taken a step on, deleted; its history and what is said about it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::asking::Asker;
use super::told::{Teller, Told, refused};
use crate::base::{CustomerId, InteractionId};
use crate::record::Record;
use crate::store::record::{About, Comment, RecordChange, RecordError, Step, Stored};
use crate::web::access::Signed;
use crate::web::answer::Items;
use crate::web::describe::problems;
use crate::web::payload::{Asked, Payload, once};
use crate::web::{ApiError, WebState};

const PAGE: u32 = 50;

/// What is asked of a kind by somebody.
pub(super) struct Of {
    pub asker: Asker,
    pub stored: Arc<Stored>,
    pub id: i64,
}

impl Of {
    pub fn new(state: &WebState, signed: Signed, kind: &str, id: &str) -> Result<Self, ApiError> {
        let asker = Asker::new(state, signed.0);
        let stored = state.records.kind(kind).map_err(|error| asker.plainly_refused(error))?;
        Ok(Self { asker, stored, id: id.parse().map_err(|_| ApiError::NotFound)? })
    }

    fn key(&self) -> &str {
        &self.stored.kind.key
    }

    /// The answer, or why there is none.
    async fn answer(&self, state: &WebState, done: Result<Record, RecordError>) -> Result<Told, ApiError> {
        match done {
            Ok(record) => {
                // It may have been written as a newer version says.
                let stored = state.records.kind(self.key()).unwrap_or_else(|_| self.stored.clone());
                let teller = Teller::of(state, &self.asker, &stored, std::slice::from_ref(&record)).await?;
                Ok(teller.record(&self.asker, &stored, &record))
            }
            Err(error) => Err(refused(state, &self.asker, &self.stored, error).await),
        }
    }

    pub fn plainly<T>(&self, done: Result<T, RecordError>) -> Result<T, ApiError> {
        done.map_err(|error| self.asker.plainly_refused(error))
    }
}

/// A new record. What is not said of a field is as the kind says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecordDraft)]
pub struct Draft {
    #[serde(default)]
    #[schema(value_type = Object)]
    fields: Map<String, Value>,
    customer: Option<CustomerId>,
    /// The contact during which it is made.
    interaction: Option<InteractionId>,
}

/// Makes a record. The same `Idempotency-Key` of the same user makes nothing twice within a day.
#[utoipa::path(
    post, path = "/records/{kind}", tag = "records", request_body = Draft,
    params(("kind" = String, Path), ("Idempotency-Key" = Option<String>, Header, max_length = 64)),
    responses((status = 201, description = "The record", body = Told))
)]
pub async fn create(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path(kind): Path<String>,
    headers: HeaderMap,
    Payload(draft): Payload<Draft>,
) -> Result<Response, ApiError> {
    let of = Of::new(&state, signed, &kind, "0")?;
    let about = About { customer: draft.customer, interaction: draft.interaction };
    let once = once(&headers)?;
    let made = state.records.create_once(of.key(), &draft.fields, about, once, &of.asker.asking()).await;
    Ok((StatusCode::CREATED, Json(of.answer(&state, made).await?)).into_response())
}

/// A record with its lines.
#[utoipa::path(
    get, path = "/records/{kind}/{id}", tag = "records", params(("kind" = String, Path), ("id" = i64, Path)),
    responses((status = 200, description = "The record", body = Told))
)]
pub async fn record(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Json<Told>, ApiError> {
    let of = Of::new(&state, signed, &kind, &id)?;
    let found = state.records.record(&of.stored, of.id, &of.asker.asking()).await;
    of.answer(&state, found).await.map(Json)
}

/// What is named becomes so; `null` empties a field.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecordPatch)]
pub struct Patch {
    #[serde(default)]
    #[schema(value_type = Object)]
    fields: Map<String, Value>,
    /// Of the record as it was seen; without it, whatever it is.
    version: Option<u32>,
}

/// Changes a record.
#[utoipa::path(
    patch, path = "/records/{kind}/{id}", tag = "records", request_body = Patch,
    params(("kind" = String, Path), ("id" = i64, Path)),
    responses((status = 200, description = "The record", body = Told), problems::Record)
)]
pub async fn change(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, id)): Path<(String, String)>,
    Payload(patch): Payload<Patch>,
) -> Result<Json<Told>, ApiError> {
    let of = Of::new(&state, signed, &kind, &id)?;
    let done = state.records.change(of.key(), of.id, patch.version, &patch.fields, &of.asker.asking()).await;
    of.answer(&state, done).await.map(Json)
}

/// Deletes a record: nobody finds or reads it any more.
#[utoipa::path(
    delete, path = "/records/{kind}/{id}", tag = "records", params(("kind" = String, Path), ("id" = i64, Path)),
    responses((status = 204, description = "Deleted"))
)]
pub async fn delete(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let of = Of::new(&state, signed, &kind, &id)?;
    of.plainly(state.records.delete(of.key(), of.id, &of.asker.asking()).await)?;
    tracing::info!(kind, record = of.id, by = of.asker.identity.user, "a record was deleted");
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a step of its life, and writes what is named on the way.
#[utoipa::path(
    post, path = "/records/{kind}/{id}/steps/{step}", tag = "records", request_body = Patch,
    params(("kind" = String, Path), ("id" = i64, Path), ("step" = String, Path)),
    responses((status = 200, description = "The record", body = Told), problems::Record)
)]
pub async fn step(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, id, step)): Path<(String, String, String)>,
    Payload(patch): Payload<Patch>,
) -> Result<Json<Told>, ApiError> {
    let of = Of::new(&state, signed, &kind, &id)?;
    let step = Step { key: &step, version: patch.version };
    let done = state.records.step(of.key(), of.id, step, &patch.fields, &of.asker.asking()).await;
    of.answer(&state, done).await.map(Json)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Before {
    /// `next` of the page before.
    before: Option<i64>,
    limit: Option<u32>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RecordHistory)]
pub struct History {
    changes: Vec<RecordChange>,
    /// `null`: there are no more.
    next: Option<i64>,
}

/// What was done to a record, the newest first, with what stood there before and after.
#[utoipa::path(
    get, path = "/records/{kind}/{id}/history", tag = "records",
    params(("kind" = String, Path), ("id" = i64, Path), Before),
    responses((status = 200, description = "The changes", body = History))
)]
pub async fn history(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, id)): Path<(String, String)>,
    Asked(asked): Asked<Before>,
) -> Result<Json<History>, ApiError> {
    let of = Of::new(&state, signed, &kind, &id)?;
    let (limit, asking) = (asked.limit.unwrap_or(PAGE), of.asker.asking());
    let found = state.records.history(&of.stored, of.id, asked.before, limit, &asking).await;
    let (changes, next) = of.plainly(found)?;
    Ok(Json(History { changes, next }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecordUndo)]
pub struct Undo {
    /// The id of a change of fields.
    change: i64,
}

/// Takes a change back, unless what it wrote is something else by now.
#[utoipa::path(
    post, path = "/records/{kind}/{id}/undo", tag = "records", request_body = Undo,
    params(("kind" = String, Path), ("id" = i64, Path)),
    responses((status = 200, description = "The record", body = Told), problems::Record)
)]
pub async fn undo(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, id)): Path<(String, String)>,
    Payload(asked): Payload<Undo>,
) -> Result<Json<Told>, ApiError> {
    let of = Of::new(&state, signed, &kind, &id)?;
    let done = state.records.undo(of.key(), of.id, asked.change, &of.asker.asking()).await;
    of.answer(&state, done).await.map(Json)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecordJoin)]
pub struct Join {
    /// The record that is the same, and goes.
    other: i64,
    /// Of the record that stays, as it was seen; without it, whatever it is.
    version: Option<u32>,
}

/// Joins another record of the kind into this one: what is empty here comes from there, what refers to it refers here,
/// and the other goes. Taken back as every change.
#[utoipa::path(
    post, path = "/records/{kind}/{id}/join", tag = "records", request_body = Join,
    params(("kind" = String, Path), ("id" = i64, Path)),
    responses((status = 200, description = "The record", body = Told), problems::Record)
)]
pub async fn join(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, id)): Path<(String, String)>,
    Payload(asked): Payload<Join>,
) -> Result<Json<Told>, ApiError> {
    let of = Of::new(&state, signed, &kind, &id)?;
    let done = state.records.join(of.key(), (of.id, asked.version), asked.other, &of.asker.asking()).await;
    tracing::info!(kind, record = of.id, other = asked.other, by = of.asker.identity.user, "two records are joined");
    of.answer(&state, done).await.map(Json)
}

/// Records of the kind that are probably the same: they say the same in a field that is compared.
#[utoipa::path(
    get, path = "/records/{kind}/{id}/alike", tag = "records", params(("kind" = String, Path), ("id" = i64, Path)),
    responses((status = 200, description = "The records, without their lines", body = Items<Told>))
)]
pub async fn alike(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Json<Items<Told>>, ApiError> {
    let of = Of::new(&state, signed, &kind, &id)?;
    let found = of.plainly(state.records.alike(&of.stored, of.id, &of.asker.asking()).await)?;
    let teller = Teller::of(&state, &of.asker, &of.stored, &found).await?;
    let items = found.iter().map(|record| teller.record(&of.asker, &of.stored, record)).collect();
    Ok(Json(Items { items }))
}

/// What people said about a record, the oldest first.
#[utoipa::path(
    get, path = "/records/{kind}/{id}/comments", tag = "records", params(("kind" = String, Path), ("id" = i64, Path)),
    responses((status = 200, description = "The comments", body = Items<Comment>))
)]
pub async fn comments(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Json<Items<Comment>>, ApiError> {
    let of = Of::new(&state, signed, &kind, &id)?;
    let items = of.plainly(state.records.comments(&of.stored, of.id, &of.asker.asking()).await)?;
    Ok(Json(Items { items }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecordCommentDraft)]
pub struct Said {
    text: String,
}

/// Says something about a record.
#[utoipa::path(
    post, path = "/records/{kind}/{id}/comments", tag = "records", request_body = Said,
    params(("kind" = String, Path), ("id" = i64, Path)),
    responses((status = 201, description = "The comment", body = Comment))
)]
pub async fn comment(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, id)): Path<(String, String)>,
    Payload(said): Payload<Said>,
) -> Result<Response, ApiError> {
    let of = Of::new(&state, signed, &kind, &id)?;
    let comment = of.plainly(state.records.comment(&of.stored, of.id, &said.text, &of.asker.asking()).await)?;
    Ok((StatusCode::CREATED, Json(comment)).into_response())
}
