//! Provisional responses that must arrive (RFC 3262), in both roles.

use std::time::Duration;

use bytes::Bytes;

use super::phones::invite_to_trunk;
use super::{Lone, Pair, Side};
use crate::base::LegId;
use crate::sip::wire::{Method, Name, Request};
use crate::sip::{Command, Event, LegEnd};

const SDP: &str = "Content-Type: application/sdp\n\nv=0\n";
const ANSWER: &[u8] = b"v=1";

/// An incoming leg of a caller who sends these headers.
fn invited(lone: &mut Lone, more: &str) -> LegId {
    lone.request("INVITE", "sip:4000@carillon", "first", 1, "", more);
    let Some(Event::Invited(invited)) = lone.events().pop() else { panic!("no Invited") };
    assert_eq!(lone.shown(), ["100"]);
    invited.leg
}

fn prack(lone: &mut Lone, (branch, cseq): (&str, u32), tag: &str, rack: &str, more: &str) -> u16 {
    lone.request("PRACK", "sip:carillon@203.0.113.1", branch, cseq, tag, &format!("RAck: {rack}\n{more}"));
    let answers = lone.shown();
    answers[0].parse().unwrap()
}

#[test]
fn a_caller_who_requires_it_hears_of_it_until_it_is_acknowledged() {
    let mut lone = Lone::new();
    let leg = invited(&mut lone, &format!("Require: 100rel\n{SDP}"));
    lone.command(Command::Progress { leg, status: 180, answer: None });
    let ringing = lone.sent_response();
    let number: u32 = ringing.header(Name::RSeq).unwrap().parse().unwrap();
    let tag = ringing.to_tag().unwrap().to_owned();
    assert!(ringing.requires("100rel") && ringing.contact().unwrap().is_some());
    lone.wait(Duration::from_millis(3_600));
    assert_eq!(lone.shown(), ["180", "180", "180"], "after 0.5, 1.5 and 3.5 s");
    // What comes next waits, and the answer does too.
    lone.command(Command::Progress { leg, status: 183, answer: Some(Bytes::from_static(b"v=0")) });
    assert!(lone.shown().is_empty());
    for (nth, wrong) in
        [format!("{} 1 INVITE", number + 1), format!("{number} 2 INVITE"), "x".to_owned()].iter().enumerate()
    {
        assert_eq!(prack(&mut lone, (&format!("w{nth}"), 2 + nth as u32), &tag, wrong, ""), 481, "{wrong}");
    }
    lone.request("PRACK", "sip:x", "p1", 6, &tag, &format!("RAck: {number} 1 INVITE\n"));
    let sent = lone.sent();
    assert!(sent[0].1.starts_with(b"SIP/2.0 200 ") && sent[1].1.starts_with(b"SIP/2.0 183 "));
    assert!(String::from_utf8_lossy(&sent[1].1).contains(&format!("RSeq: {}\r\n", number + 1)));
    lone.command(Command::Accept { leg, answer: Bytes::from_static(ANSWER) });
    assert!(lone.shown().is_empty(), "an answer is on its way already");
    lone.request("PRACK", "sip:x", "p2", 7, &tag, &format!("RAck: {} 1 INVITE\n", number + 1));
    assert_eq!(lone.shown(), ["200", "200"]);
    lone.request("ACK", "sip:carillon@203.0.113.1", "ack", 1, &tag, "");
    assert_eq!(lone.events(), [Event::Confirmed { leg, answer: None }]);
    lone.wait(Duration::from_secs(40));
    assert!(lone.shown().is_empty() && lone.events().is_empty());
}

#[test]
fn who_must_have_it_hears_ringing_before_the_answer_and_nobody_else_waits() {
    for (more, shown) in [
        (format!("Require: 100rel\n{SDP}"), "180"),
        (format!("Supported: 100rel\n{SDP}"), "200"),
        (SDP.to_owned(), "200"),
        // The offer would have to be in it.
        ("Require: 100rel\n".to_owned(), "200"),
    ] {
        let mut lone = Lone::new();
        let leg = invited(&mut lone, &more);
        lone.command(Command::Accept { leg, answer: Bytes::from_static(ANSWER) });
        assert_eq!(lone.shown(), [shown], "{more}");
    }
}

#[test]
fn an_answer_in_a_provisional_response_is_sent_reliably_where_it_can_be() {
    for (more, reliable) in [("Supported: 100rel\n", true), ("", false)] {
        let mut lone = Lone::new();
        let leg = invited(&mut lone, &format!("{more}{SDP}"));
        lone.command(Command::Progress { leg, status: 180, answer: None });
        assert!(lone.sent_response().header(Name::RSeq).is_none());
        lone.command(Command::Progress { leg, status: 183, answer: Some(Bytes::from_static(ANSWER)) });
        let response = lone.sent_response();
        assert_eq!((response.header(Name::RSeq).is_some(), response.requires("100rel")), (reliable, reliable));
        assert_eq!(response.sdp().as_deref(), Some(ANSWER));
    }
}

#[test]
fn without_prack_the_call_ends_and_a_cancel_ends_the_wait() {
    let mut lone = Lone::new();
    let leg = invited(&mut lone, &format!("Require: 100rel\n{SDP}"));
    lone.command(Command::Accept { leg, answer: Bytes::from_static(ANSWER) });
    lone.wait(Duration::from_secs(33));
    let shown = lone.shown();
    assert_eq!((shown.len(), &shown[6..8]), (9, &["180".to_owned(), "504".to_owned()][..]), "{shown:?}");
    assert!(matches!(&lone.events()[..], [Event::Ended { end: LegEnd::Lost(why), .. }] if why.status == 504));

    let mut lone = Lone::new();
    let leg = invited(&mut lone, &format!("Require: 100rel\n{SDP}"));
    lone.command(Command::Accept { leg, answer: Bytes::from_static(ANSWER) });
    lone.shown();
    lone.request("CANCEL", "sip:4000@carillon", "first", 1, "", "");
    assert_eq!(lone.shown(), ["200", "487"]);
    assert!(matches!(&lone.events()[..], [Event::Ended { end: LegEnd::Peer { .. }, .. }]));
    assert_eq!(lone.endpoint.load().legs, 0);
}

fn calling(lone: &mut Lone) -> Request {
    lone.command(Command::Invite(Box::new(invite_to_trunk(1))));
    let (_, invite) = lone.sent_request();
    assert!(invite.supports("100rel") && invite.allows(&Method::Prack) == Some(true));
    invite
}

/// A reliable 183 of this fork, with a body or without.
fn early(lone: &mut Lone, invite: &Request, (tag, number): (&str, u32), body: &str) {
    let more = "Contact: <sip:fork@192.0.2.10>\nRecord-Route: <sip:192.0.2.11;lr>\nRequire: 100rel\n";
    let body = if body.is_empty() { String::new() } else { format!("Content-Type: application/sdp\n\n{body}") };
    lone.answers(invite, 183, tag, &format!("{more}RSeq: {number}\n{body}"));
}

#[test]
fn our_call_acknowledges_each_provisional_response_once_and_takes_its_answer() {
    let mut lone = Lone::new();
    let invite = calling(&mut lone);
    early(&mut lone, &invite, ("a", 9), "v=early");
    let (_, prack) = lone.sent_request();
    assert_eq!((prack.method.clone(), prack.header(Name::RAck)), (Method::Prack, Some("9 1 INVITE")));
    assert_eq!(
        (prack.to_tag(), prack.cseq().number, prack.uri.to_string().as_str()),
        (Some("a"), 2, "sip:fork@192.0.2.10")
    );
    assert_eq!(prack.header(Name::Route), Some("<sip:192.0.2.11;lr>"));
    lone.answers(&prack, 200, "a", "");
    assert!(matches!(&lone.events()[..], [Event::Progressed { status: 183, answer: Some(_), .. }]));
    // A repetition, and one from the future: its predecessor is still to come.
    for number in [9, 11] {
        early(&mut lone, &invite, ("a", number), "");
        assert!(lone.shown().is_empty() && lone.events().is_empty(), "{number}");
    }
    early(&mut lone, &invite, ("a", 10), "");
    let (_, prack) = lone.sent_request();
    assert_eq!((prack.header(Name::RAck), prack.cseq().number), (Some("10 1 INVITE"), 3));
    lone.answers(&prack, 200, "a", "");
    lone.events();
    lone.answers(&invite, 200, "a", "Contact: <sip:fork@192.0.2.10>\n");
    let (_, ack) = lone.sent_request();
    assert_eq!((ack.method.clone(), ack.cseq().number), (Method::Ack, 1));
    let answer = Some(Bytes::from_static(b"v=early"));
    assert_eq!(lone.events(), [Event::Accepted { leg: LegId(1), answer }]);
}

#[test]
fn forks_count_for_themselves() {
    let mut lone = Lone::new();
    let invite = calling(&mut lone);
    early(&mut lone, &invite, ("a", 9), "v=a");
    early(&mut lone, &invite, ("b", 700), "v=b");
    let pracks = lone.requests();
    let told: Vec<_> =
        pracks.iter().map(|prack| (prack.to_tag(), prack.header(Name::RAck), prack.cseq().number)).collect();
    assert_eq!(told, [(Some("a"), Some("9 1 INVITE"), 2), (Some("b"), Some("700 1 INVITE"), 3)]);
    lone.events();
    lone.answers(&invite, 200, "b", "Contact: <sip:fork@192.0.2.10>\n");
    assert_eq!(lone.events(), [Event::Accepted { leg: LegId(1), answer: Some(Bytes::from_static(b"v=b")) }]);
    // The other one answers too, and is sent away.
    lone.sent();
    lone.answers(&invite, 200, "a", "Contact: <sip:fork@192.0.2.10>\n");
    assert_eq!(lone.shown(), ["ACK", "BYE"]);
}

#[test]
fn what_is_not_reliable_needs_no_prack() {
    for more in ["", "RSeq: 5\n", "Require: 100rel\n", "Require: 100rel\nRSeq: x\n"] {
        let mut lone = Lone::new();
        let invite = calling(&mut lone);
        lone.answers(&invite, 180, "a", more);
        assert!(lone.shown().is_empty(), "{more}");
        assert!(matches!(&lone.events()[..], [Event::Progressed { status: 180, .. }]), "{more}");
    }
}

/// Whatever the network does: the answer arrives, in one of the two, and nothing is left.
#[test]
fn early_answers_arrive_on_bad_networks() {
    for seed in 0..100 {
        let mut pair = Pair::new(seed).bad_network(0.2, 0.1, Duration::from_millis(100));
        let a = pair.call(1);
        let b = pair.until_invited();
        pair.command(Side::B, Command::Progress { leg: b, status: 180, answer: None });
        pair.command(Side::B, Command::Progress { leg: b, status: 183, answer: Some(Bytes::from_static(ANSWER)) });
        pair.until(Side::A, |event| matches!(event, Event::Progressed { answer: Some(_), .. }).then_some(()));
        pair.command(Side::B, Command::Accept { leg: b, answer: Bytes::from_static(ANSWER) });
        let answer = pair.until(Side::A, |event| match event {
            Event::Accepted { answer, .. } => Some(answer.clone()),
            _ => None,
        });
        assert_eq!(answer.as_deref(), Some(ANSWER), "seed {seed}");
        let why = crate::sip::Reason { status: 200, text: String::new() };
        pair.command(Side::A, Command::Hangup { leg: a, reason: why });
        pair.until_ended(Side::A, a);
        pair.until_ended(Side::B, b);
        pair.check_empty();
    }
}
