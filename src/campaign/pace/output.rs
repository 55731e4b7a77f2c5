//! What the pacer wants done, in this order.

use serde::{Deserialize, Serialize};

use super::certificate::Line;
use super::input::DialId;
use crate::base::{AgentId, Instant};

/// Why a call is taken back before it was answered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenBack {
    /// It rang as long as the campaign lets it.
    RangOut,
    /// The agent who was held for it has gone, and the budget does not carry it.
    Uncovered,
}

/// An order of [`super::Pacer::handle`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Output {
    /// To be kept before anything that follows is done: a line of the certificate.
    Record(Line),
    /// Show the next record to this agent; the call is made at `until` unless they skip it.
    Preview {
        agent: AgentId,
        until: Instant,
    },
    /// The preview is over without a call: the record goes back, and the pacer is told what is next.
    PutBack {
        agent: AgentId,
    },
    /// Call the next one of the hopper. The `Record` before it says why.
    Dial(DialId),
    Cancel {
        dial: DialId,
        why: TakenBack,
    },
    /// A person waits: bridge them to this agent.
    Connect {
        dial: DialId,
        agent: AgentId,
    },
    /// Nobody could speak in time: play the recorded message with name and number, then hang up.
    SafeMessage(DialId),
    /// A machine: leave the campaign's message after the beep, or hang up.
    Machine(DialId),
    /// Agentless: play the message and listen to digits.
    Message(DialId),
}
