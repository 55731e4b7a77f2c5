//! The call back: the agent's phone first, then the customer through a trunk, then both together.

use crate::acd::{self, Kept};
use crate::base::{AgentId, CallDirection, CallId, ContactId, Instant, InteractionId, LegId, ReservationId};
use crate::call::{self, Cause, Mode, Party, Role};
use crate::center::Center;
use crate::center::desk::{CallState, PlaceKept};
use crate::center::event::Event;
use crate::center::input::CallBackRule;
use crate::center::lookup::Asker;
use crate::center::outbound::route::{Shown, told};
use crate::center::output::{Observed, Output, Query};
use crate::center::steps::line::ring::Reserved;
use crate::center::turn::{Due, seconds, sip_reason};
use crate::center::visit::{CalledBack, Calling, Customers, Errand, Phase, Queued, Ringing, Talking, Visit};
use crate::crm::{CallBack, EndedBy, Interaction};
use crate::dialplan::Language;
use crate::sip::{self, Reason};

impl Center {
    /// An agent is reserved for a place that nobody holds: a visit of its own.
    pub(in crate::center) fn open_call_back(
        &mut self,
        now: Instant,
        contact: ContactId,
        out: &mut Vec<Output>,
    ) -> Option<CallId> {
        let id = self.call_backs.waits(contact)?;
        let record = self.call_backs.get(id)?.clone();
        let call = CallId(self.todo.ids.take());
        let interaction = InteractionId::new(now, &mut self.rng);
        let mut visit = visit_for(now, call, interaction, contact, &record);
        out.push(Output::Observed(Observed::CallStarted));
        visit.save(out);
        let started = Event::CallStarted {
            called: record.called.clone(),
            sip_call_id: None,
            linked: Some(record.interaction),
            direction: Some(CallDirection::Outbound),
            agent: None,
        };
        visit.log(now, started, out);
        self.visits.insert(visit);
        self.visits.name(contact, call);
        self.call_backs.is_under(id, call);
        self.todo.to_calls(call::Command::Open { call });
        self.lookups.ask(now, Asker::Call(call), Query::ByNumber(record.number), &mut self.todo, out);
        self.todo.board_changed = true;
        Some(call)
    }

    /// The same reservation, for the call-back instead of the caller who has hung up.
    pub(in crate::center) fn ring_anew(
        &mut self,
        now: Instant,
        contact: ContactId,
        reservation: ReservationId,
        ring: Ringing,
        out: &mut Vec<Output>,
    ) {
        let id = self.call_backs.waits(contact);
        let call = self.visits.of(contact);
        let id = id.or_else(|| call.and_then(Visit::call_back));
        let Some(queue) = id.and_then(|id| self.call_backs.get(id)).map(|asked| asked.queue) else { return };
        let Ringing { agent, until, why, .. } = ring;
        self.reserve(now, Reserved { reservation, contact, agent, queue, until, why }, out);
    }

    /// The agent took it: now the customer is called.
    pub(in crate::center) fn call_customer(
        &mut self,
        now: Instant,
        call: CallId,
        talk: Talking,
        out: &mut Vec<Output>,
    ) {
        let agent = talk.agent;
        let Some(queue) = talk.queue else { return };
        let Some(visit) = self.visits.get(&call) else { return };
        let rule = self.rules.queue_settings(queue).and_then(|queue| queue.call_back.clone()).unwrap_or_default();
        let number = visit.record.caller.clone();
        let routes = number.map(|number| self.rules.routes_back(queue, visit.trunk(), &number)).unwrap_or_default();
        let shown = shown_to_customer(visit, rule);
        let going = self.go_out(now, call, routes, shown);
        let (goes, trunk) = (going.is_some(), going.as_ref().and_then(|going| going.trunk.clone()));
        let Some(visit) = self.visits.get_mut(&call) else { return };
        visit.record.agent = Some(agent);
        let dialled = Event::CallBackDialled { agent, number: visit.record.caller.clone(), trunk };
        visit.log(now, dialled, out);
        visit.save(out);
        visit.enter(now, Phase::Calling(Calling { talk, going }));
        self.todo.deadlines.set(Due::MaxCall(call), now + seconds(self.settings.times.max_call_s));
        self.with(now, call, out, |visit, turn| visit.tell_own(CallState::Connecting, now, turn));
        if !goes {
            let why = sip_reason(403, "no trunk lets this number out");
            return self.customer_not_reached(now, call, Cause::NotAllowed, &why, out);
        }
        self.with(now, call, out, |visit, turn| visit.play_ringback(turn));
    }

    /// The customer answered: both hear each other.
    pub(in crate::center) fn customer_reached(
        &mut self,
        now: Instant,
        call: CallId,
        leg: LegId,
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let Phase::Calling(calling) = &visit.phase else { return };
        let talk = Talking { since: now, ..calling.talk.clone() };
        (visit.caller_leg, visit.answered) = (Some(leg), true);
        let customer = Party { leg, role: Role::Customer, mode: Mode::Talk };
        self.todo.to_calls(call::Command::Enter { call, party: customer });
        self.connect(now, call, talk, out);
    }

    /// The customer rings us while we ring the customer: that call goes on, and the agent is free for it.
    pub(in crate::center) fn crossed(&mut self, now: Instant, call: CallId, agent: AgentId, out: &mut Vec<Output>) {
        self.customer_not_reached(now, call, Cause::Busy, &sip_reason(487, "the customer rings us"), out);
        self.todo.to_router(acd::Input::WrapUpDone { agent });
    }

    /// Busy, no answer, refused, or no way: the agent is free of it, and it is tried again later.
    pub(in crate::center) fn customer_not_reached(
        &mut self,
        now: Instant,
        call: CallId,
        cause: Cause,
        why: &Reason,
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let trunk = visit.phase.going_out().and_then(|going| going.trunk.clone());
        let (status, text) = (why.status, why.text.clone());
        let event = match visit.call_back().is_some() {
            true => Event::CallBackNotReached { why: cause, status, text, trunk },
            false => Event::CallNotReached { why: cause, status, text, trunk },
        };
        visit.cause = Some(cause);
        visit.log(now, event, out);
        self.finish(now, call, EndedBy::System, Some(why.clone()), out);
    }
}

/// The number that the queue shows, or the one that the customer had called.
fn shown_to_customer(visit: &Visit, rule: CallBackRule) -> Shown {
    let user = rule.caller_id.unwrap_or_else(|| visit.record.called.clone());
    Shown {
        from: sip::CallerId { name: String::new(), user, host: String::new() },
        headers: told(visit.record.id),
        ring_ms: u64::from(rule.ring_s).saturating_mul(1_000),
    }
}

fn visit_for(now: Instant, call: CallId, id: InteractionId, contact: ContactId, asked: &CallBack) -> Visit {
    let record = Interaction {
        linked: Some(asked.interaction),
        caller: Some(asked.number.clone()),
        caller_text: asked.number.to_string(),
        called: asked.called.clone(),
        customer: asked.customer,
        queue: Some(asked.queue),
        queued: Some(asked.arrived),
        menu_path: asked.menu_path.clone(),
        entered: asked.entered.clone(),
        ..Interaction::call(id, CallDirection::Outbound, now)
    };
    let errand = Errand::CallBack(CalledBack {
        asked_in: asked.interaction,
        trunk: asked.trunk.clone(),
        language: Language::parse(&asked.language).unwrap_or_default(),
    });
    let phase = Phase::Queued(Queued::new(contact, asked.queue, now, asked.arrived));
    let place_kept = Some(PlaceKept { by: Kept::CallBack, since: asked.arrived });
    Visit { customers: Customers::Asked, place_kept, ..Visit::new(call, errand, record, phase) }
}
