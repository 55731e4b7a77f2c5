//! An agent whose desktop loses its microphone: no call goes where nobody could speak.

use carillon::acd::{AgentState, NextState};
use carillon::center::Input;
use carillon::center::desk::{CommandOutcome as Reply, DeskCommand, Refusal};
use carillon::center::input::SuperviseCommand;
use carillon::crm::Outcome;
use carillon::sip::Transport;

use crate::desks::Person;
use crate::network::Quality;
use crate::phone::Habit;
use crate::scenery::Staff;
use crate::stories::{ANSWERS, PATIENT, SOON, secs, talking};
use crate::world::World;

const SILENT: Habit = Habit::Ignore;

fn world(staff: &[Staff<'_>], habit: Habit) -> World {
    let mut world = World::new(5, staff, Person::Absent, Quality::GOOD);
    world.everybody_ready(Transport::Ws, habit);
    for (key, ..) in staff {
        let agent = world.agent(key);
        world.tell(Input::DeskConnected { agent });
    }
    world
}

fn not_ready(reason: &str) -> AgentState {
    AgentState::NotReady { reason: reason.to_owned() }
}

fn says(world: &mut World, key: &str, ask: DeskCommand) {
    assert_eq!(world.command(key, ask), Reply::Done);
}

fn refused(reply: Reply) -> Option<Refusal> {
    match reply {
        Reply::Refused { code, .. } => Some(code),
        _ => None,
    }
}

fn next(world: &World, key: &str) -> Option<NextState> {
    world.center.snapshot(world.agent(key)).unwrap().next
}

#[test]
fn a_ready_agent_without_one_is_not_ready_until_it_is_found_and_a_press() {
    let mut world = world(&[("ana", 9, 0), ("ben", 5, 0)], ANSWERS);
    says(&mut world, "ana", DeskCommand::MicrophoneLost);
    assert_eq!(world.desk("ana").state, not_ready("no-microphone"));
    assert_eq!(refused(world.command("ana", DeskCommand::Ready)), Some(Refusal::NoMicrophone));
    let ana = world.agent("ana");
    assert_eq!(refused(world.supervise(SuperviseCommand::SetReady { agent: ana })), Some(Refusal::NoMicrophone));
    let together = world.supervise(SuperviseCommand::SetReadyTogether { agents: vec![ana] });
    assert!(
        matches!(&together, Reply::Partly { left_out } if left_out[0].code == Refusal::NoMicrophone),
        "{together:?}"
    );
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ben talks", |world| talking(world, "ben"));

    says(&mut world, "ana", DeskCommand::MicrophoneFound);
    assert_eq!(world.desk("ana").state, not_ready("no-microphone"), "by a press only");
    says(&mut world, "ana", DeskCommand::Ready);
    assert_eq!(world.desk("ana").state, AgentState::Ready);
    world.wind_down();
}

#[test]
fn a_break_stays_a_break_and_ready_waits_for_the_microphone() {
    let mut world = world(&[("ana", 5, 0)], ANSWERS);
    says(&mut world, "ana", DeskCommand::NotReady { reason: "break".to_owned() });
    says(&mut world, "ana", DeskCommand::MicrophoneLost);
    assert_eq!(world.desk("ana").state, not_ready("break"));
    assert_eq!(refused(world.command("ana", DeskCommand::Ready)), Some(Refusal::NoMicrophone));
    says(&mut world, "ana", DeskCommand::MicrophoneFound);
    says(&mut world, "ana", DeskCommand::Ready);
    world.wind_down();
}

#[test]
fn a_ring_goes_on_and_who_finds_a_microphone_in_time_answers_it() {
    let mut world = world(&[("ana", 5, 0)], Habit::Answer { after: secs(6), talk: None });
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana is rung", |world| world.desk("ana").ring.is_some());
    says(&mut world, "ana", DeskCommand::MicrophoneLost);
    assert!(world.desk("ana").ring.is_some(), "the ring goes on");
    assert_eq!(next(&world, "ana"), Some(NextState::NotReady { reason: "no-microphone".to_owned() }));
    says(&mut world, "ana", DeskCommand::MicrophoneFound);
    world.run_until(secs(10), "ana talks", |world| talking(world, "ana"));
    says(&mut world, "ana", DeskCommand::HangUp { interaction: None });
    assert_ne!(next(&world, "ana"), Some(NextState::NotReady { reason: "no-microphone".to_owned() }));
    world.wind_down();
}

#[test]
fn a_ring_nobody_could_answer_is_no_missed_call_but_a_missing_microphone() {
    let mut world = world(&[("ana", 9, 0), ("ben", 5, 0)], SILENT);
    let ben = world.phone_of("ben");
    world.phones.get_mut(&ben).unwrap().habit = ANSWERS;
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana is rung", |world| world.desk("ana").ring.is_some());
    says(&mut world, "ana", DeskCommand::MicrophoneLost);
    world.run_until(secs(60), "ben talks: the caller was kept", |world| talking(world, "ben"));
    assert_eq!(world.desk("ana").state, not_ready("no-microphone"));
    world.wind_down();
    assert_eq!(world.only_row().outcome, Some(Outcome::Handled));
}

#[test]
fn lost_in_a_call_the_call_goes_on_and_no_other_comes_after_it() {
    for found_in_wrap_up in [false, true] {
        let mut world = world(&[("ana", 5, 0)], ANSWERS);
        world.call("13800138000", "4000", PATIENT);
        world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
        says(&mut world, "ana", DeskCommand::MicrophoneLost);
        world.run(secs(10));
        assert!(talking(&world, "ana"));
        says(&mut world, "ana", DeskCommand::HangUp { interaction: None });
        let interaction = world.desk("ana").wrap_up.expect("the form is open");
        if found_in_wrap_up {
            says(&mut world, "ana", DeskCommand::MicrophoneFound);
            assert!(matches!(world.desk("ana").state, AgentState::WrapUp { .. }), "the form stays");
        }
        let (disposition, notes) = (Some("solved".to_owned()), "noted".to_owned());
        says(&mut world, "ana", DeskCommand::WrapUpSave { interaction, disposition, notes, done: true });
        let then = if found_in_wrap_up { AgentState::Ready } else { not_ready("no-microphone") };
        assert_eq!(world.desk("ana").state, then);
        world.wind_down();
    }
}

#[test]
fn it_is_forgotten_with_the_shift_and_with_a_desktop_that_stays_away() {
    let mut world = world(&[("ana", 5, 0), ("ben", 5, 0)], ANSWERS);
    for key in ["ana", "ben"] {
        says(&mut world, key, DeskCommand::MicrophoneLost);
    }
    says(&mut world, "ana", DeskCommand::SignOut);
    says(&mut world, "ana", DeskCommand::Ready);
    assert_eq!(world.desk("ana").state, AgentState::Ready);
    let ben = world.agent("ben");
    world.tell(Input::DeskLost { agent: ben });
    world.run(secs(120));
    world.tell(Input::DeskConnected { agent: ben });
    says(&mut world, "ben", DeskCommand::Ready);
    world.wind_down();
}

#[test]
fn a_phone_that_comes_back_without_a_microphone_does_not_make_ready() {
    let mut world = world(&[("ana", 5, 0)], ANSWERS);
    world.restart();
    let agent = world.agent("ana");
    world.tell(Input::DeskConnected { agent });
    says(&mut world, "ana", DeskCommand::MicrophoneLost);
    let phone = world.phone_of("ana");
    world.act(phone, crate::phone::Act::Return);
    world.run(secs(1));
    assert_eq!(world.desk("ana").state, not_ready("no-microphone"));
    world.wind_down();
}
