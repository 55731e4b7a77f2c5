//! SRTP in descriptions: with keys, and by a handshake.

use super::*;
use crate::media::{Handshake, Srtp, SrtpKeys};
use crate::sdp::{Crypto, CryptoSuite, Fingerprint, MasterKey, SrtpRule};

/// As Grandstream and others describe a stream with keys.
const KEY: &str = "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

fn keyed(rule: SrtpRule) -> Negotiation {
    let ours = [1, 2].map(|byte| MasterKey::new([byte; MasterKey::LEN]));
    new(plain()).keyed(Keying::new(rule, ours, Fingerprint::parse(PRINT)))
}

fn keys_of(session: &Session) -> Option<SrtpKeys> {
    match session.srtp.as_ref()? {
        Srtp::Keys(keys) => Some(**keys),
        Srtp::Handshake(_) => None,
    }
}

fn with_keys(protocol: &str, lines: &[&str]) -> String {
    let crypto: String = lines.iter().map(|line| format!("a=crypto:{line}\r\n")).collect();
    phone("8 101", &crypto).replace("RTP/AVP", protocol)
}

#[test]
fn an_offer_with_keys_is_answered_by_the_rule() {
    let (k80, k32) = (format!("1 AES_CM_128_HMAC_SHA1_80 {KEY}|2^31"), format!("2 AES_CM_128_HMAC_SHA1_32 {KEY}"));
    let (lame, long) = (format!("1 AES_CM_128_HMAC_SHA1_80 {KEY}|1:4"), format!("4 AES_256_CM_HMAC_SHA1_80 {KEY}"));
    let clear = Ok(None);
    let key = |suite, tag| Ok(Some((suite, tag)));
    use CryptoSuite::{AesCm32, AesCm80};
    use SrtpRule::{Off, Offered, OfferedInClear, Required};
    type Row<'a> = (SrtpRule, &'a str, &'a [&'a str], Result<Option<(CryptoSuite, &'a str)>, NegotiateError>);
    let rows: &[Row<'_>] = &[
        (Off, "RTP/AVP", &[], clear.clone()),
        (Off, "RTP/AVP", &[&k80], clear.clone()),
        (Off, "RTP/SAVP", &[&k80], Err(NegotiateError::NoAudio)),
        (Offered, "RTP/AVP", &[], clear.clone()),
        (Offered, "RTP/AVP", &[&k80, &k32], key(AesCm80, "1")),
        (Offered, "RTP/SAVP", &[&k32, &k80], key(AesCm32, "2")),
        (Offered, "RTP/SAVPF", &[&long, &lame, &k32], key(AesCm32, "2")),
        (Offered, "RTP/SAVP", &[&lame], Err(NegotiateError::NoKey)),
        (Offered, "RTP/SAVP", &[], Err(NegotiateError::NoKey)),
        (OfferedInClear, "RTP/AVP", &[&lame], clear),
        (Required, "RTP/AVP", &[], Err(NegotiateError::NoKey)),
        (Required, "RTP/AVP", &[&k80], key(AesCm80, "1")),
        (Required, "RTP/SAVP", &[&k80], key(AesCm80, "1")),
    ];
    for (rule, protocol, lines, expected) in rows {
        let mut leg = keyed(*rule);
        let answered = leg.answer(with_keys(protocol, lines).as_bytes());
        let what = format!("{rule:?} {protocol} {lines:?}");
        let (body, session) = match (answered, expected) {
            (Ok(answered), Ok(_)) => answered,
            (answered, expected) => {
                assert_eq!(answered.err(), expected.clone().err(), "{what}");
                continue;
            }
        };
        let answer = check(&body);
        assert_eq!(audio(&answer).protocol, *protocol, "{what}");
        let ours = audio(&answer).value("crypto").and_then(Crypto::parse);
        let agreed = keys_of(&session).map(|keys| (keys.suite, keys.ours));
        assert_eq!(ours.map(|ours| (ours.suite, ours.key)), agreed, "{what}");
        let named = ours.map(|ours| (ours.suite, ours.tag.to_string()));
        let wanted = expected.clone().unwrap().map(|(suite, tag)| (suite, tag.to_owned()));
        assert_eq!(named, wanted, "{what}");
        // A refresh of the peer, and one of ours: the same keys.
        assert_eq!(leg.answer(with_keys(protocol, lines).as_bytes()).unwrap().1.srtp, session.srtp, "{what}");
        let again = check(&leg.offer(Direction::SendRecv));
        let crypto = audio(&again).value("crypto").and_then(Crypto::parse);
        assert_eq!(crypto.map(|crypto| (crypto.suite, crypto.key)), agreed, "{what}");
    }
}

#[test]
fn of_two_streams_the_one_with_keys_is_taken() {
    let both = "v=0\r\no=a 1 1 IN IP4 203.0.113.5\r\nc=IN IP4 203.0.113.5\r\nm=audio 4000 RTP/AVP 8\r\n\
                m=audio 4002 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 ";
    let both = format!("{both}{KEY}\r\n");
    assert_eq!(is_webrtc(both.as_bytes()), Ok(false));
    for (rule, port) in [(SrtpRule::Off, 4_000), (SrtpRule::Offered, 4_002), (SrtpRule::Required, 4_002)] {
        let session = keyed(rule).answer(both.as_bytes()).unwrap().1;
        assert_eq!(
            (session.remote.map(|to| to.port()), session.srtp.is_some()),
            (Some(port), port == 4_002),
            "{rule:?}"
        );
    }
}

#[test]
fn our_offer_has_keys_by_the_rule_and_the_answer_chooses_one() {
    for (rule, protocol, keys) in [
        (SrtpRule::Off, "RTP/AVP", 0),
        (SrtpRule::Offered, "RTP/AVP", 2),
        (SrtpRule::OfferedInClear, "RTP/AVP", 2),
        (SrtpRule::Required, "RTP/SAVP", 2),
    ] {
        let mut leg = keyed(rule);
        let offer = check(&leg.offer(Direction::SendRecv));
        let media = audio(&offer);
        let ours: Vec<_> = media.attributes.iter().filter(|a| a.is("crypto")).collect();
        assert_eq!((media.protocol.as_str(), ours.len()), (protocol, keys), "{rule:?}");
        let in_clear = leg.clone().accept(with_keys(protocol, &[]).as_bytes()).map(|session| session.srtp);
        let refused = if rule == SrtpRule::Required { Err(NegotiateError::NoKey) } else { Ok(None) };
        assert_eq!(in_clear, refused, "{rule:?}");
        let chosen = format!("2 AES_CM_128_HMAC_SHA1_32 {KEY}");
        let session = leg.clone().accept(with_keys(protocol, &[&chosen]).as_bytes()).unwrap();
        assert_eq!(keys_of(&session).map(|keys| keys.suite), (keys > 0).then_some(CryptoSuite::AesCm32), "{rule:?}");
        let other = format!("1 AES_CM_128_HMAC_SHA1_32 {KEY}");
        let mismatched = leg.accept(with_keys(protocol, &[&other]).as_bytes()).map(|session| session.srtp);
        assert_eq!(mismatched, refused, "a tag that names another suite: {rule:?}");
    }
}

/// A phone that shakes hands (RFC 5763).
fn shaking(setup: &str) -> String {
    let lines = format!("a=fingerprint:{PRINT}\r\na=setup:{setup}\r\na=rtcp-mux\r\n");
    phone("8 101", &lines).replace("RTP/AVP", "UDP/TLS/RTP/SAVP")
}

#[test]
fn a_handshake_is_agreed_with_phones_that_have_no_ice() {
    let print = Fingerprint::parse(PRINT).unwrap();
    assert_eq!(is_webrtc(shaking("actpass").as_bytes()), Ok(false));
    use SrtpRule::{Dtls, Off, Offered, Required};
    for (rule, taken) in [(Off, false), (Offered, true), (Required, true), (Dtls, true)] {
        for (setup, ours, client) in
            [("actpass", "passive", false), ("active", "passive", false), ("passive", "active", true)]
        {
            let answered = keyed(rule).answer(shaking(setup).as_bytes());
            assert_eq!(answered.is_ok(), taken, "{rule:?}");
            let Ok((body, session)) = answered else { continue };
            let shake = Handshake { fingerprint: print, client };
            assert_eq!((&session.srtp, session.rtcp_mux), (&Some(Srtp::Handshake(Box::new(shake))), true));
            let answer = check(&body);
            let media = audio(&answer);
            assert_eq!((media.value("setup"), media.value("fingerprint")), (Some(ours), Some(PRINT)));
            assert_eq!((media.protocol.as_str(), media.has("crypto")), ("UDP/TLS/RTP/SAVP", false));
        }
    }
    let in_clear = keyed(Dtls).answer(phone("8 101", "").as_bytes()).err();
    assert_eq!(in_clear, Some(NegotiateError::NoKey));
    let mut leg = keyed(Dtls);
    let offer = check(&leg.offer(Direction::SendRecv));
    let media = audio(&offer);
    assert_eq!(
        (media.protocol.as_str(), media.value("setup"), media.has("rtcp-mux")),
        ("UDP/TLS/RTP/SAVP", Some("actpass"), true)
    );
    let session = leg.accept(shaking("active").as_bytes()).unwrap();
    assert_eq!(session.srtp, Some(Srtp::Handshake(Box::new(Handshake { fingerprint: print, client: false }))));
    let again = check(&leg.offer(Direction::SendRecv));
    assert_eq!(audio(&again).value("fingerprint"), Some(PRINT));
}
