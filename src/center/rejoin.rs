//! The agent's phone vanished in the middle of a call (a reload, a closed lid, a dead network): the
//! caller is kept and hears music, and the phone is rung again as soon as it is back.

use serde_json::json;

use super::desk::CallState;
use super::flow::caller_party;
use super::output::Output;
use super::visit::{Parked, Phase, Queued};
use super::work::Work;
use super::{Center, Due};
use crate::acd::{self, Arrival, Author};
use crate::base::{AgentId, CallId, ContactId, Instant, LegId};
use crate::call::{self, AttemptId, Mode, Party, Ring, Role};
use crate::crm::EndedBy;
use crate::media::Sound;
use crate::sip::Reason;

impl Center {
    pub(super) fn park(&mut self, now: Instant, call: CallId, why: &Reason, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let Phase::Talking(talk) = &visit.phase else { return };
        let mut talk = talk.clone();
        if let Some(held) = talk.held.take() {
            visit.record.hold_ms += u64::try_from(now.since(held).as_millis()).unwrap_or(0);
        }
        let (agent, queue, leg) = (talk.agent, talk.queue, talk.leg);
        visit.phase = Phase::Parked(Parked { talk, rejoining: None });
        visit.log(now, "call.parked", json!({ "agent": agent, "reason": why.text }), out);
        let music = Sound(self.music(queue));
        self.to_calls(call::Command::SetMode { call, leg, mode: Mode::Apart });
        self.part(call, music);
        self.deadlines.set(Due::Rejoin(call), now + Self::seconds(self.settings.times.rejoin_s));
        self.push_call(call, CallState::Parked, now, None, out);
        self.ring_again(call, agent);
    }

    /// Rings the agent's phones for the call that waits for them.
    pub(super) fn ring_again(&mut self, call: CallId, agent: AgentId) {
        let branches = self.seat_of(agent).map(super::Seat::branches).unwrap_or_default();
        if branches.is_empty() {
            return;
        }
        let attempt = AttemptId(self.ids.take());
        let give_up_after_ms = u64::from(self.settings.times.rejoin_s) * 1_000;
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let from = caller_party(visit);
        let headers = vec![
            ("X-Carillon-Interaction".to_owned(), visit.record.id.to_string()),
            // The desktop answers this one by itself.
            ("X-Carillon-Rejoin".to_owned(), "yes".to_owned()),
        ];
        let Phase::Parked(parked) = &mut visit.phase else { return };
        if let Some(old) = parked.rejoining.replace(attempt) {
            let reason = Self::reason(487, "another phone is rung");
            self.to_calls(call::Command::StopRing { attempt: old, reason });
        }
        let unheard_after_ms = None;
        self.to_calls(call::Command::Ring(Ring {
            call,
            attempt,
            branches,
            from,
            headers,
            give_up_after_ms,
            unheard_after_ms,
        }));
    }

    pub(super) fn rejoined(&mut self, now: Instant, call: CallId, leg: LegId, out: &mut Vec<Output>) {
        self.deadlines.clear(&Due::Rejoin(call));
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let Phase::Parked(parked) = &visit.phase else { return };
        let mut talk = parked.talk.clone();
        talk.leg = leg;
        let agent = talk.agent;
        visit.phase = Phase::Talking(talk);
        visit.log(now, "call.rejoined", json!({ "agent": agent }), out);
        self.join(call, Party { leg, role: Role::Agent, mode: Mode::Talk });
        self.push_call(call, CallState::Talking, now, None, out);
    }

    /// The phone did not come back: the caller goes back into the line, with the first arrival time
    /// and ahead of its priority, and the agent is not ready.
    pub(super) fn rejoin_timed_out(&mut self, now: Instant, call: CallId, out: &mut Vec<Output>) {
        self.rejoin_failed(now, call, acd::UNREACHABLE, out);
    }

    pub(super) fn rejoin_failed(&mut self, now: Instant, call: CallId, reason: &str, out: &mut Vec<Output>) {
        self.deadlines.clear(&Due::Rejoin(call));
        let contact = ContactId(self.ids.take());
        self.push_call(call, CallState::Ended, now, Some(EndedBy::Network), out);
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let Phase::Parked(parked) = &visit.phase else { return };
        let (talk, rejoining) = (parked.talk.clone(), parked.rejoining);
        let arrived = visit.record.queued.unwrap_or(now);
        let mut arrival = Arrival::new(contact, talk.queue, arrived);
        arrival.priority = Some(1);
        visit.phase = Phase::Queued(Queued::new(contact, talk.queue, now, arrived));
        visit.log(now, "queue.reentered", json!({ "queue": talk.queue, "agent_lost": talk.agent }), out);
        if let Some(attempt) = rejoining {
            let reason = Self::reason(487, "too late");
            self.to_calls(call::Command::StopRing { attempt, reason });
        }
        let reason = reason.to_owned();
        let author = Author::System;
        self.contacts.remove(&talk.contact);
        self.contacts.insert(contact, call);
        self.work.push_back(Work::Router(acd::Input::NotReady { agent: talk.agent, reason, author }));
        self.work.push_back(Work::Router(acd::Input::Ended { contact: talk.contact }));
        self.work.push_back(Work::Router(acd::Input::WrapUpDone { agent: talk.agent }));
        self.work.push_back(Work::Router(acd::Input::Arrive(arrival)));
    }
}
