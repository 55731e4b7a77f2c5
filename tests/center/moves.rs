//! What phones do by themselves: REFER, a second call, Replaces; and REFER of ours to a trunk.

use std::net::SocketAddr;

use carillon::acd::AgentState;
use carillon::center::desk::{CallState, CommandOutcome as Reply, DeskCommand, OtherState, Target};
use carillon::crm::Outcome;
use carillon::sip::Transport;

use crate::desks::Person;
use crate::network::Quality;
use crate::phone::{Act, Habit, Phone};
use crate::scenery::OUTSIDE;
use crate::stories::{ANSWERS, PATIENT, SOON, secs, talking};
use crate::world::World;

const TRUNK_NUMBER: &str = "+8613900139000";

/// Ana has a customer on the line by her desk phone; Ben is ready.
struct Scene {
    world: World,
    customer: SocketAddr,
    ana: SocketAddr,
}

fn scene() -> Scene {
    let mut world = World::new(7, &[("ana", 5, 0), ("ben", 4, 0)], Person::Absent, Quality::GOOD);
    world.everybody_ready(Transport::Udp, ANSWERS);
    world.outside(ANSWERS);
    let customer = world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    world.run(secs(1));
    let ana = world.phone_of("ana");
    Scene { world, customer, ana }
}

impl Scene {
    fn phone(&self, of: SocketAddr) -> &Phone {
        &self.world.phones[&of]
    }

    fn refer(&mut self, by: SocketAddr, to: &str) {
        self.world.act(by, Act::Refer { to: to.to_owned(), replaces: false });
    }

    fn hear(&self, one: SocketAddr, other: SocketAddr) -> bool {
        let leg = |addr| self.world.media.leg_towards(self.phone(addr).rtp());
        let (Some(one), Some(other)) = (leg(one), leg(other)) else { return false };
        let hears = |ear, mouth| self.world.media.hears.get(&ear).is_some_and(|from| from == &[mouth]);
        hears(one, other) && hears(other, one)
    }

    fn has(&self, kind: &str) -> bool {
        self.world.store.kinds(self.world.only_row().id).contains(&kind)
    }

    fn over(mut self) {
        self.world.wind_down();
        assert_eq!(self.world.only_row().outcome, Some(Outcome::Handled));
        assert!(self.world.center.held().contains(&("callers taken in", 0)));
    }
}

#[test]
fn a_phone_sends_its_call_to_a_colleague_and_is_told() {
    let mut scene = scene();
    scene.refer(scene.ana, "sip:ben@anywhere");
    scene.world.run_until(SOON, "ben talks", |world| talking(world, "ben"));
    scene.world.run(secs(1));
    assert_eq!(scene.phone(scene.ana).told, [100, 200]);
    assert!(scene.phone(scene.ana).is_idle(), "and hung up");
    assert!(scene.hear(scene.customer, scene.world.phone_of("ben")));
    assert!(matches!(scene.world.desk("ana").state, AgentState::WrapUp { .. }));
    assert_eq!(scene.world.only_row().agent, Some(scene.world.agent("ben")));
    assert!(scene.has("call.sent_on") && scene.has("call.transferred"));
    scene.over();
}

#[test]
fn where_a_phone_may_send_its_call() {
    for (to, told) in [
        ("sip:sales@anywhere", 200),
        (&format!("sip:{TRUNK_NUMBER}@anywhere"), 200),
        ("tel:+86-139-0013-9000", 200),
        ("sip:nobody@anywhere", 404),
        ("sip:4000@anywhere", 200),
        ("sip:700@anywhere", 200),
        ("sip:705@anywhere", 200),
        ("sip:710@anywhere", 404),
        ("sip:ana@anywhere", 480),
        ("sip:+4930123456@anywhere", 403),
    ] {
        let mut scene = scene();
        scene.refer(scene.ana, to);
        scene.world.run(secs(4));
        assert_eq!(scene.phone(scene.ana).told.last(), Some(&told), "{to}");
        assert_eq!(talking(&scene.world, "ana"), told != 200, "{to}");
        scene.over();
    }
}

#[test]
fn a_call_that_nobody_takes_comes_back_to_the_phone() {
    let mut scene = scene();
    let ben = scene.world.phone_of("ben");
    scene.world.phones.get_mut(&ben).unwrap().habit = Habit::Refuse(486);
    scene.refer(scene.ana, "sip:ben@anywhere");
    scene.world.run(secs(1));
    scene.world.run_until(secs(10), "it is back", |world| talking(world, "ana"));
    assert_eq!(scene.phone(scene.ana).told, [100, 486]);
    assert!(scene.hear(scene.customer, scene.ana));
    scene.over();
}

#[test]
fn customers_and_colleagues_in_a_call_move_nothing() {
    let mut scene = scene();
    scene.refer(scene.customer, "sip:+1900555@anywhere");
    scene.world.run(secs(1));
    assert_eq!(scene.phone(scene.customer).told, [603]);
    let to = Target::Agent { agent: scene.world.agent("ben") };
    assert_eq!(scene.world.command("ana", DeskCommand::Consult { interaction: None, to }), Reply::Done);
    scene.world.run(secs(3));
    let ben = scene.world.phone_of("ben");
    scene.refer(ben, "sip:ana@anywhere");
    scene.world.run(secs(1));
    assert_eq!(scene.phone(ben).told, [603], "it is not his call");
    assert_eq!(scene.world.desk("ana").call.map(|(_, state)| state), Some(CallState::Held));
    scene.over();
}

#[test]
fn a_second_call_of_the_phone_asks_and_replaces_hands_over() {
    let mut scene = scene();
    let ben = scene.world.phone_of("ben");
    scene.world.act(scene.ana, Act::DialAsUser { number: "ben".to_owned(), replaces: None });
    scene.world.run_until(SOON, "ben is asked", |world| {
        world.desk("ana").others.iter().any(|(_, state)| *state == OtherState::Consulted)
    });
    scene.world.run(secs(1));
    assert_eq!(scene.phone(scene.ana).connected, 2, "both lines are up");
    scene.world.act(scene.ana, Act::Refer { to: "sip:ben@anywhere".to_owned(), replaces: true });
    scene.world.run(secs(2));
    assert_eq!(scene.phone(scene.ana).told, [100, 200]);
    assert!(scene.phone(scene.ana).is_idle());
    assert!(talking(&scene.world, "ben") && scene.hear(scene.customer, ben));
    assert!(scene.has("call.consulted") && scene.has("call.transferred"));
    scene.over();
}

#[test]
fn a_phone_that_hands_over_while_it_rings_sends_the_call_on() {
    let mut scene = scene();
    scene.world.act(scene.ana, Act::DialAsUser { number: "ben".to_owned(), replaces: None });
    scene.world.run(secs(1));
    scene.world.act(scene.ana, Act::Refer { to: "sip:ben@anywhere".to_owned(), replaces: true });
    scene.world.run_until(SOON, "ben talks", |world| talking(world, "ben"));
    scene.world.run(secs(1));
    assert_eq!(scene.phone(scene.ana).told, [100, 200]);
    assert!(scene.phone(scene.ana).is_idle());
    scene.over();
}

#[test]
fn a_second_call_that_ends_leaves_the_customer_on_hold() {
    for by_phone in [true, false] {
        let mut scene = scene();
        let ben = scene.world.phone_of("ben");
        if !by_phone {
            scene.world.phones.get_mut(&ben).unwrap().habit = Habit::Refuse(486);
        }
        scene.world.act(scene.ana, Act::DialAsUser { number: "ben".to_owned(), replaces: None });
        scene.world.run(secs(4));
        if by_phone {
            let second = scene.phone(scene.ana).first_leg();
            scene.world.act(scene.ana, Act::HangUp(second));
            scene.world.run(secs(1));
        }
        assert_eq!(scene.world.desk("ana").others, vec![]);
        assert_eq!(scene.phone(scene.ana).legs(), 1, "the second line is down");
        assert_eq!(scene.world.command("ana", DeskCommand::Resume { interaction: None }), Reply::Done);
        assert!(scene.hear(scene.customer, scene.ana));
        scene.over();
    }
}

#[test]
fn another_phone_of_the_agent_takes_the_call_by_replaces_and_nobody_else() {
    let mut scene = scene();
    let dialog = scene.phone(scene.ana).dialog.clone();
    let other = scene.world.another_phone("ana", "ana-2", Transport::Udp, Habit::Ignore);
    let ben = scene.world.phone_of("ben");
    for thief in [ben, scene.customer] {
        let before = scene.phone(thief).legs();
        scene.world.act(thief, Act::DialAsUser { number: "4000".to_owned(), replaces: dialog.clone() });
        scene.world.run(secs(2));
        assert_eq!(scene.phone(thief).legs(), before, "refused");
        assert!(scene.hear(scene.customer, scene.ana));
    }
    scene.world.act(other, Act::DialAsUser { number: "ana".to_owned(), replaces: dialog.clone() });
    scene.world.run(secs(2));
    assert!(talking(&scene.world, "ana"));
    assert!(scene.phone(scene.ana).is_idle());
    assert!(scene.hear(scene.customer, other));
    assert!(scene.has("call.taken_over"));
    scene.world.act(other, Act::DialAsUser { number: "ana".to_owned(), replaces: dialog });
    scene.world.run(secs(2));
    assert_eq!(scene.phone(other).legs(), 1, "what it names is over");
    scene.over();
}

/// How the call of a customer, by a trunk that is asked to connect it itself, goes to a number outside.
fn sent_outside(refer: (u16, Option<u16>)) -> Scene {
    let mut scene = scene();
    scene.world.reconfigure(|center| center.trunks[0].refer = true);
    let customer = scene.customer;
    scene.world.phones.get_mut(&customer).unwrap().refer = refer;
    let to = Target::Number { number: TRUNK_NUMBER.to_owned() };
    assert_eq!(
        scene.world.command("ana", DeskCommand::Transfer { interaction: None, to, note: String::new() }),
        Reply::Done
    );
    scene.world.run(secs(5));
    assert_eq!(scene.phone(customer).referred, [TRUNK_NUMBER]);
    assert_eq!(scene.world.desk("ana").call.map(|(_, state)| state), Some(CallState::Ended));
    scene
}

#[test]
fn a_trunk_that_connects_its_calls_itself_gets_them_back() {
    let scene = sent_outside((202, Some(200)));
    assert!(scene.phone(scene.customer).is_idle());
    assert!(scene.world.phones[&OUTSIDE.parse().unwrap()].is_idle(), "we bridge nothing");
    assert!(scene.has("call.transferred"));
    scene.over();
}

#[test]
fn a_trunk_that_does_not_is_bridged() {
    for refer in [(603, None), (405, None), (202, Some(503))] {
        let scene = sent_outside(refer);
        let outside: SocketAddr = OUTSIDE.parse().unwrap();
        assert!(scene.hear(scene.customer, outside), "{refer:?}");
        scene.over();
    }
}
