//! Which contacts are judged, why, and by whom.
//!
//! The same rule, contacts and seed always pick the same, in whatever order the contacts come: whether chance picks a
//! contact depends on its id and the seed alone. A contact that several reasons pick is told the gravest of them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::{AgentId, InteractionId, Rng};

/// Why a contact is judged, the gravest reason first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EvaluationReason)]
pub enum Why {
    /// The customer gave few points.
    BadSurvey,
    /// The customer was on hold for long.
    LongHold,
    /// The agent has not been here for long.
    NewAgent,
    /// By chance.
    Random,
    /// Somebody chose it.
    ByHand,
    /// Several raters judge it, to see how far they agree.
    Calibration,
}

/// What makes a contact one to be judged.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PickRule {
    /// Of a hundred contacts so many, by chance.
    pub share_percent: u32,
    /// All of agents whose first contact was so short a time before; none: of nobody for that.
    pub new_agent: Option<Duration>,
    /// All in which the customer was held at least so long.
    pub held: Option<Duration>,
    /// All of which the customer said at most so many points.
    pub survey_most: Option<u32>,
    /// Of one agent at most so many in one go.
    pub most_per_agent: Option<u32>,
}

/// A contact that may be picked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    pub contact: InteractionId,
    pub agent: AgentId,
    /// How long before it the agent's first contact was.
    pub agent_for: Duration,
    pub held: Duration,
    /// What the customer said when asked.
    pub survey: Option<u32>,
}

/// Somebody who judges.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rater {
    pub user: String,
    /// The own seat: nobody judges themselves.
    pub agent: Option<AgentId>,
    /// What waits for them already.
    pub open: u32,
}

/// One that was picked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pick {
    pub contact: InteractionId,
    pub agent: AgentId,
    pub why: Why,
    /// Sign-in name.
    pub rater: String,
}

/// Each goes to whoever has the fewest waiting, in the order of the raters where several have as few.
pub fn pick(rule: &PickRule, candidates: &[Candidate], raters: &[Rater], seed: u64) -> Vec<Pick> {
    let mut wanted: Vec<(Why, &Candidate)> =
        candidates.iter().filter_map(|one| Some((reason(rule, one, seed)?, one))).collect();
    wanted.sort_by_key(|(why, one)| (*why, one.contact));
    wanted.dedup_by_key(|(_, one)| one.contact);
    let mut of_agent = BTreeMap::<AgentId, u32>::new();
    let mut waiting: Vec<(u32, &Rater)> = raters.iter().map(|rater| (rater.open, rater)).collect();
    let mut picked = Vec::new();
    for (why, one) in wanted {
        let taken = of_agent.entry(one.agent).or_default();
        if rule.most_per_agent.is_some_and(|most| *taken >= most) {
            continue;
        }
        let others = waiting.iter_mut().filter(|(_, rater)| rater.agent != Some(one.agent));
        let Some((load, rater)) = others.min_by_key(|(load, _)| *load) else { continue };
        *load = load.saturating_add(1);
        *taken += 1;
        picked.push(Pick { contact: one.contact, agent: one.agent, why, rater: rater.user.clone() });
    }
    picked
}

fn reason(rule: &PickRule, one: &Candidate, seed: u64) -> Option<Why> {
    let says_little = rule.survey_most.zip(one.survey).is_some_and(|(most, said)| said <= most);
    let is_new = rule.new_agent.is_some_and(|new| one.agent_for <= new);
    if says_little {
        Some(Why::BadSurvey)
    } else if rule.held.is_some_and(|held| one.held >= held) {
        Some(Why::LongHold)
    } else if is_new {
        Some(Why::NewAgent)
    } else {
        by_chance(rule, one.contact, seed).then_some(Why::Random)
    }
}

fn by_chance(rule: &PickRule, contact: InteractionId, seed: u64) -> bool {
    let (high, low) = contact.0.as_u64_pair();
    let mut rng = Rng::new(seed ^ high.rotate_left(32) ^ low);
    rng.below(100) < u64::from(rule.share_percent)
}
