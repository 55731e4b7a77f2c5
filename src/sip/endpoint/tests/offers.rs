//! Offers within a call: hold, glare, late offers.

use std::time::Duration;

use bytes::Bytes;

use super::{Lone, Pair, Side};
use crate::base::LegId;
use crate::sip::{Command, Event, LegEnd};

fn bytes(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn up(pair: &mut Pair) -> (LegId, LegId) {
    let a = pair.call(1);
    let b = pair.until_invited();
    pair.command(Side::B, Command::Accept { leg: b, answer: bytes("answer") });
    pair.until(Side::B, |event| matches!(event, Event::Confirmed { .. }).then_some(()));
    (a, b)
}

#[test]
fn hold_and_resume_from_both_sides() {
    for seed in 0..20 {
        let mut pair = Pair::new(seed).bad_network(0.1, 0.1, Duration::from_millis(300));
        let (a, b) = up(&mut pair);
        for (who, leg, other) in [(Side::A, a, b), (Side::B, b, a), (Side::A, a, b)] {
            pair.events.clear();
            pair.command(who, Command::Offer { leg, offer: bytes("hold") });
            let offer = pair.until(who.other(), |event| match event {
                Event::Offered { offer, .. } => Some(offer.clone()),
                _ => None,
            });
            assert_eq!(offer, Some(bytes("hold")));
            pair.command(who.other(), Command::AnswerOffer { leg: other, answer: bytes("held") });
            let answer = pair.until(who, |event| match event {
                Event::OfferAnswered { answer, .. } => Some(answer.clone()),
                _ => None,
            });
            assert_eq!(answer, Some(bytes("held")));
            pair.run_for(Duration::from_secs(20));
        }
        assert!(!pair.events.iter().any(|(_, event)| matches!(event, Event::Ended { .. })), "seed {seed}");
    }
}

#[test]
fn a_refused_offer_changes_nothing() {
    let mut pair = Pair::new(1);
    let (a, b) = up(&mut pair);
    pair.command(Side::A, Command::Offer { leg: a, offer: bytes("video") });
    pair.until(Side::B, |event| matches!(event, Event::Offered { .. }).then_some(()));
    pair.command(Side::B, Command::RefuseOffer { leg: b, status: 488 });
    let status = pair.until(Side::A, |event| match event {
        Event::OfferRefused { status, .. } => Some(*status),
        _ => None,
    });
    assert_eq!(status, 488);
    pair.run_for(Duration::from_secs(60));
    assert!(!pair.events.iter().any(|(_, event)| matches!(event, Event::Ended { .. })));
}

#[test]
fn glare_ends_with_both_offers_answered() {
    for seed in 0..40 {
        let mut pair = Pair::new(seed);
        let (a, b) = up(&mut pair);
        pair.events.clear();
        pair.command(Side::A, Command::Offer { leg: a, offer: bytes("from a") });
        pair.command(Side::B, Command::Offer { leg: b, offer: bytes("from b") });
        let (mut answered, mut refused, mut looked_at) = (0, 0, 0);
        let end = pair.now + Duration::from_secs(30);
        loop {
            while let Some((side, event)) = pair.events.get(looked_at).cloned() {
                looked_at += 1;
                match event {
                    Event::Offered { leg, .. } => {
                        pair.command(side, Command::AnswerOffer { leg, answer: bytes("fine") });
                    }
                    Event::OfferAnswered { .. } => answered += 1,
                    Event::OfferRefused { status, .. } => {
                        assert_eq!(status, 491);
                        refused += 1;
                    }
                    other => panic!("seed {seed}: {other:?}"),
                }
            }
            if !pair.step(end) {
                break;
            }
        }
        assert_eq!(answered + refused, 2, "seed {seed}: each offer has one outcome");
        assert!(answered >= 1, "seed {seed}: the called side waits less, so one goes through");
        pair.check_invariants();
    }
}

#[test]
fn an_offer_before_the_ack_goes_out_after_it() {
    let mut pair = Pair::new(3);
    pair.drop_next.push((Side::B, "ACK", 1));
    pair.call(1);
    let b = pair.until_invited();
    pair.command(Side::B, Command::Accept { leg: b, answer: bytes("answer") });
    pair.command(Side::B, Command::Offer { leg: b, offer: bytes("moved") });
    let offer = pair.until(Side::A, |event| match event {
        Event::Offered { offer, .. } => Some(offer.clone()),
        _ => None,
    });
    assert_eq!(offer, Some(bytes("moved")));
    let order: Vec<&Event> = pair.events.iter().filter(|(side, _)| *side == Side::B).map(|(_, e)| e).collect();
    assert!(matches!(order.last(), Some(Event::Confirmed { .. })));
}

#[test]
fn the_peers_death_during_an_offer_ends_the_call() {
    let mut pair = Pair::new(4);
    let (a, _) = up(&mut pair);
    pair.loss = 1.0;
    pair.command(Side::A, Command::Offer { leg: a, offer: bytes("hold") });
    let LegEnd::Lost(reason) = pair.until_ended(Side::A, a) else { panic!("not lost") };
    assert_eq!(reason.status, 408);
}

#[test]
fn a_late_offer_is_answered_in_the_ack() {
    let mut lone = Lone::new();
    lone.request("INVITE", "sip:4000@carillon", "late", 1, "", "");
    let Some(Event::Invited(invited)) = lone.events().pop() else { panic!("no Invited") };
    assert_eq!(invited.offer, None);
    lone.sent();
    lone.command(Command::Accept { leg: invited.leg, answer: bytes("our offer") });
    let response = lone.sent_response();
    assert_eq!(response.body(), bytes("our offer"));
    let tag = response.to_tag().unwrap().to_owned();
    lone.request("ACK", "sip:x", "ack", 1, &tag, "Content-Type: application/sdp\n\ntheir answer");
    assert_eq!(lone.events(), [Event::Confirmed { leg: invited.leg, answer: Some(bytes("their answer")) }]);
}

#[test]
fn a_reinvite_without_body_asks_us_to_offer() {
    let mut lone = Lone::new();
    let (leg, tag) = lone.up();
    lone.request("INVITE", "sip:x", "re", 2, &tag, "");
    assert_eq!(lone.events(), [Event::Offered { leg, offer: None }]);
    lone.command(Command::AnswerOffer { leg, answer: bytes("our offer") });
    assert_eq!(lone.shown(), ["100", "200"]);
    lone.request("ACK", "sip:x", "re-ack", 2, &tag, "Content-Type: application/sdp\n\ntheirs");
    assert_eq!(lone.events(), [Event::OfferAnswered { leg, answer: Some(bytes("theirs")) }]);
}

#[test]
fn update_carries_an_offer_without_an_ack() {
    let mut lone = Lone::new();
    let (leg, tag) = lone.up();
    lone.request("UPDATE", "sip:x", "up1", 2, &tag, "Content-Type: application/sdp\n\nheld");
    assert_eq!(lone.events(), [Event::Offered { leg, offer: Some(bytes("held")) }]);
    lone.request("UPDATE", "sip:x", "up2", 3, &tag, "Content-Type: application/sdp\n\nagain");
    let refused = lone.sent_response();
    assert_eq!(refused.status, 500);
    assert!(refused.header(crate::sip::wire::Name::RetryAfter).is_some());
    lone.command(Command::AnswerOffer { leg, answer: bytes("fine") });
    assert_eq!(lone.shown(), ["200"]);
    lone.wait(Duration::from_secs(40));
    assert!(lone.events().is_empty() && lone.sent().is_empty(), "no ACK is waited for");
    lone.request("UPDATE", "sip:x", "up3", 4, &tag, "");
    assert_eq!(lone.shown(), ["200"]);
}

#[test]
fn an_invite_while_ours_is_open_is_491() {
    let mut lone = Lone::new();
    let (leg, tag) = lone.up();
    lone.command(Command::Offer { leg, offer: bytes("hold") });
    let (_, ours) = lone.sent_request();
    lone.request("INVITE", "sip:x", "glare", 2, &tag, "Content-Type: application/sdp\n\ntheirs");
    assert_eq!(lone.shown(), ["491"]);
    lone.request("ACK", "sip:x", "glare", 2, &tag, "");
    lone.answers(&ours, 491, "theirs", "");
    assert_eq!(lone.shown(), ["ACK"]);
    lone.wait(Duration::from_secs(2));
    assert_eq!(lone.shown().first().map(String::as_str), Some("INVITE"), "called, so within two seconds");
}

#[test]
fn a_cancelled_or_forgotten_reinvite_leaves_the_call_up() {
    let mut lone = Lone::new();
    let (leg, tag) = lone.up();
    lone.request("INVITE", "sip:x", "re", 2, &tag, "");
    lone.request("CANCEL", "sip:x", "re", 2, &tag, "");
    assert_eq!(lone.shown(), ["100", "200", "487"]);
    lone.request("ACK", "sip:x", "re", 2, &tag, "");
    lone.request("INVITE", "sip:x", "re2", 3, &tag, "");
    lone.events();
    lone.sent();
    lone.wait(Duration::from_secs(32));
    assert_eq!(lone.shown().first().map(String::as_str), Some("500"));
    assert!(lone.events().is_empty());
    lone.command(Command::AnswerOffer { leg, answer: bytes("too late") });
    assert_eq!(lone.counted().last(), Some(&super::super::Counter::LateCommand));
}
