//! One agent's seat: phones, desktop, and what is on hand; and what is asked of all seats.

mod choosing;
mod commands;
mod form;
mod hand;
mod help;
mod late;
mod mailboxes;
mod microphone;
mod phones;
mod pop;
mod presence;
mod returning;
mod seats;
mod shown;
mod wrap_up;

pub(in crate::center) use form::Form;
pub(in crate::center) use hand::OnHand;
pub(in crate::center) use mailboxes::Mailboxes;
pub use microphone::NO_MICROPHONE;
pub(in crate::center) use phones::{Meant, Phones};
pub(in crate::center) use pop::Showing;
pub(in crate::center) use seats::Seats;
pub(in crate::center) use wrap_up::WrapUp;

use std::collections::{BTreeMap, VecDeque};

use crate::acd::{AgentState, Author, NextState};
use crate::base::{AgentId, ContactId, Instant, InteractionId};
use crate::call::Branch;
use crate::center::answer::Refused;
use crate::center::desk::{AgentDay, Help, Notice, Refusal};
use crate::sip::Contact;
use hand::Hand;

/// Contacts with an agent that are over but may still get a disposition.
const CLOSED_MAX: usize = 3;

#[derive(Debug)]
pub(in crate::center) struct Seat {
    agent: AgentId,
    /// Registered contacts by SIP user: the desk phone's account and one for each browser session.
    phones: BTreeMap<String, Vec<Contact>>,
    /// A phone at a fixed address.
    pub static_phone: Option<Branch>,
    pub desktop: bool,
    pub state: AgentState,
    pub since: Instant,
    pub next: Option<NextState>,
    /// The supervisor who asked for this state or the next.
    pub by: Option<String>,
    /// Was ready when the phone vanished: becomes ready again with it.
    pub ready_with_phone: bool,
    /// The desktop said that it has none.
    pub microphone_lost: bool,
    /// Asked of supervisors.
    pub help: Option<Help>,
    /// Of supervisors, not read yet.
    pub notices: VecDeque<Notice>,
    pub hand: Hand,
    pub closed: VecDeque<Closed>,
    pub today: AgentDay,
    /// The local day `today` counts.
    pub day: i64,
}

/// A contact that is over for this agent: its form may still be filled in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::center) struct Closed {
    pub contact: ContactId,
    pub interaction: InteractionId,
}

/// What the router says of an agent, and who asked for it.
#[derive(Clone, Debug)]
pub(in crate::center) struct Became {
    pub state: AgentState,
    pub since: Instant,
    pub next: Option<NextState>,
    pub author: Author,
}

impl Seat {
    pub fn new(agent: AgentId, now: Instant) -> Self {
        Self {
            agent,
            phones: BTreeMap::new(),
            static_phone: None,
            desktop: false,
            state: AgentState::SignedOut,
            since: now,
            next: None,
            by: None,
            ready_with_phone: false,
            microphone_lost: false,
            help: None,
            notices: VecDeque::new(),
            hand: Hand::default(),
            closed: VecDeque::new(),
            today: AgentDay::default(),
            day: 0,
        }
    }

    /// The router says what the agent is now, and what next. A supervisor's wish stays theirs when it comes true.
    pub fn become_state(&mut self, Became { state, since, next, author }: Became) {
        let kept = self.next.as_ref().is_some_and(|wish| Some(wish) == next.as_ref() || comes_true(wish, &state));
        self.by = match author {
            Author::Supervisor(user) => Some(user),
            Author::Agent | Author::System => self.by.take().filter(|_| kept),
        };
        (self.state, self.since, self.next) = (state, since, next);
    }

    pub fn register(&mut self, user: String, contacts: Vec<Contact>) {
        if contacts.is_empty() {
            self.phones.remove(&user);
        } else {
            self.phones.insert(user, contacts);
        }
    }

    /// At work, with a phone, and nothing on hand.
    pub fn takes_calls_of_colleagues(&self) -> bool {
        let free = matches!(self.state, AgentState::Ready | AgentState::NotReady { .. } | AgentState::WrapUp { .. });
        free && self.is_reachable()
    }

    /// At work, with nothing on hand, and able to speak.
    pub fn may_pick_up(&self) -> Result<(), Refused> {
        if !self.takes_calls_of_colleagues() {
            return Err((Refusal::WrongState, "a call is on hand, or no phone is there"));
        }
        self.can_speak()
    }

    /// Whether an agent may call somebody: at work, with nothing on hand; who is rung for it on a phone that is there, and
    /// able to speak.
    pub fn may_dial(&self, rings: bool) -> Result<(), Refused> {
        if rings {
            self.may_be_ready()?;
        }
        match self.state {
            AgentState::SignedOut => Err((Refusal::NotSignedIn, "the agent is not signed in")),
            AgentState::Reserved { .. } | AgentState::Busy { .. } => Err((Refusal::WrongState, "a call is on hand")),
            AgentState::Ready | AgentState::NotReady { .. } | AgentState::WrapUp { .. } => Ok(()),
        }
    }

    /// A phone is there, and the agent can speak.
    pub fn may_be_ready(&self) -> Result<&AgentState, Refused> {
        if !self.is_reachable() {
            return Err((Refusal::WrongState, "no phone of this agent is registered"));
        }
        self.can_speak()?;
        Ok(&self.state)
    }

    pub fn expect(&self, fits: impl Fn(&AgentState) -> bool, what: &'static str) -> Result<(), Refused> {
        if fits(&self.state) { Ok(()) } else { Err((Refusal::WrongState, what)) }
    }

    pub fn wraps_up(&self, contact: ContactId) -> bool {
        matches!(&self.state, AgentState::WrapUp { contact: of, .. } if *of == contact)
    }

    pub fn is_at_work(&self) -> bool {
        self.state != AgentState::SignedOut
    }

    pub fn is_reachable(&self) -> bool {
        self.static_phone.is_some() || !self.phones.is_empty()
    }

    /// Everywhere this agent can be rung.
    pub fn branches(&self) -> Vec<Branch> {
        let registered =
            self.phones.iter().flat_map(|(user, contacts)| contacts.iter().map(|contact| Branch::of(user, contact)));
        registered.chain(self.static_phone.clone()).collect()
    }

    /// Gives the one that had to make room.
    pub fn close(&mut self, closed: Closed) -> Option<Closed> {
        self.closed.push_front(closed);
        if self.closed.len() > CLOSED_MAX { self.closed.pop_back() } else { None }
    }

    pub fn has_closed(&self, interaction: InteractionId) -> bool {
        self.closed.iter().any(|closed| closed.interaction == interaction)
    }
}

impl Seat {
    /// Begins "today" anew when the day has changed.
    pub fn roll(&mut self, day: i64) {
        if self.day != day {
            self.day = day;
            self.today = AgentDay::default();
        }
    }
}

fn comes_true(wish: &NextState, state: &AgentState) -> bool {
    match (wish, state) {
        (NextState::Ready, AgentState::Ready) | (NextState::SignedOut, AgentState::SignedOut) => true,
        (NextState::NotReady { reason }, AgentState::NotReady { reason: now }) => reason == now,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_supervisors_wish_is_theirs_until_somebody_wishes_otherwise() {
        let (at, boss) = (Instant::from_micros(1), Author::Supervisor("meng".to_owned()));
        let lunch = || Some(NextState::NotReady { reason: "lunch".to_owned() });
        let (busy, wrapping) =
            (AgentState::Busy { contact: ContactId(1) }, || AgentState::WrapUp { contact: ContactId(1), until: None });
        let at_lunch = || AgentState::NotReady { reason: "lunch".to_owned() };
        let mut seat = Seat::new(AgentId(1), at);
        let mut becomes = |state, next, author: &Author| {
            seat.become_state(Became { state, since: at, next, author: author.clone() });
            seat.by.clone()
        };
        let meng = Some("meng".to_owned());
        assert_eq!(becomes(busy.clone(), None, &Author::System), None);
        assert_eq!(becomes(busy.clone(), lunch(), &boss), meng);
        assert_eq!(becomes(wrapping(), lunch(), &Author::System), meng);
        assert_eq!(becomes(at_lunch(), None, &Author::Agent), meng, "the agent only ends the wrap-up");
        assert_eq!(becomes(AgentState::Ready, None, &Author::Agent), None);
        assert_eq!(becomes(busy.clone(), lunch(), &boss), meng);
        assert_eq!(becomes(busy, Some(NextState::Ready), &Author::Agent), None, "the agent wishes otherwise");
        assert_eq!(becomes(at_lunch(), None, &boss), meng);
        assert_eq!(becomes(AgentState::SignedOut, None, &Author::System), None);
    }
}
