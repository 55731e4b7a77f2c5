//! What the router is told.

use serde::{Deserialize, Serialize};

use super::output::{Left, Withdrawn};
use super::rules::Rules;
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
    /// Somebody of the center wants a contact that waits in this line (perhaps the one it is in), with this priority;
    /// it waits on since the same time. Refused while it rings, and by a queue that does not take it now.
    Move {
        contact: ContactId,
        queue: QueueId,
        /// 1 is the most urgent; `None`: the queue's.
        priority: Option<u8>,
        author: Author,
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
        /// Whose rule of wrap-up holds afterwards.
        #[serde(default)]
        queue: Option<QueueId>,
        /// Where it is for no queue, the rule of an agent's own contacts holds; otherwise there is none.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        own: bool,
    },
    /// The agent, who is ready, wants this contact, wherever it waits or rings: it is reserved at once.
    Take {
        agent: AgentId,
        contact: ContactId,
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
            Self::Move { .. } => "move",
            Self::Leave { .. } => "leave",
            Self::Answering { .. } => "answering",
            Self::Accepted { .. } => "accepted",
            Self::Refused { .. } => "refused",
            Self::Ended { .. } => "ended",
            Self::WrapUpDone { .. } => "wrap_up_done",
            Self::ExtendWrapUp { .. } => "extend_wrap_up",
            Self::RequestWrapUp { .. } => "request_wrap_up",
            Self::Occupy { .. } => "occupy",
            Self::Take { .. } => "take",
            Self::Deadline => "deadline",
        }
    }
}

/// Who caused a change of an agent's state.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Author {
    Agent,
    /// A supervisor, by user name.
    Supervisor(String),
    System,
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
    /// queue's `redial_s` says so.
    #[serde(default)]
    pub caller: Option<u64>,
    /// Nobody holds the line: the customer is called when the turn comes. Taken whatever the queue's
    /// hours and limits say, and never sent away by them.
    #[serde(default)]
    pub call_back: bool,
    /// It waited when the process before this one ended: figures have counted it as offered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waited_on: bool,
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
            waited_on: false,
        }
    }
}
