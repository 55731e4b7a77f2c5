//! Jobs begun: a file taken, a change of all that a list shows proposed.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::Told;
use crate::door::Role;
use crate::store::record::EditSpec;
use crate::web::access::Signed;
use crate::web::payload::{Asked, Payload, Raw};
use crate::web::record::asking::Asker;
use crate::web::record::list::query;
use crate::web::{ApiError, WebState};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Of the file, for people.
    name: Option<String>,
    /// What a CSV file is written in, by its name of the Encoding Standard; without it, found out.
    encoding: Option<String>,
}

/// Takes a file, CSV or XLSX, and proposes which column goes to which field. Nothing is written before it is run.
#[utoipa::path(
    post, path = "/records/{kind}/imports", tag = "records", params(("kind" = String, Path), File),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, description = "The job", body = Told))
)]
pub async fn import(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path(kind): Path<String>,
    Asked(file): Asked<File>,
    Raw(bytes): Raw,
) -> Result<Response, ApiError> {
    let asker = Asker::new(&state, signed.at_least(Role::Supervisor)?);
    let stored = state.records.kind(&kind).map_err(|error| asker.plainly_refused(error))?;
    let name = file.name.unwrap_or_default();
    let (bytes, asking) = (bytes.to_vec(), asker.asking());
    let begun = state.records.begin_import(&stored, &name, bytes, file.encoding, &state.files, &asking).await;
    let job = begun.map_err(|error| asker.plainly_refused(error))?;
    Ok((StatusCode::CREATED, Json(Told::from(job))).into_response())
}

/// What becomes of all records that a list shows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecordEdit)]
pub struct Edit {
    /// Which records: as the query of a list, `state=open&field.category=repair`.
    #[serde(default)]
    query: String,
    /// As in a change of one record; `null` empties.
    #[serde(default)]
    #[schema(value_type = Object)]
    fields: Map<String, Value>,
    /// A step of their life to be taken.
    step: Option<String>,
}

/// Takes down which records are to be changed, and how. Nothing is written before it is run.
#[utoipa::path(
    post, path = "/records/{kind}/edits", tag = "records", request_body = Edit, params(("kind" = String, Path)),
    responses((status = 201, description = "The job", body = Told))
)]
pub async fn edit(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path(kind): Path<String>,
    Payload(edit): Payload<Edit>,
) -> Result<Response, ApiError> {
    let asker = Asker::new(&state, signed.at_least(Role::Supervisor)?);
    let stored = state.records.kind(&kind).map_err(|error| asker.plainly_refused(error))?;
    let asked: Vec<(String, String)> = pairs(&edit.query)?;
    let asking = asker.asking();
    let query = query(&stored.kind, &asked, &asker)?
        .ok_or_else(|| ApiError::BadRequest("nothing is found by these words".into()))?;
    let spec = EditSpec { fields: edit.fields, step: edit.step };
    let begun = state.records.begin_edit(&stored, &query, spec, &asking).await;
    let job = begun.map_err(|error| asker.plainly_refused(error))?;
    Ok((StatusCode::CREATED, Json(Told::from(job))).into_response())
}

fn pairs(query: &str) -> Result<Vec<(String, String)>, ApiError> {
    let address = format!("/?{query}").parse().map_err(|_| ApiError::BadRequest("`query` is none of a list".into()))?;
    let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&address);
    pairs.map(|axum::extract::Query(pairs)| pairs).map_err(|error| ApiError::BadRequest(error.body_text()))
}
