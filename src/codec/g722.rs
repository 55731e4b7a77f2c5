//! G.722 at 64 kbit/s (ITU-T G.722, mode 1): 16 kHz on our side, a byte for two samples.
//!
//! The library's own modes for 8 kHz are not used (its encoder writes wrong bytes there, 0.4.13).

use audio_codec::g722::{Bitrate, G722Decoder, G722Encoder};
use audio_codec::{Decoder as _, Encoder as _};

/// Bytes taken at once.
const PIECE: usize = 160;

/// What one direction remembers: the codec is adaptive.
pub struct WideEncoder(G722Encoder);

impl WideEncoder {
    /// Adds a byte for each two samples; an odd last one is left out.
    pub fn encode(&mut self, samples: &[i16], payload: &mut Vec<u8>) {
        let mut bytes = [0u8; PIECE];
        for piece in samples.chunks(2 * PIECE) {
            let count = self.0.encode_into(piece, &mut bytes).unwrap_or(0);
            payload.extend(bytes.iter().take(count));
        }
    }
}

impl Default for WideEncoder {
    fn default() -> Self {
        Self(G722Encoder::with_options(Bitrate::Mode1_64000, false, false))
    }
}

pub struct WideDecoder(G722Decoder);

impl WideDecoder {
    /// Adds two samples for each byte.
    pub fn decode(&mut self, payload: &[u8], samples: &mut Vec<i16>) {
        let mut pair = [0i16; 2 * PIECE];
        for piece in payload.chunks(PIECE) {
            let count = self.0.decode_into(piece, &mut pair).unwrap_or(0);
            samples.extend(pair.iter().take(count));
        }
    }
}

impl Default for WideDecoder {
    fn default() -> Self {
        Self(G722Decoder::with_options(Bitrate::Mode1_64000, false, false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hertz: f64, amplitude: f64) -> Vec<i16> {
        (0..16_000)
            .map(|n| (f64::sin(f64::from(n) * hertz * std::f64::consts::TAU / 16_000.0) * amplitude) as i16)
            .collect()
    }

    /// The energy of that frequency.
    fn at(hertz: f64, samples: &[i16]) -> f64 {
        let angle = |n: usize| n as f64 * hertz * std::f64::consts::TAU / 16_000.0;
        let sum =
            |wave: fn(f64) -> f64| samples.iter().enumerate().map(|(n, s)| wave(angle(n)) * f64::from(*s)).sum::<f64>();
        2.0 * (sum(f64::sin).powi(2) + sum(f64::cos).powi(2)) / samples.len() as f64
    }

    #[test]
    fn what_is_encoded_is_heard_at_the_same_level_up_to_seven_kilohertz() {
        for (hertz, amplitude) in [
            (300.0, 8_000.0),
            (440.0, 500.0),
            (1_000.0, 20_000.0),
            (3_000.0, 4_000.0),
            (5_000.0, 8_000.0),
            (6_500.0, 8_000.0),
        ] {
            let (said, mut sent, mut heard) = (tone(hertz, amplitude), Vec::new(), Vec::new());
            let (mut encoder, mut decoder) = (WideEncoder::default(), WideDecoder::default());
            said.chunks(320).for_each(|frame| encoder.encode(frame, &mut sent));
            assert_eq!(sent.len(), said.len() / 2, "64 kbit/s");
            sent.chunks(PIECE).for_each(|frame| decoder.decode(frame, &mut heard));
            // The first quarter second is the codec's to adapt.
            let (said, heard) = (&said[4_000..12_000], &heard[4_000..12_000]);
            let level = 10.0 * (at(hertz, heard) / at(hertz, said)).log10();
            assert!(level.abs() < 0.6, "{hertz} Hz at {amplitude}: {level:.2} dB");
            let share = at(hertz, heard) / heard.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
            assert!(share > 0.97, "{hertz} Hz at {amplitude} is {share:.4} of what is heard");
        }
    }

    #[test]
    fn silence_stays_silence_and_odd_lengths_are_taken() {
        let (mut encoder, mut decoder, mut sent, mut heard) =
            (WideEncoder::default(), WideDecoder::default(), Vec::new(), Vec::new());
        for length in [0, 2, 14, 320, 322, 3_000] {
            encoder.encode(&vec![0; length], &mut sent);
        }
        assert_eq!(sent.len(), 1 + 7 + 160 + 161 + 1_500);
        decoder.decode(&sent, &mut heard);
        assert!(heard.iter().all(|sample| sample.abs() < 40));
    }
}
