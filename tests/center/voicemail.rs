//! Callers who leave a message.

use std::net::SocketAddr;
use std::time::Duration;

use carillon::crm::{EndedBy, Outcome, Task};

use crate::desks::Person;
use crate::network::Quality;
use crate::phone::Act;
use crate::scenery::Staff;
use crate::world::World;

const PATIENT: Duration = Duration::from_secs(3_600);
const ANA: &[Staff<'_>] = &[("ana", 5, 0)];

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Somebody has heard the greeting and speaks.
fn speaking() -> (World, SocketAddr) {
    let mut world = World::new(3, ANA, Person::Absent, Quality::GOOD);
    let caller = world.call("13800138000", "4005", PATIENT);
    world.run_until(secs(30), "the message is recorded", |world| world.media.recording.len() == 1);
    (world, caller)
}

fn only_task(world: &World) -> &Task {
    let [task] = &world.store.tasks[..] else { panic!("one task: {:?}", world.store.tasks) };
    task
}

#[test]
fn who_hangs_up_has_left_what_was_said() {
    let (mut world, caller) = speaking();
    let voices: Vec<_> = world.media.voices.values().cloned().collect();
    assert_eq!(voices.iter().map(Vec::len).collect::<Vec<_>>(), [1], "the caller alone");
    world.run(secs(8));
    world.act(caller, Act::HangUpAll);
    world.run(secs(2));
    let row = world.only_row();
    assert_eq!((row.outcome, row.ended_by), (Some(Outcome::Voicemail), Some(EndedBy::Customer)));
    assert!(row.recording.is_some());
    let kinds = world.store.kinds(row.id);
    assert!(kinds.contains(&"message.left") && kinds.contains(&"recording.ended"), "{kinds:?}");
    let task = only_task(&world);
    assert_eq!((task.kind.as_str(), task.note.as_str(), task.interaction), ("voicemail", "sales", row.id));
    assert_eq!(task.number.as_ref().map(|number| number.as_str()), Some("+8613800138000"));
    world.wind_down();
}

#[test]
fn the_key_and_the_longest_time_end_it_and_the_flow_goes_on() {
    for key in [true, false] {
        let (mut world, caller) = speaking();
        world.run(secs(5));
        if key {
            world.press(caller, '#');
        } else {
            world.run(secs(16));
        }
        world.run_until(secs(5), "the caller is in the line", |world| {
            world.store.kinds(world.only_row().id).contains(&"queue.entered")
        });
        assert!(world.media.voices.values().all(Vec::is_empty), "what is said in the line is no message");
        assert_eq!(only_task(&world).kind, "voicemail");
        world.act(caller, Act::HangUpAll);
        world.run(secs(2));
        assert_eq!(world.only_row().outcome, Some(Outcome::Voicemail), "a message, not an abandoned call");
        world.wind_down();
    }
}

#[test]
fn nothing_is_owed_for_a_message_of_nothing() {
    let (mut world, caller) = speaking();
    world.act(caller, Act::HangUpAll);
    world.run(secs(2));
    assert_eq!(world.store.tasks.len(), 0);
    assert_eq!(world.only_row().outcome, Some(Outcome::Abandoned));
    world.wind_down();
}
