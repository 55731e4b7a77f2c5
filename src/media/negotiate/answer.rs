//! Our answer as a description, and the parts it shares with the offer.

use super::{Kind, Line, Negotiation, PTIME_MS, keys};
use crate::media::{Codec, Direction, Session};
use crate::sdp::{Attribute, Candidate, Connection, Description, Media, Origin, RtpMap, Setup};

pub(super) fn describe(own: &Negotiation, offer: &Description, session: &Session) -> Description {
    let maps = agreed(session);
    let setup = if session.rtc.as_ref().is_some_and(|r| r.dtls_client) { Setup::Active } else { Setup::Passive };
    let stream = |line: &Line, offered: &Media| {
        let mut media = audio(own, line, &maps, session.direction, setup);
        if session.rtc.is_none() && offered.has("rtcp-mux") {
            media.attributes.push(Attribute::flag("rtcp-mux"));
        }
        media.attributes.extend(keys::told(own, offered, session.srtp.as_ref()));
        media
    };
    let lines = own.shape.lines.iter().zip(&offer.media).enumerate();
    let media = lines
        .map(|(i, (line, m))| if i == own.shape.audio && m.port != 0 { stream(line, m) } else { refused(line) })
        .collect();
    frame(own, media)
}

/// What a session uses, as lines of its description.
pub(super) fn agreed(session: &Session) -> Vec<RtpMap> {
    let events = session.event_payload_type.map(|payload_type| events(payload_type, session.event_clock));
    std::iter::once(map(session.codec, session.payload_type)).chain(events).collect()
}

pub(super) fn map(codec: Codec, payload_type: u8) -> RtpMap {
    let (encoding, clock, channels) = (codec.encoding().to_owned(), codec.clock(), codec.channels());
    RtpMap { payload_type, encoding, clock, channels }
}

pub(super) fn events(payload_type: u8, clock: u32) -> RtpMap {
    RtpMap { payload_type, encoding: "telephone-event".to_owned(), clock, channels: None }
}

/// The parameters that we want a format with.
fn parameters(map: &RtpMap) -> Option<&'static str> {
    match map.encoding.as_str() {
        "telephone-event" => Some("0-15"),
        // What a packet says about the one before it is used.
        "opus" => Some("minptime=10;useinbandfec=1"),
        // Its frames of silence are not all phones' to read.
        "G729" => Some("annexb=no"),
        _ => None,
    }
}

/// The session level around `media`. The version is filled in when it is printed.
pub(super) fn frame(own: &Negotiation, media: Vec<Media>) -> Description {
    let address = own.local.address.ip();
    let mut attributes = Vec::new();
    if let Kind::WebRtc { .. } = own.local.kind {
        attributes.push(Attribute::flag("ice-lite"));
        let line = own.shape.lines.get(own.shape.audio);
        attributes
            .extend(line.and_then(|l| l.mid.as_ref()).map(|mid| Attribute::new("group", format!("BUNDLE {mid}"))));
        attributes.push(Attribute::new("msid-semantic", " WMS *"));
    }
    Description {
        origin: Origin {
            username: "carillon".to_owned(),
            session_id: own.session_id.to_string(),
            version: "0".to_owned(),
            address: address.to_string(),
        },
        name: "-".to_owned(),
        connection: Some(Connection::Address(address)),
        attributes,
        media,
    }
}

/// The audio stream, in an offer or an answer.
pub(super) fn audio(own: &Negotiation, line: &Line, maps: &[RtpMap], direction: Direction, setup: Setup) -> Media {
    let mut attributes = Vec::new();
    attributes.extend(line.mid.as_ref().map(|mid| Attribute::new("mid", mid)));
    if let Kind::WebRtc { fingerprint, candidates } = &own.local.kind {
        attributes.extend([
            Attribute::new("msid", "carillon audio"),
            Attribute::new("ice-ufrag", &own.ice.ufrag),
            Attribute::new("ice-pwd", &own.ice.pwd),
            Attribute::new("fingerprint", fingerprint),
            Attribute::new("setup", setup.name()),
        ]);
        let hosts = (0..).zip(candidates).map(|(place, address)| Candidate::host(place, *address));
        attributes.extend(hosts.map(|host| Attribute::new("candidate", host)));
        attributes.extend([Attribute::flag("end-of-candidates"), Attribute::flag("rtcp-mux")]);
    }
    for map in maps {
        attributes.push(Attribute::new("rtpmap", map));
        if let Some(wanted) = parameters(map) {
            attributes.push(Attribute::new("fmtp", format!("{} {wanted}", map.payload_type)));
        }
    }
    attributes.push(Attribute::new("ptime", PTIME_MS));
    attributes.push(Attribute::flag(direction.name()));
    Media {
        kind: line.kind.clone(),
        port: own.local.address.port(),
        protocol: line.protocol.clone(),
        formats: maps.iter().map(|m| m.payload_type.to_string()).collect(),
        connection: None,
        attributes,
    }
}

/// A stream we do not take part in (RFC 3264 §6: port 0, any format).
pub(super) fn refused(line: &Line) -> Media {
    Media {
        kind: line.kind.clone(),
        port: 0,
        protocol: line.protocol.clone(),
        formats: vec![line.format.clone()],
        connection: None,
        attributes: line.mid.iter().map(|mid| Attribute::new("mid", mid)).collect(),
    }
}
