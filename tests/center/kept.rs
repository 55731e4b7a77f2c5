//! Calls that go on over the end of a process.

use carillon::acd::AgentState;
use carillon::base::CustomerId;
use carillon::center::Input;
use carillon::center::desk::CallState;
use carillon::crm::{EndedBy, Outcome};
use carillon::sip::Transport;

use crate::desks::Person;
use crate::network::Quality;
use crate::phone::Act;
use crate::stories::{ANSWERS, PATIENT, SOON, card, secs, talking};
use crate::world::World;

fn world(transport: Transport) -> World {
    let mut world = World::new(23, &[("ana", 5, 0)], Person::Absent, Quality::GOOD);
    world.everybody_ready(transport, ANSWERS);
    world.knows(card(42, "王丽华"), "13800138000");
    world
}

fn not_ready(reason: &str) -> AgentState {
    AgentState::NotReady { reason: reason.to_owned() }
}

/// Whoever is heard by anybody, in both directions.
fn pairs(world: &World) -> usize {
    world.media.hears.values().filter(|from| !from.is_empty()).count()
}

fn count(world: &World, kind: &str) -> usize {
    world.store.kinds(world.only_row().id).iter().filter(|known| **known == kind).count()
}

#[test]
fn a_talk_of_two_phones_goes_on_in_the_next_process() {
    let mut world = world(Transport::Udp);
    let caller = world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    world.run(secs(30));
    world.restart_in_calls();
    world.run_until(secs(3), "they hear each other", |world| pairs(world) == 2);
    world.run_until(SOON, "ana's desktop knows", |world| talking(world, "ana"));
    assert_eq!(
        world.desk("ana").pop.as_ref().and_then(|pop| pop.customer.as_ref()).map(|card| card.id),
        Some(CustomerId(42))
    );
    assert!(matches!(world.desk("ana").state, AgentState::Busy { .. }), "{:?}", world.desk("ana").state);
    assert_eq!((count(&world, "call.taken_up"), count(&world, "call.rejoined")), (1, 1));

    world.run(secs(30));
    world.act(caller, Act::HangUpAll);
    world.run_until(SOON, "wrap-up", |world| world.desk("ana").wrap_up.is_some());
    world.run_until(secs(60), "its end", |world| world.desk("ana").wrap_up.is_none());
    assert_eq!(world.desk("ana").state, not_ready("unreachable"), "the phone has not registered yet");
    world.act(world.phone_of("ana"), Act::Return);
    world.run(secs(1));
    assert_eq!(world.desk("ana").state, AgentState::Ready);
    world.wind_down();
    let row = world.only_row();
    assert_eq!((row.outcome, row.ended_by), (Some(Outcome::Handled), Some(EndedBy::Customer)));
    let agents = row.segments.iter().filter(|segment| matches!(segment.holder, carillon::crm::Holder::Agent { .. }));
    assert_eq!(agents.count(), 1, "one part, over both processes");
    assert!(world.store.tasks.is_empty() && world.store.legs.is_empty());
}

#[test]
fn once_more_and_a_hold_after_it() {
    let mut world = world(Transport::Udp);
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    for times in 1..=3 {
        world.run(secs(10));
        world.restart_in_calls();
        world.run_until(SOON, "they hear each other", |world| pairs(world) == 2);
        assert_eq!(count(&world, "call.taken_up"), times);
    }
    world.command("ana", carillon::center::desk::DeskCommand::Hold { interaction: None });
    world.run(secs(2));
    assert_eq!(pairs(&world), 0);
    world.wind_down();
}

#[test]
fn who_waits_waits_on_with_the_first_arrival() {
    let mut world = World::new(23, &[("ana", 5, 0)], Person::Absent, Quality::GOOD);
    world.call("13800138000", "4000", PATIENT);
    world.run(secs(60));
    let queued = world.only_row().queued;
    world.restart_in_calls();
    world.run(secs(5));
    assert!(!world.media.playing.is_empty(), "music");
    world.everybody_ready(Transport::Udp, ANSWERS);
    world.run_until(secs(10), "ana talks", |world| talking(world, "ana"));
    assert_eq!(world.only_row().queued, queued);
    assert_eq!(pairs(&world), 2);
    world.wind_down();
    assert_eq!(world.only_row().outcome, Some(Outcome::Handled));
}

#[test]
fn a_browser_comes_back_by_itself_and_has_its_caller() {
    let mut world = world(Transport::Ws);
    let caller = world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    world.restart_in_calls();
    world.run(secs(2));
    assert!(matches!(world.desk("ana").call, Some((_, CallState::Parked))), "{:?}", world.desk("ana").call);
    assert!(!world.media.playing.is_empty(), "music until then");
    let agent = world.agent("ana");
    world.tell(Input::DeskConnected { agent });
    let phone = world.phone_of("ana");
    world.act(phone, Act::Return);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana") && pairs(world) == 2);
    world.act(caller, Act::HangUpAll);
    world.run(secs(60));
    assert_eq!(world.desk("ana").state, AgentState::Ready);
    world.wind_down();
    assert_eq!(world.only_row().outcome, Some(Outcome::Handled));
}

#[test]
fn an_agent_who_does_not_come_back_leaves_the_caller_to_the_line() {
    let mut world = world(Transport::Ws);
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    world.restart_in_calls();
    world.run(secs(25));
    let row = world.only_row();
    assert!(row.ended.is_none() && count(&world, "queue.reentered") == 1, "{row:?}");
    world.wind_down();
}

#[test]
fn who_has_hung_up_meanwhile_is_owed_a_call() {
    let mut world = world(Transport::Udp);
    let caller = world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    world.act(caller, Act::Vanish);
    world.restart_in_calls();
    world.run_until(secs(10), "it is over", |world| world.only_row().ended.is_some());
    world.wind_down();
    let row = world.only_row();
    assert_eq!((row.outcome, row.ended_by), (Some(Outcome::Interrupted), Some(EndedBy::Network)));
    assert_eq!(world.store.tasks.len(), 1);
}
