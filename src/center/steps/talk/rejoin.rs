//! The agent's phone vanished in the middle of a call (a reload, a closed lid, a dead network): the
//! caller is kept and hears music, and the phone is rung again as soon as it is back.
//!
//! The agent may take the call over at any other phone of the agent's, whether the one that has the audio is
//! still there or not: only the phone that asks is rung, and until it answers nothing changes.

use crate::acd::{self, Arrival, Author};
use crate::base::{AgentId, CallId, ContactId, Instant, LegId};
use crate::call::{self, AttemptId, Mode, Party, Ring, Role};
use crate::center::Center;
use crate::center::answer::{Done, Obeyed};
use crate::center::desk::{CallState, Refusal};
use crate::center::event::Event;
use crate::center::outbound::route::{own_call, told};
use crate::center::output::Output;
use crate::center::turn::{Due, millis, seconds, sip_reason};
use crate::center::visit::{Errand, Other, Parked, Part, Phase, Queued, Rejoining, Talking, Visit, caller_party};
use crate::crm::{EndedBy, HandoverHow};
use crate::sip::Reason;

/// Told to the phone that had the audio; its desktop knows it by this text.
const TAKEN_OVER: &str = "taken over at another phone";

impl Center {
    pub(in crate::center) fn park(&mut self, now: Instant, call: CallId, why: &Reason, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let Phase::Talking(talk) = &visit.phase else { return };
        let mut talk = talk.clone();
        if let Some(held) = talk.held.take() {
            visit.record.hold_ms += millis(now.since(held));
        }
        let (agent, leg) = (talk.agent, talk.leg);
        let rejoining = talk.taking_over.take();
        visit.enter(now, Phase::Parked(Parked { talk, rejoining, returned: false }));
        visit.log(now, Event::CallParked { agent, reason: why.text.clone() }, out);
        self.dismiss_asked(now, call, out);
        self.todo.to_calls(call::Command::SetMode { call, leg, mode: Mode::Apart });
        let joined = |visit: &Visit| visit.others.iter().any(|other| other.part == Part::Joined);
        if !self.visits.get(&call).is_some_and(joined) {
            self.with(now, call, out, |visit, turn| visit.part(turn));
        }
        self.todo.deadlines.set(Due::Rejoin(call), now + seconds(self.settings.times.rejoin_s));
        self.with(now, call, out, |visit, turn| visit.tell_own(CallState::Parked, now, turn));
        self.ring_again(call, agent);
    }

    /// Rings the agent's phones for the call that waits for them; where the agent has asked for it at one of
    /// them, that one rings already.
    pub(in crate::center) fn ring_again(&mut self, call: CallId, agent: AgentId) {
        // Of an earlier process: not before it is clear that the customer is there.
        let visit = self.visits.get(&call).filter(|visit| visit.kept.taking_up.is_none());
        let Some(phase) = visit.map(|visit| &visit.phase) else { return };
        if phase.rejoining().is_none_or(|ring| ring.phone.is_none()) {
            self.ring_in_call(call, agent, None);
        }
    }

    /// The agent wants the audio of the call at this phone: a registered SIP user of the agent's.
    pub(in crate::center) fn take_call_over(
        &mut self,
        now: Instant,
        agent: AgentId,
        call: CallId,
        phone: String,
    ) -> Done {
        let Some(visit) = self.visits.get(&call) else { return Err((Refusal::NoCall, "there is no call on hand")) };
        match &visit.phase {
            phase if phase.rejoining().is_some_and(|ring| ring.is_at(&phone)) => return Ok(Obeyed::Done),
            Phase::Talking(talk) if talk.phone.as_ref() == Some(&phone) => return Ok(Obeyed::Done),
            Phase::Talking(_) | Phase::Parked(_) => {}
            _ => return Err((Refusal::WrongState, "nobody is on the line yet")),
        }
        let parked = matches!(visit.phase, Phase::Parked(_));
        if !self.ring_in_call(call, agent, Some(phone)) {
            return Err((Refusal::UnknownPhone, "no such phone of this agent is registered"));
        }
        if parked {
            self.todo.deadlines.set(Due::Rejoin(call), now + seconds(self.settings.times.rejoin_s));
        }
        Ok(Obeyed::Done)
    }

    /// `phone`: only this one. `false`: there is none to ring.
    fn ring_in_call(&mut self, call: CallId, agent: AgentId, phone: Option<String>) -> bool {
        let mut branches = self.seats.get(&agent).map(crate::center::seat::Seat::branches).unwrap_or_default();
        if let Some(phone) = &phone {
            branches.retain(|branch| branch.user() == Some(phone));
        }
        let Some(visit) = self.visits.get_mut(&call).filter(|_| !branches.is_empty()) else { return false };
        let attempt = AttemptId(self.todo.ids.take());
        let (from, interaction) = (caller_party(visit), visit.record.id);
        let returned = matches!(&visit.phase, Phase::Parked(parked) if parked.returned);
        if let Some(old) = visit.phase.set_rejoining(Some(Rejoining { attempt, phone })) {
            let reason = sip_reason(487, "another phone is rung");
            self.todo.to_calls(call::Command::StopRing { attempt: old.attempt, reason });
        }
        let headers = if returned { told(interaction) } else { own_call(interaction) };
        let give_up_after_ms = u64::from(self.settings.times.rejoin_s) * 1_000;
        let unheard_after_ms = None;
        self.todo.to_calls(call::Command::Ring(Ring {
            call,
            attempt,
            branches,
            from,
            headers,
            give_up_after_ms,
            unheard_after_ms,
        }));
        true
    }

    /// The phone that was rung has the call now, and the one before it, if it is there, no more.
    pub(in crate::center) fn rejoined(
        &mut self,
        now: Instant,
        call: CallId,
        leg: LegId,
        phone: Option<String>,
        out: &mut Vec<Output>,
    ) {
        self.todo.deadlines.clear(&Due::Rejoin(call));
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let left = match &visit.phase {
            Phase::Talking(talk) => Some(talk.leg),
            _ => None,
        };
        let Some(talk) = visit.phase.talk().cloned() else { return };
        // Which browser it was, the process before this one knew.
        let unknown = matches!(visit.errand, Errand::TakenUp(_)) && talk.phone.is_none();
        let (agent, held, same) = (talk.agent, talk.held, unknown || talk.phone == phone);
        let returned = matches!(&visit.phase, Phase::Parked(parked) if parked.returned);
        visit.enter(now, Phase::Talking(Talking { leg, phone, taking_over: None, ..talk }));
        let event = match (returned, same) {
            (true, _) => Event::CallConnected { agent, waited_ms: None },
            (false, true) => Event::CallRejoined { agent },
            (false, false) => Event::CallTakenOver { agent },
        };
        visit.log(now, event, out);
        let party = Party { leg, role: Role::Agent, mode: Mode::Talk };
        self.with(now, call, out, |visit, turn| visit.follow_agent(turn));
        match held {
            Some(_) => self.todo.to_calls(call::Command::Enter { call, party }),
            None => self.with(now, call, out, |visit, turn| visit.join(party, turn)),
        }
        if let Some(leg) = left {
            self.todo.to_calls(call::Command::Hangup { leg, reason: sip_reason(200, TAKEN_OVER) });
        }
        match held {
            Some(since) => self.with(now, call, out, |visit, turn| visit.tell_own(CallState::Held, since, turn)),
            None => self.with(now, call, out, |visit, turn| visit.tell_own(CallState::Talking, now, turn)),
        }
        self.keep_legs(call, out);
    }

    /// The agent does not come back, and somebody else talks with the customer: they go on.
    fn left_to_joined(&mut self, now: Instant, call: CallId, at: usize, reason: &str, out: &mut Vec<Output>) {
        let Some(Phase::Parked(parked)) = self.visits.get(&call).map(|visit| &visit.phase) else { return };
        let (agent, reason) = (parked.talk.agent, reason.to_owned());
        if let Some(ring) = parked.rejoining.as_ref().map(|ring| ring.attempt) {
            self.todo.to_calls(call::Command::StopRing { attempt: ring, reason: sip_reason(487, "too late") });
        }
        self.todo.to_router(acd::Input::NotReady { agent, reason, author: Author::System });
        self.hand_to(now, call, at, HandoverHow::AgentLost, out);
    }

    /// Nobody answered there: the call stays where it was, or waits for any of the agent's phones.
    pub(in crate::center) fn not_rejoined(&mut self, now: Instant, call: CallId, why: &Reason, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let Some(agent) = visit.phase.talk().map(|talk| talk.agent) else { return };
        let asked = visit.phase.set_rejoining(None).is_some_and(|ring| ring.phone.is_some());
        if asked {
            visit.log(now, Event::CallNotTakenOver { agent, reason: why.text.clone() }, out);
        }
        if asked && matches!(visit.phase, Phase::Parked(_)) {
            self.ring_again(call, agent);
        }
    }

    /// The phone did not come back, or no sound came of it: the caller goes back into the line, with the first
    /// arrival time and ahead of its priority, and the agent is not ready.
    pub(in crate::center) fn rejoin_failed(&mut self, now: Instant, call: CallId, reason: &str, out: &mut Vec<Output>) {
        self.todo.deadlines.clear(&Due::Rejoin(call));
        let joined = |other: &Other| other.part == Part::Joined && other.leg().is_some();
        let with = self.visits.get(&call).and_then(|visit| visit.others.iter().position(joined));
        if let Some(at) = with {
            return self.left_to_joined(now, call, at, reason, out);
        }
        let contact = ContactId(self.todo.ids.take());
        self.with(now, call, out, |visit, turn| visit.tell_own_ended(EndedBy::Network, turn));
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let Phase::Parked(parked) = &visit.phase else { return };
        let (talk, rejoining) = (parked.talk.clone(), parked.rejoining.as_ref().map(|ring| ring.attempt));
        if let Some(attempt) = rejoining {
            let reason = sip_reason(487, "too late");
            self.todo.to_calls(call::Command::StopRing { attempt, reason });
        }
        let reason = reason.to_owned();
        let author = Author::System;
        self.todo.to_router(acd::Input::NotReady { agent: talk.agent, reason, author });
        let Some(queue) = talk.queue else {
            return self.finish(now, call, EndedBy::Network, Some(sip_reason(480, "the agent's phone is gone")), out);
        };
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let arrived = visit.record.queued.unwrap_or(now);
        let mut arrival = Arrival::new(contact, queue, arrived);
        arrival.priority = Some(1);
        visit.enter(now, Phase::Queued(Queued::new(contact, queue, now, arrived)));
        visit.log(now, Event::QueueReentered { queue, agent_lost: talk.agent }, out);
        self.visits.unname(talk.contact);
        self.visits.name(contact, call);
        self.todo.to_router(acd::Input::Ended { contact: talk.contact });
        self.todo.to_router(acd::Input::WrapUpDone { agent: talk.agent });
        self.todo.to_router(acd::Input::Arrive(arrival));
    }
}
