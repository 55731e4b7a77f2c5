//! Calls of a contact that are on their way out: to the customer, to whom the flow dials, to whom an agent asks for.

use std::sync::Arc;

use crate::base::{AgentId, CallDirection, CallId, ContactId, LegId, QueueId};
use crate::call::{self, AttemptId, Branch, Cause, Mode, Party, Ring, Role};
use crate::center::desk::CallState;
use crate::center::event::Event;
use crate::center::input::CallBackRule;
use crate::center::outbound::attempt::{OutboundAttempt, Shown, own_call, told};
use crate::center::outbound::placing::{Onward, Placing};
use crate::center::outbound::route::Outside;
use crate::center::output::{Observed, Output};
use crate::center::turn::{Due, Turn, seconds, sip_reason};
use crate::center::visit::{
    Calling, Customers, Errand, Fetching, Led, Outbound, Phase, Placed, Stage, Talking, Then, Visit, call_facts,
    caller_party, customer_facts,
};
use crate::crm::{EndedBy, Interaction};
use crate::dialplan::{Event as FlowEvent, Flow};
use crate::sip::{self, CallerId, Elsewhere, Reason};

impl Visit {
    /// The way out that this attempt is on.
    pub fn going_out(&mut self, attempt: AttemptId) -> Option<&mut OutboundAttempt> {
        let others = self.others.iter_mut().filter_map(|other| match &mut other.stage {
            Stage::Rings(going) => Some(going),
            Stage::Up(_) => None,
        });
        self.phase.going_out().into_iter().chain(others).find(|going| going.attempt == attempt)
    }

    /// `true`: it was the trunk's fault, and the next one is tried.
    pub fn next_trunk(&mut self, attempt: AttemptId, why: &Reason, turn: &mut Turn<'_>) -> bool {
        let call = self.call;
        let Some(going) = self.going_out(attempt) else { return false };
        let Some((trunk, next)) = going.through_next(call, turn) else { return false };
        let name = next.as_ref().and_then(|next| next.trunk.clone());
        let goes_on = next.is_some();
        if let Some(next) = next {
            *going = next;
        }
        turn.out.push(Output::Observed(Observed::TrunkFailed { trunk: trunk.clone(), status: why.status }));
        let failed = Event::TrunkFailed { trunk, status: why.status, text: why.text.clone(), next: name };
        self.log(turn.now, failed, turn.out);
        goes_on
    }

    /// `true`: the trunk sent the call elsewhere, and it goes there.
    pub fn sent_on(&mut self, attempt: AttemptId, why: &Reason, to: &[Elsewhere], turn: &mut Turn<'_>) -> bool {
        let call = self.call;
        let Some(going) = self.going_out(attempt) else { return false };
        let Some((trunk, number, next)) = going.elsewhere(call, to, turn) else { return false };
        *going = next;
        self.log(turn.now, Event::TrunkRedirected { trunk, status: why.status, number }, turn.out);
        true
    }
}

impl Visit {
    /// The agent's own phone, for the call that the agent makes.
    pub fn own_ring(&self, attempt: AttemptId, branches: Vec<Branch>, give_up_after_ms: u64) -> Ring {
        let (from, headers) = (caller_party(self), own_call(self.record.id));
        Ring { call: self.call, attempt, branches, from, headers, give_up_after_ms, unheard_after_ms: None }
    }

    /// An agent calls somebody outside, for nobody or for a line.
    pub fn outbound(
        (agent, queue): (AgentId, Option<QueueId>),
        to: Outside,
        attempt: AttemptId,
        turn: &mut Turn<'_>,
    ) -> Self {
        let (call, contact) = (CallId(turn.todo.ids.take()), ContactId(turn.todo.ids.take()));
        let record = Interaction {
            caller_text: to.dialled,
            caller: to.number,
            called: turn.rules.shown_outside(queue),
            queue,
            agent: Some(agent),
            ..Interaction::call(turn.todo.interaction(turn.now), CallDirection::Outbound, turn.now)
        };
        let language = turn.rules.language();
        let errand = Errand::Outbound(Outbound { agent, contact, queue, language, routes: to.routes, campaign: None });
        let phase = Phase::Fetching(Fetching { agent, attempt });
        let customers = if record.caller.is_some() { Customers::Asked } else { Customers::NotAsked };
        Self { customers, ..Self::new(call, errand, record, phase) }
    }
}

/// The house calls, with nobody on the line yet.
impl Visit {
    /// `None`: there is no way to the number.
    pub fn placed(placing: Placing, turn: &mut Turn<'_>) -> Option<Self> {
        let Placing { to, shown: user, ring_ms, onward, language, by } = placing;
        let (call, id) = (CallId(turn.todo.ids.take()), turn.todo.interaction(turn.now));
        let from = CallerId { name: String::new(), user: user.clone(), host: String::new() };
        let shown = Shown { from, headers: told(id), ring_ms };
        if to.routes.is_empty() {
            return None;
        }
        turn.todo.to_calls(call::Command::Open { call });
        let going = OutboundAttempt::through(call, to.routes, shown, turn)?;
        let record = Interaction {
            caller_text: to.dialled,
            caller: to.number,
            called: user,
            queue: onward.queue().and_then(|key| turn.rules.queue_id(key)),
            ..Interaction::call(id, CallDirection::Outbound, turn.now)
        };
        let customers = if record.caller.is_some() { Customers::Asked } else { Customers::NotAsked };
        let errand = Errand::Placed(Placed { onward, language, by, trunk: None });
        Some(Self { customers, ..Self::new(call, errand, record, Phase::Placing(going)) })
    }

    /// Whom the house calls has answered: waits in the line from now on, or is led by the flow.
    pub fn placed_answered(&mut self, leg: LegId, turn: &mut Turn<'_>) -> Then {
        let trunk = self.phase.going_out().and_then(|going| going.trunk.clone());
        let Errand::Placed(placed) = &mut self.errand else { return Then::GoesOn };
        placed.trunk = trunk;
        let onward = placed.onward.clone();
        (self.caller_leg, self.answered) = (Some(leg), true);
        let party = Party { leg, role: Role::Customer, mode: Mode::Apart };
        turn.todo.to_calls(call::Command::Enter { call: self.call, party });
        self.enter(turn.now, Phase::Flow);
        self.log(turn.now, Event::CallAnswered {}, turn.out);
        match onward {
            Onward::Line(request) => Then::LineUp(request),
            Onward::Campaign(_) => {
                self.enter(turn.now, Phase::Offered(None));
                Then::GoesOn
            }
            Onward::Flow(flow) => match turn.rules.flow(&flow) {
                Some(flow) => {
                    self.lead_by(flow);
                    Then::Flow(FlowEvent::Start)
                }
                None => Then::Over(EndedBy::System, Some(sip_reason(500, "flow is gone"))),
            },
        }
    }

    /// The flow has the customer from now on, with what is known of it.
    pub fn lead_by(&mut self, flow: Arc<Flow>) {
        let mut facts = call_facts(&self.record, self.language().as_str());
        facts.extend(customer_facts(&self.customers));
        self.led = Some(Led::by(flow, facts));
    }
}

/// The agent is on the line: now the customer's phone rings.
impl Visit {
    /// The agent took the call-back: the customer is called.
    pub fn call_customer(&mut self, talk: Talking, turn: &mut Turn<'_>) -> Then {
        let agent = talk.agent;
        let Some(queue) = talk.queue else { return Then::GoesOn };
        let rule = turn.rules.queue_settings(queue).and_then(|queue| queue.call_back.clone()).unwrap_or_default();
        let number = self.record.caller.clone();
        let routes = number.map(|number| turn.rules.routes_back(queue, self.trunk(), &number)).unwrap_or_default();
        let going = OutboundAttempt::through(self.call, routes, self.shown_to_customer(rule), turn);
        let (goes, trunk) = (going.is_some(), going.as_ref().and_then(|going| going.trunk.clone()));
        self.record.agent = Some(agent);
        let dialled = Event::CallBackDialled { agent, number: self.record.caller.clone(), trunk };
        self.log(turn.now, dialled, turn.out);
        self.save(turn.out);
        self.enter(turn.now, Phase::Calling(Calling { talk, going }));
        turn.todo.deadlines.set(Due::MaxCall(self.call), turn.now + seconds(turn.times.max_call_s));
        self.tell_own(CallState::Connecting, turn.now, turn);
        if !goes {
            let why = sip_reason(403, "no trunk lets this number out now");
            return self.customer_not_reached(Cause::NotAllowed, &why, turn);
        }
        self.play_ringback(turn);
        Then::GoesOn
    }

    /// The number that the queue shows, or the one that the customer had called.
    fn shown_to_customer(&self, rule: CallBackRule) -> Shown {
        let user = rule.caller_id.unwrap_or_else(|| self.record.called.clone());
        Shown {
            from: sip::CallerId { name: String::new(), user, host: String::new() },
            headers: told(self.record.id),
            ring_ms: u64::from(rule.ring_s).saturating_mul(1_000),
        }
    }

    /// The customer answered: both hear each other.
    pub fn customer_reached(&mut self, leg: LegId, turn: &mut Turn<'_>) -> Then {
        let Phase::Calling(calling) = &self.phase else { return Then::GoesOn };
        let talk = Talking { since: turn.now, ..calling.talk.clone() };
        (self.caller_leg, self.answered) = (Some(leg), true);
        let party = Party { leg, role: Role::Customer, mode: Mode::Talk };
        turn.todo.to_calls(call::Command::Enter { call: self.call, party });
        Then::Connect(talk)
    }

    /// Busy, no answer, refused, or no way: the agent is free of it; a call-back is tried again later.
    pub fn customer_not_reached(&mut self, cause: Cause, why: &Reason, turn: &mut Turn<'_>) -> Then {
        let trunk = self.phase.going_out().and_then(|going| going.trunk.clone());
        let (status, text) = (why.status, why.text.clone());
        let event = match self.call_back().is_some() {
            true => Event::CallBackNotReached { why: cause, status, text, trunk },
            false => Event::CallNotReached { why: cause, status, text, trunk },
        };
        self.cause = Some(cause);
        self.log(turn.now, event, turn.out);
        Then::Over(EndedBy::System, Some(why.clone()))
    }
}
