//! Speech codecs: payloads to samples and back.
//!
//! Between legs that speak the same codec payloads are passed on as they are; [`Law`] (ITU-T G.711, pure tables) is
//! turned into the other law code by code. Everything else goes through [`Decoder`] and [`Encoder`]: linear samples of
//! 16 bits, one channel, 8 kHz ([`Law`]) or 16 kHz (G.722, Opus), with [`Upsampler`] and [`Downsampler`] between the two.
//! G.729 is passed on only.
//!
//! What it is not: a jitter buffer; when what is decoded is decided in `media::voice`.

mod coder;
mod g711;
mod g722;
mod opus;
mod resample;

pub use coder::{Decoder, Encoder, Frame};
pub use g711::{alaw_to_linear, linear_to_alaw, linear_to_ulaw, ulaw_to_linear};
pub use opus::OpusFormat;
pub use resample::{Downsampler, Upsampler};

use serde::{Deserialize, Serialize};

/// Samples a second of prompts, recordings and G.711.
pub const SAMPLE_RATE: u32 = 8_000;

/// What is agreed with a peer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Codec {
    Pcmu,
    Pcma,
    G722,
    Opus,
    /// Passed on between two who both have it; nothing is played into it or mixed from it.
    G729,
}

impl Codec {
    pub const ALL: [Self; 5] = [Self::Pcmu, Self::Pcma, Self::G722, Self::Opus, Self::G729];

    /// The name in `a=rtpmap` (RFC 3551 §6, RFC 7587 §7).
    pub const fn encoding(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
            Self::G722 => "G722",
            Self::Opus => "opus",
            Self::G729 => "G729",
        }
    }

    /// The static payload type (RFC 3551 §6); for Opus the number that we offer it under.
    pub const fn payload_type(self) -> u8 {
        match self {
            Self::Pcmu => 0,
            Self::Pcma => 8,
            Self::G722 => 9,
            Self::Opus => 111,
            Self::G729 => 18,
        }
    }

    /// Timestamps a second; 8,000 for G.722 too, by an old mistake (RFC 3551 §4.5.2).
    pub const fn clock(self) -> u32 {
        match self {
            Self::Opus => 48_000,
            _ => 8_000,
        }
    }

    /// Channels in `a=rtpmap`, where they are said: two for Opus, whatever is sent (RFC 7587 §7).
    pub const fn channels(self) -> Option<u8> {
        match self {
            Self::Opus => Some(2),
            _ => None,
        }
    }

    pub fn from_encoding(encoding: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.encoding().eq_ignore_ascii_case(encoding))
    }

    /// The law of a payload that is G.711 as it stands.
    pub const fn g711(self) -> Option<Law> {
        match self {
            Self::Pcmu => Some(Law::Mu),
            Self::Pcma => Some(Law::A),
            Self::G722 | Self::Opus | Self::G729 => None,
        }
    }

    /// The law in which prompts are read for a leg of this codec.
    pub const fn law(self) -> Law {
        match self {
            Self::Pcma => Law::A,
            _ => Law::Mu,
        }
    }

    /// 16 kHz, else 8.
    pub const fn is_wide(self) -> bool {
        matches!(self, Self::G722 | Self::Opus)
    }

    /// Nothing is decoded or made.
    pub const fn is_passed_on_only(self) -> bool {
        matches!(self, Self::G729)
    }

    /// A payload of this codec can go to a peer that speaks `other`, as it is or code by code.
    pub fn passes_to(self, other: Self) -> bool {
        self == other || (self.g711().is_some() && other.g711().is_some())
    }

    /// A payload that says that there is nothing to say.
    pub fn is_silence(self, payload: &[u8]) -> bool {
        self == Self::Opus && opus::is_silence(payload)
    }

    /// How much sound a payload carries, in samples of 8 kHz; 0: none.
    pub fn span(self, payload: &[u8]) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => payload.len() as u32,
            Self::Opus => opus::span(payload),
            Self::G729 => payload.len() as u32 / 10 * 80,
        }
    }
}

/// The two tables of G.711.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Law {
    Mu,
    A,
}

impl Law {
    pub const ALL: [Self; 2] = [Self::Mu, Self::A];

    /// The code of silence.
    pub const fn silence(self) -> u8 {
        match self {
            Self::Mu => 0xff,
            Self::A => 0xd5,
        }
    }

    pub const fn decode(self, code: u8) -> i16 {
        match self {
            Self::Mu => ulaw_to_linear(code),
            Self::A => alaw_to_linear(code),
        }
    }

    pub const fn encode(self, sample: i16) -> u8 {
        match self {
            Self::Mu => linear_to_ulaw(sample),
            Self::A => linear_to_alaw(sample),
        }
    }

    /// The square of what this code stands for.
    pub fn square(self, code: u8) -> u64 {
        let squares = match self {
            Self::Mu => &g711::ULAW_SQUARES,
            Self::A => &g711::ALAW_SQUARES,
        };
        u64::from(squares[usize::from(code)])
    }

    /// The table that turns this law's codes into `other`'s; `None` when they are the same.
    pub const fn table_to(self, other: Self) -> Option<&'static [u8; 256]> {
        match (self, other) {
            (Self::Mu, Self::A) => Some(&g711::ULAW_TO_ALAW),
            (Self::A, Self::Mu) => Some(&g711::ALAW_TO_ULAW),
            (Self::Mu, Self::Mu) | (Self::A, Self::A) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_survives_decode_and_encode() {
        for law in Law::ALL {
            for code in 0..=255u8 {
                let again = law.encode(law.decode(code));
                // Mu-law has two zeros, which decode alike.
                assert!(again == code || (law.decode(code) == 0 && law.decode(again) == 0), "{law:?} {code:#x}");
            }
        }
    }

    #[test]
    fn a_square_is_that_of_the_decoded() {
        for law in Law::ALL {
            for code in 0..=255u8 {
                assert_eq!(law.square(code), u64::from(law.decode(code).unsigned_abs()).pow(2), "{law:?} {code:#x}");
            }
        }
    }

    #[test]
    fn known_points_of_the_standard() {
        assert_eq!(ulaw_to_linear(0x00), -32_124);
        assert_eq!(ulaw_to_linear(0x80), 32_124);
        assert_eq!(ulaw_to_linear(0xff), 0);
        assert_eq!(alaw_to_linear(0x2a), -32_256);
        assert_eq!(alaw_to_linear(0xaa), 32_256);
        assert_eq!(alaw_to_linear(0xd5), 8);
        for law in Law::ALL {
            assert_eq!(law.encode(0), law.silence());
            assert_eq!(law.decode(law.encode(i16::MIN)), law.decode(law.encode(-32_000)));
        }
    }

    #[test]
    fn quantisation_error_stays_in_its_segment() {
        for law in Law::ALL {
            for sample in (-32_000..32_000i32).step_by(7) {
                let sample = sample as i16;
                let error = i32::from(law.decode(law.encode(sample))) - i32::from(sample);
                let allowed = i32::from(sample).abs() / 16 + 16;
                assert!(error.abs() <= allowed, "{law:?} {sample}: off by {error}");
            }
        }
    }

    #[test]
    fn the_transcode_table_is_decode_then_encode() {
        let table = Law::Mu.table_to(Law::A).unwrap();
        for code in 0..=255u8 {
            assert_eq!(table[usize::from(code)], linear_to_alaw(ulaw_to_linear(code)));
        }
        assert!(Law::A.table_to(Law::A).is_none());
    }
}
