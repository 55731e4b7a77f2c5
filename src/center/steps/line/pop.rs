//! The screen pop: who is calling, told before the phone rings, and kept right afterwards.

use std::time::Duration;

use crate::base::{AgentId, CallId, ContactId, Instant, InteractionId, QueueId, ReservationId};
use crate::call::{self, Ring};
use crate::center::Center;
use crate::center::desk::{DeskEvent, Handed, RingEnd, ScreenPop, Words};
use crate::center::output::Output;
use crate::center::turn::{Due, push};
use crate::center::visit::{Customers, Visit};
use crate::crm::CustomerCard;

/// Customers shown as candidates when several share the number.
pub(in crate::center) const CANDIDATES_MAX: usize = 10;

/// A pop for an agent.
pub(in crate::center) struct Showing {
    pub agent: AgentId,
    /// What occupies the agent.
    pub contact: ContactId,
    /// Names the ring, whether the router asked for it or not.
    pub pop: ReservationId,
    pub queue: Option<QueueId>,
    pub why: Words,
    pub handed: Option<Handed>,
}

impl Center {
    pub(in crate::center) fn show_pop(&mut self, now: Instant, call: CallId, showing: Showing, out: &mut Vec<Output>) {
        let Showing { agent, contact, pop: reservation, queue, why, handed } = showing;
        let Some(visit) = self.visits.get(&call) else { return };
        let rule = queue.and_then(|queue| self.rules.queue(queue));
        let since = visit.place_kept.map(|kept| kept.since).or(visit.record.queued);
        let waited = now.since(since.unwrap_or(now));
        let mut pop = ScreenPop {
            reservation,
            interaction: visit.record.id,
            direction: visit.record.direction,
            handed,
            caller: visit.record.caller.as_ref().map(ToString::to_string),
            caller_shown: visit.caller_shown(&self.rules),
            called: visit.record.called.clone(),
            called_shown: visit.called_shown(&self.rules),
            queue: rule.map_or_else(String::new, |rule| rule.key.clone()),
            queue_name: rule.map_or_else(String::new, |rule| rule.name.clone()),
            waited_ms: u64::try_from(waited.as_millis()).unwrap_or(u64::MAX),
            place_kept: visit.place_kept,
            customer: None,
            candidates: Vec::new(),
            looking_up: false,
            menu_path: visit.record.menu_path.clone(),
            entered: visit.record.entered.clone(),
            why,
        };
        fill_customers(&mut pop, visit);
        if let Some(seat) = self.seats.get_mut(&agent) {
            seat.hand.take(contact, Some(call), pop.clone());
        }
        push(agent, DeskEvent::PopShown(Box::new(pop)), out);
    }

    /// The pop and the INVITE travel on two connections, and only the desktop knows which came first: so
    /// the phone of an agent with a desktop rings when that has the pop, or `pop_lead_ms` later.
    pub(in crate::center) fn ring_after_pop(
        &mut self,
        now: Instant,
        reservation: ReservationId,
        agent: AgentId,
        ring: Ring,
    ) {
        let call = ring.call;
        if !self.seats.get(&agent).is_some_and(|seat| seat.desktop) {
            return self.todo.to_calls(call::Command::Ring(ring));
        }
        if let Some(ringing) = self.visits.ringing(call, reservation) {
            ringing.waits = Some(ring);
            let lead = Duration::from_millis(u64::from(self.settings.times.pop_lead_ms));
            self.todo.deadlines.set(Due::Pop(call, reservation), now + lead);
        }
    }

    /// A desktop has the pop. Too late, or said twice, it means nothing.
    pub(in crate::center) fn pop_seen(&mut self, agent: AgentId, reservation: ReservationId) {
        let ring = self.seats.get(&agent).and_then(|seat| seat.hand.of_ring(reservation));
        if let Some(call) = ring.and_then(|ring| ring.call) {
            self.todo.deadlines.clear(&Due::Pop(call, reservation));
            self.ring_now(call, reservation);
        }
    }

    pub(in crate::center) fn ring_now(&mut self, call: CallId, reservation: ReservationId) {
        if let Some(ring) = self.visits.ringing(call, reservation).and_then(|ringing| ringing.waits.take()) {
            self.todo.to_calls(call::Command::Ring(ring));
        }
    }

    pub(in crate::center) fn withdraw_pop(
        &mut self,
        now: Instant,
        agent: AgentId,
        reservation: ReservationId,
        interaction: InteractionId,
        why: RingEnd,
        out: &mut Vec<Output>,
    ) {
        let day = self.rules.day(now);
        if let Some(seat) = self.seats.get_mut(&agent) {
            seat.hand.put_down_ring(reservation);
            seat.roll(day);
            // Who declines has answered: the agent knows of the call.
            if why == RingEnd::NoAnswer {
                seat.today.missed += 1;
            }
        }
        push(agent, DeskEvent::PopWithdrawn { reservation, interaction, why }, out);
    }

    /// The store answered, or the agent chose: every desktop that shows this caller is told.
    pub(in crate::center) fn update_pop(&mut self, call: CallId, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get(&call) else { return };
        for agent in visit.watched_by() {
            let seat = self.seats.get_mut(&agent);
            let Some(pop) = seat.and_then(|seat| seat.hand.pop_of_mut(visit.record.id)) else { continue };
            fill_customers(pop, visit);
            out.push(Output::Push { agent, event: DeskEvent::PopUpdated(Box::new(pop.clone())) });
        }
    }
}

fn fill_customers(pop: &mut ScreenPop, visit: &Visit) {
    let cards = visit.customers.cards();
    pop.looking_up = visit.customers == Customers::Asked;
    pop.customer = visit.card().cloned();
    pop.candidates = match (&pop.customer, cards) {
        (Some(_), _) | (None, []) => Vec::new(),
        (None, several) => several.iter().take(CANDIDATES_MAX).cloned().collect::<Vec<CustomerCard>>(),
    };
}
