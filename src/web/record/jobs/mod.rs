//! Jobs on many records: begun, looked at, run, stopped, taken back. Supervisors and above.

mod begin;
pub mod work;

use std::sync::Arc;

use axum::Json;
use axum::extract::{DefaultBodyLimit, Path, State};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::asking::Asker;
use crate::base::Instant;
use crate::door::Role;
use crate::store::record::{Counts, Duplicates, FILE_MAX, Job, JobRows, JobState, RecordError, RowHow, Spec};
use crate::web::access::Signed;
use crate::web::answer::Items;
use crate::web::describe::problems;
use crate::web::payload::{Asked, Payload};
use crate::web::{ApiError, WebState};

const PAGE: u32 = 50;

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    let files = OpenApiRouter::new().routes(routes!(begin::import)).layer(DefaultBodyLimit::max(FILE_MAX));
    OpenApiRouter::new()
        .routes(routes!(begin::edit))
        .routes(routes!(jobs))
        .routes(routes!(job))
        .routes(routes!(rows))
        .routes(routes!(run))
        .routes(routes!(stop))
        .routes(routes!(undo))
        .layer(DefaultBodyLimit::max(super::BODY))
        .merge(files)
}

/// A job on many records of a kind.
#[derive(Serialize, ToSchema)]
#[schema(as = RecordJob)]
pub struct Told {
    pub id: i64,
    pub kind: String,
    pub state: JobState,
    /// It only looks, or looked, at what would become.
    pub dry: bool,
    /// Sign-in name of whoever started it last.
    pub by: String,
    pub at: Instant,
    pub ended: Option<Instant>,
    /// Rows done; while it is taken back: of no meaning.
    pub place: u64,
    /// Rows in all; `null`: not known before the end.
    pub total: Option<u64>,
    pub counts: Counts,
    /// Why it failed.
    pub failure: Option<String>,
    pub import: Option<Import>,
    pub edit: Option<Edit>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RecordJobImport)]
pub struct Import {
    /// Of the file.
    pub name: String,
    /// `null` of a workbook.
    pub encoding: Option<String>,
    /// How the encoding is known: `said`, `certain`, `guessed`, `unsure`.
    pub known: Option<String>,
    pub headers: Vec<String>,
    /// The first rows, as they are read.
    pub sample: Vec<Vec<String>>,
    /// By column: the key of a field, `number`, `customer`; `null`: not read.
    pub mapping: Vec<Option<String>>,
    /// Somebody said so of a file with these headers.
    pub remembered: bool,
    /// Keys of the fields by which a record is found that is there already.
    pub by: Vec<String>,
    pub duplicates: Duplicates,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RecordJobEdit)]
pub struct Edit {
    #[schema(value_type = Object)]
    pub fields: Map<String, Value>,
    pub step: Option<String>,
}

impl From<Job> for Told {
    fn from(job: Job) -> Self {
        let (mut import, mut edit) = (None, None);
        match job.spec {
            Spec::Import(spec) => {
                import = Some(Import {
                    name: spec.name,
                    encoding: spec.encoding,
                    known: spec.known,
                    headers: spec.headers,
                    sample: spec.sample,
                    mapping: spec.mapping,
                    remembered: spec.remembered,
                    by: spec.by,
                    duplicates: spec.duplicates,
                });
            }
            Spec::Edit(spec) => edit = Some(Edit { fields: spec.fields, step: spec.step }),
        }
        Self {
            id: job.id,
            kind: job.kind,
            state: job.state,
            dry: job.dry,
            by: job.author,
            at: job.at,
            ended: job.ended,
            place: job.place,
            total: job.total,
            counts: job.counts,
            failure: job.failure,
            import,
            edit,
        }
    }
}

/// A job that somebody wants something of.
struct Of {
    asker: Asker,
    job: Job,
}

impl Of {
    async fn new(state: &WebState, signed: Signed, kind: &str, id: &str) -> Result<Self, ApiError> {
        let asker = Asker::new(state, signed.at_least(Role::Supervisor)?);
        let id = id.parse().map_err(|_| ApiError::NotFound)?;
        let found = state.records.job(kind, id).await;
        Ok(Self { job: found.map_err(|error| asker.plainly_refused(error))?, asker })
    }

    fn told(&self, done: Result<Job, RecordError>) -> Result<Json<Told>, ApiError> {
        done.map(|job| Json(job.into())).map_err(|error| self.asker.plainly_refused(error))
    }
}

/// Jobs on records of a kind, the newest first.
#[utoipa::path(
    get, path = "/records/{kind}/jobs", tag = "records", params(("kind" = String, Path)),
    responses((status = 200, description = "The jobs", body = Items<Told>))
)]
async fn jobs(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path(kind): Path<String>,
) -> Result<Json<Items<Told>>, ApiError> {
    let asker = Asker::new(&state, signed.at_least(Role::Supervisor)?);
    let found = state.records.jobs(&kind).await.map_err(|error| asker.plainly_refused(error))?;
    Ok(Json(Items { items: found.into_iter().map(Told::from).collect() }))
}

/// How far a job is.
#[utoipa::path(
    get, path = "/records/{kind}/jobs/{id}", tag = "records", params(("kind" = String, Path), ("id" = i64, Path)),
    responses((status = 200, description = "The job", body = Told))
)]
async fn job(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Json<Told>, ApiError> {
    Ok(Json(Of::new(&state, signed, &kind, &id).await?.job.into()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    how: Option<RowHow>,
    /// `next` of the page before.
    after: Option<u64>,
    limit: Option<u32>,
}

/// What became of each row: which are refused, and why; which records were there already.
#[utoipa::path(
    get, path = "/records/{kind}/jobs/{id}/rows", tag = "records",
    params(("kind" = String, Path), ("id" = i64, Path), Which),
    responses((status = 200, description = "The rows", body = JobRows))
)]
async fn rows(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, id)): Path<(String, String)>,
    Asked(which): Asked<Which>,
) -> Result<Json<JobRows>, ApiError> {
    let of = Of::new(&state, signed, &kind, &id).await?;
    let (after, limit) = (which.after.unwrap_or_default(), which.limit.unwrap_or(PAGE));
    let found = state.records.job_rows(&of.job, which.how, after, limit).await;
    found.map(Json).map_err(|error| of.asker.plainly_refused(error))
}

/// What is not said stays as it was proposed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecordJobRun)]
struct Run {
    /// Only look at what would become.
    #[serde(default)]
    dry: bool,
    /// Of an import, by column: the key of a field, `number`, `customer`; `null`: not read.
    mapping: Option<Vec<Option<String>>>,
    /// Of an import: keys of the fields by which a record is found that is there already.
    by: Option<Vec<String>>,
    duplicates: Option<Duplicates>,
}

/// Sets a job to work, in the background. One that was stopped in the middle goes on.
#[utoipa::path(
    post, path = "/records/{kind}/jobs/{id}/run", tag = "records", request_body = Run,
    params(("kind" = String, Path), ("id" = i64, Path)),
    responses((status = 200, description = "The job", body = Told), problems::Conflict)
)]
async fn run(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, id)): Path<(String, String)>,
    Payload(run): Payload<Run>,
) -> Result<Json<Told>, ApiError> {
    let of = Of::new(&state, signed, &kind, &id).await?;
    let asking = of.asker.asking();
    let done = match of.job.spec.clone() {
        Spec::Import(mut spec) => {
            spec.mapping = run.mapping.unwrap_or(spec.mapping);
            spec.by = run.by.unwrap_or(spec.by);
            spec.duplicates = run.duplicates.unwrap_or(spec.duplicates);
            state.records.run_import(&of.job, spec, run.dry, &asking).await
        }
        spec @ Spec::Edit(_) => state.records.run_job(&of.job, &spec, run.dry, &asking).await,
    };
    if !run.dry {
        tracing::info!(kind, job = of.job.id, by = asking.who.user, "a job on records was started");
    }
    of.told(done)
}

/// Stops a job after the rows that are being written. It can go on, or be taken back.
#[utoipa::path(
    post, path = "/records/{kind}/jobs/{id}/stop", tag = "records",
    params(("kind" = String, Path), ("id" = i64, Path)),
    responses((status = 200, description = "The job", body = Told), problems::Conflict)
)]
async fn stop(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Json<Told>, ApiError> {
    let of = Of::new(&state, signed, &kind, &id).await?;
    of.told(state.records.stop_job(&of.job, of.asker.now).await)
}

/// Takes back what a job wrote: what it made is deleted, what it changed is as before, unless somebody changed it since.
/// Whoever started it, or an administrator.
#[utoipa::path(
    post, path = "/records/{kind}/jobs/{id}/undo", tag = "records",
    params(("kind" = String, Path), ("id" = i64, Path)),
    responses((status = 200, description = "The job", body = Told), problems::Conflict)
)]
async fn undo(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Json<Told>, ApiError> {
    let of = Of::new(&state, signed, &kind, &id).await?;
    let asking = of.asker.asking();
    if !of.asker.may_configure() && asking.who.user != of.job.author {
        return Err(ApiError::NotAllowed("whoever started it takes it back, or an administrator"));
    }
    tracing::info!(kind, job = of.job.id, by = asking.who.user, "a job on records is taken back");
    of.told(state.records.undo_job(&of.job, &asking).await)
}
