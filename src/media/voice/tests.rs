//! What is heard of packets that come late, twice, in disorder or never.

use std::f64::consts::TAU;

use super::*;
use crate::codec::{Encoder, Frame, Law, OpusFormat};

const HERTZ: f64 = 440.0;

fn at(ms: u64) -> Instant {
    Instant::from_micros(1_000_000_000 + ms * 1_000)
}

/// A speaker of one codec and what is heard of it.
struct Line {
    voice: Voice,
    codec: Codec,
    packets: Vec<(u64, u32, Vec<u8>)>,
    heard: Vec<i16>,
    /// Longest wait beyond the quickest way, milliseconds, of the last second of each run.
    delay: i64,
}

impl Line {
    /// `way`: milliseconds that packet `n` of 20 ms is on its way, or never arrives; twice where there are two.
    fn new(codec: Codec, seconds: u64, mut way: impl FnMut(u64) -> Vec<u64>) -> Self {
        let mut encoder = Encoder::new(codec, OpusFormat { fec: true, ..OpusFormat::default() }).unwrap();
        encoder.set_loss(10);
        let mut packets = Vec::new();
        for n in 0..seconds * 50 {
            let sample = |k: usize| (f64::sin((n as f64 * 160.0 + k as f64) * HERTZ * TAU / 8_000.0) * 8_000.0) as i16;
            let mut payload = Vec::new();
            encoder.encode(Frame::Narrow(&std::array::from_fn(sample)), &mut payload);
            let timestamp = (n as u32).wrapping_mul(20 * codec.clock() / 1_000).wrapping_add(u32::MAX - 100_000);
            packets.extend(way(n).into_iter().map(|ms| ((n + 1) * 20 + ms, timestamp, payload.clone())));
        }
        packets.sort_by_key(|(came, ..)| *came);
        let mut voice = Voice::new(at(0), &mut Rng::new(1));
        voice.ears = Ears { narrow: true, wide: true };
        Self { voice, codec, packets, heard: Vec::new(), delay: 0 }
    }

    fn run(mut self) -> Self {
        let last = self.packets.last().map_or(0, |(came, ..)| *came);
        let mut packets = std::mem::take(&mut self.packets).into_iter().peekable();
        for tick in 1..=last / 20 {
            while let Some((came, timestamp, payload)) = packets.next_if(|(came, ..)| *came <= tick * 20) {
                let stamp = Stamp { ssrc: 1, timestamp, clock: self.codec.clock() };
                self.voice.write(at(came), stamp, self.codec, &payload);
            }
            self.voice.tick(at(tick * 20));
            self.heard.extend_from_slice(self.voice.narrow());
            if tick * 20 + 1_000 > last {
                self.delay = self.delay.max(self.voice.delay_ms(at(tick * 20)));
            }
        }
        self
    }

    /// Frames of 20 ms in which the tone is not there, from the first second on.
    fn gaps(&self) -> usize {
        let loud =
            |frame: &[i16]| frame.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / 160.0 > 1_500.0f64.powi(2);
        self.heard[8_000..].chunks(160).filter(|frame| !loud(frame)).count()
    }

    /// Energy above 1.5 kHz, where the tone has none, below the whole: decibels.
    fn clicks(&self) -> f64 {
        let heard = &self.heard[8_000..];
        let whole: f64 = heard.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
        // A high-pass of 31 places (windowed sinc).
        let taps: Vec<f64> = (-15i32..=15)
            .map(|n| {
                let (x, window) = (f64::from(n), 0.54 + 0.46 * f64::cos(f64::from(n) * TAU / 32.0));
                let low = if n == 0 { 0.375 } else { f64::sin(TAU * 0.1875 * x) / (std::f64::consts::PI * x) };
                (if n == 0 { 1.0 } else { 0.0 } - low) * window
            })
            .collect();
        let high: f64 = heard
            .windows(taps.len())
            .map(|window| window.iter().zip(&taps).map(|(s, tap)| f64::from(*s) * tap).sum::<f64>().powi(2))
            .sum();
        10.0 * (high / whole).log10()
    }
}

#[test]
fn what_comes_evenly_is_heard_evenly_in_every_codec() {
    for codec in [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus] {
        let line = Line::new(codec, 5, |_| vec![0]).run();
        assert_eq!(line.gaps(), 0, "{codec:?}");
        assert_eq!(line.voice.counts().concealed, 0);
        assert!(line.clicks() < -30.0, "{codec:?}: {:.1} dB", line.clicks());
        assert!(line.delay <= 50, "{codec:?}: {} ms", line.delay);
    }
}

#[test]
fn nothing_clicks_at_five_per_cent_of_loss() {
    for codec in [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus] {
        let mut rng = Rng::new(5);
        let mut lost = move || if rng.below(100) < 5 { vec![] } else { vec![0] };
        let line = Line::new(codec, 20, |_| lost()).run();
        // After a loss that no packet tells, Opus needs a moment to find a tone again.
        assert!(line.gaps() <= if codec == Codec::Opus { 20 } else { 0 }, "{codec:?}: {}", line.gaps());
        assert!(line.clicks() < -28.0, "{codec:?}: {:.1} dB", line.clicks());
        let share = line.voice.counts().concealed as f64 / line.voice.counts().played as f64;
        assert!((0.03..0.08).contains(&share), "{codec:?}: {share}");
    }
}

/// Any disorder, loss, copies and jitter: sound goes on, and its delay is bounded.
#[test]
fn whatever_the_network_does_the_sound_is_continuous_and_its_delay_bounded() {
    for seed in 0..24 {
        let mut rng = Rng::new(seed);
        let (jitter, loss, copies) = (rng.below(120) + 1, rng.below(12), rng.below(10));
        let codec = [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus][seed as usize % 4];
        let mut way = move |_| {
            let mut ways = Vec::new();
            if rng.below(100) >= loss {
                ways.push(rng.below(jitter));
            }
            if rng.below(100) < copies {
                ways.push(rng.below(jitter));
            }
            ways
        };
        let line = Line::new(codec, 12, &mut way).run();
        let what = format!("seed {seed}: {codec:?}, {jitter} ms, {loss} % lost, {copies} % twice");
        assert_eq!(line.heard.len() % 160, 0);
        assert!(
            line.gaps() <= if codec == Codec::Opus { 18 } else { 9 },
            "{what}: {} gaps of {}",
            line.gaps(),
            line.heard.len() / 160
        );
        assert!(line.delay <= 200 + 40, "{what}: {} ms", line.delay);
        assert!(line.clicks() < -20.0, "{what}: {:.1} dB", line.clicks());
    }
}

#[test]
fn the_wait_follows_the_network_up_and_down() {
    let mut rng = Rng::new(9);
    let calm = Line::new(Codec::Pcmu, 10, |_| vec![0]).run();
    let rough = Line::new(Codec::Pcmu, 10, |_| vec![rng.below(90)]).run();
    let calm_again = Line::new(Codec::Pcmu, 40, |n| vec![if n < 500 { rng.below(90) } else { 0 }]).run();
    assert!(calm.voice.wait_ms() <= 20, "{}", calm.voice.wait_ms());
    assert!((80..=100).contains(&rough.voice.wait_ms()), "{}", rough.voice.wait_ms());
    assert!(
        calm_again.voice.wait_ms() <= 30 && calm_again.delay <= 60,
        "{} {}",
        calm_again.voice.wait_ms(),
        calm_again.delay
    );
    assert_eq!(calm_again.gaps(), 0, "a shorter wait is reached without a gap");
}

#[test]
fn a_lasting_delay_costs_one_gap_and_a_standstill_is_made_good() {
    let moved = Line::new(Codec::Pcma, 20, |n| vec![if n > 400 { 100 } else { 0 }]).run();
    assert!(moved.gaps() <= 10, "{}", moved.gaps());
    assert!(moved.delay <= 60, "{}", moved.delay);
    // Half a second nothing, then all at once.
    let stood = |n: u64| vec![if (400..425).contains(&n) { (425 - n) * 20 } else { 0 }];
    let burst = Line::new(Codec::Pcma, 20, stood).run();
    assert!(burst.gaps() <= 30, "{}", burst.gaps());
    assert!(burst.delay <= 120, "{}", burst.delay);
}

#[test]
fn a_clock_that_runs_fast_or_slow_is_followed() {
    for drift in [-1i64, 1] {
        // 300 in a million: 180 ms in ten minutes.
        let way = |n: u64| vec![(500 + drift * (n as i64) * 6 / 1_000) as u64];
        let line = Line::new(Codec::Pcmu, 300, way).run();
        assert!(line.gaps() <= 12, "{drift}: {}", line.gaps());
        assert!(line.delay <= 80, "{drift}: {} ms", line.delay);
    }
}

#[test]
fn a_silence_told_is_noise_until_speech_comes_again() {
    let line = Line::new(Codec::Pcmu, 3, |n| if (50..100).contains(&n) { vec![] } else { vec![0] });
    let mut voice = Voice::new(at(0), &mut Rng::new(3));
    let mut levels = Vec::new();
    let mut packets = line.packets.into_iter().peekable();
    for tick in 1..=150u64 {
        while let Some((came, timestamp, payload)) = packets.next_if(|(came, ..)| *came <= tick * 20) {
            voice.write(at(came), Stamp { ssrc: 1, timestamp, clock: 8_000 }, Codec::Pcmu, &payload);
        }
        if tick == 51 {
            voice.falls_silent(&[50]);
        }
        voice.tick(at(tick * 20));
        levels.push(voice.narrow().iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / 160.0);
    }
    let db = |level: f64| 10.0 * (level / 32_768.0f64.powi(2)).log10();
    assert!(levels[85..95].iter().all(|level| (-54.0..-46.0).contains(&db(*level))), "{:?}", &levels[85..95]);
    assert!(levels[110..].iter().all(|level| db(*level) > -20.0));
}

#[test]
fn a_stream_that_ends_is_silence_soon_and_a_restart_is_heard() {
    let mut voice = Voice::new(at(0), &mut Rng::new(3));
    let speech = [Law::Mu.encode(8_000); 160];
    let mut levels = Vec::new();
    for tick in 1..=100u64 {
        // Nothing from 400 ms to 1 s; then another source.
        if !(20..50).contains(&tick) {
            let (ssrc, timestamp) = if tick < 50 { (1, tick as u32 * 160) } else { (2, 77_000 + tick as u32 * 160) };
            voice.write(at(tick * 20), Stamp { ssrc, timestamp, clock: 8_000 }, Codec::Pcmu, &speech);
        }
        voice.tick(at(tick * 20));
        levels.push(i32::from(voice.narrow()[80]));
    }
    assert!(levels[10..20].iter().all(|level| *level > 7_000), "{levels:?}");
    assert!(levels[27..49].iter().all(|level| *level == 0), "{levels:?}");
    assert!(levels[56..].iter().all(|level| *level > 7_000), "{levels:?}");
}

#[test]
fn a_pause_of_the_machine_is_passed_over() {
    let mut voice = Voice::new(at(0), &mut Rng::new(3));
    voice.tick(at(20));
    for packet in 0..3u32 {
        let stamp = Stamp { ssrc: 1, timestamp: packet * 160, clock: 8_000 };
        voice.write(at(5_000 + u64::from(packet) * 20), stamp, Codec::Pcmu, &[Law::Mu.encode(1_000); 160]);
    }
    voice.tick(at(5_060));
    assert!(voice.narrow().iter().all(|sample| *sample > 900));
}
