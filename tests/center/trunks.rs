//! Calls out: the trunk that works carries them.

use std::net::SocketAddr;
use std::time::Duration;

use carillon::center::desk::{CallState, CommandOutcome as Reply, DeskCommand};
use carillon::center::{Input, NumberLimits, NumberRule};
use carillon::crm::{Interaction, Outcome};
use carillon::sip::{Destination, Transport, Trunk, TrunkState, TrunkTrouble};
use serde_json::{Value, json};

use crate::desks::Person;
use crate::network::Quality;
use crate::phone::{Act, Habit};
use crate::scenery::OUTSIDE;
use crate::world::World;

const BACKUP: &str = "203.0.113.253:5060";
const PATIENT: Duration = Duration::from_secs(3_600);
const ANSWERS: Habit = Habit::Answer { after: Duration::from_secs(2), talk: None };

const DIAL: &str = r#"
title = "Out"
start = "in"
[step.in]
do = "answer"
next = "out"
[step.out]
do = "dial"
target = "+8613800138055"
ring = "20s"
next = "bye"
[step.bye]
do = "hangup"
"#;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The provider's trunk, and another to fall back on, which takes calls to China and Germany.
fn with_backup(first: Habit) -> World {
    let mut world = World::new(7, &[("ana", 5, 0)], Person::Absent, Quality::GOOD);
    world.reconfigure(|center| {
        center.trunks[0].fallback = vec!["backup".to_owned()];
        center.trunks.push(Trunk {
            name: "backup".to_owned(),
            destination: Some(Destination { transport: Transport::Udp, addr: BACKUP.parse().unwrap(), flow: None }),
            prefixes: vec!["+86".to_owned(), "+49".to_owned()],
            ..Trunk::default()
        });
    });
    world.everybody_ready(Transport::Udp, ANSWERS);
    world.far_end(OUTSIDE, first);
    world.far_end(BACKUP, ANSWERS);
    world
}

/// Ana is busy, somebody asks to be called back to `number`, and Ana calls.
fn calls_back(world: &mut World, number: &str) {
    world.call("13800138000", "4000", PATIENT);
    world.run(secs(5));
    let caller = world.call("13800138001", "4000", PATIENT);
    world.run(secs(2));
    for digit in format!("12{number}#1").chars() {
        world.press(caller, digit);
        world.run(Duration::from_millis(200));
    }
    world.run(secs(3));
    assert_eq!(world.store.call_backs.len(), 1);
    assert_eq!(world.command("ana", DeskCommand::HangUp { interaction: None }), Reply::Done);
    let interaction = world.desk("ana").wrap_up.expect("wrap-up");
    let (disposition, notes) = (Some("solved".to_owned()), String::new());
    world.command("ana", DeskCommand::WrapUpSave { interaction, disposition, notes, done: true });
}

/// The call back, with its events.
fn made(world: &World) -> (Interaction, Vec<(String, Value)>) {
    let row = world.store.interactions.values().find(|row| row.linked.is_some()).expect("a call back").clone();
    let events = world.store.events[&row.id].iter().map(|event| (event.kind.clone(), event.detail.clone()));
    (row, events.collect())
}

fn of_kind(events: &[(String, Value)], kind: &str) -> Vec<Value> {
    events.iter().filter(|(known, _)| known == kind).map(|(_, detail)| detail.clone()).collect()
}

fn talks(world: &World) -> bool {
    matches!(world.desk("ana").call, Some((_, CallState::Talking)))
}

#[test]
fn where_a_trunk_does_not_work_the_next_one_carries_the_call() {
    for status in [408, 500, 502, 503, 504, 401, 407] {
        let mut world = with_backup(Habit::Refuse(status));
        calls_back(&mut world, "13800138055");
        world.run_until(secs(10), "they talk", talks);
        let (_, events) = made(&world);
        assert_eq!(of_kind(&events, "call_back.dialled")[0]["trunk"], "provider");
        let failed = of_kind(&events, "trunk.failed");
        assert_eq!(failed, [json!({ "trunk": "provider", "status": status, "text": "As told", "next": "backup" })]);
        world.wind_down();
        assert_eq!(made(&world).0.outcome, Some(Outcome::Handled), "{status}");
    }
}

#[test]
fn a_trunk_that_says_nothing_costs_half_a_second_once() {
    let mut world = with_backup(ANSWERS);
    world.run(secs(40));
    world.act(OUTSIDE.parse().unwrap(), Act::Vanish);
    calls_back(&mut world, "13800138055");
    world.run_until(secs(5), "ana calls", |world| matches!(world.desk("ana").call, Some((_, CallState::Connecting))));
    world.run_until(secs(8), "they talk", talks);
    let (row, events) = made(&world);
    let failed = of_kind(&events, "trunk.failed");
    assert_eq!((&failed[0]["status"], &failed[0]["text"]), (&json!(503), &json!("no response")));
    let at = |kind: &str| world.store.events[&row.id].iter().find(|event| event.kind == kind).unwrap().at;
    assert_eq!(at("trunk.failed").since(at("call_back.dialled")), Duration::from_millis(500));
    let states = states(&world);
    assert_ne!(states[1], TrunkState::Up, "the dead one is known");
    assert_eq!(states[0], TrunkState::Up);
    world.wind_down();
}

/// Of `backup` and `provider`.
fn states(world: &World) -> Vec<TrunkState> {
    world.center.trunks(world.now).iter().map(|trunk| trunk.state).collect()
}

#[test]
fn a_trunk_that_is_known_to_be_dead_costs_nothing_and_is_used_again_when_it_answers() {
    let mut world = with_backup(ANSWERS);
    let provider: SocketAddr = OUTSIDE.parse().unwrap();
    world.run(secs(70));
    assert_eq!(states(&world), [TrunkState::Up; 2]);
    world.act(provider, Act::Vanish);
    world.run_until(secs(40), "the provider is given up", |world| states(world)[1] == TrunkState::Down);
    calls_back(&mut world, "13800138055");
    world.run_until(secs(10), "they talk", talks);
    let (_, events) = made(&world);
    assert_eq!(of_kind(&events, "call_back.dialled")[0]["trunk"], "backup");
    assert!(of_kind(&events, "trunk.failed").is_empty(), "nobody waited for the dead one");
    world.act(provider, Act::Return);
    world.run_until(secs(65), "the provider is back", |world| states(world)[1] == TrunkState::Up);
    world.wind_down();
}

#[test]
fn a_trunk_that_refuses_call_after_call_is_left_alone_for_a_while() {
    let mut world = with_backup(Habit::Refuse(503));
    world.reconfigure(|center| center.trunks[0].health.failures = 1);
    calls_back(&mut world, "13800138055");
    world.run_until(secs(10), "the circuit is open", |world| states(world)[1] == TrunkState::Down);
    let view = world.center.trunks(world.now);
    assert_eq!((view[1].why, view[0].calls), (Some(TrunkTrouble::Refusing), 1));
    world.run_until(secs(5), "they talk", talks);
    assert_eq!(states(&world)[1], TrunkState::Up, "the next call may try it");
    world.wind_down();
}

#[test]
fn where_there_is_no_way_the_next_trunk_is_tried_at_once() {
    let mut world = with_backup(ANSWERS);
    world.act(OUTSIDE.parse().unwrap(), Act::Vanish);
    calls_back(&mut world, "13800138055");
    world.run_until(secs(5), "ana calls", |world| matches!(world.desk("ana").call, Some((_, CallState::Connecting))));
    let way = Destination { transport: Transport::Udp, addr: OUTSIDE.parse().unwrap(), flow: None };
    world.tell(Input::TransmitFailed(way));
    world.run_until(secs(3), "they talk", talks);
    let (_, events) = made(&world);
    assert_eq!(of_kind(&events, "trunk.failed")[0]["text"], "transport failed");
    world.wind_down();
}

/// A 302 to this Contact, by a trunk that may redirect or may not; `number`: where the other trunk, or the same one at
/// another address, has the call then.
fn redirected(may: bool, contact: &str, prepare: impl Fn(&mut World)) -> (World, Vec<(String, Value)>) {
    let mut world = with_backup(Habit::Refuse(302));
    world.reconfigure(|center| {
        center.trunks[0].redirects = may;
        center.trunks[0].prefixes = vec!["+86".to_owned(), "+1".to_owned()];
    });
    world.phones.get_mut(&OUTSIDE.parse().unwrap()).unwrap().redirect = Some(contact.to_owned());
    prepare(&mut world);
    calls_back(&mut world, "13800138055");
    world.run(secs(12));
    let (_, events) = made(&world);
    (world, events)
}

#[test]
fn a_trunk_that_may_sends_a_call_to_another_number_or_another_address_of_its_own() {
    let second = "203.0.113.200:5060";
    for (contact, at, number) in [
        ("<sip:+8613800138077@203.0.113.200>", second, "+8613800138077"),
        ("<sip:+8613800138055@203.0.113.200>", second, "+8613800138055"),
        ("<sip:+19005550100@203.0.113.200>;q=1, <sip:+8613800138077@203.0.113.200>;q=0.5", second, "+8613800138077"),
    ] {
        let (mut world, events) = redirected(true, contact, |world| {
            world.far_end(second, ANSWERS);
            world.reconfigure(|center| center.trunks[0].networks.push("203.0.113.200".to_owned()));
        });
        let told = of_kind(&events, "trunk.redirected");
        assert_eq!(told, [json!({ "trunk": "provider", "status": 302, "number": number })], "{contact}");
        assert!(talks(&world) && of_kind(&events, "trunk.failed").is_empty(), "{contact}");
        assert_eq!(world.phones[&at.parse().unwrap()].connected, 1);
        world.wind_down();
    }
}

#[test]
fn a_call_is_sent_nowhere_that_nobody_may_call() {
    for (may, contact) in [
        (false, "<sip:+8613800138077@203.0.113.254>"),
        // Dear, forbidden, out of the trunk's prefixes, no number.
        (true, "<sip:+19005550100@203.0.113.254>"),
        (true, "<sip:+8613900139000@203.0.113.254>"),
        (true, "<sip:+4930555555@203.0.113.254>"),
        (true, "<sip:fraud@203.0.113.254>"),
        // A stranger's address: it is asked at its own again, and has been there.
        (true, "<sip:+8613800138055@198.51.100.66>"),
    ] {
        let forbid = |world: &mut World| {
            world.reconfigure(|center| center.outbound.forbidden = vec!["+86139".to_owned()]);
        };
        let (mut world, events) = redirected(may, contact, forbid);
        assert!(of_kind(&events, "trunk.redirected").is_empty(), "{contact}");
        assert_eq!(of_kind(&events, "trunk.failed")[0]["next"], "backup", "{contact}");
        assert!(talks(&world), "the next trunk carries it");
        world.wind_down();
    }
}

#[test]
fn a_call_that_is_sent_round_and_round_ends() {
    // Each refusal names the next number.
    let (mut world, events) = redirected(true, "<sip:+8613800138077@203.0.113.254>", |_| {});
    assert_eq!(of_kind(&events, "trunk.redirected").len(), 1, "it has been there");
    assert!(talks(&world));
    world.wind_down();
}

#[test]
fn what_the_customer_says_is_said() {
    for (habit, why) in [
        (Habit::Decline { after: secs(1) }, "busy"),
        (Habit::Refuse(603), "rejected"),
        (Habit::Refuse(404), "no_such_number"),
        (Habit::Ignore, "no_answer"),
    ] {
        let mut world = with_backup(habit);
        calls_back(&mut world, "13800138055");
        world.run_until(secs(45), "in vain", |world| {
            world.store.interactions.values().any(|row| row.outcome == Some(Outcome::NotReached))
        });
        let (_, events) = made(&world);
        assert_eq!(of_kind(&events, "call_back.not_reached")[0]["why"], why);
        assert!(of_kind(&events, "trunk.failed").is_empty(), "{why}");
        assert_eq!(world.phones[&BACKUP.parse().unwrap()].ended, 0, "{why}: no other trunk is tried");
        world.wind_down();
    }
}

#[test]
fn a_number_that_only_a_later_trunk_lets_out_goes_there_at_once() {
    let mut world = with_backup(ANSWERS);
    calls_back(&mut world, "004930555555");
    world.run_until(secs(10), "they talk", talks);
    let (_, events) = made(&world);
    assert_eq!(of_kind(&events, "call_back.dialled")[0]["trunk"], "backup");
    assert!(world.phones[&OUTSIDE.parse().unwrap()].is_idle());
    world.wind_down();
}

#[test]
fn when_no_trunk_works_the_customer_is_tried_later() {
    let mut world = with_backup(Habit::Refuse(503));
    world.far_end(BACKUP, Habit::Refuse(500));
    calls_back(&mut world, "13800138055");
    world.run_until(secs(10), "in vain", |world| {
        world.store.interactions.values().any(|row| row.outcome == Some(Outcome::NotReached))
    });
    let (_, events) = made(&world);
    let failed = of_kind(&events, "trunk.failed");
    assert_eq!((failed.len(), &failed[1]["trunk"], &failed[1]["next"]), (2, &json!("backup"), &Value::Null));
    assert_eq!(of_kind(&events, "call_back.not_reached")[0]["trunk"], "backup");
    let call_back = world.store.call_backs.values().next().unwrap();
    assert_eq!((call_back.tries, call_back.ended), (1, None));
    world.wind_down();
}

#[test]
fn what_a_flow_dials_falls_back_too() {
    let mut world = with_backup(Habit::Refuse(503));
    world.reconfigure(|center| {
        center.flows.push(("out".to_owned(), DIAL.to_owned()));
        let (number, flow) = ("4009".to_owned(), "out".to_owned());
        center.numbers.push(NumberRule {
            number,
            flow,
            language: None,
            trunk: None,
            limits: NumberLimits::default(),
            record: None,
        });
    });
    world.call("13800138000", "4009", PATIENT);
    world.run_until(secs(10), "they talk", |world| world.media.hears.len() == 2);
    assert!(world.store.kinds(world.only_row().id).contains(&"trunk.failed"));
    assert_eq!(world.phones[&BACKUP.parse().unwrap()].connected, 1);
    world.wind_down();
}
