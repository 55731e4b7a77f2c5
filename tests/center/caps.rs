//! What may go out through a trunk, and to a destination: whoever asks for it, no more.

use std::net::SocketAddr;

use carillon::acd::AgentState;
use carillon::call::Cause;
use carillon::center::desk::{CommandOutcome as Reply, DeskCommand, Refusal, Target};
use carillon::center::{DestinationCap, SuperviseCommand};
use carillon::sip::{Destination, Transport, Trunk, TrunkCaps};

use crate::desks::Person;
use crate::network::Quality;
use crate::phone::{Act, Habit};
use crate::scenery::OUTSIDE;
use crate::stories::{ANSWERS, SOON, secs, talking};
use crate::world::World;

const BACKUP: &str = "203.0.113.253:5060";
const NUMBER: &str = "13800138055";

fn world(caps: TrunkCaps) -> World {
    let mut world = World::new(7, &[("ana", 5, 0), ("ben", 5, 0)], Person::Absent, Quality::GOOD);
    world.reconfigure(|center| {
        center.trunks[0].caps = caps;
        center.trunks[0].prefixes = vec!["+86".to_owned(), "+49".to_owned()];
        center.outbound.emergency = vec!["110".to_owned()];
    });
    world.everybody_ready(Transport::Udp, ANSWERS);
    world.outside(ANSWERS);
    world
}

fn dial(world: &mut World, key: &str, number: &str) -> Option<Refusal> {
    refused(world.command(key, DeskCommand::Dial { number: number.to_owned(), queue: None }))
}

fn place(world: &mut World, number: &str) -> Option<Refusal> {
    let with = Target::Queue { queue: "sales".to_owned(), priority: None };
    let number = number.to_owned();
    refused(world.supervise(SuperviseCommand::PlaceCall { number, with, queue: None, language: None }))
}

fn refused(reply: Reply) -> Option<Refusal> {
    match reply {
        Reply::Refused { code, .. } => Some(code),
        _ => None,
    }
}

fn hangs_up(world: &mut World, key: &str) {
    assert_eq!(world.command(key, DeskCommand::HangUp { interaction: None }), Reply::Done);
    world.run(secs(1));
}

fn outside() -> SocketAddr {
    OUTSIDE.parse().unwrap()
}

#[test]
fn no_more_at_once_than_a_trunk_may_carry() {
    let mut world = world(TrunkCaps { calls: Some(1), ..TrunkCaps::default() });
    assert_eq!(dial(&mut world, "ana", NUMBER), None);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    assert_eq!(dial(&mut world, "ben", NUMBER), Some(Refusal::Capped));
    assert_eq!(place(&mut world, NUMBER), Some(Refusal::Capped));
    let to = Target::Number { number: NUMBER.to_owned() };
    let asked = world.command("ana", DeskCommand::Consult { interaction: None, to });
    assert_eq!(refused(asked), Some(Refusal::Capped), "somebody asked is a call out, too");
    assert_eq!(dial(&mut world, "ben", "110"), None, "help is always called");
    world.run_until(SOON, "ben talks", |world| talking(world, "ben"));
    hangs_up(&mut world, "ana");
    hangs_up(&mut world, "ben");
    assert_eq!(place(&mut world, NUMBER), None, "there is room again");
    world.run(secs(8));
    world.wind_down();
}

/// Not reached, given up, declined by the own phone: what was begun is over, and its room is free.
#[test]
fn what_comes_to_nothing_gives_its_room_back() {
    for habit in [Habit::Refuse(486), Habit::Refuse(503), Habit::Ignore] {
        let mut world = world(TrunkCaps { calls: Some(1), ..TrunkCaps::default() });
        world.outside(habit);
        for _ in 0..3 {
            assert_eq!(dial(&mut world, "ana", NUMBER), None, "{habit:?}");
            world.run(secs(4));
            if world.desk("ana").state != AgentState::Ready {
                hangs_up(&mut world, "ana");
            }
            world.run(secs(2));
        }
        world.wind_down();
    }
}

#[test]
fn a_trunk_without_room_is_passed_over() {
    let mut world = world(TrunkCaps { calls: Some(1), ..TrunkCaps::default() });
    world.reconfigure(|center| {
        center.trunks.push(Trunk {
            name: "backup".to_owned(),
            destination: Some(Destination { transport: Transport::Udp, addr: BACKUP.parse().unwrap(), flow: None }),
            prefixes: vec!["+86".to_owned()],
            ..Trunk::default()
        });
    });
    let backup = world.far_end(BACKUP, ANSWERS);
    for key in ["ana", "ben"] {
        assert_eq!(dial(&mut world, key, NUMBER), None);
        world.run_until(SOON, "they talk", |world| talking(world, key));
    }
    assert_eq!((world.phones[&outside()].connected, world.phones[&backup].connected), (1, 1));
    world.wind_down();
}

/// Two own phones ring at the same time, and there is room for one call.
#[test]
fn whoever_comes_too_late_is_told_why_and_is_free() {
    let mut world = world(TrunkCaps { calls: Some(1), ..TrunkCaps::default() });
    for key in ["ana", "ben"] {
        assert_eq!(dial(&mut world, key, NUMBER), None);
    }
    world.run_until(SOON, "one of them talks", |world| talking(world, "ana") || talking(world, "ben"));
    world.run(secs(1));
    let late = if talking(&world, "ana") { "ben" } else { "ana" };
    assert_eq!((world.desk(late).cause, &world.desk(late).state), (Some(Cause::NotAllowed), &AgentState::Ready));
    assert_eq!(world.phones[&outside()].connected, 1);
    world.wind_down();
}

#[test]
fn no_more_a_minute_to_a_destination_by_whichever_trunk() {
    let mut world = world(TrunkCaps::default());
    world.reconfigure(|center| {
        let prefixes = vec!["+49".to_owned()];
        center.outbound.destinations =
            vec![DestinationCap { prefixes, calls_per_minute: Some(2), ..DestinationCap::default() }];
    });
    let berlin = "+49 30 1234567";
    for _ in 0..2 {
        assert_eq!(dial(&mut world, "ana", berlin), None);
        world.run_until(SOON, "they talk", |world| talking(world, "ana"));
        hangs_up(&mut world, "ana");
    }
    assert_eq!(dial(&mut world, "ben", berlin), Some(Refusal::Capped));
    assert_eq!(place(&mut world, berlin), Some(Refusal::Capped));
    assert_eq!(dial(&mut world, "ben", NUMBER), None, "elsewhere there is room");
    world.run(secs(60));
    assert_eq!(dial(&mut world, "ana", berlin), None);
    world.run(secs(3));
    world.wind_down();
}

#[test]
fn no_call_more_when_the_minutes_of_the_day_are_used_up() {
    let mut world = world(TrunkCaps { minutes_per_day: Some(2), ..TrunkCaps::default() });
    assert_eq!(dial(&mut world, "ana", NUMBER), None);
    world.run(secs(125));
    assert!(talking(&world, "ana"), "what is up goes on");
    assert_eq!(dial(&mut world, "ben", NUMBER), Some(Refusal::Capped), "while it goes on");
    world.act(outside(), Act::HangUpAll);
    world.run(secs(2));
    assert_eq!(dial(&mut world, "ben", NUMBER), Some(Refusal::Capped), "and afterwards");
    world.run(secs(24 * 3_600));
    assert_eq!(dial(&mut world, "ben", NUMBER), None, "another day");
    world.run(secs(3));
    world.wind_down();
}
