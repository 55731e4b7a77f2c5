//! Our offer as a description.

use super::answer::{self, audio, frame, refused};
use super::{Keying, Kind, Line, Negotiation, Shape, keys};
use crate::codec::Codec;
use crate::media::Direction;
use crate::sdp::{Description, RtpMap, Setup};

/// The payload type we give telephone events; the one that most phones use.
pub(in crate::media) const EVENT_PAYLOAD_TYPE: u8 = 101;
/// The same with the clock of Opus.
const FAST_EVENT_PAYLOAD_TYPE: u8 = 110;

pub(super) fn describe(own: &mut Negotiation, direction: Direction) -> Description {
    if own.shape.lines.is_empty() {
        own.shape = first_shape(own);
    }
    let maps = formats(own);
    // A peer that must be the DTLS client already (or the server) keeps its role over re-offers:
    // `actpass` lets it say so again (RFC 8842 §5.3).
    let keys = keys::offered(own);
    let stream = |line: &Line| {
        let mut media = audio(own, line, &maps, direction, Setup::ActPass);
        media.attributes.extend(keys.iter().cloned());
        media
    };
    let lines = own.shape.lines.iter().enumerate();
    let media = lines.map(|(i, line)| if i == own.shape.audio { stream(line) } else { refused(line) }).collect();
    frame(own, media)
}

/// At first all we speak, later what was agreed, under the same numbers.
fn formats(own: &Negotiation) -> Vec<RtpMap> {
    if let Some(agreed) = &own.agreed {
        return answer::agreed(agreed);
    }
    let codecs = &own.local.codecs;
    let mut maps: Vec<_> = codecs.iter().map(|codec| answer::map(*codec, codec.payload_type())).collect();
    maps.push(answer::events(EVENT_PAYLOAD_TYPE, 8_000));
    // Events count as the sound does (RFC 4733 §2.1).
    if codecs.contains(&Codec::Opus) {
        maps.push(answer::events(FAST_EVENT_PAYLOAD_TYPE, Codec::Opus.clock()));
    }
    maps
}

fn first_shape(own: &Negotiation) -> Shape {
    let (protocol, mid) = match own.local.kind {
        Kind::Plain => (Keying::protocol(own.keying), None),
        Kind::WebRtc { .. } => ("UDP/TLS/RTP/SAVPF", Some("0".to_owned())),
    };
    let line = Line { kind: "audio".to_owned(), protocol: protocol.to_owned(), format: "0".to_owned(), mid };
    Shape { audio: 0, lines: vec![line] }
}
