//! What waiting callers live through: the place kept, the announcements, the demand that widens.

use std::time::Duration;

use carillon::acd::{Kept, RelaxStep};
use carillon::base::{Instant, InteractionId};
use carillon::center::desk::{CallState, DeskCommand};
use carillon::center::{Announced, Configuration, Input};
use carillon::sip::Transport;

use crate::desks::Person;
use crate::network::Quality;
use crate::phone::{Act, Habit};
use crate::scenery::{Staff, configuration};
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
    let mut world = world(&[("ana", 5, 0)], |changed| changed.rules.queues[0].recall_s = 60);
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
    assert_eq!(world.command("ana", DeskCommand::HangUp), carillon::center::desk::Outcome::Done);
    world.run_until(secs(40), "ana rings", |world| world.desk("ana").ring.is_some());
    let pop = world.desk("ana").pop.clone().unwrap();
    assert_eq!((pop.interaction, pop.caller.as_deref()), (again, Some("+8613800138001")));
    let kept = pop.place_kept.expect("the pop says so");
    assert_eq!((kept.by, kept.since), (Kept::Recall, at(&world, first, "queue.entered")));
    assert!(pop.why.en.contains("kept the place") && pop.why.zh.contains("位置保留"), "{:?}", pop.why);
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
