//! The rules: what a center says about its queues, agents and skills. Data only; [`crate::acd::Router`]
//! compiles it. Every field has a default, so a rule names only what is special about it.
//!
//! Times are whole numbers with their unit in the name. Levels run from 1 (beginner) to 10 (expert).

mod calendar;
mod holidays;

pub use calendar::{Calendar, Exception, Hours};
pub use holidays::{Holiday, HolidayError, holidays};

use serde::{Deserialize, Serialize};

use crate::base::{AgentId, Channel, QueueId, SkillId};

/// Everything the router decides by. One value, one version: a change replaces it whole.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Grows with every change; stands in each decision's record.
    pub version: u32,
    pub skills: Vec<SkillRule>,
    pub groups: Vec<GroupRule>,
    pub queues: Vec<QueueRule>,
    /// In the order in which `AgentSelection::FixedOrder` goes through them.
    pub agents: Vec<AgentRule>,
    /// Not-ready reasons; `no-answer` needs no entry.
    pub reasons: Vec<ReasonRule>,
    pub calendars: Vec<Calendar>,
    /// Which of the waiting contacts an agent who becomes free gets, over all queues.
    pub contact_selection: ContactSelection,
    /// Contacts waiting and in conversation together; one more is turned away with `Left::Full`.
    pub max_contacts: Option<u32>,
    /// After an agent's own contact that is for no queue; `None`: there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_wrap_up: Option<WrapUp>,
}

impl Rules {
    /// The rule of the agent's group, else the center's.
    pub fn own_wrap_up(&self, group: Option<&str>) -> Option<WrapUp> {
        let group = group.and_then(|key| self.groups.iter().find(|group| group.key == key));
        group.and_then(|group| group.own_wrap_up).or(self.own_wrap_up)
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            version: 1,
            skills: Vec::new(),
            groups: Vec::new(),
            queues: Vec::new(),
            agents: Vec::new(),
            reasons: Vec::new(),
            calendars: Vec::new(),
            contact_selection: ContactSelection::default(),
            max_contacts: None,
            own_wrap_up: None,
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkillRule {
    pub id: SkillId,
    pub key: String,
    #[serde(default)]
    pub name: String,
}

/// A team of agents: reserves and relaxation steps speak of groups by key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupRule {
    pub key: String,
    #[serde(default)]
    pub name: String,
    /// As [`Rules::own_wrap_up`], of its agents; `None`: as the center has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_wrap_up: Option<WrapUp>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AgentRule {
    pub id: AgentId,
    pub key: String,
    pub name: String,
    /// Skill and level (1-10).
    pub skills: Vec<(SkillId, u8)>,
    /// The queues served; empty: every queue whose requirement is met.
    pub queues: Vec<QueueId>,
    pub group: Option<String>,
    /// How many contacts of each channel at once. Empty: one of any channel.
    pub capacity: Vec<(Channel, u8)>,
    /// Mean conversation in milliseconds per queue, for `AgentSelection::FastestService`.
    pub service_ms: Vec<(QueueId, u64)>,
    /// For `AgentSelection::WeightedRandom`; 1 is the usual.
    pub weight: u16,
}

impl AgentRule {
    /// Whether this agent takes what is of this queue.
    pub fn serves(&self, queue: &QueueRule) -> bool {
        let has = |skill, min| self.skills.iter().any(|(known, level)| *known == skill && *level >= min);
        if !self.queues.is_empty() {
            return self.queues.contains(&queue.id);
        }
        let (all, any) = (&queue.requirement.all, &queue.requirement.any);
        all.iter().all(|need| has(need.skill, need.min))
            && (any.is_empty() || any.iter().any(|need| has(need.skill, need.min)))
    }
}

impl Default for AgentRule {
    fn default() -> Self {
        Self {
            id: AgentId(0),
            key: String::new(),
            name: String::new(),
            skills: Vec::new(),
            queues: Vec::new(),
            group: None,
            capacity: Vec::new(),
            service_ms: Vec::new(),
            weight: 1,
        }
    }
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QueueRule {
    pub id: QueueId,
    pub key: String,
    pub name: String,
    pub channel: Channel,
    /// What an agent needs; empty: anybody who serves the queue.
    pub requirement: Requirement,
    pub agent_selection: AgentSelection,
    /// 1 is the most urgent, 10 the least.
    pub priority: u8,
    /// One step of priority is worth so many seconds of waiting (`ContactSelection::Score`).
    pub priority_step_s: u32,
    /// Head start and ageing of this queue's contacts (`ContactSelection::Score`).
    pub score: Score,
    /// Wanted part of all waiting contacts, in millionths (`ContactSelection::FixedRatio`).
    pub share_ppm: u32,
    /// Who may be asked later on, by waiting time and condition. Each step adds to the earlier ones.
    pub relax: Vec<RelaxStep>,
    /// Agents of a group kept free for others: a contact of this queue gets one of the group only
    /// while more than so many of it are idle.
    pub reserve: Vec<Reserve>,
    /// Seconds a reserved agent has to answer.
    pub ring_s: u32,
    /// Agents rung at once; the first to answer wins.
    pub ring_several: u8,
    pub wrap_up: WrapUp,
    /// Service-level threshold, and below which an abandoned call counts as short.
    pub answer_within_s: u32,
    pub short_abandon_s: u32,
    /// Waiting contacts; one more leaves with `Left::Full`.
    pub max_waiting: Option<u32>,
    /// Then a contact leaves with `Left::Timeout`.
    pub max_wait_s: Option<u32>,
    /// Where the contacts go that this queue does not take or keep.
    pub overflow: Vec<Overflow>,
    /// A calendar's key; outside its hours an arrival leaves with `Left::Closed`.
    pub hours: Option<String>,
    /// An arrival leaves with `Left::NoAgents` when nobody who could ever serve it is signed in.
    pub leave_without_agents: bool,
    /// A caller who abandoned and rings again within so many seconds gets the old place; once, so who is turned
    /// away for want of room may try again.
    #[serde(rename = "recall_s")]
    pub redial_s: u32,
    /// Seconds between two announcements of place and estimate; 0: none.
    pub announce_s: u32,
    /// Seconds until the first one; `None`: as between two.
    pub announce_first_s: Option<u32>,
}

impl Default for QueueRule {
    fn default() -> Self {
        Self {
            id: QueueId(0),
            key: String::new(),
            name: String::new(),
            channel: Channel::default(),
            requirement: Requirement::default(),
            agent_selection: AgentSelection::default(),
            priority: 5,
            priority_step_s: 30,
            score: Score::default(),
            share_ppm: 0,
            relax: Vec::new(),
            reserve: Vec::new(),
            ring_s: 20,
            ring_several: 1,
            wrap_up: WrapUp::default(),
            answer_within_s: 20,
            short_abandon_s: 5,
            max_waiting: None,
            max_wait_s: None,
            overflow: Vec::new(),
            hours: None,
            leave_without_agents: false,
            redial_s: 0,
            announce_s: 30,
            announce_first_s: None,
        }
    }
}

/// `all` of these and, when `any` is not empty, at least one of those.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Requirement {
    pub all: Vec<SkillNeed>,
    pub any: Vec<SkillNeed>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkillNeed {
    pub skill: SkillId,
    /// Minimum level, 1-10.
    #[serde(default = "one")]
    pub min: u8,
    /// How much this skill counts when agents are compared.
    #[serde(default = "one")]
    pub weight: u8,
}

/// Which of the idle, eligible agents gets a contact. Ties: longest idle, then the order of the rules.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgentSelection {
    LongestIdle,
    /// The fittest for the requirement, then longest idle.
    #[default]
    LevelThenLongestIdle,
    /// The most skilled of all: the sum of all levels, then longest idle.
    MostSkilled,
    /// The least skilled who is good enough, to spare experts; then longest idle.
    LeastSkilled,
    FewestContacts,
    LowestOccupancy,
    RoundRobin,
    FixedOrder,
    MostRecentlyIdle,
    /// Smallest mean conversation for the queue, then longest idle.
    FastestService,
    Random,
    WeightedRandom,
}

/// Which of the waiting contacts an agent gets. Ties: longest waiting, then first come.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContactSelection {
    LongestWaiting,
    Priority,
    /// The agent's fitness, then priority.
    Level,
    PriorityThenLevel,
    /// Largest capped head start + ageing x wait: the one with the fairness bound (docs/fairness.md).
    #[default]
    Score,
    /// The queue furthest above its share of all waiting.
    FixedRatio,
    LongestQueue,
}

/// Score in seconds of waiting: `min(base_s + bonus + priority, max_bonus_s) + ageing x wait`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Score {
    /// Head start of every contact of the queue, in milliseconds.
    pub base_ms: i64,
    /// Seconds of score per second of waiting, in millionths.
    pub ageing_ppm: u64,
    /// No head start is larger than this, whatever its reasons.
    pub max_bonus_s: u32,
}

impl Default for Score {
    fn default() -> Self {
        Self { base_ms: 0, ageing_ppm: 1_000_000, max_bonus_s: 600 }
    }
}

/// From `after_ms` of waiting, or as soon as a condition holds, the demand is wider.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RelaxStep {
    pub after_ms: u64,
    /// Applies at once while this holds, whatever was waited.
    pub when: Option<Condition>,
    /// New minimum of every required skill; `None`: as before.
    pub min_level: Option<u8>,
    /// New minimum of single skills.
    pub lower: Vec<(SkillId, u8)>,
    /// Skills no longer needed.
    pub drop: Vec<SkillId>,
    /// Agents of this queue may be asked too, if they meet the requirement.
    pub add_queues: Vec<QueueId>,
    /// Agents of these groups may be asked too, whatever queues they serve.
    pub add_groups: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Nobody is signed in who could serve the demand as it stands.
    NoAgents,
    /// The wait estimate of the queue is above so many seconds.
    EstimateAbove(u32),
    /// The service level of the last hundred contacts is below so many per cent.
    ServiceLevelBelow(u8),
    /// More than so many contacts wait.
    WaitingAbove(u32),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reserve {
    pub group: String,
    pub agents: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WrapUp {
    pub mode: WrapUpMode,
    pub seconds: u32,
}

impl Default for WrapUp {
    fn default() -> Self {
        Self { mode: WrapUpMode::Timed, seconds: 30 }
    }
}

/// | mode | after the conversation | ends |
/// | --- | --- | --- |
/// | `None` | ready at once | |
/// | `Optional` | ready at once; the agent may enter it until the next contact | by the agent |
/// | `Discretionary` | wrap-up | by the agent |
/// | `Timed` | wrap-up | by the agent or after `seconds`; may be extended by as much once |
/// | `Fixed` | wrap-up | after `seconds` only |
/// | `Requested` | wrap-up when the agent asked for it during the conversation | by the agent or after `seconds` |
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WrapUpMode {
    None,
    Optional,
    Discretionary,
    #[default]
    Timed,
    Fixed,
    Requested,
}

/// The first that applies decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overflow {
    pub when: OverflowWhen,
    /// The queue that takes the contact over, with its original arrival time.
    pub to: QueueId,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OverflowWhen {
    /// Instead of `Left::Full`.
    Full,
    /// Instead of `Left::Timeout`.
    Timeout,
    /// Instead of `Left::NoAgents`.
    NoAgents,
    /// Instead of `Left::Closed`.
    Closed,
    /// On arrival, when the estimate is above so many seconds. Sends nobody away: who finds no other queue
    /// waits here.
    EstimateAbove(u32),
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonRule {
    pub key: String,
    #[serde(default)]
    pub name: String,
    /// Seconds after which the pause counts as too long; shown, not enforced.
    #[serde(default)]
    pub limit_s: Option<u32>,
    /// At most so many agents at once, with those who will pause so next; one more is refused.
    #[serde(default)]
    pub max_agents: Option<u32>,
}

fn one() -> u8 {
    1
}
