//! The lamps of phones tell what waits in the boxes of agents and queues.

use std::net::SocketAddr;

use carillon::base::InteractionId;
use carillon::center::Input;
use carillon::center::desk::DeskCommand;
use carillon::sip::Transport;

use crate::desks::Person;
use crate::network::Quality;
use crate::phone::{Act, Habit};
use crate::stories::{PATIENT, secs};
use crate::world::World;

const NOTHING: &str = "0/0 (0/0)";

/// Ana serves sales, Ben does not; both have a phone.
fn world() -> World {
    let mut world = World::new(7, &[("ana", 5, 0), ("ben", 0, 5)], Person::Absent, Quality::GOOD);
    world.everybody_ready(Transport::Udp, Habit::Ignore);
    world
}

fn watch(world: &mut World, key: &str, mailbox: &str) -> SocketAddr {
    let phone = world.phone_of(key);
    world.act(phone, Act::Watch { mailbox: mailbox.to_owned() });
    world.run(secs(2));
    phone
}

/// The answer to the wish, then what waits.
fn lamp(world: &World, phone: SocketAddr) -> Vec<&str> {
    world.phones[&phone].lamp.iter().map(String::as_str).collect()
}

/// Somebody speaks for a while after the greeting of this number.
fn leaves_a_message(world: &mut World, number: &str) -> InteractionId {
    let caller = world.call("13800138000", number, PATIENT);
    world.run(secs(40));
    world.act(caller, Act::HangUpAll);
    world.run(secs(2));
    world.store.tasks.last().expect("a message").interaction
}

#[test]
fn a_message_for_a_queue_lights_the_lamps_of_those_who_serve_it() {
    let mut world = world();
    let ana = watch(&mut world, "ana", "queue-sales");
    let ben = watch(&mut world, "ben", "queue-sales");
    assert_eq!((lamp(&world, ana), lamp(&world, ben)), (vec!["200", NOTHING], vec!["403"]));
    let message = leaves_a_message(&mut world, "4005");
    assert_eq!(lamp(&world, ana), ["200", NOTHING, "1/0 (0/0)"]);
    world.tell(Input::MessageHeard { interaction: message });
    world.run(secs(1));
    assert_eq!(lamp(&world, ana).last(), Some(&"0/1 (0/0)"), "it was heard, and is still there");
    world.tell(Input::MessageDone { interaction: message });
    world.run(secs(1));
    assert_eq!(lamp(&world, ana).last(), Some(&NOTHING));
    world.wind_down();
}

#[test]
fn a_message_for_an_agent_is_the_agents_own() {
    let mut world = world();
    world.command("ana", DeskCommand::SignOut);
    let ana = watch(&mut world, "ana", "ana");
    let ben = watch(&mut world, "ben", "ana");
    assert_eq!(lamp(&world, ben), ["403"]);
    leaves_a_message(&mut world, "4007");
    leaves_a_message(&mut world, "4005");
    assert_eq!(lamp(&world, ana), ["200", NOTHING, "1/0 (0/0)"], "the other is the queue's");
    world.wind_down();
}

/// What waited when the process before ended waits on; the phone asks anew.
#[test]
fn a_restart_forgets_no_message() {
    let mut world = world();
    let ana = watch(&mut world, "ana", "queue-sales");
    leaves_a_message(&mut world, "4005");
    world.restart();
    world.run(secs(2));
    world.act(ana, Act::Register);
    world.run(secs(2));
    watch(&mut world, "ana", "queue-sales");
    assert_eq!(lamp(&world, ana), ["200", NOTHING, "1/0 (0/0)", "200", "1/0 (0/0)"]);
    world.wind_down();
}

/// Whoever stops to serve a queue has no lamp of it any more.
#[test]
fn other_people_other_lamps() {
    let mut world = world();
    let ana = watch(&mut world, "ana", "queue-sales");
    world.reconfigure(|center| center.rules.agents[0].skills.clear());
    world.run(secs(1));
    leaves_a_message(&mut world, "4005");
    assert_eq!(lamp(&world, ana), ["200", NOTHING], "the last word was that nothing waits");
    world.wind_down();
}
