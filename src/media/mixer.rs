//! Several voices in one ear: each speaker becomes a row of frames by time, each listener their sum.
//!
//! | input | what happens |
//! | --- | --- |
//! | speech of a speaker | placed by its time, once for all who hear it mixed |
//! | tick | the next frame of every voice, [`DELAY_MS`] behind its arrival; a listener gets the sum |
//!
//! What it is not: the way of two parties who only hear each other; their packets are relayed as they
//! come (see `media::leg`). Jitter up to the delay is taken out; a packet later than that moves the row.

use crate::base::Instant;
use crate::codec::Law;

use super::FRAME;
use super::stream::Origin;
use super::track::Track;

/// How late a packet may come and still be heard in its place.
pub const DELAY_MS: u64 = 40;
/// The most legs that one leg hears at a time.
pub const MAX_SPEAKERS: usize = 64;

const DELAY: u64 = DELAY_MS * 8;
/// What nobody took for so long is passed over (500 ms).
const STALE: u64 = 4_000;

/// What others hear of one leg, a frame at a time.
#[derive(Debug)]
pub(super) struct Voice {
    began: Instant,
    track: Track,
    frame: [i16; FRAME],
}

impl Voice {
    pub fn new(now: Instant) -> Self {
        Self { began: now, track: Track::new(0, DELAY), frame: [0; FRAME] }
    }

    pub fn write(&mut self, now: Instant, origin: Origin, law: Law, payload: &[u8]) {
        let at = self.samples(now);
        self.track.skip(at.saturating_sub(STALE));
        self.track.write(at, origin.ssrc, origin.timestamp, law, payload);
    }

    /// Goes on to the frame of this tick. What a pause of the machine left behind is passed over.
    pub fn tick(&mut self, now: Instant) {
        let until = self.samples(now).saturating_sub(DELAY);
        self.track.skip(until.saturating_sub(FRAME as u64));
        self.frame.fill(0);
        self.track.take(until, self.frame.iter_mut());
    }

    pub fn frame(&self) -> &[i16; FRAME] {
        &self.frame
    }

    fn samples(&self, now: Instant) -> u64 {
        (now.since(self.began).as_micros() / 125) as u64
    }
}

/// The sum of frames; what is too loud together is cut at the far ends of the scale.
#[derive(Clone, Debug)]
pub(super) struct Sum([i32; FRAME]);

impl Sum {
    pub const fn silence() -> Self {
        Self([0; FRAME])
    }

    pub fn add(&mut self, frame: &[i16; FRAME]) {
        self.0.iter_mut().zip(frame).for_each(|(sum, sample)| *sum = sum.saturating_add(i32::from(*sample)));
    }

    pub fn encode(&self, law: Law) -> [u8; FRAME] {
        self.0.map(|sum| law.encode(sum.clamp(i16::MIN.into(), i16::MAX.into()) as i16))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::from_micros(ms * 1_000)
    }

    fn origin(packet: u64) -> Origin {
        Origin { ssrc: 1, sequence: packet as u16, timestamp: packet as u32 * 160, marker: false, samples: 160 }
    }

    /// Level of each frame heard, when packet `n` (level 100 n) comes `late(n)` milliseconds late.
    fn heard(late: impl Fn(u64) -> u64) -> Vec<i32> {
        let mut voice = Voice::new(at(0));
        let mut packets: Vec<(u64, u64)> = (1..=20).map(|n| (n * 20 + late(n), n)).collect();
        packets.sort_unstable();
        let mut packets = packets.into_iter().peekable();
        let mut levels = Vec::new();
        for tick in 1..=24u64 {
            while let Some((came, n)) = packets.next_if(|(came, _)| *came <= tick * 20) {
                voice.write(at(came), origin(n), Law::A, &[Law::A.encode(n as i16 * 100); 160]);
            }
            voice.tick(at(tick * 20));
            levels.push((i32::from(voice.frame()[80]) + 50) / 100);
        }
        levels
    }

    #[test]
    fn jitter_and_disorder_within_the_delay_are_not_heard() {
        let even = heard(|_| 0);
        assert_eq!(even[..2], [0, 0]);
        assert!(even[2..22].iter().zip(1..).all(|(level, n)| (level - n).abs() <= 1), "{even:?}");
        assert_eq!(heard(|n| [0, 35, 10, 25][n as usize % 4] * u64::from(n > 1)), even);
    }

    #[test]
    fn a_lasting_delay_costs_one_gap_and_then_nothing() {
        let moved = heard(|n| if n > 8 { 100 } else { 0 });
        let gaps = moved[2..].iter().filter(|level| **level == 0).count();
        assert!((4..=6).contains(&gaps), "{moved:?}");
        assert!(moved.contains(&9) && moved.contains(&17), "{moved:?}");
    }

    #[test]
    fn a_pause_of_the_machine_is_passed_over() {
        let mut voice = Voice::new(at(0));
        voice.tick(at(20));
        voice.write(at(5_000), origin(1), Law::Mu, &[Law::Mu.encode(1_000); 160]);
        voice.tick(at(5_040));
        assert!(voice.frame().iter().all(|sample| *sample > 900));
    }

    #[test]
    fn too_loud_together_is_cut_not_wrapped() {
        let mut sum = Sum::silence();
        (0..4).for_each(|_| sum.add(&[30_000; FRAME]));
        assert!(sum.encode(Law::Mu).iter().all(|code| Law::Mu.decode(*code) > 30_000));
    }
}
