//! One direction of one leg's codec: frames of 20 ms to payloads, payloads to samples.

use super::g722::{WideDecoder, WideEncoder};
use super::opus::{OpusDecoder, OpusEncoder, OpusFormat};
use super::resample::Upsampler;
use super::{Codec, Law};

/// 20 ms of sound, as it came.
#[derive(Clone, Copy, Debug)]
pub enum Frame<'a> {
    /// 8 kHz.
    Narrow(&'a [i16; 160]),
    /// 16 kHz.
    Wide(&'a [i16; 320]),
}

/// Makes payloads. What is narrow becomes wide for a codec that is.
pub enum Encoder {
    G711(Law),
    G722(Box<(WideEncoder, Upsampler)>),
    Opus(Box<(OpusEncoder, Upsampler)>),
}

impl Encoder {
    /// `None` for a codec that is only passed on.
    pub fn new(codec: Codec, format: OpusFormat) -> Option<Self> {
        match codec {
            Codec::Pcmu => Some(Self::G711(Law::Mu)),
            Codec::Pcma => Some(Self::G711(Law::A)),
            Codec::G722 => Some(Self::G722(Box::default())),
            Codec::Opus => Some(Self::Opus(Box::new((OpusEncoder::new(format)?, Upsampler::default())))),
            Codec::G729 => None,
        }
    }

    /// Adds the payload of a frame; false: it need not be sent. A codec of 8 kHz takes narrow frames.
    pub fn encode(&mut self, frame: Frame<'_>, payload: &mut Vec<u8>) -> bool {
        let mut room = [0i16; 320];
        match self {
            Self::G711(law) => match frame {
                Frame::Narrow(samples) => payload.extend(samples.iter().map(|sample| law.encode(*sample))),
                Frame::Wide(_) => return false,
            },
            Self::G722(coder) => {
                let (encoder, up) = &mut **coder;
                encoder.encode(widen(frame, up, &mut room), payload);
            }
            Self::Opus(coder) => {
                let (encoder, up) = &mut **coder;
                encoder.set_narrow(matches!(frame, Frame::Narrow(_)));
                return encoder.encode(widen(frame, up, &mut room), payload) > 2;
            }
        }
        true
    }

    /// Loss that the peer reports, in per cent.
    pub fn set_loss(&mut self, percent: u8) {
        if let Self::Opus(coder) = self {
            coder.0.set_loss(percent);
        }
    }
}

fn widen<'a>(frame: Frame<'a>, up: &mut Upsampler, room: &'a mut [i16; 320]) -> &'a [i16; 320] {
    match frame {
        Frame::Wide(samples) => samples,
        Frame::Narrow(samples) => {
            up.run(samples, room);
            room
        }
    }
}

/// Reads payloads.
pub enum Decoder {
    /// Either law, as each packet says.
    G711,
    G722(Box<WideDecoder>),
    Opus(Box<OpusDecoder>),
}

impl Decoder {
    /// `None` for a codec that is only passed on.
    pub fn new(codec: Codec) -> Option<Self> {
        match codec {
            Codec::Pcmu | Codec::Pcma => Some(Self::G711),
            Codec::G722 => Some(Self::G722(Box::default())),
            Codec::Opus => Some(Self::Opus(Box::new(OpusDecoder::new()?))),
            Codec::G729 => None,
        }
    }

    /// Whether it reads payloads of this codec.
    pub fn reads(&self, codec: Codec) -> bool {
        match self {
            Self::G711 => codec.g711().is_some(),
            Self::G722(_) => codec == Codec::G722,
            Self::Opus(_) => codec == Codec::Opus,
        }
    }

    /// 16 kHz, else 8.
    pub fn is_wide(&self) -> bool {
        !matches!(self, Self::G711)
    }

    /// Adds what a payload says.
    pub fn decode(&mut self, codec: Codec, payload: &[u8], samples: &mut Vec<i16>) {
        match self {
            Self::G711 => samples.extend(payload.iter().map(|code| codec.law().decode(*code))),
            Self::G722(decoder) => decoder.decode(payload, samples),
            Self::Opus(decoder) => decoder.decode(payload, samples),
        }
    }

    /// Adds what was lost before a payload that tells it; false: it does not.
    pub fn decode_before(&mut self, codec: Codec, payload: &[u8], samples: &mut Vec<i16>) -> bool {
        let before = samples.len();
        if let (Self::Opus(decoder), Codec::Opus) = (self, codec) {
            decoder.decode_before(payload, samples);
        }
        samples.len() > before
    }
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Encoder")
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Decoder")
    }
}
