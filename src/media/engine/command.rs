//! Commands of the control plane.

use std::collections::btree_map::Entry;

use super::Engine;
use crate::base::{Instant, InteractionId, LegId};
use crate::media::leg::{Hears, Leg, Transport};
use crate::media::outbox::{Outbox, Secure};
use crate::media::player::{PlayError, Player};
use crate::media::recorder::{Recorder, Recording, Side};
use crate::media::{Command, Event, PlayId, PortLease, Session, Sound};

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
    #[error("a leg cannot be bridged with itself")]
    SameLeg,
    #[error("not keys, or too many of them")]
    BadKeys,
    #[error(transparent)]
    Play(#[from] PlayError),
}

impl Engine {
    /// Does a command; one that cannot be done is answered by [`Event::Failed`].
    pub fn command(&mut self, now: Instant, command: Command, out: &mut Outbox) {
        let (leg, done) = match command {
            Command::Open { leg, port, session } => (leg, self.open(now, leg, port, session, out)),
            Command::Update { leg, session } => (leg, self.update(now, leg, session, out)),
            Command::Play { leg, play, sounds, repeat } => (leg, self.play(leg, play, &sounds, repeat)),
            Command::Stop { leg } => (leg, self.find(leg).map(Leg::stop)),
            Command::Bridge { a, b } => (a, self.bridge(a, b)),
            Command::Unbridge { leg } => (leg, self.unbridge(leg)),
            Command::Echo { leg } => (leg, self.find(leg).map(|leg| leg.hears = Hears::Itself)),
            Command::SendDigits { leg, digits } => (leg, self.send_digits(leg, &digits)),
            Command::Record { interaction, left, right, path } => {
                (left, self.record(now, interaction, left, right, path, out))
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
        let leg = Some(Box::new(Leg::new(now, id, port, session, &mut self.rng)));
        let place = self.free.pop().unwrap_or(self.legs.len());
        match self.legs.get_mut(place) {
            Some(free) => *free = leg,
            None => self.legs.push(leg),
        }
        self.by_id.insert(id, place);
        self.by_port.extend(port.map(|port| (port.rtp.port(), place)));
        self.start_ticking(now);
        Ok(())
    }

    fn update(&mut self, now: Instant, id: LegId, session: Session, out: &mut Outbox) -> Result<(), Refusal> {
        let leg = self.find(id)?;
        if session.rtc.is_some() != leg.session.rtc.is_some() {
            return Err(Refusal::WrongTransport);
        }
        out.secure.extend(session.rtc.clone().map(|rtc| Secure::Update { leg: id, rtc }));
        leg.update(now, session);
        Ok(())
    }

    fn play(&mut self, id: LegId, play: PlayId, sounds: &[Sound], repeat: bool) -> Result<(), Refusal> {
        let player = Player::new(&self.sounds, play, sounds, repeat);
        let leg = self.find(id)?;
        leg.play(player?);
        Ok(())
    }

    fn bridge(&mut self, a: LegId, b: LegId) -> Result<(), Refusal> {
        let place = |engine: &Self, id| engine.place(id).ok_or(Refusal::UnknownLeg);
        let (a, b) = (place(self, a)?, place(self, b)?);
        if a == b {
            return Err(Refusal::SameLeg);
        }
        self.part(a);
        self.part(b);
        for (one, other) in [(a, b), (b, a)] {
            if let Some(leg) = self.leg(one) {
                leg.peer = Some(other);
                leg.hears = Hears::Peer;
            }
        }
        Ok(())
    }

    fn unbridge(&mut self, id: LegId) -> Result<(), Refusal> {
        let place = self.place(id).ok_or(Refusal::UnknownLeg)?;
        self.part(place);
        Ok(())
    }

    /// Takes the leg at `place` and its peer apart; each goes on hearing anything but the other.
    fn part(&mut self, place: usize) {
        let peer = self.leg(place).and_then(|leg| leg.peer);
        for leg in [Some(place), peer].into_iter().flatten() {
            if let Some(leg) = self.leg(leg) {
                leg.peer = None;
                if matches!(leg.hears, Hears::Peer) {
                    leg.hears = Hears::Nothing;
                }
            }
        }
    }

    fn send_digits(&mut self, id: LegId, digits: &str) -> Result<(), Refusal> {
        if self.find(id)?.keys.push(digits) { Ok(()) } else { Err(Refusal::BadKeys) }
    }

    /// Begins a recording, or tells a running one who is on its sides now.
    fn record(
        &mut self,
        now: Instant,
        interaction: InteractionId,
        left: LegId,
        right: Option<LegId>,
        path: String,
        out: &mut Outbox,
    ) -> Result<(), Refusal> {
        let left = self.place(left).ok_or(Refusal::UnknownLeg)?;
        let right = right.map(|right| self.place(right).ok_or(Refusal::UnknownLeg)).transpose()?;
        if let Entry::Vacant(place) = self.recorders.entry(interaction) {
            place.insert(Recorder::new(now, interaction));
            out.recordings.push(Recording::Begin { interaction, path });
            self.start_ticking(now);
        }
        self.untap(interaction);
        for (place, side) in [(Some(left), Side::Left), (right, Side::Right)] {
            if let Some(leg) = place.and_then(|place| self.leg(place)) {
                leg.tap = Some((interaction, side));
            }
        }
        Ok(())
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
            leg.tap = leg.tap.filter(|(tapped, _)| *tapped != interaction);
        }
    }

    fn close(&mut self, now: Instant, id: LegId, out: &mut Outbox) -> Result<(), Refusal> {
        let place = self.by_id.remove(&id).ok_or(Refusal::UnknownLeg)?;
        self.part(place);
        let leg = self.legs.get_mut(place).and_then(Option::take);
        self.free.push(place);
        let Some(mut leg) = leg else { return Err(Refusal::UnknownLeg) };
        leg.close(out);
        match leg.transport {
            Transport::Plain { port, .. } => {
                self.by_port.remove(&port.rtp.port());
                out.freed.push(port);
            }
            Transport::Secure { .. } => out.secure.push(Secure::Close { leg: id }),
        }
        if let Some((interaction, _)) = leg.tap
            && !self.legs.iter().flatten().any(|leg| leg.tap.is_some_and(|(tapped, _)| tapped == interaction))
        {
            self.stop_recording(now, interaction, out);
        }
        Ok(())
    }
}
