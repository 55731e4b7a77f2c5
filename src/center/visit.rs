//! One caller's visit: what the center knows of a call, from INVITE to its last word.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::call_back::Asking;
use super::desk::PlaceKept;
use super::input::Watch;
use super::output::Query;
use super::routes::{OutboundAttempt, Route};
use crate::acd::Why;
use crate::base::{
    AgentId, CallId, ContactId, CustomerId, Instant, InteractionId, LegId, Number, QueueId, ReservationId, SkillId,
};
use crate::call::{AttemptId, Cause, Ring};
use crate::crm::{CustomerCard, Holder, Interaction};
use crate::dialplan::{Language, Run, Verb};
use crate::media::PlayId;

#[derive(Debug)]
pub(super) struct Visit {
    pub call: CallId,
    /// Why the contact is in the house.
    pub errand: Errand,
    /// The customer's; `None` until a customer whom we call answers.
    pub caller_leg: Option<LegId>,
    pub record: Interaction,
    /// Sequence number of the next interaction event.
    pub next_seq: u32,
    /// The customer's leg is up.
    pub answered: bool,
    /// What plays to the customer, if its end matters.
    pub playing: Option<PlayId>,
    pub customers: Customers,
    /// What `customers` answers, or will.
    pub looked_up: Option<Query>,
    /// Whom the agent chose: stands above everything the store says later.
    pub chosen: Option<CustomerCard>,
    /// Waiting counts from before this call.
    pub place_kept: Option<PlaceKept>,
    pub phase: Phase,
    /// Beside the customer and the agent who has the call, in the order in which they were asked.
    pub others: Vec<Other>,
    /// Why the customer, or whom the agent asked for last, was not reached.
    pub cause: Option<Cause>,
    /// The agent has stopped the recording for a while.
    pub recording_paused: bool,
    /// The server stops: the call is ended by us, in the middle.
    pub cut_off: bool,
}

/// Why a contact is in the house, and what only contacts of this kind have.
#[derive(Debug)]
pub(super) enum Errand {
    /// Somebody called a number of ours: the dialplan leads.
    Inbound(Box<Inbound>),
    /// A customer who kept a place in the line is called back, an agent first.
    CallBack(CalledBack),
    /// An agent calls somebody.
    Outbound(Outbound),
}

#[derive(Debug)]
pub(super) struct Outbound {
    pub agent: AgentId,
    /// What occupies the agent until the end.
    pub contact: ContactId,
    /// For whom it is.
    pub queue: Option<QueueId>,
    /// What is spoken with the customer.
    pub language: Language,
    /// To the number, the best first.
    pub routes: VecDeque<Route>,
}

#[derive(Debug)]
pub(super) struct Inbound {
    pub run: Run,
    /// What the run wants; `Wait` never stands here.
    pub verb: Verb,
    /// The trunk that the call came from.
    pub trunk: Option<String>,
    /// An agent who calls in by the own phone, and the contact that occupies the agent meanwhile.
    pub occupied: Option<(AgentId, ContactId)>,
}

#[derive(Debug)]
pub(super) struct CalledBack {
    /// The interaction in which it was asked for.
    pub asked_in: InteractionId,
    /// The trunk that the customer had called by.
    pub trunk: Option<String>,
    /// What the customer had chosen.
    pub language: Language,
}

impl Visit {
    /// At its beginning.
    pub fn new(call: CallId, errand: Errand, mut record: Interaction, phase: Phase) -> Self {
        if let Some(holder) = phase.holder() {
            record.pass(record.started, holder);
        }
        Self {
            call,
            errand,
            caller_leg: None,
            record,
            next_seq: 1,
            answered: false,
            playing: None,
            customers: Customers::NotAsked,
            looked_up: None,
            chosen: None,
            place_kept: None,
            phase,
            others: Vec::new(),
            cause: None,
            recording_paused: false,
            cut_off: false,
        }
    }

    /// The next phase; who has the contact then is noted in its record. Gives the one before.
    pub fn enter(&mut self, now: Instant, phase: Phase) -> Phase {
        if let Some(holder) = phase.holder() {
            self.record.pass(now, holder);
        }
        std::mem::replace(&mut self.phase, phase)
    }

    /// The one customer who has this number; `None` where there are several.
    pub fn only_customer(&self) -> Option<&CustomerCard> {
        match self.customers.cards() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The caller's record, as far as it is known.
    pub fn card(&self) -> Option<&CustomerCard> {
        let id = self.record.customer?;
        self.chosen.as_ref().filter(|card| card.id == id).or_else(|| self.customers.card(id))
    }

    /// What is spoken with the customer.
    pub fn language(&self) -> Language {
        match &self.errand {
            Errand::Inbound(inbound) => inbound.run.language(),
            Errand::CallBack(called_back) => called_back.language,
            Errand::Outbound(outbound) => outbound.language,
        }
    }

    /// The trunk by which the customer came.
    pub fn trunk(&self) -> Option<&str> {
        match &self.errand {
            Errand::Inbound(inbound) => inbound.trunk.as_deref(),
            Errand::CallBack(called_back) => called_back.trunk.as_deref(),
            Errand::Outbound(_) => None,
        }
    }

    pub fn inbound(&self) -> Option<&Inbound> {
        match &self.errand {
            Errand::Inbound(inbound) => Some(inbound),
            Errand::CallBack(_) | Errand::Outbound(_) => None,
        }
    }

    pub fn inbound_mut(&mut self) -> Option<&mut Inbound> {
        match &mut self.errand {
            Errand::Inbound(inbound) => Some(inbound),
            Errand::CallBack(_) | Errand::Outbound(_) => None,
        }
    }

    /// The wish that this call fulfils: the interaction in which it was asked for.
    pub fn call_back(&self) -> Option<InteractionId> {
        match &self.errand {
            Errand::CallBack(called_back) => Some(called_back.asked_in),
            Errand::Inbound(_) | Errand::Outbound(_) => None,
        }
    }

    /// A call back without its customer.
    pub fn is_unheld(&self) -> bool {
        self.call_back().is_some() && self.caller_leg.is_none()
    }
}

/// A call that is gone, while the counters of its media may still come.
#[derive(Debug)]
pub(super) struct Late {
    pub interaction: InteractionId,
    pub caller_leg: Option<LegId>,
    pub next_seq: u32,
}

/// What the store said about the caller.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Customers {
    /// No number to look up.
    NotAsked,
    Asked,
    Found(Vec<CustomerCard>),
    Unavailable,
}

impl Customers {
    pub fn cards(&self) -> &[CustomerCard] {
        match self {
            Self::Found(cards) => cards,
            Self::NotAsked | Self::Asked | Self::Unavailable => &[],
        }
    }

    pub fn card(&self, id: CustomerId) -> Option<&CustomerCard> {
        self.cards().iter().find(|card| card.id == id)
    }
}

#[derive(Debug)]
pub(super) enum Phase {
    /// The dialplan has the caller.
    Flow,
    Queued(Queued),
    /// The phone of an agent who calls somebody rings.
    Fetching(Fetching),
    /// The agent is on the line and the customer's phone rings.
    Calling(Calling),
    Talking(Talking),
    /// The customer is on the way to somebody else, whose phone rings.
    Handing(Handing),
    /// The agent's phone is gone; the caller is kept for a while.
    Parked(Parked),
    /// A dialled party rings or talks.
    Dialling(OutboundAttempt),
    Dialled(LegId),
    /// The customer talks with somebody outside, and no agent has the call.
    PassedOn(LegId),
    /// Over; only the legs' ends are awaited.
    Ended,
}

#[derive(Clone, Debug)]
pub(super) struct Queued {
    pub contact: ContactId,
    pub queue: QueueId,
    pub since: Instant,
    pub rings: BTreeMap<ReservationId, Ringing>,
    /// Waiting counts from here: earlier than `since` where a place was kept.
    pub arrived: Instant,
    pub wish: Wish,
    /// The talk about a call-back.
    pub asking: Option<Asking>,
    /// The seat is a call-back's; the caller has not hung up yet.
    pub booked: Option<InteractionId>,
    /// In the line for a call-back only: without it the flow goes on.
    pub only_call_back: bool,
}

/// What the flow asked the line for, beside the queue.
#[derive(Clone, Debug, Default)]
pub(super) struct Wish {
    pub priority: Option<u8>,
    pub skills: Vec<(SkillId, u8)>,
    pub bonus_s: u32,
    /// This agent first, for so many milliseconds; `u64::MAX`: nobody else.
    pub first: Option<(AgentId, u64)>,
}

impl Queued {
    pub fn new(contact: ContactId, queue: QueueId, since: Instant, arrived: Instant) -> Self {
        Self {
            contact,
            queue,
            since,
            rings: BTreeMap::new(),
            arrived,
            wish: Wish::default(),
            asking: None,
            booked: None,
            only_call_back: false,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Ringing {
    pub agent: AgentId,
    pub attempt: AttemptId,
    pub until: Instant,
    pub why: Arc<Why>,
    /// When the agent was reserved.
    pub since: Instant,
    /// Not asked for yet: the desktop must have the pop first.
    pub waits: Option<Ring>,
    /// Picked up; nothing is heard of the agent yet.
    pub answering: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Fetching {
    pub agent: AgentId,
    pub attempt: AttemptId,
}

#[derive(Clone, Debug)]
pub(super) struct Handing {
    /// The part of the agent who sent the customer on.
    pub from: Talking,
    pub to: Who,
    pub going: OutboundAttempt,
    /// The pop of an agent who gets the call.
    pub pop: ReservationId,
}

/// Somebody who is asked into a call, or gets it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Who {
    /// Occupied by `contact` from the first ring on; `None`: the agent is not at work.
    Agent {
        agent: AgentId,
        contact: Option<ContactId>,
    },
    Number(Number),
    /// A supervisor without a seat.
    User(String),
}

impl Who {
    pub fn agent(&self) -> Option<AgentId> {
        match self {
            Self::Agent { agent, .. } => Some(*agent),
            Self::Number(_) | Self::User(_) => None,
        }
    }
}

/// Somebody in the call beside the customer and the agent who has it.
#[derive(Clone, Debug)]
pub(super) struct Other {
    pub who: Who,
    pub part: Part,
    pub stage: Stage,
    pub since: Instant,
    /// What an agent's desktop shows of it.
    pub pop: ReservationId,
    /// As in [`Talking`].
    pub phone: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Part {
    /// Talks with the agent alone.
    Consulted,
    /// Waits while the agent talks with the customer.
    Waiting,
    /// Talks with all.
    Joined,
    /// A supervisor, by user name.
    Supervisor { user: String, watch: Watch },
}

#[derive(Clone, Debug)]
pub(super) enum Stage {
    Rings(OutboundAttempt),
    Up(LegId),
}

impl Other {
    pub fn leg(&self) -> Option<LegId> {
        match self.stage {
            Stage::Up(leg) => Some(leg),
            Stage::Rings(_) => None,
        }
    }

    pub fn rings_as(&self, attempt: AttemptId) -> bool {
        matches!(&self.stage, Stage::Rings(going) if going.attempt == attempt)
    }

    pub fn is_supervisor(&self) -> bool {
        matches!(self.part, Part::Supervisor { .. })
    }
}

#[derive(Clone, Debug)]
pub(super) struct Calling {
    pub talk: Talking,
    /// `None`: no trunk lets the number out.
    pub going: Option<OutboundAttempt>,
}

#[derive(Clone, Debug)]
pub(super) struct Talking {
    pub contact: ContactId,
    /// The line that the contact came by; `None`: the agent called, or got it from a colleague.
    pub queue: Option<QueueId>,
    pub agent: AgentId,
    pub leg: LegId,
    /// The SIP user of the agent's phone that has the audio; `None`: a phone at a fixed address.
    pub phone: Option<String>,
    pub since: Instant,
    /// The agent holds since then.
    pub held: Option<Instant>,
    /// Another phone of the agent is being rung, which shall have the audio.
    pub taking_over: Option<Rejoining>,
}

#[derive(Clone, Debug)]
pub(super) struct Parked {
    pub talk: Talking,
    /// The agent's phone is being rung again.
    pub rejoining: Option<Rejoining>,
    /// The agent had sent the customer on, and nobody took the call.
    pub returned: bool,
}

/// The agent's ring for a call that the agent has already.
#[derive(Clone, Debug)]
pub(super) struct Rejoining {
    pub attempt: AttemptId,
    /// The agent wants the call at this phone, and no other is rung; `None`: at whichever answers.
    pub phone: Option<String>,
}

impl Rejoining {
    pub fn is_at(&self, phone: &str) -> bool {
        self.phone.as_deref() == Some(phone)
    }
}

impl Phase {
    /// Who has the contact; `None`: it is over.
    fn holder(&self) -> Option<Holder> {
        Some(match self {
            Self::Flow | Self::Dialling(_) => Holder::Flow,
            Self::Queued(queued) => Holder::Queue { queue: queued.queue },
            Self::Fetching(fetching) => Holder::Dialling { agent: fetching.agent },
            Self::Calling(calling) => Holder::Dialling { agent: calling.talk.agent },
            Self::Parked(parked) if parked.returned => Holder::Sent { by: parked.talk.agent },
            Self::Talking(talk) | Self::Parked(Parked { talk, .. }) => {
                Holder::Agent { agent: talk.agent, queue: talk.queue }
            }
            Self::Handing(handing) => Holder::Sent { by: handing.from.agent },
            Self::Dialled(_) | Self::PassedOn(_) => Holder::Outside,
            Self::Ended => return None,
        })
    }

    pub fn talk(&self) -> Option<&Talking> {
        match self {
            Self::Talking(talk) => Some(talk),
            Self::Calling(calling) => Some(&calling.talk),
            Self::Parked(parked) => Some(&parked.talk),
            _ => None,
        }
    }

    /// The agent's ring for a call that the agent has already, while there is one.
    pub fn rejoining(&self) -> Option<&Rejoining> {
        match self {
            Self::Talking(talk) => talk.taking_over.as_ref(),
            Self::Parked(parked) => parked.rejoining.as_ref(),
            _ => None,
        }
    }

    /// Gives the one before. Only where an agent has the call.
    pub fn set_rejoining(&mut self, rejoining: Option<Rejoining>) -> Option<Rejoining> {
        match self {
            Self::Talking(talk) => std::mem::replace(&mut talk.taking_over, rejoining),
            Self::Parked(parked) => std::mem::replace(&mut parked.rejoining, rejoining),
            _ => None,
        }
    }
}
