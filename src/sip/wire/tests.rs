//! Whole messages: what is kept, what is refused, what is answered.

use bytes::Bytes;

use super::*;

const INVITE: &str = "INVITE sip:4000@center.example SIP/2.0\r\n\
    Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa1;rport, SIP/2.0/TCP far.example;branch=z9hG4bKa0\r\n\
    v: SIP/2.0/UDP last.example;branch=z9hG4bKa9\r\n\
    Max-Forwards: 69\r\n\
    Record-Route: <sip:p1.example;lr>\r\n\
    From: \"Ann\" <sip:ann@example.com>;tag=f1\r\n\
    To: <sip:4000@center.example>\r\n\
    Call-ID: c1@example.com\r\n\
    CSeq: 7 INVITE\r\n\
    m: <sip:ann@192.0.2.1:5060>\r\n\
    k: timer,100rel\r\n\
    X-Odd : ;;,,;;,;\r\n\
    c: application/SDP;x=y\r\n\
    l: 5\r\n\r\n\
    v=0\r\n";

fn request(text: &str) -> Request {
    match Message::parse(Bytes::copy_from_slice(text.as_bytes())) {
        Ok(Message::Request(request)) => request,
        other => panic!("{other:?}\n{text}"),
    }
}

fn response(text: &str) -> Response {
    match Message::parse(Bytes::copy_from_slice(text.as_bytes())) {
        Ok(Message::Response(response)) => response,
        other => panic!("{other:?}\n{text}"),
    }
}

fn rejected(text: &str) -> Rejected {
    *Message::parse(Bytes::copy_from_slice(text.as_bytes())).expect_err(text)
}

fn text(draft: &Draft) -> String {
    String::from_utf8(draft.to_bytes().to_vec()).unwrap()
}

#[test]
fn a_request_is_read_as_it_stands() {
    let request = request(INVITE);
    assert_eq!(request.method, Method::Invite);
    assert_eq!(request.uri.to_string(), "sip:4000@center.example");
    assert_eq!(request.via().branch(), Some("z9hG4bKa1"));
    assert_eq!((request.from_tag(), request.to_tag(), request.call_id()), (Some("f1"), None, "c1@example.com"));
    assert_eq!((request.cseq().number, request.max_forwards()), (7, Some(69)));
    assert_eq!(request.from().display, "Ann");
    assert_eq!(request.values(Name::Via).count(), 3);
    assert!(request.supports("100REL") && !request.supports("path") && !request.requires("timer"));
    assert_eq!(request.other("x-odd"), Some(";;,,;;,;"));
    assert_eq!(request.content_type().as_deref(), Some("application/sdp"));
    assert_eq!(request.sdp().as_deref(), Some(&b"v=0\r\n"[..]));
    assert_eq!(request.contact().unwrap().unwrap().uri.to_string(), "sip:ann@192.0.2.1:5060");
    assert_eq!(request.record_route().unwrap().len(), 1);
    assert_eq!(request.to_bytes(), INVITE.as_bytes());
}

#[test]
fn the_body_is_what_content_length_says() {
    assert_eq!(request(&format!("\r\n\r\n{INVITE}INVITE cut off")).body(), "v=0\r\n");
    assert_eq!(request(&INVITE.replace("l: 5\r\n", "")).body(), "v=0\r\n");
    assert!(matches!(rejected(&INVITE.replace("l: 5", "l: 6")).error, WireError::BodyShort { have: 5, announced: 6 }));
}

#[test]
fn folded_lines_are_one_value() {
    let request = request(&INVITE.replace("69", "\r\n\t 0069").replace("7 INVITE", "7\r\n  INVITE"));
    assert_eq!((request.max_forwards(), request.cseq().number), (Some(69), 7));
    assert_eq!(rejected(&INVITE.replace("2.0\r\nVia", "2.0\r\n Via")).error, WireError::HeaderLine);
}

#[test]
fn a_response_goes_back_through_every_via() {
    let mut request = request(INVITE);
    request.stamp("198.51.100.7:40000".parse().unwrap());
    let ringing = Draft::response(&request, 180).to_tag("t1").header("X-A", "1\r\nEvil: 2");
    assert_eq!(
        text(&ringing),
        "SIP/2.0 180 Ringing\r\n\
         Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa1;rport=40000;received=198.51.100.7\r\n\
         Via: SIP/2.0/TCP far.example;branch=z9hG4bKa0\r\n\
         Via: SIP/2.0/UDP last.example;branch=z9hG4bKa9\r\n\
         Record-Route: <sip:p1.example;lr>\r\n\
         From: \"Ann\" <sip:ann@example.com>;tag=f1\r\n\
         To: <sip:4000@center.example>;tag=t1\r\n\
         Call-ID: c1@example.com\r\n\
         CSeq: 7 INVITE\r\n\
         X-A: 1  Evil: 2\r\n\
         Content-Length: 0\r\n\r\n"
    );
    let parsed = response(&text(&ringing));
    assert_eq!((parsed.status, parsed.to_tag(), parsed.via().rport()), (180, Some("t1"), Some(40000)));
    assert_eq!(ringing.method(), Method::Invite);
    assert!(!text(&Draft::response(&request, 404)).contains("Record-Route"));
}

#[test]
fn ack_and_cancel_are_made_of_the_invite() {
    let to = NameAddr::parse("<sip:4000@center.example>").unwrap();
    let routes = [NameAddr::parse("<sip:p1.example;lr>").unwrap(), NameAddr::parse("<sip:p2.example;lr>").unwrap()];
    let invite = Draft::request(Method::Invite, &"sip:4000@192.0.2.9".parse().unwrap())
        .push_via(&Via::new(crate::sip::Transport::Udp, "192.0.2.1:5060".parse().unwrap(), "b1"))
        .routes(&routes)
        .header(Name::From, "<sip:ann@example.com>;tag=f1")
        .header(Name::To, &to)
        .header(Name::CallId, "c1")
        .header(Name::CSeq, CSeq::new(3, Method::Invite))
        .body("application/sdp", "v=0\r\n");
    assert_eq!(invite.top_via().unwrap().branch(), Some("z9hG4bKb1"));
    let busy = response(&text(&Draft::response(&request(&text(&invite)), 486).to_tag("t9")));
    assert_eq!(
        text(&Draft::ack(&invite, &busy)),
        "ACK sip:4000@192.0.2.9 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKb1;rport\r\n\
         Max-Forwards: 70\r\n\
         Route: <sip:p1.example;lr>\r\nRoute: <sip:p2.example;lr>\r\n\
         From: <sip:ann@example.com>;tag=f1\r\n\
         To: <sip:4000@center.example>;tag=t9\r\n\
         Call-ID: c1\r\n\
         CSeq: 3 ACK\r\n\
         Content-Length: 0\r\n\r\n"
    );
    let cancel = request(&text(&Draft::cancel(&invite)));
    assert_eq!(
        (cancel.method.clone(), cancel.to_tag(), cancel.cseq().to_string()),
        (Method::Cancel, None, "3 CANCEL".into())
    );
}

#[test]
fn every_refusal_has_its_status() {
    let long = format!("4000{}", "x".repeat(limits::URI));
    let many: String = (0..limits::HEADERS).map(|n| format!("X-{n}: y\r\n")).collect();
    let vias: String = (0..limits::VIAS).map(|n| format!("Via: SIP/2.0/UDP h{n}\r\n")).collect();
    let after_max = |more: &str| INVITE.replace("Max-Forwards: 69\r\n", &format!("Max-Forwards: 69\r\n{more}"));
    for (message, status) in [
        (INVITE.replace("SIP/2.0\r\nVia", "SIP/7.0\r\nVia"), 505),
        (INVITE.replace("sip:4000", &format!("sip:{long}")), 414),
        (after_max("Max-Forwards: 70\r\n"), 400),
        (after_max("From: <sip:b@h>;tag=2\r\n"), 400),
        (after_max("t: <sip:b@h>\r\n"), 400),
        (after_max("Content-Length: 5\r\n"), 400),
        (after_max("no colon\r\n"), 400),
        (after_max("bad name: x\r\n"), 400),
        (after_max("Content\u{0}-Length: 0\r\n"), 400),
        (after_max("X: a\u{0}b\r\n"), 400),
        (after_max("X: a\rb\r\n"), 400),
        (after_max("X: a\nb: c\r\n"), 400),
        (after_max(&format!("X: {}\r\n", "y".repeat(limits::HEADER))), 400),
        (after_max(&many), 400),
        (after_max(&vias), 400),
        (after_max("Contact: *\r\n"), 400),
        (after_max("Route: <sip:a@h\r\n"), 400),
        (INVITE.replace("69", "256"), 400),
        (INVITE.replace("7 INVITE", "7 OPTIONS"), 400),
        (INVITE.replace("7 INVITE", "2147483648 INVITE"), 400),
        (INVITE.replace("Call-ID: c1@example.com\r\n", ""), 400),
        (INVITE.replace("INVITE sip:4000@center.example", "INVITE <sip:4000@center.example>"), 400),
        (INVITE.replace("INVITE sip:4000@center.example", "INVITE sip:4000@center.example?a=b"), 400),
        (INVITE.replace("INVITE sip:4000@center.example", "INVITE  sip:4000@center.example"), 400),
        (INVITE.replace("l: 5\r\n\r\nv=0\r\n", "l: 0\r\n"), 400),
    ] {
        let rejected = rejected(&message);
        assert_eq!(rejected.status(), Some(status), "{}: {message}", rejected.error);
        let source = "198.51.100.7:40000".parse().unwrap();
        // A broken value goes back as it came, so the answer itself may be one we would not take.
        let answer = rejected.response(source).unwrap().to_tag("t");
        assert_eq!(answer.top_via().unwrap().response_addr(), Some(source));
        assert!(answer.to_bytes().len() < 2 * message.len());
    }
}

#[test]
fn silence_towards_what_is_no_request() {
    let answer = text(&Draft::response(&request(INVITE), 200));
    for message in [
        "\r\n\r\n".to_owned(),
        String::new(),
        "hello".to_owned(),
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "\u{0}\u{1}\u{2}".to_owned(),
        INVITE.replace("Via:", "X-Via:").replace("v:", "X-v:"),
        INVITE.replace("INVITE", "ACK").replace("69", "x"),
        answer.replace("200 OK", "4294967301 better not"),
        answer.replace("200 OK", "99 low"),
        answer.replace("200 OK", "700 high"),
        answer.replace("CSeq: 7", "CSeq: 9292394834772304023312"),
    ] {
        assert_eq!(rejected(&message).status(), None, "{message}");
        assert!(rejected(&message).response("192.0.2.1:1".parse().unwrap()).is_none());
    }
}

#[test]
fn what_is_required_and_not_known_is_named() {
    let requires = |tags: &str| request(&INVITE.replace("k: ", &format!("Require: {tags}\r\nProxy-Require: p\r\nk: ")));
    assert_eq!(requires("timer, x, Y").unsupported(&["TIMER"]), ["x", "Y"]);
    assert!(requires("").unsupported(&[]).is_empty());
}

/// The typed values agree with an implementation that shares no line with ours.
#[test]
fn rsip_reads_the_same() {
    use rsip::prelude::{HasHeaders as _, HeadersExt as _, ToTypedHeader as _, UntypedHeader as _};
    // It reads neither compact names nor blanks before the colon.
    let long = [
        ("v: ", "Via: "),
        ("m: ", "Contact: "),
        ("k: ", "Supported: "),
        ("c: ", "Content-Type: "),
        ("l: ", "Content-Length: "),
        ("X-Odd : ", "X-Odd: "),
    ];
    let plain = long
        .iter()
        .fold(INVITE.to_owned(), |text, (short, long)| text.replace(&format!("\n{short}"), &format!("\n{long}")));
    let theirs = rsip::Request::try_from(plain.as_bytes()).unwrap();
    let ours = request(&plain);
    assert_eq!(theirs.method.to_string(), ours.method.to_string());
    assert_eq!(theirs.uri.to_string(), ours.uri.to_string());
    assert_eq!(theirs.call_id_header().unwrap().value(), ours.call_id());
    assert_eq!(theirs.cseq_header().unwrap().seq().unwrap(), ours.cseq().number);
    let from = theirs.from_header().unwrap().typed().unwrap();
    assert_eq!(from.display_name.as_deref().map(|name| name.trim_matches('"')), Some(ours.from().display.as_str()));
    assert_eq!(from.tag().map(|tag| tag.to_string()).as_deref(), ours.from_tag());
    assert_eq!(from.uri.to_string(), ours.from().uri.to_string());
    assert_eq!(theirs.headers().iter().count(), ours.lines().count());
}
