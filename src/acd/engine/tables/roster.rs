//! The agents as the router keeps them: what each does, holds and has done.

use super::idle::IdleWords;
use super::index::{AgentIx, ContactIx, ReservationIx, Table};
use super::model::CHANNELS;
use super::timers::TimerId;
use crate::acd::{AgentState, NextState};
use crate::base::{AgentId, Instant};

/// What an agent does. Indices point into the router's own tables.
#[derive(Clone, PartialEq, Debug, Default)]
pub(in crate::acd) enum Duty {
    #[default]
    SignedOut,
    NotReady(String),
    Ready,
    Reserved {
        reservation: ReservationIx,
    },
    /// In conversation with at least one contact; the latest is the last of `Agent::holds`.
    Busy,
    /// After a contact; `extended`: more time was granted already.
    WrapUp {
        contact: u64,
        until: Option<Instant>,
        extended: bool,
    },
}

#[derive(Clone, Debug)]
pub(in crate::acd) struct Agent {
    pub id: AgentId,
    pub duty: Duty,
    pub since: Instant,
    pub next: Option<NextState>,
    /// Wrap-up was asked for during the conversation.
    pub wants_wrap_up: bool,
    /// Slots of the contacts in conversation.
    pub holds: Vec<ContactIx>,
    pub load: [u8; CHANNELS],
    /// Slots of waiting contacts that want this agent first.
    pub wanted_by: Vec<ContactIx>,
    pub timer: TimerId,
    pub tally: Tally,
    /// The queue of the contact that is wrapped up, or that came last; `None`: it came from no queue.
    pub last_queue: Option<crate::base::QueueId>,
    /// The contact whose conversation ended last, while wrap-up may still be asked for.
    pub last_contact: Option<u64>,
}

/// What an agent has done since the first sign-in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(in crate::acd) struct Tally {
    pub contacts: u64,
    busy_us: u64,
    signed_in_us: u64,
    busy_since: Option<Instant>,
    signed_in_since: Option<Instant>,
}

impl Tally {
    pub fn sign_in(&mut self, now: Instant) {
        self.signed_in_since.get_or_insert(now);
    }

    pub fn sign_out(&mut self, now: Instant) {
        self.pause(now);
        if let Some(since) = self.signed_in_since.take() {
            self.signed_in_us += micros(now, since);
        }
    }

    pub fn work(&mut self, now: Instant) {
        self.busy_since.get_or_insert(now);
    }

    pub fn pause(&mut self, now: Instant) {
        if let Some(since) = self.busy_since.take() {
            self.busy_us += micros(now, since);
        }
    }

    /// Microseconds so far: busy, and signed in.
    pub fn times(&self, now: Instant) -> (u64, u64) {
        let busy = self.busy_us + self.busy_since.map_or(0, |since| micros(now, since));
        (busy, self.signed_in_us + self.signed_in_since.map_or(0, |since| micros(now, since)))
    }

    /// Busy part of the signed-in time so far, as a fraction of 2^52.
    pub fn occupancy(&self, now: Instant) -> i64 {
        let (busy, all) = self.times(now);
        match all {
            0 => 0,
            all => ((u128::from(busy) << 52) / u128::from(all)) as i64,
        }
    }
}

fn micros(now: Instant, since: Instant) -> u64 {
    now.as_micros().saturating_sub(since.as_micros())
}

impl Agent {
    pub fn new(id: AgentId, now: Instant) -> Self {
        Self {
            id,
            duty: Duty::SignedOut,
            since: now,
            next: None,
            wants_wrap_up: false,
            holds: Vec::new(),
            load: [0; CHANNELS],
            wanted_by: Vec::new(),
            timer: 0,
            tally: Tally::default(),
            last_queue: None,
            last_contact: None,
        }
    }

    /// May get contacts as far as presence goes.
    pub fn is_open(&self) -> bool {
        match self.duty {
            Duty::Ready => true,
            Duty::Busy => !matches!(self.next, Some(NextState::NotReady { .. } | NextState::SignedOut)),
            _ => false,
        }
    }
}

#[derive(Debug, Default)]
pub(in crate::acd) struct Roster {
    pub agents: Table<AgentIx, Agent>,
    /// By agent index: since when idle, and for what.
    pub idle: IdleWords,
    /// By group: agents in `Ready`.
    pub ready_in_group: Vec<u32>,
    /// Grows with every agent who becomes idle.
    pub stamp: u64,
}

/// The published state; `contact_id` and `reservation` look slots up.
pub(in crate::acd) fn published(
    agent: &Agent,
    contact_id: impl Fn(ContactIx) -> crate::base::ContactId,
    reserved: impl Fn(ReservationIx) -> AgentState,
) -> AgentState {
    match &agent.duty {
        Duty::SignedOut => AgentState::SignedOut,
        Duty::NotReady(reason) => AgentState::NotReady { reason: reason.clone() },
        Duty::Ready => AgentState::Ready,
        Duty::Reserved { reservation } => reserved(*reservation),
        Duty::Busy => match agent.holds.last() {
            Some(slot) => AgentState::Busy { contact: contact_id(*slot) },
            None => AgentState::Ready,
        },
        Duty::WrapUp { contact, until, .. } => {
            AgentState::WrapUp { contact: crate::base::ContactId(*contact), until: *until }
        }
    }
}
