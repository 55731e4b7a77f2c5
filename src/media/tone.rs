//! Tones: a generator of sines and keys, and Goertzel's detector. Used for digits that a peer can
//! only take as sound, and by tests and the demo to know what arrived by its frequency.
//!
//! What it is not: a detector of keys in speech, which needs guards against being talked off.

use std::f64::consts::TAU;

use crate::codec::SAMPLE_RATE;

/// A continuous sum of sines.
#[derive(Clone, Debug)]
pub struct Tone {
    /// Phase step of each sine, in turns a sample, and its phase in turns.
    sines: [(f64, f64); 2],
    amplitude: f64,
}

impl Tone {
    /// `hertz`: 0 for silence. `amplitude`: 0 to 1 of full scale.
    pub fn new(hertz: f64, amplitude: f64) -> Self {
        Self::dual(hertz, 0.0, amplitude)
    }

    /// The two sines of a key (ITU-T Q.23) at -9 dBFS each; `None` if it is not one.
    pub fn key(key: char) -> Option<Self> {
        const ROWS: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
        const COLUMNS: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
        let at = "123A456B789C*0#D".find(key.to_ascii_uppercase())?;
        Some(Self::dual(*ROWS.get(at / 4)?, *COLUMNS.get(at % 4)?, 0.35))
    }

    fn dual(a: f64, b: f64, amplitude: f64) -> Self {
        let rate = f64::from(SAMPLE_RATE);
        Self { sines: [(a / rate, 0.0), (b / rate, 0.0)], amplitude: amplitude * f64::from(i16::MAX) }
    }
}

impl Iterator for Tone {
    type Item = i16;

    fn next(&mut self) -> Option<i16> {
        let mut sum = 0.0;
        for (step, phase) in &mut self.sines {
            sum += (*phase * TAU).sin();
            *phase = (*phase + *step).fract();
        }
        Some((sum * self.amplitude).clamp(f64::from(i16::MIN), f64::from(i16::MAX)) as i16)
    }
}

/// The part of the energy of `samples` that lies at `hertz`: 1 for a pure tone, near 0 for another
/// one or for silence (Goertzel). Good from about 50 ms of sound.
pub fn share(samples: &[i16], hertz: f64) -> f64 {
    let coefficient = 2.0 * (TAU * hertz / f64::from(SAMPLE_RATE)).cos();
    let (mut s1, mut s2, mut energy) = (0.0f64, 0.0f64, 0.0f64);
    for sample in samples {
        let x = f64::from(*sample);
        (s1, s2) = (x + coefficient * s1 - s2, s1);
        energy += x * x;
    }
    // Below a tenth of a percent of full scale there is no tone, only rounding.
    let count = samples.len() as f64;
    if energy <= count * 1_000.0 {
        return 0.0;
    }
    let power = s1 * s1 + s2 * s2 - coefficient * s1 * s2;
    (2.0 * power / (count * energy)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Law;

    #[test]
    fn a_tone_is_found_at_its_frequency_only() {
        let samples: Vec<i16> = Tone::new(440.0, 0.5).take(800).collect();
        assert!(share(&samples, 440.0) > 0.95, "{}", share(&samples, 440.0));
        for other in [300.0, 480.0, 880.0, 1_000.0] {
            assert!(share(&samples, other) < 0.05, "{other}: {}", share(&samples, other));
        }
        assert_eq!(share(&vec![0; 800], 440.0), 0.0);
        let coded: Vec<i16> = samples.iter().map(|s| Law::Mu.decode(Law::Mu.encode(*s))).collect();
        assert!(share(&coded, 440.0) > 0.95);
    }

    #[test]
    fn a_key_is_its_two_frequencies() {
        let samples: Vec<i16> = Tone::key('#').unwrap().take(800).collect();
        assert!(share(&samples, 941.0) > 0.4 && share(&samples, 1_477.0) > 0.4);
        assert!(share(&samples, 697.0) < 0.05);
        assert!(Tone::key('x').is_none());
    }
}
