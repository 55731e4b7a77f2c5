//! One agent's seat: phones, desktop, and what is on hand.

use std::collections::{BTreeMap, VecDeque};

use super::desk::{AgentDay, ScreenPop};
use crate::acd::{AgentState, NextState};
use crate::base::{CallId, ContactId, Instant, InteractionId};
use crate::call::Branch;
use crate::crm::Interaction;
use crate::sip::{Contact, Target};

/// Contacts with an agent that are over but may still get a disposition.
const CLOSED_MAX: usize = 3;

#[derive(Debug)]
pub(super) struct Seat {
    /// Registered contacts by SIP user: the desk phone's account and one for each browser session.
    phones: BTreeMap<String, Vec<Contact>>,
    /// A phone at a fixed address.
    pub static_phone: Option<Branch>,
    pub desktop: bool,
    pub state: AgentState,
    pub since: Instant,
    pub next: Option<NextState>,
    /// Was ready when the phone vanished: becomes ready again with it.
    pub ready_with_phone: bool,
    /// The call that rings, is talked on, or was talked on last.
    pub call: Option<CallId>,
    pub pop: Option<ScreenPop>,
    pub closed: VecDeque<Closed>,
    pub today: AgentDay,
    /// The local day `today` counts.
    pub day: i64,
}

/// An interaction after its call: open for disposition and notes.
#[derive(Clone, Debug)]
pub(super) struct Closed {
    pub contact: ContactId,
    pub record: Interaction,
    pub next_seq: u32,
}

impl Seat {
    pub fn new(now: Instant) -> Self {
        Self {
            phones: BTreeMap::new(),
            static_phone: None,
            desktop: false,
            state: AgentState::SignedOut,
            since: now,
            next: None,
            ready_with_phone: false,
            call: None,
            pop: None,
            closed: VecDeque::new(),
            today: AgentDay::default(),
            day: 0,
        }
    }

    pub fn register(&mut self, user: String, contacts: Vec<Contact>) {
        if contacts.is_empty() {
            self.phones.remove(&user);
        } else {
            self.phones.insert(user, contacts);
        }
    }

    pub fn is_reachable(&self) -> bool {
        self.static_phone.is_some() || !self.phones.is_empty()
    }

    /// Everywhere this agent can be rung.
    pub fn branches(&self) -> Vec<Branch> {
        let registered = self.phones.iter().flat_map(|(user, contacts)| {
            contacts.iter().map(|contact| Branch {
                target: Target::Contact { user: user.clone(), contact: contact.id },
                webrtc: contact.webrtc,
                addr: contact.destination.addr,
            })
        });
        registered.chain(self.static_phone.clone()).collect()
    }

    pub fn close(&mut self, closed: Closed) {
        self.closed.push_front(closed);
        self.closed.truncate(CLOSED_MAX);
    }

    pub fn closed_mut(&mut self, interaction: InteractionId) -> Option<&mut Closed> {
        self.closed.iter_mut().find(|closed| closed.record.id == interaction)
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
