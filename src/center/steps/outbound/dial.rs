//! Calls that agents make: the agent's own phone first, then the customer's through a trunk.
//!
//! | phase | input | next | outputs, in order |
//! | --- | --- | --- | --- |
//! | - | `call.dial` | `Fetching` | row; journal `call.started`; router `Occupy`; pop; INVITE to the agent's phones |
//! | `Fetching` | a phone of the agent answers | `Calling` | ringback; journal `call.dialled`; INVITE to the customer |
//! | `Fetching` | no phone answers | `Ended` | row `NotReached` |
//! | `Calling` | the customer answers | `Talking` | as a call back |
//! | `Calling` | not reached | `Ended` | journal `call.not_reached`; row; the cause on the desktop |
//!
//! The agent is busy for the router from the first ring on, and comes back to the former status. Limits: numbers
//! that a trunk lets out and the rules do not forbid; calls a minute and minutes a day of each agent.

use std::collections::VecDeque;

use crate::acd::{self, AgentState};
use crate::base::{
    AgentId, CallDirection, CallId, ContactId, Instant, InteractionId, LegId, Number, QueueId, ReservationId, Rng,
};
use crate::call::{self, AttemptId, Ring};
use crate::center::Center;
use crate::center::answer::{Done, Obeyed};
use crate::center::desk::{CallState, Refusal};
use crate::center::event::Event;
use crate::center::lookup::Asker;
use crate::center::outbound::route::{Route, Shown, own_call, told};
use crate::center::output::{Observed, Output, Query};
use crate::center::steps::line::pop::Showing;
use crate::center::turn::{Due, Turn, at_hand, seconds, sip_reason};
use crate::center::visit::{Calling, Customers, Errand, Fetching, Outbound, Phase, Talking, Visit};
use crate::crm::{EndedBy, Interaction};
use crate::sip;

/// How long an agent's own phone rings for a call that the agent makes.
const FETCH_MS: u64 = 30_000;

impl Center {
    pub(in crate::center) fn dial_out(
        &mut self,
        now: Instant,
        agent: AgentId,
        number: &str,
        queue: Option<&str>,
        out: &mut Vec<Output>,
    ) -> Done {
        let seat = self.seats.known(agent)?;
        if !seat.is_reachable() {
            return Err((Refusal::WrongState, "no phone of this agent is registered"));
        }
        seat.can_speak()?;
        match seat.state {
            AgentState::SignedOut => return Err((Refusal::NotSignedIn, "the agent is not signed in")),
            AgentState::Reserved { .. } | AgentState::Busy { .. } => {
                return Err((Refusal::WrongState, "a call is on hand"));
            }
            AgentState::Ready | AgentState::NotReady { .. } | AgentState::WrapUp { .. } => {}
        }
        let branches = seat.branches();
        let queue = match queue {
            Some(key) => Some(self.rules.queue_id(key).ok_or((Refusal::UnknownQueue, "there is no such queue"))?),
            None => None,
        };
        let (number, routes) = self.rules.reachable_outside(number)?;
        if self.draining {
            return Err((Refusal::Unavailable, "the server is about to stop"));
        }
        self.spending.may_spend(now, agent, &self.rules)?;
        let attempt = AttemptId(self.todo.ids.take());
        let (visit, contact) =
            outbound_visit(at_hand!(self, now, out), &mut self.rng, (agent, queue), number.clone(), routes, attempt);
        let (call, interaction) = (visit.call, visit.record.id);
        let from = crate::center::visit::caller_party(&visit);
        self.open_outbound(now, visit, out);
        self.lookups.ask(now, Asker::Call(call), Query::ByNumber(number), &mut self.todo, out);
        let pop = ReservationId(attempt.0);
        self.show_pop(now, call, Showing { agent, contact, pop, queue, why: Default::default(), handed: None }, out);
        self.with(now, call, out, |visit, turn| visit.tell(agent, CallState::Ringing, turn));
        let headers = own_call(interaction);
        let (give_up_after_ms, unheard_after_ms) = (FETCH_MS, None);
        let ring = Ring { call, attempt, branches, from, headers, give_up_after_ms, unheard_after_ms };
        self.todo.to_calls(call::Command::Ring(ring));
        Ok(Obeyed::Done)
    }

    fn open_outbound(&mut self, now: Instant, mut visit: Visit, out: &mut Vec<Output>) {
        let Errand::Outbound(Outbound { agent, contact, .. }) = visit.errand else { return };
        let call = visit.call;
        out.push(Output::Observed(Observed::CallStarted));
        visit.save(out);
        let started = Event::CallStarted {
            called: visit.record.called.clone(),
            sip_call_id: None,
            linked: None,
            direction: Some(CallDirection::Outbound),
            agent: Some(agent),
        };
        visit.log(now, started, out);
        self.visits.insert(visit);
        self.visits.name(contact, call);
        self.todo.to_calls(call::Command::Open { call });
        // Nothing is owed for it until the own phone is up.
        self.todo.to_router(acd::Input::Occupy { agent, contact, queue: None, own: false });
        self.todo.deadlines.set(Due::MaxCall(call), now + seconds(self.settings.times.max_call_s));
        self.todo.board_changed = true;
    }

    /// The agent's own phone is up: now the customer is called.
    pub(in crate::center) fn fetched(
        &mut self,
        now: Instant,
        call: CallId,
        (leg, phone): (LegId, Option<String>),
        out: &mut Vec<Output>,
    ) {
        let ring_ms = u64::from(self.rules.configuration.outbound.ring_s).saturating_mul(1_000);
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let Errand::Outbound(outbound) = &mut visit.errand else { return };
        let routes = std::mem::take(&mut outbound.routes);
        let (agent, asked, queue) = (outbound.agent, outbound.contact, outbound.queue);
        let contact = self.visits.take_on(agent, call, queue, &mut self.todo);
        self.visits.free(Some(asked), &mut self.todo);
        if let Some(seat) = self.seats.get_mut(&agent) {
            seat.hand.own(call, contact);
        }
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let (since, held, taking_over) = (now, None, None);
        let talk = Talking { contact, queue, agent, leg, phone, since, held, taking_over };
        let shown = Shown {
            from: sip::CallerId { name: String::new(), user: visit.record.called.clone(), host: String::new() },
            headers: told(visit.record.id),
            ring_ms,
        };
        let going = self.go_out(now, call, routes, shown);
        let trunk = going.as_ref().and_then(|going| going.trunk.clone());
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let number = visit.record.caller.clone();
        visit.log(now, Event::CallDialled { agent, number, trunk }, out);
        visit.enter(now, Phase::Calling(Calling { talk, going }));
        self.with(now, call, out, |visit, turn| visit.tell_own(CallState::Connecting, now, turn));
        self.with(now, call, out, |visit, turn| visit.play_ringback(turn));
    }

    /// The agent gave up before the own phone answered, or it did not.
    pub(in crate::center) fn fetch_ended(
        &mut self,
        now: Instant,
        call: CallId,
        fetching: &Fetching,
        by: EndedBy,
        out: &mut Vec<Output>,
    ) {
        self.with(now, call, out, |visit, turn| visit.tell_own_ended(by, turn));
        let Some(Errand::Outbound(outbound)) = self.visits.get(&call).map(|visit| &visit.errand) else { return };
        let contact = outbound.contact;
        self.todo.to_calls(call::Command::StopRing { attempt: fetching.attempt, reason: sip_reason(487, "given up") });
        self.visits.unname(contact);
        self.todo.to_router(acd::Input::Ended { contact });
    }
}

fn outbound_visit(
    turn: &mut Turn<'_>,
    rng: &mut Rng,
    (agent, queue): (AgentId, Option<QueueId>),
    number: Number,
    routes: VecDeque<Route>,
    attempt: AttemptId,
) -> (Visit, ContactId) {
    let (call, contact) = (CallId(turn.todo.ids.take()), ContactId(turn.todo.ids.take()));
    let record = Interaction {
        caller_text: number.to_string(),
        caller: Some(number),
        called: turn.rules.shown_outside(queue),
        queue,
        agent: Some(agent),
        ..Interaction::call(InteractionId::new(turn.now, rng), CallDirection::Outbound, turn.now)
    };
    let language = turn.rules.language();
    let errand = Errand::Outbound(Outbound { agent, contact, queue, language, routes });
    let phase = Phase::Fetching(Fetching { agent, attempt });
    (Visit { customers: Customers::Asked, ..Visit::new(call, errand, record, phase) }, contact)
}
