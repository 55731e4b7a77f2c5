//! Comfort noise (RFC 3389): what is heard while a peer sends nothing because there is nothing but the noise of its room.

use crate::base::Rng;

/// Reflection coefficients that are used; more are left out.
const ORDER: usize = 10;

/// Noise of a level and a colour.
#[derive(Clone, Debug)]
pub struct Noise {
    rng: u32,
    /// Of the white noise before the filter, in samples.
    level: f32,
    reflections: [f32; ORDER],
    state: [f32; ORDER],
}

impl Noise {
    /// `payload`: the level below full scale in dB, then reflection coefficients (RFC 3389 §3). `None` for an empty one.
    pub fn parse(payload: &[u8], rng: &mut Rng) -> Option<Self> {
        let (level, coefficients) = payload.split_first()?;
        let mut reflections = [0.0f32; ORDER];
        for (place, coded) in reflections.iter_mut().zip(coefficients) {
            *place = (258.0 * (f32::from(*coded) - 127.0) / 32_768.0).clamp(-0.98, 0.98);
        }
        // What the filter adds to the level is taken off before it.
        let gain: f32 = reflections.iter().map(|k| 1.0 - k * k).product();
        let rms = 32_768.0 * 10.0f32.powf(-f32::from(level & 0x7f) / 20.0);
        let level = rms * gain.max(0.0).sqrt() * 3.0f32.sqrt();
        Some(Self { rng: (rng.next_u64() as u32) | 1, level, reflections, state: [0.0; ORDER] })
    }

    /// White, of that mean level in samples.
    pub fn new(level: f32, rng: &mut Rng) -> Self {
        let (reflections, state) = ([0.0; ORDER], [0.0; ORDER]);
        Self { rng: (rng.next_u64() as u32) | 1, level: level * 3.0f32.sqrt(), reflections, state }
    }

    /// The next samples.
    pub fn fill(&mut self, samples: &mut [i16]) {
        for sample in samples {
            *sample = self.next().clamp(-8_000.0, 8_000.0) as i16;
        }
    }

    /// White noise through the all-pole lattice.
    fn next(&mut self) -> f32 {
        // xorshift32: good enough to hiss.
        self.rng ^= self.rng << 13;
        self.rng ^= self.rng >> 17;
        self.rng ^= self.rng << 5;
        let mut forward = self.level * (self.rng as i32 as f32 / 2_147_483_648.0);
        let mut backward = [0.0f32; ORDER + 1];
        for n in (0..ORDER).rev() {
            let (k, state) = (self.reflections[n], self.state[n]);
            forward -= k * state;
            backward[n + 1] = state + k * forward;
        }
        backward[0] = forward;
        self.state.copy_from_slice(&backward[..ORDER]);
        forward
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_as_loud_as_the_peer_says() {
        for payload in [&[40u8][..], &[60], &[50, 180, 90, 127], &[45, 30, 200]] {
            let mut samples = vec![0; 16_000];
            Noise::parse(payload, &mut Rng::new(1)).unwrap().fill(&mut samples);
            let rms = (samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / 16_000.0).sqrt();
            let db = -20.0 * (rms / 32_768.0).log10();
            assert!((db - f64::from(payload[0])).abs() < 1.5, "{payload:?}: {db:.1} dB");
        }
        assert!(Noise::parse(&[], &mut Rng::new(1)).is_none());
    }
}
