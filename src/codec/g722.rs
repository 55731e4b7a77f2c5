//! G.722 at 64 kbit/s (ITU-T G.722, mode 1), of which the lower band is used: 8 kHz in and out, as
//! everything else in this house. The upper band that is sent is silent.
//!
//! The library encodes 16 kHz; its own mode for 8 kHz writes wrong bytes (0.4.13). So there is a sample
//! between each two before it, by the middle of [`BETWEEN`]: a delay of 1 ms.

use audio_codec::g722::{Bitrate, G722Decoder, G722Encoder};
use audio_codec::{Decoder, Encoder};

use super::Law;

/// Samples taken at once.
const PIECE: usize = 160;

/// Half of an even low-pass: the weights of eight samples before the middle between two, and after it backwards
/// (sinc in a Kaiser window of 5; sum 1 in 1/32,768).
const BETWEEN: [i32; 8] = [-51, 193, -472, 962, -1786, 3235, -6356, 20659];

/// What both directions of one leg remember: the codec is adaptive.
pub struct G722 {
    encoder: G722Encoder,
    decoder: G722Decoder,
    /// The last samples that were encoded, the oldest first.
    last: [i16; 16],
}

impl G722 {
    pub fn new() -> Self {
        Self {
            encoder: G722Encoder::with_options(Bitrate::Mode1_64000, false, false),
            decoder: G722Decoder::with_options(Bitrate::Mode1_64000, false, true),
            last: [0; 16],
        }
    }

    /// Adds to `codes` the payload in `law`: a code for each of its bytes.
    pub fn decode(&mut self, payload: &[u8], law: Law, codes: &mut Vec<u8>) {
        let mut samples = [0i16; PIECE];
        for piece in payload.chunks(PIECE) {
            let count = self.decoder.decode_into(piece, &mut samples).unwrap_or(0);
            codes.extend(samples.iter().take(count).map(|sample| law.encode(*sample)));
        }
    }

    /// Adds to `payload` what `codes` say in `law`: a byte for each of them.
    pub fn encode(&mut self, codes: &[u8], law: Law, payload: &mut Vec<u8>) {
        let (mut doubled, mut bytes) = ([0i16; 2 * PIECE], [0u8; PIECE]);
        for piece in codes.chunks(PIECE) {
            for (pair, code) in doubled.chunks_exact_mut(2).zip(piece) {
                pair.copy_from_slice(&self.double(law.decode(*code)));
            }
            let doubled = doubled.get(..2 * piece.len()).unwrap_or_default();
            let count = self.encoder.encode_into(doubled, &mut bytes).unwrap_or(0);
            payload.extend(bytes.iter().take(count));
        }
    }

    /// Two samples of 16 kHz for one of 8 kHz.
    fn double(&mut self, sample: i16) -> [i16; 2] {
        self.last.copy_within(1.., 0);
        self.last[15] = sample;
        let (before, after) = self.last.split_at(8);
        let pairs = before.iter().zip(after.iter().rev()).zip(BETWEEN);
        let sum: i32 = pairs.map(|((b, a), weight)| (i32::from(*b) + i32::from(*a)) * weight).sum();
        let between = (sum >> 15).clamp(i32::from(i16::MIN), i32::from(i16::MAX));
        [self.last[7], between as i16]
    }
}

impl Default for G722 {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for G722 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("G722")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames of 20 ms with a tone in mu-law.
    fn tone(hertz: f64, amplitude: f64) -> Vec<u8> {
        let sample = |n: usize| (f64::sin(n as f64 * hertz * std::f64::consts::TAU / 8_000.0) * amplitude) as i16;
        (0..8_000).map(|n| Law::Mu.encode(sample(n))).collect()
    }

    #[test]
    fn what_is_encoded_is_heard_at_the_same_level() {
        for (hertz, amplitude) in [(300.0, 8_000.0), (440.0, 500.0), (1_000.0, 20_000.0), (3_000.0, 4_000.0)] {
            let (codes, mut coder) = (tone(hertz, amplitude), G722::new());
            let (mut sent, mut heard) = (Vec::new(), Vec::new());
            for frame in codes.chunks(PIECE) {
                coder.encode(frame, Law::Mu, &mut sent);
            }
            assert_eq!(sent.len(), codes.len(), "64 kbit/s");
            for frame in sent.chunks(PIECE) {
                coder.decode(frame, Law::A, &mut heard);
            }
            // The first quarter second is the codec's to adapt.
            let samples = |codes: &[u8], law: Law| codes[2_000..6_000].iter().map(|code| law.decode(*code)).collect();
            let (said, heard): (Vec<i16>, Vec<i16>) = (samples(&codes, Law::Mu), samples(&heard, Law::A));
            let level = 10.0 * (at(hertz, &heard) / at(hertz, &said)).log10();
            assert!(level.abs() < 0.3, "{hertz} Hz at {amplitude}: {level:.2} dB");
            let share = at(hertz, &heard) / heard.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
            assert!(share > 0.99, "{hertz} Hz at {amplitude} is {share:.4} of what is heard");
        }
    }

    /// The energy of that frequency.
    fn at(hertz: f64, samples: &[i16]) -> f64 {
        let angle = |n: usize| n as f64 * hertz * std::f64::consts::TAU / 8_000.0;
        let sum =
            |wave: fn(f64) -> f64| samples.iter().enumerate().map(|(n, s)| wave(angle(n)) * f64::from(*s)).sum::<f64>();
        2.0 * (sum(f64::sin).powi(2) + sum(f64::cos).powi(2)) / samples.len() as f64
    }

    #[test]
    fn silence_stays_silence_and_odd_lengths_are_taken() {
        let (mut coder, mut sent, mut heard) = (G722::new(), Vec::new(), Vec::new());
        for length in [0, 1, 7, 160, 161, 1_500] {
            coder.encode(&vec![Law::A.silence(); length], Law::A, &mut sent);
        }
        assert_eq!(sent.len(), 1 + 7 + 160 + 161 + 1_500);
        coder.decode(&sent, Law::Mu, &mut heard);
        assert!(heard.iter().all(|code| Law::Mu.decode(*code).abs() < 40));
    }
}
