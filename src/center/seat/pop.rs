//! The screen pop: who is calling, told before the phone rings, and kept right afterwards.

use std::time::Duration;

use crate::base::{AgentId, ContactId, InteractionId, QueueId, ReservationId};
use crate::call::{self, AttemptId, Ring};
use crate::center::desk::{CallState, DeskEvent, Handed, RingEnd, ScreenPop, Words};
use crate::center::output::Output;
use crate::center::seat::Seats;
use crate::center::turn::{Due, Todo, Turn};
use crate::center::visit::{Customers, Errand, Outbound, Visit, Visits};
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

impl Seats {
    /// A call that an agent makes begins: whom it is to is on the screen before the own phone rings.
    pub fn begin_outbound(&mut self, visit: Visit, attempt: AttemptId, visits: &mut Visits, turn: &mut Turn<'_>) {
        let Errand::Outbound(Outbound { agent, contact, queue, .. }) = visit.errand else { return };
        let call = visit.call;
        visits.open_outbound(visit, turn);
        if let Some(visit) = visits.get(&call) {
            let (pop, why) = (ReservationId(attempt.0), Words::default());
            self.show_pop(visit, Showing { agent, contact, pop, queue, why, handed: None }, turn);
            visit.tell(agent, CallState::Ringing, turn);
        }
    }

    pub fn show_pop(&mut self, visit: &Visit, showing: Showing, turn: &mut Turn<'_>) {
        let Showing { agent, contact, pop: reservation, queue, why, handed } = showing;
        let rule = queue.and_then(|queue| turn.rules.queue(queue));
        let since = visit.place_kept.map(|kept| kept.since).or(visit.record.queued);
        let waited = turn.now.since(since.unwrap_or(turn.now));
        let mut pop = ScreenPop {
            reservation,
            interaction: visit.record.id,
            direction: visit.record.direction,
            handed,
            caller: visit.record.caller.as_ref().map(ToString::to_string),
            caller_shown: visit.caller_shown(turn.rules),
            called: visit.record.called.clone(),
            called_shown: visit.called_shown(turn.rules),
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
            campaign: visit.campaign().cloned(),
        };
        fill_customers(&mut pop, visit);
        if let Some(seat) = self.get_mut(&agent) {
            seat.hand.take(contact, Some(visit.call), pop.clone());
        }
        turn.push(agent, DeskEvent::PopShown(Box::new(pop)));
    }

    /// The pop and the INVITE travel on two connections, and only the desktop knows which came first: so
    /// the phone of an agent with a desktop rings when that has the pop, or `pop_lead_ms` later.
    pub fn ring_after_pop(
        &self,
        visit: &mut Visit,
        reservation: ReservationId,
        agent: AgentId,
        ring: Ring,
        turn: &mut Turn<'_>,
    ) {
        if !self.get(&agent).is_some_and(|seat| seat.desktop) {
            return turn.todo.to_calls(call::Command::Ring(ring));
        }
        let due = Due::Pop(visit.call, reservation);
        if let Some(ringing) = visit.ringing(reservation) {
            ringing.waits = Some(ring);
            let lead = Duration::from_millis(u64::from(turn.times.pop_lead_ms));
            turn.todo.deadlines.set(due, turn.now + lead);
        }
    }

    /// A desktop has the pop. Too late, or said twice, it means nothing.
    pub fn pop_seen(&self, agent: AgentId, reservation: ReservationId, visits: &mut Visits, todo: &mut Todo) {
        let ring = self.get(&agent).and_then(|seat| seat.hand.of_ring(reservation));
        let call = ring.and_then(|ring| ring.call);
        if let Some(visit) = call.and_then(|call| visits.get_mut(&call)) {
            todo.deadlines.clear(&Due::Pop(visit.call, reservation));
            visit.ring_now(reservation, todo);
        }
    }

    pub fn withdraw_pop(
        &mut self,
        agent: AgentId,
        reservation: ReservationId,
        interaction: InteractionId,
        why: RingEnd,
        turn: &mut Turn<'_>,
    ) {
        let day = turn.rules.day(turn.now);
        if let Some(seat) = self.get_mut(&agent) {
            seat.hand.put_down_ring(reservation);
            seat.roll(day);
            // Who declines has answered: the agent knows of the call.
            if why == RingEnd::NoAnswer {
                seat.today.missed += 1;
            }
        }
        turn.push(agent, DeskEvent::PopWithdrawn { reservation, interaction, why });
    }

    /// The store answered, or the agent chose: every desktop that shows this caller is told.
    pub fn update_pop(&mut self, visit: &Visit, out: &mut Vec<Output>) {
        for agent in visit.watched_by() {
            let seat = self.get_mut(&agent);
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
