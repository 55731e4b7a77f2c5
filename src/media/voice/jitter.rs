//! Packets wait here until their sound is due: long enough that nearly all come in time, and no longer.
//!
//! Time and places are counted in samples of 8 kHz. What a packet took on its way, above the quickest of the last
//! seconds, is its delay; the wait is what all but [`LATE_SHARE`] of the packets of the last seconds needed, between
//! [`WAIT_MIN`] and [`WAIT_MAX`].
//!
//! | what comes | what happens |
//! | --- | --- |
//! | the first packet, or the first after a silence | begins to play when it waited as long as all do |
//! | a packet in any order | put in its place |
//! | a copy, or one whose time is past | left out, but counts for the wait |
//! | nothing in its place, something behind it | a gap up to that |
//! | nothing at all | gaps for [`STARVED`], then silence |
//! | another source, a leap in time, a way that is suddenly longer or shorter by [`LEAP`] | begins anew |
//! | waited longer than is needed by [`TOO_LONG`] | what is too much is passed over |

use std::collections::VecDeque;

use crate::codec::Codec;

/// Samples of a millisecond.
const MS: i64 = 8;
/// The bounds of the wait.
pub const WAIT_MIN: i64 = 20 * MS;
pub const WAIT_MAX: i64 = 200 * MS;
/// Of all packets so many may be late.
const LATE_SHARE: f32 = 0.015;
/// How much of the past one packet pushes out: half is forgotten in 3.5 s. The first packets weigh more.
const WEIGHT: f32 = 0.004;
/// The steps in which delays are counted, and how many there are.
const STEP: i64 = 10 * MS;
const STEPS: usize = 32;
/// The quickest way is that of the last one or two of these spans (5 s).
const SPAN: i64 = 5_000 * MS;
/// A way that is longer or shorter by so much is another one.
const LEAP: i64 = 320 * MS;
/// Packets that follow each other are at most so far apart.
const JUMP: i64 = 4_000 * MS;
/// Nothing for so long is silence.
const STARVED: i64 = 60 * MS;
/// A wait that is too long by so much is cut at once.
const TOO_LONG: i64 = 150 * MS;
/// Packets that wait; more push the oldest out.
const WAITING_MAX: usize = 64;

/// The numbers of a packet.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    pub ssrc: u32,
    pub timestamp: u32,
    /// Timestamps a second.
    pub clock: u32,
}

#[derive(Debug)]
pub struct Waiting {
    at: i64,
    /// Its length.
    pub span: i64,
    pub codec: Codec,
    pub payload: Vec<u8>,
}

/// What is to be heard next.
#[derive(Debug)]
pub enum Step {
    /// Nothing is expected.
    Silence,
    Play(Waiting),
    /// So many samples never came, or not in time.
    Gap(i64),
}

#[derive(Debug)]
pub struct Jitter {
    source: Option<Source>,
    waiting: VecDeque<Waiting>,
    /// Payloads to be used again.
    spare: Vec<Vec<u8>>,
    ways: Ways,
    /// The place that is taken next; `None` in a silence.
    playhead: Option<i64>,
    /// Length of the last packet.
    span: i64,
    /// Samples of gaps since the last packet.
    starved: i64,
}

#[derive(Clone, Copy, Debug)]
struct Source {
    ssrc: u32,
    clock: u32,
    timestamp: u32,
    /// Ticks of the clock since the first packet, at `timestamp`.
    ticks: i64,
}

impl Default for Jitter {
    fn default() -> Self {
        Self {
            source: None,
            waiting: VecDeque::new(),
            spare: Vec::new(),
            ways: Ways::new(),
            playhead: None,
            span: 160,
            starved: 0,
        }
    }
}

impl Jitter {
    pub fn push(&mut self, now: i64, stamp: Stamp, codec: Codec, payload: &[u8]) {
        let span = i64::from(codec.span(payload));
        if span == 0 {
            return;
        }
        let at = self.place(stamp);
        let is_past = self.playhead.is_some_and(|playhead| at + span <= playhead);
        if self.ways.is_another(now - at) && !is_past {
            self.begin_anew();
            self.ways.rebase(now - at);
        }
        self.ways.count(now, now - at);
        if is_past && self.playhead.is_some() {
            return;
        }
        let index = self.waiting.partition_point(|waiting| waiting.at < at);
        if self.waiting.get(index).is_some_and(|waiting| waiting.at == at) {
            return;
        }
        let mut room = self.spare.pop().unwrap_or_default();
        room.clear();
        room.extend_from_slice(payload);
        self.waiting.insert(index, Waiting { at, span, codec, payload: room });
        self.span = span;
        if self.waiting.len() > WAITING_MAX
            && let Some(oldest) = self.waiting.pop_front()
        {
            self.recycle(oldest);
        }
    }

    pub fn recycle(&mut self, packet: Waiting) {
        if self.spare.len() < 8 {
            self.spare.push(packet.payload);
        }
    }

    /// Before each frame: begins after a silence, passes over what waited far too long. `ahead`: samples taken and
    /// not heard yet. True where something was passed over.
    pub fn steer(&mut self, now: i64, ahead: i64) -> bool {
        let Some(playhead) = self.playhead else {
            self.playhead = self.waiting.front().map(|first| first.at).filter(|at| now - at >= self.ways.due());
            self.starved = 0;
            return false;
        };
        let excess = self.excess(now, ahead);
        if excess <= TOO_LONG {
            return false;
        }
        self.playhead = Some(playhead + excess);
        while self.waiting.front().is_some_and(|first| first.at + first.span <= playhead + excess)
            && let Some(passed) = self.waiting.pop_front()
        {
            self.recycle(passed);
        }
        true
    }

    /// How much longer than needed things wait; negative: too short.
    pub fn excess(&self, now: i64, ahead: i64) -> i64 {
        self.playhead.map_or(0, |playhead| now - (playhead - ahead) - self.ways.due())
    }

    /// The wait beyond the quickest way, in samples.
    #[cfg(test)]
    pub fn wait(&self) -> i64 {
        self.ways.wait
    }

    pub fn is_playing(&self) -> bool {
        self.playhead.is_some()
    }

    /// Something is there for the next place.
    pub fn has_next(&self) -> bool {
        self.waiting.front().zip(self.playhead).is_some_and(|(first, playhead)| first.at <= playhead)
    }

    /// The packet for the next place.
    pub fn front(&self) -> Option<&Waiting> {
        self.waiting.front().filter(|_| self.has_next())
    }

    pub fn next(&mut self) -> Step {
        let Some(playhead) = self.playhead else { return Step::Silence };
        let until = self.waiting.front().map(|first| first.at);
        match until {
            Some(at) if at <= playhead => match self.waiting.pop_front() {
                Some(packet) => {
                    self.playhead = Some(packet.at + packet.span);
                    self.starved = 0;
                    Step::Play(packet)
                }
                None => Step::Silence,
            },
            // The gap is known: what comes after it is here, or all of it would be late.
            Some(at) if at - playhead <= self.span.max(STARVED) => self.gap(playhead, (at - playhead).min(self.span)),
            _ => {
                if self.starved >= STARVED {
                    self.playhead = None;
                    return Step::Silence;
                }
                self.gap(playhead, self.span)
            }
        }
    }

    fn gap(&mut self, playhead: i64, samples: i64) -> Step {
        self.playhead = Some(playhead + samples);
        self.starved += samples;
        Step::Gap(samples)
    }

    /// The place of a packet; another source or a leap begins anew.
    fn place(&mut self, stamp: Stamp) -> i64 {
        let scale = i64::from(stamp.clock / 8_000).max(1);
        let known = self.source.filter(|source| source.ssrc == stamp.ssrc && source.clock == stamp.clock);
        let step = known.map(|source| i64::from(stamp.timestamp.wrapping_sub(source.timestamp) as i32));
        let ticks = match known.zip(step) {
            Some((source, step)) if step.abs() / scale <= JUMP => source.ticks.saturating_add(step),
            _ => {
                self.begin_anew();
                self.ways = Ways::new();
                0
            }
        };
        // The anchor moves forward only: a latecomer does not pull it back.
        if ticks == 0 || step.is_some_and(|step| step > 0) {
            self.source = Some(Source { ssrc: stamp.ssrc, clock: stamp.clock, timestamp: stamp.timestamp, ticks });
        }
        ticks.div_euclid(scale)
    }

    fn begin_anew(&mut self) {
        while let Some(packet) = self.waiting.pop_front() {
            self.recycle(packet);
        }
        self.playhead = None;
    }
}

/// How long packets are on their way (arrival less place), and what wait follows.
#[derive(Clone, Debug)]
struct Ways {
    /// The quickest of this span and of the one before; when this one began.
    quickest: i64,
    quickest_before: i64,
    since: Option<i64>,
    /// The share of packets whose delay fell into each step.
    shares: [f32; STEPS],
    counted: u32,
    wait: i64,
}

impl Ways {
    fn new() -> Self {
        let mut shares = [0.0; STEPS];
        // Before anything is known: 40 ms.
        if let Some(share) = shares.get_mut(3) {
            *share = 1.0;
        }
        Self { quickest: i64::MAX, quickest_before: i64::MAX, since: None, shares, counted: 0, wait: 40 * MS }
    }

    fn base(&self) -> i64 {
        self.quickest.min(self.quickest_before)
    }

    /// Arrival less place of what is due now.
    fn due(&self) -> i64 {
        self.base().saturating_add(self.wait)
    }

    fn is_another(&self, way: i64) -> bool {
        self.since.is_some() && (way - self.base()).abs() > LEAP
    }

    fn rebase(&mut self, way: i64) {
        (self.quickest, self.quickest_before) = (way, i64::MAX);
    }

    fn count(&mut self, now: i64, way: i64) {
        let since = *self.since.get_or_insert(now);
        if now - since > SPAN {
            (self.quickest_before, self.quickest, self.since) = (self.quickest, way, Some(now));
        }
        self.quickest = self.quickest.min(way);
        let step = usize::try_from((way - self.base()).max(0) / STEP).unwrap_or(0).min(STEPS - 1);
        self.counted = self.counted.saturating_add(1);
        let weight = WEIGHT.max(1.0 / (self.counted as f32 + 1.0));
        self.shares.iter_mut().for_each(|share| *share *= 1.0 - weight);
        if let Some(share) = self.shares.get_mut(step) {
            *share += weight;
        }
        let mut later = 0.0;
        let above = self.shares.iter().rev().take_while(|share| {
            later += **share;
            later <= LATE_SHARE
        });
        let steps = (STEPS - above.count()) as i64;
        self.wait = (steps * STEP).clamp(WAIT_MIN, WAIT_MAX);
    }
}
