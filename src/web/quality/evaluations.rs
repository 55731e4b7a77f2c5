//! Evaluations: which there are, one of them, and how one is begun.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::cards::card;
use super::may::{May, may, viewer};
use crate::base::{AgentId, Instant, InteractionId};
use crate::crm::Interaction;
use crate::door::{Identity, Role};
use crate::quality::{Stage, Why};
use crate::setup;
use crate::store::{Evaluation, EvaluationFilter, NewEvaluation};
use crate::web::access::Signed;
use crate::web::answer::{Items, Named};
use crate::web::describe::problems;
use crate::web::payload::{Asked, Id, Payload};
use crate::web::{ApiError, Listed, WebState};

const PAGE: u32 = 50;
/// Raters of one calibration.
const RATERS_MAX: usize = 12;

/// An evaluation as a list has it.
#[derive(Serialize, ToSchema)]
#[schema(as = EvaluationLine)]
pub struct Line {
    id: i64,
    interaction: InteractionId,
    /// Key of the scorecard.
    scorecard: String,
    name: Named,
    agent: AgentId,
    agent_name: Option<String>,
    /// Sign-in name.
    rater: String,
    why: Why,
    stage: Stage,
    /// In hundredths of a percent. `null`: it is not handed in, or nothing was applicable.
    score: Option<u32>,
    /// It is 0 because of a fatal item.
    fatal: bool,
    made: Instant,
    submitted: Option<Instant>,
}

/// An evaluation, with what the one who asks may do.
#[derive(Serialize, ToSchema)]
#[schema(as = EvaluationDetail)]
pub struct Detail {
    #[serde(flatten)]
    evaluation: Evaluation,
    agent_name: Option<String>,
    may: Vec<May>,
}

impl Detail {
    pub fn new(evaluation: Evaluation, listed: &Listed, identity: &Identity) -> Self {
        let agent_name = listed.agent_name(evaluation.agent).map(str::to_owned);
        Self { agent_name, may: may(identity, &evaluation), evaluation }
    }
}

fn line(one: Evaluation, listed: &Listed) -> Line {
    let handed = one.submitted.is_some();
    Line {
        name: Named::new(&one.scorecard, &one.card.name),
        agent_name: listed.agent_name(one.agent).map(str::to_owned),
        score: one.score.total.filter(|_| handed),
        fatal: handed && !one.score.fatal.is_empty(),
        id: one.id,
        interaction: one.interaction,
        scorecard: one.scorecard,
        agent: one.agent,
        rater: one.rater,
        why: one.why,
        stage: one.stage,
        made: one.made,
        submitted: one.submitted,
    }
}

/// Which evaluations.
#[derive(Deserialize, Default, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    /// Sign-in name.
    rater: Option<String>,
    agent: Option<u32>,
    /// Key.
    scorecard: Option<String>,
    interaction: Option<Uuid>,
    #[param(inline)]
    stage: Option<Stage>,
    /// Below this number.
    before: Option<i64>,
    limit: Option<u32>,
}

/// Evaluations, the newest first: all for supervisors, for an agent what was handed in of the own contacts.
#[utoipa::path(
    get, path = "/evaluations", tag = "quality", params(Wanted),
    responses((status = 200, description = "The evaluations", body = Items<Line>))
)]
pub async fn list(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Items<Line>>, ApiError> {
    let filter = EvaluationFilter {
        id: None,
        rater: wanted.rater,
        agent: wanted.agent.map(AgentId),
        scorecard: wanted.scorecard,
        interaction: wanted.interaction.map(InteractionId),
        stage: wanted.stage,
        before: wanted.before,
    };
    let found = state.store.evaluations(&filter, &viewer(&identity)?, wanted.limit.unwrap_or(PAGE)).await?;
    let listed = state.directory.now();
    Ok(Json(Items { items: found.into_iter().map(|one| line(one, &listed)).collect() }))
}

/// An evaluation, with its card, its answers and what was said of it.
#[utoipa::path(
    get, path = "/evaluations/{id}", tag = "quality", params(("id" = i64, Path)),
    responses((status = 200, description = "The evaluation", body = Detail))
)]
pub async fn one(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(id): Id<i64>,
) -> Result<Json<Detail>, ApiError> {
    let evaluation = state.store.evaluation(id, &viewer(&identity)?).await?;
    Ok(Json(Detail::new(evaluation, &state.directory.now(), &identity)))
}

/// An evaluation to be begun.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EvaluationDraft)]
pub struct Draft {
    interaction: Uuid,
    /// Key.
    scorecard: String,
    /// Sign-in names of those who judge it. None: whoever asks. Several: a calibration, which the agent does not see.
    #[serde(default)]
    raters: Vec<String>,
}

/// Begins the evaluation of a contact, or its calibration by several. Who judges it by this scorecard already goes on with
/// that. Answers all those of these raters.
#[utoipa::path(
    post, path = "/evaluations", tag = "quality", request_body = Draft,
    responses((status = 201, description = "They are begun", body = Items<Line>), problems::Conflict)
)]
pub async fn begin(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Payload(draft): Payload<Draft>,
) -> Result<Response, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let listed = state.directory.now();
    let card = card(&listed, &draft.scorecard)?;
    let contact = state.store.interaction(InteractionId(draft.interaction)).await?;
    let raters = if draft.raters.is_empty() { vec![identity.user.clone()] } else { draft.raters };
    let agent = agent_of(&contact)?;
    for rater in raters.iter().filter(|rater| **rater != identity.user) {
        judges(&listed, rater)?;
    }
    if raters.len() > RATERS_MAX {
        return Err(ApiError::BadRequest(format!("at most {RATERS_MAX} raters")));
    }
    let own = |rater: &String| {
        let seat = if *rater == identity.user { identity.agent_id() } else { listed.seat_of(rater) };
        seat == Some(agent)
    };
    if raters.iter().any(own) {
        return Err(ApiError::Conflict("nobody judges the own contact"));
    }
    let why = if raters.len() > 1 { Why::Calibration } else { Why::ByHand };
    let new = |rater: &String| NewEvaluation {
        interaction: contact.id,
        scorecard: draft.scorecard.clone(),
        card: card.clone(),
        agent,
        queue: contact.queue,
        rater: rater.clone(),
        why,
        by: identity.user.clone(),
    };
    let new: Vec<NewEvaluation> = raters.iter().map(new).collect();
    state.store.begin_evaluations(&new, (state.clock)()).await?;
    let (scorecard, interaction) = (Some(draft.scorecard), Some(contact.id));
    let filter = EvaluationFilter { scorecard, interaction, ..EvaluationFilter::default() };
    let found = state.store.evaluations(&filter, &viewer(&identity)?, PAGE).await?;
    let theirs = found.into_iter().filter(|one| raters.contains(&one.rater));
    Ok((StatusCode::CREATED, Json(Items { items: theirs.map(|one| line(one, &listed)).collect() })).into_response())
}

/// Whose contact it was; one that nobody spoke in is not judged.
fn agent_of(contact: &Interaction) -> Result<AgentId, ApiError> {
    match (contact.agent, contact.answered, contact.ended) {
        (Some(agent), Some(_), Some(_)) => Ok(agent),
        (Some(_), Some(_), None) => Err(ApiError::Conflict("the contact goes on")),
        _ => Err(ApiError::Conflict("no agent spoke in this contact")),
    }
}

fn judges(listed: &Listed, user: &str) -> Result<(), ApiError> {
    match listed.model.users.get(user) {
        Some(known) if known.role != setup::Role::Agent => Ok(()),
        _ => Err(ApiError::BadRequest(format!("`{user}` is no supervisor"))),
    }
}
