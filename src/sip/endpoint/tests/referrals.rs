//! REFER and Replaces, in both roles (RFC 3515, RFC 3891).

use std::time::Duration;

use bytes::Bytes;

use super::Lone;
use super::phones::{Phone, invite_to, invite_to_trunk};
use crate::base::LegId;
use crate::sip::endpoint::Counter;
use crate::sip::wire::{Message, Method, Name, Request};
use crate::sip::{Command, Destination, Event, LegEnd, Reason, ReferTo, Referred, Target, Transport};

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn over() -> Reason {
    Reason { status: 200, text: "transferred".to_owned() }
}

/// A phone at a fixed address, rung by us and up: its leg, and a request of ours to it.
fn at_the_desk(lone: &mut Lone, leg: u64) -> Request {
    lone.command(Command::Invite(Box::new(invite_to_trunk(leg))));
    let (_, invite) = lone.sent_request();
    lone.answers(&invite, 200, &format!("desk{leg}"), "Contact: <sip:desk@192.0.2.10>\n");
    lone.shown();
    lone.events();
    invite
}

/// A request of the phone in the dialog that this INVITE of ours made.
fn says(lone: &mut Lone, invite: &Request, method: &str, cseq: u32, more: &str) {
    let (from, to) = (invite.to().to_string(), invite.from().to_string());
    let tag = format!("desk{}", if invite.to_tag().is_some() { "" } else { "9" });
    let source = lone.source;
    lone.says(&format!(
        "{method} sip:carillon@203.0.113.1 SIP/2.0\nVia: SIP/2.0/UDP {source};rport;branch=z9hG4bK{method}{cseq}\n\
         Max-Forwards: 70\nFrom: {from};tag={tag}\nTo: {to}\nCall-ID: {}\nCSeq: {cseq} {method}\n\
         Contact: <sip:desk@{source}>\n{more}",
        invite.call_id()
    ));
}

fn notified(lone: &mut Lone) -> (Request, String, String) {
    let notify = lone.requests().pop().expect("a NOTIFY");
    assert_eq!(notify.method, Method::Notify);
    let body = String::from_utf8(notify.body().to_vec()).unwrap();
    let state = notify.header(Name::SubscriptionState).unwrap().to_owned();
    (notify, state, body.trim().to_owned())
}

const REFER: &str = "Refer-To: <sip:+4930123@carillon>\nReferred-By: <sip:desk@carillon>\n";

#[test]
fn a_phone_moves_its_call_and_hears_how_it_goes_on() {
    let mut lone = Lone::new();
    let leg = LegId(9);
    let invite = at_the_desk(&mut lone, 9);
    says(&mut lone, &invite, "REFER", 101, REFER);
    let to = ReferTo { called: "+4930123".to_owned(), called_whole: None, leg: None };
    assert_eq!(lone.events(), [Event::Referred(Box::new(Referred { leg, to }))]);
    assert!(lone.sent().is_empty(), "until it is decided");
    lone.command(Command::Hangup { leg, reason: over() });
    lone.command(Command::AnswerRefer { leg, status: 202 });
    let sent: Vec<Message> = lone.sent().into_iter().map(|(_, bytes)| Message::parse(bytes).unwrap()).collect();
    let [Message::Response(accepted), Message::Request(trying)] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!((accepted.status, trying.body()), (202, Bytes::from_static(b"SIP/2.0 100 Trying\r\n")));
    assert_eq!(trying.header(Name::Event), Some("refer;id=101"));
    assert_eq!(trying.content_type().as_deref(), Some("message/sipfrag"));
    // One after the other, and the last status that waits counts.
    lone.command(Command::TellReferral { leg, status: 180 });
    lone.command(Command::TellReferral { leg, status: 200 });
    assert!(lone.sent().is_empty());
    lone.answers(trying, 200, "desk9", "");
    let (last, state, body) = notified(&mut lone);
    assert_eq!((state.as_str(), body.as_str()), ("terminated;reason=noresource", "SIP/2.0 200 OK"));
    lone.answers(&last, 200, "desk9", "");
    assert_eq!(lone.shown(), ["BYE"], "which has waited");
    // A second one finds nothing.
    lone.command(Command::TellReferral { leg, status: 200 });
    assert_eq!(lone.counted().last(), Some(&Counter::LateCommand));
}

#[test]
fn what_a_phone_may_ask() {
    let to = |called: &str, whole: Option<&str>| {
        Ok(ReferTo { called: called.to_owned(), called_whole: whole.map(str::to_owned), leg: None })
    };
    for (more, expected) in [
        ("Refer-To: <sip:bo@carillon>\n", to("bo", None)),
        ("r: sip:bo@elsewhere.example;x=y\n", to("bo", None)),
        ("Refer-To: <tel:+49-30-123>\n", to("+4930123", None)),
        ("Refer-To: <sip:123;phone-context=+4930@x>\n", to("123", Some("+4930123"))),
        ("Refer-To: <sip:bo@carillon;method=INVITE>\n", to("bo", None)),
        ("Refer-To: <sip:bo@carillon;method=BYE>\n", Err(603)),
        ("Refer-To: <sip:carillon>\n", Err(400)),
        ("Refer-To: <http://evil.example/>\n", Err(400)),
        ("Refer-To: nonsense\n", Err(400)),
        ("", Err(400)),
        ("Refer-To: <sip:bo@carillon?Replaces=nonsense>\n", Err(400)),
        ("Refer-To: <sip:bo@carillon?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>\n", Err(481)),
        ("Refer-To: <sip:a@x>\nRefer-To: <sip:b@x>\n", Err(400)),
    ] {
        let mut lone = Lone::new();
        let invite = at_the_desk(&mut lone, 9);
        says(&mut lone, &invite, "REFER", 101, more);
        let events = lone.events();
        let asked = match &events[..] {
            [Event::Referred(referred)] => Ok(referred.to.clone()),
            [] => Err(lone.sent_response().status),
            other => panic!("{other:?}"),
        };
        assert_eq!(asked, expected, "{more}");
    }
}

#[test]
fn an_attended_transfer_names_the_other_call() {
    let mut lone = Lone::new();
    let invite = at_the_desk(&mut lone, 9);
    let (leg, tag) = lone.up();
    let replaces = format!("call-1%3Bto-tag%3D{tag}%3Bfrom-tag%3Dtheirs");
    says(&mut lone, &invite, "REFER", 101, &format!("Refer-To: <sip:ana@x?Replaces={replaces}&Require=replaces>\n"));
    let events = lone.events();
    assert!(matches!(&events[..], [Event::Referred(referred)] if referred.to.leg == Some(leg)), "{events:?}");
}

#[test]
fn refusals_are_told_and_counted() {
    let mut lone = Lone::new();
    let leg = LegId(9);
    let invite = at_the_desk(&mut lone, 9);
    says(&mut lone, &invite, "REFER", 101, REFER);
    says(&mut lone, &invite, "REFER", 102, REFER);
    assert_eq!(lone.sent_response().status, 491, "one at a time");
    lone.command(Command::AnswerRefer { leg, status: 404 });
    assert_eq!(lone.sent_response().status, 404);
    assert_eq!(lone.counted(), [Counter::ReferRefused; 2]);
    // Nobody decides: 500. The phone hangs up first: 481.
    says(&mut lone, &invite, "REFER", 103, REFER);
    lone.wait(secs(91));
    assert_eq!(lone.shown(), ["500"]);
    says(&mut lone, &invite, "REFER", 104, REFER);
    says(&mut lone, &invite, "BYE", 105, "");
    assert_eq!(lone.shown(), ["200", "481"]);
    assert_eq!(lone.endpoint.load().legs, 0);
}

#[test]
fn trunks_and_strangers_move_nothing() {
    let mut lone = Lone::new();
    let (_, tag) = lone.up();
    lone.sent();
    lone.request("REFER", "sip:x", "in", 2, &tag, REFER);
    assert_eq!(lone.shown(), ["603"]);
    lone.request("REFER", "sip:x", "out", 2, "", REFER);
    assert_eq!(lone.shown(), ["403"]);
    lone.request(
        "INVITE",
        "sip:4000@carillon",
        "r",
        1,
        "",
        &format!("Replaces: call-1;to-tag={tag};from-tag=theirs\n"),
    );
    let refused = lone.counted().into_iter().filter(|counter| *counter == Counter::ReferRefused);
    assert_eq!(refused.count(), 2);
    assert_eq!(lone.shown(), ["482"], "the same call on another way");
    let mut lone = Lone::new();
    lone.request("INVITE", "sip:4000@carillon", "r", 1, "", "Replaces: a;to-tag=b;from-tag=c\n");
    assert_eq!((lone.shown(), lone.counted().contains(&Counter::ReplacesRefused)), (vec!["403".to_owned()], true));
    let to_trunk = Target::Trunk {
        trunk: "carrier".to_owned(),
        uri: "sip:1@192.0.2.10".to_owned(),
        destination: Destination { transport: Transport::Udp, addr: super::lone::TRUNK.parse().unwrap(), flow: None },
    };
    lone.command(Command::Invite(Box::new(invite_to(9, to_trunk))));
    let (_, invite) = lone.sent_request();
    lone.answers(&invite, 200, "desk9", "Contact: <sip:desk@192.0.2.10>\n");
    lone.shown();
    says(&mut lone, &invite, "REFER", 101, REFER);
    assert_eq!(lone.shown(), ["603"]);
}

#[test]
fn a_phone_that_hears_nothing_or_wants_to_hear_nothing() {
    let leg = LegId(9);
    for (more, answer) in [("", Some(481)), ("", Some(500)), ("", None), ("Refer-Sub: false\n", None)] {
        let mut lone = Lone::new();
        let invite = at_the_desk(&mut lone, 9);
        says(&mut lone, &invite, "REFER", 101, &format!("{REFER}{more}"));
        lone.command(Command::Hangup { leg, reason: over() });
        lone.command(Command::AnswerRefer { leg, status: 202 });
        if more.is_empty() {
            let (notify, ..) = notified(&mut lone);
            match answer {
                Some(status) => lone.answers(&notify, status, "desk9", ""),
                None => lone.wait(secs(33)),
            }
        } else {
            let sent = lone.sent_response();
            assert_eq!((sent.status, sent.other("Refer-Sub")), (202, Some("false")));
            lone.command(Command::TellReferral { leg, status: 200 });
        }
        assert_eq!(lone.shown().last().map(String::as_str), Some("BYE"), "{more} {answer:?}");
    }
    // And nobody tells it anything: the BYE does not wait for ever.
    let mut lone = Lone::new();
    let invite = at_the_desk(&mut lone, 9);
    says(&mut lone, &invite, "REFER", 101, REFER);
    lone.command(Command::AnswerRefer { leg, status: 202 });
    let (notify, ..) = notified(&mut lone);
    lone.answers(&notify, 200, "desk9", "");
    lone.command(Command::Hangup { leg, reason: over() });
    lone.wait(secs(89));
    assert!(lone.sent().is_empty());
    lone.wait(secs(2));
    assert_eq!(lone.shown().first().map(String::as_str), Some("BYE"));
}

/// A call of ours whose peer is asked to connect it elsewhere.
fn referring(lone: &mut Lone) -> (LegId, Request, Request) {
    let invite = at_the_desk(lone, 9);
    lone.command(Command::Refer { leg: LegId(9), to: "sip:+4930123@192.0.2.10".to_owned(), replaces: None });
    let (_, refer) = lone.sent_request();
    assert_eq!(refer.header(Name::ReferTo), Some("<sip:+4930123@192.0.2.10>"));
    assert!(refer.header(Name::ReferredBy).is_some() && refer.header(Name::Contact).is_some());
    (LegId(9), invite, refer)
}

#[test]
fn a_peer_that_connects_its_call_itself_is_followed() {
    let mut lone = Lone::new();
    let (leg, invite, refer) = referring(&mut lone);
    lone.answers(&refer, 202, "desk9", "");
    let mut cseq = 100;
    for (state, body, told) in [
        ("active;expires=60", "SIP/2.0 100 Trying\r\n", Some(100)),
        ("active", "SIP/2.0 180 Ringing\r\n", Some(180)),
        ("active", "nonsense", None),
        ("terminated;reason=noresource", "SIP/2.0 200 OK\r\n", Some(200)),
    ] {
        cseq += 1;
        let more = format!("Event: refer\nSubscription-State: {state}\nContent-Type: message/sipfrag\n\n{body}");
        says(&mut lone, &invite, "NOTIFY", cseq, &more);
        assert_eq!(lone.shown(), ["200"], "{body}");
        let told: Vec<Event> = told.into_iter().map(|status| Event::ReferProgressed { leg, status }).collect();
        assert_eq!(lone.events(), told, "{body}");
    }
    says(&mut lone, &invite, "NOTIFY", 200, "Event: refer\nSubscription-State: active\n");
    assert_eq!(lone.shown(), ["481"], "it is over");
}

#[test]
fn how_a_refer_of_ours_ends() {
    let notify = |state: &str, body: &str| {
        format!("Event: refer\nSubscription-State: {state}\nContent-Type: message/sipfrag;version=2.0\n\n{body}")
    };
    for (answer, then, status) in [
        (405, None, 405),
        (603, None, 603),
        (202, Some(notify("terminated;reason=noresource", "SIP/2.0 486 Busy Here\r\n")), 486),
        (202, Some(notify("terminated;reason=timeout", "SIP/2.0 100 Trying\r\n")), 487),
        (202, Some("BYE".to_owned()), 200),
        (202, None, 408),
    ] {
        let mut lone = Lone::new();
        let (leg, invite, refer) = referring(&mut lone);
        lone.answers(&refer, answer, "desk9", "");
        match then {
            Some(text) if text == "BYE" => says(&mut lone, &invite, "BYE", 101, ""),
            Some(text) => says(&mut lone, &invite, "NOTIFY", 101, &text),
            None => lone.wait(secs(91)),
        }
        let events = lone.events();
        assert_eq!(events.first(), Some(&Event::ReferProgressed { leg, status }), "{answer}: {events:?}");
        lone.wait(secs(200));
        let more = lone.events();
        assert!(!more.iter().any(|event| matches!(event, Event::ReferProgressed { .. })), "{answer}: told once");
    }
    let mut lone = Lone::new();
    let (leg, ..) = referring(&mut lone);
    lone.wait(secs(33));
    assert_eq!(lone.events(), [Event::ReferProgressed { leg, status: 408 }], "nobody answers");
    let mut lone = Lone::new();
    let (_, _, refer) = referring(&mut lone);
    lone.answers(&refer, 481, "desk9", "");
    assert_eq!(lone.shown(), ["BYE"], "there is no such dialog");
}

#[test]
fn a_phone_takes_the_place_of_a_leg() {
    let mut phone = Phone::new("ana", "secret");
    // The call to be replaced is another phone's.
    phone.lone.command(Command::Invite(Box::new(invite_to_trunk(9))));
    let (_, invite) = phone.lone.sent_request();
    phone.lone.answers(&invite, 200, "desk9", "Contact: <sip:desk@192.0.2.10>\n");
    phone.lone.shown();
    phone.lone.events();
    let (call_id, tag) = (invite.call_id().to_owned(), invite.from_tag().unwrap().to_owned());
    let contact = "Contact: <sip:ana@198.51.100.9:40000>\n";
    for (value, status) in [
        (format!("{call_id};to-tag={tag};from-tag=desk9"), 100),
        (format!("{call_id};to-tag={tag};from-tag=desk9;early-only"), 486),
        (format!("{call_id};to-tag=desk9;from-tag={tag}"), 481),
        ("nothing;to-tag=a;from-tag=b".to_owned(), 481),
        ("nonsense".to_owned(), 400),
    ] {
        let more = format!("{contact}Require: replaces\nReplaces: {value}\n");
        phone.challenged("INVITE", "sip:4000@carillon", &more);
        phone.lone.events();
        let response = phone.authorized("INVITE", "sip:4000@carillon", &more);
        assert_eq!(response.status, status, "{value}");
        let events = phone.lone.events();
        let replaces = events.iter().find_map(|event| match event {
            Event::Invited(invited) => Some(invited.replaces),
            _ => None,
        });
        assert_eq!(replaces, (status == 100).then_some(Some(LegId(9))), "{value}");
    }
}

#[test]
fn the_end_of_a_leg_is_told_once_whatever_is_asked() {
    let mut lone = Lone::new();
    let leg = LegId(9);
    let invite = at_the_desk(&mut lone, 9);
    says(&mut lone, &invite, "REFER", 101, REFER);
    lone.command(Command::AnswerRefer { leg, status: 202 });
    lone.command(Command::Hangup { leg, reason: over() });
    lone.events();
    says(&mut lone, &invite, "BYE", 102, "");
    assert_eq!(lone.events(), [Event::Ended { leg, end: LegEnd::Peer { reason: None } }]);
    lone.wait(secs(300));
    assert!(lone.events().is_empty() && lone.endpoint.load().transactions == 0);
}
