//! Attempts: one party rung at all its contacts at once; the first to answer stays.

use bytes::Bytes;

use super::calls::{Call, Calls};
use super::incoming::Want;
use super::keys::Keys;
use super::leg::{Leg, State};
use super::{AttemptId, Branch, Cause, Event, Output, Ring, reason};
use crate::base::{CallId, LegId};
use crate::media::{Codec, Direction};
use crate::sip::{self, Invite, LegEnd, Reason};

/// Rings that wait for a port; the next ones ring with what there is.
const WAITING_MAX: usize = 4_096;

#[derive(Debug)]
pub(super) struct Attempt {
    /// Legs that still ring.
    pub branches: Vec<LegId>,
    /// `Event::Ringing` was told.
    pub ringing: bool,
}

impl Calls {
    /// A call that begins with us. Without a worker for its media every ring fails.
    pub(super) fn open_call(&mut self, call: CallId) {
        if let Some(worker) = self.ports.least_loaded() {
            self.calls.entry(call).or_insert_with(|| Call::new(worker));
        }
    }

    /// Rings now, or as soon as there are media ports: a burst of calls is no reason to pass over an agent.
    pub(super) fn ring(&mut self, ring: Ring, out: &mut Vec<Output>) {
        if self.waiting.len() < WAITING_MAX && !(self.waiting.is_empty() && self.has_ports(&ring)) {
            self.waiting.push_back(ring);
        } else {
            self.ring_now(ring, out);
        }
    }

    pub(super) fn ring_waiting(&mut self, out: &mut Vec<Output>) {
        while let Some(ring) = self.waiting.front() {
            if !self.has_ports(ring) {
                return;
            }
            let Some(ring) = self.waiting.pop_front() else { return };
            self.ring_now(ring, out);
        }
    }

    /// Does the worker of the call have a port for every branch? For a call that is over: none is needed.
    fn has_ports(&self, ring: &Ring) -> bool {
        let plain = ring.branches.iter().take(self.settings.max_branches).filter(|branch| !branch.webrtc).count();
        self.calls.get(&ring.call).is_none_or(|call| self.ports.free_of(call.worker) >= plain)
    }

    fn ring_now(&mut self, ring: Ring, out: &mut Vec<Output>) {
        let attempt = ring.attempt;
        self.attempts.insert(attempt, Attempt { branches: Vec::new(), ringing: false });
        let mut failure = reason(480, "no phone is reachable");
        for branch in ring.branches.iter().take(self.settings.max_branches) {
            match self.ring_branch(&ring, branch, out) {
                Ok(leg) => {
                    if let Some(attempt) = self.attempts.get_mut(&attempt) {
                        attempt.branches.push(leg);
                    }
                }
                Err(why) => failure = why,
            }
        }
        if self.attempts.get(&attempt).is_some_and(|attempt| attempt.branches.is_empty()) {
            self.attempts.remove(&attempt);
            let cause = Cause::of(failure.status, false);
            let (call, why, elsewhere) = (ring.call, failure, Vec::new());
            out.push(Output::Event(Event::NotReached { call, attempt, cause, why, elsewhere }));
        }
    }

    fn ring_branch(&mut self, ring: &Ring, branch: &Branch, out: &mut Vec<Output>) -> Result<LegId, Reason> {
        let call = self.calls.get(&ring.call).ok_or_else(|| reason(481, "the call is over"))?;
        let (worker, first) = (call.worker, call.customer().or_else(|| call.legs.first().copied()));
        let codecs = self.codecs_like(first, branch.webrtc);
        let (webrtc, srtp) = (branch.webrtc, self.srtp.of_called(branch));
        let mut media = self.new_media(Want { worker, webrtc, srtp, codecs: &codecs, source: branch.addr })?;
        let id = LegId(self.ids.take());
        let invite = Invite {
            leg: id,
            target: branch.target.clone(),
            from: ring.from.clone(),
            offer: media.negotiation.offer(Direction::SendRecv),
            headers: ring.headers.clone(),
            give_up_after_ms: ring.give_up_after_ms,
            unheard_after_ms: ring.unheard_after_ms,
        };
        let (call, attempt, user) = (ring.call, Some(ring.attempt), branch.user().map(str::to_owned));
        let (state, keys) = (State::Inviting, Keys::default());
        self.legs.insert(id, Leg { id, call, attempt, user, state, media, keys });
        if let Some(call) = self.calls.get_mut(&ring.call) {
            call.legs.push(id);
        }
        out.push(Output::Sip(sip::Command::Invite(Box::new(invite))));
        Ok(id)
    }

    /// The codec of the leg that the new one is for first: equal codecs are relayed untouched, and one that is only
    /// passed on finds its like or nobody. To a browser Opus, if that is our first wish: what it loses on its way is
    /// made good.
    pub(super) fn codecs_like(&self, leg: Option<LegId>, webrtc: bool) -> Vec<Codec> {
        let ours = &self.settings.codecs;
        let like = leg.and_then(|leg| self.legs.get(&leg)?.media.session.as_ref()).map(|session| session.codec);
        if let Some(only) = like.filter(|codec| codec.is_passed_on_only()) {
            return vec![only];
        }
        let opus = ours.first().copied().filter(|codec| webrtc && *codec == Codec::Opus);
        let mut codecs: Vec<Codec> = opus.into_iter().chain(like).collect();
        for codec in ours {
            if !codecs.contains(codec) {
                codecs.push(*codec);
            }
        }
        codecs.dedup();
        codecs
    }

    pub(super) fn progressed(&mut self, leg: LegId, out: &mut Vec<Output>) {
        let Some(leg) = self.legs.get(&leg) else { return };
        let Some(id) = leg.attempt else { return };
        let Some(attempt) = self.attempts.get_mut(&id).filter(|attempt| !attempt.ringing) else { return };
        attempt.ringing = true;
        out.push(Output::Event(Event::Ringing { call: leg.call, attempt: id }));
    }

    /// Nobody is there; the leg itself ends later.
    pub(super) fn unheard(&mut self, id: LegId, out: &mut Vec<Output>) {
        let Some(leg) = self.legs.get(&id) else { return };
        let (call, Some(attempt)) = (leg.call, leg.attempt) else { return };
        self.drop_branch(call, attempt, id, (reason(503, "no response"), Vec::new()), out);
    }

    pub(super) fn accepted(&mut self, id: LegId, answer: Option<Bytes>, out: &mut Vec<Output>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let (call, Some(attempt)) = (leg.call, leg.attempt) else { return };
        let wanted = self.attempts.get(&attempt).is_some_and(|attempt| attempt.branches.contains(&id));
        if !matches!(leg.state, State::Inviting) {
            return;
        }
        let session = leg.media.negotiation.accept(answer.as_deref().unwrap_or_default());
        leg.state = State::Up;
        if !wanted {
            // Answered while our CANCEL was on its way.
            self.crossed(id);
            return self.hang_up(id, &reason(200, "completed elsewhere"), out);
        }
        match session {
            Ok(session) => {
                let browser = session.rtc.is_some();
                leg.open(session, out);
                if browser {
                    leg.state = State::Securing;
                }
                self.stop_other_branches(attempt, id, out);
                match browser {
                    true => out.push(Output::Event(Event::Answering { call, attempt })),
                    false => self.reached(call, attempt, id, out),
                }
            }
            Err(error) => {
                let why = reason(488, &error.to_string());
                self.hang_up(id, &why, out);
                self.drop_branch(call, attempt, id, (why, Vec::new()), out);
            }
        }
    }

    /// Whoever this leg rang at has answered, too late for us.
    pub(super) fn crossed(&mut self, leg: LegId) {
        let outside = self.legs.get(&leg).filter(|leg| leg.user.is_none());
        if let Some(call) = outside.and_then(|leg| self.calls.get_mut(&leg.call)) {
            call.crossed = true;
        }
    }

    fn stop_other_branches(&mut self, attempt: AttemptId, winner: LegId, out: &mut Vec<Output>) {
        let Some(attempt) = self.attempts.get_mut(&attempt) else { return };
        for leg in std::mem::replace(&mut attempt.branches, vec![winner]).into_iter().filter(|leg| *leg != winner) {
            self.hang_up(leg, &reason(200, "completed elsewhere"), out);
        }
    }

    fn reached(&mut self, call: CallId, attempt: AttemptId, leg: LegId, out: &mut Vec<Output>) {
        self.attempts.remove(&attempt);
        let user = self.legs.get(&leg).and_then(|leg| leg.user.clone());
        out.push(Output::Event(Event::Reached { call, attempt, leg, user }));
    }

    /// The first packet of a leg.
    pub(super) fn heard(&mut self, id: LegId, out: &mut Vec<Output>) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| leg.is_securing()) else { return };
        leg.state = State::Up;
        let (call, Some(attempt)) = (leg.call, leg.attempt) else { return };
        self.reached(call, attempt, id, out);
    }

    /// A leg that was being secured ended. Nobody's news if we stopped ringing it.
    pub(super) fn no_media(&mut self, call: CallId, attempt: AttemptId, why: Reason, out: &mut Vec<Output>) {
        if self.attempts.remove(&attempt).is_some() {
            out.push(Output::Event(Event::NoMedia { call, attempt, why }));
        }
    }

    pub(super) fn stop_ring(&mut self, attempt: AttemptId, why: &Reason, out: &mut Vec<Output>) {
        self.waiting.retain(|ring| ring.attempt != attempt);
        let Some(attempt) = self.attempts.remove(&attempt) else { return };
        for leg in attempt.branches {
            self.hang_up(leg, why, out);
        }
    }

    pub(super) fn branch_failed(
        &mut self,
        call: CallId,
        id: AttemptId,
        leg: LegId,
        end: &LegEnd,
        out: &mut Vec<Output>,
    ) {
        let elsewhere = match end {
            LegEnd::Redirected { to, .. } => to.clone(),
            _ => Vec::new(),
        };
        self.drop_branch(call, id, leg, (reason_of(end), elsewhere), out);
    }

    fn drop_branch(
        &mut self,
        call: CallId,
        id: AttemptId,
        leg: LegId,
        (why, elsewhere): (Reason, Vec<sip::Elsewhere>),
        out: &mut Vec<Output>,
    ) {
        let Some(attempt) = self.attempts.get_mut(&id) else { return };
        attempt.branches.retain(|branch| *branch != leg);
        if attempt.branches.is_empty() {
            let cause = Cause::of(why.status, attempt.ringing);
            self.attempts.remove(&id);
            out.push(Output::Event(Event::NotReached { call, attempt: id, cause, why, elsewhere }));
        }
    }

    /// The call ends: what becomes of this branch is nobody's news any more.
    pub(super) fn abandon_branch(&mut self, leg: LegId) {
        let Some(id) = self.legs.get(&leg).and_then(|leg| leg.attempt) else { return };
        if self.attempts.get(&id).is_some_and(|attempt| attempt.branches.contains(&leg)) {
            self.attempts.remove(&id);
        }
    }
}

pub(super) fn reason_of(end: &LegEnd) -> Reason {
    match end {
        LegEnd::Refused(reason) | LegEnd::Lost(reason) | LegEnd::Redirected { why: reason, .. } => reason.clone(),
        LegEnd::Peer { reason: Some(reason) } => reason.clone(),
        LegEnd::Peer { reason: None } => reason(480, "gone"),
        LegEnd::Local | LegEnd::Crossed => reason(487, "cancelled"),
    }
}
