//! Why this agent got this contact: the compact record of one decision, kept by the journal. From
//! the record alone [`Why::check`] makes the choice again; [`super::explain()`] says it in words.

use serde::{Deserialize, Serialize};

use super::rules::{AgentSelection, ContactSelection};
use crate::base::{AgentId, ContactId, Instant, QueueId};

/// One decision. Lists are bounded: the best of each rank stand first, the rest is counted.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Why {
    /// `Rules::version` in force.
    pub rules: u32,
    pub at: Instant,
    pub pick: Pick,
    /// Relaxation steps in force for the contact; 0: none.
    pub stage: u8,
    /// Why the contact stands ahead of its own coming; `None`: it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Kept>,
    /// Agents and contacts that were looked at and could not be chosen.
    pub excluded: Vec<Excluded>,
    /// How many more stood behind the listed candidates.
    pub unlisted: u32,
}

/// How a contact came by an earlier place in the line.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// The caller gave up, and rang again in time.
    Recall,
    /// The customer asked to be called back.
    CallBack,
}

/// Which side chose.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
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
}

/// An agent who could have been chosen.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AgentCandidate {
    pub agent: AgentId,
    /// Fitness for the requirement: weighted mean level in hundredths (500 is level 5).
    pub fit: u16,
    /// What the policy compares; the smallest wins.
    pub key: i64,
    pub idle_since: Instant,
    /// Settles what `key` leaves open; the smallest wins.
    pub tie: u64,
}

/// A waiting contact that could have been chosen.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
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
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Excluded {
    pub who: Who,
    pub because: Because,
    /// How many like this one, itself included.
    pub count: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    Agent(AgentId),
    Contact(ContactId),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
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
