//! The screen pop: who is calling, told before the phone rings, and kept right afterwards.

use super::Center;
use super::desk::{DeskEvent, ScreenPop};
use super::output::Output;
use super::talk::caller_shown;
use super::visit::{Customers, Phase, Visit};
use crate::acd::Why;
use crate::base::{AgentId, CallId, Instant, InteractionId, QueueId, ReservationId};
use crate::crm::CustomerCard;

/// Customers shown as candidates when several share the number.
const CANDIDATES_MAX: usize = 10;

impl Center {
    #[expect(clippy::too_many_arguments, reason = "the ring in all its parts; a struct would only rename them")]
    pub(super) fn show_pop(
        &mut self,
        now: Instant,
        call: CallId,
        agent: AgentId,
        reservation: ReservationId,
        queue: QueueId,
        why: &Why,
        out: &mut Vec<Output>,
    ) {
        let words = self.words(why);
        let Some(visit) = self.visits.get(&call) else { return };
        let rule = self.rules.queue(queue);
        let since = visit.place_kept.map(|kept| kept.since).or(visit.record.queued);
        let waited = now.since(since.unwrap_or(now));
        let mut pop = ScreenPop {
            reservation,
            interaction: visit.record.id,
            caller: visit.record.caller.as_ref().map(ToString::to_string),
            caller_shown: caller_shown(&visit.record),
            called: visit.record.called.clone(),
            queue: rule.map_or_else(String::new, |rule| rule.key.clone()),
            queue_name: rule.map_or_else(String::new, |rule| rule.name.clone()),
            waited_ms: u64::try_from(waited.as_millis()).unwrap_or(u64::MAX),
            place_kept: visit.place_kept,
            customer: None,
            candidates: Vec::new(),
            looking_up: false,
            menu_path: visit.record.menu_path.clone(),
            why: words,
        };
        fill_customers(&mut pop, visit);
        if let Some(seat) = self.seats.get_mut(&agent) {
            seat.call = Some(call);
            seat.pop = Some(pop.clone());
        }
        Self::push(agent, DeskEvent::PopShown(Box::new(pop)), out);
    }

    pub(super) fn withdraw_pop(
        &mut self,
        now: Instant,
        agent: AgentId,
        reservation: ReservationId,
        interaction: InteractionId,
        why: &str,
        out: &mut Vec<Output>,
    ) {
        let day = self.rules.day(now);
        if let Some(seat) = self.seats.get_mut(&agent) {
            if seat.pop.as_ref().is_some_and(|pop| pop.reservation == reservation) {
                seat.pop = None;
                seat.call = None;
            }
            seat.roll(day);
            if why == "no_answer" || why == "declined" {
                seat.today.missed += 1;
            }
        }
        Self::push(agent, DeskEvent::PopWithdrawn { reservation, interaction, why: why.to_owned() }, out);
    }

    /// The store answered, or the agent chose: every desktop that shows this caller is told.
    pub(super) fn update_pop(&mut self, call: CallId, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get(&call) else { return };
        let agents: Vec<AgentId> = match &visit.phase {
            Phase::Queued(queued) => queued.rings.values().map(|ring| ring.agent).collect(),
            phase => phase.talk().map(|talk| talk.agent).into_iter().collect(),
        };
        for agent in agents {
            let Some(pop) = self.seats.get_mut(&agent).and_then(|seat| seat.pop.as_mut()) else { continue };
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
