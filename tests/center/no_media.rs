//! Agents who pick up in a browser that is never heard.

use carillon::acd::AgentState;
use carillon::center::Input;
use carillon::center::desk::CallState;
use carillon::crm::{EndedBy, Outcome};
use carillon::media::Event;
use carillon::sip::Transport;

use crate::desks::Person;
use crate::network::Quality;
use crate::phone::Habit;
use crate::scenery::Staff;
use crate::stories::{ANSWERS, PATIENT, SOON, secs, talking};
use crate::world::World;

fn world(staff: &[Staff<'_>]) -> World {
    let mut world = World::new(5, staff, Person::Absent, Quality::GOOD);
    world.everybody_ready(Transport::Ws, ANSWERS);
    world
}

fn set_aside(world: &World, agent: &str) -> bool {
    world.desk(agent).state == AgentState::NotReady { reason: "no-media".to_owned() }
}

#[test]
fn who_is_not_heard_has_not_answered_and_the_caller_goes_to_the_next() {
    let mut world = world(&[("ana", 9, 0), ("ben", 5, 0)]);
    world.media.no_browser_is_heard = true;
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana has picked up", |world| {
        matches!(world.desk("ana").call, Some((_, CallState::Connecting)))
    });
    world.media.no_browser_is_heard = false;
    world.run_until(secs(15), "ben talks", |world| talking(world, "ben"));
    assert!(set_aside(&world, "ana"));
    assert_eq!(world.desk("ana").withdrawn, ["no_media"]);
    world.wind_down();
    let row = world.only_row();
    let waited = row.answered.unwrap().since(row.queued.unwrap());
    assert!(waited >= secs(10), "the wait counts from the first arrival: {waited:?}");
    assert_eq!(row.outcome, Some(Outcome::Handled));
    assert!(world.store.kinds(row.id).contains(&"agent.no_media"));
    assert_eq!(world.store.kinds(row.id).iter().filter(|kind| **kind == "call.connected").count(), 1);
}

#[test]
fn a_caller_whom_nobody_could_hear_was_not_handled() {
    let mut world = world(&[("ana", 9, 0)]);
    world.media.no_browser_is_heard = true;
    world.call("13800138000", "4000", secs(40));
    world.run_until(secs(20), "ana is set aside", |world| set_aside(world, "ana"));
    let row = world.only_row();
    assert_eq!((row.answered, row.agent, row.ended), (None, None, None), "the caller waits");
    world.run(secs(40));
    assert!(set_aside(&world, "ana"), "it does not repeat");
    world.wind_down();
    let row = world.only_row();
    assert_eq!((row.outcome, row.ended_by), (Some(Outcome::Abandoned), Some(EndedBy::Customer)));
    assert_eq!(world.desk("ana").withdrawn, ["no_media"]);
}

/// Its own checks failed: the browser hangs up before our limit.
#[test]
fn a_browser_that_gives_up_by_itself_ends_no_call() {
    let mut world = world(&[("ana", 9, 0)]);
    world.media.no_browser_is_heard = true;
    let ana = world.phone_of("ana");
    world.phones.get_mut(&ana).unwrap().habit = Habit::Answer { after: secs(1), talk: Some(secs(5)) };
    world.call("13800138000", "4000", secs(60));
    world.run_until(secs(12), "ana is set aside", |world| set_aside(world, "ana"));
    assert_eq!(world.only_row().ended, None, "the caller is kept");
    world.wind_down();
    assert_eq!(world.only_row().outcome, Some(Outcome::Abandoned));
}

#[test]
fn who_answers_in_the_last_moment_of_the_ring_is_connected() {
    let mut world = world(&[("ana", 9, 0)]);
    let ana = world.phone_of("ana");
    // The ring ends after 15 s.
    world.phones.get_mut(&ana).unwrap().habit =
        Habit::Answer { after: secs(15) - std::time::Duration::from_millis(120), talk: None };
    world.call("13800138000", "4000", PATIENT);
    world.run_until(secs(20), "ana talks", |world| talking(world, "ana"));
    assert_eq!(world.desk("ana").withdrawn, [""; 0]);
    world.wind_down();
}

#[test]
fn a_phone_that_comes_back_without_sound_gives_the_caller_back() {
    let mut world = world(&[("ana", 9, 0), ("ben", 5, 0)]);
    let ben = world.phone_of("ben");
    world.phones.get_mut(&ben).unwrap().habit = Habit::Ignore;
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    world.phones.get_mut(&ben).unwrap().habit = ANSWERS;
    world.media.no_browser_is_heard = true;
    let leg = world.media.leg_of_browser().expect("ana's leg");
    world.tell(Input::Media(Event::MediaLost { leg }));
    world.run_until(secs(14), "ana is set aside", |world| set_aside(world, "ana"));
    world.media.no_browser_is_heard = false;
    world.run_until(secs(15), "ben talks", |world| talking(world, "ben"));
    world.wind_down();
}
