//! Speech codecs as pure tables: G.711 mu-law and A-law (ITU-T G.711), and from one to the other.
//!
//! What it is not: resampling, packet loss concealment, or anything with state. All sound here is
//! 8 kHz, one channel, 16-bit linear PCM on the other side of the codec.

mod g711;

pub use g711::{alaw_to_linear, linear_to_alaw, linear_to_ulaw, ulaw_to_linear};

use serde::{Deserialize, Serialize};

/// Samples a second of everything in this house.
pub const SAMPLE_RATE: u32 = 8_000;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Codec {
    Pcmu,
    Pcma,
}

impl Codec {
    pub const ALL: [Self; 2] = [Self::Pcmu, Self::Pcma];

    /// The name in `a=rtpmap` (RFC 3551 §6).
    pub const fn encoding(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
        }
    }

    /// The static payload type (RFC 3551 §6).
    pub const fn payload_type(self) -> u8 {
        match self {
            Self::Pcmu => 0,
            Self::Pcma => 8,
        }
    }

    pub fn from_encoding(encoding: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.encoding().eq_ignore_ascii_case(encoding))
    }

    /// The code of silence.
    pub const fn silence(self) -> u8 {
        match self {
            Self::Pcmu => 0xff,
            Self::Pcma => 0xd5,
        }
    }

    pub const fn decode(self, code: u8) -> i16 {
        match self {
            Self::Pcmu => ulaw_to_linear(code),
            Self::Pcma => alaw_to_linear(code),
        }
    }

    pub const fn encode(self, sample: i16) -> u8 {
        match self {
            Self::Pcmu => linear_to_ulaw(sample),
            Self::Pcma => linear_to_alaw(sample),
        }
    }

    /// The table that turns this codec's codes into `other`'s; `None` when they are the same.
    pub const fn table_to(self, other: Self) -> Option<&'static [u8; 256]> {
        match (self, other) {
            (Self::Pcmu, Self::Pcma) => Some(&g711::ULAW_TO_ALAW),
            (Self::Pcma, Self::Pcmu) => Some(&g711::ALAW_TO_ULAW),
            (Self::Pcmu, Self::Pcmu) | (Self::Pcma, Self::Pcma) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_survives_decode_and_encode() {
        for codec in Codec::ALL {
            for code in 0..=255u8 {
                let again = codec.encode(codec.decode(code));
                // Mu-law has two zeros, which decode alike.
                assert!(again == code || (codec.decode(code) == 0 && codec.decode(again) == 0), "{codec:?} {code:#x}");
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
        for codec in Codec::ALL {
            assert_eq!(codec.encode(0), codec.silence());
            assert_eq!(codec.decode(codec.encode(i16::MIN)), codec.decode(codec.encode(-32_000)));
        }
    }

    #[test]
    fn quantisation_error_stays_in_its_segment() {
        for codec in Codec::ALL {
            for sample in (-32_000..32_000i32).step_by(7) {
                let sample = sample as i16;
                let error = i32::from(codec.decode(codec.encode(sample))) - i32::from(sample);
                let allowed = i32::from(sample).abs() / 16 + 16;
                assert!(error.abs() <= allowed, "{codec:?} {sample}: off by {error}");
            }
        }
    }

    #[test]
    fn the_transcode_table_is_decode_then_encode() {
        let table = Codec::Pcmu.table_to(Codec::Pcma).unwrap();
        for code in 0..=255u8 {
            assert_eq!(table[usize::from(code)], linear_to_alaw(ulaw_to_linear(code)));
        }
        assert!(Codec::Pcma.table_to(Codec::Pcma).is_none());
    }
}
