//! What the pacer is told.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::{AgentId, Instant};

/// One call of a campaign, from the decision to its end. Counted up, also over restarts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DialId(pub u64);

/// What is known of the next call before it is made: what its chances are learned by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Class {
    pub list: u16,
    /// Type of the number (mobile, home, work ...), as the campaign numbers them.
    pub kind: u8,
}

/// An agent as this campaign sees them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Presence {
    /// May take a call of this campaign now.
    Ready,
    /// In a conversation, of this campaign or another; `frees_in`: until they are ready again, if somebody knows better
    /// than what was learned.
    Talking { frees_in: Option<Duration> },
    /// Writes up.
    WrapUp { frees_in: Option<Duration> },
    /// Logged off, took another call, or was lost.
    Gone,
}

/// Who answered, as detection says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Answerer {
    Person,
    Machine,
}

/// How a call ended that no agent spoke in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DialEnd {
    Busy,
    NoAnswer,
    /// No such number, no line, refused by the network.
    Failed,
    /// The call was taken back before anybody answered.
    Cancelled,
    /// Whoever answered hung up before it was known who it was, or before an agent could speak.
    HungUp,
    /// Somebody answered in the moment in which the call was taken back, and heard nobody.
    Crossed,
}

/// An event for [`super::Pacer::handle`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Input {
    Agent {
        agent: AgentId,
        is: Presence,
    },
    /// What the hopper holds next; `None`: nobody may be called now. Told again after each `Dial`.
    Next(Option<Class>),
    /// The network says that it rings.
    Ringing(DialId),
    /// Somebody answered; `greeted`: when their greeting was over, or the verdict was there.
    Answered {
        dial: DialId,
        by: Answerer,
        greeted: Instant,
    },
    Ended {
        dial: DialId,
        end: DialEnd,
    },
    /// The agent could not be bridged to the person: gone in the same moment.
    Unbridged(DialId),
    /// An agent's conversation is over; `person`: they say that it was one.
    Served {
        dial: DialId,
        person: bool,
    },
    /// An agent asks for a call (manual), or has read enough (preview).
    Ask(AgentId),
    /// An agent does not want the call that they preview.
    Skip(AgentId),
    /// Supervisors stop it, and let it go on.
    Pause(bool),
    /// A deadline may be due.
    Wake,
}
