//! What single requests are answered: the rows of the tables in the heads of the endpoint and of the
//! dialog.

use std::time::Duration;

use bytes::Bytes;

use super::super::{Counter, Limits, Settings};
use super::lone::{Lone, STRANGER};
use crate::sip::wire::Name;
use crate::sip::{Command, Event, FlowId, LegEnd, Reason, Transport};

const SDP: &str = "Content-Type: application/sdp\n\nv=0\n";

#[test]
fn requests_outside_a_dialog_get_their_status() {
    for (method, uri, more, status) in [
        ("OPTIONS", "sip:carillon", "", 200),
        ("OPTIONS", "sip:carillon", "Max-Forwards: 0\n", 200),
        ("INVITE", "sip:4000@carillon", "Max-Forwards: 0\n", 483),
        ("INVITE", "soap.beep://x", "", 416),
        ("INVITE", "sip:4000@carillon", "Require: nothing, 100rel\n", 420),
        ("INVITE", "sip:4000@carillon", "Content-Type: text/plain\n\nhello", 415),
        ("INVITE", "sip:4000@carillon", "Content-Encoding: gzip\nContent-Type: application/sdp\n\nx", 415),
        ("INVITE", "sip:4000@carillon", "Accept: text/nobody\n", 406),
        ("INVITE", "tel:+4930123", SDP, 100),
        ("BYE", "sip:carillon", "", 481),
        ("INFO", "sip:carillon", "", 481),
        ("UPDATE", "sip:carillon", "", 481),
        ("PRACK", "sip:carillon", "", 481),
        ("CANCEL", "sip:carillon", "", 481),
        ("MESSAGE", "sip:carillon", "", 405),
        ("SUBSCRIBE", "sip:carillon", "", 489),
        ("SUBSCRIBE", "sip:carillon", "Event: presence\n", 489),
        ("SUBSCRIBE", "sip:ana@carillon", "Event: message-summary\nAccept: text/plain\n", 406),
        ("SUBSCRIBE", "sip:ana@carillon", "Event: message-summary\n", 401),
        ("PUBLISH", "sip:carillon", "", 405),
        ("REFER", "sip:carillon", "", 403),
        ("REGISTER", "sip:carillon", "", 401),
        ("DANCE", "sip:carillon", "", 501),
        ("invite", "sip:carillon", "", 501),
    ] {
        let mut lone = Lone::new();
        lone.request(method, uri, "b", 1, "", more);
        let response = lone.sent_response();
        assert_eq!(response.status, status, "{method} {uri} {more}");
        assert_eq!(response.to_tag().is_some(), status != 100, "{method} {more}");
        if matches!(status, 405 | 501) {
            assert!(response.header(Name::Allow).unwrap().contains("INVITE"), "{method}");
        }
        assert_eq!(lone.endpoint.load().legs, usize::from(status == 100), "{method}");
    }
}

#[test]
fn a_refused_extension_is_named() {
    let mut lone = Lone::new();
    lone.request("INVITE", "sip:4000@carillon", "b", 1, "", "Require: nothing, outbound, timer\n");
    assert_eq!(lone.sent_response().header(Name::Unsupported), Some("nothing, outbound"));
}

#[test]
fn inside_an_unknown_dialog_all_is_481_and_an_ack_is_silence() {
    let mut lone = Lone::new();
    for (n, method) in ["BYE", "INVITE", "OPTIONS", "INFO", "UPDATE", "MESSAGE"].iter().enumerate() {
        lone.request(method, "sip:carillon", &format!("b{n}"), 1, "nobody", "");
        assert_eq!(lone.shown(), ["481"], "{method}");
    }
    lone.request("ACK", "sip:carillon", "b9", 1, "nobody", "");
    assert!(lone.sent().is_empty());
    assert_eq!(lone.counted().last(), Some(&Counter::Unmatched));
}

#[test]
fn the_right_dialog_needs_both_tags() {
    let mut lone = Lone::new();
    let (_, tag) = lone.up();
    lone.says(&format!(
        "BYE sip:x SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKspoof\nMax-Forwards: 70\n\
         From: <sip:ana@carillon>;tag=guessed\nTo: <sip:4000@carillon>;tag={tag}\nCall-ID: call-1\nCSeq: 2 BYE\n"
    ));
    assert_eq!(lone.shown(), ["481"]);
    assert_eq!(lone.endpoint.load().legs, 1);
}

#[test]
fn requests_inside_a_dialog_get_their_status() {
    for (method, more, status) in [
        ("OPTIONS", "", 200),
        ("INFO", "", 200),
        ("INFO", "Content-Type: application/dtmf-relay\n\nSignal=5\nDuration=160\n", 200),
        ("INFO", "Content-Type: application/dtmf-relay\n\nSignal=x\n", 400),
        ("INFO", "Content-Type: text/plain\n\nhello", 415),
        ("MESSAGE", "", 405),
        ("REFER", "Refer-To: <sip:evil@198.51.100.66>\n", 603),
        ("NOTIFY", "Event: refer\nSubscription-State: active\n", 481),
        ("NOTIFY", "Event: presence\nSubscription-State: active\n", 489),
        ("DANCE", "", 501),
        ("OPTIONS", "Require: nothing\n", 420),
        ("BYE", "", 200),
    ] {
        let mut lone = Lone::new();
        let (_, tag) = lone.up();
        lone.sent();
        lone.request(method, "sip:x", "in", 2, &tag, more);
        assert_eq!(lone.shown(), [status.to_string()], "{method} {more}");
    }
}

#[test]
fn info_brings_digits() {
    let mut lone = Lone::new();
    let (leg, tag) = lone.up();
    for (n, signal) in ["5", "#", "D"].iter().enumerate() {
        let body = format!("Content-Type: application/dtmf-relay\n\nSignal={signal}\nDuration=160\n");
        lone.request("INFO", "sip:x", &format!("i{n}"), 2 + u32::try_from(n).unwrap(), &tag, &body);
    }
    assert_eq!(lone.events(), ['5', '#', 'D'].map(|digit| Event::Digit { leg, digit }));
}

#[test]
fn a_request_out_of_order_is_500() {
    let mut lone = Lone::new();
    let (_, tag) = lone.up();
    lone.sent();
    for (branch, cseq, status) in [("o1", 5, "200"), ("o2", 5, "500"), ("o3", 4, "500"), ("o4", 6, "200")] {
        lone.request("OPTIONS", "sip:x", branch, cseq, &tag, "");
        assert_eq!(lone.shown(), [status], "CSeq {cseq}");
    }
}

#[test]
fn retransmissions_are_absorbed() {
    let mut lone = Lone::new();
    let leg = lone.invited();
    assert_eq!(lone.shown(), ["100"]);
    lone.invite("first");
    assert_eq!(lone.shown(), ["100"]);
    lone.command(Command::Progress { leg, status: 180, answer: None });
    lone.invite("first");
    assert_eq!(lone.shown(), ["180", "180"]);
    lone.command(Command::Refuse { leg, reason: Reason { status: 486, text: String::new() }, retry_after_s: Some(9) });
    lone.invite("first");
    assert_eq!(lone.shown(), ["486", "486"]);
    assert_eq!(lone.events(), [Event::Ended { leg, end: LegEnd::Local }]);
}

#[test]
fn the_same_invite_on_another_way_is_482_even_after_the_call() {
    let mut lone = Lone::new();
    let leg = lone.invited();
    lone.invite("second");
    assert_eq!(lone.shown(), ["100", "482"]);
    lone.command(Command::Refuse { leg, reason: Reason { status: 486, text: String::new() }, retry_after_s: None });
    let tag = lone.sent_response().to_tag().unwrap().to_owned();
    lone.request("ACK", "sip:4000@carillon", "first", 1, &tag, "");
    lone.wait(Duration::from_secs(20));
    lone.invite("first");
    assert_eq!(lone.shown(), ["482"], "a late copy, its transaction is over");
    lone.wait(Duration::from_secs(20));
    assert_eq!(lone.endpoint.next_deadline(), None, "then it is forgotten");
}

#[test]
fn cancel_ends_a_ringing_call() {
    let mut lone = Lone::new();
    let leg = lone.invited();
    lone.sent();
    lone.request("CANCEL", "sip:4000@carillon", "first", 1, "", "Reason: SIP;cause=200;text=\"elsewhere\"\n");
    assert_eq!(lone.shown(), ["200", "487"]);
    let reason = Some(Reason { status: 200, text: "elsewhere".to_owned() });
    assert_eq!(lone.events(), [Event::Ended { leg, end: LegEnd::Peer { reason } }]);
    lone.request("CANCEL", "sip:4000@carillon", "first", 1, "", "");
    assert_eq!(lone.shown(), ["200"], "a retransmission");
}

#[test]
fn cancel_after_the_answer_changes_nothing() {
    let mut lone = Lone::new();
    let (_, _) = lone.up();
    lone.sent();
    lone.request("CANCEL", "sip:4000@carillon", "first", 1, "", "");
    assert_eq!(lone.shown(), ["200"]);
    assert!(lone.events().is_empty());
}

#[test]
fn bye_before_the_answer_ends_the_call() {
    let mut lone = Lone::new();
    let leg = lone.invited();
    lone.sent();
    lone.command(Command::Progress { leg, status: 180, answer: None });
    let tag = lone.sent_response().to_tag().unwrap().to_owned();
    lone.request("BYE", "sip:x", "bye", 2, &tag, "");
    assert_eq!(lone.shown(), ["200", "487"]);
    assert_eq!(lone.events(), [Event::Ended { leg, end: LegEnd::Peer { reason: None } }]);
}

#[test]
fn a_call_nobody_answers_ends_by_itself() {
    let mut lone = Lone::new();
    let leg = lone.invited();
    lone.sent();
    lone.wait(Duration::from_secs(300));
    assert_eq!(lone.shown().first().map(String::as_str), Some("480"));
    assert!(matches!(lone.events().as_slice(), [Event::Ended { leg: of, end: LegEnd::Lost(_) }] if *of == leg));
}

#[test]
fn broken_messages_are_answered_or_dropped_and_never_more() {
    let mut lone = Lone::new();
    lone.says(
        "INVITE sip:4000@carillon SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKx\nFrom: <sip:a@b>;tag=1\n\
               To: <sip:b@c>\nCall-ID: c\nCSeq: nonsense INVITE\nMax-Forwards: 70",
    );
    assert!(matches!(lone.sent().as_slice(), [(_, bytes)] if bytes.starts_with(b"SIP/2.0 400")));
    lone.says_bytes(b"\x00\x01\x02garbage".to_vec());
    lone.says_bytes(b"\r\n\r\n".to_vec());
    lone.says(
        "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 203.0.113.1;branch=z9hG4bKnever\nFrom: <sip:a@b>;tag=1\n\
               To: <sip:b@c>;tag=2\nCall-ID: c\nCSeq: 1 INVITE",
    );
    assert!(lone.sent().is_empty());
    assert_eq!(
        lone.counted(),
        [Counter::Malformed, Counter::AnsweredStateless, Counter::Malformed, Counter::Unmatched]
    );
}

#[test]
fn scanners_and_strangers_cost_nothing() {
    let mut lone = Lone::new().from(STRANGER);
    lone.request("OPTIONS", "sip:carillon", "s", 1, "", "User-Agent: friendly-scanner\n");
    assert!(lone.sent().is_empty());
    assert_eq!(lone.counted(), [Counter::Scanner]);
    for n in 0..100 {
        lone.invite(&format!("flood{n}"));
    }
    assert!(lone.shown().iter().all(|status| status == "401"));
    assert!(lone.events().is_empty());
    let load = lone.endpoint.load();
    assert_eq!((load.transactions, load.legs, load.pending_invites), (0, 0, 0));
}

#[test]
fn strangers_get_at_most_twice_what_they_send() {
    let requests = [
        "OPTIONS sip:x SIP/2.0\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\nFrom: <sip:a@b>;tag=1\nTo: <sip:a@b>\n\
         Call-ID: 1\nCSeq: 1 OPTIONS",
        "REGISTER sip:x SIP/2.0\nv: SIP/2.0/UDP h;branch=z9hG4bKa\nf: <sip:a@b>;tag=1\nt: <sip:a@b>\ni: 1\n\
         CSeq: 1 REGISTER",
        "INVITE sip:x SIP/2.0\nv: SIP/2.0/UDP h;branch=z9hG4bKa;rport\nf: <sip:a@b>;tag=1\nt: <sip:a@b>\ni: 1\n\
         CSeq: 1 INVITE\nm: <sip:a@b>",
        "X sip:x SIP/2.0\nv: SIP/2.0/UDP h\nf:a:b\nt:a:b\ni:1\nCSeq:1 X",
    ];
    for text in requests {
        let mut lone = Lone::new().from(STRANGER);
        lone.says(text);
        let sent: usize = lone.sent().iter().map(|(_, bytes)| bytes.len()).sum();
        assert!(sent <= 2 * (text.len() + 60), "{sent} for {}: {text}", text.len());
    }
}

#[test]
fn too_many_unanswered_invites_get_503_without_state() {
    let limits = Limits { pending_invites: 3, ..Limits::default() };
    let mut lone = Lone::with(Settings { limits, ..Settings::default() });
    let call = |lone: &mut Lone, n: usize| {
        lone.says(&format!(
            "INVITE sip:4000@carillon SIP/2.0\nVia: SIP/2.0/UDP {};branch=z9hG4bKo{n}\nMax-Forwards: 70\n\
             From: <sip:li@x>;tag=t\nTo: <sip:4000@carillon>\nCall-ID: over-{n}\nCSeq: 1 INVITE\n\
             Contact: <sip:li@192.0.2.10>",
            lone.source
        ));
        lone.sent_response()
    };
    assert_eq!([0, 1, 2].map(|n| call(&mut lone, n).status), [100; 3]);
    let refused = call(&mut lone, 3);
    assert_eq!((refused.status, refused.header(Name::RetryAfter)), (503, Some("5")));
    lone.source = "192.0.2.11:5060".parse().unwrap();
    assert_eq!(call(&mut lone, 4).status, 503);
    assert_eq!(lone.endpoint.load().transactions, 3);
    let Some(Event::Invited(first)) = lone.events().into_iter().next() else { panic!("no Invited") };
    lone.command(Command::Hangup { leg: first.leg, reason: Reason { status: 480, text: String::new() } });
    let refusal = lone.sent_response();
    assert_eq!((refusal.status, call(&mut lone, 5).status), (480, 503), "its refusal has no ACK yet");
    lone.source = "192.0.2.10:5060".parse().unwrap();
    lone.says(&format!(
        "ACK sip:4000@carillon SIP/2.0\nVia: SIP/2.0/UDP {};branch=z9hG4bKo0\nMax-Forwards: 70\n\
         From: <sip:li@x>;tag=t\nTo: <sip:4000@carillon>;tag={}\nCall-ID: over-0\nCSeq: 1 ACK",
        lone.source,
        refusal.to_tag().unwrap()
    ));
    assert_eq!(call(&mut lone, 6).status, 100, "one has gone");
}

#[test]
fn a_full_transaction_table_refuses_the_peer_but_not_us() {
    let limits = Limits { transactions: 1, ..Limits::default() };
    let mut lone = Lone::with(Settings { limits, ..Settings::default() });
    let leg = lone.invited();
    lone.sent();
    lone.command(Command::Accept { leg, answer: Bytes::from_static(b"v=0") });
    let tag = lone.sent_response().to_tag().unwrap().to_owned();
    lone.request("OPTIONS", "sip:x", "o", 2, &tag, "");
    let refused = lone.sent_response();
    assert_eq!(refused.status, 503);
    assert!(lone.counted().contains(&Counter::Full));
}

#[test]
fn responses_go_where_via_says_and_rport_asks() {
    for (via, port) in [
        ("192.0.2.10:5070;branch=z9hG4bKr1", 5070),
        ("192.0.2.10;branch=z9hG4bKr2", 5060),
        ("192.0.2.10:5070;rport;branch=z9hG4bKr3", 40_001),
        ("10.9.9.9:5070;branch=z9hG4bKr4", 5070),
    ] {
        let mut lone = Lone::new().from("192.0.2.10:40001");
        lone.says(&format!(
            "OPTIONS sip:x SIP/2.0\nVia: SIP/2.0/UDP {via}\nMax-Forwards: 70\nFrom: <sip:a@b>;tag=1\n\
             To: <sip:x>\nCall-ID: c\nCSeq: 1 OPTIONS"
        ));
        let (to, _) = lone.sent().pop().unwrap();
        assert_eq!(to.addr.to_string(), format!("192.0.2.10:{port}"), "{via}");
        assert_eq!(to.flow, Some(FlowId(1)));
    }
}

#[test]
fn a_peer_of_rfc_2543_can_call() {
    let mut lone = Lone::new();
    let via = "Via: SIP/2.0/UDP 192.0.2.10:5060";
    let head = "From: <sip:li@x>;tag=old\nTo: <sip:4000@carillon>\nCall-ID: old-1\nContact: <sip:li@192.0.2.10>";
    let invite = format!("INVITE sip:4000@carillon SIP/2.0\n{via}\n{head}\nCSeq: 1 INVITE\n");
    lone.says(&invite);
    lone.says(&invite);
    assert_eq!(lone.events().len(), 1, "one call, one retransmission");
    assert_eq!(lone.shown(), ["100", "100"]);
    lone.says(&format!("CANCEL sip:4000@carillon SIP/2.0\n{via}\n{head}\nCSeq: 1 CANCEL\n"));
    let sent = lone.shown();
    assert_eq!(sent, ["200", "487"]);
    lone.says(&format!("ACK sip:4000@carillon SIP/2.0\n{via}\n{head}\nCSeq: 1 ACK\n"));
    lone.wait(Duration::from_secs(40));
    assert!(lone.sent().is_empty(), "the ACK was found");
}

#[test]
fn nothing_is_sent_to_hosts_a_header_names() {
    let mut lone = Lone::new();
    lone.request(
        "INVITE",
        "sip:4000@carillon",
        "evil",
        1,
        "",
        "Record-Route: <sip:198.51.100.66;lr>\nRoute: <sip:198.51.100.66;lr>\nContent-Type: application/sdp\n\nv=0\n",
    );
    let Some(Event::Invited(invited)) = lone.events().pop() else { panic!("no Invited") };
    lone.command(Command::Accept { leg: invited.leg, answer: Bytes::from_static(b"v=0") });
    let tag = lone.sent_response().to_tag().unwrap().to_owned();
    lone.request("ACK", "sip:x", "a", 1, &tag, "");
    lone.command(Command::Hangup { leg: invited.leg, reason: Reason { status: 200, text: String::new() } });
    let (to, bye) = lone.sent_request();
    assert_eq!(to.addr, lone.source);
    assert_eq!(bye.header(Name::Route), Some("<sip:198.51.100.66;lr>"), "though the header stands there");
}

#[test]
fn a_record_route_within_the_trunk_is_followed() {
    let mut lone = Lone::new();
    lone.request(
        "INVITE",
        "sip:4000@carillon",
        "rr",
        1,
        "",
        "Record-Route: <sip:192.0.2.99:5080;lr>\nContent-Type: application/sdp\n\nv=0\n",
    );
    let Some(Event::Invited(invited)) = lone.events().pop() else { panic!("no Invited") };
    lone.command(Command::Accept { leg: invited.leg, answer: Bytes::from_static(b"v=0") });
    let response = lone.sent_response();
    assert_eq!(response.header(Name::RecordRoute), Some("<sip:192.0.2.99:5080;lr>"));
    let tag = response.to_tag().unwrap().to_owned();
    lone.request("ACK", "sip:x", "a", 1, &tag, "");
    lone.command(Command::Hangup { leg: invited.leg, reason: Reason { status: 200, text: String::new() } });
    let (to, _) = lone.sent_request();
    assert_eq!(to.addr.to_string(), "192.0.2.99:5080");
}

#[test]
fn a_second_fork_is_turned_away() {
    let mut lone = Lone::new();
    let invite = super::phones::invite_to_trunk(1);
    lone.command(Command::Invite(Box::new(invite)));
    let (_, request) = lone.sent_request();
    lone.answers(&request, 200, "fork-a", "Contact: <sip:a@192.0.2.10>\nContent-Type: application/sdp\n\nv=a");
    assert_eq!(lone.shown(), ["ACK"]);
    assert_eq!(lone.events().len(), 1);
    lone.answers(&request, 200, "fork-a", "Contact: <sip:a@192.0.2.10>\n");
    assert_eq!(lone.shown(), ["ACK"], "its ACK was lost");
    lone.answers(&request, 200, "fork-b", "Contact: <sip:b@192.0.2.10>\n");
    let sent = lone.sent();
    let texts: Vec<String> = sent.iter().map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).collect();
    assert!(texts[0].starts_with("ACK sip:b@192.0.2.10") && texts[0].contains("tag=fork-b"), "{texts:?}");
    assert!(texts[1].starts_with("BYE sip:b@192.0.2.10") && texts[1].contains("CSeq: 2 BYE"), "{texts:?}");
    assert!(lone.events().is_empty());
}

#[test]
fn a_2xx_after_the_transaction_gets_its_ack_again() {
    let mut lone = Lone::new();
    lone.command(Command::Invite(Box::new(super::phones::invite_to_trunk(1))));
    let (_, request) = lone.sent_request();
    let contact = "Contact: <sip:a@192.0.2.10>\n";
    lone.answers(&request, 200, "t", contact);
    lone.wait(Duration::from_secs(40));
    lone.sent();
    lone.answers(&request, 200, "t", contact);
    assert_eq!(lone.shown(), ["ACK"]);
    lone.answers(&request, 200, "stranger", contact);
    assert!(lone.sent().is_empty());
}

#[test]
fn redirection_is_told_and_not_followed() {
    let mut lone = Lone::new();
    lone.command(Command::Invite(Box::new(super::phones::invite_to_trunk(1))));
    let (_, request) = lone.sent_request();
    lone.answers(&request, 302, "t", "Contact: <sip:expensive@198.51.100.66>\n");
    assert_eq!(lone.shown(), ["ACK"]);
    assert!(matches!(lone.events().as_slice(), [Event::Ended { end: LegEnd::Refused(r), .. }] if r.status == 302));
}

#[test]
fn over_a_stream_answers_take_the_connection() {
    let mut lone = Lone::new().over(Transport::Tcp);
    lone.flow = FlowId(77);
    lone.invite("tcp");
    let (to, bytes) = lone.sent().pop().unwrap();
    assert_eq!((to.flow, to.transport), (Some(FlowId(77)), Transport::Tcp));
    assert!(bytes.starts_with(b"SIP/2.0 100"));
    let Some(Event::Invited(invited)) = lone.events().pop() else { panic!("no Invited") };
    lone.command(Command::Accept { leg: invited.leg, answer: Bytes::from_static(b"v=0") });
    let response = lone.sent_response();
    assert!(response.header(Name::Contact).unwrap().contains("transport=tcp"));
    let tag = response.to_tag().unwrap().to_owned();
    lone.request("ACK", "sip:x", "a", 1, &tag, "");
    lone.input(super::super::Input::FlowClosed(FlowId(77)));
    assert!(lone.events().iter().all(|event| !matches!(event, Event::Ended { .. })), "it may come back");
    lone.command(Command::Hangup { leg: invited.leg, reason: Reason { status: 200, text: String::new() } });
    let (to, _) = lone.sent_request();
    assert_eq!((to.flow, to.addr), (None, lone.source), "on a new connection");
    lone.input(super::super::Input::TransmitFailed(to));
    assert_eq!(lone.events(), [Event::Ended { leg: invited.leg, end: LegEnd::Local }]);
}
