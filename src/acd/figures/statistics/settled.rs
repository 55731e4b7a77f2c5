//! Figures of a time that is over for good, in a form that can be put away: cells of stays and rows of agents.
//! Counts are sums, so rows put together again by queue, channel or skill are what the journal would give.

use serde::{Deserialize, Serialize};

use super::counts::{AgentTimes, QueueCounts};
use crate::base::{AgentId, Channel, Instant, QueueId, SkillId};

/// Length of the intervals that are put away. Every zone's days, and all longer intervals, are made of these.
pub const QUARTER_S: u32 = 900;

/// Stays that began in one interval, with all that rows are made by in common.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SettledStays {
    /// Beginning of the interval.
    pub at: Instant,
    pub queue: QueueId,
    pub channel: Channel,
    /// Sorted, each once.
    pub skills: Vec<SkillId>,
    pub counts: QueueCounts,
}

/// One agent's times in one interval.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SettledAgent {
    pub at: Instant,
    pub agent: AgentId,
    pub times: AgentTimes,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Settled {
    pub stays: Vec<SettledStays>,
    pub agents: Vec<SettledAgent>,
}
