//! One caller's visit: what the center knows of a call, from INVITE to its last word.

mod asking;
mod contacts;
mod customers;
mod ending;
mod going;
mod line;
mod message;
mod moves;
mod other;
mod phase;
mod recording;
mod sound;
mod talk;
mod view;
mod visits;

pub(in crate::center) use asking::Asked;
pub(in crate::center) use contacts::Contacts;
pub(in crate::center) use customers::{Customers, call_facts, customer_facts};
pub(in crate::center) use moves::{Picked, Taken};
pub(in crate::center) use other::{Other, Part, Stage, Who, watch_mode};
pub(in crate::center) use phase::{
    Asking, Calling, Dialling, Fetching, Handing, InSlot, Offer, Parked, Phase, Queued, Rejoining, Ringing, Talking,
    Then, Wish,
};
pub(in crate::center) use sound::RINGBACK;
pub(in crate::center) use talk::Keys;
pub(in crate::center) use visits::Visits;

use std::cell::OnceCell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::base::{AgentId, CallId, ContactId, Instant, InteractionId, LegId, Number, QueueId};
use crate::call::Cause;
use crate::center::answer::Refused;
use crate::center::desk::CampaignPop;
use crate::center::desk::{PlaceKept, Refusal};
use crate::center::event::Event;
use crate::center::log::written;
use crate::center::outbound::placing::Onward;
use crate::center::outbound::route::Route;
use crate::center::output::{Output, Query, Write};
use crate::center::rules::Rules;
use crate::crm::{CustomerCard, Interaction};
use crate::dialplan::{Facts, Flow, Language, Run, Verb};
use crate::media::PlayId;
use crate::sip::CallerId;

#[derive(Debug)]
pub(in crate::center) struct Visit {
    pub call: CallId,
    /// Why the contact is in the house.
    pub errand: Errand,
    /// What leads the customer, or did before somebody else had the contact; `None`: nothing ever did.
    pub led: Option<Led>,
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
    /// The leg by which the agent's phone speaks with whoever it asked, beside the one of the call.
    pub second_line: Option<LegId>,
    /// Callers who are becoming one of this call.
    pub taken_in: BTreeMap<LegId, Taken>,
    /// The phone that is to hear how the transfer goes on that it asked for.
    pub referral: Option<LegId>,
    /// The agent who picks it up while it rings elsewhere, until the router has given it to that agent.
    pub picked: Option<Picked>,
    /// Why the customer, or whom the agent asked for last, was not reached.
    pub cause: Option<Cause>,
    /// The agent has stopped the recording for a while.
    pub recording_paused: bool,
    /// What was to be recorded is over, and may begin again: a message, a talk before a flow asks something.
    pub off_record: bool,
    /// What the caller is leaving.
    pub message: Option<message::Message>,
    /// A message was left that says something.
    pub left_message: bool,
    /// The caller keys in what nobody may know.
    pub secret: bool,
    /// What the caller said when a flow asked whether the call may be recorded.
    pub consent: Option<bool>,
    /// The server stops: the call is ended by us, in the middle.
    pub cut_off: bool,
    pub kept: Kept,
    pub shown: Shown,
}

/// The numbers of the call as people of the center read them, worked out when the first of them does.
#[derive(Default, Debug)]
pub(in crate::center) struct Shown {
    caller: OnceCell<String>,
    called: OnceCell<String>,
}

/// What is written down of the legs, for a process after this one.
#[derive(Clone, Copy, Default, Debug)]
pub(in crate::center) struct Kept {
    pub customer: bool,
    pub agent: bool,
    /// The call is of an earlier process, last alive then, and the customer was not heard of yet.
    pub taking_up: Option<Instant>,
}

/// Why a contact is in the house, and what only contacts of this kind have.
#[derive(Debug)]
pub(in crate::center) enum Errand {
    /// Somebody called a number of ours: the dialplan leads.
    Inbound(Inbound),
    /// A customer who kept a place in the line is called back, an agent first.
    CallBack(CalledBack),
    /// An agent calls somebody.
    Outbound(Outbound),
    /// The house calls somebody, with nobody on the line yet.
    Placed(Placed),
    /// It was in the house when the process before this one ended. What is spoken with the customer.
    TakenUp(Language),
}

#[derive(Debug)]
pub(in crate::center) struct Outbound {
    pub agent: AgentId,
    /// What occupies the agent until the end.
    pub contact: ContactId,
    /// For whom it is.
    pub queue: Option<QueueId>,
    /// What is spoken with the customer.
    pub language: Language,
    /// To the number, the best first.
    pub routes: VecDeque<Route>,
    /// The campaign that calls, and what the agent sees of it; `None`: the agent calls.
    pub campaign: Option<Box<CampaignPop>>,
}

#[derive(Debug)]
pub(in crate::center) struct Placed {
    pub onward: Onward,
    /// What is spoken with the customer.
    pub language: Language,
    /// Who asked for it: a user's name.
    pub by: String,
    /// By which the customer was reached.
    pub trunk: Option<String>,
}

/// The dialplan has the customer.
#[derive(Debug)]
pub(in crate::center) struct Led {
    /// As it was when the call came to it: a flow that is changed leads the calls that come after.
    pub flow: Arc<Flow>,
    pub run: Run,
    /// What the run wants; `Wait` never stands here.
    pub verb: Verb,
}

impl Led {
    pub fn by(flow: Arc<Flow>, facts: Facts) -> Self {
        Self { run: Run::new(&flow, facts), flow, verb: Verb::Wait }
    }
}

#[derive(Debug)]
pub(in crate::center) struct Inbound {
    /// The trunk that the call came from.
    pub trunk: Option<String>,
    /// An agent who calls in by the own phone, and the contact that occupies the agent meanwhile.
    pub occupied: Option<(AgentId, ContactId)>,
}

#[derive(Debug)]
pub(in crate::center) struct CalledBack {
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
            led: None,
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
            second_line: None,
            taken_in: BTreeMap::new(),
            referral: None,
            picked: None,
            cause: None,
            recording_paused: false,
            off_record: false,
            message: None,
            left_message: false,
            secret: false,
            consent: None,
            cut_off: false,
            kept: Kept::default(),
            shown: Shown::default(),
        }
    }

    /// How people read the caller; empty: the number is withheld.
    pub fn caller_shown(&self, rules: &Rules) -> String {
        let shown = || self.record.caller_shown(&rules.configuration.region);
        self.shown.caller.get_or_init(shown).clone()
    }

    pub fn called_shown(&self, rules: &Rules) -> String {
        let shown = || Number::shown_text(&self.record.called, &rules.configuration.region);
        self.shown.called.get_or_init(shown).clone()
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
        match (&self.led, &self.errand) {
            (Some(led), _) => led.run.language(),
            (None, Errand::Inbound(_)) => Language::default(),
            (None, Errand::CallBack(called_back)) => called_back.language,
            (None, Errand::Outbound(outbound)) => outbound.language,
            (None, Errand::Placed(placed)) => placed.language,
            (None, Errand::TakenUp(language)) => *language,
        }
    }

    /// The trunk by which the customer came, or was reached.
    pub fn trunk(&self) -> Option<&str> {
        match &self.errand {
            Errand::Inbound(inbound) => inbound.trunk.as_deref(),
            Errand::CallBack(called_back) => called_back.trunk.as_deref(),
            Errand::Placed(placed) => placed.trunk.as_deref(),
            Errand::Outbound(_) | Errand::TakenUp(_) => None,
        }
    }

    pub fn inbound(&self) -> Option<&Inbound> {
        match &self.errand {
            Errand::Inbound(inbound) => Some(inbound),
            Errand::CallBack(_) | Errand::Outbound(_) | Errand::Placed(_) | Errand::TakenUp(_) => None,
        }
    }

    /// The wish that this call fulfils: the interaction in which it was asked for.
    pub fn call_back(&self) -> Option<InteractionId> {
        match &self.errand {
            Errand::CallBack(called_back) => Some(called_back.asked_in),
            Errand::Inbound(_) | Errand::Outbound(_) | Errand::Placed(_) | Errand::TakenUp(_) => None,
        }
    }

    /// The agent's part in a call that is talked.
    pub fn in_talk(&self) -> Result<&Talking, Refused> {
        match &self.phase {
            Phase::Talking(talk) => Ok(talk),
            _ => Err((Refusal::WrongState, "nobody is on the line yet")),
        }
    }

    /// The agent's part in a call in which nobody else is but supervisors.
    pub fn alone_in_talk(&self) -> Result<&Talking, Refused> {
        let talk = self.in_talk()?;
        match self.others.iter().all(Other::is_supervisor) {
            true => Ok(talk),
            false => Err((Refusal::WrongState, "somebody else is in the call")),
        }
    }

    /// The campaign that calls, as the agent sees it.
    pub fn campaign(&self) -> Option<&CampaignPop> {
        match &self.errand {
            Errand::Outbound(outbound) => outbound.campaign.as_deref(),
            Errand::Placed(placed) => placed.onward.campaign().map(|campaigned| &campaigned.pop),
            Errand::Inbound(_) | Errand::CallBack(_) | Errand::TakenUp(_) => None,
        }
    }

    /// A call back without its customer.
    pub fn is_unheld(&self) -> bool {
        self.call_back().is_some() && self.caller_leg.is_none()
    }
}

impl Visit {
    /// Notes a step of this call.
    pub fn log(&mut self, now: Instant, event: Event, out: &mut Vec<Output>) {
        out.push(written(self.record.id, &mut self.next_seq, now, &event));
    }

    /// Writes the row as it stands.
    pub fn save(&self, out: &mut Vec<Output>) {
        out.push(Output::Write(Write::Interaction(Box::new(self.record.clone()))));
    }
}

/// How the caller is shown on a phone: the number as it came, which is how this place dials it.
pub(in crate::center) fn caller_party(visit: &Visit) -> CallerId {
    let user = visit.record.caller_text.as_str();
    let name = visit.card().map_or("", |card| card.name.as_str());
    let user = if user.is_empty() { "anonymous" } else { user };
    CallerId { name: name.to_owned(), user: user.to_owned(), host: String::new() }
}
