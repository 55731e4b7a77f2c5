//! What a desktop is told.

use serde::{Deserialize, Serialize};

use crate::acd::{AgentState, NextState, Withdrawn};
use crate::base::{AgentId, Instant, InteractionId, NoticeId, ReservationId};
use crate::call::Cause;
use crate::center::desk::{CallView, Help, Notice, Preview, ScreenPop};

/// Told to one agent's desktop, numbered per agent by the hub. Times are microseconds UTC.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", content = "data")]
pub enum DeskEvent {
    /// Everything a desktop needs to draw itself from nothing.
    #[serde(rename = "snapshot")]
    Snapshot(Box<Snapshot>),
    /// The agent became something else, or will after the contact on hand.
    #[serde(rename = "agent.state_changed")]
    AgentStateChanged {
        state: AgentState,
        since: Instant,
        next: Option<NextState>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        by: Option<String>,
    },
    /// The caller's record, sent before the phone rings; `pop.seen` answers it.
    #[serde(rename = "pop.shown")]
    PopShown(Box<ScreenPop>),
    /// The record came later than the ring, or the agent chose among candidates.
    #[serde(rename = "pop.updated")]
    PopUpdated(Box<ScreenPop>),
    /// The ring is over without this agent.
    #[serde(rename = "pop.withdrawn")]
    PopWithdrawn { reservation: ReservationId, interaction: InteractionId, why: RingEnd },
    /// The call of the agent went on.
    #[serde(rename = "call.state_changed")]
    CallStateChanged(CallView),
    /// Wrap-up began: the form of this interaction is due. The end of it is an `agent.state_changed`.
    #[serde(rename = "wrap_up.started")]
    WrapUpStarted { interaction: InteractionId, until: Option<Instant> },
    /// The phone (browser or desk phone) of this agent registered or was lost.
    #[serde(rename = "phone.state_changed")]
    PhoneStateChanged { reachable: bool },
    /// A call was parked, or is in its slot no more.
    #[serde(rename = "parked.changed")]
    ParkedChanged { parked: Vec<ParkedCall> },
    /// Whom the agent is about to call for a campaign; `null`: nobody any more.
    #[serde(rename = "preview.changed")]
    PreviewChanged { preview: Option<Preview> },
    /// The agent asks for a supervisor, one has seen it, or (`null`) it is over.
    #[serde(rename = "help.changed")]
    HelpChanged { help: Option<Help> },
    /// A supervisor writes to the agent; `notice.read` answers it.
    #[serde(rename = "notice.shown")]
    NoticeShown(Notice),
    /// Read in one of the agent's tabs.
    #[serde(rename = "notice.read")]
    NoticeRead { notice: NoticeId },
}

/// Why a ring is over without the agent who was rung.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RingEnd {
    NoAnswer,
    Declined,
    /// Picked up, but nothing was heard of the browser.
    NoMedia,
    CallerGone,
    /// The agent's phone is gone, or the agent.
    Unreachable,
}

impl RingEnd {
    /// Of somebody who was not reached.
    pub const fn after(cause: Cause) -> Self {
        if matches!(cause, Cause::NoAnswer) { Self::NoAnswer } else { Self::Declined }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoAnswer => "no_answer",
            Self::Declined => "declined",
            Self::NoMedia => "no_media",
            Self::CallerGone => "caller_gone",
            Self::Unreachable => "unreachable",
        }
    }
}

impl From<Withdrawn> for RingEnd {
    fn from(because: Withdrawn) -> Self {
        match because {
            Withdrawn::NoAnswer => Self::NoAnswer,
            Withdrawn::Refused => Self::Declined,
            Withdrawn::NoMedia => Self::NoMedia,
            Withdrawn::ContactGone => Self::CallerGone,
            Withdrawn::AgentGone => Self::Unreachable,
        }
    }
}

/// The agent's whole state.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Snapshot {
    pub agent: AgentId,
    pub state: AgentState,
    pub since: Instant,
    pub next: Option<NextState>,
    /// The supervisor, by user name, who asked for this state or the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub by: Option<String>,
    pub phone_reachable: bool,
    /// The pop of the ring, call or wrap-up that is on; of several the one that came last.
    pub pop: Option<ScreenPop>,
    pub call: Option<CallView>,
    /// All contacts on hand, the one that came last first.
    #[serde(default)]
    #[schema(required = true)]
    pub on_hand: Vec<ContactOnHand>,
    /// Of today, for "my day".
    pub today: AgentDay,
    /// What anybody may pick up, by slot.
    #[serde(default)]
    #[schema(required = true)]
    pub parked: Vec<ParkedCall>,
    /// Whom the agent is about to call for a campaign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub preview: Option<Preview>,
    /// What the agent has asked supervisors for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub help: Option<Help>,
    /// Of supervisors, not read yet; the oldest first.
    #[serde(default)]
    #[schema(required = true)]
    pub notices: Vec<Notice>,
}

/// A call in a slot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ParkedCall {
    pub slot: u16,
    pub interaction: InteractionId,
    /// As people read it; empty: withheld.
    pub caller_shown: String,
    /// The customer's name.
    pub customer: Option<String>,
    pub by: AgentId,
    /// Of the agent who parked it.
    pub by_name: String,
    pub since: Instant,
    /// Then it returns to that agent.
    pub until: Instant,
}

/// A contact that rings at the agent, is talked with, or waits for its form; its interaction is what commands
/// name it by.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ContactOnHand {
    pub interaction: InteractionId,
    pub pop: ScreenPop,
    /// `None`: it is over.
    pub call: Option<CallView>,
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AgentDay {
    pub handled: u32,
    pub missed: u32,
    pub talk_ms: u64,
}

impl AgentDay {
    pub fn plus(self, other: Self) -> Self {
        Self {
            handled: self.handled.saturating_add(other.handled),
            missed: self.missed.saturating_add(other.missed),
            talk_ms: self.talk_ms.saturating_add(other.talk_ms),
        }
    }
}
