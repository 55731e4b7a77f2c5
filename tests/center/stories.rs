//! Named stories: one thing happens in each, and what must follow is asserted.

use std::time::Duration;

use carillon::acd::{AgentState, ReasonRule, WrapUpMode};
use carillon::base::CustomerId;
use carillon::center::desk::{CallState, CommandOutcome as Reply, DeskCommand, Refusal};
use carillon::center::{Input, SuperviseCommand};
use carillon::crm::{CustomerCard, EndedBy, Entered, Outcome};
use carillon::sip::Transport;
use serde_json::json;

use crate::desks::Person;
use crate::media::PORTS;
use crate::network::Quality;
use crate::phone::{Act, Habit};
use crate::scenery::Staff;
use crate::world::World;

pub const PATIENT: Duration = Duration::from_secs(3_600);
pub const SOON: Duration = Duration::from_secs(5);
pub const ANSWERS: Habit = Habit::Answer { after: Duration::from_secs(2), talk: None };

pub fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn world(staff: &[Staff<'_>], habit: Habit) -> World {
    let mut world = World::new(7, staff, Person::Absent, Quality::GOOD);
    world.everybody_ready(Transport::Udp, habit);
    world
}

pub fn card(id: i64, name: &str) -> CustomerCard {
    CustomerCard {
        id: CustomerId(id),
        name: name.to_owned(),
        organisation: None,
        tier: Some("gold".to_owned()),
        language: Some("zh".to_owned()),
        tags: Vec::new(),
        notes: String::new(),
        contact_points: Vec::new(),
        orders: Vec::new(),
        dates: Vec::new(),
        timeline: Vec::new(),
    }
}

pub fn talking(world: &World, key: &str) -> bool {
    matches!(world.desk(key).call, Some((_, CallState::Talking)))
}

#[test]
fn what_the_router_decides_is_answered_when_it_has_decided() {
    let mut world = world(&[("ana", 5, 0), ("ben", 0, 0)], ANSWERS);
    world.reconfigure(|configuration| {
        let (key, name) = ("break".to_owned(), "break".to_owned());
        configuration.rules.reasons = vec![ReasonRule { key, name, limit_s: None, max_agents: Some(1) }];
        configuration.rules.queues.iter_mut().for_each(|queue| queue.wrap_up.mode = WrapUpMode::Fixed);
    });
    let refused = |code| move |reply: &Reply| matches!(reply, Reply::Refused { code: is, .. } if *is == code);
    let pause = || DeskCommand::NotReady { reason: "break".to_owned() };
    assert_eq!(world.command("ben", pause()), Reply::Done);
    assert!(refused(Refusal::PauseFull)(&world.command("ana", pause())));
    let by_supervisor = SuperviseCommand::SetNotReady { agent: world.agent("ana"), reason: "break".to_owned() };
    assert!(refused(Refusal::PauseFull)(&world.supervise(by_supervisor)));
    assert_eq!(world.command("ana", DeskCommand::Ready), Reply::Done, "as she is already");
    assert!(refused(Refusal::WrongState)(&world.command("ana", DeskCommand::WrapUpExtend)));

    let caller = world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    world.act(caller, Act::HangUpAll);
    world.run_until(SOON, "wrap-up", |world| world.desk("ana").wrap_up.is_some());
    let interaction = world.desk("ana").wrap_up.unwrap();
    let form = DeskCommand::WrapUpSave { interaction, disposition: None, notes: "said".to_owned(), done: true };
    world.command_later("ana", form);
    world.run(secs(1));
    assert!(matches!(world.desk("ana").state, AgentState::WrapUp { .. }), "it lasts its time");
    assert!(refused(Refusal::WrapUpNotExtensible)(&world.command("ana", DeskCommand::WrapUpExtend)), "and no longer");
    world.wind_down();
}

#[test]
fn the_phone_rings_when_the_desktop_has_the_pop() {
    let rang = |world: &World| world.trail.iter().any(|(_, what)| what == "INVITE 198.51.100.1:5060");
    let popped = || {
        let mut world = world(&[("ana", 5, 0)], ANSWERS);
        let caller = world.call("13800138000", "4000", PATIENT);
        world.run_until(SOON, "the pop", |world| world.desk("ana").ring.is_some());
        assert!(!rang(&world), "the pop has not arrived yet");
        (world, caller)
    };
    let (mut quick, _) = popped();
    let (reservation, _) = quick.desk("ana").ring.unwrap();
    assert_eq!(quick.command("ana", DeskCommand::PopSeen { reservation }), Reply::Done);
    assert!(rang(&quick));

    let (mut silent, _) = popped();
    silent.run(Duration::from_millis(45));
    assert!(!rang(&silent));
    silent.run(Duration::from_millis(10));
    assert!(rang(&silent), "a desktop that says nothing holds no caller up");

    let (mut gone, caller) = popped();
    gone.act(caller, Act::HangUpAll);
    gone.run(SOON);
    assert!(!rang(&gone));
    assert_eq!(gone.desk("ana").withdrawn, ["caller_gone"]);
}

#[test]
fn a_phone_rings_when_there_is_a_port_and_its_agent_stays_in_the_line() {
    let mut world = World::new(7, &[("ana", 5, 0)], Person::Absent, Quality::GOOD);
    let callers: Vec<_> = (0..PORTS).map(|n| world.call(&format!("1380013{n:04}"), "4000", PATIENT)).collect();
    world.run(SOON);
    world.everybody_ready(Transport::Udp, ANSWERS);
    world.run(SOON);
    let rang = |world: &World| world.trail.iter().any(|(_, what)| what == "INVITE 198.51.100.1:5060");
    assert!(matches!(world.desk("ana").state, AgentState::Reserved { .. }), "{:?}", world.desk("ana").state);
    assert!(!rang(&world), "the callers have every port");
    world.act(callers[1], Act::HangUpAll);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    assert!(rang(&world));
}

#[test]
fn the_pop_is_there_before_the_phone_rings_and_the_row_is_complete() {
    let mut world = world(&[("ana", 5, 0)], ANSWERS);
    world.knows(card(42, "王丽华"), "13800138000");
    let caller = world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    let pop = world.trail.iter().position(|(_, what)| what.starts_with("pop")).unwrap();
    let ring = world.trail.iter().position(|(_, what)| what == "INVITE 198.51.100.1:5060").unwrap();
    assert!(pop < ring, "{:?}", world.trail);
    let pop = world.desk("ana").pop.clone().unwrap();
    assert_eq!(pop.customer.map(|card| card.name), Some("王丽华".to_owned()));
    assert_eq!((pop.caller.as_deref(), pop.queue.as_str()), (Some("+8613800138000"), "sales"));
    assert!(pop.why.en.contains("ana") && pop.why.zh.contains("ana"), "{:?}", pop.why);
    assert_eq!(world.media.hears.len(), 2);
    world.run(secs(30));
    world.act(caller, Act::HangUpAll);
    world.run_until(SOON, "wrap-up", |world| world.desk("ana").wrap_up.is_some());
    let interaction = world.desk("ana").wrap_up.unwrap();
    let save = |disposition: &str, notes: &str| DeskCommand::WrapUpSave {
        interaction,
        disposition: Some(disposition.to_owned()),
        notes: notes.to_owned(),
        done: true,
    };
    for (disposition, notes, why) in [
        ("no-such-thing", "x", Refusal::UnknownDisposition),
        ("repaired", "x", Refusal::DispositionNotOffered),
        ("complaint", "  ", Refusal::NoteRequired),
    ] {
        let refused = world.command("ana", save(disposition, notes));
        assert!(matches!(refused, Reply::Refused { code, .. } if code == why), "{refused:?}");
    }
    assert_eq!(world.command("ana", save("solved", "wants a larger ring")), Reply::Done);
    world.wind_down();
    let row = world.only_row();
    assert_eq!((row.outcome, row.ended_by), (Some(Outcome::Handled), Some(EndedBy::Customer)));
    assert_eq!((row.customer, row.agent), (Some(CustomerId(42)), Some(world.agent("ana"))));
    assert_eq!((row.disposition.as_deref(), row.notes.as_str()), (Some("solved"), "wants a larger ring"));
    assert!(row.talk_ms() >= 30_000 && row.talk_ms() < 31_000, "{row:?}");
    assert!(row.recording.is_some() && row.wrap_up_ended.is_some());
    let kinds = world.store.kinds(row.id);
    for kind in ["call.started", "queue.entered", "agent.reserved", "call.connected", "call.ended", "wrap_up.saved"] {
        assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
    }
}

#[test]
fn no_answer_goes_to_the_next_agent_and_sets_the_first_aside() {
    let mut world = world(&[("ana", 9, 0), ("ben", 5, 0)], Habit::Ignore);
    let ben = world.phone_of("ben");
    world.phones.get_mut(&ben).unwrap().habit = ANSWERS;
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana rings", |world| world.desk("ana").ring.is_some());
    world.run_until(secs(20), "ben talks", |world| talking(world, "ben"));
    assert_eq!(world.desk("ana").withdrawn, ["no_answer"]);
    assert_eq!(world.desk("ana").state, AgentState::NotReady { reason: "no-answer".to_owned() });
    world.wind_down();
    let row = world.only_row();
    let waited = row.answered.unwrap().since(row.queued.unwrap());
    assert!(waited >= secs(15), "the wait counts from the first arrival: {waited:?}");
}

#[test]
fn a_decline_goes_on_at_once() {
    let mut world = world(&[("ana", 9, 0), ("ben", 5, 0)], ANSWERS);
    let ana = world.phone_of("ana");
    world.phones.get_mut(&ana).unwrap().habit = Habit::Ignore;
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana rings", |world| world.desk("ana").ring.is_some());
    assert_eq!(world.command("ana", DeskCommand::Decline { interaction: None }), Reply::Done);
    world.run_until(SOON, "ben talks", |world| talking(world, "ben"));
    assert_eq!(world.desk("ana").withdrawn, ["declined"]);
    assert_eq!(world.desk("ana").state, AgentState::NotReady { reason: "declined".to_owned() });
    world.wind_down();
}

#[test]
fn a_caller_may_hang_up_at_every_moment() {
    // In the menu, in the queue (nobody there), while it rings, in the talk.
    let moments: [(&str, Habit, u64, Outcome); 4] = [
        ("4001", ANSWERS, 1, Outcome::Abandoned),
        ("4000", Habit::Ignore, 40, Outcome::Abandoned),
        ("4000", Habit::Ignore, 3, Outcome::Abandoned),
        ("4000", ANSWERS, 10, Outcome::Handled),
    ];
    for (number, habit, after, outcome) in moments {
        let mut world = world(&[("ana", 5, 0)], habit);
        world.call("13800138000", number, secs(after));
        world.run(secs(after + 5));
        world.wind_down();
        let row = world.only_row();
        assert_eq!((row.outcome, row.ended_by), (Some(outcome), Some(EndedBy::Customer)), "after {after} s: {row:?}");
        let id = row.id;
        let measured = world.store.kinds(id).iter().filter(|kind| **kind == "leg.measured").count();
        assert_eq!(measured, if outcome == Outcome::Handled { 2 } else { 1 }, "every leg that had media is measured");
    }
}

#[test]
fn the_menu_leads_to_the_queue_that_was_chosen() {
    let mut world = world(&[("ana", 5, 0), ("dan", 0, 5)], ANSWERS);
    let caller = world.call("13800138000", "4001", PATIENT);
    world.run(secs(1));
    world.press(caller, '2');
    world.run_until(SOON, "dan talks", |world| talking(world, "dan"));
    assert_eq!(world.desk("dan").pop.as_ref().unwrap().menu_path, ["Service"]);
    world.wind_down();
    assert_eq!(world.only_row().menu_path, ["Service"]);
}

#[test]
fn what_was_entered_is_on_the_pop_and_on_the_contact_and_a_secret_is_nowhere() {
    let mut world = world(&[("ana", 5, 0)], ANSWERS);
    let caller = world.call("13800138000", "4004", PATIENT);
    world.run(secs(1));
    for digit in "10007".chars().chain("4711".chars()) {
        world.press(caller, digit);
    }
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    let entered =
        |label: &str, digits: Option<&str>| Entered { label: label.into(), digits: digits.map(str::to_owned) };
    let expected = [entered("Order number", Some("10007")), entered("pin", None)];
    assert_eq!(world.desk("ana").pop.as_ref().unwrap().entered, expected);
    world.wind_down();
    let row = world.only_row();
    assert_eq!(row.entered, expected);
    let events = &world.store.events[&row.id];
    let told: Vec<_> =
        events.iter().filter(|event| event.kind == "digits.entered").map(|it| it.detail.clone()).collect();
    assert_eq!(told, [json!({"label": "Order number", "digits": "10007"}), json!({"label": "pin", "digits": null})]);
    assert!(!format!("{row:?} {events:?}").contains("4711"));
}

#[test]
fn two_callers_find_the_two_who_fit_best() {
    let mut world = world(&[("low", 2, 0), ("high", 9, 0), ("other", 0, 9)], ANSWERS);
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "the expert talks", |world| talking(world, "high"));
    world.call("13800138001", "4000", PATIENT);
    world.run_until(SOON, "the beginner talks", |world| talking(world, "low"));
    assert!(!talking(&world, "other"));
    world.wind_down();
}

#[test]
fn a_reloaded_browser_is_back_in_its_call_within_three_seconds() {
    let mut world = World::new(7, &[("ana", 5, 0)], Person::Absent, Quality::GOOD);
    world.everybody_ready(Transport::Ws, ANSWERS);
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    let phone = world.phone_of("ana");
    world.phones.get_mut(&phone).unwrap().habit = Habit::Answer { after: Duration::from_millis(300), talk: None };
    world.act(phone, Act::Reload);
    world.run(Duration::from_millis(100));
    assert!(matches!(world.desk("ana").call, Some((_, CallState::Parked | CallState::Talking))));
    world.run_until(secs(3), "ana talks again", |world| talking(world, "ana") && world.media.hears.len() == 2);
    world.wind_down();
    assert_eq!(world.only_row().outcome, Some(Outcome::Handled));
    let id = world.only_row().id;
    assert!(world.store.kinds(id).contains(&"call.rejoined"));
}

#[test]
fn a_browser_that_stays_away_gives_its_caller_to_a_colleague() {
    let mut world = World::new(7, &[("ana", 9, 0), ("ben", 5, 0)], Person::Absent, Quality::GOOD);
    world.everybody_ready(Transport::Ws, ANSWERS);
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    let phone = world.phone_of("ana");
    let flow = world.phones[&phone].flow;
    world.act(phone, Act::Vanish);
    world.run(Duration::from_millis(10));
    world.tell(Input::FlowClosed(flow));
    world.run_until(secs(40), "ben talks", |world| talking(world, "ben"));
    assert_eq!(world.desk("ana").state, AgentState::NotReady { reason: "unreachable".to_owned() });
    world.wind_down();
}

#[test]
fn when_several_ring_the_first_to_answer_silences_the_others() {
    let staff = [("ana", 5, 0), ("ben", 5, 0)];
    let mut world = world(&staff, ANSWERS);
    let mut configuration = crate::scenery::configuration(&staff);
    configuration.rules.queues[0].ring_several = 2;
    world.tell(Input::Configure(Box::new(configuration)));
    let ben = world.phone_of("ben");
    world.phones.get_mut(&ben).unwrap().habit = Habit::Answer { after: secs(4), talk: None };
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "both ring", |world| world.desk("ana").ring.is_some() && world.desk("ben").ring.is_some());
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    world.run(secs(5));
    assert_eq!((world.desk("ben").state.clone(), world.desk("ben").ring), (AgentState::Ready, None));
    assert!(world.phones[&ben].is_idle() && world.media.hears.len() == 2);
    world.wind_down();
}

#[test]
fn hold_plays_music_and_resume_joins_again() {
    let mut world = world(&[("ana", 5, 0)], ANSWERS);
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    assert_eq!(world.command("ana", DeskCommand::Hold { interaction: None }), Reply::Done);
    assert!(world.media.hears.is_empty() && world.media.playing.values().any(|sounds| sounds == &["music/hold"]));
    assert!(matches!(
        world.command("ana", DeskCommand::Hold { interaction: None }),
        Reply::Refused { code: Refusal::WrongState, .. }
    ));
    world.run(secs(7));
    assert_eq!(world.command("ana", DeskCommand::Resume { interaction: None }), Reply::Done);
    assert_eq!(world.media.hears.len(), 2);
    assert_eq!(world.command("ana", DeskCommand::HangUp { interaction: None }), Reply::Done);
    world.wind_down();
    let row = world.only_row();
    assert_eq!((row.hold_ms, row.ended_by), (7_000, Some(EndedBy::Agent)));
}

#[test]
fn commands_out_of_place_are_refused_with_the_reason() {
    let mut world = world(&[("ana", 5, 0)], ANSWERS);
    let refused = |reply: Reply| match reply {
        Reply::Refused { code, .. } => code,
        done => panic!("it was done: {done:?}"),
    };
    assert_eq!(refused(world.command("ana", DeskCommand::HangUp { interaction: None })), Refusal::NoCall);
    assert_eq!(refused(world.command("ana", DeskCommand::Decline { interaction: None })), Refusal::NoCall);
    assert_eq!(refused(world.command("ana", DeskCommand::WrapUpExtend)), Refusal::WrongState);
    let reason = "siesta".to_owned();
    assert_eq!(refused(world.command("ana", DeskCommand::NotReady { reason })), Refusal::UnknownReason);
    let phone = world.phone_of("ana");
    world.phones.get_mut(&phone).unwrap().register.as_mut().unwrap().expires = 0;
    world.act(phone, Act::Register);
    world.run(secs(1));
    assert_eq!(refused(world.command("ana", DeskCommand::Ready)), Refusal::WrongState);
    assert!(!world.desk("ana").phone_reachable);
}

#[test]
fn a_call_that_a_supervisor_ends_says_so() {
    let mut world = world(&[("ana", 5, 0)], ANSWERS);
    let hang_up = SuperviseCommand::HangUp { agent: world.agent("ana"), interaction: None };
    assert!(matches!(world.supervise(hang_up.clone()), Reply::Refused { code: Refusal::NoCall, .. }));
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    assert_eq!(world.supervise(hang_up), Reply::Done);
    world.wind_down();
    let row = world.only_row();
    assert_eq!((row.ended_by, row.outcome), (Some(EndedBy::Supervisor), Some(Outcome::Handled)));
    let hung_up = world.store.events[&row.id].iter().find(|event| event.kind == "call.hung_up").cloned().unwrap();
    assert_eq!(hung_up.detail["by"], "sue");
}

#[test]
fn a_supervisor_sets_an_agent_aside() {
    let mut world = world(&[("ana", 5, 0)], ANSWERS);
    let agent = world.agent("ana");
    let ask = SuperviseCommand::SetNotReady { agent, reason: "break".to_owned() };
    world.tell(Input::Supervise { command: carillon::base::CommandId(9_000), user: "sue".to_owned(), ask });
    assert_eq!(world.desk("ana").state, AgentState::NotReady { reason: "break".to_owned() });
}

#[test]
fn an_unknown_number_is_refused_and_written_down() {
    let mut world = world(&[("ana", 5, 0)], ANSWERS);
    world.call("13800138000", "9999", PATIENT);
    world.run(secs(40));
    assert_eq!(world.only_row().outcome, Some(Outcome::Refused));
    world.wind_down();
}

#[test]
fn several_customers_share_a_number_and_the_agent_chooses() {
    let mut world = world(&[("ana", 5, 0)], ANSWERS);
    world.knows(card(1, "Li Wei"), "13800138000");
    world.knows(card(2, "Li Na"), "13800138000");
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    let pop = world.desk("ana").pop.clone().unwrap();
    assert_eq!((pop.customer, pop.candidates.len()), (None, 2));
    let choose = DeskCommand::PopChoose { interaction: pop.interaction, customer: CustomerId(2) };
    assert_eq!(world.command("ana", choose), Reply::Done);
    assert_eq!(world.desk("ana").pop.as_ref().unwrap().customer.as_ref().unwrap().name, "Li Na");
    world.wind_down();
    assert_eq!(world.only_row().customer, Some(CustomerId(2)));
}

#[test]
fn the_board_counts_what_happened() {
    let mut world = world(&[("ana", 5, 0)], ANSWERS);
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    world.call("13800138001", "4000", secs(30));
    world.run(secs(10));
    let board = world.center.board(world.now);
    let tile = &board.queues[0];
    assert_eq!((tile.waiting, tile.offered, tile.answered, tile.busy, tile.ready), (1, 2, 1, 1, 0));
    assert!(tile.longest_since.is_some());
    world.run(secs(30));
    let board = world.center.board(world.now);
    let tile = &board.queues[0];
    assert_eq!((tile.waiting, tile.abandoned, tile.short_abandoned), (0, 1, 0));
    assert_eq!(tile.service_level.value, Some(0.5));
    world.wind_down();
}

#[test]
fn a_stranger_is_linked_by_hand_while_it_rings_in_the_call_and_after_it() {
    let mut world = world(&[("ana", 5, 0), ("ben", 5, 0)], ANSWERS);
    world.knows(card(42, "王丽华"), "13800138000");
    world.knows(card(43, "李明"), "13800138001");
    let caller = world.call("13911112222", "4000", PATIENT);
    world.run_until(SOON, "it rings", |world| world.desk("ana").ring.or(world.desk("ben").ring).is_some());
    let (key, other) = if world.desk("ana").ring.is_some() { ("ana", "ben") } else { ("ben", "ana") };
    let (_, interaction) = world.desk(key).ring.unwrap();
    let choose = |customer| DeskCommand::PopChoose { interaction, customer: CustomerId(customer) };
    let shown =
        |world: &World| world.desk(key).pop.as_ref().and_then(|pop| pop.customer.as_ref()).map(|card| card.id.0);

    world.command_later(other, choose(42));
    world.command_later(key, choose(42));
    world.run_until(SOON, "the card", |world| shown(world) == Some(42));
    world.run_until(SOON, "they talk", |world| talking(world, key));
    world.command_later(key, choose(99));
    world.command_later(key, choose(43));
    world.run_until(SOON, "the other card", |world| shown(world) == Some(43));
    world.act(caller, Act::HangUpAll);
    world.run_until(SOON, "wrap-up", |world| world.desk(key).wrap_up.is_some());
    world.command_later(key, choose(42));
    world.run_until(SOON, "the card in the wrap-up", |world| shown(world) == Some(42));
    world.wind_down();
    let codes = world.replies.values().filter_map(|reply| match reply {
        Reply::Refused { code, .. } => Some(*code),
        _ => None,
    });
    assert_eq!(codes.collect::<Vec<_>>(), [Refusal::NotAllowed, Refusal::UnknownCustomer]);
    let row = world.only_row();
    assert_eq!(row.customer, Some(CustomerId(42)));
    let kinds = world.store.kinds(row.id);
    assert_eq!(kinds.iter().filter(|kind| **kind == "customer.chosen").count(), 3, "{kinds:?}");
}

#[test]
fn a_choice_the_store_cannot_look_up_is_refused_and_can_be_made_again() {
    let mut world = world(&[("ana", 5, 0)], ANSWERS);
    world.knows(card(42, "王丽华"), "13800138000");
    world.call("13911112222", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    let interaction = world.desk("ana").call.unwrap().0;
    let choose = DeskCommand::PopChoose { interaction, customer: CustomerId(42) };
    world.store_silent = 1.0;
    world.command_later("ana", choose.clone());
    world.run_until(SOON, "a refusal", |world| {
        world.replies.values().any(|reply| matches!(reply, Reply::Refused { code: Refusal::Unavailable, .. }))
    });
    world.store_silent = 0.0;
    world.command_later("ana", choose);
    world.run_until(SOON, "the card", |world| world.desk("ana").pop.as_ref().unwrap().customer.is_some());
    world.wind_down();
}

#[test]
fn an_edited_record_comes_to_the_screen_by_choosing_it_again() {
    let mut world = world(&[("ana", 5, 0)], ANSWERS);
    world.knows(card(42, "王丽华"), "13800138000");
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    let interaction = world.desk("ana").call.unwrap().0;
    let name = |world: &World| world.desk("ana").pop.clone().unwrap().customer.unwrap().name;
    assert_eq!(name(&world), "王丽华");
    world.knows(card(42, "王丽丽"), "13800138000");
    world.command_later("ana", DeskCommand::PopChoose { interaction, customer: CustomerId(42) });
    world.run_until(SOON, "the new name", |world| name(world) == "王丽丽");
    assert!(!world.store.kinds(interaction).contains(&"customer.chosen"), "it was linked already");
    world.wind_down();
}

#[test]
fn the_caller_is_looked_up_once_for_pop_and_flow() {
    let mut world = world(&[("ana", 5, 0)], ANSWERS);
    world.knows(card(42, "王丽华"), "13800138000");
    world.call("13800138000", "4002", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    assert_eq!(world.queries, 1);
    let looked_up = |kind: &&str| *kind == "customer.looked_up";
    let interaction = world.desk("ana").call.unwrap().0;
    assert_eq!(world.store.kinds(interaction).into_iter().filter(looked_up).count(), 1);
    world.wind_down();
}

/// Wrap-up for who asks: during the call, or right after it.
#[test]
fn wrap_up_is_asked_for() {
    let wraps_up = |world: &World| matches!(world.desk("ana").state, AgentState::WrapUp { .. });
    for (mode, during, after) in [
        (WrapUpMode::Requested, true, false),
        (WrapUpMode::Requested, false, false),
        (WrapUpMode::Optional, false, true),
        (WrapUpMode::Optional, false, false),
    ] {
        let mut world = world(&[("ana", 5, 0)], ANSWERS);
        world.reconfigure(|center| center.rules.queues.iter_mut().for_each(|queue| queue.wrap_up.mode = mode));
        let refused = world.command("ana", DeskCommand::WrapUpRequest);
        assert!(matches!(refused, Reply::Refused { code: Refusal::NothingToWrapUp, .. }), "{refused:?}");
        world.call("13800138000", "4000", PATIENT);
        world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
        if during {
            assert_eq!(world.command("ana", DeskCommand::WrapUpRequest), Reply::Done);
        }
        assert_eq!(world.command("ana", DeskCommand::HangUp { interaction: None }), Reply::Done);
        assert_eq!(wraps_up(&world), during, "{mode:?}");
        if after {
            assert_eq!(world.command("ana", DeskCommand::WrapUpRequest), Reply::Done);
            assert!(wraps_up(&world));
        }
        world.wind_down();
    }
}

#[test]
fn a_call_that_was_sent_on_is_for_the_number_of_ours_that_was_called_first() {
    for (dialled, diversion, called) in [
        ("4999", "<sip:4000@shop>;reason=unconditional", Some("4000")),
        ("4000", "<sip:4001@shop>", Some("4001")),
        ("4000", "<sip:4998@shop>", Some("4000")),
        ("4999", "<sip:4998@shop>", None),
    ] {
        let mut world = world(&[("ana", 5, 0)], ANSWERS);
        let caller = world.call("13800138000", dialled, PATIENT);
        let headers = vec![("Diversion".to_owned(), diversion.to_owned())];
        world.phones.get_mut(&caller).unwrap().headers = headers;
        world.run(SOON);
        let row = world.only_row();
        assert_eq!(row.called, called.unwrap_or(dialled));
        assert_eq!(row.outcome == Some(Outcome::Refused), called.is_none(), "{dialled} {diversion}");
        world.wind_down();
    }
}
