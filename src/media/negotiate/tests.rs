mod keys;

use std::net::SocketAddr;

use proptest::prelude::*;

use super::*;
use crate::base::Rng;
use crate::sdp::Media;

const PRINT: &str =
    "sha-256 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F";

/// As Chromium describes a microphone: post-quantum aside, what matters is there twice.
const CHROMIUM: &str = "v=0\r\n\
o=- 4611731400430051336 2 IN IP4 127.0.0.1\r\n\
s=-\r\n\
t=0 0\r\n\
a=group:BUNDLE 0\r\n\
a=extmap-allow-mixed\r\n\
a=msid-semantic: WMS 2c8f\r\n\
m=audio 51823 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126\r\n\
c=IN IP4 192.168.1.7\r\n\
a=rtcp:9 IN IP4 0.0.0.0\r\n\
a=candidate:1 1 udp 2113937151 b9e1c2d4-0000.local 51823 typ host generation 0 network-cost 999\r\n\
a=ice-ufrag:hGkl\r\n\
a=ice-pwd:q8RtkbvNKPuHJX0JYbzMeDBJ\r\n\
a=ice-options:trickle\r\n\
a=fingerprint:sha-256 00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10:11:12:13:14:15:16:17:18:19:1a:1b:1c:1d:1e:1f\r\n\
a=setup:actpass\r\n\
a=mid:0\r\n\
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n\
a=sendrecv\r\n\
a=msid:2c8f 77aa\r\n\
a=rtcp-mux\r\n\
a=rtcp-rsize\r\n\
a=rtpmap:111 opus/48000/2\r\n\
a=rtcp-fb:111 transport-cc\r\n\
a=fmtp:111 minptime=10;useinbandfec=1\r\n\
a=rtpmap:63 red/48000/2\r\n\
a=fmtp:63 111/111\r\n\
a=rtpmap:9 G722/8000\r\n\
a=rtpmap:0 PCMU/8000\r\n\
a=rtpmap:8 PCMA/8000\r\n\
a=rtpmap:13 CN/8000\r\n\
a=rtpmap:110 telephone-event/48000\r\n\
a=rtpmap:126 telephone-event/8000\r\n\
a=ssrc:1001 cname:abc\r\n";

fn plain() -> Local {
    Local {
        address: "198.51.100.7:20000".parse().unwrap(),
        kind: Kind::Plain,
        codecs: vec![Codec::Pcma, Codec::Pcmu],
        latch_from: "203.0.113.5".parse().ok(),
    }
}

fn webrtc() -> Local {
    let kind = Kind::WebRtc { fingerprint: PRINT.to_owned(), candidates: candidates() };
    Local { kind, address: "198.51.100.7:7000".parse().unwrap(), ..plain() }
}

fn candidates() -> Vec<std::net::SocketAddr> {
    ["198.51.100.7:7000", "[2001:db8::7]:7000", "127.0.0.1:7000"].map(|address| address.parse().unwrap()).to_vec()
}

fn new(local: Local) -> Negotiation {
    Negotiation::new(local, &mut Rng::new(1))
}

/// An offer or answer of a phone; `tail` is added to its only stream.
fn phone(formats: &str, tail: &str) -> String {
    let head = "v=0\r\no=phone 1 1 IN IP4 203.0.113.5\r\ns=call\r\nc=IN IP4 203.0.113.5\r\nt=0 0\r\n";
    format!("{head}m=audio 4000 RTP/AVP {formats}\r\na=rtpmap:101 telephone-event/8000\r\n{tail}")
}

fn read(body: &[u8]) -> Description {
    let description = Description::parse(body).unwrap();
    assert_eq!(Description::parse(description.to_string().as_bytes()), Ok(description.clone()), "prints what it reads");
    description
}

fn version(body: &[u8]) -> u64 {
    read(body).origin.version.parse().unwrap()
}

/// What must hold of every description we print.
fn check(body: &[u8]) -> Description {
    let description = read(body);
    for media in description.media.iter().filter(|m| m.port != 0) {
        let mut types: Vec<_> = media.formats.clone();
        types.sort();
        types.dedup();
        assert_eq!(types.len(), media.formats.len(), "a payload type twice");
        let is_fast = media.rtpmaps().any(|m| m.encoding == "opus");
        let events = media.rtpmaps().filter(|m| m.encoding == "telephone-event");
        assert!(events.into_iter().all(|m| m.clock == 8_000 || (is_fast && m.clock == 48_000)));
        assert_eq!(media.rtpmaps().count(), media.formats.len(), "each format is explained");
    }
    description
}

fn audio(description: &Description) -> &Media {
    description.media.iter().find(|m| m.kind == "audio" && m.port != 0).unwrap()
}

#[test]
fn a_phone_is_answered_with_its_first_codec_we_speak() {
    for (formats, codec) in [("0 8 101", Codec::Pcmu), ("18 8 0 101", Codec::Pcma)] {
        let (body, session) = new(plain()).answer(phone(formats, "a=ptime:30\r\n").as_bytes()).unwrap();
        assert_eq!((session.codec, session.event_payload_type), (codec, Some(101)));
        assert_eq!(session.remote, "203.0.113.5:4000".parse().ok());
        assert_eq!((session.direction, session.ptime_ms, session.rtcp_mux), (Direction::SendRecv, 20, false));
        let answer = check(&body);
        assert_eq!(audio(&answer).formats, [codec.payload_type().to_string(), "101".to_owned()]);
        assert_eq!(audio(&answer).port, 20_000);
    }
}

#[test]
fn dynamic_numbers_ipv6_and_mux_are_understood() {
    let offer = "v=0\no=a 1 1 IN IP6 2001:db8::5\nc=IN IP6 2001:db8::5\nm=audio 4000/2 RTP/AVP 97 98\n\
                 a=rtpmap:97 pcma/8000/1\na=rtpmap:98 TELEPHONE-EVENT/8000\na=rtcp-mux\n";
    let local = Local { address: "[2001:db8::1]:20000".parse().unwrap(), ..plain() };
    let (body, session) = new(local).answer(offer.as_bytes()).unwrap();
    assert_eq!((session.codec, session.payload_type, session.event_payload_type), (Codec::Pcma, 97, Some(98)));
    assert_eq!(session.remote, "[2001:db8::5]:4000".parse().ok());
    assert!(session.rtcp_mux && audio(&check(&body)).has("rtcp-mux"));
    assert!(String::from_utf8_lossy(&body).contains("c=IN IP6 2001:db8::1\r\n"));
}

#[test]
fn directions_of_an_offer() {
    use Direction::*;
    let null = "c=IN IP4 0.0.0.0\r\n";
    for (tail, ours) in [
        ("", SendRecv),
        ("a=sendrecv\r\n", SendRecv),
        ("a=sendonly\r\n", RecvOnly),
        ("a=recvonly\r\n", SendOnly),
        ("a=inactive\r\n", Inactive),
        (null, RecvOnly),
        ("c=IN IP4 0.0.0.0\r\na=inactive\r\n", Inactive),
    ] {
        let (body, session) = new(plain()).answer(phone("0", tail).as_bytes()).unwrap();
        assert_eq!(session.direction, ours, "{tail}");
        assert_eq!(session.held_by_peer(), !ours.sends());
        assert!(audio(&check(&body)).has(ours.name()));
        assert_eq!(session.remote.is_none(), tail.contains("0.0.0.0"));
    }
}

#[test]
fn hold_and_resume_by_us_with_a_rising_version() {
    let mut leg = new(plain());
    let (first, before) = leg.answer(phone("0 101", "").as_bytes()).unwrap();
    let hold = leg.offer(Direction::SendOnly);
    assert!(leg.is_offering());
    assert_eq!(leg.session(), Some(&before), "the old session is in force until the answer");
    assert_eq!(audio(&check(&hold)).formats, ["0", "101"], "the same numbers, nothing else");
    let held = leg.accept(phone("0 101", "a=recvonly\r\n").as_bytes()).unwrap();
    assert_eq!(held.direction, Direction::SendOnly);
    // A session refresh by the peer in the meantime does not end our hold.
    let (refresh, held) = leg.answer(phone("0 101", "a=sendrecv\r\n").as_bytes()).unwrap();
    assert_eq!(held.direction, Direction::SendOnly);
    // An answer that wants more than was offered does not get it.
    let _ = leg.offer(Direction::Inactive);
    assert_eq!(leg.accept(phone("0 101", "").as_bytes()).unwrap().direction, Direction::Inactive);
    let resume = leg.offer(Direction::SendRecv);
    assert_eq!(leg.accept(phone("0 101", "").as_bytes()).unwrap().direction, Direction::SendRecv);
    assert_eq!([version(&first), version(&hold), version(&refresh), version(&resume)], [1, 2, 2, 4]);
    let (same, _) = leg.answer(phone("0 101", "").as_bytes()).unwrap();
    assert_eq!(version(&same), 4, "what did not change keeps its version");
    assert_eq!(read(&same).origin.session_id, read(&first).origin.session_id);
}

#[test]
fn a_refused_offer_of_ours_changes_nothing() {
    let mut leg = new(plain());
    leg.answer(phone("0", "").as_bytes()).unwrap();
    let before = leg.session().cloned();
    let _ = leg.offer(Direction::SendOnly);
    assert_eq!(leg.answer(phone("0", "").as_bytes()), Err(NegotiateError::OfferPending), "glare");
    leg.withdraw();
    let (_, session) = leg.answer(phone("0", "").as_bytes()).unwrap();
    assert_eq!(Some(session), before, "the hold that was withdrawn is forgotten");
    let _ = leg.offer(Direction::SendOnly);
    assert_eq!(leg.accept(b"junk"), Err(NegotiateError::Malformed(SdpError::NotSdp)));
    assert!(!leg.is_offering());
    assert_eq!(leg.accept(phone("0", "").as_bytes()), Err(NegotiateError::NotOffered));
    assert_eq!(leg.session(), before.as_ref());
}

#[test]
fn our_first_offer_and_its_answers() {
    let offered = |answer: &str| {
        let mut leg = new(plain());
        let offer = leg.offer(Direction::SendRecv);
        assert_eq!(audio(&check(&offer)).formats, ["8", "0", "101"]);
        leg.accept(answer.as_bytes())
    };
    let session = offered(&phone("0 101", "")).unwrap();
    assert_eq!((session.codec, session.payload_type, session.event_payload_type), (Codec::Pcmu, 0, Some(101)));
    assert_eq!(offered(&phone("8 0", "")).unwrap().codec, Codec::Pcma);
    assert_eq!(offered(&phone("9", "")), Err(NegotiateError::NoCommonCodec), "was not offered");
    assert_eq!(offered(&phone("18", "")), Err(NegotiateError::NoCommonCodec));
    assert_eq!(offered(&phone("0", "").replace("m=audio 4000", "m=audio 0")), Err(NegotiateError::Refused));
    assert_eq!(offered(&phone("0", "").replace("m=audio", "m=video")), Err(NegotiateError::Mismatch));
    assert_eq!(offered(&phone("0", "").replace("RTP/AVP", "RTP/SAVP")), Err(NegotiateError::Mismatch));
}

#[test]
fn the_order_of_ours_decides_and_of_the_two_laws_the_peers() {
    let wide = || new(Local { codecs: Codec::ALL.to_vec(), ..plain() });
    for (formats, codec) in [("9 101", Codec::G722), ("9 8 0 101", Codec::Pcma), ("18 9 101", Codec::G722)] {
        let mut leg = wide();
        let (body, session) = leg.answer(phone(formats, "").as_bytes()).unwrap();
        assert_eq!((session.codec, session.payload_type), (codec, codec.payload_type()), "{formats}");
        assert_eq!(audio(&check(&body)).formats, [codec.payload_type().to_string().as_str(), "101"]);
    }
    let mut leg = wide();
    assert_eq!(audio(&check(&leg.offer(Direction::SendRecv))).formats, ["0", "8", "9", "111", "18", "101", "110"]);
    assert_eq!(leg.accept(phone("9 101", "").as_bytes()).unwrap().codec, Codec::G722);
    let mut leg = wide();
    let _ = leg.offer(Direction::SendRecv);
    assert_eq!(leg.accept(phone("9 0 101", "").as_bytes()).unwrap().codec, Codec::G722, "the first of an answer");
    let named = phone("102 101", "a=rtpmap:102 G722/8000\r\n");
    assert_eq!(wide().answer(named.as_bytes()).unwrap().1.payload_type, 102);
}

#[test]
fn what_is_only_passed_on_is_the_last_choice() {
    for (formats, codec) in [("18 0", Codec::Pcmu), ("18 101", Codec::G729), ("18 9", Codec::G722)] {
        let mut leg = new(Local { codecs: vec![Codec::G729, Codec::G722, Codec::Pcmu], ..plain() });
        assert_eq!(leg.answer(phone(formats, "").as_bytes()).unwrap().1.codec, codec, "{formats}");
    }
}

#[test]
fn a_browser_speaks_opus_where_that_is_our_first_wish() {
    let codecs = vec![Codec::Opus, Codec::G722, Codec::Pcmu, Codec::Pcma];
    let mut leg = new(Local { codecs: codecs.clone(), ..webrtc() });
    let (body, session) = leg.answer(CHROMIUM.as_bytes()).unwrap();
    assert_eq!((session.codec, session.payload_type), (Codec::Opus, 111));
    assert_eq!((session.event_payload_type, session.event_clock), (Some(110), 48_000));
    assert!(session.opus.fec && !session.opus.dtx);
    let answer = check(&body);
    let media = audio(&answer);
    assert_eq!(media.formats, ["111", "110"]);
    let lines: Vec<&str> =
        media.attributes.iter().filter(|a| a.is("rtpmap") || a.is("fmtp")).filter_map(|a| a.value.as_deref()).collect();
    assert_eq!(lines, ["111 opus/48000/2", "111 minptime=10;useinbandfec=1", "110 telephone-event/48000", "110 0-15"]);
    // Firefox has events of 8 kHz only, other numbers, and less bandwidth.
    let firefox = CHROMIUM
        .replace("111 63 9 0 8 13 110 126", "109 9 0 8 101")
        .replace("rtpmap:111", "rtpmap:109")
        .replace(
            "fmtp:111 minptime=10;useinbandfec=1",
            "fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1;usedtx=1;maxaveragebitrate=20000",
        )
        .replace("126 telephone-event", "101 telephone-event");
    let session = new(Local { codecs: codecs.clone(), ..webrtc() }).answer(firefox.as_bytes()).unwrap().1;
    assert_eq!(
        (session.codec, session.payload_type, session.event_payload_type, session.event_clock),
        (Codec::Opus, 109, Some(101), 8_000)
    );
    assert!(session.opus.fec && session.opus.dtx && session.opus.max_bitrate == 20_000);
    // What we offer, and again after it was agreed.
    let mut leg = new(Local { codecs, ..webrtc() });
    let offer = check(&leg.offer(Direction::SendRecv));
    assert_eq!(audio(&offer).formats, ["111", "9", "0", "8", "101", "110"]);
    let session = leg.accept(CHROMIUM.replace("actpass", "active").as_bytes()).unwrap();
    assert_eq!((session.codec, session.event_clock), (Codec::Opus, 48_000));
    assert_eq!(audio(&check(&leg.offer(Direction::SendOnly))).formats, ["111", "110"]);
}

#[test]
fn a_browser_that_calls_is_answered() {
    assert_eq!(is_webrtc(CHROMIUM.as_bytes()), Ok(true));
    let (body, session) = new(webrtc()).answer(CHROMIUM.as_bytes()).unwrap();
    let rtc = session.rtc.unwrap();
    assert_eq!((session.codec, session.payload_type, session.event_payload_type), (Codec::Pcmu, 0, Some(126)));
    assert_eq!((session.remote, session.rtcp_mux, rtc.dtls_client), (None, true, false));
    assert_eq!(rtc.remote.map(|r| r.ufrag).as_deref(), Some("hGkl"));
    assert_eq!(rtc.remote_fingerprint.as_deref(), Some(PRINT), "in one spelling");
    let answer = check(&body);
    let media = audio(&answer);
    assert_eq!(media.formats, ["0", "126"]);
    assert_eq!(media.protocol, "UDP/TLS/RTP/SAVPF");
    for (name, value) in [
        ("setup", "passive"),
        ("mid", "0"),
        ("fingerprint", PRINT),
        ("ice-ufrag", &rtc.local.ufrag),
        ("ice-pwd", &rtc.local.pwd),
        ("candidate", "1 1 udp 2130706431 198.51.100.7 7000 typ host"),
        ("group", "BUNDLE 0"),
    ] {
        assert_eq!(answer.value_of(media, name), Some(value), "{name}");
    }
    let offered = media.attributes.iter().filter(|a| a.name == "candidate").filter_map(|a| a.value.as_deref());
    assert_eq!(
        offered.collect::<Vec<_>>(),
        [
            "1 1 udp 2130706431 198.51.100.7 7000 typ host",
            "2 1 udp 2130706175 2001:db8::7 7000 typ host",
            "3 1 udp 2130705919 127.0.0.1 7000 typ host",
        ],
        "every address, the best first"
    );
    assert!(media.has("rtcp-mux") && answer.attributes.iter().any(|a| a.name == "ice-lite"));
    assert!(rtc.local.ufrag.len() >= 4 && rtc.local.pwd.len() >= 22);
}

#[test]
fn a_browser_that_is_called_answers() {
    let mut leg = new(webrtc());
    let offer = leg.offer(Direction::SendRecv);
    let description = check(&offer);
    let media = audio(&description);
    assert_eq!((media.value("setup"), media.value("mid")), (Some("actpass"), Some("0")));
    assert_eq!(media.formats, ["8", "0", "101"]);
    let answer = CHROMIUM
        .replace("111 63 9 0 8 13 110 126", "8 0 101")
        .replace("a=setup:actpass", "a=setup:active")
        .replace("a=rtpmap:126", "a=rtpmap:101");
    let session = leg.accept(answer.as_bytes()).unwrap();
    let rtc = session.rtc.clone().unwrap();
    assert_eq!((session.codec, session.event_payload_type, rtc.dtls_client), (Codec::Pcma, Some(101), false));
    // Its hold, answered under the same credentials.
    let hold = answer.replace("a=sendrecv", "a=sendonly").replace("a=setup:active", "a=setup:actpass");
    let (body, held) = leg.answer(hold.as_bytes()).unwrap();
    assert!(held.held_by_peer());
    assert_eq!(held.rtc.map(|r| r.local), Some(rtc.local.clone()));
    assert_eq!(audio(&check(&body)).value("ice-pwd"), Some(rtc.local.pwd.as_str()));
    // A peer that insists on being the DTLS server.
    let mut leg = new(webrtc());
    let _ = leg.offer(Direction::SendRecv);
    let passive = answer.replace("a=setup:active", "a=setup:passive");
    assert!(leg.accept(passive.as_bytes()).unwrap().rtc.unwrap().dtls_client);
}

#[test]
fn other_streams_are_refused_in_their_place_now_and_later() {
    let video = "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=rtpmap:96 VP8/90000\r\na=mid:1\r\n";
    let second = "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:2\r\n";
    let offer = CHROMIUM.replace("BUNDLE 0", "BUNDLE 1 0 2").replace("m=audio", &format!("{video}m=audio")) + second;
    let mut leg = new(webrtc());
    let (answer, _) = leg.answer(offer.as_bytes()).unwrap();
    for body in [answer, leg.offer(Direction::SendOnly)] {
        let description = check(&body);
        let lines: Vec<_> = description.media.iter().map(|m| (m.kind.as_str(), m.port, m.value("mid"))).collect();
        let expected = [("video", 0, Some("1")), ("audio", 7_000, Some("0")), ("audio", 0, Some("2"))];
        assert_eq!(lines, expected);
        assert_eq!(description.value_of(audio(&description), "group"), Some("BUNDLE 0"));
    }
}

#[test]
fn what_cannot_be_agreed_is_refused_with_its_reason() {
    let with = |from: &str, to: &str| phone("0", "").replace(from, to);
    let plain_cases = [
        (String::new(), NegotiateError::Malformed(SdpError::NotSdp)),
        (phone("18 101", ""), NegotiateError::NoCommonCodec),
        (with("m=audio", "m=video"), NegotiateError::NoAudio),
        (with("m=audio 4000", "m=audio 0"), NegotiateError::NoAudio),
        (with("RTP/AVP", "RTP/SAVP"), NegotiateError::NoAudio),
        (with("c=IN IP4 203.0.113.5\r\n", ""), NegotiateError::NoAddress),
        (with("c=IN IP4 203.0.113.5", "c=IN IP4 sip.example.org"), NegotiateError::NoAddress),
        (with("c=IN IP4 203.0.113.5", "c=IN IP4 224.2.1.1/127"), NegotiateError::NoAddress),
        (CHROMIUM.to_owned(), NegotiateError::NoAudio),
    ];
    for (offer, error) in plain_cases {
        let mut leg = new(plain());
        let before = leg.clone();
        assert_eq!(leg.answer(offer.as_bytes()), Err(error), "{offer}");
        assert_eq!(leg, before, "nothing has changed");
    }
    for (from, to, error) in [
        ("a=ice-pwd", "a=x-pwd", NegotiateError::NoIce),
        ("a=ice-ufrag:hGkl", "a=ice-ufrag:h kl", NegotiateError::NoIce),
        ("sha-256", "sha-1", NegotiateError::NoFingerprint),
        ("UDP/TLS/RTP/SAVPF", "RTP/AVP", NegotiateError::NoAudio),
    ] {
        assert_eq!(new(webrtc()).answer(CHROMIUM.replace(from, to).as_bytes()).map(|_| ()), Err(error), "{from}");
    }
    assert_eq!(is_webrtc(phone("0", "").as_bytes()), Ok(false));
    assert_eq!(is_webrtc(b"v=0\r\no=a 1 1 IN IP4 1.1.1.1\r\n"), Err(NegotiateError::NoAudio));
}

/// Several streams: `(kind, port, protocol, formats, attributes)`.
fn streams(lines: &[(&str, u16, &str, &str, &str)]) -> String {
    let head = "v=0\r\no=phone 1 1 IN IP4 203.0.113.5\r\ns=call\r\nc=IN IP4 203.0.113.5\r\nt=0 0\r\n".to_owned();
    lines.iter().fold(head, |all, (kind, port, protocol, formats, more)| {
        format!("{all}m={kind} {port} {protocol} {formats}\r\n{more}")
    })
}

#[test]
fn of_several_streams_the_plain_one_that_can_be_used_is_taken() {
    let crypto = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n";
    let dtls = "a=setup:actpass\r\na=fingerprint:sha-1 00\r\na=mid:0\r\n";
    for (lines, taken, codec) in [
        (vec![("audio", 4_000, "RTP/SAVP", "0 8", crypto), ("audio", 4_002, "RTP/AVP", "8", "")], 1, Codec::Pcma),
        (vec![("audio", 4_000, "RTP/SAVPF", "0", crypto), ("audio", 4_002, "RTP/AVP", "0", "")], 1, Codec::Pcmu),
        (vec![("audio", 4_000, "UDP/TLS/RTP/SAVPF", "0", dtls), ("audio", 4_002, "RTP/AVPF", "0", "")], 1, Codec::Pcmu),
        (vec![("audio", 4_000, "UDP/TLS/RTP/SAVP", "0", dtls), ("audio", 4_002, "rtp/avp", "0", "")], 1, Codec::Pcmu),
        (vec![("audio", 4_000, "RTP/AVP", "0", ""), ("audio", 4_002, "RTP/SAVP", "0", crypto)], 0, Codec::Pcmu),
        (vec![("audio", 4_000, "RTP/AVP", "0", crypto), ("audio", 4_002, "RTP/AVP", "8", "")], 0, Codec::Pcmu),
        (vec![("audio", 4_000, "RTP/AVP", "18", ""), ("audio", 4_002, "RTP/AVP", "8", "")], 1, Codec::Pcma),
        (
            vec![("audio", 4_000, "RTP/AVP", "0", "c=IN IP4 h.example\r\n"), ("audio", 4_002, "RTP/AVP", "0", "")],
            1,
            Codec::Pcmu,
        ),
        (vec![("audio", 0, "RTP/AVP", "0", ""), ("audio", 4_002, "RTP/AVP", "0", "")], 1, Codec::Pcmu),
        (
            vec![
                ("video", 4_000, "RTP/AVP", "96", ""),
                ("audio", 4_002, "RTP/AVP", "0", ""),
                ("image", 4_004, "udptl", "t38", ""),
            ],
            1,
            Codec::Pcmu,
        ),
    ] {
        let offer = streams(&lines);
        assert_eq!(is_webrtc(offer.as_bytes()), Ok(false), "{offer}");
        let mut leg = new(plain());
        let (body, session) = leg.answer(offer.as_bytes()).unwrap_or_else(|error| panic!("{error}: {offer}"));
        assert_eq!((session.codec, session.remote.map(|to| to.port())), (codec, Some(lines[taken].1)), "{offer}");
        let answer = check(&body);
        let kinds: Vec<_> = answer.media.iter().map(|m| (m.kind.as_str(), m.protocol.as_str())).collect();
        assert_eq!(kinds, lines.iter().map(|line| (line.0, line.2)).collect::<Vec<_>>(), "in their order");
        let live: Vec<_> = answer.media.iter().enumerate().filter(|(_, m)| m.port != 0).map(|(at, _)| at).collect();
        assert_eq!(live, [taken], "{offer}");
    }
    assert_eq!(is_webrtc(CHROMIUM.as_bytes()), Ok(true));
    let only = streams(&[("audio", 4_000, "RTP/SAVP", "0", crypto)]);
    assert_eq!(new(plain()).answer(only.as_bytes()).map(|_| ()), Err(NegotiateError::NoAudio));
}

#[test]
fn the_stream_in_use_stays_while_there_is_one() {
    let first = ("audio", 4_000, "RTP/AVP", "18", "");
    let second = ("audio", 4_002, "RTP/AVP", "0", "");
    let mut leg = new(plain());
    leg.answer(streams(&[first, second]).as_bytes()).unwrap();
    let both = streams(&[("audio", 4_000, "RTP/AVP", "0", ""), second]);
    let (body, session) = leg.answer(both.as_bytes()).unwrap();
    assert_eq!(session.remote, "203.0.113.5:4002".parse().ok());
    assert_eq!(check(&body).media.iter().map(|m| m.port).collect::<Vec<_>>(), [0, 20_000]);
}

#[test]
fn a_stream_taken_away_and_brought_back_is_a_hold() {
    let mut leg = new(plain());
    let (_, talking) = leg.answer(phone("0 101", "").as_bytes()).unwrap();
    for _ in 0..2 {
        let (body, held) = leg.answer(phone("0 101", "").replace("m=audio 4000", "m=audio 0").as_bytes()).unwrap();
        assert!(held.held_by_peer() && held.remote.is_none());
        assert_eq!((held.direction, held.codec), (Direction::Inactive, talking.codec));
        assert_eq!(check(&body).media.iter().map(|m| m.port).collect::<Vec<_>>(), [0], "refused in its place");
        let (_, back) = leg.answer(phone("0 101", "").as_bytes()).unwrap();
        assert_eq!(back, talking);
    }
    // The old way with a null address, and both at once.
    for (from, to) in [("c=IN IP4 203.0.113.5", "c=IN IP4 0.0.0.0"), ("m=audio 4000", "c=IN IP4 0.0.0.0\r\nm=audio 0")]
    {
        let (_, held) = leg.answer(phone("0 101", "").replace(from, to).as_bytes()).unwrap();
        assert!(held.held_by_peer() && held.remote.is_none(), "{to}");
        assert_eq!(leg.answer(phone("0 101", "").as_bytes()).unwrap().1, talking);
    }
    // Our own hold meanwhile goes on afterwards.
    let _ = leg.offer(Direction::SendOnly);
    leg.accept(phone("0 101", "a=recvonly\r\n").as_bytes()).unwrap();
    leg.answer(phone("0", "").replace("m=audio 4000", "m=audio 0").as_bytes()).unwrap();
    assert_eq!(leg.answer(phone("0 101", "").as_bytes()).unwrap().1.direction, Direction::SendOnly);
    // A fax takes the stream away for good: that is none.
    let fax = streams(&[("audio", 0, "RTP/AVP", "0", ""), ("image", 4_004, "udptl", "t38", "")]);
    assert_eq!(leg.answer(fax.as_bytes()).map(|_| ()), Err(NegotiateError::NoAudio));
    assert!(leg.answer(streams(&[("audio", 0, "RTP/AVP", "0", "")]).as_bytes()).is_ok());
    let nothing = phone("0", "").replace("m=audio 4000", "m=audio 0");
    assert_eq!(
        new(plain()).answer(nothing.as_bytes()).map(|_| ()),
        Err(NegotiateError::NoAudio),
        "of a call that begins"
    );
}

#[test]
fn reports_and_odd_spellings_of_phones() {
    let session = |formats: &str, tail: &str| {
        new(Local { codecs: Codec::ALL.to_vec(), ..plain() }).answer(phone(formats, tail).as_bytes()).unwrap().1
    };
    for (tail, rtcp) in [
        ("", None),
        ("a=rtcp:53020\r\n", Some("203.0.113.5:53020")),
        ("a=rtcp:53020 IN IP4 203.0.113.9\r\n", Some("203.0.113.9:53020")),
        ("a=rtcp:9 IN IP4 0.0.0.0\r\n", None),
        ("a=rtcp:0\r\n", None),
        ("a=rtcp:x\r\n", None),
        ("c=IN IP4 0.0.0.0\r\na=rtcp:4001\r\n", None),
    ] {
        assert_eq!(session("0", tail).rtcp, rtcp.map(|to| to.parse().unwrap()), "{tail}");
    }
    assert!(session("0", "a=rtcp:53020\r\na=rtcp-mux\r\n").rtcp_mux);
    for (formats, tail, codec, events) in [
        ("0 8", "a=sendrecv\r\na=sendrecv\r\n", Codec::Pcmu, None),
        ("8 101", "a=ptime:30\r\na=maxptime:30\r\n", Codec::Pcma, Some(101)),
        ("8 101", "a=rtpmap:8 pCmA/8000/1\r\n", Codec::Pcma, Some(101)),
        ("8", "a=rtpmap:8 PCMA\r\n", Codec::Pcma, None),
        ("9", "a=rtpmap:9 G722/16000\r\n", Codec::G722, None),
        ("0 96 97", "a=rtpmap:96 telephone-event/48000\r\na=rtpmap:97 telephone-event/8000\r\n", Codec::Pcmu, Some(97)),
        ("0 96", "a=rtpmap:96 telephone-event/16000\r\n", Codec::Pcmu, None),
        ("101 0", "", Codec::Pcmu, Some(101)),
        ("13 0", "a=rtpmap:13 CN/8000\r\n", Codec::Pcmu, None),
    ] {
        let session = session(formats, tail);
        assert_eq!((session.codec, session.event_payload_type), (codec, events), "{formats} {tail}");
    }
}

#[test]
fn a_refresh_in_another_order_keeps_the_codec() {
    let mut leg = new(plain());
    assert_eq!(leg.answer(phone("0 8", "").as_bytes()).unwrap().1.codec, Codec::Pcmu);
    assert_eq!(leg.answer(phone("8 0", "").as_bytes()).unwrap().1.codec, Codec::Pcmu);
    assert_eq!(leg.answer(phone("8", "").as_bytes()).unwrap().1.codec, Codec::Pcma);
}

#[test]
fn a_negotiation_can_be_stored_between_descriptions() {
    let mut leg = new(webrtc());
    let _ = leg.offer(Direction::SendRecv);
    let stored = serde_json::to_string(&leg).unwrap();
    assert_eq!(serde_json::from_str::<Negotiation>(&stored).unwrap(), leg);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Any bytes, and real offers with damage: an answer that stands, or an error.
    #[test]
    fn damaged_offers_never_panic(at in 0usize..1_600, with in proptest::collection::vec(any::<u8>(), 0..12), cut in 0usize..12) {
        for (whole, local) in [(CHROMIUM.to_owned(), webrtc()), (phone("0 8 101", "a=sendonly\r\n"), plain())] {
            let mut bytes = whole.into_bytes();
            let at = at.min(bytes.len());
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, with.iter().copied());
            let mut leg = new(local);
            if let Ok((body, _)) = leg.answer(&bytes) {
                check(&body);
                check(&leg.offer(Direction::SendRecv));
            }
            let _ = leg.accept(&bytes);
        }
    }

    #[test]
    fn any_address_is_printed_so_that_it_reads_back(address in any::<SocketAddr>()) {
        let offer = new(Local { address, ..plain() }).offer(Direction::SendRecv);
        prop_assert!(Description::parse(&offer).is_ok());
    }
}
