//! Our answer as a description, and the parts it shares with the offer.

use super::{Kind, Line, Negotiation, PTIME_MS};
use crate::media::{Direction, Session};
use crate::sdp::{Attribute, Candidate, Connection, Description, Media, Origin, RtpMap, Setup};

pub(super) fn describe(own: &Negotiation, offer: &Description, session: &Session) -> Description {
    let map = |payload_type, encoding: &str| RtpMap { payload_type, encoding: encoding.to_owned(), clock: 8_000 };
    let mut maps = vec![map(session.payload_type, session.codec.encoding())];
    maps.extend(session.event_payload_type.map(|pt| map(pt, "telephone-event")));
    let setup = if session.rtc.as_ref().is_some_and(|r| r.dtls_client) { Setup::Active } else { Setup::Passive };
    let stream = |line: &Line, offered: &Media| {
        let mut media = audio(own, line, &maps, session.direction, setup);
        if session.rtc.is_none() && offered.has("rtcp-mux") {
            media.attributes.push(Attribute::flag("rtcp-mux"));
        }
        media
    };
    let lines = own.shape.lines.iter().zip(&offer.media).enumerate();
    let media = lines
        .map(|(i, (line, m))| if i == own.shape.audio && m.port != 0 { stream(line, m) } else { refused(line) })
        .collect();
    frame(own, media)
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
        if map.encoding == "telephone-event" {
            attributes.push(Attribute::new("fmtp", format!("{} 0-15", map.payload_type)));
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
