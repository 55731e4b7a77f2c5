//! Calls between two endpoints, on good networks and bad ones.

use std::time::Duration;

use bytes::Bytes;

use super::{Pair, SDP, Side};
use crate::base::LegId;
use crate::sip::{Command, Event, LegEnd, Origin, Reason};

fn ok() -> Reason {
    Reason { status: 200, text: "bye".to_owned() }
}

fn accept(pair: &mut Pair, leg: LegId) {
    pair.command(Side::B, Command::Accept { leg, answer: Bytes::from_static(b"v=1") });
}

/// A calls, B rings and answers, both are up: A's leg and B's.
fn up(pair: &mut Pair) -> (LegId, LegId) {
    let a = pair.call(1);
    let b = pair.until_invited();
    pair.command(Side::B, Command::Progress { leg: b, status: 180, answer: None });
    accept(pair, b);
    pair.until(Side::A, |event| matches!(event, Event::Accepted { leg, .. } if *leg == a).then_some(()));
    pair.until(Side::B, |event| matches!(event, Event::Confirmed { leg, .. } if *leg == b).then_some(()));
    (a, b)
}

#[test]
fn a_call_tells_both_sides_what_happens_in_order() {
    let mut pair = Pair::new(1);
    let (a, b) = up(&mut pair);
    pair.command(Side::A, Command::Hangup { leg: a, reason: ok() });
    pair.until_ended(Side::A, a);
    let of = |side: Side| pair.events.iter().filter(|(s, _)| *s == side).map(|(_, e)| e.clone()).collect::<Vec<_>>();
    assert_eq!(
        of(Side::A),
        [
            Event::Progressed { leg: a, status: 180, answer: None },
            Event::Accepted { leg: a, answer: Some(Bytes::from_static(b"v=1")) },
            Event::Ended { leg: a, end: LegEnd::Local },
        ]
    );
    let theirs = of(Side::B);
    let Some(Event::Invited(invited)) = theirs.first() else { panic!("{theirs:?}") };
    assert_eq!(invited.origin, Origin::Trunk("peer".to_owned()));
    assert_eq!((invited.caller.name.as_str(), invited.caller.user.as_str()), ("Li", "+8613800138000"));
    assert_eq!((invited.called.as_str(), invited.offer.as_deref()), ("4000", Some(SDP)));
    assert_eq!(
        theirs.get(1..).unwrap(),
        [Event::Confirmed { leg: b, answer: None }, Event::Ended { leg: b, end: LegEnd::Peer { reason: Some(ok()) } },]
    );
    pair.check_empty();
}

#[test]
fn either_side_may_hang_up_also_both_at_once() {
    for who in [vec![Side::A], vec![Side::B], vec![Side::A, Side::B]] {
        let mut pair = Pair::new(2);
        let (a, b) = up(&mut pair);
        for side in &who {
            let leg = if *side == Side::A { a } else { b };
            pair.command(*side, Command::Hangup { leg, reason: ok() });
        }
        pair.until_ended(Side::A, a);
        pair.until_ended(Side::B, b);
        pair.check_empty();
    }
}

#[test]
fn a_refusal_reaches_the_caller_with_its_reason() {
    let mut pair = Pair::new(3);
    let a = pair.call(1);
    let b = pair.until_invited();
    let busy = Reason { status: 486, text: "Busy Here".to_owned() };
    pair.command(Side::B, Command::Refuse { leg: b, reason: busy.clone(), retry_after_s: None });
    assert_eq!(pair.until_ended(Side::A, a), LegEnd::Refused(busy));
    assert_eq!(pair.until_ended(Side::B, b), LegEnd::Local);
    pair.check_empty();
}

#[test]
fn hangup_before_the_answer_cancels() {
    let mut pair = Pair::new(4);
    let a = pair.call(1);
    let b = pair.until_invited();
    pair.run_for(Duration::from_secs(1));
    let elsewhere = Reason { status: 200, text: "Call completed elsewhere".to_owned() };
    pair.command(Side::A, Command::Hangup { leg: a, reason: elsewhere.clone() });
    assert_eq!(pair.until_ended(Side::B, b), LegEnd::Peer { reason: Some(elsewhere) });
    assert_eq!(pair.until_ended(Side::A, a), LegEnd::Local);
    pair.check_empty();
}

#[test]
fn hangup_before_any_response_waits_with_the_cancel() {
    let mut pair = Pair::new(5);
    pair.drop_next.push((Side::B, "INVITE", 2));
    let a = pair.call(1);
    pair.command(Side::A, Command::Hangup { leg: a, reason: ok() });
    let b = pair.until_invited();
    assert!(matches!(pair.until_ended(Side::B, b), LegEnd::Peer { .. }));
    assert_eq!(pair.until_ended(Side::A, a), LegEnd::Local);
    pair.check_empty();
}

#[test]
fn an_answer_that_crosses_the_cancel_is_ended_by_bye() {
    for seed in 0..50 {
        let mut pair = Pair::new(seed);
        let a = pair.call(1);
        let b = pair.until_invited();
        pair.run_for(Duration::from_millis(200));
        accept(&mut pair, b);
        pair.command(Side::A, Command::Hangup { leg: a, reason: ok() });
        assert_eq!(pair.until_ended(Side::A, a), LegEnd::Crossed);
        assert!(matches!(pair.until_ended(Side::B, b), LegEnd::Peer { .. }), "seed {seed}");
        pair.check_empty();
    }
}

#[test]
fn nobody_there_is_lost_after_64_t1() {
    let mut pair = Pair::new(6);
    pair.loss = 1.0;
    let start = pair.now;
    let a = pair.call(1);
    let LegEnd::Lost(reason) = pair.until_ended(Side::A, a) else { panic!("not lost") };
    assert_eq!((reason.status, pair.now.since(start)), (408, Duration::from_secs(32)));
    pair.check_empty();
}

#[test]
fn ringing_too_long_is_given_up() {
    let mut pair = Pair::new(7);
    let start = pair.now;
    let a = pair.call(1);
    let b = pair.until_invited();
    pair.command(Side::B, Command::Progress { leg: b, status: 180, answer: None });
    let LegEnd::Lost(reason) = pair.until_ended(Side::A, a) else { panic!("not lost") };
    assert_eq!(reason.status, 408);
    assert_eq!(pair.now.since(start).as_secs(), 60);
    assert!(matches!(pair.until_ended(Side::B, b), LegEnd::Peer { .. }));
    pair.check_empty();
}

#[test]
fn a_lost_ack_is_repeated() {
    let mut pair = Pair::new(8);
    pair.drop_next.push((Side::B, "ACK", 3));
    let (a, _) = up(&mut pair);
    pair.command(Side::A, Command::Hangup { leg: a, reason: ok() });
    pair.until_ended(Side::A, a);
    pair.check_empty();
}

#[test]
fn no_ack_at_all_ends_the_call_by_bye() {
    let mut pair = Pair::new(9);
    pair.drop_next.push((Side::B, "ACK", 1_000));
    let a = pair.call(1);
    let b = pair.until_invited();
    accept(&mut pair, b);
    let LegEnd::Lost(reason) = pair.until_ended(Side::B, b) else { panic!("not lost") };
    assert_eq!(reason.status, 408);
    assert!(matches!(pair.until_ended(Side::A, a), LegEnd::Peer { .. }));
    pair.check_empty();
}

#[test]
fn hangup_between_answer_and_ack_waits_for_the_ack() {
    let mut pair = Pair::new(10);
    pair.drop_next.push((Side::B, "ACK", 2));
    let a = pair.call(1);
    let b = pair.until_invited();
    accept(&mut pair, b);
    pair.command(Side::B, Command::Hangup { leg: b, reason: ok() });
    assert_eq!(pair.until_ended(Side::B, b), LegEnd::Local);
    assert!(matches!(pair.until_ended(Side::A, a), LegEnd::Peer { .. }));
    pair.check_empty();
}

/// The table of losses: calls set up and ended right, never two of one.
#[test]
fn bad_networks_make_no_twins_and_no_orphans() {
    for (loss, least) in [(0.0, 200), (0.1, 200), (0.2, 194), (0.3, 190)] {
        let mut good = 0;
        for seed in 0..200 {
            if whole_call(seed, loss) {
                good += 1;
            }
        }
        assert!(good >= least, "{good} of 200 at {loss}");
    }
}

/// One call on a bad network; says whether both sides came up and A's hang-up ended it.
fn whole_call(seed: u64, loss: f64) -> bool {
    let mut pair = Pair::new(seed).bad_network(loss, 0.1, Duration::from_millis(700));
    let a = pair.call(1);
    let mut answered = false;
    let mut hung_up = false;
    let end = pair.now + Duration::from_secs(120);
    let mut looked_at = 0;
    loop {
        while let Some((side, event)) = pair.events.get(looked_at).cloned() {
            looked_at += 1;
            match (side, event) {
                (Side::B, Event::Invited(invited)) => {
                    pair.command(Side::B, Command::Progress { leg: invited.leg, status: 180, answer: None });
                    accept(&mut pair, invited.leg);
                }
                (Side::A, Event::Accepted { .. }) => answered = true,
                (Side::B, Event::Confirmed { .. }) if answered && !hung_up => {
                    hung_up = true;
                    pair.command(Side::A, Command::Hangup { leg: a, reason: ok() });
                }
                _ => {}
            }
        }
        if !pair.step(end) {
            break;
        }
    }
    let count = |wanted: fn(&Event) -> bool| pair.events.iter().filter(|(_, event)| wanted(event)).count();
    assert!(count(|event| matches!(event, Event::Invited(_))) <= 1, "seed {seed}: twins");
    let invited = count(|event| matches!(event, Event::Invited(_)));
    assert_eq!(count(|event| matches!(event, Event::Ended { .. })), 1 + invited, "seed {seed}: {:#?}", pair.events);
    pair.check_empty();
    answered && hung_up
}
