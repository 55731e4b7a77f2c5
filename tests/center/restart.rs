//! The end of a process and the start of the next: who is what, and what becomes of calls.

use carillon::acd::AgentState;
use carillon::base::CustomerId;
use carillon::center::Input;
use carillon::center::desk::{AgentDay, CommandOutcome as Reply, DeskCommand};
use carillon::crm::{EndedBy, Outcome};
use carillon::sip::Transport;

use crate::desks::Person;
use crate::network::Quality;
use crate::phone::Act;
use crate::scenery::Staff;
use crate::stories::{ANSWERS, PATIENT, SOON, card, secs, talking};
use crate::world::World;

fn world(staff: &[Staff<'_>], transport: Transport) -> World {
    let mut world = World::new(11, staff, Person::Absent, Quality::GOOD);
    world.everybody_ready(transport, ANSWERS);
    world
}

fn not_ready(reason: &str) -> AgentState {
    AgentState::NotReady { reason: reason.to_owned() }
}

fn back(world: &mut World, key: &str) {
    let phone = world.phone_of(key);
    world.act(phone, Act::Return);
    world.run(secs(1));
}

fn since(world: &World, key: &str) -> carillon::base::Instant {
    world.center.snapshot(world.agent(key)).unwrap().since
}

#[test]
fn who_was_ready_is_ready_again_with_the_phone() {
    let mut world = world(&[("ana", 5, 0)], Transport::Udp);
    world.restart();
    assert_eq!(world.desk("ana").state, not_ready("unreachable"));
    world.run(secs(60));
    assert_eq!(world.desk("ana").state, not_ready("unreachable"), "no phone, no calls");
    back(&mut world, "ana");
    assert_eq!(world.desk("ana").state, AgentState::Ready, "a desk phone suffices");
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    world.wind_down();
}

#[test]
fn a_phone_in_a_browser_waits_for_its_desktop() {
    let mut world = world(&[("ana", 5, 0)], Transport::Ws);
    world.restart();
    back(&mut world, "ana");
    assert!(world.desk("ana").phone_reachable);
    assert_eq!(world.desk("ana").state, not_ready("unreachable"));
    let agent = world.agent("ana");
    world.tell(Input::DeskConnected { agent });
    assert_eq!(world.desk("ana").state, AgentState::Ready);
    world.wind_down();
}

#[test]
fn a_break_goes_on_over_two_restarts_and_an_own_word_counts_more_than_the_phone() {
    let mut world = world(&[("ana", 5, 0), ("ben", 5, 0)], Transport::Udp);
    let pause = DeskCommand::NotReady { reason: "break".to_owned() };
    assert_eq!(world.command("ana", pause.clone()), Reply::Done);
    let from = since(&world, "ana");
    for _ in 0..2 {
        world.run(secs(60));
        world.restart();
        back(&mut world, "ana");
        assert_eq!((&world.desk("ana").state, since(&world, "ana")), (&not_ready("break"), from));
    }
    assert_eq!(world.desk("ben").state, not_ready("unreachable"));
    assert_eq!(world.command("ben", pause), Reply::Done);
    back(&mut world, "ben");
    assert_eq!(world.desk("ben").state, not_ready("break"), "ben went on a break before the phone was back");
    world.wind_down();
}

#[test]
fn who_was_on_the_phone_wraps_the_interrupted_call_up() {
    let mut world = world(&[("ana", 5, 0)], Transport::Udp);
    world.knows(card(42, "王丽华"), "13800138000");
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    world.run(secs(30));
    world.restart();
    let desk = world.desk("ana");
    let interaction = desk.wrap_up.expect("the form is open");
    assert!(matches!(desk.state, AgentState::WrapUp { until: Some(_), .. }), "{:?}", desk.state);
    let pop = desk.pop.clone().expect("the card is open");
    assert_eq!((pop.interaction, pop.customer.map(|card| card.id)), (interaction, Some(CustomerId(42))));
    assert_eq!((pop.queue.as_str(), pop.caller.as_deref()), ("sales", Some("+8613800138000")));

    world.restart();
    assert_eq!(world.desk("ana").wrap_up, Some(interaction), "and over the next restart");
    let save = DeskCommand::WrapUpSave {
        interaction,
        disposition: Some("solved".to_owned()),
        notes: "was cut off".to_owned(),
        done: true,
    };
    assert_eq!(world.command("ana", save), Reply::Done);
    assert_eq!(world.desk("ana").state, not_ready("unreachable"), "the phone is not back yet");
    back(&mut world, "ana");
    assert_eq!(world.desk("ana").state, AgentState::Ready);
    world.wind_down();
    let row = world.only_row();
    assert_eq!((row.outcome, row.notes.as_str()), (Some(Outcome::Interrupted), "was cut off"));
    assert!(row.wrap_up_ended.is_some());
    assert_eq!(world.store.tasks.len(), 1);
}

#[test]
fn a_form_that_came_too_late_is_still_taken() {
    let mut world = world(&[("ana", 5, 0)], Transport::Udp);
    let caller = world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    world.act(caller, Act::HangUpAll);
    world.run_until(SOON, "wrap-up", |world| world.desk("ana").wrap_up.is_some());
    let interaction = world.desk("ana").wrap_up.unwrap();
    world.now = world.now + secs(31);
    world.restart();
    assert_eq!(world.desk("ana").state, not_ready("unreachable"), "the wrap-up was over meanwhile");
    let save = DeskCommand::WrapUpSave { interaction, disposition: None, notes: "late".to_owned(), done: false };
    assert_eq!(world.command("ana", save), Reply::Done);
    assert_eq!(world.only_row().notes, "late");
}

#[test]
fn the_end_of_the_drain_cuts_every_call_off_with_a_word() {
    let mut world = world(&[("ana", 5, 0)], Transport::Udp);
    let talks = world.call("13800138001", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    let waits = world.call("13800138002", "4000", PATIENT);
    let chooses = world.call("13800138003", "4001", PATIENT);
    world.run(secs(2));
    world.tell(Input::Drain);
    let refused = world.call("13800138004", "4000", PATIENT);
    world.run(secs(5));
    assert!(!world.drained && world.center.calls() == 3, "calls that are up go on");
    world.tell(Input::EndCalls);
    world.run_until(secs(2), "drained", |world| world.drained);
    let told = |addr| {
        world.trail.iter().any(|(_, what)| *what == format!("BYE {addr} Reason: SIP;cause=503;text=\"server stopped\""))
    };
    assert!(told(talks) && told(waits) && told(chooses) && told(world.phone_of("ana")), "{:?}", world.trail);
    let rows: Vec<_> = world.store.interactions.values().map(|row| (row.outcome, row.ended_by)).collect();
    let cut = (Some(Outcome::Interrupted), Some(EndedBy::System));
    assert_eq!(rows, [cut, cut, cut, (Some(Outcome::Refused), Some(EndedBy::System))]);
    assert_eq!(world.store.tasks.len(), 3, "each is owed a call-back");
    let board = world.center.board(world.now);
    assert!(board.queues.iter().all(|queue| queue.abandoned == 0), "nobody gave up: {board:?}");
    assert!(world.desk("ana").wrap_up.is_some());
    assert!(world.phones[&refused].is_idle());
}

#[test]
fn several_with_the_callers_number_are_candidates_again_with_the_reason_why() {
    let mut world = world(&[("ana", 5, 0)], Transport::Udp);
    for (id, name) in [(42, "王丽华"), (43, "王建国"), (44, "王小明")] {
        world.knows(card(id, name), "13800138000");
    }
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    let before = world.desk("ana").pop.clone().unwrap();
    assert_eq!((before.customer.as_ref(), before.candidates.len()), (None, 3));
    assert!(!before.why.en.is_empty() && !before.why.zh.is_empty());
    world.restart();
    let after = world.desk("ana").pop.clone().expect("the card is open");
    assert_eq!((after.customer, &after.candidates, &after.why), (None, &before.candidates, &before.why));
    let choose = DeskCommand::PopChoose { interaction: after.interaction, customer: CustomerId(43) };
    assert_eq!(world.command("ana", choose), Reply::Done);
    assert_eq!(world.only_row().customer, Some(CustomerId(43)));
    world.restart();
    let chosen = world.desk("ana").pop.clone().unwrap();
    assert_eq!((chosen.customer.map(|card| card.id), chosen.candidates.len()), (Some(CustomerId(43)), 0));
    world.wind_down();
}

#[test]
fn the_day_goes_on_after_a_restart() {
    let mut world = world(&[("ana", 5, 0), ("ben", 5, 0)], Transport::Udp);
    let (ana, ben) = (world.agent("ana"), world.agent("ben"));
    let day = AgentDay { handled: 7, missed: 2, talk_ms: 90_000 };
    let today = |world: &World, agent| world.center.snapshot(agent).unwrap().today;
    let since = world.now - secs(60);
    world.tell(Input::AgentDays { since, days: vec![(ana, day)] });
    assert_eq!((today(&world, ana), today(&world, ben)), (day, AgentDay::default()));
    // What happened between the start and the sums is not lost.
    world.tell(Input::AgentDays { since, days: vec![(ana, day), (ben, AgentDay::default())] });
    assert_eq!(today(&world, ana), AgentDay { handled: 14, missed: 4, talk_ms: 180_000 });
    let yesterday = world.now - secs(48 * 3_600);
    world.tell(Input::AgentDays { since: yesterday, days: vec![(ben, day)] });
    assert_eq!(today(&world, ben), AgentDay::default(), "midnight came between");
}
