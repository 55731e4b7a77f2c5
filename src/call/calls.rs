//! Every call of the server: dispatch of inputs to the leg they concern, and the book-keeping of
//! which leg belongs to which call.

use std::collections::{BTreeMap, VecDeque};

use super::keys::Half;
use super::leg::{Leg, Port, State};
use super::party::{Mode, Party, Role};
use super::ports::Ports;
use super::ring::{Attempt, reason_of};
use super::{AttemptId, Command, Event, Input, LegEnded, Output, Ring, Settings, SrtpRules, TakeUp, reason};
use crate::base::{CallId, IdSource, Instant, InteractionId, LegId, Rng};
use crate::media::{self, Side};
use crate::sip::{self, LegEnd, Reason};

/// All calls. See the module's head for the table.
#[derive(Debug)]
pub struct Calls {
    pub(super) settings: Settings,
    pub(super) rng: Rng,
    pub(super) ids: IdSource,
    pub(super) ports: Ports,
    pub(super) srtp: SrtpRules,
    pub(super) calls: BTreeMap<CallId, Call>,
    pub(super) legs: BTreeMap<LegId, Leg>,
    pub(super) attempts: BTreeMap<AttemptId, Attempt>,
    /// Rings that wait for a media port: the worker lends some ahead and is asked for more by their use.
    pub(super) waiting: VecDeque<Ring>,
    /// Legs of an earlier process that wait for one, too.
    pub(super) taking_up: VecDeque<TakeUp>,
    /// Media sessions told to close, whose counters are still to come: later than the dialog's end.
    measuring: BTreeMap<LegId, CallId>,
}

/// Counters awaited at once; beyond it the oldest are given up.
const MEASURING_MAX: usize = 4_096;

/// The whole conversation.
#[derive(Debug)]
pub(super) struct Call {
    /// Where all its legs live.
    pub worker: media::WorkerId,
    /// Opened by us: it lasts without legs until it is ended.
    pub ours: bool,
    pub legs: Vec<LegId>,
    pub parties: Vec<Party>,
    /// What media was told of who hears whom.
    pub told: Vec<(LegId, Vec<LegId>)>,
    pub recording: Option<Recording>,
    /// See [`Event::Ended`].
    pub crossed: bool,
}

/// Follows the parties as they come and go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Recording {
    pub interaction: InteractionId,
    pub path: String,
    pub paused: bool,
    /// What media was told.
    pub voices: Vec<(LegId, Side)>,
}

impl Call {
    pub fn new(worker: media::WorkerId) -> Self {
        let (legs, parties, told) = (Vec::new(), Vec::new(), Vec::new());
        Self { worker, ours: true, legs, parties, told, recording: None, crossed: false }
    }

    /// The call of somebody who called.
    pub fn from_customer(worker: media::WorkerId, leg: LegId) -> Self {
        let customer = Party { leg, role: Role::Customer, mode: Mode::Apart };
        Self { ours: false, legs: vec![leg], parties: vec![customer], ..Self::new(worker) }
    }

    /// Whom the call is for; `None` until somebody who is called answers.
    pub fn customer(&self) -> Option<LegId> {
        self.parties.iter().find(|party| party.role == Role::Customer).map(|party| party.leg)
    }
}

impl Calls {
    /// `start`: the time of the start, which keeps ids unique over restarts.
    pub fn new(settings: Settings, seed: u64, start: Instant) -> Self {
        Self {
            ports: Ports::default(),
            srtp: SrtpRules::default(),
            settings,
            rng: Rng::new(seed),
            ids: IdSource::new(start, 2),
            calls: BTreeMap::new(),
            legs: BTreeMap::new(),
            attempts: BTreeMap::new(),
            waiting: VecDeque::new(),
            taking_up: VecDeque::new(),
            measuring: BTreeMap::new(),
        }
    }

    /// Has no deadlines of its own: those of dialogs are the endpoint's, those of media the worker's.
    pub fn handle(&mut self, now: Instant, input: Input, out: &mut Vec<Output>) {
        match input {
            Input::Sip(event) => self.on_sip(now, event, out),
            Input::Media(event) => self.on_media(now, event, out),
            Input::Command(command) => self.on_command(command, out),
        }
    }

    /// Whose sound is encrypted from now on, of legs that begin.
    pub fn configure(&mut self, srtp: SrtpRules) {
        self.srtp = srtp;
    }

    pub fn len(&self) -> usize {
        self.calls.len()
    }

    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Free ports, and legs that are not over yet: for the invariants of the simulated world.
    pub fn usage(&self) -> (usize, usize) {
        (self.ports.free(), self.legs.len())
    }

    fn on_command(&mut self, command: Command, out: &mut Vec<Output>) {
        match command {
            Command::Answer { leg } => self.answer(leg, out),
            Command::Refuse { leg, reason, retry_after_s } => self.refuse(leg, reason, retry_after_s, out),
            Command::Play { leg, play, sounds, repeat } => {
                self.to_media(leg, media::Command::Play { leg, play, sounds, repeat }, out);
            }
            Command::Stop { leg } => self.to_media(leg, media::Command::Stop { leg }, out),
            Command::SendDigits { leg, digits } => {
                self.to_media(leg, media::Command::SendDigits { leg, digits }, out);
            }
            Command::HushKeys { leg, hushed } => self.to_media(leg, media::Command::HushKeys { leg, hushed }, out),
            Command::Echo { leg } => self.to_media(leg, media::Command::Echo { leg }, out),
            Command::Open { call } => self.open_call(call),
            Command::Ring(ring) => self.ring(ring, out),
            Command::TakeUp(take_up) => self.take_up(*take_up, out),
            Command::StopRing { attempt, reason } => self.stop_ring(attempt, &reason, out),
            Command::Enter { call, party } => self.enter(call, party, out),
            Command::SetMode { call, leg, mode } => self.set_mode(call, leg, mode, out),
            Command::Record { call, interaction, path, paused } => {
                let recording = Recording { interaction, path, paused, voices: Vec::new() };
                self.record(call, recording, out);
            }
            Command::PauseRecording { call, paused } => self.pause_recording(call, paused, out),
            Command::AnswerRefer { leg, status } => out.push(Output::Sip(sip::Command::AnswerRefer { leg, status })),
            Command::TellReferral { leg, status } => out.push(Output::Sip(sip::Command::TellReferral { leg, status })),
            Command::Refer { leg, to, replaces } => self.refer(leg, to, replaces, out),
            Command::TakeIn { leg, call } => self.take_in(leg, call, out),
            Command::Hangup { leg, reason } => self.hang_up(leg, &reason, out),
            Command::End { call, reason } => self.end(call, &reason, out),
        }
    }

    fn on_sip(&mut self, now: Instant, event: sip::Event, out: &mut Vec<Output>) {
        match event {
            sip::Event::Invited(invited) => self.invited(*invited, out),
            sip::Event::Progressed { leg, .. } => self.progressed(leg, out),
            sip::Event::Unheard { leg } => self.unheard(leg, out),
            sip::Event::Accepted { leg, answer } => self.accepted(leg, answer, out),
            sip::Event::Confirmed { leg, answer } => self.confirmed(leg, answer, out),
            sip::Event::Offered { leg, offer } => self.offered(leg, offer, out),
            sip::Event::OfferAnswered { leg, answer } => self.offer_answered(leg, answer, out),
            sip::Event::OfferRefused { leg, status } => self.offer_refused(leg, status, out),
            sip::Event::RefreshDue { leg } => self.refresh_due(leg, out),
            sip::Event::Referred(referred) => self.referred(*referred, out),
            sip::Event::ReferProgressed { leg, status } => self.refer_progressed(leg, status, out),
            sip::Event::Digit { leg, digit } => self.digit(now, leg, digit, Half::Signalling, out),
            sip::Event::Ended { leg, end } => self.dialog_ended(leg, end, out),
            sip::Event::Registered { user, agent, contacts } => {
                out.push(Output::Event(Event::Registered { user, agent, contacts }));
            }
        }
    }

    fn on_media(&mut self, now: Instant, event: media::Event, out: &mut Vec<Output>) {
        match event {
            media::Event::Lent { ports } => {
                self.ports.lend(ports);
                self.take_up_waiting(out);
                self.ring_waiting(out);
            }
            media::Event::Ready { worker, rtc } => self.ports.worker_ready(worker, rtc),
            media::Event::Connected { leg } => self.heard(leg, out),
            media::Event::Digit { leg, digit } => self.digit(now, leg, digit, Half::Media, out),
            media::Event::PlayEnded { leg, play } => {
                if let Some(call) = self.live_call_of(leg) {
                    out.push(Output::Event(Event::PlayEnded { call, leg, play }));
                }
            }
            media::Event::MediaLost { leg } => self.media_lost(leg, reason(408, "media lost"), out),
            media::Event::Failed { leg, why } => self.media_lost(leg, reason(500, &why), out),
            media::Event::RecordingEnded { interaction, duration_ms, complete, .. } => {
                out.push(Output::Event(Event::RecordingEnded { interaction, duration_ms, complete }));
            }
            media::Event::Closed { leg, stats } => {
                if let Some(call) = self.measuring.remove(&leg) {
                    out.push(Output::Event(Event::Measured { call, leg, stats }));
                }
            }
        }
    }

    fn digit(&mut self, now: Instant, id: LegId, digit: char, way: Half, out: &mut Vec<Output>) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| !leg.is_ending()) else { return };
        if leg.keys.take(now, digit, way) {
            out.push(Output::Event(Event::Digit { call: leg.call, leg: id, digit }));
        }
    }

    /// The call of a leg that is not on its way out.
    pub(super) fn live_call_of(&self, leg: LegId) -> Option<CallId> {
        self.legs.get(&leg).filter(|leg| !leg.is_ending()).map(|leg| leg.call)
    }

    /// The dialog is over: the leg with it.
    fn dialog_ended(&mut self, id: LegId, end: LegEnd, out: &mut Vec<Output>) {
        let Some(leg) = self.legs.get(&id) else { return };
        let (call, attempt, was_inviting) = (leg.call, leg.attempt, matches!(leg.state, State::Inviting));
        let was_securing = leg.is_securing();
        if end == LegEnd::Crossed {
            self.crossed(id);
        }
        self.release_media(id, out);
        self.legs.remove(&id);
        match attempt {
            Some(attempt) if was_inviting => self.branch_failed(call, attempt, id, &end, out),
            Some(attempt) if was_securing => self.no_media(call, attempt, reason_of(&end), out),
            _ => self.leg_gone(call, id, end, out),
        }
        self.forget_when_empty(call, id, out);
    }

    fn leg_gone(&mut self, call: CallId, leg: LegId, end: LegEnd, out: &mut Vec<Output>) {
        self.leave(call, leg, out);
        let ended = match end {
            LegEnd::Peer { reason } => LegEnded::Peer(reason),
            LegEnd::Local | LegEnd::Crossed => LegEnded::Local,
            LegEnd::Refused(reason) | LegEnd::Lost(reason) | LegEnd::Redirected { why: reason, .. } => {
                LegEnded::Lost(reason)
            }
        };
        out.push(Output::Event(Event::LegEnded { call, leg, ended }));
    }

    fn forget_when_empty(&mut self, call: CallId, leg: LegId, out: &mut Vec<Output>) {
        let Some(entry) = self.calls.get_mut(&call) else { return };
        entry.legs.retain(|other| *other != leg);
        if entry.legs.is_empty() && !entry.ours {
            let crossed = entry.crossed;
            self.stop_recording(call, out);
            self.calls.remove(&call);
            out.push(Output::Event(Event::Ended { call, crossed }));
        }
    }

    /// The peer is silent or its media broke: to us that is the end of the leg.
    pub(super) fn media_lost(&mut self, id: LegId, why: Reason, out: &mut Vec<Output>) {
        let Some(leg) = self.legs.get(&id).filter(|leg| !leg.is_ending()) else { return };
        let call = leg.call;
        let (attempt, inviting, securing) = (leg.attempt, matches!(leg.state, State::Inviting), leg.is_securing());
        self.hang_up(id, &why, out);
        match attempt {
            Some(attempt) if securing => self.no_media(call, attempt, why, out),
            _ if inviting => {}
            _ => out.push(Output::Event(Event::LegEnded { call, leg: id, ended: LegEnded::Lost(why) })),
        }
    }

    pub(super) fn hang_up(&mut self, id: LegId, why: &Reason, out: &mut Vec<Output>) {
        let Some(leg) = self.legs.get(&id).filter(|leg| !leg.is_ending()) else { return };
        let call = leg.call;
        self.leave(call, id, out);
        self.release_media(id, out);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if !matches!(leg.state, State::Inviting) {
            leg.state = State::Ending;
        }
        out.push(Output::Sip(sip::Command::Hangup { leg: id, reason: why.clone() }));
    }

    fn end(&mut self, call: CallId, why: &Reason, out: &mut Vec<Output>) {
        self.stop_recording(call, out);
        self.waiting.retain(|ring| ring.call != call);
        self.taking_up.retain(|leg| leg.call != call);
        let legs = self.calls.get_mut(&call).map(|entry| {
            entry.ours = false;
            entry.legs.clone()
        });
        let legs = legs.unwrap_or_default();
        if legs.is_empty() {
            let crossed = self.calls.remove(&call).is_some_and(|entry| entry.crossed);
            return out.push(Output::Event(Event::Ended { call, crossed }));
        }
        for leg in legs {
            self.abandon_branch(leg);
            self.hang_up(leg, why, out);
        }
    }

    /// Ends the media session of a leg, or gives back the port it never opened. Once.
    pub(super) fn release_media(&mut self, id: LegId, out: &mut Vec<Output>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let worker = leg.media.worker;
        let (opened, call) = (leg.media.session.take().is_some(), leg.call);
        let port = std::mem::replace(&mut leg.media.port, Port::Released);
        if port == Port::Released {
            return;
        }
        self.ports.leg_closed(worker);
        if opened {
            self.measuring.insert(id, call);
            if self.measuring.len() > MEASURING_MAX {
                self.measuring.pop_first();
            }
        }
        match port {
            _ if opened => out.push(Output::Media { worker, command: media::Command::Close { leg: id } }),
            Port::Plain(lease) => self.ports.give_back(lease),
            Port::WebRtc | Port::Released => {}
        }
    }

    pub(super) fn to_media(&mut self, leg: LegId, command: media::Command, out: &mut Vec<Output>) {
        if let Some(leg) = self.legs.get(&leg).filter(|leg| leg.media.session.is_some()) {
            out.push(Output::Media { worker: leg.media.worker, command });
        }
    }
}
