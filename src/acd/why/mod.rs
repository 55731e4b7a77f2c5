//! Why this agent got this contact: the compact record of one decision, kept by the journal. From
//! the record alone [`Why::check`] makes the choice again; [`crate::acd::why::explain()`] says it in words.

mod checker;
pub(in crate::acd) mod explain;
pub(in crate::acd) mod records;
mod rejection;

pub use checker::WhyError;
pub use explain::{Language, Names, explain};
pub use rejection::Rejection;

use serde::{Deserialize, Serialize};

use crate::acd::rules::{AgentSelection, ContactSelection};
use crate::base::{AgentId, ContactId, Instant, QueueId};

/// One decision. Lists are bounded: the best of each rank stand first, the rest is counted.
#[derive(Clone, PartialEq, Hash, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Why {
    /// `Rules::version` in force.
    pub rules: u32,
    pub at: Instant,
    pub pick: Pick,
    /// Relaxation steps in force for the contact; 0: none.
    pub stage: u8,
    /// Why the contact stands ahead of its own coming; `None`: it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kept: Option<Kept>,
    /// Agents and contacts that were looked at and could not be chosen.
    pub excluded: Vec<Excluded>,
    /// How many more stood behind the listed candidates.
    pub unlisted: u32,
}

/// How a contact came by an earlier place in the line.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// The caller gave up, and rang again in time.
    #[serde(rename = "recall")]
    Redial,
    /// The customer asked to be called back.
    CallBack,
}

/// Which side chose.
#[derive(Clone, PartialEq, Hash, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Pick {
    #[default]
    Unrecorded,
    /// A contact came, came back or widened its demand: an agent is chosen for it.
    Agent { policy: AgentSelection, candidates: Vec<AgentCandidate>, chosen: AgentId },
    /// An agent became free: a contact is chosen for the agent.
    Contact { policy: ContactSelection, candidates: Vec<ContactCandidate>, chosen: ContactId },
    /// The contact asked for this agent, who was free in time.
    Named { agent: AgentId },
    /// Several contacts and several agents at one time (`Input::ReadyTogether` and its like).
    Together(Box<Together>),
}

/// One contact's part when as many contacts as possible were given an agent at one time.
#[derive(Clone, PartialEq, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Together {
    pub policy: AgentSelection,
    /// In the order of the policy. An agent chosen from beyond the list stands at its end.
    pub candidates: Vec<AgentCandidate>,
    pub chosen: AgentId,
    /// Why each candidate before the chosen one went elsewhere, in the same order.
    pub passed_over: Vec<Elsewhere>,
    /// Place of the contact in the order of the rules among those that could be served; 1 chose first.
    pub place: u32,
    /// Contacts that got an agent at this time, of how many; agents there were for them.
    pub served: u32,
    pub contacts: u32,
    pub agents: u32,
}

/// Why an agent who would have been better was left to others.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Elsewhere {
    /// To a contact that chose earlier.
    Earlier { contact: ContactId, place: u32 },
    /// Later contacts, by place, that can be served by no others than these agents, who are as many:
    /// without this one, one of the contacts would have stayed behind.
    Needed { contacts: Vec<(ContactId, u32)>, agents: Vec<AgentId> },
    /// The same, with more contacts than a record lists.
    NeededByMany { contacts: u32 },
}

/// An agent who could have been chosen.
#[derive(Clone, PartialEq, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AgentCandidate {
    pub agent: AgentId,
    /// Fitness for the requirement: weighted mean level in hundredths (500 is level 5).
    pub fit: u16,
    /// What the policy compares; the smallest wins.
    pub key: i64,
    pub idle_since: Instant,
    /// Settles what `key` leaves open; the smallest wins.
    pub tie: u64,
    /// What `key` was computed from, where that is more than one number.
    #[serde(default, skip_serializing_if = "AgentFacts::is_key")]
    pub facts: AgentFacts,
}

/// What an agent's key was computed from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgentFacts {
    /// The key itself: a number of contacts, a sum of levels, a time, a place in the rules, a draw.
    #[default]
    Key,
    /// Lowest occupancy: microseconds in conversation and wrap-up, and signed in.
    Times { busy_us: u64, signed_in_us: u64 },
    /// Round robin: the agent's place in the rules, that of the one reserved before (if any), of how many.
    Turn { place: u32, before: Option<u32>, of: u32 },
}

impl AgentFacts {
    fn is_key(&self) -> bool {
        *self == Self::Key
    }
}

/// A waiting contact that could have been chosen.
#[derive(Clone, PartialEq, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ContactCandidate {
    pub contact: ContactId,
    pub queue: QueueId,
    pub arrived: Instant,
    pub priority: u8,
    pub fit: u16,
    /// What the policy compares, one after the other; the smallest wins.
    pub key: (i64, i64),
    /// Settles what `key` leaves open; the smallest wins.
    pub tie: u64,
    /// What `key` was computed from, beside what stands above.
    #[serde(default, skip_serializing_if = "ContactFacts::is_above")]
    pub facts: ContactFacts,
}

/// What a contact's key was computed from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContactFacts {
    /// Priority, fitness and arrival, which stand in the candidate.
    #[default]
    Above,
    /// Score: the head start after the cap, and seconds of score per second of waiting in millionths.
    Score { head_start_us: i64, ageing_ppm: u64 },
    /// Fixed ratio and longest queue: contacts of the queue and of all queues that wait, and the wanted
    /// part in millionths.
    Line { waiting: u32, of: u32, share_ppm: u32 },
}

impl ContactFacts {
    fn is_above(&self) -> bool {
        *self == Self::Above
    }
}

#[derive(Clone, PartialEq, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Excluded {
    pub who: Who,
    pub because: Because,
    /// How many like this one, itself included.
    pub count: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    Agent(AgentId),
    Contact(ContactId),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    SignedOut,
    NotReady,
    Reserved,
    Busy,
    WrapUp,
    Capacity,
    /// Serves other queues.
    Queue,
    Skill,
    Level,
    /// Too few of the group are idle.
    Reserve,
    /// Waits for a preferred agent.
    Preferred,
}
