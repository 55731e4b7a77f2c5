//! Calls go on over the end of a process: what is written down of them while they are up, and how the process after
//! this one takes them up.
//!
//! | who had the contact | after the start |
//! | --- | --- |
//! | an agent at a phone | the customer hears music until both legs are up again: they talk on |
//! | an agent at a browser | the same, until the browser is back; after `rejoin_s` as a line |
//! | a line | music, in the line with the first arrival |
//! | a flow, somebody outside, an agent or a line that is gone | over: interrupted |
//!
//! A customer who is not reached again, or does not want to go on, is owed a call-back, as after every interruption.

use std::time::Duration;

use crate::acd::{self, Author, UNREACHABLE, Was};
use crate::base::{AgentId, CallId, ContactId, Instant, LegId, QueueId};
use crate::call::{self, Calls, KeptLeg, Mode, Party, Role, TakeUp};
use crate::center::Center;
use crate::center::event::Event;
use crate::center::input::CallWas;
use crate::center::output::{Output, Write};
use crate::center::rules::Rules;
use crate::center::seat::Seats;
use crate::center::turn::{Due, Todo, millis, seconds, sip_reason};
use crate::center::visit::{Errand, Kept, Parked, Phase, Queued, Talking, Visit};
use crate::crm::{EndedBy, Holder, Interaction};
use crate::sip::endpoint::Endpoint;

/// A phone that is there has answered after the fourth repetition at the latest.
const TAKE_UP: Duration = Duration::from_secs(8);

impl Center {
    /// Writes down the legs by which the call could go on in a later process, as far as that was not done.
    pub(in crate::center) fn keep_legs(&mut self, call: CallId, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get(&call) else { return };
        let customer =
            visit.caller_leg.filter(|_| !visit.kept.customer).and_then(|leg| kept(&self.calls, &self.sip, leg));
        let agent = visit.phase.talk().and_then(|talk| kept(&self.calls, &self.sip, talk.leg));
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let mut keep = |role, leg| out.push(Output::Write(Write::Leg { interaction: visit.record.id, role, leg }));
        if customer.is_some() {
            keep(Role::Customer, customer);
            visit.kept.customer = true;
        }
        let known = visit.kept.agent;
        visit.kept.agent = agent.is_some();
        if known || agent.is_some() {
            keep(Role::Agent, agent);
        }
    }

    pub(in crate::center) fn call_was(&mut self, now: Instant, was: CallWas, out: &mut Vec<Output>) {
        let CallWas { record, next_seq, alive, customer, agent } = was;
        let (call, contact) = (CallId(self.todo.ids.take()), ContactId(self.todo.ids.take()));
        let (leg, agents) = (LegId(self.todo.ids.take()), LegId(self.todo.ids.take()));
        let user = agent.as_ref().and_then(|kept| kept.user.clone());
        let phase = phase_of(now, &record, contact, (agents, user), (&self.seats, &self.rules));
        let visit = Visit {
            caller_leg: Some(leg),
            next_seq,
            kept: Kept { taking_up: Some(alive), ..Kept::default() },
            // In nobody's hands until it is clear in whose: its segments go on.
            ..Visit::new(call, Errand::TakenUp(self.rules.language()), record, Phase::Ended)
        };
        self.visits.insert(visit);
        let take_up = |leg, role, kept| call::Command::TakeUp(Box::new(TakeUp { call, leg, role, kept }));
        self.todo.to_calls(take_up(leg, Role::Customer, customer));
        let Some(phase) = phase else {
            self.visits.get_mut(&call).into_iter().for_each(|visit| visit.phase = Phase::Flow);
            let why = Some(sip_reason(503, "server stopped"));
            return self
                .around(now, call, out, |circle| circle.visit.interrupt(EndedBy::System, why, &mut circle.turn));
        };
        self.todo.deadlines.set(Due::MaxCall(call), now + seconds(self.settings.times.max_call_s));
        self.todo.deadlines.set(Due::TakeUp(call), now + TAKE_UP);
        let talk = phase.talk().map(|talk| (talk.agent, talk.queue));
        if let Some(visit) = self.visits.get_mut(&call) {
            visit.enter(now, phase);
        }
        self.visits.contacts.name(contact, call);
        match talk {
            Some((who, queue)) => {
                self.todo.deadlines.set(Due::Rejoin(call), now + seconds(self.settings.times.rejoin_s));
                come_back_busy(now, (who, contact, queue), &self.seats, &mut self.todo);
                if let Some(kept) = agent {
                    self.todo.to_calls(take_up(agents, Role::Agent, kept));
                }
            }
            None => self.arrive(now, call, None, out),
        }
    }

    pub(in crate::center) fn leg_taken_up(&mut self, now: Instant, call: CallId, leg: LegId, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        if visit.caller_leg != Some(leg) {
            let phone = visit.phase.talk().filter(|talk| talk.leg == leg).map(|talk| talk.phone.clone());
            return phone
                .into_iter()
                .for_each(|phone| self.around(now, call, out, |circle| circle.rejoined(leg, phone)));
        }
        let Some(alive) = visit.kept.taking_up.take() else { return };
        visit.answered = true;
        self.todo.deadlines.clear(&Due::TakeUp(call));
        visit.log(now, Event::CallTakenUp { away_ms: millis(now.since(alive)) }, out);
        self.with(now, call, out, |visit, turn| match &visit.phase {
            Phase::Talking(talk) => visit.join(Party { leg: talk.leg, role: Role::Agent, mode: Mode::Talk }, turn),
            Phase::Parked(_) => visit.part(turn),
            _ => visit.play_queue_music(turn),
        });
        self.keep_legs(call, out);
        let parked = self.visits.get(&call).and_then(|visit| match &visit.phase {
            Phase::Parked(parked) => Some(parked.talk.leg),
            _ => None,
        });
        // A phone of the agent that is taken up itself is not rung.
        if parked.is_some_and(|leg| !self.calls.has(leg))
            && let Some(mut circle) = self.circle(now, call, out)
        {
            circle.ring_again();
        }
    }
}

/// How a leg is written down; `None`: it is not up, or cannot be taken up by another process.
fn kept(calls: &Calls, sip: &Endpoint, leg: LegId) -> Option<Box<KeptLeg>> {
    let (media, user, srtp) = calls.kept(leg)?;
    Some(Box::new(KeptLeg { dialog: sip.kept(leg)?, media, user, srtp }))
}

/// How the contact goes on; `None`: it cannot.
fn phase_of(
    now: Instant,
    record: &Interaction,
    contact: ContactId,
    (leg, phone): (LegId, Option<String>),
    (seats, rules): (&Seats, &Rules),
) -> Option<Phase> {
    match record.segments.last()?.holder {
        Holder::Agent { agent, queue } if seats.contains_key(&agent) => {
            let since = record.answered.unwrap_or(now);
            let talk = Talking { contact, queue, agent, leg, phone, since, held: None, taking_over: None };
            Some(Phase::Parked(Parked { talk, rejoining: None, returned: false }))
        }
        Holder::Queue { queue } if rules.queue(queue).is_some() => {
            Some(Phase::Queued(Queued::new(contact, queue, now, record.queued.unwrap_or(now))))
        }
        _ => None,
    }
}

/// The agent has a contact from the first moment on.
fn come_back_busy(
    now: Instant,
    (agent, contact, queue): (AgentId, ContactId, Option<QueueId>),
    seats: &Seats,
    todo: &mut Todo,
) {
    let elsewhere = seats.get(&agent).is_some_and(|seat| seat.static_phone.is_none());
    if elsewhere {
        let was = Was::NotReady { reason: UNREACHABLE.to_owned() };
        todo.to_router(acd::Input::ComeBack { agent, was, since: now });
    }
    todo.to_router(acd::Input::Occupy { agent, contact, queue, own: true });
    if elsewhere {
        // Afterwards, if a phone is there then.
        todo.to_router(acd::Input::Ready { agent, author: Author::System });
    }
}
