//! The peer's description -> [`Session`].

use std::net::SocketAddr;

use super::profile::Profile;
use super::{Keying, Kind, NegotiateError, Negotiation, PTIME_MS, Shape, keys};
use crate::media::{Codec, Direction, IceCredentials, OpusFormat, Rtc, Session, Srtp};
use crate::sdp::{Connection, Description, Media, RtpMap, Setup};

/// Whether a leg of ours can speak it.
fn is_usable(profile: Profile, own: &Negotiation) -> bool {
    match (&own.local.kind, profile) {
        (Kind::Plain, Profile::Plain) | (Kind::WebRtc { .. }, Profile::Secure | Profile::Handshake) => true,
        (Kind::Plain, Profile::Keyed) => own.keying.is_some_and(Keying::takes_keys),
        (Kind::Plain, Profile::Handshake) => own.keying.is_some_and(Keying::shakes_hands),
        (Kind::Plain, Profile::Secure) | (Kind::WebRtc { .. }, Profile::Plain | Profile::Keyed) => false,
    }
}

/// Chooses the audio stream of an offer and what we make of it; with its index: the one in use if it is still
/// there, else the first that can be used, those with keys before others. The codec is our most wanted one that the peer speaks, of the two laws of
/// G.711 the peer's.
pub(super) fn offer(own: &Negotiation, offer: &Description) -> Result<(usize, Session), NegotiateError> {
    let is_spoken = |m: &Media| Profile::of(offer, m).is_some_and(|profile| is_usable(profile, own));
    let usable = |m: &Media| m.kind == "audio" && m.port != 0 && is_spoken(m);
    let is_keyed = |m: &Media| keys::answered(own, offer, m).is_ok_and(|keys| keys.is_some());
    let in_use = own.agreed.as_ref().map(|_| own.shape.audio);
    let mut lines: Vec<_> = offer.media.iter().enumerate().filter(|(_, media)| usable(media)).collect();
    lines.sort_by_key(|(index, media)| (Some(*index) != in_use, !is_keyed(media)));
    let mut refusal = None;
    for (index, media) in lines {
        let codec = kept(own, media).or_else(|| common(own, media).min_by_key(|(codec, _)| rank(own, *codec)));
        let keys = keys::answered(own, offer, media);
        match keys.and_then(|keys| session(own, offer, media, codec, (own.wanted, keys))) {
            Ok(session) => return Ok((index, session)),
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    match (refusal, put_away(own, offer)) {
        (None, Some(held)) => Ok(held),
        (refusal, _) => Err(refusal.unwrap_or(NegotiateError::NoAudio)),
    }
}

/// Old phones hold a call by taking its stream away (port 0, RFC 3264 §8.2) and bring it back later. Who
/// takes it away for a fax (T.38) does not hold.
fn put_away(own: &Negotiation, offer: &Description) -> Option<(usize, Session)> {
    let agreed = own.agreed.as_ref()?;
    let index = own.shape.audio;
    let is_away = offer.media.get(index).is_some_and(|media| media.kind == "audio" && media.port == 0);
    let is_fax = offer.media.iter().any(|media| media.kind == "image" && media.port != 0);
    let held = Session { direction: Direction::Inactive, remote: None, rtcp: None, ..agreed.clone() };
    (is_away && !is_fax).then_some((index, held))
}

/// Reads the answer to an offer that asked for `asked`.
pub(super) fn answer(own: &Negotiation, answer: &Description, asked: Direction) -> Result<Session, NegotiateError> {
    let media = answer.media.get(own.shape.audio).ok_or(NegotiateError::Mismatch)?;
    let is_spoken = Profile::of(answer, media).is_some_and(|profile| is_usable(profile, own));
    if media.kind != "audio" || !is_spoken {
        return Err(NegotiateError::Mismatch);
    }
    if media.port == 0 {
        return Err(NegotiateError::Refused);
    }
    // Of several the peer uses what it likes most (RFC 3264 §6.1).
    let codec = kept(own, media).or_else(|| common(own, media).next());
    session(own, answer, media, codec, (asked, keys::accepted(own, answer, media)?))
}

fn session(
    own: &Negotiation,
    description: &Description,
    media: &Media,
    codec: Option<(Codec, u8)>,
    (wanted, srtp): (Direction, Option<Srtp>),
) -> Result<Session, NegotiateError> {
    let (codec, payload_type) = codec.ok_or(NegotiateError::NoCommonCodec)?;
    let events = events(media, codec);
    let opus = media.parameters(payload_type).filter(|_| codec == Codec::Opus).map(OpusFormat::parse);
    let rtc = match own.local.kind {
        Kind::Plain => None,
        Kind::WebRtc { .. } => Some(rtc(own, description, media)?),
    };
    let remote = if rtc.is_some() { None } else { remote(description, media)? };
    // RFC 3264 §8.4: a null address means that the peer does not want to receive.
    let hears = rtc.is_some() || remote.is_some();
    let theirs = description.direction_of(media).and(Direction::new(true, hears));
    Ok(Session {
        codec,
        payload_type,
        event_payload_type: events.as_ref().map(|events| events.payload_type),
        event_clock: events.map_or(8_000, |events| events.clock),
        opus: opus.unwrap_or_default(),
        ptime_ms: PTIME_MS,
        direction: theirs.reversed().and(wanted),
        remote,
        rtcp: remote.and_then(|remote| rtcp(media, remote)),
        latch_from: own.local.latch_from,
        rtcp_mux: rtc.is_some() || media.has("rtcp-mux"),
        rtc,
        srtp,
    })
}

/// How much a codec is wanted, the most first. One that is only passed on comes last: nothing could be played to it.
fn rank(own: &Negotiation, codec: Codec) -> (bool, usize) {
    let is_like = |other: &Codec| *other == codec || (other.g711().is_some() && codec.g711().is_some());
    let place = own.local.codecs.iter().position(is_like);
    (codec.is_passed_on_only(), place.unwrap_or(usize::MAX))
}

/// Events with the clock of the codec (RFC 4733 §2.1), else with the one that all know.
fn events(media: &Media, codec: Codec) -> Option<RtpMap> {
    let with = |clock| media.rtpmaps().find(|map| map.is("telephone-event", clock));
    with(codec.clock()).or_else(|| with(8_000))
}

/// The codec in use if it is still there: a refresh shall not change the sound.
fn kept(own: &Negotiation, media: &Media) -> Option<(Codec, u8)> {
    let now = own.agreed.as_ref()?.codec;
    common(own, media).find(|(codec, _)| *codec == now)
}

/// What both speak, in the peer's order, with its numbers.
fn common(own: &Negotiation, media: &Media) -> impl Iterator<Item = (Codec, u8)> {
    media.rtpmaps().filter_map(|map| {
        let codec = Codec::from_encoding(&map.encoding)?;
        // G.722 counts by 8000 although it samples 16000 times a second (RFC 3551 §4.5.2); not all know.
        let fits = map.clock == codec.clock() || (codec == Codec::G722 && map.clock == 16_000);
        let codec = Some(codec).filter(|_| fits)?;
        own.local.codecs.contains(&codec).then_some((codec, map.payload_type))
    })
}

/// `None` for a null address. A name or a multicast group is refused: media goes to one address.
fn remote(description: &Description, media: &Media) -> Result<Option<SocketAddr>, NegotiateError> {
    match description.connection_of(media) {
        Some(Connection::Address(ip)) if ip.is_unspecified() => Ok(None),
        Some(Connection::Address(ip)) if !ip.is_multicast() => Ok(Some(SocketAddr::new(*ip, media.port))),
        // The domain by which some peers say "on hold" (RFC 6157 §4.2).
        Some(Connection::Host(name)) if name.ends_with(".invalid") => Ok(None),
        _ => Err(NegotiateError::NoAddress),
    }
}

/// Where the peer wants its reports, if not beside the media (RFC 3605).
fn rtcp(media: &Media, remote: SocketAddr) -> Option<SocketAddr> {
    let mut words = media.value("rtcp")?.split_ascii_whitespace();
    let port = words.next()?.parse().ok().filter(|port| *port != 0)?;
    let ip = words.nth(2).map_or(Some(remote.ip()), |ip| ip.parse().ok())?;
    (!ip.is_unspecified() && !ip.is_multicast()).then_some(SocketAddr::new(ip, port))
}

fn rtc(own: &Negotiation, description: &Description, media: &Media) -> Result<Rtc, NegotiateError> {
    let ice = |name| description.value_of(media, name).map(str::trim).filter(|v| is_ice_text(v));
    let (ufrag, pwd) = ice("ice-ufrag").zip(ice("ice-pwd")).ok_or(NegotiateError::NoIce)?;
    let fingerprint = description.fingerprint_of(media).ok_or(NegotiateError::NoFingerprint)?;
    Ok(Rtc {
        local: own.ice.clone(),
        remote: Some(IceCredentials { ufrag: ufrag.to_owned(), pwd: pwd.to_owned() }),
        remote_fingerprint: Some(fingerprint.to_string()),
        dtls_client: description.setup_of(media) == Some(Setup::Passive),
    })
}

/// RFC 8839 §5.4: 4 to 256 ice-chars (22 at least for a password; a short one is the peer's risk).
fn is_ice_text(value: &str) -> bool {
    (4..=256).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
}

impl Shape {
    pub(super) fn of(description: &Description, audio: usize) -> Self {
        let line = |media: &Media| super::Line {
            kind: media.kind.clone(),
            protocol: media.protocol.clone(),
            format: media.formats.first().cloned().unwrap_or_else(|| "0".to_owned()),
            mid: media.value("mid").map(|mid| mid.trim().to_owned()),
        };
        Self { audio, lines: description.media.iter().map(line).collect() }
    }
}
