//! Session timers (RFC 4028), in both roles and over several refreshes.

use std::time::Duration;

use bytes::Bytes;

use super::phones::invite_to_trunk;
use super::{Lone, Pair, SDP, Side};
use crate::base::LegId;
use crate::sip::endpoint::{SessionTimers, Settings};
use crate::sip::wire::{Method, Name, Request};
use crate::sip::{Command, Event, LegEnd};

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn brief(expires_s: u32) -> Settings {
    Settings { session: SessionTimers { expires_s, least_s: 90 }, ..Settings::default() }
}

/// Our answer to an INVITE with these headers: `Session-Expires` and whether a timer is required.
fn answered(lone: &mut Lone, more: &str) -> (String, Option<String>, bool) {
    lone.request(
        "INVITE",
        "sip:4000@carillon",
        "first",
        1,
        "",
        &format!("{more}Content-Type: application/sdp\n\nv=0\n"),
    );
    let Some(Event::Invited(invited)) = lone.events().pop() else { panic!("no Invited") };
    lone.sent();
    lone.command(Command::Accept { leg: invited.leg, answer: Bytes::from_static(SDP) });
    let ok = lone.sent_response();
    let tag = ok.to_tag().unwrap().to_owned();
    lone.request("ACK", "sip:carillon@203.0.113.1", "ack", 1, &tag, "");
    lone.events();
    (tag, ok.header(Name::SessionExpires).map(str::to_owned), ok.requires("timer"))
}

/// A call of ours to the trunk that is taken with these headers.
fn called(lone: &mut Lone, more: &str) -> LegId {
    lone.command(Command::Invite(Box::new(invite_to_trunk(9))));
    let (_, invite) = lone.sent_request();
    lone.answers(&invite, 200, "theirs", &format!("Contact: <sip:b@192.0.2.10>\n{more}"));
    lone.sent();
    lone.events();
    LegId(9)
}

fn next(lone: &mut Lone, within: u64) -> Request {
    for _ in 0..within {
        lone.wait(secs(1));
        let sent = lone.requests();
        if let Some(request) = sent.into_iter().next() {
            return request;
        }
    }
    panic!("nothing within {within} s")
}

#[test]
fn a_caller_is_granted_what_both_can_bear() {
    for (more, granted, required) in [
        ("", None, false),
        ("Supported: timer\n", Some("1800;refresher=uas"), false),
        ("Supported: 100rel, timer\nSession-Expires: 600\n", Some("600;refresher=uas"), false),
        ("Supported: timer\nSession-Expires: 600;refresher=uac\n", Some("600;refresher=uac"), true),
        ("Supported: timer\nSession-Expires: 600;refresher=uas\n", Some("600;refresher=uas"), false),
        ("k: timer\nx: 7200;refresher=uac\n", Some("1800;refresher=uac"), true),
        ("Supported: timer\nSession-Expires: 7200\nMin-SE: 3600\n", Some("3600;refresher=uas"), false),
        ("Session-Expires: 600\n", Some("600;refresher=uas"), false),
        ("Session-Expires: 600;refresher=uac\n", Some("600;refresher=uas"), false),
        ("Session-Expires: 30\n", None, false),
        ("Supported: timer\nSession-Expires: soon\n", Some("1800;refresher=uas"), false),
    ] {
        let mut lone = Lone::new();
        let (_, expires, requires) = answered(&mut lone, more);
        assert_eq!((expires.as_deref(), requires), (granted, required), "{more}");
    }
}

#[test]
fn too_short_a_session_is_422_everywhere() {
    let mut lone = Lone::new();
    let short = "Supported: timer\nSession-Expires: 89\n";
    lone.request("INVITE", "sip:4000@carillon", "first", 1, "", short);
    let refused = lone.sent_response();
    assert_eq!((refused.status, refused.min_se()), (422, Some(90)));
    assert_eq!(lone.endpoint.load().legs, 0);
    let (tag, ..) = answered(&mut lone, "Supported: timer\n");
    for (cseq, method) in [(2, "INVITE"), (3, "UPDATE")] {
        lone.request(method, "sip:x", method, cseq, &tag, short);
        let refused = lone.sent_response();
        assert_eq!((refused.status, refused.min_se()), (422, Some(90)), "{method}");
    }
}

#[test]
fn we_refresh_by_update_where_it_is_taken_and_else_by_the_offer_in_force() {
    let mut lone = Lone::new();
    let leg = called(&mut lone, "Allow: INVITE, UPDATE\nSession-Expires: 200;refresher=uac\n");
    for nth in 0..3 {
        let update = next(&mut lone, 101);
        assert_eq!((update.method.clone(), update.body().len()), (Method::Update, 0), "refresh {nth}");
        assert_eq!(update.header(Name::SessionExpires), Some("1800;refresher=uac"));
        lone.answers(&update, 200, "theirs", "Session-Expires: 200;refresher=uac\n");
    }
    // It does not take it after all.
    let update = next(&mut lone, 101);
    lone.answers(&update, 405, "theirs", "Allow: INVITE\n");
    assert_eq!(lone.events(), [Event::RefreshDue { leg }]);
    for _ in 0..3 {
        lone.command(Command::Offer { leg, offer: Bytes::from_static(b"same") });
        let (_, invite) = lone.sent_request();
        assert_eq!((invite.method.clone(), invite.body()), (Method::Invite, Bytes::from_static(b"same")));
        assert_eq!(invite.header(Name::SessionExpires), Some("1800;refresher=uac"));
        lone.answers(&invite, 200, "theirs", "Contact: <sip:b@192.0.2.10>\nSession-Expires: 200;refresher=uac\n");
        assert_eq!(lone.shown(), ["ACK"]);
        lone.wait(secs(101));
        assert!(lone.events().contains(&Event::RefreshDue { leg }));
    }
}

#[test]
fn a_refresh_that_is_refused_is_tried_until_the_time_is_over() {
    let mut lone = Lone::new();
    called(&mut lone, "Allow: INVITE, UPDATE\nSession-Expires: 400;refresher=uac\n");
    for _ in 0..2 {
        let update = next(&mut lone, 201);
        lone.answers(&update, 500, "theirs", "");
    }
    let bye = next(&mut lone, 101);
    assert_eq!((bye.method.clone(), bye.reasons()[0].cause), (Method::Bye, Some(408)));

    let mut lone = Lone::new();
    called(&mut lone, "Allow: INVITE, UPDATE\nSession-Expires: 400;refresher=uac\n");
    let update = next(&mut lone, 201);
    lone.answers(&update, 481, "theirs", "");
    assert_eq!(lone.shown(), ["BYE"]);
}

#[test]
fn a_peer_that_wants_longer_sessions_gets_them() {
    let mut lone = Lone::with(brief(100));
    lone.command(Command::Invite(Box::new(invite_to_trunk(9))));
    let (_, invite) = lone.sent_request();
    assert_eq!(invite.header(Name::SessionExpires), Some("100;refresher=uac"));
    lone.answers(&invite, 422, "theirs", "Min-SE: 500\n");
    let (_, again) = lone.sent_request();
    assert_eq!((again.header(Name::SessionExpires), again.min_se()), (Some("500;refresher=uac"), Some(500)));
    lone.answers(&again, 422, "theirs", "Min-SE: 500\n");
    assert!(matches!(&lone.events()[..], [Event::Ended { end: LegEnd::Refused(why), .. }] if why.status == 422));
}

#[test]
fn without_a_timer_nothing_is_refreshed() {
    let mut lone = Lone::with(brief(0));
    lone.command(Command::Invite(Box::new(invite_to_trunk(9))));
    assert_eq!(lone.sent_request().1.header(Name::SessionExpires), None);
    let mut lone = Lone::new();
    called(&mut lone, "Allow: INVITE, UPDATE\n");
    lone.wait(secs(100_000));
    assert!(lone.sent().is_empty() && lone.events().is_empty());
}

#[test]
fn who_refreshes_no_more_is_gone() {
    let mut lone = Lone::new();
    let (tag, ..) = answered(&mut lone, "Supported: timer\nSession-Expires: 300;refresher=uac\n");
    for cseq in 2..5 {
        lone.wait(secs(150));
        let more = "Supported: timer\nSession-Expires: 300;refresher=uac\n";
        lone.request("UPDATE", "sip:x", &format!("u{cseq}"), cseq, &tag, more);
        let ok = lone.sent_response();
        assert_eq!((ok.status, ok.header(Name::SessionExpires)), (200, Some("300;refresher=uac")));
    }
    lone.wait(secs(267));
    assert!(lone.sent().is_empty());
    lone.wait(secs(2));
    let (_, bye) = lone.sent_request();
    assert_eq!((bye.method.clone(), bye.reasons()[0].cause), (Method::Bye, Some(408)));
}

#[test]
fn two_of_us_keep_a_call_up_for_hours_and_notice_the_others_death() {
    for seed in 0..10 {
        let mut pair = Pair::new(seed).bad_network(0.1, 0.1, Duration::from_millis(300));
        let a = pair.call(1);
        let b = pair.until_invited();
        pair.command(Side::B, Command::Accept { leg: b, answer: Bytes::from_static(SDP) });
        pair.until(Side::B, |event| matches!(event, Event::Confirmed { .. }).then_some(()));
        pair.run_for(secs(4 * 3_600));
        assert!(!pair.events.iter().any(|(_, event)| matches!(event, Event::Ended { .. })), "seed {seed}");
        pair.loss = 1.0;
        pair.run_for(secs(1_900));
        for (side, leg) in [(Side::A, a), (Side::B, b)] {
            let LegEnd::Lost(why) = pair.until_ended(side, leg) else { panic!("seed {seed}: not lost") };
            assert_eq!(why.status, 408);
        }
    }
}
