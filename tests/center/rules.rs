//! New rules over a running center: nobody who waits, rings or talks notices.

use std::time::Duration;

use carillon::acd::{AgentSelection, Condition, QueueRule, RelaxStep};
use carillon::base::QueueId;
use carillon::center::desk::DeskCommand;
use carillon::center::{Configuration, Input, QueueSettings};
use carillon::crm::Outcome;
use carillon::sip::Transport;

use crate::desks::Person;
use crate::network::Quality;
use crate::phone::Habit;
use crate::scenery::{SALES, SERVICE, SPEAKS_SALES, Staff, configuration};
use crate::world::World;

const STAFF: [Staff<'static>; 2] = [("ana", 5, 0), ("ben", 2, 9)];
const PATIENT: Duration = Duration::from_secs(3_600);

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn world(habit: Habit) -> World {
    let mut world = World::new(11, &STAFF, Person::Absent, Quality::GOOD);
    world.everybody_ready(Transport::Udp, habit);
    world
}

/// Other policy, other times, other order, one more queue and another cap on skill.
fn changed() -> Configuration {
    let mut new = configuration(&STAFF);
    new.rules.version = 2;
    let sales = &mut new.rules.queues[0];
    sales.agent_selection = AgentSelection::LeastSkilled;
    (sales.ring_s, sales.wrap_up.seconds, sales.priority, sales.max_waiting) = (40, 5, 1, Some(2));
    sales.requirement.all[0].min = 4;
    let when = Some(Condition::WaitingAbove(50));
    sales.relax = vec![RelaxStep { after_ms: 600_000, when, drop: vec![SPEAKS_SALES], ..RelaxStep::default() }];
    let extra = QueueId(9);
    new.rules.queues.insert(0, QueueRule { id: extra, key: "extra".into(), ..QueueRule::default() });
    new.rules.queues.reverse();
    new.rules.agents.reverse();
    let settings = QueueSettings { id: extra, ..new.queues[0].clone() };
    new.queues.push(settings);
    new
}

#[test]
fn calls_in_the_queue_survive_the_change_and_keep_their_place() {
    let mut world = world(Habit::Answer { after: secs(1), talk: None });
    for caller in 0..5 {
        world.call_later(secs(10 * caller), &format!("1380013800{caller}"), "4000", PATIENT);
    }
    world.run(secs(50));
    let line = |world: &mut World| -> Vec<_> {
        let mut tile = |id| world.center.board(world.now).queues.into_iter().find(|tile| tile.id == id).unwrap();
        vec![(tile(SALES).waiting, tile(SALES).longest_since), (tile(SERVICE).waiting, None)]
    };
    let before = line(&mut world);
    assert_eq!(before[0].0, 3, "two talk, three wait");
    world.tell(Input::Configure(Box::new(changed())));
    assert_eq!(line(&mut world), before, "also beyond the new maximum");
    world.run(secs(20));
    assert_eq!(line(&mut world), before);

    // One after the other is taken by ana; ben's level no longer suffices.
    for _ in 0..2 {
        for agent in ["ana", "ben"] {
            world.command(agent, DeskCommand::HangUp { interaction: None });
        }
        world.run(secs(12));
    }
    world.run(secs(5));
    let mut rows: Vec<_> = world.store.interactions.values().cloned().collect();
    rows.sort_by_key(|row| row.queued);
    let answered: Vec<_> = rows.iter().filter_map(|row| row.answered).collect();
    assert_eq!(answered.len(), 4, "ana took two more: {rows:#?}");
    assert!(answered.is_sorted(), "in the order of their arrival");
    assert!(rows[2..4].iter().all(|row| row.agent == Some(world.agent("ana"))));
    assert!(rows.iter().all(|row| row.outcome.is_none() || row.outcome == Some(Outcome::Handled)), "nobody was lost");
    world.wind_down();
}

#[test]
fn a_ring_goes_on_under_new_rules() {
    let mut world = world(Habit::Answer { after: secs(9), talk: None });
    world.call("13800138000", "4000", PATIENT);
    world.run_until(secs(5), "ana rings", |world| world.desk("ana").ring.is_some());
    let ring = world.desk("ana").ring;
    world.tell(Input::Configure(Box::new(changed())));
    world.run(secs(2));
    assert_eq!(world.desk("ana").ring, ring);
    world.run_until(secs(10), "ana talks", |world| world.desk("ana").talks());
    assert!(world.desk("ana").withdrawn.is_empty());
    world.wind_down();
    assert_eq!(world.only_row().outcome, Some(Outcome::Handled));
}

#[test]
fn the_way_back_is_as_smooth() {
    let mut world = world(Habit::Ignore);
    for agent in ["ana", "ben"] {
        world.command(agent, DeskCommand::NotReady { reason: "break".into() });
    }
    for caller in 0..3 {
        world.call_later(secs(caller), &format!("1380013800{caller}"), "4000", PATIENT);
    }
    world.run(secs(30));
    for new in [changed(), configuration(&STAFF), changed(), configuration(&STAFF)] {
        world.tell(Input::Configure(Box::new(new)));
        world.run(secs(1));
        let board = world.center.board(world.now);
        assert_eq!(board.queues.iter().map(|tile| tile.waiting).sum::<u32>(), 3);
    }
    world.wind_down();
    assert!(world.store.interactions.values().all(|row| row.outcome == Some(Outcome::Abandoned)));
}

/// Who is asked hears the old menu to its end, whatever becomes of the flow meanwhile; the next caller does not.
#[test]
fn a_call_stays_in_the_flow_as_it_was_when_the_call_came_to_it() {
    const SHUT: &str = "start = \"in\"\n[step.in]\ndo = \"answer\"\nnext = \"bye\"\n[step.bye]\ndo = \"hangup\"\n\
                        reason = \"shut\"\n";
    for becomes in [Some(SHUT), None] {
        let mut world = world(Habit::Answer { after: secs(1), talk: None });
        let caller = world.call("13800138000", "4001", PATIENT);
        world.run(secs(3));
        world.reconfigure(|center| {
            center.flows.retain(|(name, _)| name != "menu");
            center.flows.extend(becomes.map(|text| ("menu".to_owned(), text.to_owned())));
        });
        world.run(secs(1));
        world.press(caller, '1');
        world.run_until(secs(10), "ana talks", |world| world.desk("ana").talks());
        let first = world.only_row().clone();
        assert_eq!(first.menu_path, ["Sales"], "{becomes:?}");
        world.call("13800138001", "4001", PATIENT);
        world.run(secs(5));
        let second = world.store.interactions.values().find(|row| row.id != first.id).unwrap();
        assert!(second.ended.is_some() && second.menu_path.is_empty(), "{becomes:?}: {second:?}");
        world.wind_down();
    }
}

#[test]
fn contacts_of_a_queue_that_is_gone_leave_it_as_closed() {
    let mut world = world(Habit::Ignore);
    for agent in ["ana", "ben"] {
        world.command(agent, DeskCommand::NotReady { reason: "break".into() });
    }
    world.call("13800138000", "4000", PATIENT);
    world.run(secs(5));
    let mut without = configuration(&STAFF);
    without.rules.queues.retain(|queue| queue.id != SALES);
    world.tell(Input::Configure(Box::new(without)));
    world.run(secs(5));
    let id = world.only_row().id;
    let left = world.store.events[&id].iter().find(|event| event.kind == "queue.left").cloned().unwrap();
    assert_eq!(left.detail["why"], "closed");
    world.wind_down();
}
