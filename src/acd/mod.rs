//! The router: contacts wait in queues, agents have skills, and every assignment says why.
//!
//! One pure machine: `Router::handle(now, Input, &mut Vec<Output>)`. It knows no SIP and no customer
//! store; chat, e-mail and call-backs queue here like calls. Live routing, simulation, replay and
//! what-if all run this code. Event driven: nothing is ever polled.
//!
//! | room | holds |
//! | --- | --- |
//! | `rules` | what a center says about its queues, agents, skills, hours; data only |
//! | `why` | the record of a decision, its words, its checker; why an input was refused |
//! | `engine` | the router: presence, waiting, ringing, choice, wrap-up, estimates, and the tables they keep |
//! | `journal` | what happened, so that it can be replayed bit by bit: entries, snapshots, digests |
//! | [`figures`] | [`statistics`] and [`erlang`] |
//! | [`lab`] | [`simulate`], [`what_if`], [`shadow`], rehearsal: the same router under other circumstances |
//! | [`lint`] | rules that can never do what they say |
//!
//! The router owns the agent's state:
//!
//! | agent state | input | next | outputs, in order |
//! | --- | --- | --- | --- |
//! | `Ready` | chosen | `Reserved` | `Reserve`, `AgentState` |
//! | `Reserved` | `Answering` | same | the ring deadline becomes that of the sound |
//! | `Reserved` | `Accepted` | `Busy` | `AgentState` |
//! | `Reserved` | ring deadline, `Refused` | `NotReady(no-answer, declined or unreachable)` | `Withdraw`, `AgentState`; contact back with its original arrival time, ranked again |
//! | `Reserved` | contact `Leave`s | `Ready` | `Withdraw`, `AgentState`, ranked again |
//! | `Busy` | `Ended` | `WrapUp` | `AgentState` |
//! | `WrapUp` | `WrapUpDone` or deadline | `Ready`, or the state asked for meanwhile | `AgentState`, ranked again |

mod engine;
mod figures;
mod journal;
mod lab;
pub mod lint;
mod rules;
#[cfg(test)]
mod tests;
mod why;

pub use engine::{
    AgentView, DECLINED, LineView, NO_ANSWER, NO_MEDIA, Predictor, QueueView, Router, SIGNED_IN, Settings, Standstill,
    UNREACHABLE, WaitEstimate, WaitingView,
};
pub use figures::{erlang, statistics};
pub use journal::{Checkpoint, Entry, Mismatch, Replay, ReplayError, Replayed, Snapshot, What, digest};
pub use lab::{Rehearsal, RehearsedEnd, shadow, simulate, what_if};
pub use rules::{
    AgentRule, AgentSelection, Calendar, Channel, Condition, ContactSelection, Exception, GroupRule, Holiday,
    HolidayError, Hours, Overflow, OverflowWhen, QueueRule, ReasonRule, RelaxStep, Requirement, Reserve, Rules, Score,
    SkillNeed, SkillRule, WrapUp, WrapUpMode, holidays,
};
pub use why::{
    AgentCandidate, AgentFacts, Because, ContactCandidate, ContactFacts, Elsewhere, Excluded, Kept, Language, Names,
    Pick, Rejection, Together, Who, Why, WhyError, explain,
};

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::{AgentId, ContactId, Instant, QueueId, ReservationId, SkillId};

/// What the router is told. Plain values, versioned by the journal that keeps them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Input {
    /// New rules: waiting contacts and signed-in agents survive, decisions follow the new rules.
    Configure(Box<Rules>),
    SignIn {
        agent: AgentId,
    },
    /// The agent was at work before a restart and is what it was then: instead of `SignIn`.
    ComeBack {
        agent: AgentId,
        was: Was,
        /// Of this state; not later than now.
        since: Instant,
    },
    SignOut {
        agent: AgentId,
        author: Author,
    },
    /// Ready now, or next when busy.
    Ready {
        agent: AgentId,
        author: Author,
    },
    /// These agents are ready now, all at one time: a shift begins. As many waiting contacts as possible find
    /// one, which agents who come one by one cannot promise; they stand idle in this order.
    ReadyTogether {
        agents: Vec<AgentId>,
        author: Author,
    },
    /// Not ready now, or next when busy (reserved: the ring goes on).
    NotReady {
        agent: AgentId,
        reason: String,
        author: Author,
    },
    Arrive(Arrival),
    /// The contact will be called back when its turn comes: the same seat from now on, without
    /// longest wait and without announcements.
    KeepPlace {
        contact: ContactId,
    },
    /// The contact is gone from the waiting line or the ring: abandoned, or taken away by its owner.
    Leave {
        contact: ContactId,
        why: Left,
    },
    /// The agent picked up and the sound is being set up: it rings no longer, and is accepted or refused soon.
    Answering {
        reservation: ReservationId,
    },
    /// The agent took the reserved contact.
    Accepted {
        reservation: ReservationId,
    },
    /// The agent, or the agent's phone, did not take it. (No answer in time is the router's own deadline.)
    Refused {
        reservation: ReservationId,
        why: RefusedWhy,
    },
    /// The conversation is over: wrap-up begins.
    Ended {
        contact: ContactId,
    },
    WrapUpDone {
        agent: AgentId,
    },
    /// More wrap-up time, where the queue's mode allows it.
    ExtendWrapUp {
        agent: AgentId,
    },
    /// The agent asks for wrap-up after the running contact (`WrapUpMode::Requested`), or for one now
    /// that the conversation is over (`Optional`).
    RequestWrapUp {
        agent: AgentId,
    },
    /// The agent is occupied by something the router did not assign: an own call, a colleague's.
    Occupy {
        agent: AgentId,
        contact: ContactId,
        /// Whose rule of wrap-up holds afterwards; `None`: there is none.
        #[serde(default)]
        queue: Option<QueueId>,
    },
    /// A deadline is due (see `Router::next_deadline`).
    Deadline,
}

impl Input {
    /// For messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Configure(_) => "configure",
            Self::SignIn { .. } => "sign_in",
            Self::ComeBack { .. } => "come_back",
            Self::SignOut { .. } => "sign_out",
            Self::Ready { .. } => "ready",
            Self::ReadyTogether { .. } => "ready_together",
            Self::NotReady { .. } => "not_ready",
            Self::Arrive(_) => "arrive",
            Self::KeepPlace { .. } => "keep_place",
            Self::Leave { .. } => "leave",
            Self::Answering { .. } => "answering",
            Self::Accepted { .. } => "accepted",
            Self::Refused { .. } => "refused",
            Self::Ended { .. } => "ended",
            Self::WrapUpDone { .. } => "wrap_up_done",
            Self::ExtendWrapUp { .. } => "extend_wrap_up",
            Self::RequestWrapUp { .. } => "request_wrap_up",
            Self::Occupy { .. } => "occupy",
            Self::Deadline => "deadline",
        }
    }
}

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

/// Who caused a change of an agent's state.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Author {
    Agent,
    /// A supervisor, by user name.
    Supervisor(String),
    System,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
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

/// What an agent comes back as.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Was {
    NotReady {
        reason: String,
    },
    /// After a contact of this queue; the contact is over.
    WrapUp {
        contact: ContactId,
        queue: Option<QueueId>,
        until: Option<Instant>,
    },
}

/// What an occupied agent becomes afterwards.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum NextState {
    Ready,
    NotReady { reason: String },
    SignedOut,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusedWhy {
    Declined,
    Busy,
    Unreachable,
    /// Picked up, but nothing was ever heard of the agent.
    NoMedia,
}

impl RefusedWhy {
    /// How the ring ended. A phone that says "busy" was told so by its owner.
    pub const fn ended(self) -> Withdrawn {
        match self {
            Self::Declined | Self::Busy => Withdrawn::Refused,
            Self::Unreachable => Withdrawn::AgentGone,
            Self::NoMedia => Withdrawn::NoMedia,
        }
    }
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
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
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

/// A contact that wants an agent.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Arrival {
    pub contact: ContactId,
    pub queue: QueueId,
    /// Waiting counts from here: earlier than now for a caller who keeps a place.
    pub arrived: Instant,
    /// 1 is the most urgent; `None`: the queue's.
    #[serde(default)]
    pub priority: Option<u8>,
    /// Demanded in addition to the queue's own requirement: skill and minimum level (1-10).
    #[serde(default)]
    pub skills: Vec<(SkillId, u8)>,
    /// Head start in seconds (VIP), capped by the queue.
    #[serde(default)]
    pub bonus_s: u32,
    /// Leave with `Left::Timeout` after so long; `None`: the queue's limit.
    #[serde(default)]
    pub timeout_ms: Option<u64>,
    /// This agent first, for so long (last agent, owner).
    /// Milliseconds counted from now; `u64::MAX`: nobody else, as long as the agent is in the rules.
    #[serde(default)]
    pub preferred: Option<(AgentId, u64)>,
    /// The same caller has the same key: who abandoned and rings again gets the old place where the
    /// queue's `recall_s` says so.
    #[serde(default)]
    pub caller: Option<u64>,
    /// Nobody holds the line: the customer is called when the turn comes. Taken whatever the queue's
    /// hours and limits say, and never sent away by them.
    #[serde(default)]
    pub call_back: bool,
}

impl Arrival {
    /// A contact without special wishes, waiting from now on.
    pub fn new(contact: ContactId, queue: QueueId, now: Instant) -> Self {
        Self {
            contact,
            queue,
            arrived: now,
            priority: None,
            skills: Vec::new(),
            bonus_s: 0,
            timeout_ms: None,
            preferred: None,
            caller: None,
            call_back: false,
        }
    }
}
