//! How far a contact is, and what it has only there.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::acd::Why;
use crate::base::{AgentId, CallId, ContactId, Instant, InteractionId, LegId, Number, QueueId, ReservationId, SkillId};
use crate::call::{self, AttemptId, Ring};
use crate::center::desk::{Handed, RingEnd};
use crate::center::outbound::attempt::OutboundAttempt;
use crate::center::turn::{Due, Todo, sip_reason};
use crate::center::visit::Who;
use crate::crm::{EndedBy, Holder};
use crate::dialplan::{Event as FlowEvent, QueueRequest};
use crate::sip::Reason;

#[derive(Debug)]
pub(in crate::center) enum Phase {
    /// The dialplan has the caller.
    Flow,
    Queued(Queued),
    /// The house calls somebody, and nobody is on the line yet.
    Placing(OutboundAttempt),
    /// The phone of an agent who calls somebody rings.
    Fetching(Fetching),
    /// The agent is on the line and the customer's phone rings.
    Calling(Calling),
    /// Somebody whom a campaign calls is on the line. The agent who is fetched for them; `None`: nobody yet.
    Offered(Option<Offer>),
    Talking(Talking),
    /// The customer is on the way to somebody else, whose phone rings.
    Handing(Handing),
    /// The agent's phone is gone; the caller is kept for a while.
    Parked(Parked),
    /// An agent has parked it, for anybody to pick up.
    InSlot(InSlot),
    /// A dialled party rings or talks.
    Dialling(Dialling),
    Dialled(LegId),
    /// The customer talks with somebody outside, and no agent has the call.
    PassedOn(LegId),
    /// Over; only the legs' ends are awaited.
    Ended,
}

#[derive(Clone, Debug)]
pub(in crate::center) struct Queued {
    pub contact: ContactId,
    pub queue: QueueId,
    pub since: Instant,
    pub rings: BTreeMap<ReservationId, Ringing>,
    /// Waiting counts from here: earlier than `since` where a place was kept.
    pub arrived: Instant,
    pub wish: Wish,
    /// The talk about a call-back.
    pub asking: Option<Asking>,
    /// The place is a call-back's; the caller has not hung up yet.
    pub booked: Option<InteractionId>,
    /// In the line for a call-back only: without it the flow goes on.
    pub only_call_back: bool,
    /// A colleague sent it into the line.
    pub handed: Option<Handed>,
}

/// What the flow asked the line for, beside the queue.
#[derive(Clone, Debug, Default)]
pub(in crate::center) struct Wish {
    pub priority: Option<u8>,
    pub skills: Vec<(SkillId, u8)>,
    pub bonus_s: u32,
    /// This agent first, for so many milliseconds; `u64::MAX`: nobody else.
    pub first: Option<(AgentId, u64)>,
}

/// How far the talk about a call-back is.
#[derive(Clone, Debug)]
pub(in crate::center) enum Asking {
    Confirm { number: Number },
    Number { digits: String, wrong: u8 },
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
            handed: None,
        }
    }
}

#[derive(Clone, Debug)]
pub(in crate::center) struct Ringing {
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

impl Ringing {
    /// The agent's phone is asked to ring no more, or was not asked yet.
    pub fn stop(&self, call: CallId, reservation: ReservationId, why: RingEnd, todo: &mut Todo) {
        todo.deadlines.clear(&Due::Pop(call, reservation));
        if self.waits.is_none() {
            let reason = sip_reason(if why == RingEnd::NoAnswer { 408 } else { 487 }, why.as_str());
            todo.to_calls(call::Command::StopRing { attempt: self.attempt, reason });
        }
    }
}

#[derive(Clone, Debug)]
pub(in crate::center) struct Fetching {
    pub agent: AgentId,
    pub attempt: AttemptId,
}

/// An agent whose own phone rings for somebody who is on the line.
#[derive(Clone, Debug)]
pub(in crate::center) struct Offer {
    pub agent: AgentId,
    /// What occupies the agent.
    pub contact: ContactId,
    pub going: OutboundAttempt,
    pub pop: ReservationId,
}

#[derive(Clone, Debug)]
pub(in crate::center) struct Handing {
    /// The part of the agent who sent the customer on.
    pub from: Talking,
    pub to: Who,
    pub going: OutboundAttempt,
    /// The pop of an agent who gets the call.
    pub pop: ReservationId,
    /// Out of this slot, into which it goes back where nobody takes it; `None`: to the agent who sent it.
    pub slot: Option<InSlot>,
}

#[derive(Clone, Debug)]
pub(in crate::center) struct InSlot {
    pub slot: u16,
    /// The part of the agent who parked it.
    pub from: Talking,
    pub since: Instant,
    pub until: Instant,
}

#[derive(Clone, Debug)]
pub(in crate::center) struct Dialling {
    pub going: OutboundAttempt,
    /// An agent who is at work, and the pop; `None`: anybody else.
    pub to: Option<(Who, ReservationId)>,
}

impl Dialling {
    pub fn agent(&self) -> Option<AgentId> {
        self.to.as_ref().and_then(|(who, _)| who.agent())
    }
}

#[derive(Clone, Debug)]
pub(in crate::center) struct Calling {
    pub talk: Talking,
    /// `None`: no trunk lets the number out.
    pub going: Option<OutboundAttempt>,
}

#[derive(Clone, Debug)]
pub(in crate::center) struct Talking {
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

impl Talking {
    /// By this leg, of this phone.
    pub fn begun(
        since: Instant,
        (agent, contact): (AgentId, ContactId),
        queue: Option<QueueId>,
        (leg, phone): (LegId, Option<String>),
    ) -> Self {
        Self { contact, queue, agent, leg, phone, since, held: None, taking_over: None }
    }
}

#[derive(Clone, Debug)]
pub(in crate::center) struct Parked {
    pub talk: Talking,
    /// The agent's phone is being rung again.
    pub rejoining: Option<Rejoining>,
    /// The agent had sent the customer on, and nobody took the call.
    pub returned: bool,
}

/// The agent's ring for a call that the agent has already.
#[derive(Clone, Debug)]
pub(in crate::center) struct Rejoining {
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
    pub(in crate::center) fn holder(&self) -> Option<Holder> {
        Some(match self {
            Self::Flow | Self::Dialling(_) | Self::Placing(_) | Self::Offered(_) => Holder::Flow,
            Self::Queued(queued) => Holder::Queue { queue: queued.queue },
            Self::Fetching(fetching) => Holder::Dialling { agent: fetching.agent },
            Self::Calling(calling) => Holder::Dialling { agent: calling.talk.agent },
            Self::Parked(parked) if parked.returned => Holder::Sent { by: parked.talk.agent },
            Self::Talking(talk) | Self::Parked(Parked { talk, .. }) => {
                Holder::Agent { agent: talk.agent, queue: talk.queue }
            }
            Self::Handing(handing) => Holder::Sent { by: handing.from.agent },
            Self::InSlot(parked) => Holder::Sent { by: parked.from.agent },
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

impl Phase {
    /// The call that goes out in this phase.
    pub fn going_out(&mut self) -> Option<&mut OutboundAttempt> {
        match self {
            Self::Calling(calling) => calling.going.as_mut(),
            Self::Placing(going) => Some(going),
            Self::Dialling(dialling) => Some(&mut dialling.going),
            Self::Handing(handing) => Some(&mut handing.going),
            Self::Offered(offer) => offer.as_mut().map(|offer| &mut offer.going),
            _ => None,
        }
    }

    /// Is this the call that goes out now, and not one through an earlier trunk?
    pub fn is_out_as(&self, attempt: AttemptId) -> bool {
        match self {
            Self::Calling(calling) => calling.going.as_ref().is_some_and(|going| going.attempt == attempt),
            Self::Dialling(dialling) => dialling.going.attempt == attempt,
            Self::Placing(going) => going.attempt == attempt,
            _ => false,
        }
    }
}

/// What follows for a contact from a step that it decides by itself.
#[derive(Debug, Default)]
#[must_use]
pub(in crate::center) enum Then {
    #[default]
    GoesOn,
    /// By other legs than before, which are to be written down.
    GoesOnElsewhere,
    /// An agent has it from now on.
    Connect(Talking),
    /// It is over, and whose doing that is.
    Over(EndedBy, Option<Reason>),
    /// What its flow waits for has happened.
    Flow(FlowEvent),
    /// It waits for an agent from now on.
    LineUp(QueueRequest),
    /// Whoever a campaign reached waits, and this agent does not come.
    NotOffered(AgentId),
}

impl From<()> for Then {
    fn from((): ()) -> Self {
        Self::GoesOn
    }
}
