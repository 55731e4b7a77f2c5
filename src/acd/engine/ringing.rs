//! Reservations from ring to answer, refusal or redirect on no answer.

use super::router::Router;
use super::tables::contacts::Whereabouts;
use super::tables::index::{AgentIx, ContactIx, ReservationIx};
use super::tables::reservations::Reservation;
use super::tables::roster::Duty;
use super::tables::timers::Owner;
use crate::acd::output::rejected;
use crate::acd::why::Pick;
use crate::acd::why::Rejection;
use crate::acd::{NextState, Output, Withdrawn};
use crate::base::{ContactId, Instant, ReservationId};

/// What the sound of an agent who picked up may take, as far as the router is concerned: who carries it says
/// sooner that it did not come.
const ANSWERING: std::time::Duration = std::time::Duration::from_secs(30);

impl Router {
    /// The contact got this agent.
    pub(in crate::acd) fn reserve_agent_for(
        &mut self,
        now: Instant,
        slot: ContactIx,
        agent: AgentIx,
        out: &mut Vec<Output>,
    ) {
        let pick = match self.settings.explain as usize {
            0 => (Pick::Unrecorded, 0),
            limit => self.agent_pick(now, slot, agent, limit),
        };
        self.reserve(now, slot, agent, pick, out);
    }

    /// The agent got this contact.
    pub(in crate::acd) fn reserve_contact_for(
        &mut self,
        now: Instant,
        slot: ContactIx,
        agent: AgentIx,
        out: &mut Vec<Output>,
    ) {
        let pick = match self.settings.explain as usize {
            0 => (Pick::Unrecorded, 0),
            limit => self.contact_pick(now, slot, limit),
        };
        self.reserve(now, slot, agent, pick, out);
    }

    pub(in crate::acd) fn reserve(
        &mut self,
        now: Instant,
        slot: ContactIx,
        agent: AgentIx,
        pick: (Pick, u32),
        out: &mut Vec<Output>,
    ) {
        let why = self.why(now, slot, agent, pick);
        self.take_from_place(slot);
        let contact = &self.contacts[slot];
        let (contact_id, first, demand) = (contact.id, contact.ringing, contact.demand);
        let queue = self.demands.all[demand].queue;
        let rule = self.model.queue(queue);
        let (queue_id, ring_s) = (rule.id, rule.ring_s);
        let until = now + std::time::Duration::from_secs(u64::from(ring_s));
        let id = ReservationId(self.new_id(now));
        let found = &self.roster.agents[agent];
        let reservation = Reservation {
            id,
            contact: slot,
            agent,
            until,
            timer: 0,
            next: first,
            idle_stamp: self.roster.idle[agent].stamp(),
            ready_since: found.since,
            was_busy: found.duty == Duty::Busy,
        };
        let at = self.reservations.insert(reservation);
        let timer = self.timers.set(until, Owner::Ring(at), id.0);
        if let Some(inserted) = self.reservations.get_mut(at) {
            inserted.timer = timer;
        }
        if first == ReservationIx::NONE {
            self.queue_counts[queue].ringing += 1;
        }
        let contact = &mut self.contacts[slot];
        contact.ringing = at;
        contact.whereabouts = Whereabouts::Ringing;
        self.timers.clear(&mut contact.timer);
        self.last_agent[queue] = agent;
        out.push(Output::Reserve {
            reservation: id,
            contact: contact_id,
            agent: self.roster.agents[agent].id,
            queue: queue_id,
            until,
            why,
        });
        self.set_duty(now, agent, Duty::Reserved { reservation: at }, out);
    }

    /// The agent picks up what waits, or rings at others, who are as they were.
    pub(in crate::acd) fn take(&mut self, now: Instant, agent: AgentIx, contact: ContactId, out: &mut Vec<Output>) {
        let Some(slot) = self.contacts.find(contact) else {
            return out.push(rejected(Rejection::UnknownContact));
        };
        if !self.contacts[slot].is_waiting() {
            return out.push(rejected(Rejection::InConversation));
        }
        if self.roster.agents[agent].duty != Duty::Ready {
            return out.push(rejected(Rejection::NotReady));
        }
        let others = self.withdraw_all(slot);
        if !others.is_empty() {
            let queue = self.demands.all[self.contacts[slot].demand].queue;
            self.queue_counts[queue].ringing -= 1;
        }
        let named = Pick::Named { agent: self.roster.agents[agent].id };
        self.reserve(now, slot, agent, (named, 0), out);
        for other in others {
            self.release(now, other, Withdrawn::ContactGone, out);
        }
    }

    /// Answered in the last moment is answered in time.
    pub(in crate::acd) fn answering(&mut self, now: Instant, id: ReservationId, out: &mut Vec<Output>) {
        let Some(at) = self.reservations.find(id) else {
            return out.push(rejected(Rejection::UnknownReservation));
        };
        let Some(reservation) = self.reservations.get_mut(at) else { return };
        reservation.until = reservation.until.max(now + ANSWERING);
        self.timers.clear(&mut reservation.timer);
        reservation.timer = self.timers.set(reservation.until, Owner::Ring(at), id.0);
    }

    pub(in crate::acd) fn accepted(&mut self, now: Instant, id: ReservationId, out: &mut Vec<Output>) {
        let Some(at) = self.reservations.find(id) else {
            return out.push(rejected(Rejection::UnknownReservation));
        };
        self.unlink(at);
        let Some(reservation) = self.reservations.remove(at) else { return };
        let Reservation { contact: slot, agent, mut timer, .. } = reservation;
        self.timers.clear(&mut timer);
        let others = self.withdraw_all(slot);
        let queue = self.demands.all[self.contacts[slot].demand].queue;
        self.waiting -= 1;
        self.queue_counts[queue].waiting -= 1;
        self.queue_counts[queue].ringing -= 1;
        let rule = self.model.queue(queue);
        let (channel, queue_id) = (rule.channel, rule.id);
        let within = std::time::Duration::from_secs(u64::from(rule.answer_within_s));
        self.recent[queue].note(now.since(self.contacts[slot].arrived) <= within);
        let contact = &mut self.contacts[slot];
        contact.ringing = ReservationIx::NONE;
        contact.whereabouts = Whereabouts::Served(agent);
        contact.channel = channel;
        contact.answered_at = now;
        let waited = now.as_micros().saturating_sub(contact.arrived.as_micros());
        self.pace[queue].note_served(now, waited, &contact.predicted.predicted());
        let found = &mut self.roster.agents[agent];
        found.holds.push(slot);
        found.load[channel as usize] += 1;
        found.tally.contacts += 1;
        found.last_queue = Some(queue_id);
        found.last_contact = None;
        self.set_duty(now, agent, Duty::Busy, out);
        // Who is free now finds the demands as they are without this contact.
        self.conditions_changed(now, out);
        for other in others {
            self.release(now, other, Withdrawn::ContactGone, out);
        }
        self.make_available(now, agent, None, out);
    }

    pub(in crate::acd) fn refused(&mut self, now: Instant, id: ReservationId, ended: Withdrawn, out: &mut Vec<Output>) {
        match self.reservations.find(id) {
            Some(at) => self.no_answer(now, at, ended, out),
            None => out.push(rejected(Rejection::UnknownReservation)),
        }
    }

    /// Redirect on no answer: the agent is not ready, the contact is ranked again from its own arrival.
    pub(in crate::acd) fn no_answer(
        &mut self,
        now: Instant,
        at: ReservationIx,
        because: Withdrawn,
        out: &mut Vec<Output>,
    ) {
        self.unlink(at);
        let Some(mut reservation) = self.reservations.remove(at) else { return };
        self.timers.clear(&mut reservation.timer);
        let Reservation { contact: slot, agent, .. } = reservation;
        self.push_withdraw(&reservation, because, out);
        let returns = self.contacts.get(slot).is_some() && !self.is_ringing(slot);
        if returns {
            let queue = self.demands.all[self.contacts[slot].demand].queue;
            self.queue_counts[queue].ringing -= 1;
        }
        let wants_out = self.roster.agents[agent].next == Some(NextState::SignedOut);
        if reservation.was_busy {
            let reason = because.reason().to_owned();
            let next = if wants_out { NextState::SignedOut } else { NextState::NotReady { reason } };
            self.roster.agents[agent].next = Some(next);
            self.set_duty(now, agent, Duty::Busy, out);
        } else if wants_out {
            // Who waited for this agent or for nobody being there competes with the contact that rang.
            return self.leave_shift(now, agent, returns.then_some(slot), out);
        } else {
            self.roster.agents[agent].next = None;
            self.set_duty(now, agent, Duty::NotReady(because.reason().to_owned()), out);
        }
        if returns {
            self.line_up(now, slot, out);
        }
    }

    /// Takes one reservation out of its contact's chain.
    fn unlink(&mut self, at: ReservationIx) {
        let Some(reservation) = self.reservations.get(at).copied() else { return };
        let first = self.contacts[reservation.contact].ringing;
        if first == at {
            self.contacts[reservation.contact].ringing = reservation.next;
            return;
        }
        let before = self.reservations.chain(first).find(|b| self.reservations.get(*b).is_some_and(|r| r.next == at));
        if let Some(before) = before.and_then(|b| self.reservations.get_mut(b)) {
            before.next = reservation.next;
        }
    }

    fn push_withdraw(&self, reservation: &Reservation, because: Withdrawn, out: &mut Vec<Output>) {
        if let Some(contact) = self.contacts.get(reservation.contact) {
            let agent = self.roster.agents[reservation.agent].id;
            out.push(Output::Withdraw { reservation: reservation.id, contact: contact.id, agent, because });
        }
    }

    /// Takes all reservations of a contact out of the table; the caller releases their agents.
    pub(in crate::acd) fn withdraw_all(&mut self, slot: ContactIx) -> Vec<Reservation> {
        let first = std::mem::replace(&mut self.contacts[slot].ringing, ReservationIx::NONE);
        let chain: Vec<ReservationIx> = self.reservations.chain(first).collect();
        chain.into_iter().filter_map(|at| self.reservations.remove(at)).collect()
    }

    /// Stops the ring at an agent who did nothing wrong; the agent keeps the idle time.
    pub(in crate::acd) fn release(
        &mut self,
        now: Instant,
        mut reservation: Reservation,
        because: Withdrawn,
        out: &mut Vec<Output>,
    ) {
        self.timers.clear(&mut reservation.timer);
        self.push_withdraw(&reservation, because, out);
        let Reservation { agent, idle_stamp, ready_since, was_busy, .. } = reservation;
        if was_busy {
            self.set_duty(now, agent, Duty::Busy, out);
            return self.make_available(now, agent, Some(idle_stamp), out);
        }
        match self.roster.agents[agent].next.take() {
            Some(NextState::NotReady { reason }) => self.set_duty(now, agent, Duty::NotReady(reason), out),
            Some(NextState::SignedOut) => self.leave_shift(now, agent, None, out),
            _ => self.become_ready(now, agent, Some((idle_stamp, ready_since)), out),
        }
    }
}
