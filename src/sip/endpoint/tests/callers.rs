//! Who calls and what the call brings, as strangers' phones and networks write it.

use super::super::{Cause, Input, Output, RefusedCall, Settings};
use super::lone::{Lone, TRUNK};
use crate::sip::wire::Name;
use crate::sip::{CallerId, Command, Destination, Event, Invited, Target, Transport, Trunk, TrunkIdentity};

const SDP: &str = "Content-Type: application/sdp\n\nv=0\n";

/// An INVITE of the trunk, with this From and further lines.
fn invite(uri: &str, from: &[u8], more: &[u8]) -> Lone {
    let mut lone = Lone::with(Settings::default());
    let mut head = format!("INVITE {uri} SIP/2.0\nVia: SIP/2.0/UDP {TRUNK};branch=z9hG4bKc\nFrom: ").into_bytes();
    head.extend_from_slice(from);
    head.extend_from_slice(b"\nTo: <sip:4000@carillon>\nCall-ID: c\nCSeq: 1 INVITE\nContact: <sip:x@192.0.2.10>\n");
    head.extend_from_slice(more);
    if !head.windows(2).any(|two| two == b"\n\n") {
        head.push(b'\n');
    }
    let mut bytes = Vec::new();
    for line in head.split_inclusive(|b| *b == b'\n') {
        bytes.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
        bytes.extend_from_slice(b"\r\n");
    }
    lone.says_bytes(bytes);
    lone
}

fn invited(mut lone: Lone) -> Box<Invited> {
    match lone.events().pop() {
        Some(Event::Invited(invited)) => invited,
        other => panic!("{other:?}, answered {:?}", lone.shown()),
    }
}

fn caller(from: &str, more: &str) -> (String, String) {
    let CallerId { name, user, .. } =
        invited(invite("sip:4000@h", from.as_bytes(), format!("{more}{SDP}").as_bytes())).caller;
    (name, user)
}

#[test]
fn the_callers_number_is_read_from_every_spelling() {
    for (from, user) in [
        ("<sip:+8613800138000;npdi;rn=+8613900000000@h;user=phone>;tag=1", "+8613800138000"),
        ("<sip:13800138000;cpc=ordinary@h>;tag=1", "13800138000"),
        ("<sip:55500100;phone-context=+8621@h;user=phone>;tag=1", "+862155500100"),
        ("<tel:55500100;phone-context=+8621;isub=12>;tag=1", "+862155500100"),
        ("<tel:+8621-55500100>;tag=1", "+8621-55500100"),
        ("sip:13800138000@h;user=phone;tag=1", "13800138000"),
        ("tel:+8613800138000;tag=1", "+8613800138000"),
        ("\"\" <sip:13800138000@h>\t;\ttag=1", "13800138000"),
        ("<sip:%2B8613800138000@h>;tag=1", "+8613800138000"),
        ("<sip:*31%23110@h>;tag=1", "*31#110"),
        ("<sip:anonymous@anonymous.invalid>;tag=1", "anonymous"),
        ("\"Anonymous\" <sip:c8oqz84zk7z@Anonymous.Invalid>;tag=1", "anonymous"),
        ("<sip:10.0.0.1:5060>;tag=1", ""),
        ("<sip:ana:secret@h>;tag=1", "ana"),
    ] {
        assert_eq!(caller(from, "").1, user, "{from}");
    }
}

#[test]
fn the_number_that_was_called_first_is_known() {
    let history = "History-Info: <sip:+862155500100@h?Reason=SIP%3Bcause%3D302>;index=1, <sip:4000@h>;index=1.1\n";
    for (more, first) in [
        ("", None),
        ("Diversion: <sip:+862155500100@h>;reason=unconditional\n", Some("+862155500100")),
        ("Diversion: \"Shop\" <tel:+86-21-55500100>;counter=1\n", Some("+862155500100")),
        ("Diversion: <sip:4002@h>;reason=no-answer, <sip:4001@h>;reason=user-busy\n", Some("4001")),
        ("Diversion: <sip:4002@h>\nDiversion: <sip:4001@h>\n", Some("4001")),
        ("Diversion: <sip:gateway.example>\n", None),
        ("Diversion: \"open <sip:4001@h>\n", None),
        (history, Some("+862155500100")),
        (&format!("Diversion: <sip:4001@h>\n{history}"), Some("+862155500100")),
        ("History-Info: <sip:4000@h>;index=1.1\nDiversion: <sip:4001@h>\n", Some("4001")),
    ] {
        let invited = invited(invite("sip:4000@h", b"<sip:1@h>;tag=1", format!("{more}{SDP}").as_bytes()));
        assert_eq!((invited.called.as_str(), invited.called_first.as_deref()), ("4000", first), "{more}");
    }
}

#[test]
fn a_trunk_is_believed_as_far_as_it_is_set_up() {
    let more = format!("P-Asserted-Identity: <tel:+8613800138000>\nDiversion: <sip:4001@h>\n{SDP}");
    for (identity, caller, first) in [
        (TrunkIdentity::Ignored, "1", None),
        (TrunkIdentity::Taken, "+8613800138000", Some("4001")),
        (TrunkIdentity::Exchanged, "+8613800138000", Some("4001")),
    ] {
        let mut lone = Lone::new();
        let networks = vec!["192.0.2.0/24".to_owned()];
        let trunk = Trunk { name: "carrier".to_owned(), networks, identity, ..Trunk::default() };
        lone.input(Input::Configure { users: Vec::new(), trunks: vec![trunk] });
        lone.says(&format!(
            "INVITE sip:4000@h SIP/2.0\nVia: SIP/2.0/UDP {TRUNK};branch=z9hG4bKc\nFrom: <sip:1@h>;tag=1\n\
             To: <sip:4000@h>\nCall-ID: c\nCSeq: 1 INVITE\nContact: <sip:x@192.0.2.10>\n{more}"
        ));
        let invited = invited(lone);
        assert_eq!((invited.caller.user.as_str(), invited.called_first.as_deref()), (caller, first), "{identity:?}");
    }
}

#[test]
fn callers_are_asserted_where_it_is_exchanged_and_withheld_everywhere() {
    let li = "\"Li \\\"Q\\\" Wei\" <sip:+8613800138000@carillon>";
    let anonymous = "\"Anonymous\" <sip:anonymous@anonymous.invalid>";
    for (identity, user, from, asserted, privacy) in [
        (TrunkIdentity::Taken, "+8613800138000", li, None, None),
        (TrunkIdentity::Exchanged, "+8613800138000", li, Some(li), None),
        (TrunkIdentity::Taken, "", anonymous, None, Some("id")),
        (TrunkIdentity::Exchanged, "Anonymous", anonymous, None, Some("id")),
    ] {
        let mut lone = Lone::new();
        let networks = vec!["192.0.2.0/24".to_owned()];
        let trunk = Trunk { name: "carrier".to_owned(), networks, identity, ..Trunk::default() };
        lone.input(Input::Configure { users: Vec::new(), trunks: vec![trunk] });
        let destination = Destination { transport: Transport::Udp, addr: TRUNK.parse().unwrap(), flow: None };
        let uri = "sip:+4930123@192.0.2.10".to_owned();
        let target = Target::Trunk { trunk: "carrier".to_owned(), uri, destination };
        let mut invite = super::phones::invite_to(1, target);
        invite.from.user = user.to_owned();
        lone.command(Command::Invite(Box::new(invite)));
        let (_, sent) = lone.sent_request();
        assert!(sent.header(Name::From).unwrap().starts_with(from), "{identity:?} {user}");
        assert_eq!(sent.header(Name::PAssertedIdentity), asserted, "{identity:?} {user}");
        let remote = asserted.map(|asserted| format!("{asserted};party=calling;screen=yes;privacy=off"));
        assert_eq!(sent.header(Name::RemotePartyId), remote.as_deref());
        assert_eq!(sent.header(Name::Privacy), privacy, "{identity:?} {user}");
    }
}

#[test]
fn of_several_identities_the_one_that_names_somebody_counts() {
    let from = "\"Li\" <sip:+8610001@h>;tag=1";
    for (more, name, user) in [
        ("", "Li", "+8610001"),
        ("P-Asserted-Identity: \"Wei\" <sip:+8613800138000@h>\n", "Wei", "+8613800138000"),
        ("P-Asserted-Identity: <sip:wei@h>, <tel:+8613800138000>\n", "Li", "+8613800138000"),
        (
            "P-Asserted-Identity: \"Wei\" <sip:wei@h>\nP-Asserted-Identity: <tel:+8613800138000>\n",
            "Wei",
            "+8613800138000",
        ),
        ("P-Asserted-Identity: <tel:+8613800138000>, <sip:+8613900000000@h>\n", "Li", "+8613800138000"),
        ("P-Asserted-Identity: <sip:gateway.example>\n", "Li", "+8610001"),
        ("P-Asserted-Identity: \"GW\" <sip:gateway.example>, <sip:+8613800138000@h>\n", "GW", "+8613800138000"),
        ("P-Asserted-Identity: <tel:+86 138>, <sip:13800138000;cpc=pay@h>\n", "Li", "13800138000"),
        ("P-Asserted-Identity: \"open <sip:a@h>\n", "Li", "+8610001"),
        ("P-Asserted-Identity: <tel:+8613800138000>\nPrivacy: id;critical\n", "Li", "+8610001"),
        ("P-Asserted-Identity: <tel:+8613800138000>\nPrivacy: none\n", "Li", "+8613800138000"),
        (
            "Remote-Party-ID: \"Wei\" <sip:+8613800138000@h>;party=calling;privacy=off;screen=yes\n",
            "Wei",
            "+8613800138000",
        ),
        ("Remote-Party-ID: <sip:+8613800138000@h>;party=calling;privacy=full\n", "Li", "+8610001"),
        ("Remote-Party-ID: <sip:4000@h>;party=called\n", "Li", "+8610001"),
        ("Remote-Party-ID: <sip:1@h>\nP-Asserted-Identity: <sip:+8613800138000@h>\n", "Li", "+8613800138000"),
    ] {
        assert_eq!(caller(from, more), (name.to_owned(), user.to_owned()), "{more}");
    }
}

#[test]
fn the_called_number_stands_without_its_parameters() {
    for (uri, called, whole) in [
        ("sip:4000;npdi;rn=+86@h;user=phone", "4000", None),
        ("sip:4000@h;cause=302", "4000", None),
        ("tel:+86-21-5550-0100;ext=1", "+862155500100", None),
        ("sip:55500100;phone-context=+8621@h", "55500100", Some("+862155500100")),
        ("tel:4000;phone-context=+8621", "4000", Some("+86214000")),
        ("tel:4000;phone-context=h.example", "4000", None),
        ("sip:#4000@h", "#4000", None),
        ("sip:support-1;x=y@h", "support-1", None),
    ] {
        let invited = invited(invite(uri, b"<sip:a@h>;tag=1", SDP.as_bytes()));
        assert_eq!((invited.called.as_str(), invited.called_whole.as_deref()), (called, whole), "{uri}");
    }
}

#[test]
fn letters_of_another_code_page_are_taken_and_go_back_as_they_came() {
    for (display, read) in [
        (&b"\xc0\xee\xce\xb0"[..], "李伟"),
        (b"\x81\x5c", ""),
        (b"M\xfcller", "Müller"),
        (b"L\xffi", "L"),
        ("李\u{ef80}".as_bytes(), "李"),
    ] {
        for quote in [&b"\""[..], b""] {
            if quote.is_empty() && display.contains(&b'\\') {
                continue;
            }
            let from = [quote, display, quote, b" <sip:13800138000@h>;tag=1"].concat();
            let more =
                [b"Subject: \xce\xd2\xcf\xeb\nX-Where: \xe9t\xe9\nUser-Agent: caf\xe9\n", SDP.as_bytes()].concat();
            let mut lone = invite("sip:4000@h", &from, &more);
            let sent = lone.sent();
            let line = [b"From: ", &from[..], b"\r\n"].concat();
            assert!(sent[0].1.windows(line.len()).any(|part| part == line), "{:?}", sent[0].1);
            let party = invited(lone).caller;
            assert!(party.name.starts_with(read) && party.user == "13800138000", "{party:?}");
        }
    }
    // Where no letter above ASCII may stand at all, it is still refused, and answered as it came.
    let mut lone = invite("sip:4000@h", b"\"\xc0\xee\" <sip:\xc0\xee@h>;tag=1", SDP.as_bytes());
    let sent = lone.sent();
    assert!(sent[0].1.starts_with(b"SIP/2.0 400"));
    let line = b"\"\xc0\xee\" <sip:\xc0\xee@h>";
    assert!(sent[0].1.windows(line.len()).any(|part| part == line), "{:?}", sent[0].1);
}

#[test]
fn a_head_with_line_feeds_alone_is_read() {
    let mut lone = Lone::new();
    let text = "INVITE sip:4000@h SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKc\nFrom: <sip:1@h>;tag=1\nTo: <sip:4000@h>\n\
                Call-ID: c\nCSeq: 1 INVITE\nContact: <sip:1@192.0.2.10>\nContent-Type: application/sdp\nContent-Length: 5\n\nv=0\r\n";
    lone.says_bytes(text.as_bytes().to_vec());
    assert_eq!(invited(lone).offer.as_deref(), Some(&b"v=0\r\n"[..]));
}

#[test]
fn a_description_among_other_parts_is_the_offer() {
    let with = |disposition: &str| {
        format!(
            "Content-Type: multipart/mixed;boundary=\"b 1\"\n\nsomething before\n--b 1\nContent-Type: application/isup;version=x\n\
             {disposition}\n\u{1}\n--b 1\nContent-Type: application/sdp\n\nv=0\n--b 1\nContent-Type: application/pidf+xml\n\n<x/>"
        )
    };
    let offer = |more: &str| invited(invite("sip:4000@h", b"<sip:1@h>;tag=1", more.as_bytes())).offer;
    assert_eq!(offer(&with("")).as_deref(), Some(&b"v=0"[..]));
    assert_eq!(offer(&with("Content-Disposition: signal; handling=optional\n")).as_deref(), Some(&b"v=0"[..]));
    assert_eq!(offer("Content-Type: text/plain\nContent-Disposition: render;handling=optional\n\nhello"), None);
    let mut lone =
        invite("sip:4000@h", b"<sip:1@h>;tag=1", with("Content-Disposition: signal;handling=required\n").as_bytes());
    let refused = lone.sent_response();
    assert_eq!((refused.status, refused.header(Name::Accept)), (415, Some("application/sdp, multipart/mixed")));
}

#[test]
fn a_second_offer_that_cannot_be_read_is_refused() {
    let mut lone = Lone::new();
    let (_, tag) = lone.up();
    lone.sent();
    lone.request("INVITE", "sip:x", "in", 2, &tag, "Content-Type: text/plain\n\nhello");
    assert_eq!(lone.shown(), ["415"]);
    assert!(lone.events().is_empty());
}

#[test]
fn a_call_that_is_not_taken_is_told_with_its_reason() {
    let from = &b"<sip:13800138000@h>;tag=1"[..];
    let crooked = &b"<sip:13800138000@h>;tag=1;tag=2"[..];
    for (uri, from, more, status, cause, why) in [
        ("sip:4000@h", crooked, SDP, 400, Cause::Malformed, "From: parameter stands twice"),
        ("sip:4000@h", from, "Max-Forwards: x\n", 400, Cause::Malformed, "Max-Forwards: not a number up to 255"),
        ("sip:4000@h", from, "Max-Forwards: 0\n", 483, Cause::Hops, "Max-Forwards is 0"),
        ("mailto:a@h", from, SDP, 416, Cause::Scheme, "request URI of scheme mailto"),
        ("sip:4000@h", from, "Require: 100rel, x\n", 420, Cause::Extension, "Require: x"),
        (
            "sip:4000@h",
            from,
            "Content-Type: text/plain\n\nx",
            415,
            Cause::Content,
            "a body of text/plain must be understood",
        ),
        ("sip:4000@h", from, "Accept: text/plain\n", 406, Cause::Accept, "Accept lists no description"),
    ] {
        let mut lone = invite(uri, from, more.as_bytes());
        // It repeats what was broken, so we would not read it either.
        let sent = lone.sent();
        assert!(sent[0].1.starts_with(format!("SIP/2.0 {status} ").as_bytes()), "{more}");
        let refused = lone.out.iter().find_map(|output| match output {
            Output::Refused(refused) => Some(refused.clone()),
            _ => None,
        });
        let trunk = Some("carrier".to_owned());
        let expected = RefusedCall { source: TRUNK.parse().unwrap(), trunk, status, cause, why: why.to_owned() };
        assert_eq!(refused, Some(expected), "{more}");
    }
    // No call: nothing to tell.
    let mut lone = Lone::new();
    lone.request("OPTIONS", "sip:h", "b", 1, "", "Require: x\n");
    lone.request("BYE", "sip:h", "b2", 1, "nobody", "");
    assert!(!lone.out.iter().any(|output| matches!(output, Output::Refused(_))));
    let mut strange = Lone::new().from(super::lone::STRANGER);
    strange.request("INVITE", "mailto:a@h", "b", 1, "", "");
    assert!(strange.out.iter().any(|output| matches!(output, Output::Refused(refused) if refused.trunk.is_none())));
}
