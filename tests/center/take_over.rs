//! A call goes to another phone of its agent: while the first is there, while nobody knows that it is not, and
//! while the caller waits for either.

use std::net::SocketAddr;
use std::time::Duration;

use carillon::center::Input;
use carillon::center::desk::{CallState, CommandOutcome as Reply, DeskCommand, Refusal};
use carillon::crm::Outcome;
use carillon::sip::Transport;

use crate::desks::Person;
use crate::network::Quality;
use crate::phone::{Act, Habit};
use crate::stories::{ANSWERS, PATIENT, SOON, secs, talking};
use crate::world::World;

const AT_ONCE: Habit = Habit::Answer { after: Duration::from_millis(300), talk: None };

struct Scene {
    world: World,
    caller: SocketAddr,
    first: SocketAddr,
}

/// Ana talks, in a browser.
fn in_a_call() -> Scene {
    let mut world = World::new(7, &[("ana", 5, 0)], Person::Absent, Quality::GOOD);
    world.everybody_ready(Transport::Ws, ANSWERS);
    let caller = world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    world.run(secs(3));
    let first = world.phone_of("ana");
    Scene { world, caller, first }
}

impl Scene {
    fn take_over(&mut self, phone: &str) -> Reply {
        self.world.command("ana", DeskCommand::TakeOver { interaction: None, phone: phone.to_owned() })
    }

    fn rings_at(&self, phone: SocketAddr) -> usize {
        self.world.trail.iter().filter(|(_, what)| *what == format!("INVITE {phone}")).count()
    }

    /// One interaction, as handled as any other; the caller was never alone.
    fn over(mut self, kinds: &[&str]) {
        assert_eq!((self.world.phones[&self.caller].connected, self.world.phones[&self.caller].ended), (1, 0));
        self.world.wind_down();
        let row = self.world.only_row();
        assert_eq!(row.outcome, Some(Outcome::Handled));
        let told = self.world.store.kinds(row.id);
        let told: Vec<_> = told.into_iter().filter(|kind| kind.starts_with("call.")).collect();
        let expected: Vec<_> =
            ["call.started", "call.connected"].iter().chain(kinds).chain(&["call.ended"]).copied().collect();
        assert_eq!(told.iter().filter(|kind| **kind != "call.answered").copied().collect::<Vec<_>>(), expected);
    }
}

fn both_hear(world: &World) -> bool {
    talking(world, "ana") && world.media.hears.len() == 2
}

#[test]
fn the_first_phone_is_there_and_told() {
    let mut scene = in_a_call();
    let second = scene.world.another_phone("ana", "ana-b", Transport::Ws, AT_ONCE);
    let third = scene.world.another_phone("ana", "ana-c", Transport::Ws, AT_ONCE);
    assert_eq!(scene.take_over("ana-b"), Reply::Done);
    assert!(both_hear(&scene.world), "nothing changes before the other phone is there");
    scene.world.run(secs(2));
    assert!(both_hear(&scene.world));
    assert!(scene.world.phones[&scene.first].is_idle(), "the first phone has the call no more");
    let bye = format!("BYE {} Reason: SIP;cause=200;text=\"taken over at another phone\"", scene.first);
    assert!(scene.world.trail.iter().any(|(_, what)| *what == bye), "{:?}", scene.world.trail);
    assert!(!scene.world.phones[&second].is_idle());
    assert_eq!([scene.rings_at(scene.first), scene.rings_at(second), scene.rings_at(third)], [1, 1, 0]);
    scene.over(&["call.taken_over"]);
}

#[test]
fn the_first_phone_is_dead_and_nobody_knows() {
    let mut scene = in_a_call();
    scene.world.act(scene.first, Act::Vanish);
    scene.world.another_phone("ana", "ana-b", Transport::Ws, AT_ONCE);
    assert_eq!(scene.take_over("ana-b"), Reply::Done);
    scene.world.run_until(secs(2), "ana talks elsewhere", |world| {
        world.store.events.values().flatten().any(|event| event.kind == "call.taken_over")
    });
    scene.world.run(secs(60));
    assert!(both_hear(&scene.world), "the end of the first phone is no news of the call");
    scene.over(&["call.taken_over"]);
}

#[test]
fn the_first_phone_dies_while_the_other_rings() {
    let mut scene = in_a_call();
    let slow = Habit::Answer { after: secs(3), talk: None };
    let second = scene.world.another_phone("ana", "ana-b", Transport::Ws, slow);
    let third = scene.world.another_phone("ana", "ana-c", Transport::Ws, AT_ONCE);
    assert_eq!(scene.take_over("ana-b"), Reply::Done);
    let flow = scene.world.phones[&scene.first].flow;
    scene.world.act(scene.first, Act::Vanish);
    scene.world.run(Duration::from_millis(500));
    scene.world.tell(Input::FlowClosed(flow));
    assert!(matches!(scene.world.desk("ana").call, Some((_, CallState::Parked))));
    assert!(scene.world.media.playing.values().any(|sounds| sounds == &["music/hold"]), "the caller hears music");
    scene.world.run_until(SOON, "ana talks elsewhere", both_hear);
    assert_eq!([scene.rings_at(second), scene.rings_at(third)], [1, 0], "only where it was asked for");
    scene.over(&["call.parked", "call.taken_over"]);
}

#[test]
fn a_waiting_caller_is_taken_at_the_phone_that_asks() {
    let mut scene = in_a_call();
    let second = scene.world.another_phone("ana", "ana-b", Transport::Ws, Habit::Ignore);
    let flow = scene.world.phones[&scene.first].flow;
    scene.world.act(scene.first, Act::Vanish);
    scene.world.run(Duration::from_millis(10));
    scene.world.tell(Input::FlowClosed(flow));
    scene.world.run(secs(15));
    let third = scene.world.another_phone("ana", "ana-c", Transport::Ws, Habit::Answer { after: secs(10), talk: None });
    assert_eq!(scene.take_over("ana-c"), Reply::Done);
    assert_eq!(scene.take_over("ana-c"), Reply::Done, "asked twice, it rings on");
    scene.world.run_until(secs(12), "ana talks elsewhere", both_hear);
    assert!(scene.world.phones[&second].is_idle() && !scene.world.phones[&third].is_idle());
    scene.over(&["call.parked", "call.taken_over"]);
}

#[test]
fn a_call_on_hold_stays_on_hold() {
    let mut scene = in_a_call();
    assert_eq!(scene.world.command("ana", DeskCommand::Hold { interaction: None }), Reply::Done);
    scene.world.another_phone("ana", "ana-b", Transport::Ws, AT_ONCE);
    assert_eq!(scene.take_over("ana-b"), Reply::Done);
    scene.world.run(secs(2));
    assert!(matches!(scene.world.desk("ana").call, Some((_, CallState::Held))));
    assert!(scene.world.media.hears.is_empty());
    assert_eq!(scene.world.command("ana", DeskCommand::Resume { interaction: None }), Reply::Done);
    assert!(both_hear(&scene.world));
    scene.over(&["call.held", "call.taken_over", "call.resumed"]);
}

#[test]
fn a_phone_that_does_not_take_it_changes_nothing() {
    let mut scene = in_a_call();
    scene.world.another_phone("ana", "ana-b", Transport::Ws, Habit::Refuse(486));
    assert_eq!(scene.take_over("ana-b"), Reply::Done);
    scene.world.run(secs(2));
    assert!(both_hear(&scene.world) && !scene.world.phones[&scene.first].is_idle());
    scene.over(&["call.not_taken_over"]);
}

#[test]
fn what_is_refused_and_what_means_nothing() {
    let mut scene = in_a_call();
    let refused = |reply| match reply {
        Reply::Refused { code, .. } => Some(code),
        _ => None,
    };
    for phone in ["", "ben", "ana-b", "ana@carillon"] {
        assert_eq!(refused(scene.take_over(phone)), Some(Refusal::UnknownPhone), "{phone:?}");
    }
    assert_eq!(scene.take_over("ana"), Reply::Done, "it is there already");
    scene.world.run(secs(1));
    assert_eq!(scene.rings_at(scene.first), 1);
    assert!(both_hear(&scene.world));
    assert_eq!(scene.world.command("ana", DeskCommand::HangUp { interaction: None }), Reply::Done);
    scene.world.run(secs(1));
    assert_eq!(refused(scene.take_over("ana")), Some(Refusal::NoCall));
    scene.world.wind_down();
}

#[test]
fn the_caller_hangs_up_while_the_other_phone_rings() {
    let mut scene = in_a_call();
    let second = scene.world.another_phone("ana", "ana-b", Transport::Ws, Habit::Ignore);
    assert_eq!(scene.take_over("ana-b"), Reply::Done);
    scene.world.run(secs(1));
    scene.world.act(scene.caller, Act::HangUpAll);
    scene.world.run(secs(2));
    assert!(scene.world.phones[&second].is_idle() && scene.world.phones[&scene.first].is_idle());
    scene.world.wind_down();
}
