//! The media machine of one worker: all its legs, who hears whom, playbacks and recordings.
//!
//! What it is: commands, packets and time in, packets, events and blocks of sound out, through an
//! [`Outbox`] that the caller empties. What it is not: a socket, a thread or a file; and not the
//! secured transport, which stands in front of it (`net::rtc_driver`) and hands it clear packets.
//!
//! | input | unknown leg | known leg |
//! | --- | --- | --- |
//! | `Open` | leg made; [`Event::Failed`](super::Event::Failed) when full | `Failed`: a leg opens once |
//! | `Close` | `Failed` | listeners and recording let go of it, [`Event::Closed`](super::Event::Closed), port freed |
//! | any other command | `Failed` | done, or `Failed` with the reason |
//! | packet | not answered, counted | see `media::leg`, `media::latch` |
//!
//! The 20 ms tick runs by an absolute schedule while there are legs or recordings; after a pause of
//! the machine up to [`CATCH_UP`] ticks are made good at once, older ones are skipped.
//!
//! Limits: [`Settings::max_legs`]; what a leg holds is bounded by its parts.

mod command;
mod packet;
#[cfg(test)]
pub(crate) mod phones;
#[cfg(test)]
mod silence;
#[cfg(test)]
mod talks;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::leg::Leg;
use super::mixer::Sum;
use super::outbox::Outbox;
use super::recorder::Recorder;
use super::sound::Sounds;
use super::voice::Voice;
use crate::base::{Instant, InteractionId, LegId, Rng};
use crate::codec::Frame;

/// The time between two frames of our own.
pub const TICK: Duration = Duration::from_millis(20);
/// Ticks made good after a pause.
pub const CATCH_UP: u32 = 10;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Silence of a peer in a conversation after which its leg is reported lost; `None`: never. Reports,
    /// comfort noise and keep-alives (RFC 6263) count as life, so a phone that suppresses silence is not lost.
    pub media_timeout: Option<Duration>,
    /// After the handshake of a secured leg its first packet comes within so long: browsers send at once, also
    /// when they are muted.
    pub first_packet: Duration,
    /// The most legs at a time.
    pub max_legs: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { media_timeout: Some(Duration::from_secs(30)), first_packet: Duration::from_secs(6), max_legs: 4_000 }
    }
}

#[derive(Debug)]
pub struct Engine {
    settings: Settings,
    sounds: Arc<Sounds>,
    rng: Rng,
    /// Legs keep their place while they live; free places are reused.
    legs: Vec<Option<Box<Leg>>>,
    free: Vec<usize>,
    by_id: BTreeMap<LegId, usize>,
    /// Place of the leg on each leased port.
    by_port: BTreeMap<u16, usize>,
    recorders: BTreeMap<InteractionId, Recorder>,
    next_tick: Option<Instant>,
    strays: u64,
}

impl Engine {
    pub fn new(settings: Settings, sounds: Arc<Sounds>, seed: u64) -> Self {
        Self {
            settings,
            sounds,
            rng: Rng::new(seed),
            legs: Vec::new(),
            free: Vec::new(),
            by_id: BTreeMap::new(),
            by_port: BTreeMap::new(),
            recorders: BTreeMap::new(),
            next_tick: None,
            strays: 0,
        }
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.next_tick
    }

    /// Runs the ticks that are due.
    pub fn handle_timeout(&mut self, now: Instant, out: &mut Outbox) {
        for _ in 0..CATCH_UP {
            let Some(due) = self.next_tick.filter(|due| *due <= now) else { return };
            self.tick(due, out);
            let busy = !self.by_id.is_empty() || !self.recorders.is_empty();
            self.next_tick = busy.then(|| due + TICK);
        }
        // The machine stood still for longer: go on from here.
        if self.next_tick.is_some_and(|due| due <= now) {
            self.next_tick = Some(now + TICK);
        }
    }

    /// Legs that are open.
    pub fn legs(&self) -> usize {
        self.by_id.len()
    }

    /// Packets that belonged to no leg.
    pub fn strays(&self) -> u64 {
        self.strays
    }

    fn tick(&mut self, now: Instant, out: &mut Outbox) {
        let mut mixes = false;
        for leg in self.legs.iter_mut().flatten() {
            leg.tick(now, out);
            leg.watch(now, self.settings.media_timeout, self.settings.first_packet, out);
            if let Some(voice) = &mut leg.voice {
                voice.tick(now);
                mixes = true;
                if let Some(recorder) = leg.tap.and_then(|interaction| self.recorders.get_mut(&interaction))
                    && leg.speaks.g711().is_none()
                {
                    recorder.frame(now, leg.id, voice.narrow());
                }
                leg.hear_speech(now);
                leg.hear_keys(out);
            }
        }
        self.tick_talk(now);
        if mixes {
            self.tick_mixes(now, out);
        }
        for recorder in self.recorders.values_mut() {
            recorder.tick(now, &mut out.recordings);
        }
    }

    /// How each conversation divides, by who speaks in this tick.
    fn tick_talk(&mut self, now: Instant) {
        for place in 0..self.legs.len() {
            let Some(leg) = self.legs.get(place).and_then(Option::as_ref).filter(|leg| leg.converses()) else {
                continue;
            };
            let speaker = |place: &usize| self.legs.get(*place)?.as_ref()?.speaks_now(now);
            let others = leg.speakers.places().iter().map(speaker).try_fold(false, |any, one| one.map(|one| any | one));
            if let (Some(speaks), Some(others_speak)) = (leg.speaks_now(now), others)
                && let Some(leg) = self.leg(place)
            {
                leg.talk.count(TICK, speaks, others_speak);
            }
        }
    }

    /// Sends each leg that does not get packets as they come the frame of whom it hears, or the sum of theirs.
    fn tick_mixes(&mut self, now: Instant, out: &mut Outbox) {
        for place in 0..self.legs.len() {
            // Taken out, so that the others can be looked at meanwhile.
            let Some(mut leg) = self.legs.get_mut(place).and_then(|leg| leg.take_if(|leg| leg.is_mixed())) else {
                continue;
            };
            let voice = |place: &usize| self.legs.get(*place)?.as_ref()?.voice.as_deref();
            let voices = || leg.speakers.places().iter().filter_map(voice);
            let is_wide = leg.session.codec.is_wide() && voices().any(Voice::is_wide);
            match (voices().next(), leg.speakers.places().len(), is_wide) {
                (None, ..) => {}
                (Some(one), 1, true) => {
                    let frame = *one.wide();
                    leg.tick_mix(now, Frame::Wide(&frame), out);
                }
                (Some(one), 1, false) => {
                    let frame = *one.narrow();
                    leg.tick_mix(now, Frame::Narrow(&frame), out);
                }
                (Some(_), _, true) => {
                    let mut sum = Sum::silence();
                    voices().for_each(|voice| sum.add(voice.wide()));
                    leg.tick_mix(now, Frame::Wide(&sum.frame()), out);
                }
                (Some(_), _, false) => {
                    let mut sum = Sum::silence();
                    voices().for_each(|voice| sum.add(voice.narrow()));
                    leg.tick_mix(now, Frame::Narrow(&sum.frame()), out);
                }
            }
            if let Some(own) = self.legs.get_mut(place) {
                *own = Some(leg);
            }
        }
    }

    fn start_ticking(&mut self, now: Instant) {
        self.next_tick.get_or_insert(now + TICK);
    }

    fn place(&self, id: LegId) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    fn leg(&mut self, place: usize) -> Option<&mut Leg> {
        self.legs.get_mut(place)?.as_deref_mut()
    }
}
