//! What is done with an evaluation.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::evaluations::Detail;
use super::may::{May, demand, late, viewer};
use crate::quality::{Answer, Answers, Fault, Faulty, faults, score};
use crate::setup::ScorecardModel;
use crate::store::{Evaluation, Filled};
use crate::web::access::Signed;
use crate::web::describe::problems;
use crate::web::error::FieldRefused;
use crate::web::payload::{Id, Payload};
use crate::web::{ApiError, WebState};

/// Characters of what is said in words.
const TEXT_MAX: usize = 4_000;

/// What a rater says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EvaluationFilled)]
pub struct Said {
    /// By the key of the item.
    #[schema(value_type = BTreeMap<String, Answer>)]
    answers: Answers,
    /// For the agent.
    #[serde(default)]
    coaching: String,
    /// It is complete: the agent sees it from now on.
    #[serde(default)]
    submit: bool,
}

/// What is said in a dispute, by either.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EvaluationDispute)]
pub struct Reason {
    text: String,
}

/// The answer to a dispute.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EvaluationVerdict)]
pub struct Verdict {
    text: String,
    /// What is judged otherwise now, all of it; without them, the evaluation stands as it was.
    #[schema(value_type = Option<BTreeMap<String, Answer>>)]
    answers: Option<Answers>,
}

/// Fills in an evaluation; with `submit`, hands it in. Its rater.
#[utoipa::path(
    put, path = "/evaluations/{id}", tag = "quality", request_body = Said, params(("id" = i64, Path)),
    responses((status = 200, description = "As it is now", body = Detail), problems::Conflict)
)]
pub async fn fill(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(id): Id<i64>,
    Payload(said): Payload<Said>,
) -> Result<Json<Detail>, ApiError> {
    let viewer = viewer(&identity)?;
    let before = state.store.evaluation(id, &viewer).await?;
    demand(&identity, &before, May::Fill)?;
    let filled = filled(&before.card, said.answers, said.coaching, said.submit)?;
    if !state.store.fill_evaluation(id, &identity.user, &filled, said.submit, (state.clock)()).await? {
        return Err(late());
    }
    let evaluation = state.store.evaluation(id, &viewer).await?;
    Ok(Json(Detail::new(evaluation, &state.directory.now(), &identity)))
}

/// Takes back an evaluation that was not handed in. Its rater, whoever began it, and administrators.
#[utoipa::path(
    delete, path = "/evaluations/{id}", tag = "quality", params(("id" = i64, Path)),
    responses((status = 204, description = "It is gone"), problems::Conflict)
)]
pub async fn forget(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(id): Id<i64>,
) -> Result<StatusCode, ApiError> {
    let before = state.store.evaluation(id, &viewer(&identity)?).await?;
    demand(&identity, &before, May::Forget)?;
    if state.store.forget_evaluation(id).await? { Ok(StatusCode::NO_CONTENT) } else { Err(late()) }
}

/// Says why an evaluation is wrong. The agent whose contact it was.
#[utoipa::path(
    post, path = "/evaluations/{id}/dispute", tag = "quality", request_body = Reason, params(("id" = i64, Path)),
    responses((status = 204, description = "It is disputed"), problems::Conflict)
)]
pub async fn dispute(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(id): Id<i64>,
    Payload(Reason { text }): Payload<Reason>,
) -> Result<StatusCode, ApiError> {
    let before = state.store.evaluation(id, &viewer(&identity)?).await?;
    demand(&identity, &before, May::Dispute)?;
    let text = told(&text)?;
    let done = state.store.dispute_evaluation(id, before.agent, &text, (state.clock)()).await?;
    if done { Ok(StatusCode::NO_CONTENT) } else { Err(late()) }
}

/// Answers a dispute, with or without other points. Its rater or another supervisor, never the agent.
#[utoipa::path(
    post, path = "/evaluations/{id}/reply", tag = "quality", request_body = Verdict, params(("id" = i64, Path)),
    responses((status = 204, description = "It is settled"), problems::Conflict)
)]
pub async fn reply(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(id): Id<i64>,
    Payload(Verdict { text, answers }): Payload<Verdict>,
) -> Result<StatusCode, ApiError> {
    let before = state.store.evaluation(id, &viewer(&identity)?).await?;
    demand(&identity, &before, May::Reply)?;
    let text = told(&text)?;
    let Evaluation { card, coaching, .. } = before;
    let filled = answers.map(|answers| filled(&card, answers, coaching, true)).transpose()?;
    let done = state.store.settle_evaluation(id, &identity.user, &text, filled.as_ref(), (state.clock)()).await?;
    if done { Ok(StatusCode::NO_CONTENT) } else { Err(late()) }
}

fn told(text: &str) -> Result<String, ApiError> {
    let code = match text.trim().chars().count() {
        0 => "required",
        1..=TEXT_MAX => return Ok(text.trim().to_owned()),
        _ => "too_long",
    };
    let detail = format!("1 to {TEXT_MAX} characters");
    Err(ApiError::Fields(vec![FieldRefused { field: "text".to_owned(), code, detail }]))
}

/// What it comes to, or everything that is wrong with it.
fn filled(card: &ScorecardModel, answers: Answers, coaching: String, whole: bool) -> Result<Filled, ApiError> {
    let card = card.card();
    let mut refused: Vec<FieldRefused> = faults(&card, &answers, whole).into_iter().map(field).collect();
    let long = |text: &str| text.chars().count() > TEXT_MAX;
    let too_long = |field: String| {
        let detail = format!("at most {TEXT_MAX} characters");
        FieldRefused { field, code: "too_long", detail }
    };
    let notes = answers.iter().filter(|(_, answer)| long(&answer.note));
    refused.extend(notes.map(|(item, _)| too_long(format!("answers.{item}"))));
    refused.extend(long(&coaching).then(|| too_long("coaching".to_owned())));
    if !refused.is_empty() {
        return Err(ApiError::Fields(refused));
    }
    let score = score(&card, &answers);
    if whole && score.total.is_none() {
        return Err(ApiError::Conflict("nothing of the scorecard was applicable"));
    }
    Ok(Filled { answers, score, coaching })
}

fn field(Faulty { item, fault }: Faulty) -> FieldRefused {
    let (code, detail) = match fault {
        Fault::Unknown => ("unknown_item", "the scorecard has no such item"),
        Fault::TooMany => ("too_many_points", "more points than it has"),
        Fault::NotOptional => ("not_optional", "it is always applicable"),
        Fault::Missing => ("required", "say something of it"),
    };
    FieldRefused { field: format!("answers.{item}"), code, detail: detail.to_owned() }
}
