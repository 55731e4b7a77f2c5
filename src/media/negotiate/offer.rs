//! Our offer as a description.

use super::answer::{audio, frame, refused};
use super::{Kind, Line, Negotiation, Shape};
use crate::codec::Codec;
use crate::media::Direction;
use crate::sdp::{Description, RtpMap, Setup};

/// The payload type we give telephone events; the one that most phones use.
pub(in crate::media) const EVENT_PAYLOAD_TYPE: u8 = 101;

pub(super) fn describe(own: &mut Negotiation, direction: Direction) -> Description {
    if own.shape.lines.is_empty() {
        own.shape = first_shape(&own.local.kind);
    }
    let maps = formats(own);
    // A peer that must be the DTLS client already (or the server) keeps its role over re-offers:
    // `actpass` lets it say so again (RFC 8842 §5.3).
    let stream = |line: &Line| audio(own, line, &maps, direction, Setup::ActPass);
    let lines = own.shape.lines.iter().enumerate();
    let media = lines.map(|(i, line)| if i == own.shape.audio { stream(line) } else { refused(line) }).collect();
    frame(own, media)
}

/// At first all we speak, later what was agreed, under the same numbers.
fn formats(own: &Negotiation) -> Vec<RtpMap> {
    let map = |payload_type, encoding: &str| RtpMap { payload_type, encoding: encoding.to_owned(), clock: 8_000 };
    let event = |payload_type| map(payload_type, "telephone-event");
    match &own.agreed {
        Some(agreed) => std::iter::once(map(agreed.payload_type, agreed.codec.encoding()))
            .chain(agreed.event_payload_type.map(event))
            .collect(),
        None => {
            let codec = |codec: &Codec| map(codec.payload_type(), codec.encoding());
            own.local.codecs.iter().map(codec).chain([event(EVENT_PAYLOAD_TYPE)]).collect()
        }
    }
}

fn first_shape(kind: &Kind) -> Shape {
    let (protocol, mid) = match kind {
        Kind::Plain => ("RTP/AVP", None),
        Kind::WebRtc { .. } => ("UDP/TLS/RTP/SAVPF", Some("0".to_owned())),
    };
    let line = Line { kind: "audio".to_owned(), protocol: protocol.to_owned(), format: "0".to_owned(), mid };
    Shape { audio: 0, lines: vec![line] }
}
