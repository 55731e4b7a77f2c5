//! The machine: [`Router::handle`] takes one input and pushes what follows from it. The steps live
//! beside it: `presence` (agents), `waiting` (contacts), `ringing` (reservations), `choose` (who gets
//! whom), `configure` (new rules).

use serde::{Deserialize, Serialize};

use super::tables::contacts::Contacts;
use super::tables::demand::Demands;
use super::tables::index::{AgentIx, ContactIx, DemandIx, Ix as _, QueueIx, ReservationIx, Table};
use super::tables::model::Model;
use super::tables::pace::Pace;
use super::tables::recent::Recent;
use super::tables::redial::Redials;
use super::tables::reservations::Reservations;
use super::tables::roster::{Roster, published};
use super::tables::scratch::Scratch;
use super::tables::timers::{Owner, Timers};
use crate::acd::output::rejected;
use crate::acd::why::Rejection;
use crate::acd::why::records::Records;
use crate::acd::{AgentState, Input, Output};
use crate::base::{AgentId, ContactId, IdSource, Instant, Rng};

/// Bounds and choices that are not the center's rules.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Candidates listed in a decision's record; 0: no record is made (simulation).
    pub explain: u16,
    /// Contacts known at once; one more is turned away with `Left::Full`.
    pub max_contacts: u32,
    /// Whether waits are predicted (a simulation need not).
    pub estimates: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { explain: 12, max_contacts: 100_000, estimates: true }
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(in crate::acd) struct QueueCount {
    /// In a line, wanting an agent, or ringing.
    pub waiting: u32,
    pub ringing: u32,
}

pub struct Router {
    pub(in crate::acd) settings: Settings,
    pub(in crate::acd) rng: Rng,
    pub(in crate::acd) ids: Option<IdSource>,
    pub(in crate::acd) model: Model,
    pub(in crate::acd) roster: Roster,
    pub(in crate::acd) contacts: Contacts,
    pub(in crate::acd) reservations: Reservations,
    pub(in crate::acd) demands: Demands,
    pub(in crate::acd) timers: Timers,
    /// By queue index.
    pub(in crate::acd) queue_counts: Table<QueueIx, QueueCount>,
    /// By queue index: the agent reserved last.
    pub(in crate::acd) last_agent: Table<QueueIx, AgentIx>,
    /// By group index: demands that keep some of the group free.
    pub(in crate::acd) reserving: Vec<Vec<DemandIx>>,
    /// By queue index: what the queue has learnt about its pace.
    pub(in crate::acd) pace: Table<QueueIx, Pace>,
    /// Demands with conditions among their relaxation steps.
    pub(in crate::acd) conditional: Vec<DemandIx>,
    /// By queue index: how the last contacts fared.
    pub(in crate::acd) recent: Table<QueueIx, Recent>,
    pub(in crate::acd) redials: Redials,
    pub(in crate::acd) waiting: u32,
    pub(in crate::acd) seq: u64,
    pub(in crate::acd) scratch: Scratch,
    pub(in crate::acd) records: Records,
    /// Agents become ready together: none is given a contact before all are.
    pub(in crate::acd) gathering: bool,
}

impl Router {
    /// No rules yet: the first input is `Input::Configure`.
    pub fn new(settings: Settings, seed: u64) -> Self {
        Self {
            settings,
            rng: Rng::new(seed),
            ids: None,
            model: Model::default(),
            roster: Roster::default(),
            contacts: Contacts::default(),
            reservations: Reservations::default(),
            demands: Demands::default(),
            timers: Timers::default(),
            queue_counts: Table::default(),
            last_agent: Table::default(),
            reserving: Vec::new(),
            pace: Table::default(),
            conditional: Vec::new(),
            recent: Table::default(),
            redials: Redials::default(),
            waiting: 0,
            seq: 0,
            scratch: Scratch::default(),
            records: Records::default(),
            gathering: false,
        }
    }

    pub fn handle(&mut self, now: Instant, input: Input, out: &mut Vec<Output>) {
        match input {
            Input::Configure(rules) => self.configure(now, *rules, out),
            Input::SignIn { agent } => self.with_employed(agent, out, |r, a, out| r.sign_in(now, a, out)),
            Input::ComeBack { agent, was, since } => {
                self.with_employed(agent, out, |r, a, out| r.come_back(now, a, was, since, out));
            }
            Input::SignOut { agent, .. } => {
                self.with_agent(agent, out, |r, a, out| r.sign_out(now, a, out));
            }
            Input::Ready { agent, .. } => self.with_employed(agent, out, |r, a, out| r.ready(now, a, out)),
            Input::ReadyTogether { agents, .. } => self.ready_together(now, &agents, out),
            Input::NotReady { agent, reason, .. } => {
                self.with_employed(agent, out, |r, a, out| r.not_ready(now, a, reason, out));
            }
            Input::Arrive(arrival) => self.arrive(now, arrival, out),
            Input::KeepPlace { contact } => self.keep_place(now, contact, out),
            Input::Move { contact, queue, priority, .. } => self.relocate(now, contact, (queue, priority), out),
            Input::Leave { contact, why } => self.leave(now, contact, why, out),
            Input::Answering { reservation } => self.answering(now, reservation, out),
            Input::Accepted { reservation } => self.accepted(now, reservation, out),
            Input::Refused { reservation, why } => self.refused(now, reservation, why.ended(), out),
            Input::Ended { contact } => self.ended(now, contact, out),
            Input::WrapUpDone { agent } => {
                self.with_agent(agent, out, |r, a, out| r.wrap_up_done(now, a, out));
            }
            Input::ExtendWrapUp { agent } => {
                self.with_agent(agent, out, |r, a, out| r.extend_wrap_up(now, a, out));
            }
            Input::RequestWrapUp { agent } => {
                self.with_agent(agent, out, |r, a, out| r.request_wrap_up(now, a, out));
            }
            Input::Take { agent, contact } => {
                self.with_employed(agent, out, |r, a, out| r.take(now, a, contact, out));
            }
            Input::Occupy { agent, contact, queue, own } => {
                self.with_employed(agent, out, |r, a, out| r.occupy(now, a, contact, (queue, own), out));
            }
            Input::Deadline => self.deadline(now, out),
        }
    }

    /// When `Input::Deadline` is due.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.timers.next()
    }

    pub(in crate::acd) fn with_agent(
        &mut self,
        agent: AgentId,
        out: &mut Vec<Output>,
        act: impl FnOnce(&mut Self, AgentIx, &mut Vec<Output>),
    ) {
        match self.model.agent_ix(agent) {
            Some(ix) => act(self, ix, out),
            None => out.push(rejected(Rejection::UnknownAgent)),
        }
    }

    /// Who is no longer in the rules finishes and leaves, and takes up nothing.
    pub(in crate::acd) fn with_employed(
        &mut self,
        agent: AgentId,
        out: &mut Vec<Output>,
        act: impl FnOnce(&mut Self, AgentIx, &mut Vec<Output>),
    ) {
        match self.model.agent_ix(agent).filter(|ix| self.is_employed(*ix)) {
            Some(ix) => act(self, ix, out),
            None => out.push(rejected(Rejection::UnknownAgent)),
        }
    }

    /// In the rules: who is not comes after those who are, and only finishes.
    pub(in crate::acd) fn is_employed(&self, agent: AgentIx) -> bool {
        agent.row() < self.model.rules.agents.len()
    }

    fn deadline(&mut self, now: Instant, out: &mut Vec<Output>) {
        while let Some((owner, ticket)) = self.timers.pop_due(now) {
            match owner {
                Owner::Ring(slot) => {
                    if let Some(reservation) = self.reservations.get_mut(slot).filter(|r| r.timer == ticket) {
                        reservation.timer = 0;
                        self.no_answer(now, slot, crate::acd::Withdrawn::NoAnswer, out);
                    }
                }
                Owner::WrapUp(agent) => {
                    if let Some(found) = self.roster.agents.get_mut(agent).filter(|a| a.timer == ticket) {
                        found.timer = 0;
                        self.finish_wrap_up(now, agent, out);
                    }
                }
                Owner::Contact(slot) => {
                    if let Some(contact) = self.contacts.get_mut(slot).filter(|c| c.timer == ticket) {
                        contact.timer = 0;
                        self.contact_due(now, slot, out);
                    }
                }
            }
        }
    }

    pub(in crate::acd) fn new_id(&mut self, now: Instant) -> u64 {
        const LANE: u8 = 5;
        self.ids.get_or_insert_with(|| IdSource::new(now, LANE)).take()
    }

    /// Publishes the agent's state as it is now.
    pub(in crate::acd) fn publish(&self, agent: AgentIx, out: &mut Vec<Output>) {
        let state = self.state_of(agent);
        let agent = &self.roster.agents[agent];
        out.push(Output::AgentState { agent: agent.id, state, since: agent.since, next: agent.next.clone() });
    }

    pub(in crate::acd) fn state_of(&self, agent: AgentIx) -> AgentState {
        let contact_id = |slot: ContactIx| self.contacts.get(slot).map_or(ContactId(0), |c| c.id);
        published(&self.roster.agents[agent], contact_id, |slot| match self.reservations.get(slot) {
            Some(r) => AgentState::Reserved { reservation: r.id, contact: contact_id(r.contact), until: r.until },
            None => AgentState::Ready,
        })
    }

    pub(in crate::acd) fn profile_of(&self, agent: AgentIx) -> &super::tables::model::Profile {
        &self.model.profiles[self.model.profile_of[agent] as usize]
    }

    pub(in crate::acd) fn is_ringing(&self, slot: ContactIx) -> bool {
        self.contacts[slot].ringing != ReservationIx::NONE
    }
}
