//! One voice in a recording or in a mix: packets become a stretch of samples placed by their time.
//!
//! Two who only hear each other need none of it: their sound is relayed as it comes. A packet is placed
//! by its timestamp relative to the first of its source, so disorder and jitter vanish; when timestamp
//! and arrival drift apart by more than the tolerance (restart, jump, clock skew) arrival wins. What
//! never arrives stays silence.

use crate::codec::Law;

/// Samples kept; must exceed the delay with which a recorder reads plus the largest packet.
const KEPT: usize = 8_192;

#[derive(Clone, Debug)]
pub struct Track {
    /// Sample `n` of the recording stands at `n % KEPT`; those not written are 0.
    samples: Box<[i16]>,
    /// Samples by which the place by timestamp may differ from the place by arrival.
    tolerance: u64,
    /// Everything before has been taken.
    taken: u64,
    anchor: Option<Anchor>,
}

#[derive(Clone, Copy, Debug)]
struct Anchor {
    ssrc: u32,
    timestamp: u32,
    /// Place of that timestamp.
    at: i64,
}

impl Track {
    /// A voice that begins at sample `at`.
    pub fn new(at: u64, tolerance: u64) -> Self {
        Self { samples: vec![0; KEPT].into(), tolerance, taken: at, anchor: None }
    }

    /// Places a packet that arrived when the whole was `now` samples long.
    pub fn write(&mut self, now: u64, ssrc: u32, timestamp: u32, law: Law, payload: &[u8]) {
        let arrival = (now as i64).saturating_sub(payload.len() as i64);
        let anchor = match self.anchor.filter(|a| a.ssrc == ssrc).map(|a| a.moved_to(timestamp)) {
            Some(anchor) if anchor.at.abs_diff(arrival) <= self.tolerance => anchor,
            _ => Anchor { ssrc, timestamp, at: arrival },
        };
        self.anchor = Some(anchor);
        self.put(anchor.at, payload.iter().map(|code| law.decode(*code)));
    }

    /// Places what is in time already and ends now.
    pub fn write_samples(&mut self, now: u64, samples: &[i16]) {
        self.anchor = None;
        self.put((now as i64).saturating_sub(samples.len() as i64), samples.iter().copied());
    }

    fn put(&mut self, from: i64, samples: impl Iterator<Item = i16>) {
        for (at, sample) in (from..).zip(samples) {
            let Ok(at) = u64::try_from(at) else { continue };
            if at >= self.taken && at < self.taken.saturating_add(KEPT as u64) {
                self.place(at, sample);
            }
        }
    }

    /// Takes the samples up to `until`, and adds each to the next of `places`.
    pub fn take<'a>(&mut self, until: u64, mut places: impl Iterator<Item = &'a mut i16>) {
        while self.taken < until {
            if let Some(sample) = self.samples.get_mut(index(self.taken)) {
                let sample = std::mem::take(sample);
                if let Some(place) = places.next() {
                    *place = place.saturating_add(sample);
                }
            }
            self.taken += 1;
        }
    }

    fn place(&mut self, at: u64, sample: i16) {
        if let Some(place) = self.samples.get_mut(index(at)) {
            *place = sample;
        }
    }
}

impl Anchor {
    fn moved_to(self, timestamp: u32) -> Self {
        let step = timestamp.wrapping_sub(self.timestamp) as i32;
        Self { timestamp, at: self.at.saturating_add(i64::from(step)), ..self }
    }
}

fn index(at: u64) -> usize {
    (at % KEPT as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(value: i16) -> [u8; 160] {
        [Law::A.encode(value); 160]
    }

    fn taken(track: &mut Track, until: u64) -> Vec<i16> {
        let mut out = vec![0; 2 * (until - track.taken) as usize];
        track.take(until, out.iter_mut().skip(1).step_by(2));
        assert!(out.iter().step_by(2).all(|s| *s == 0), "the other side is untouched");
        out.into_iter().skip(1).step_by(2).collect()
    }

    #[test]
    fn disorder_and_jitter_vanish_and_loss_is_silence() {
        let mut track = Track::new(0, 1_600);
        for (now, timestamp, value) in [(160u64, 1_000u32, 100i16), (700, 1_480, 400), (701, 1_320, 300)] {
            track.write(now, 1, timestamp, Law::A, &code(value));
        }
        let samples = taken(&mut track, 640);
        let at = |i: usize| i32::from(samples[i] / 90);
        assert_eq!((at(0), at(159), at(160), at(319), at(320), at(480)), (1, 1, 0, 0, 3, 4));
    }

    #[test]
    fn a_restart_or_jump_is_placed_by_arrival() {
        let mut track = Track::new(0, 1_600);
        for (now, ssrc, timestamp) in [(160u64, 1u32, 0u32), (320, 1, 900_000), (480, 2, 5), (640, 2, 165)] {
            track.write(now, ssrc, timestamp, Law::A, &code(1_000));
        }
        assert!(taken(&mut track, 640).iter().all(|s| *s > 900));
    }

    #[test]
    fn too_late_and_too_far_are_left_out() {
        let mut track = Track::new(0, 1_600);
        track.write(4_000, 1, 0, Law::A, &code(1_000));
        assert!(taken(&mut track, 4_000).iter().any(|s| *s != 0));
        track.write(4_100, 1, 0, Law::A, &code(1_000));
        track.write(1_000_000, 3, 0, Law::A, &code(1_000));
        assert!(taken(&mut track, 4_000 + 8_000).iter().skip(200).all(|s| *s == 0));
    }
}
