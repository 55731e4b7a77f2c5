//! Numbers that lead to one agent, past every line.

use std::net::SocketAddr;

use carillon::acd::{AgentState, WrapUp, WrapUpMode};
use carillon::center::desk::{CallState, CommandOutcome as Reply, DeskCommand, Target};
use carillon::crm::{Holder, OF_AGENT, Outcome};
use carillon::sip::Transport;

use crate::desks::Person;
use crate::network::Quality;
use crate::phone::{Act, Habit};
use crate::stories::{ANSWERS, PATIENT, SOON, secs, talking};
use crate::world::World;

fn called(habit: Habit) -> (World, SocketAddr) {
    let mut world = World::new(7, &[("ana", 5, 0), ("ben", 4, 0)], Person::Absent, Quality::GOOD);
    world.reconfigure(|to| to.rules.own_wrap_up = Some(WrapUp { mode: WrapUpMode::Timed, seconds: 20 }));
    world.everybody_ready(Transport::Udp, habit);
    let caller = world.call("13800138000", "4007", PATIENT);
    world.run_until(SOON, "ana is rung", |world| matches!(world.desk("ana").call, Some((_, CallState::Ringing))));
    (world, caller)
}

#[test]
fn the_agent_sees_who_calls_and_has_the_call_as_any_other() {
    let (mut world, _) = called(ANSWERS);
    let pop = world.desk("ana").pop.clone().expect("who calls");
    assert_eq!((pop.caller_shown.as_str(), pop.queue.as_str(), pop.handed), ("138 0013 8000", "", None));
    assert!(matches!(world.desk("ana").state, AgentState::Busy { .. }), "nobody else rings ana");
    world.run_until(SOON, "they talk", |world| talking(world, "ana"));
    assert_eq!((world.media.hears.len(), world.media.recording.len()), (2, 1));
    for ask in [DeskCommand::Hold { interaction: None }, DeskCommand::Resume { interaction: None }] {
        assert_eq!(world.command("ana", ask), Reply::Done);
    }
    assert_eq!(world.command("ana", DeskCommand::HangUp { interaction: None }), Reply::Done);
    assert!(matches!(world.desk("ana").state, AgentState::WrapUp { .. }), "by the rule of own calls");
    assert!(world.desk("ana").wrap_up.is_some());
    world.run(secs(30));
    assert_eq!(world.desk("ana").state, AgentState::Ready);
    world.wind_down();
    let row = world.only_row();
    let ana = world.agent("ana");
    assert_eq!((row.outcome, row.agent, row.queue), (Some(Outcome::Handled), Some(ana), None));
    assert!(row.segments.iter().any(|one| one.holder == Holder::Agent { agent: ana, queue: None }));
}

#[test]
fn a_direct_call_is_sent_on_as_any_other() {
    let (mut world, _) = called(ANSWERS);
    world.run_until(SOON, "they talk", |world| talking(world, "ana"));
    let to = Target::Agent { agent: world.agent("ben") };
    assert_eq!(world.command("ana", DeskCommand::Transfer { interaction: None, to, note: String::new() }), Reply::Done);
    world.run_until(SOON, "ben talks", |world| talking(world, "ben"));
    assert_eq!(world.command("ben", DeskCommand::HangUp { interaction: None }), Reply::Done);
    assert!(matches!(world.desk("ben").state, AgentState::WrapUp { .. }), "it is ben's own by then");
    world.wind_down();
}

#[test]
fn who_does_not_come_is_free_and_the_flow_goes_on() {
    for (habit, decline) in [(Habit::Ignore, false), (Habit::Refuse(486), false), (Habit::Ignore, true)] {
        let (mut world, caller) = called(habit);
        if decline {
            assert_eq!(world.command("ana", DeskCommand::Decline { interaction: None }), Reply::Done);
        }
        world.run(secs(16));
        assert_eq!(world.desk("ana").state, AgentState::Ready, "nothing is owed");
        assert!(world.phones[&world.phone_of("ana")].is_idle());
        world.run(secs(8));
        world.act(caller, Act::HangUpAll);
        world.run(secs(2));
        let [task] = &world.store.tasks[..] else { panic!("a message for ana: {:?}", world.store.tasks) };
        assert_eq!(task.note, format!("{OF_AGENT}ana"));
        assert_eq!(world.only_row().outcome, Some(Outcome::Voicemail));
        world.wind_down();
    }
}

#[test]
fn the_caller_gives_up_while_it_rings() {
    let (mut world, caller) = called(Habit::Ignore);
    world.act(caller, Act::HangUpAll);
    world.run(secs(1));
    assert_eq!(
        (&world.desk("ana").state, world.desk("ana").withdrawn.clone()),
        (&AgentState::Ready, vec!["caller_gone".to_owned()])
    );
    assert_eq!(world.only_row().outcome, Some(Outcome::Abandoned));
    world.wind_down();
}

#[test]
fn who_talks_is_busy() {
    let (mut world, _) = called(ANSWERS);
    world.run_until(SOON, "they talk", |world| talking(world, "ana"));
    world.call("13800138001", "4007", PATIENT);
    world.run(secs(3));
    assert!(talking(&world, "ana"), "nothing rings in the middle of a call");
    world.run_until(secs(20), "the second leaves a message", |world| world.media.recording.len() == 2);
    world.wind_down();
}
