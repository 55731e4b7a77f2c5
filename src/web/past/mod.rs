//! The past: the board of any moment, a replay compared with what really happened, a day under other
//! rules. Read from the journal beside the running center, which is asked for nothing but its state.
//!
//! | what | limit | beyond |
//! | --- | --- | --- |
//! | at once | 1 | they wait their turn |
//! | inputs of a replay | [`REPLAY_MAX`] | 422 `too_much` |
//! | inputs of a comparison | [`WHAT_IF_MAX`] | 422 `too_much`; `carillon whatif` has no limit |

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::Signed;
use super::describe::problems;
use super::payload::{Asked, Payload};
use super::shadow::Tried;
use super::{ApiError, WebState};
use crate::acd::what_if::{Question, WhatIf, what_if};
use crate::acd::{ContactSelection, Entry, Replay, Rules};
use crate::base::Instant;
use crate::center::board::Board;
use crate::center::past::PastBoard;
use crate::door::Role;
use crate::setup::{self, rules_of};
use crate::store::{JournalError, ReplayReport, Span, hex};

/// What fits into the time of an answer on a small machine.
const REPLAY_MAX: u64 = 300_000;
const WHAT_IF_MAX: u64 = 100_000;
/// Winners and losers listed.
const TOP_MAX: usize = 200;
const SEED: u64 = 1;

impl From<JournalError> for ApiError {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Backwards => Self::BadRequest(error.to_string()),
            JournalError::NoJournal => Self::NoJournal(error.to_string()),
            JournalError::TooMuch(_) => Self::TooMuch(error.to_string()),
            JournalError::Store(error) => error.into(),
            JournalError::Replay(_) | JournalError::Broken(_) => Self::Internal(error.to_string()),
        }
    }
}

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new().routes(routes!(board)).routes(routes!(hash)).routes(routes!(replay)).routes(routes!(compare))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// Microseconds, RFC 3339, or before now: `-10m`; the present without it.
    at: Option<String>,
}

/// The board now, or as it was.
#[utoipa::path(
    get, path = "/board", tag = "board", params(Moment),
    responses((status = 200, description = "The board", body = AnyBoard), problems::Past)
)]
async fn board(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Asked(moment): Asked<Moment>,
) -> Result<Json<AnyBoard>, ApiError> {
    signed.at_least(Role::Supervisor)?;
    Ok(Json(match moment.at.as_deref().filter(|text| !text.is_empty()) {
        None => AnyBoard::Present(state.door.board().await?),
        Some(text) => AnyBoard::Past(past_board(&state, text).await?),
    }))
}

#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum AnyBoard {
    Present(Board),
    Past(PastBoard),
}

async fn past_board(state: &WebState, text: &str) -> Result<PastBoard, ApiError> {
    let at = moment(state, text)?;
    let replay = past(state, at).await?;
    let router = replay.router().ok_or_else(|| ApiError::from(JournalError::NoJournal))?;
    Ok(PastBoard::of(router, at, replay.last()))
}

/// Everything up to a moment, run again.
pub async fn past(state: &WebState, at: Instant) -> Result<Replay, ApiError> {
    let _turn = turn(state).await?;
    Ok(state.store.replay(Span { from: at, to: at, most: REPLAY_MAX }).await?)
}

/// The router's state now: a replay to `at` comes to the same hash.
#[utoipa::path(
    get, path = "/center/hash", tag = "past",
    responses((status = 200, description = "The hash", body = Hashed))
)]
async fn hash(State(state): State<Arc<WebState>>, signed: Signed) -> Result<Json<Hashed>, ApiError> {
    signed.at_least(Role::Supervisor)?;
    let checkpoint = state.door.checkpoint().await?;
    let (at, inputs) = (checkpoint.at, checkpoint.inputs);
    let hash = apart(move || checkpoint.state.hash()).await?;
    Ok(Json(Hashed { at, inputs, state_hash: hex(hash) }))
}

#[derive(Serialize, ToSchema)]
#[schema(as = StateHash)]
struct Hashed {
    at: Instant,
    /// Given to the router since the start.
    inputs: u64,
    /// 16 hex digits.
    state_hash: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReplayTimes)]
pub struct Times {
    from: String,
    to: String,
}

/// A time of the journal run again, compared with what really happened. Administrators.
#[utoipa::path(
    post, path = "/replay", tag = "past", request_body = Times,
    responses((status = 200, description = "What it came to", body = ReplayReport), problems::Past)
)]
async fn replay(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Payload(times): Payload<Times>,
) -> Result<Json<ReplayReport>, ApiError> {
    signed.at_least(Role::Admin)?;
    let span = Span { from: moment(&state, &times.from)?, to: moment(&state, &times.to)?, most: REPLAY_MAX };
    let _turn = turn(&state).await?;
    let replay = state.store.replay(span).await?;
    let written_by = state.store.written_by(span.from, span.to).await?;
    Ok(Json(apart(move || ReplayReport::of(&replay, span, written_by)).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WhatIfQuestion)]
pub struct Compare {
    from: String,
    to: String,
    /// A center file; without one, the present center.
    rules: Option<String>,
    /// Patches on it, by queue, as for a shadow.
    #[serde(default)]
    #[schema(value_type = std::collections::BTreeMap<String, Object>)]
    queues: Map<String, Value>,
    contact_selection: Option<ContactSelection>,
    /// Winners and losers listed; at most 200.
    #[serde(default = "usual_top")]
    top: usize,
}

fn usual_top() -> usize {
    20
}

/// A time of the journal under other rules. Administrators.
#[utoipa::path(
    post, path = "/what-if", tag = "past", request_body = Compare,
    responses((status = 200, description = "Both days side by side", body = WhatIf), problems::Past)
)]
async fn compare(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Payload(asked): Payload<Compare>,
) -> Result<Json<WhatIf>, ApiError> {
    signed.at_least(Role::Admin)?;
    let wanted = Tried { queues: asked.queues, contact_selection: asked.contact_selection, file: asked.rules };
    let rules = rules(&state, wanted)?;
    let span = Span { from: moment(&state, &asked.from)?, to: moment(&state, &asked.to)?, most: WHAT_IF_MAX };
    let _turn = turn(&state).await?;
    let (begin, entries): (_, Vec<Entry>) = state.store.recorded(span).await?;
    let top = asked.top.min(TOP_MAX);
    let question = Question { begin, entries, to: span.to, rules, seed: SEED, top, ranges: true };
    Ok(Json(apart(move || what_if(&question)).await?))
}

/// With the numbers that the center's keys have.
pub fn rules(state: &WebState, wanted: Tried) -> Result<Rules, ApiError> {
    let listed = state.directory.now();
    let model = wanted.model(&listed.model)?;
    let mistakes = setup::check(&model);
    if !mistakes.is_empty() {
        return Err(ApiError::Mistakes { mistakes: mistakes.iter().map(ToString::to_string).collect() });
    }
    Ok(rules_of(&model, &listed.ids))
}

/// Not later than now: what is to come is in no journal.
pub fn moment(state: &WebState, text: &str) -> Result<Instant, ApiError> {
    let now = (state.clock)();
    let at = Instant::read(text, now).ok_or_else(|| ApiError::BadRequest(format!("`{text}` is no time")))?;
    if at > now {
        return Err(ApiError::NoJournal(format!("`{text}` has not come yet")));
    }
    Ok(at)
}

async fn turn(state: &WebState) -> Result<tokio::sync::SemaphorePermit<'_>, ApiError> {
    state.replays.acquire().await.map_err(|error| ApiError::Internal(error.to_string()))
}

/// Where work of many milliseconds holds nobody up.
pub async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| ApiError::Internal(error.to_string()))
}
