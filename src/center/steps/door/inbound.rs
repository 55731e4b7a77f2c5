//! A caller at the door.

use crate::acd;
use crate::base::{CallDirection, ContactId, Instant, InteractionId, Number};
use crate::call::Started;
use crate::center::Center;
use crate::center::circle::status;
use crate::center::event::Event;
use crate::center::input::{Answer, QueryId};
use crate::center::lookup::Asker;
use crate::center::output::{Observed, Output, Query};
use crate::center::seat::Seat;
use crate::center::turn::{Due, at_hand, seconds, sip_reason};
use crate::center::visit::{Customers, Errand, Inbound, Led, Phase, Visit, call_facts, customer_facts};
use crate::crm::Interaction;
use crate::dialplan::Event as FlowEvent;
use crate::sip::Origin;

impl Center {
    pub(in crate::center) fn call_started(&mut self, now: Instant, mut started: Started, out: &mut Vec<Output>) {
        self.rules.take_first_called(&mut started);
        let (trunk, calling_agent) = match &started.origin {
            Origin::Trunk(name) => (Some(name.as_str()), None),
            Origin::User { agent, .. } => (None, *agent),
        };
        if self.replaces(&started, out) {
            return;
        }
        let called = std::iter::once(&started.called).chain(&started.called_whole);
        let rule = called.into_iter().find_map(|called| self.rules.number(called, trunk)).cloned();
        let led = match (rule, &started.origin) {
            (None, Origin::User { user, agent }) => match self.dialled_by_phone(now, &started, (*agent, user), out) {
                Ok(None) => return,
                Ok(rule) => Ok(rule),
                Err((refusal, why)) => Err(sip_reason(status(refusal), why)),
            },
            (rule, _) => Ok(rule),
        };
        let record = new_record(now, &started, &self.rules.configuration.region, self.todo.interaction(now));
        out.push(Output::Observed(Observed::CallStarted));
        let known = led.and_then(|rule| {
            let flow = rule.as_ref().and_then(|rule| self.rules.flow(&rule.flow));
            rule.zip(flow).ok_or_else(|| sip_reason(404, "no such number"))
        });
        let (rule, flow) = match known {
            Ok(known) => known,
            Err(why) => return self.crowd.refuse(&started, record, why, at_hand!(self, now, out)),
        };
        if self.draining {
            return self.crowd.refuse(&started, record, sip_reason(503, "shutting down"), at_hand!(self, now, out));
        }
        if let Some(why) = self.crowd.refuses(now, &rule, self.visits.up_to(&record.called)) {
            return self.crowd.turn_away(&started, record, why, at_hand!(self, now, out));
        }
        let facts = call_facts(&record, rule.language.as_deref().unwrap_or(self.rules.language().as_str()));
        let errand = Errand::Inbound(Inbound {
            trunk: trunk.map(str::to_owned),
            occupied: calling_agent
                .filter(|agent| self.seats.get(agent).is_some_and(Seat::is_at_work))
                .map(|agent| (agent, ContactId(self.todo.ids.take()))),
        });
        let (caller_leg, led) = (Some(started.leg), Some(Led::by(flow, facts)));
        let visit = Visit { caller_leg, led, ..Visit::new(started.call, errand, record, Phase::Flow) };
        self.open_visit(now, visit, &started, out);
    }

    fn open_visit(&mut self, now: Instant, mut visit: Visit, started: &Started, out: &mut Vec<Output>) {
        let call = visit.call;
        visit.save(out);
        let (called, sip_call_id) = (started.called.clone(), Some(started.sip_call_id.clone()));
        visit.log(now, Event::CallStarted { called, sip_call_id, linked: None, direction: None, agent: None }, out);
        if let Some(number) = visit.record.caller.clone() {
            visit.customers = Customers::Asked;
            visit.looked_up = Some(Query::ByNumber(number.clone()));
            self.lookups.ask(now, Asker::Call(call), Query::ByNumber(number), &mut self.todo, out);
        }
        if let Some((agent, contact)) = visit.inbound().and_then(|inbound| inbound.occupied) {
            self.todo.to_router(acd::Input::Occupy { agent, contact, queue: None, own: false });
        }
        self.visits.insert(visit);
        self.todo.deadlines.set(Due::MaxCall(call), now + seconds(self.settings.times.max_call_s));
        self.todo.board_changed = true;
        self.drive(now, call, FlowEvent::Start, out);
    }

    pub(in crate::center) fn store_answered(
        &mut self,
        now: Instant,
        query: QueryId,
        mut answer: Answer,
        out: &mut Vec<Output>,
    ) {
        let Some(asker) = self.lookups.answered(query, &mut self.todo) else { return };
        if let Answer::Customers(cards) = &mut answer {
            cards.iter_mut().for_each(|card| card.show_numbers(&self.rules.configuration.region));
        }
        let call = match asker {
            Asker::Call(call) => call,
            Asker::Desk(choosing) => {
                let turn = at_hand!(self, now, out);
                let done = self.seats.choice_looked_up(&choosing, answer, &mut self.visits, turn);
                return self.todo.reply(choosing.command, done, out);
            }
            Asker::Dial(campaign, dial) => return self.attempt_written(now, (campaign, dial), answer, out),
            Asker::Reader(campaign, agent) => {
                let called = if let Answer::Attempt(called) = answer { called.map(|it| *it) } else { None };
                return self.campaigns.read(campaign, agent, called, at_hand!(self, now, out));
            }
        };
        let Some(visit) = self.visits.get_mut(&call) else { return };
        visit.customers = match answer {
            Answer::Customers(cards) => Customers::Found(cards),
            Answer::Unavailable | Answer::Attempt(_) => Customers::Unavailable,
        };
        visit.record.customer = match visit.customers.cards() {
            [only] if visit.chosen.is_none() => Some(only.id),
            _ => visit.record.customer,
        };
        let (matches, customer) = (visit.customers.cards().len(), visit.record.customer);
        visit.log(now, Event::CustomerLookedUp { matches, customer }, out);
        visit.save(out);
        let facts = customer_facts(&visit.customers);
        self.seats.update_pop(visit, out);
        self.drive(now, call, FlowEvent::Found(facts), out);
    }
}

fn new_record(now: Instant, started: &Started, region: &str, id: InteractionId) -> Interaction {
    let text: String = started.caller.user.chars().take(64).collect();
    Interaction {
        caller: Number::parse(&text, region).ok(),
        caller_text: text,
        called: started.called.chars().take(64).collect(),
        ..Interaction::call(id, CallDirection::Inbound, now)
    }
}
