//! An agent is reserved: the pop, the ring, and their end.

use std::sync::Arc;

use crate::acd::{self, Author, Kept, RefusedWhy, Why, Withdrawn};
use crate::base::{AgentId, ContactId, Instant, Number, QueueId, ReservationId};
use crate::call::{AttemptId, Ring};
use crate::center::Center;
use crate::center::call_back::CallBacks;
use crate::center::desk::{self, PlaceKept, RingEnd};
use crate::center::event::Event;
use crate::center::outbound::attempt::{own_call, told};
use crate::center::output::{Output, Write};
use crate::center::rules::Rules;
use crate::center::seat::{Became, Seat, Showing};
use crate::center::turn::{at_hand, sip_reason};
use crate::center::visit::{Phase, Ringing, Taken, Visit, Visits, caller_party};
use crate::crm::EndedBy;

/// The phone is told to give up this much after the router has: the router decides. Milliseconds.
const RING_SLACK_MS: u64 = 5_000;

impl Center {
    pub(in crate::center) fn router_output(
        &mut self,
        now: Instant,
        output: acd::Output,
        author: &Author,
        out: &mut Vec<Output>,
    ) {
        use acd::Output as Routed;
        match output {
            Routed::Reserve { reservation, contact, agent, queue, until, why } => {
                self.reserve(now, Reserved { reservation, contact, agent, queue, until, why }, out);
            }
            Routed::Withdraw { reservation, contact, agent, because } => {
                self.withdraw(now, reservation, contact, agent, because, out);
            }
            Routed::AgentState { agent, state, since, next } => {
                let (author, at) = (author.clone(), self.seats.state_from(now, agent, since));
                out.push(Output::Write(Write::AgentState { agent, at, state: state.clone(), author: author.clone() }));
                self.campaigns.note(agent, &state);
                let became = Became { state, since, next, author };
                self.seats.became(agent, became, &mut self.visits, at_hand!(self, now, out));
            }
            Routed::LeftQueue { contact, queue, why } => self.left_queue(now, contact, queue, why, out),
            Routed::Moved { contact, to, .. } => {
                let by = match author {
                    Author::Supervisor(user) => Some(user.clone()),
                    Author::Agent | Author::System => None,
                };
                let call = self.visits.contacts.call_of(contact);
                if let Some(mut circle) = call.and_then(|call| self.circle(now, call, out)) {
                    circle.moved(to, by);
                }
            }
            Routed::PlaceKept { contact, arrived, .. } => {
                let kept = PlaceKept { by: Kept::Redial, since: arrived };
                let Some(call) = self.visits.contacts.call_of(contact) else { return };
                self.with(now, call, out, |visit, turn| visit.keep_place(kept, turn));
            }
            Routed::Position { contact, position, estimate_s } => {
                let Some(visit) = self.visits.of(contact) else { return };
                let (call, digit) = (visit.call, self.call_backs.digit(visit, &self.rules));
                self.with(now, call, out, |visit, turn| visit.announce((position, estimate_s), digit, turn));
            }
            // Whoever handed the input in has seen to it.
            Routed::Rejected { .. } => {}
        }
    }

    pub(in crate::center) fn reserve(&mut self, now: Instant, reserved: Reserved, out: &mut Vec<Output>) {
        let Reserved { reservation, contact, agent, queue, until, why } = reserved;
        let call = self.visits.contacts.call_of(contact).or_else(|| {
            let turn = at_hand!(self, now, out);
            self.call_backs.open_call(contact, &mut self.visits, &mut self.lookups, turn)
        });
        let branches = self.seats.get(&agent).map(Seat::branches).unwrap_or_default();
        let attempt = AttemptId(self.todo.ids.take());
        let words = words(&why, &self.rules, &self.visits, &self.call_backs);
        let Some(visit) = call.and_then(|call| self.visits.get_mut(&call)) else { return };
        let call = visit.call;
        visit.log(now, Event::AgentReserved { agent, queue, until, why: why.clone(), words: words.clone() }, out);
        let Phase::Queued(queued) = &mut visit.phase else { return };
        queued.rings.insert(
            reservation,
            Ringing { agent, attempt, since: now, until, why: why.clone(), waits: None, answering: false },
        );
        if branches.is_empty() {
            let why = RefusedWhy::Unreachable;
            return self.todo.to_router(acd::Input::Refused { reservation, why });
        }
        let handed = queued.handed.clone();
        let (from, interaction) = (caller_party(visit), visit.record.id);
        let showing = Showing { agent, contact, pop: reservation, queue: Some(queue), why: words, handed };
        let turn = at_hand!(self, now, out);
        self.seats.show_pop(visit, showing, turn);
        let by = visit.picked.take().filter(|picked| picked.agent == agent).map(|picked| picked.by);
        if let Some(Some((leg, user))) = by {
            return visit.take_in(leg, Taken::Reached(attempt, user), turn.todo);
        }
        // Who picks up has asked for it.
        let headers = if by.is_some() { own_call(interaction) } else { told(interaction) };
        let ring_ms = u64::try_from(until.since(now).as_millis()).unwrap_or(u64::MAX);
        let give_up_after_ms = ring_ms.saturating_add(RING_SLACK_MS);
        let ring = Ring { call, attempt, branches, from, headers, give_up_after_ms, unheard_after_ms: None };
        self.seats.ring_after_pop(visit, reservation, agent, ring, turn);
    }

    fn withdraw(
        &mut self,
        now: Instant,
        reservation: ReservationId,
        contact: ContactId,
        agent: AgentId,
        because: Withdrawn,
        out: &mut Vec<Output>,
    ) {
        let why = RingEnd::from(because);
        let call = self.visits.contacts.call_of(contact);
        // A caller who was gone before any phone rang has no visit left; the desktop has the pop.
        let Some(visit) = call.and_then(|call| self.visits.get_mut(&call)) else {
            let ring = self.seats.get(&agent).and_then(|seat| seat.hand.of_ring(reservation));
            let Some(interaction) = ring.map(|ring| ring.pop.interaction) else { return };
            return self.seats.withdraw_pop(agent, reservation, interaction, why, at_hand!(self, now, out));
        };
        let (call, interaction) = (visit.call, visit.record.id);
        let ring = match &mut visit.phase {
            Phase::Queued(queued) => queued.rings.remove(&reservation),
            _ => None,
        };
        let withdrawn = Event::AgentWithdrawn { agent, because: why };
        // An agent who had the call before may have its form open.
        match self.seats.form_mut(interaction) {
            Some(form) => form.log(now, withdrawn, out),
            None => visit.log(now, withdrawn, out),
        }
        if let Some(ring) = ring {
            ring.stop(call, reservation, why, &mut self.todo);
        }
        self.seats.withdraw_pop(agent, reservation, interaction, why, at_hand!(self, now, out));
        // A call back for which nobody rings any more has no legs: its seat waits for the next agent.
        let rings = |visit: &Visit| matches!(&visit.phase, Phase::Queued(queued) if queued.rings.is_empty());
        if self.visits.get(&call).is_some_and(|visit| visit.is_unheld() && rings(visit)) {
            self.finish(now, call, EndedBy::System, Some(sip_reason(480, "no agent answered")), out);
        }
    }
}

fn words(why: &Why, rules: &Rules, visits: &Visits, call_backs: &CallBacks) -> desk::Words {
    let chosen = match &why.pick {
        acd::Pick::Contact { chosen, .. } => Some(*chosen),
        _ => None,
    };
    let say = |language| acd::explain(why, &Called { rules, visits, call_backs, chosen, language }, language);
    desk::Words { en: say(acd::Language::En), zh: say(acd::Language::Zh) }
}

/// What an agent reads: other contacts by the end of the caller's number, the own one as such.
struct Called<'a> {
    rules: &'a Rules,
    visits: &'a Visits,
    call_backs: &'a CallBacks,
    chosen: Option<ContactId>,
    language: acd::Language,
}

impl acd::Names for Called<'_> {
    fn agent(&self, agent: AgentId) -> String {
        acd::Names::agent(&self.rules.configuration.rules, agent)
    }

    fn queue(&self, queue: QueueId, language: acd::Language) -> String {
        let label = self.rules.queue_settings(queue).map(|settings| &settings.name);
        let name = label.map(|label| if language == acd::Language::Zh { &label.zh } else { &label.en });
        match name.filter(|name| !name.is_empty()) {
            Some(name) => name.clone(),
            None => acd::Names::queue(&self.rules.configuration.rules, queue, language),
        }
    }

    fn contact(&self, contact: ContactId) -> String {
        let zh = self.language == acd::Language::Zh;
        if Some(contact) == self.chosen {
            return if zh { "此来电" } else { "this caller" }.to_owned();
        }
        let Some(visit) = self.visits.of(contact) else {
            return self.call_backs.masked(contact).unwrap_or_else(|| format!("#{contact}"));
        };
        let number = visit.record.caller.as_ref().map(Number::masked);
        number.unwrap_or_else(|| if zh { "无号码来电" } else { "a caller without number" }.to_owned())
    }
}

/// The router's `Reserve`.
pub(in crate::center) struct Reserved {
    pub reservation: ReservationId,
    pub contact: ContactId,
    pub agent: AgentId,
    pub queue: QueueId,
    pub until: Instant,
    pub why: Arc<Why>,
}
