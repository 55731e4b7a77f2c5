//! The draft of a flow: saved, thrown away, published.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::change::{Changed, Meant, Of, change_of};
use crate::base::Instant;
use crate::door::Role;
use crate::setup::{CenterModel, FlowModel, Kind};
use crate::web::access::Signed;
use crate::web::describe::problems;
use crate::web::payload::{Asked, Id, Payload};
use crate::web::tagged::{named_version, tagged};
use crate::web::{ApiError, WebState};

/// Bytes of a flow.
const TEXT_MAX: usize = 256 * 1024;

/// A draft as it is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FlowDraftPut)]
pub struct Put {
    /// It may have mistakes.
    text: String,
    /// Version of the flow in the center that it is made of; 0: of none.
    base: u32,
}

#[derive(Serialize, ToSchema)]
#[schema(as = FlowDraftSaved)]
pub struct Saved {
    version: u32,
    at: Instant,
}

/// Saves what somebody is at; calls do not notice. Administrators.
#[utoipa::path(
    put, path = "/center/flows/{key}/draft", tag = "set-up", request_body = Put,
    params(("key" = String, Path),
        ("If-Match" = Option<String>, Header, description = "The version of the draft that this changes: `\"3\"`; `\"0\"`: there is none")),
    responses((status = 200, description = "It is saved", body = Saved), problems::Versions)
)]
pub async fn put_flow_draft(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
    headers: HeaderMap,
    Payload(put): Payload<Put>,
) -> Result<Response, ApiError> {
    let identity = signed.at_least(Role::Admin)?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if !(1..=40).contains(&key.len()) || !key.chars().all(plain) {
        return Err(ApiError::BadRequest("the key of a flow has 1 to 40 of a-z, 0-9, `-` and `_`".into()));
    }
    if put.text.len() > TEXT_MAX {
        return Err(ApiError::TooLarge);
    }
    let now = (state.clock)();
    let named = named_version(&headers)?;
    let by = (identity.user.as_str(), now);
    let version = state.store.put_flow_draft(&key, named, Some((&put.text, put.base)), by).await?;
    Ok(tagged(version, Saved { version, at: now }))
}

/// Throws a draft away. Administrators.
#[utoipa::path(
    delete, path = "/center/flows/{key}/draft", tag = "set-up",
    params(("key" = String, Path),
        ("If-Match" = Option<String>, Header, description = "The version of the draft: `\"3\"`")),
    responses((status = 200, description = "There is none any more", body = Saved), problems::Versions)
)]
pub async fn delete_flow_draft(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let identity = signed.at_least(Role::Admin)?;
    let named = named_version(&headers)?;
    if state.store.flow_draft(&key).await?.1.is_none() {
        return Err(ApiError::NotFound);
    }
    let now = (state.clock)();
    let version = state.store.put_flow_draft(&key, named, None, (&identity.user, now)).await?;
    Ok(tagged(version, Saved { version, at: now }))
}

/// The draft becomes the flow that calls are led by from now on; those that are in the flow go on as they began.
/// Where the flow became another after the draft was begun, it is told (412). Administrators.
#[utoipa::path(
    post, path = "/center/flows/{key}/publish", tag = "set-up",
    params(("key" = String, Path), Meant,
        ("If-Match" = Option<String>, Header, description = "The version of the draft: `\"3\"`")),
    responses((status = 200, description = "What it changes", body = Changed), problems::Versions, problems::Judged)
)]
pub async fn publish_flow(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
    Asked(meant): Asked<Meant>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let identity = signed.at_least(Role::Admin)?;
    let named = named_version(&headers)?;
    let (present, draft) = state.store.flow_draft(&key).await?;
    let draft = draft.ok_or(ApiError::NotFound)?;
    if named != present {
        return Err(ApiError::VersionChanged { what: "draft", present });
    }
    let text = draft.text;
    let make = |model: &CenterModel| {
        let mut wanted = model.clone();
        wanted.flows.insert(key.clone(), FlowModel { text });
        Ok(wanted)
    };
    let base = of_base(draft.base);
    let answer = change_of(&state, &identity, &meant, (Of::Object(Kind::Flow, &key), &base), make).await?;
    if !meant.dry_run {
        let now = (state.clock)();
        state.store.put_flow_draft(&key, named, None, (&identity.user, now)).await?;
    }
    Ok(answer)
}

/// What a change of the flow says that was made of this version of it.
fn of_base(base: u32) -> HeaderMap {
    let (name, value) = match base {
        0 => (header::IF_NONE_MATCH, "*".to_owned()),
        base => (header::IF_MATCH, format!("\"{base}\"")),
    };
    HeaderValue::try_from(value).map(|value| HeaderMap::from_iter([(name, value)])).unwrap_or_default()
}
