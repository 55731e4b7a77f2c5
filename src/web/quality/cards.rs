//! Scorecards: what they ask, what they pick, how far raters agree.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::base::{Instant, InteractionId};
use crate::door::Role;
use crate::quality::{Agreement, Answer, agreement as agreement_of, mean};
use crate::setup::ScorecardModel;
use crate::store::{Evaluation, EvaluationFilter, Picking};
use crate::web::access::Signed;
use crate::web::answer::{Items, Named};
use crate::web::describe::problems;
use crate::web::payload::{Asked, Id, Payload};
use crate::web::{ApiError, Listed, WebState};

/// A scorecard of the center.
#[derive(Serialize, ToSchema)]
#[schema(as = Scorecard)]
pub struct Shown {
    key: String,
    name: Named,
    card: ScorecardModel,
}

/// The scorecards of the center, in their order.
#[utoipa::path(
    get, path = "/scorecards", tag = "quality",
    responses((status = 200, description = "The scorecards", body = Items<Shown>))
)]
pub async fn list(State(state): State<Arc<WebState>>, _signed: Signed) -> Result<Json<Items<Shown>>, ApiError> {
    let listed = state.directory.now();
    let shown = |(key, card): (&str, &ScorecardModel)| Shown {
        key: key.to_owned(),
        name: Named::new(key, &card.name),
        card: card.clone(),
    };
    Ok(Json(Items { items: listed.model.scorecards.iter().map(shown).collect() }))
}

/// The scorecard of this key.
pub fn card<'l>(listed: &'l Listed, key: &str) -> Result<&'l ScorecardModel, ApiError> {
    listed.model.scorecards.get(key).ok_or(ApiError::NotFound)
}

/// From which time contacts are picked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ScorecardPicking)]
pub struct Wanted {
    /// Contacts that began then or later: `-1d`, microseconds, or RFC 3339.
    from: String,
    /// And before.
    to: String,
    /// The same seed picks the same. Without one, the beginning of the time is.
    seed: Option<u32>,
}

/// What was picked.
#[derive(Serialize, ToSchema)]
#[schema(as = ScorecardPicked)]
pub struct Picked {
    begun: u64,
}

/// Picks contacts by the rule of the scorecard, and gives each rater what is theirs to judge.
#[utoipa::path(
    post, path = "/scorecards/{key}/picks", tag = "quality", request_body = Wanted, params(("key" = String, Path)),
    responses((status = 200, description = "What was picked", body = Picked), problems::Conflict)
)]
pub async fn pick(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
    Payload(wanted): Payload<Wanted>,
) -> Result<Json<Picked>, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let (listed, now) = (state.directory.now(), (state.clock)());
    let card = card(&listed, &key)?;
    let read =
        |text: &str| Instant::read(text, now).ok_or_else(|| ApiError::BadRequest(format!("`{text}` is no time")));
    let (from, to) = (read(&wanted.from)?, read(&wanted.to)?);
    if card.pick.raters.is_empty() {
        return Err(ApiError::Conflict("the scorecard names nobody who judges"));
    }
    let picking = Picking {
        queues: card.queues.iter().filter_map(|key| listed.queue_by_key(key)).collect::<BTreeSet<_>>(),
        raters: card.pick.raters.iter().map(|user| (user.clone(), listed.seat_of(user))).collect(),
        scorecard: key,
        card: card.clone(),
        seed: wanted.seed.map_or(from.as_micros(), u64::from),
        by: identity.user,
        from,
        to,
    };
    let begun = state.store.pick_evaluations(&picking, now).await?;
    Ok(Json(Picked { begun }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OfContact {
    interaction: Uuid,
}

/// How far those agree who judged a contact by one scorecard.
#[derive(Serialize, ToSchema)]
#[schema(as = ScorecardAgreement)]
pub struct Calibrated {
    pairs: Vec<Pair>,
    /// The mean of all pairs that have one, in thousandths.
    kappa: Option<i32>,
}

/// Two of them.
#[derive(Serialize, ToSchema)]
#[schema(as = RaterPair)]
struct Pair {
    /// Sign-in names.
    raters: [String; 2],
    #[serde(flatten)]
    agreement: Agreement,
}

/// How far the raters of a contact agree, two by two, by Cohen's kappa over the items that both judged. Only what was
/// handed in counts.
#[utoipa::path(
    get, path = "/scorecards/{key}/agreement", tag = "quality", params(("key" = String, Path), OfContact),
    responses((status = 200, description = "How far they agree", body = Calibrated))
)]
pub async fn agreement(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
    Asked(asked): Asked<OfContact>,
) -> Result<Json<Calibrated>, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let interaction = Some(InteractionId(asked.interaction));
    let filter = EvaluationFilter { scorecard: Some(key), interaction, ..EvaluationFilter::default() };
    let all = state.store.evaluations(&filter, &super::may::viewer(&identity)?, RATERS_MAX).await?;
    let handed: Vec<&Evaluation> = all.iter().rev().filter(|one| one.submitted.is_some()).collect();
    let mut pairs = Vec::new();
    for (at, one) in handed.iter().enumerate() {
        for other in handed.iter().skip(at + 1) {
            let said = one.answers.iter().filter_map(|(item, said)| Some((word(said), word(other.answers.get(item)?))));
            let raters = [one.rater.clone(), other.rater.clone()];
            pairs.push(Pair { raters, agreement: agreement_of(said) });
        }
    }
    let kappa = mean(&pairs.iter().map(|pair| pair.agreement).collect::<Vec<_>>());
    Ok(Json(Calibrated { pairs, kappa }))
}

/// Raters of one contact that are compared.
const RATERS_MAX: u32 = 12;

/// What counts as the same.
fn word(answer: &Answer) -> Option<u32> {
    answer.points
}
