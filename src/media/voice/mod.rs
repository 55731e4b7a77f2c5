//! What others hear of one leg, where it must be decoded: for several in one ear, for another codec, for a recording.
//!
//! | input | what happens |
//! | --- | --- |
//! | a packet | waits for its time ([`jitter`]) |
//! | comfort noise | heard once the packets end, until they begin again ([`noise`]) |
//! | tick | 20 ms more: decoded, concealed where something is missing ([`conceal`]), else noise or silence |
//!
//! What it is not: the way of two parties of one codec; their packets are relayed as they come (`media::leg`).
//!
//! Limits: 64 packets wait, at most 200 ms on purpose.

mod conceal;
mod hush;
mod jitter;
mod noise;
#[cfg(test)]
mod tests;

use self::conceal::{Concealer, grow, looked_at, shrink};
use self::hush::Hush;
use self::jitter::{Jitter, Step, Waiting};
use self::noise::Noise;
use super::FRAME;
use crate::base::{Instant, Rng};
use crate::codec::{Codec, Decoder, Downsampler, Upsampler};

pub(super) use self::jitter::Stamp;

/// Samples by which the wait may be too long before a period is left out, and too short before one is said twice.
const SLACK: i64 = 160;
const SHORT: i64 = 80;
/// The loudest room, and by how much it may grow louder in a frame (a third of it in a second).
const LOUDEST_FLOOR: f32 = 100.0;
const LOUDER: f32 = 1.006;
/// Frames between two of these.
const REST: u32 = 3;

/// In which rates it is heard.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Ears {
    pub narrow: bool,
    pub wide: bool,
}

#[derive(Debug)]
pub(super) struct Voice {
    began: Instant,
    pub ears: Ears,
    jitter: Jitter,
    decoder: Option<Decoder>,
    concealer: Concealer,
    /// Decoded, not heard yet; at the decoder's rate.
    ahead: Vec<i16>,
    /// The last frame was silence.
    is_silent: bool,
    noise: Option<Noise>,
    /// Speech has come since the noise.
    noise_ends: bool,
    /// How loud it is while nobody speaks: the quietest of late, in samples.
    floor: f32,
    rng: Rng,
    rest: u32,
    narrow: [i16; FRAME],
    wide: [i16; 2 * FRAME],
    up: Upsampler,
    down: Downsampler,
    /// Its keys are kept from everybody.
    hush: Option<Hush>,
    counts: Counts,
}

/// Frames of 20 ms.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Counts {
    pub played: u64,
    /// With something in them that never came, or too late.
    pub concealed: u64,
}

impl Voice {
    pub fn new(now: Instant, rng: &mut Rng) -> Self {
        Self {
            began: now,
            ears: Ears::default(),
            jitter: Jitter::default(),
            decoder: None,
            concealer: Concealer::new(1),
            ahead: Vec::new(),
            is_silent: true,
            noise: None,
            noise_ends: false,
            floor: LOUDEST_FLOOR,
            rng: rng.fork(),
            rest: 0,
            narrow: [0; FRAME],
            wide: [0; 2 * FRAME],
            up: Upsampler::default(),
            down: Downsampler::default(),
            hush: None,
            counts: Counts::default(),
        }
    }

    pub fn write(&mut self, now: Instant, stamp: Stamp, codec: Codec, payload: &[u8]) {
        let now = self.samples(now);
        if codec.is_silence(payload) {
            self.noise.get_or_insert_with(|| Noise::new(self.floor, &mut self.rng));
            self.noise_ends = false;
            return;
        }
        self.noise_ends = true;
        self.jitter.push(now, stamp, codec, payload);
    }

    /// The peer sends nothing until there is something (RFC 3389).
    pub fn falls_silent(&mut self, payload: &[u8]) {
        self.noise = Noise::parse(payload, &mut self.rng);
        self.noise_ends = false;
    }

    /// Goes on to the frame of this tick.
    pub fn tick(&mut self, now: Instant) {
        let (now, scale) = (self.samples(now), self.scale());
        let unheard = (self.ahead.len() / scale) as i64;
        if self.jitter.steer(now, unheard) {
            self.concealer.cut();
        }
        self.stretch(now, unheard);
        self.fill();
        let is_wide = self.decoder.as_ref().is_some_and(Decoder::is_wide);
        if is_wide {
            take(&mut self.ahead, &mut self.wide, &mut self.concealer, &mut self.noise, &mut self.is_silent);
        } else {
            take(&mut self.ahead, &mut self.narrow, &mut self.concealer, &mut self.noise, &mut self.is_silent);
        }
        match is_wide {
            true if self.ears.narrow => self.down.run(&self.wide, &mut self.narrow),
            false if self.ears.wide => self.up.run(&self.narrow, &mut self.wide),
            _ => {}
        }
        if let Some(hush) = &mut self.hush {
            hush.run(&mut self.narrow, &mut self.wide);
        }
    }

    /// Whether keys in it are heard by nobody. They are looked for at 8 kHz: [`Ears::narrow`] must be set.
    pub fn hush_keys(&mut self, hushed: bool) {
        self.hush = hushed.then(|| self.hush.take().unwrap_or_default());
    }

    /// The frame of this tick, where [`Ears::narrow`] is set or the codec is narrow.
    pub fn narrow(&self) -> &[i16; FRAME] {
        &self.narrow
    }

    /// The same at 16 kHz, where [`Ears::wide`] is set or the codec is wide.
    pub fn wide(&self) -> &[i16; 2 * FRAME] {
        &self.wide
    }

    /// It says something above 4 kHz, or may.
    pub fn is_wide(&self) -> bool {
        self.scale() == 2
    }

    /// How long the next sample waited beyond the quickest way.
    #[cfg(test)]
    fn delay_ms(&self, now: Instant) -> i64 {
        let unheard = (self.ahead.len() / self.scale()) as i64;
        (self.jitter.excess(self.samples(now), unheard) + self.jitter.wait()) / 8
    }

    /// Frames so far, and those of them that were concealed.
    #[cfg(test)]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// What is waited on purpose, milliseconds.
    #[cfg(test)]
    pub fn wait_ms(&self) -> u32 {
        (self.jitter.wait() / 8) as u32
    }

    fn scale(&self) -> usize {
        if self.decoder.as_ref().is_some_and(Decoder::is_wide) { 2 } else { 1 }
    }

    /// Decodes until there is a frame, or nothing to be had.
    fn fill(&mut self) {
        let mut is_concealed = false;
        while self.ahead.len() < FRAME * self.scale() {
            match self.jitter.next() {
                Step::Silence => break,
                Step::Play(packet) => is_concealed |= !self.play(packet),
                Step::Gap(_) if self.noise.is_some() && !self.noise_ends => break,
                Step::Gap(samples) => {
                    self.conceal(samples);
                    is_concealed = true;
                }
            }
        }
        self.counts.played += u64::from(!self.ahead.is_empty());
        self.counts.concealed += u64::from(is_concealed);
    }

    /// Decodes a packet; false where it was broken.
    fn play(&mut self, packet: Waiting) -> bool {
        if self.noise_ends {
            self.noise = None;
        }
        self.use_decoder_for(packet.codec);
        let from = self.ahead.len();
        if let Some(decoder) = &mut self.decoder {
            decoder.decode(packet.codec, &packet.payload, &mut self.ahead);
        }
        let new = self.ahead.get_mut(from..).unwrap_or_default();
        let is_sound = !new.is_empty();
        if is_sound {
            let energy = new.iter().map(|sample| f32::from(*sample).powi(2)).sum::<f32>();
            let level = (energy / new.len() as f32).sqrt();
            self.floor = (self.floor * LOUDER).min(level).clamp(1.0, LOUDEST_FLOOR);
            self.concealer.rejoin(new);
            self.concealer.remember(new);
        } else {
            self.conceal(packet.span);
        }
        self.jitter.recycle(packet);
        is_sound
    }

    fn conceal(&mut self, samples: i64) {
        let (count, from) = (samples.max(0) as usize * self.scale(), self.ahead.len());
        // The playhead has passed the gap already.
        let next = self.jitter.front().filter(|next| next.span >= samples);
        let is_told = next
            .zip(self.decoder.as_mut())
            .is_some_and(|(next, decoder)| decoder.decode_before(next.codec, &next.payload, &mut self.ahead));
        if !is_told {
            return self.concealer.conceal(count, &mut self.ahead);
        }
        if let Some(new) = self.ahead.get_mut(from..) {
            self.concealer.rejoin(new);
            self.concealer.remember(new);
        }
    }

    /// A codec of another kind begins anew.
    fn use_decoder_for(&mut self, codec: Codec) {
        if !self.decoder.as_ref().is_some_and(|decoder| decoder.reads(codec)) {
            let scale = self.scale();
            self.decoder = Decoder::new(codec);
            if self.scale() != scale {
                self.ahead.clear();
                self.concealer = Concealer::new(self.scale());
            }
        }
    }

    /// Says a period twice or leaves one out where the wait is not what it should be.
    fn stretch(&mut self, now: i64, unheard: i64) {
        self.rest = self.rest.saturating_sub(1);
        let excess = self.jitter.excess(now, unheard);
        let (too_long, too_short) = (excess > SLACK, excess < -SHORT);
        if self.rest > 0 || !self.jitter.is_playing() || !(too_long || too_short) {
            return;
        }
        let scale = self.scale();
        while self.ahead.len() < looked_at(scale)
            && self.jitter.has_next()
            && let Step::Play(packet) = self.jitter.next()
        {
            self.play(packet);
        }
        if self.ahead.len() >= looked_at(scale) && scale == self.scale() {
            let done = if too_long { shrink(&mut self.ahead, scale) } else { grow(&mut self.ahead, scale) };
            self.rest = if done > 0 { REST } else { 0 };
        }
    }

    fn samples(&self, now: Instant) -> i64 {
        (now.since(self.began).as_micros() / 125) as i64
    }
}

/// The next frame out of what is there; silence or noise for the rest.
fn take(
    ahead: &mut Vec<i16>,
    frame: &mut [i16],
    concealer: &mut Concealer,
    noise: &mut Option<Noise>,
    is_silent: &mut bool,
) {
    let count = ahead.len().min(frame.len());
    let (said, rest) = frame.split_at_mut(count);
    said.iter_mut().zip(ahead.drain(..count)).for_each(|(place, sample)| *place = sample);
    if rest.is_empty() {
        *is_silent = false;
        return;
    }
    match noise {
        Some(noise) => noise.fill(rest),
        None => rest.fill(0),
    }
    if !std::mem::replace(is_silent, true) {
        let mut end = vec![0; rest.len()];
        concealer.die_away(&mut end);
        rest.iter_mut().zip(end).for_each(|(place, sample)| *place = place.saturating_add(sample));
    }
}
