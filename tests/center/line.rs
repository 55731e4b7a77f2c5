//! What waiting callers live through: the place kept, the announcements, the demand that widens.

use std::time::Duration;

use carillon::acd::{Kept, RelaxStep};
use carillon::base::{AgentId, CallDirection, Channel, CommandId, Instant, InteractionId, Rng};
use carillon::center::desk::{CallState, CommandOutcome as Reply, DeskCommand, Refusal};
use carillon::center::{Announced, Configuration, Input, SuperviseCommand, ValueStep, VipBonus};
use carillon::crm::{CustomerCard, Order, Outcome, TimelineEntry};
use carillon::sip::Transport;

use crate::desks::Person;
use crate::network::Quality;
use crate::phone::{Act, Habit};
use crate::scenery::{Staff, configuration};
use crate::stories::card;
use crate::world::World;

const PATIENT: Duration = Duration::from_secs(3_600);
const SOON: Duration = Duration::from_secs(5);
const ANSWERS: Habit = Habit::Answer { after: Duration::from_secs(2), talk: None };

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Everybody ready, under a configuration changed by `change`.
fn world(staff: &[Staff<'_>], change: impl FnOnce(&mut Configuration)) -> World {
    let mut world = World::new(7, staff, Person::Absent, Quality::GOOD);
    let mut changed = configuration(staff);
    change(&mut changed);
    world.tell(Input::Configure(Box::new(changed)));
    world.everybody_ready(Transport::Udp, ANSWERS);
    world
}

fn talking(world: &World, key: &str) -> bool {
    matches!(world.desk(key).call, Some((_, CallState::Talking)))
}

/// The interaction that began last.
fn last(world: &World) -> InteractionId {
    world.store.interactions.values().max_by_key(|row| row.started).unwrap().id
}

fn at(world: &World, interaction: InteractionId, kind: &str) -> Instant {
    let events = &world.store.events[&interaction];
    events.iter().find(|event| event.kind == kind).unwrap_or_else(|| panic!("{kind} in {events:?}")).at
}

#[test]
fn who_rings_again_in_time_is_served_before_who_came_meanwhile() {
    let mut world = world(&[("ana", 5, 0)], |changed| changed.rules.queues[0].redial_s = 60);
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    world.call("13800138001", "4000", secs(20));
    world.run(secs(10));
    let first = last(&world);
    world.call("13800138002", "4000", PATIENT);
    world.run(secs(30));
    world.call("13800138001", "4000", PATIENT);
    world.run(secs(1));
    let again = last(&world);
    assert!(world.store.kinds(again).contains(&"queue.place_kept"), "{:?}", world.store.kinds(again));
    assert_eq!(
        world.command("ana", DeskCommand::HangUp { interaction: None }),
        carillon::center::desk::CommandOutcome::Done
    );
    world.run_until(secs(40), "ana rings", |world| world.desk("ana").ring.is_some());
    let pop = world.desk("ana").pop.clone().unwrap();
    assert_eq!((pop.interaction, pop.caller.as_deref()), (again, Some("+8613800138001")));
    let kept = pop.place_kept.expect("the pop says so");
    assert_eq!((kept.by, kept.since), (Kept::Redial, at(&world, first, "queue.entered")));
    assert!(pop.why.en.contains("kept the place") && pop.why.zh.contains("位置保留"), "{:?}", pop.why);
    assert!(pop.why.en.contains("this caller") && pop.why.zh.contains("此来电"), "{:?}", pop.why);
    assert!(pop.waited_ms >= 60_000, "{}", pop.waited_ms);
    world.wind_down();
}

#[test]
fn announcements_stand_between_the_music_as_the_queue_wants_them() {
    let told = |announce: Vec<Announced>| {
        let mut world = world(&[("ana", 5, 0)], |changed| {
            changed.rules.queues[0].announce_first_s = Some(7);
            changed.queues[0].announce.clone_from(&announce);
        });
        world.call("13800138000", "4000", PATIENT);
        world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
        let waits = world.call("13800138001", "4000", PATIENT);
        world.run(secs(1));
        let leg = world.media.leg_towards(world.phones[&waits].rtp()).unwrap();
        let entered = at(&world, last(&world), "queue.entered");
        let mut heard: Vec<(u64, String)> = Vec::new();
        for _ in 0..600 {
            let sounds = world.media.playing[&leg].join(" ");
            if heard.last().is_none_or(|(_, last)| *last != sounds) {
                heard.push((world.now.since(entered).as_millis() as u64 / 100, sounds));
            }
            world.run(Duration::from_millis(100));
        }
        world.wind_down();
        heard
    };
    let heard = told(vec![Announced::Position]);
    let music = || "music/hold".to_owned();
    let next = || "en/queue-next".to_owned();
    let sounds: Vec<String> = heard.iter().map(|(_, sounds)| sounds.clone()).collect();
    assert_eq!(sounds, [music(), next(), music(), next(), music(), next(), music()], "{heard:?}");
    let at: Vec<u64> = heard.iter().filter(|(_, sounds)| *sounds == next()).map(|(at, _)| *at).collect();
    assert_eq!(at.iter().map(|tenths| tenths / 10).collect::<Vec<_>>(), [7, 27, 47], "{heard:?}");
    assert_eq!(told(Vec::new()).len(), 1, "nothing to tell: the music goes on");
}

#[test]
fn the_demand_widens_at_its_time() {
    let mut world = world(&[("ana", 2, 0)], |changed| {
        changed.rules.queues[0].requirement.all[0].min = 5;
        let step = RelaxStep { after_ms: 10_000, min_level: Some(1), ..RelaxStep::default() };
        changed.rules.queues[0].relax = vec![step];
    });
    world.call("13800138000", "4000", PATIENT);
    world.run(secs(9));
    assert!(world.desk("ana").ring.is_none(), "not before its time");
    world.run_until(SOON, "ana rings", |world| world.desk("ana").ring.is_some());
    let call = last(&world);
    let waited = at(&world, call, "agent.reserved").since(at(&world, call, "queue.entered"));
    let late = waited.saturating_sub(secs(10));
    println!("widened after {waited:?}, {late:?} late");
    assert!(waited >= secs(10) && late <= Duration::from_millis(20), "{waited:?}");
    let phone = world.phone_of("ana");
    world.act(phone, Act::HangUpAll);
    world.wind_down();
}

/// Served by this agent the last time.
fn regular(id: i64, name: &str, agent: &str) -> CustomerCard {
    let at = Instant::from_micros(1_000_000);
    let entry = TimelineEntry {
        interaction: InteractionId::new(at, &mut Rng::new(id as u64)),
        at,
        channel: Channel::Voice,
        direction: CallDirection::Inbound,
        outcome: Some(Outcome::Handled),
        queue: Some("sales".to_owned()),
        agent: Some(agent.to_uppercase()),
        agent_key: Some(agent.to_owned()),
        disposition: None,
        notes: String::new(),
        talk_ms: 60_000,
    };
    CustomerCard { timeline: vec![entry], ..card(id, name) }
}

#[test]
fn the_agent_of_last_time_comes_first_and_others_when_that_takes_too_long() {
    let mut world = world(&[("ana", 9, 0), ("ben", 2, 0)], |_| {});
    for (id, number) in [(1, "13800138001"), (2, "13800138002"), (3, "13800138003")] {
        world.knows(regular(id, "Li Wei", if id == 3 { "nobody" } else { "ben" }), number);
    }
    world.call("13800138001", "4002", PATIENT);
    world.run_until(SOON, "ben talks, though ana knows more", |world| talking(world, "ben"));
    world.call("13800138002", "4002", PATIENT);
    world.run(secs(29));
    assert!(!talking(&world, "ana"), "ben's other customer waits for him");
    world.run_until(SOON, "half a minute is over", |world| talking(world, "ana"));
    world.call("13800138003", "4002", PATIENT);
    world.command("ana", DeskCommand::HangUp { interaction: None });
    world.run_until(secs(60), "an agent who is gone keeps nobody waiting", |world| talking(world, "ana"));
    world.wind_down();
}

#[test]
fn tier_and_value_are_a_head_start() {
    let mut world = world(&[("ana", 5, 0)], |changed| {
        let tiers = [("gold".to_owned(), 60)].into();
        let step = |from_minor, bonus_s| ValueStep { from_minor, bonus_s };
        changed.queues[0].vip_bonus =
            VipBonus { tiers, values: vec![step(100, 1), step(500_000, 45), step(900_000, 500)] };
    });
    let order = Order {
        number: "1".to_owned(),
        placed: "2026-01-05".to_owned(),
        item: "ring".to_owned(),
        amount_minor: 300_000,
        currency: "CNY".to_owned(),
        status: "delivered".to_owned(),
    };
    let good = CustomerCard { orders: vec![order.clone(), order], ..card(1, "Li Wei") };
    world.knows(good, "13800138001");
    world.knows(card(2, "Li Na"), "13800138002");
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    let mut calls = Vec::new();
    // A stranger, then gold 90 s later, then gold with orders 30 s later.
    for (number, wait) in [("13800138003", 90), ("13800138002", 30), ("13800138001", 1)] {
        world.call(number, "4002", PATIENT);
        world.run(secs(1));
        calls.push(last(&world));
        world.run(secs(wait));
    }
    let mut served = Vec::new();
    for _ in 0..3 {
        world.command("ana", DeskCommand::HangUp { interaction: None });
        world.run_until(secs(120), "ana talks with the next", |world| talking(world, "ana"));
        let connected = |call: &InteractionId| world.store.kinds(*call).contains(&"call.connected");
        served.extend((0..3).filter(|call| connected(&calls[*call]) && !served.contains(call)).collect::<Vec<_>>());
    }
    assert_eq!(served, [0, 2, 1], "105 s are more than 30, and 60 less than 90");
    world.wind_down();
}

/// One knows sales, the other sales best and service too; a sales caller waits, then a service caller.
fn two_kinds_wait() -> World {
    let mut world = world(&[("ana", 3, 0), ("ben", 9, 9), ("cy", 0, 0)], |_| {});
    for key in ["ana", "ben", "cy"] {
        world.command(key, DeskCommand::NotReady { reason: "break".into() });
    }
    world.call("13800138001", "4000", PATIENT);
    world.run(secs(3));
    let second = world.call("13800138002", "4001", PATIENT);
    world.press_later(secs(2), second, '2');
    world.run(secs(5));
    world
}

fn supervise(world: &mut World, ask: SuperviseCommand) -> Reply {
    let command = CommandId(1_000_000 + world.replies.len() as u64);
    world.tell(Input::Supervise { command, user: "eva".to_owned(), ask });
    world.replies[&command].clone()
}

#[test]
fn a_team_that_is_made_ready_together_serves_as_many_as_it_can() {
    let mut one_by_one = two_kinds_wait();
    for key in ["ben", "ana"] {
        let agent = one_by_one.agent(key);
        assert_eq!(supervise(&mut one_by_one, SuperviseCommand::SetReady { agent }), Reply::Done);
    }
    one_by_one.run(SOON);
    assert!(talking(&one_by_one, "ben") && !talking(&one_by_one, "ana"), "ben took who came first");
    one_by_one.wind_down();

    let mut together = two_kinds_wait();
    let (ana, ben, nobody) = (together.agent("ana"), together.agent("ben"), AgentId(77));
    let answer = supervise(&mut together, SuperviseCommand::SetReadyTogether { agents: vec![ben, nobody, ana] });
    let Reply::Partly { left_out } = answer else { panic!("{answer:?}") };
    assert_eq!(left_out.iter().map(|it| (it.agent, it.code)).collect::<Vec<_>>(), [(nobody, Refusal::UnknownAgent)]);
    together.run(SOON);
    assert!(talking(&together, "ana") && talking(&together, "ben"), "ben is the only one for service");
    let again = supervise(&mut together, SuperviseCommand::SetReadyTogether { agents: vec![ana, ben] });
    assert_eq!(again, Reply::Done, "who is busy is ready next");
    together.wind_down();
}
