//! What the router wants done, and the words of it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::why::{Rejection, Why};
use crate::base::{AgentId, ContactId, Instant, QueueId, ReservationId};

/// The reason of an agent who let a contact ring out.
pub const NO_ANSWER: &str = "no-answer";
/// Of one who sent it on, by the desktop or the phone.
pub const DECLINED: &str = "declined";
/// Of one who picked up and was not heard: the next call would end the same way.
pub const NO_MEDIA: &str = "no-media";
/// Of one whose phone, or desktop, is not there.
pub const UNREACHABLE: &str = "unreachable";
/// The reason right after signing in.
pub const SIGNED_IN: &str = "signed-in";

/// What the router wants done, in this order.
#[derive(Clone, PartialEq, Hash, Debug, Serialize, Deserialize)]
pub enum Output {
    /// Ring this agent for this contact until then. `why` explains the choice.
    Reserve {
        reservation: ReservationId,
        contact: ContactId,
        agent: AgentId,
        queue: QueueId,
        until: Instant,
        why: Arc<Why>,
    },
    /// Stop ringing.
    Withdraw {
        reservation: ReservationId,
        contact: ContactId,
        agent: AgentId,
        because: Withdrawn,
    },
    AgentState {
        agent: AgentId,
        state: AgentState,
        since: Instant,
        next: Option<NextState>,
    },
    /// The contact left the waiting line without an agent; its owner goes on with it.
    LeftQueue {
        contact: ContactId,
        queue: QueueId,
        why: Left,
    },
    /// The contact went on to another queue (overflow) and waits there with its original arrival time.
    Moved {
        contact: ContactId,
        from: QueueId,
        to: QueueId,
        why: Left,
    },
    /// The contact stands where it stood before: the caller gave up a short while ago and rang again.
    /// Waiting counts from `arrived`.
    PlaceKept {
        contact: ContactId,
        queue: QueueId,
        arrived: Instant,
    },
    /// Place in the line (1 is next) and estimate, when announcements are due or they changed.
    Position {
        contact: ContactId,
        position: u32,
        estimate_s: Option<u32>,
    },
    /// The input makes no sense now; nothing changed.
    Rejected {
        why: Rejection,
    },
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AgentState {
    SignedOut,
    NotReady {
        reason: String,
    },
    Ready,
    Reserved {
        reservation: ReservationId,
        contact: ContactId,
        until: Instant,
    },
    Busy {
        contact: ContactId,
    },
    /// `until`: `None` where the agent ends it.
    WrapUp {
        contact: ContactId,
        until: Option<Instant>,
    },
}

/// What an occupied agent becomes afterwards.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum NextState {
    Ready,
    NotReady { reason: String },
    SignedOut,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withdrawn {
    NoAnswer,
    Refused,
    /// The agent is set not ready for [`NO_MEDIA`].
    NoMedia,
    ContactGone,
    AgentGone,
}

impl Withdrawn {
    /// Why the agent is not ready after it.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NoAnswer | Self::ContactGone => NO_ANSWER,
            Self::Refused => DECLINED,
            Self::NoMedia => NO_MEDIA,
            Self::AgentGone => UNREACHABLE,
        }
    }
}

/// Why a contact left the waiting line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Left {
    Abandoned,
    /// Taken away by its owner: transferred, turned into a call-back, call interrupted.
    Removed,
    Timeout,
    Full,
    NoAgents,
    Closed,
}

pub(in crate::acd) const fn rejected(why: Rejection) -> Output {
    Output::Rejected { why }
}
