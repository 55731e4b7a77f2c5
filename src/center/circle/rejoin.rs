//! The agent's phone vanished in the middle of a call (a reload, a closed lid, a dead network): the
//! caller is kept and hears music, and the phone is rung again as soon as it is back.
//!
//! The agent may take the call over at any other phone of the agent's, whether the one that has the audio is
//! still there or not: only the phone that asks is rung, and until it answers nothing changes.

use crate::acd::{self, Author};
use crate::base::{AgentId, ContactId, LegId};
use crate::call::{self, AttemptId, Mode, Party, Ring, Role};
use crate::center::answer::Refused;
use crate::center::circle::Circle;
use crate::center::desk::{CallState, Refusal};
use crate::center::event::Event;
use crate::center::outbound::attempt::{own_call, told};
use crate::center::seat::Seat;
use crate::center::turn::{Due, millis, seconds, sip_reason};
use crate::center::visit::{Errand, Other, Parked, Part, Phase, Rejoining, Talking, Then, caller_party};
use crate::crm::{EndedBy, HandoverHow};
use crate::sip::Reason;

/// Told to the phone that had the audio; its desktop knows it by this text.
const TAKEN_OVER: &str = "taken over at another phone";

impl Circle<'_> {
    /// The agent's phone is gone.
    pub(super) fn keep_for_agent(&mut self, why: &Reason) {
        let (now, visit) = (self.turn.now, &mut *self.visit);
        let Phase::Talking(talk) = &visit.phase else { return };
        let mut talk = talk.clone();
        if let Some(held) = talk.held.take() {
            visit.record.hold_ms += millis(now.since(held));
        }
        let (agent, leg) = (talk.agent, talk.leg);
        let rejoining = talk.taking_over.take();
        visit.enter(now, Phase::Parked(Parked { talk, rejoining, returned: false }));
        visit.log(now, Event::CallParked { agent, reason: why.text.clone() }, self.turn.out);
        self.dismiss_asked();
        let call = self.visit.call;
        self.turn.todo.to_calls(call::Command::SetMode { call, leg, mode: Mode::Apart });
        if !self.visit.others.iter().any(|other| other.part == Part::Joined) {
            self.visit.part(&mut self.turn);
        }
        self.turn.todo.deadlines.set(Due::Rejoin(call), now + seconds(self.turn.times.rejoin_s));
        self.visit.tell_own(CallState::Parked, now, &mut self.turn);
        self.ring_again();
    }

    /// A phone of this agent is there: it is rung if the call waits for one.
    pub fn phone_is_back(&mut self, agent: AgentId) {
        if matches!(&self.visit.phase, Phase::Parked(parked) if parked.talk.agent == agent) {
            self.ring_again();
        }
    }

    /// Rings the agent's phones for the call that waits for them; where the agent has asked for it at one of
    /// them, that one rings already.
    pub fn ring_again(&mut self) {
        // Of an earlier process: not before it is clear that the customer is there.
        let taking_up = self.visit.kept.taking_up.is_some();
        if !taking_up && self.visit.phase.rejoining().is_none_or(|ring| ring.phone.is_none()) {
            self.ring_in_call(None);
        }
    }

    /// The agent wants the audio of the call at this phone: a registered SIP user of the agent's.
    pub fn take_over(&mut self, phone: String) -> Result<(), Refused> {
        match &self.visit.phase {
            phase if phase.rejoining().is_some_and(|ring| ring.is_at(&phone)) => return Ok(()),
            Phase::Talking(talk) if talk.phone.as_ref() == Some(&phone) => return Ok(()),
            Phase::Talking(_) | Phase::Parked(_) => {}
            _ => return Err((Refusal::WrongState, "nobody is on the line yet")),
        }
        let parked = matches!(self.visit.phase, Phase::Parked(_));
        if !self.ring_in_call(Some(phone)) {
            return Err((Refusal::UnknownPhone, "no such phone of this agent is registered"));
        }
        if parked {
            let due = Due::Rejoin(self.visit.call);
            self.turn.todo.deadlines.set(due, self.turn.now + seconds(self.turn.times.rejoin_s));
        }
        Ok(())
    }

    /// `phone`: only this one. `false`: there is none to ring.
    fn ring_in_call(&mut self, phone: Option<String>) -> bool {
        let (visit, todo) = (&mut *self.visit, &mut *self.turn.todo);
        let Some(talk) = visit.phase.talk() else { return false };
        let mut branches = self.seats.get(&talk.agent).map(Seat::branches).unwrap_or_default();
        if let Some(phone) = &phone {
            branches.retain(|branch| branch.user() == Some(phone));
        }
        if branches.is_empty() {
            return false;
        }
        let (call, attempt) = (visit.call, AttemptId(todo.ids.take()));
        let (from, interaction) = (caller_party(visit), visit.record.id);
        let returned = matches!(&visit.phase, Phase::Parked(parked) if parked.returned);
        if let Some(old) = visit.phase.set_rejoining(Some(Rejoining { attempt, phone })) {
            let reason = sip_reason(487, "another phone is rung");
            todo.to_calls(call::Command::StopRing { attempt: old.attempt, reason });
        }
        let headers = if returned { told(interaction) } else { own_call(interaction) };
        let give_up_after_ms = u64::from(self.turn.times.rejoin_s) * 1_000;
        let unheard_after_ms = None;
        let ring = Ring { call, attempt, branches, from, headers, give_up_after_ms, unheard_after_ms };
        todo.to_calls(call::Command::Ring(ring));
        true
    }

    /// The phone that was rung has the call now, and the one before it, if it is there, no more.
    pub fn rejoined(&mut self, leg: LegId, phone: Option<String>) -> Then {
        let (now, visit) = (self.turn.now, &mut *self.visit);
        self.turn.todo.deadlines.clear(&Due::Rejoin(visit.call));
        let left = match &visit.phase {
            Phase::Talking(talk) => Some(talk.leg),
            _ => None,
        };
        let Some(talk) = visit.phase.talk().cloned() else { return Then::GoesOn };
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
        visit.log(now, event, self.turn.out);
        let party = Party { leg, role: Role::Agent, mode: Mode::Talk };
        visit.follow_agent(&mut self.turn);
        match held {
            Some(_) => self.turn.todo.to_calls(call::Command::Enter { call: visit.call, party }),
            None => visit.join(party, &mut self.turn),
        }
        if let Some(leg) = left {
            self.turn.todo.to_calls(call::Command::Hangup { leg, reason: sip_reason(200, TAKEN_OVER) });
        }
        match held {
            Some(since) => visit.tell_own(CallState::Held, since, &mut self.turn),
            None => visit.tell_own(CallState::Talking, now, &mut self.turn),
        }
        Then::GoesOnElsewhere
    }

    /// The agent does not come back, and somebody else talks with the customer: they go on.
    fn left_to_joined(&mut self, at: usize, reason: &str) {
        let Phase::Parked(parked) = &self.visit.phase else { return };
        let (agent, reason) = (parked.talk.agent, reason.to_owned());
        if let Some(ring) = parked.rejoining.as_ref().map(|ring| ring.attempt) {
            let reason = sip_reason(487, "too late");
            self.turn.todo.to_calls(call::Command::StopRing { attempt: ring, reason });
        }
        self.turn.todo.to_router(acd::Input::NotReady { agent, reason, author: Author::System });
        self.hand_to(at, HandoverHow::AgentLost);
    }

    /// Nobody answered there: the call stays where it was, or waits for any of the agent's phones.
    pub(super) fn not_rejoined(&mut self, why: &Reason) {
        let Some(agent) = self.visit.phase.talk().map(|talk| talk.agent) else { return };
        let asked = self.visit.phase.set_rejoining(None).is_some_and(|ring| ring.phone.is_some());
        if asked {
            let event = Event::CallNotTakenOver { agent, reason: why.text.clone() };
            self.visit.log(self.turn.now, event, self.turn.out);
            self.phone_is_back(agent);
        }
    }

    /// The phone did not come back, or no sound came of it: the caller goes back into the line, with the first
    /// arrival time and ahead of its priority, and the agent is not ready.
    pub fn rejoin_failed(&mut self, reason: &str) -> Then {
        self.turn.todo.deadlines.clear(&Due::Rejoin(self.visit.call));
        let joined = |other: &Other| other.part == Part::Joined && other.leg().is_some();
        if let Some(at) = self.visit.others.iter().position(joined) {
            self.left_to_joined(at, reason);
            return Then::GoesOn;
        }
        let contact = ContactId(self.turn.todo.ids.take());
        self.visit.tell_own_ended(EndedBy::Network, &mut self.turn);
        let Phase::Parked(parked) = &self.visit.phase else { return Then::GoesOn };
        let (talk, rejoining) = (parked.talk.clone(), parked.rejoining.as_ref().map(|ring| ring.attempt));
        if let Some(attempt) = rejoining {
            let reason = sip_reason(487, "too late");
            self.turn.todo.to_calls(call::Command::StopRing { attempt, reason });
        }
        let (agent, reason, author) = (talk.agent, reason.to_owned(), Author::System);
        self.turn.todo.to_router(acd::Input::NotReady { agent, reason, author });
        match talk.queue {
            Some(queue) => {
                self.line_up_anew(contact, queue, &talk);
                Then::GoesOn
            }
            None => Then::Over(EndedBy::Network, Some(sip_reason(480, "the agent's phone is gone"))),
        }
    }
}
