//! Commands of the control plane.

use std::collections::btree_map::Entry;

use super::Engine;
use crate::base::{Instant, InteractionId, LegId};
use crate::media::leg::{Hears, Leg, Speakers, Transport};
use crate::media::mixer::MAX_SPEAKERS;
use crate::media::outbox::{Outbox, Peer, Secure};
use crate::media::player::{PlayError, Player};
use crate::media::recorder::{Recorder, Recording, Side};
use crate::media::voice::{Ears, Voice};
use crate::media::{Command, Event, PlayId, PortLease, Session, Sound, Srtp};

/// Why a command was not done. All of it is the caller's doing.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
enum Refusal {
    #[error("unknown leg")]
    UnknownLeg,
    #[error("the leg is open already")]
    OpenAlready,
    #[error("the worker is full")]
    Full,
    #[error("the port is in use by another leg")]
    PortInUse,
    #[error("a leg without WebRTC needs a port, one with it needs none")]
    WrongTransport,
    #[error("a leg does not hear itself among others")]
    SameLeg,
    #[error("more than {MAX_SPEAKERS} to be heard")]
    TooManySpeakers,
    #[error("not keys, or too many of them")]
    BadKeys,
    #[error(transparent)]
    Play(#[from] PlayError),
}

/// What stands between a leased port and its leg.
fn guard(leg: LegId, port: PortLease, session: &Session) -> Secure {
    let port = port.rtp.port();
    match &session.srtp {
        None => Secure::Guard { leg, port, srtp: None },
        Some(Srtp::Keys(keys)) => Secure::Guard { leg, port, srtp: Some(**keys) },
        Some(Srtp::Handshake(with)) => {
            let with = **with;
            let peer = Peer { remote: session.remote, latch_from: session.latch_from };
            Secure::Shake { leg, port, with, peer }
        }
    }
}

fn shakes_hands(session: &Session) -> bool {
    matches!(session.srtp, Some(Srtp::Handshake(_)))
}

impl Engine {
    /// Does a command; one that cannot be done is answered by [`Event::Failed`].
    pub fn command(&mut self, now: Instant, command: Command, out: &mut Outbox) {
        let (leg, done) = match command {
            Command::Open { leg, port, session } => (leg, self.open(now, leg, port, session, out)),
            Command::Update { leg, session } => (leg, self.update(now, leg, session, out)),
            Command::Play { leg, play, sounds, repeat } => (leg, self.play(now, leg, play, &sounds, repeat)),
            Command::Stop { leg } => (leg, self.stop(now, leg)),
            Command::Hear { leg, from } => (leg, self.listen(now, leg, &from)),
            Command::Echo { leg } => (leg, self.find(leg).map(|leg| leg.hears = Hears::Itself)),
            Command::HushKeys { leg, hushed } => (leg, self.hush_keys(now, leg, hushed)),
            Command::SendDigits { leg, digits } => (leg, self.send_digits(leg, &digits)),
            Command::Record { interaction, voices, path } => {
                return self.record(now, interaction, &voices, path, out);
            }
            Command::StopRecording { interaction } => return self.stop_recording(now, interaction, out),
            Command::Close { leg } => (leg, self.close(now, leg, out)),
        };
        if let Err(refusal) = done {
            out.events.push(Event::Failed { leg, why: refusal.to_string() });
        }
    }

    fn find(&mut self, id: LegId) -> Result<&mut Leg, Refusal> {
        let place = self.place(id).ok_or(Refusal::UnknownLeg)?;
        self.leg(place).ok_or(Refusal::UnknownLeg)
    }

    fn open(
        &mut self,
        now: Instant,
        id: LegId,
        port: Option<PortLease>,
        session: Session,
        out: &mut Outbox,
    ) -> Result<(), Refusal> {
        if self.by_id.contains_key(&id) {
            return Err(Refusal::OpenAlready);
        }
        if self.by_id.len() >= self.settings.max_legs {
            return Err(Refusal::Full);
        }
        if port.is_some() == session.rtc.is_some() {
            return Err(Refusal::WrongTransport);
        }
        if port.is_some_and(|port| self.by_port.contains_key(&port.rtp.port())) {
            return Err(Refusal::PortInUse);
        }
        out.secure.extend(session.rtc.clone().map(|rtc| Secure::Open { leg: id, rtc }));
        out.secure.extend(port.filter(|_| session.srtp.is_some()).map(|port| guard(id, port, &session)));
        let leg = Some(Box::new(Leg::new(now, id, port, session, &mut self.rng)));
        let place = self.free.pop().unwrap_or(self.legs.len());
        match self.legs.get_mut(place) {
            Some(free) => *free = leg,
            None => self.legs.push(leg),
        }
        self.by_id.insert(id, place);
        self.by_port.extend(port.map(|port| (port.rtp.port(), place)));
        self.set_voice(now, place);
        self.start_ticking(now);
        Ok(())
    }

    fn update(&mut self, now: Instant, id: LegId, session: Session, out: &mut Outbox) -> Result<(), Refusal> {
        let leg = self.find(id)?;
        if session.rtc.is_some() != leg.session.rtc.is_some() {
            return Err(Refusal::WrongTransport);
        }
        out.secure.extend(session.rtc.clone().map(|rtc| Secure::Update { leg: id, rtc }));
        if shakes_hands(&session) != shakes_hands(&leg.session) {
            return Err(Refusal::WrongTransport);
        }
        if let Some(port) = leg.transport.port()
            && (&session.srtp, session.remote) != (&leg.session.srtp, leg.session.remote)
        {
            out.secure.push(guard(id, port, &session));
        }
        leg.update(now, session);
        if let Some(place) = self.place(id) {
            self.settle(now, place);
        }
        Ok(())
    }

    fn play(&mut self, now: Instant, id: LegId, play: PlayId, sounds: &[Sound], repeat: bool) -> Result<(), Refusal> {
        let player = Player::new(&self.sounds, play, sounds, repeat);
        let place = self.place(id).ok_or(Refusal::UnknownLeg)?;
        self.leg(place).ok_or(Refusal::UnknownLeg)?.play(player?);
        self.set_voice(now, place);
        Ok(())
    }

    fn stop(&mut self, now: Instant, id: LegId) -> Result<(), Refusal> {
        let place = self.place(id).ok_or(Refusal::UnknownLeg)?;
        self.leg(place).ok_or(Refusal::UnknownLeg)?.stop();
        self.set_voice(now, place);
        Ok(())
    }

    fn listen(&mut self, now: Instant, id: LegId, from: &[LegId]) -> Result<(), Refusal> {
        let place = self.place(id).ok_or(Refusal::UnknownLeg)?;
        if from.contains(&id) {
            return Err(Refusal::SameLeg);
        }
        if from.len() > MAX_SPEAKERS {
            return Err(Refusal::TooManySpeakers);
        }
        let speakers = from.iter().map(|id| self.place(*id).ok_or(Refusal::UnknownLeg)).collect::<Result<_, _>>()?;
        self.set_speakers(now, place, Speakers::of(speakers));
        Ok(())
    }

    /// Whom the leg at `place` hears, and with it whose voice is needed in frames.
    fn set_speakers(&mut self, now: Instant, place: usize, speakers: Speakers) {
        let Some(leg) = self.leg(place) else { return };
        let before = leg.speakers.clone();
        leg.listen(speakers.clone());
        for speaker in before.places() {
            if let Some(speaker) = self.leg(*speaker) {
                speaker.listeners.retain(|listener| *listener != place);
            }
        }
        for speaker in speakers.places() {
            if let Some(speaker) = self.leg(*speaker) {
                speaker.listeners.push(place);
            }
        }
        self.set_way(place);
        self.set_voice(now, place);
        for speaker in before.places().iter().chain(speakers.places()) {
            self.set_voice(now, *speaker);
        }
    }

    /// After a leg's codec changed, or what it says did: how it hears, how it is heard.
    pub(super) fn settle(&mut self, now: Instant, place: usize) {
        let Some(leg) = self.leg(place) else { return };
        let (listeners, speakers) = (leg.listeners.clone(), leg.speakers.places().to_vec());
        self.set_way(place);
        listeners.into_iter().for_each(|listener| self.set_way(listener));
        self.set_voice(now, place);
        speakers.into_iter().for_each(|speaker| self.set_voice(now, speaker));
    }

    /// Whether a leg gets the packets of whom it hears as they come. One whose codec is only passed on gets them or
    /// nothing.
    fn set_way(&mut self, place: usize) {
        let Some(leg) = self.leg(place) else { return };
        let (codec, speakers) = (leg.session.codec, leg.speakers.clone());
        let is_remade = match speakers {
            Speakers::Nobody => false,
            Speakers::One(one) => {
                self.leg(one).is_some_and(|speaker| speaker.is_looked_through() || !speaker.speaks.passes_to(codec))
            }
            Speakers::Several(_) => true,
        };
        if let Some(leg) = self.leg(place) {
            leg.is_remade = is_remade;
        }
    }

    /// A leg has a voice while somebody does not get its packets as they come.
    fn set_voice(&mut self, now: Instant, place: usize) {
        let Some(leg) = self.leg(place) else { return };
        let (listeners, taped) = (leg.listeners.clone(), leg.tap.is_some() && leg.speaks.g711().is_none());
        let is_listened_to = taped || leg.presses_aloud();
        let is_hushed = leg.is_hushed;
        let mut ears = Ears { narrow: is_listened_to || is_hushed, wide: false };
        let mut needed = is_listened_to && !leg.speaks.is_passed_on_only();
        for listener in listeners {
            if let Some(listener) = self.leg(listener).filter(|listener| listener.is_remade) {
                let is_wide = listener.session.codec.is_wide();
                ears.narrow |= !is_wide;
                // One who hears a single narrow voice gets it as it is.
                ears.wide |= is_wide && listener.speakers.places().len() > 1;
                needed = true;
            }
        }
        let rng = &mut self.rng;
        if let Some(leg) = self.legs.get_mut(place).and_then(Option::as_mut) {
            leg.voice = needed.then(|| leg.voice.take().unwrap_or_else(|| Box::new(Voice::new(now, rng))));
            if let Some(voice) = &mut leg.voice {
                voice.ears = ears;
                voice.hush_keys(is_hushed);
            }
        }
    }

    fn hush_keys(&mut self, now: Instant, id: LegId, hushed: bool) -> Result<(), Refusal> {
        let place = self.place(id).ok_or(Refusal::UnknownLeg)?;
        self.leg(place).ok_or(Refusal::UnknownLeg)?.is_hushed = hushed;
        self.settle(now, place);
        Ok(())
    }

    fn send_digits(&mut self, id: LegId, digits: &str) -> Result<(), Refusal> {
        if self.find(id)?.keys.push(digits) { Ok(()) } else { Err(Refusal::BadKeys) }
    }

    /// Begins a recording, or tells a running one whose voices it has now.
    fn record(
        &mut self,
        now: Instant,
        interaction: InteractionId,
        voices: &[(LegId, Side)],
        path: String,
        out: &mut Outbox,
    ) {
        let recorder = match self.recorders.entry(interaction) {
            Entry::Occupied(running) => running.into_mut(),
            Entry::Vacant(place) => {
                out.recordings.push(Recording::Begin { interaction, path });
                place.insert(Recorder::new(now, interaction))
            }
        };
        recorder.voices(now, voices);
        self.start_ticking(now);
        self.untap(interaction);
        for (leg, _) in voices {
            match self.find(*leg) {
                Ok(leg) => leg.tap = Some(interaction),
                Err(refusal) => out.events.push(Event::Failed { leg: *leg, why: refusal.to_string() }),
            }
            if let Some(place) = self.place(*leg) {
                self.set_voice(now, place);
            }
        }
    }

    /// A recording that ended with its last leg is not an error.
    fn stop_recording(&mut self, now: Instant, interaction: InteractionId, out: &mut Outbox) {
        self.untap(interaction);
        if let Some(recorder) = self.recorders.remove(&interaction) {
            recorder.stop(now, &mut out.recordings);
        }
    }

    fn untap(&mut self, interaction: InteractionId) {
        for leg in self.legs.iter_mut().flatten() {
            leg.tap = leg.tap.filter(|tapped| *tapped != interaction);
        }
    }

    fn close(&mut self, now: Instant, id: LegId, out: &mut Outbox) -> Result<(), Refusal> {
        let place = self.by_id.remove(&id).ok_or(Refusal::UnknownLeg)?;
        self.set_speakers(now, place, Speakers::Nobody);
        let listeners = self.leg(place).map(|leg| std::mem::take(&mut leg.listeners)).unwrap_or_default();
        for listener in listeners {
            let others = self.leg(listener).map(|leg| leg.speakers.without(place)).unwrap_or_default();
            self.set_speakers(now, listener, others);
        }
        let leg = self.legs.get_mut(place).and_then(Option::take);
        self.free.push(place);
        let Some(mut leg) = leg else { return Err(Refusal::UnknownLeg) };
        leg.close(out);
        if let Transport::Secure { .. } = leg.transport {
            out.secure.push(Secure::Close { leg: id });
        }
        if let Some(port) = leg.transport.port() {
            self.by_port.remove(&port.rtp.port());
            out.freed.push(port);
        }
        if let Some(interaction) = leg.tap
            && !self.legs.iter().flatten().any(|leg| leg.tap == Some(interaction))
        {
            self.stop_recording(now, interaction, out);
        }
        Ok(())
    }
}
