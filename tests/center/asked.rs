//! Callers who are asked something when the agent has hung up.

use std::net::SocketAddr;
use std::time::Duration;

use carillon::center::desk::{CallState, CommandOutcome, DeskCommand};
use carillon::crm::{EndedBy, Entered, Holder, Outcome};
use carillon::sip::Transport;

use crate::desks::Person;
use crate::network::Quality;
use crate::phone::{Act, Habit};
use crate::scenery::Staff;
use crate::world::World;

const PATIENT: Duration = Duration::from_secs(3_600);
const SOON: Duration = Duration::from_secs(5);
const ANSWERS: Habit = Habit::Answer { after: Duration::from_secs(2), talk: None };
const ANA: &[Staff<'_>] = &[("ana", 5, 0)];

/// Ana talks with somebody who will be asked; the caller.
fn talking() -> (World, SocketAddr) {
    let mut world = World::new(5, ANA, Person::Absent, Quality::GOOD);
    world.everybody_ready(Transport::Udp, ANSWERS);
    let caller = world.call("13800138000", "4006", PATIENT);
    world.run_until(SOON, "ana talks", |world| matches!(world.desk("ana").call, Some((_, CallState::Talking))));
    world.run(Duration::from_secs(30));
    (world, caller)
}

/// Ana is in wrap-up and the caller hears the question.
fn asked(world: &World) -> bool {
    world.desk("ana").wrap_up.is_some() && world.media.playing.len() == 1 && world.media.hears.is_empty()
}

#[test]
fn who_stays_is_asked_and_the_answer_stands_on_the_contact() {
    for by_phone in [false, true] {
        let (mut world, caller) = talking();
        if by_phone {
            let phone = world.phone_of("ana");
            world.act(phone, Act::HangUpAll);
        } else {
            assert_eq!(world.command("ana", DeskCommand::HangUp { interaction: None }), CommandOutcome::Done);
        }
        world.run_until(SOON, "the question", asked);
        assert!(world.media.voices.values().all(Vec::is_empty), "an answer to the flow is no conversation");
        let interaction = world.desk("ana").wrap_up.expect("the form");
        let (disposition, notes) = (Some("solved".to_owned()), "rings".to_owned());
        let save = DeskCommand::WrapUpSave { interaction, disposition, notes, done: true };
        assert_eq!(world.command("ana", save), CommandOutcome::Done);
        world.press(caller, '5');
        world.run_until(SOON, "the end", |world| world.only_row().ended.is_some());
        let row = world.only_row();
        assert_eq!((row.outcome, row.ended_by), (Some(Outcome::Handled), Some(EndedBy::Flow)));
        assert_eq!(row.entered, [Entered { label: "Score".to_owned(), digits: Some("5".to_owned()) }]);
        assert_eq!((row.disposition.as_deref(), row.notes.as_str()), (Some("solved"), "rings"));
        let holders: Vec<_> = row.segments.iter().map(|segment| segment.holder).collect();
        assert!(
            matches!(holders[..], [Holder::Flow, Holder::Queue { .. }, Holder::Agent { .. }, Holder::Flow]),
            "{holders:?}"
        );
        world.wind_down();
    }
}

#[test]
fn who_hangs_up_is_not_asked() {
    let (mut world, caller) = talking();
    world.act(caller, Act::HangUpAll);
    world.run(Duration::from_secs(3));
    assert_eq!((world.only_row().ended_by, world.only_row().entered.len()), (Some(EndedBy::Customer), 0));
    assert!(world.desk("ana").wrap_up.is_some());
    world.wind_down();
}
