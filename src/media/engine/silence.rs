//! Who is taken for gone, who is only silent, and where reports go.

use std::net::SocketAddr;
use std::time::Duration;

use super::phones::{World, session, sounds};
use super::{Engine, Settings};
use crate::base::LegId;
use crate::media::outbox::Via;
use crate::media::{Codec, Command, Direction, Event, PlayId, Session, Sound};
use crate::rtp::is_rtcp;

fn play(leg: LegId, sound: &str, repeat: bool) -> Command {
    Command::Play { leg, play: PlayId(1), sounds: vec![Sound(sound.to_owned())], repeat }
}

fn deaf(leg: LegId) -> Command {
    Command::Hear { leg, from: Vec::new() }
}

/// Six minutes.
const LONG: u64 = 360_000;

fn lost(w: &World) -> usize {
    w.events.iter().filter(|event| matches!(event, Event::MediaLost { .. })).count()
}

/// A caller who stopped speaking, and an agent who speaks.
fn silent_caller() -> (World, LegId, LegId) {
    let mut w = World::new();
    let (a, b) = (w.phone(1, Codec::Pcmu, 440.0), w.phone(2, Codec::Pcmu, 1_000.0));
    w.bridge(a, b);
    w.run(1_000);
    w.phone_mut(a).talks = false;
    (w, a, b)
}

fn from_caller(w: &mut World, datagram: &[u8]) {
    w.engine.rtp(w.now, 20_002, "10.0.0.1:4000".parse().unwrap(), datagram, &mut w.out);
    w.deliver();
}

#[test]
fn a_silent_peer_is_reported_once_and_a_report_is_a_sign_of_life() {
    let (mut w, a, _) = silent_caller();
    w.run(29_000);
    assert_eq!(lost(&w), 0);
    w.engine.rtcp(w.now, 20_002, "10.0.0.1:4001".parse().unwrap(), &[0x80, 201, 0, 1, 0, 0, 0, 1]);
    w.run(29_000);
    assert_eq!(lost(&w), 0);
    w.run(60_000);
    assert_eq!(lost(&w), 1);
    let hold = Session { direction: Direction::SendOnly, ..session(Codec::Pcmu, "10.0.0.1:4000".parse().unwrap()) };
    w.command(Command::Update { leg: a, session: hold });
    w.run(120_000);
    assert_eq!(lost(&w), 1, "on hold nothing is expected");
    let reports = w.phone_mut(a).reports;
    assert!((40..=56).contains(&reports), "{reports} in four minutes");
}

#[test]
fn every_sign_of_life_counts() {
    let rtp = |payload_type: u8, payload: &[u8]| {
        let header = crate::rtp::Header { payload_type, sequence: 9, timestamp: 9, ssrc: 9, marker: false };
        [&header.to_bytes()[..], payload].concat()
    };
    // A binding indication (RFC 8489).
    let stun = [&[0, 0x11, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[7; 12]].concat();
    for (what, datagram) in [
        ("comfort noise", rtp(13, &[60])),
        ("comfort noise of old", rtp(19, &[60])),
        ("a payload type of nobody", rtp(127, &[])),
        ("no payload", rtp(0, &[])),
        ("nothing at all", Vec::new()),
        ("a binding indication", stun),
    ] {
        let (mut w, a, _) = silent_caller();
        for _ in 0..8 {
            w.run(15_000);
            from_caller(&mut w, &datagram);
        }
        assert_eq!(lost(&w), 0, "{what}");
        w.run(31_000);
        assert_eq!(lost(&w), 1, "{what}, and then no more");
        assert_eq!(w.close(a).refused, 0, "{what}");
    }
    let (mut w, ..) = silent_caller();
    for _ in 0..3 {
        w.run(15_000);
        w.engine.rtp(w.now, 20_002, "66.6.6.6:4000".parse().unwrap(), &[], &mut w.out);
    }
    assert_eq!(lost(&w), 1, "nobody else's counts");
}

#[test]
fn who_listens_waits_or_holds_may_be_silent() {
    let remote = || session(Codec::Pcmu, "10.0.0.1:4000".parse().unwrap());
    let with = |direction| Session { direction, ..remote() };
    let update = |session| move |leg| vec![Command::Update { leg, session }];
    type Commands = Box<dyn FnOnce(LegId) -> Vec<Command>>;
    let cases: Vec<(&str, Commands)> = vec![
        ("music", Box::new(|leg| vec![deaf(leg), play(leg, "music/hold", true)])),
        ("music over a bridge", Box::new(|leg| vec![play(leg, "music/hold", true)])),
        ("a menu that is over", Box::new(|leg| vec![deaf(leg), play(leg, "en/welcome", false)])),
        ("nothing", Box::new(|leg| vec![deaf(leg)])),
        ("we may only send", Box::new(update(with(Direction::SendOnly)))),
        ("on hold by the peer", Box::new(update(with(Direction::RecvOnly)))),
        ("inactive", Box::new(update(with(Direction::Inactive)))),
        ("a null address", Box::new(update(Session { remote: None, ..with(Direction::RecvOnly) }))),
    ];
    for (what, commands) in cases {
        let (mut w, a, b) = silent_caller();
        for command in commands(a) {
            w.command(command);
        }
        w.run(LONG);
        assert_eq!(lost(&w), 0, "{what}");
        // In a conversation again there is the whole time again.
        w.command(Command::Update { leg: a, session: remote() });
        w.bridge(a, b);
        w.run(29_000);
        assert_eq!(lost(&w), 0, "{what}");
        w.run(2_000);
        assert_eq!(lost(&w), 1, "{what}");
    }
}

#[test]
fn the_limit_may_be_another_or_none() {
    for (limit, at_40_s) in [(None, 0), (Some(Duration::from_secs(60)), 0), (Some(Duration::from_secs(5)), 1)] {
        let (mut w, a, b) = (World::new(), LegId(1), LegId(2));
        w.engine = Engine::new(Settings { media_timeout: limit, ..Settings::default() }, sounds(), 1);
        w.phone(1, Codec::Pcmu, 440.0);
        w.phone(2, Codec::Pcmu, 440.0);
        w.bridge(a, b);
        w.phone_mut(a).talks = false;
        w.run(40_000);
        assert_eq!(lost(&w), at_40_s, "{limit:?}");
    }
}

#[test]
fn reports_go_where_the_peer_wants_them() {
    let mut w = World::new();
    let a = w.phone(1, Codec::Pcmu, 440.0);
    w.run(1_000);
    let named = |rtcp: Option<&str>, rtcp_mux| Session {
        rtcp: rtcp.map(|to| to.parse().unwrap()),
        rtcp_mux,
        ..session(Codec::Pcmu, "10.0.0.1:4000".parse().unwrap())
    };
    let to = |w: &mut World, session: Session| -> Vec<SocketAddr> {
        w.command(Command::Update { leg: a, session });
        let mut all = Vec::new();
        for _ in 0..500 {
            w.now = w.now + Duration::from_millis(20);
            w.engine.handle_timeout(w.now, &mut w.out);
            for (via, packet) in w.out.packets() {
                match via {
                    Via::Rtp { to, .. } | Via::Rtcp { to, .. } if is_rtcp(packet) => all.push(to),
                    _ => {}
                }
            }
            w.out.clear_packets();
        }
        all.dedup();
        all
    };
    let address = |text: &str| vec![text.parse::<SocketAddr>().unwrap()];
    assert_eq!(to(&mut w, named(None, false)), address("10.0.0.1:4001"));
    assert_eq!(to(&mut w, named(Some("10.0.0.1:5555"), false)), address("10.0.0.1:5555"));
    assert_eq!(to(&mut w, named(None, true)), address("10.0.0.1:4000"));
    // Whoever reports from elsewhere is answered there.
    w.engine.rtcp(w.now, 20_002, "10.0.0.1:6001".parse().unwrap(), &[0x80, 201, 0, 1, 0, 0, 0, 1]);
    assert_eq!(to(&mut w, named(None, false)), address("10.0.0.1:6001"));
    assert_eq!(to(&mut w, named(Some("10.0.0.1:5555"), false)), address("10.0.0.1:5555"));
}

#[test]
fn a_key_under_the_number_that_we_offered_is_heard_too() {
    let mut w = World::new();
    let a = w.phone(1, Codec::Pcmu, 440.0);
    let session = Session { event_payload_type: Some(96), ..session(Codec::Pcmu, "10.0.0.1:4000".parse().unwrap()) };
    w.command(Command::Update { leg: a, session });
    assert!(w.phone_mut(a).keys.push("7"));
    w.run(500);
    assert_eq!(w.digits(a), "7");
}
