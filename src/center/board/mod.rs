//! The wallboard: what supervisors see of queues and agents, made from events by the center.

pub mod past;
pub(in crate::center) mod read;
pub(in crate::center) mod tally;
pub(in crate::center) mod wall;
pub(in crate::center) mod watching;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::acd::{AgentRule, AgentState, NextState, QueueRule, Rules, SkillNeed};
use crate::base::{AgentId, Instant, QueueId};
use crate::center::alert::Alert;
use crate::center::desk::Help;

/// Places in the rules of the queues that each agent may ever be asked for, by list and by skill; the agents in
/// the order of the rules. Whoever names queues is looked at for these alone.
pub(in crate::center) fn served(rules: &Rules) -> Vec<Box<[u32]>> {
    let places: BTreeMap<QueueId, u32> = (0..).zip(&rules.queues).map(|(place, queue)| (queue.id, place)).collect();
    let of = |agent: &AgentRule| {
        let named: BTreeSet<u32> = agent.queues.iter().filter_map(|queue| places.get(queue).copied()).collect();
        let may = |place: &u32| rules.queues.get(*place as usize).is_some_and(|queue| is_able(agent, queue));
        match agent.queues.is_empty() {
            true => (0..).take(rules.queues.len()).filter(may).collect(),
            false => named.into_iter().filter(may).collect(),
        }
    };
    rules.agents.iter().map(of).collect()
}

fn is_able(agent: &AgentRule, queue: &QueueRule) -> bool {
    let has = |need: &SkillNeed| agent.skills.iter().any(|(skill, level)| *skill == need.skill && *level >= need.min);
    queue.requirement.all.iter().all(has) && (queue.requirement.any.is_empty() || queue.requirement.any.iter().any(has))
}

/// The whole board at one moment.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Board {
    pub at: Instant,
    pub queues: Vec<QueueTile>,
    pub agents: Vec<AgentRow>,
    pub calls_active: u32,
    /// Those that go on, the longest first.
    #[serde(default)]
    #[schema(required = true)]
    pub alerts: Vec<Alert>,
}

/// What of the board may have changed since it was asked for last. A row is told whole; that it is told does
/// not mean that it differs.
#[derive(Clone, PartialEq, Debug)]
pub struct BoardChanges {
    pub at: Instant,
    /// The rows are all there are, in their order; otherwise each one is in the place that it had.
    pub whole: bool,
    pub queues: Vec<QueueTile>,
    pub agents: Vec<AgentRow>,
    pub calls_active: u32,
    /// All that go on; `None`: the same as before.
    pub alerts: Option<Vec<Alert>>,
}

/// One queue since midnight of the center's zone.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct QueueTile {
    pub id: QueueId,
    pub key: String,
    pub name: String,
    pub waiting: u32,
    /// Customers who asked to be called back and were not spoken with yet; those in the line are among `waiting`.
    #[serde(default)]
    #[schema(required = true)]
    pub call_backs: u32,
    /// When the longest waiting contact arrived.
    pub longest_since: Option<Instant>,
    pub offered: u32,
    pub answered: u32,
    pub abandoned: u32,
    /// Abandoned within the queue's short-abandon threshold; part of `abandoned`.
    pub short_abandoned: u32,
    /// Mean wait of answered calls, milliseconds.
    pub asa_ms: u64,
    pub service_level: ServiceLevel,
    /// Part of the spoken waits whose 80 % interval came true, since the start of the server; `None` before the
    /// first.
    pub estimate_hit_rate: Option<f64>,
    pub ready: u32,
    pub reserved: u32,
    pub busy: u32,
    pub wrap_up: u32,
    pub not_ready: u32,
}

/// A service level never stands without its formula (features.md §5.1).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ServiceLevel {
    /// 0..=1; `None` before the first countable call.
    pub value: Option<f64>,
    /// `V8`: answered within T / (answered + abandoned - abandoned within S).
    pub formula: String,
    pub threshold_s: u32,
    pub short_abandon_s: u32,
    /// Wanted share, 0..=1.
    pub target: f64,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AgentRow {
    pub id: AgentId,
    pub key: String,
    pub name: String,
    pub state: AgentState,
    pub since: Instant,
    pub next: Option<NextState>,
    /// The supervisor, by user name, who asked for this state or the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub by: Option<String>,
    /// Queue key of the contact on hand.
    pub queue: Option<String>,
    pub phone_reachable: bool,
    /// The agent asks for a supervisor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub help: Option<Help>,
    /// Messages of supervisors that the agent has not read yet.
    #[serde(default)]
    #[schema(required = true)]
    pub unread: u32,
}
