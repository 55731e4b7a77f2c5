//! Agents call somebody: their own phone first, then the customer's.

use carillon::acd::{AgentState, GroupRule, WrapUp, WrapUpMode};
use carillon::base::CallDirection;
use carillon::call::Cause;
use carillon::center::desk::{CallState, CommandOutcome as Reply, DeskCommand, Refusal};
use carillon::crm::Outcome;
use carillon::sip::Transport;

use crate::desks::Person;
use crate::network::Quality;
use crate::phone::{Act, Habit};
use crate::scenery::OUTSIDE;
use crate::stories::{ANSWERS, SOON, secs, talking};
use crate::world::World;

fn world(outside: Habit) -> World {
    let mut world = World::new(7, &[("ana", 5, 0)], Person::Absent, Quality::GOOD);
    world.reconfigure(|center| center.outbound.caller_id = "+862155500100".to_owned());
    world.everybody_ready(Transport::Udp, ANSWERS);
    world.outside(outside);
    world
}

fn dial(world: &mut World, number: &str, queue: Option<&str>) -> Reply {
    let (number, queue) = (number.to_owned(), queue.map(str::to_owned));
    world.command("ana", DeskCommand::Dial { number, queue })
}

fn refused(reply: Reply) -> Option<Refusal> {
    match reply {
        Reply::Refused { code, .. } => Some(code),
        _ => None,
    }
}

#[test]
fn an_agent_calls_and_talks() {
    let mut world = world(ANSWERS);
    assert_eq!(dial(&mut world, "138 0013 8055", None), Reply::Done);
    assert!(matches!(world.desk("ana").state, AgentState::Busy { .. }), "nobody else rings ana");
    let pop = world.desk("ana").pop.clone().expect("the customer is on the screen first");
    assert_eq!((pop.direction, pop.caller_shown.as_str()), (CallDirection::Outbound, "138 0013 8055"));
    world.run_until(SOON, "ana's phone is up", |world| {
        matches!(world.desk("ana").call, Some((_, CallState::Connecting)))
    });
    assert!(world.media.playing.values().any(|sounds| sounds == &["tone/ringback"]));
    world.run_until(SOON, "they talk", |world| talking(world, "ana"));
    assert_eq!(world.media.hears.len(), 2);
    assert_eq!(world.media.recording.len(), 1);
    world.run(secs(10));
    assert_eq!(world.command("ana", DeskCommand::Hold { interaction: None }), Reply::Done);
    assert_eq!(world.command("ana", DeskCommand::Resume { interaction: None }), Reply::Done);
    world.act(OUTSIDE.parse().unwrap(), Act::HangUpAll);
    world.run(secs(1));
    assert_eq!(world.desk("ana").state, AgentState::Ready, "as before");
    world.wind_down();
    let row = world.only_row();
    assert_eq!((row.direction, row.outcome), (CallDirection::Outbound, Some(Outcome::Handled)));
    assert_eq!((row.called.as_str(), row.caller_text.as_str()), ("+862155500100", "+8613800138055"));
    let kinds = world.store.kinds(row.id);
    let expected = ["call.started", "call.dialled", "call.connected", "call.held", "call.resumed", "call.ended"];
    assert_eq!(kinds.iter().filter(|kind| expected.contains(kind)).copied().collect::<Vec<_>>(), expected);
}

#[test]
fn for_a_queue_its_rules_hold() {
    let mut world = world(ANSWERS);
    assert_eq!(dial(&mut world, "13800138055", Some("sales")), Reply::Done);
    world.run_until(SOON, "they talk", |world| talking(world, "ana"));
    assert_eq!(world.command("ana", DeskCommand::HangUp { interaction: None }), Reply::Done);
    assert!(matches!(world.desk("ana").state, AgentState::WrapUp { .. }));
    world.run(secs(60));
    assert_eq!(world.desk("ana").state, AgentState::Ready);
    world.wind_down();
}

/// By the rule of the center, or of the agent's group.
#[test]
fn after_a_call_of_ones_own_there_is_what_the_rule_says() {
    let timed = |seconds| Some(WrapUp { mode: WrapUpMode::Timed, seconds });
    let none = Some(WrapUp { mode: WrapUpMode::None, seconds: 0 });
    for (center, group, wraps_up) in [
        (None, None, false),
        (timed(20), None, true),
        (timed(20), none, false),
        (None, timed(20), true),
        (none, timed(20), true),
    ] {
        let mut world = world(ANSWERS);
        world.reconfigure(|to| {
            let (key, name) = ("floor".to_owned(), String::new());
            to.rules.groups = vec![GroupRule { key: key.clone(), name, own_wrap_up: group }];
            (to.rules.agents[0].group, to.rules.own_wrap_up) = (Some(key), center);
        });
        assert_eq!(dial(&mut world, "13800138055", None), Reply::Done);
        world.run_until(SOON, "they talk", |world| talking(world, "ana"));
        let interaction = world.desk("ana").call.map(|(interaction, _)| interaction).unwrap();
        world.command("ana", DeskCommand::HangUp { interaction: None });
        let state = &world.desk("ana").state;
        assert_eq!(matches!(state, AgentState::WrapUp { until: Some(_), .. }), wraps_up, "{center:?} {group:?}");
        assert_eq!(world.desk("ana").wrap_up, wraps_up.then_some(interaction), "the form is due");
        if wraps_up {
            assert_eq!(world.command("ana", DeskCommand::WrapUpExtend), Reply::Done);
            let (disposition, notes) = (Some("solved".to_owned()), "said".to_owned());
            let form = DeskCommand::WrapUpSave { interaction, disposition, notes, done: true };
            assert_eq!(world.command("ana", form), Reply::Done);
        }
        assert_eq!(world.desk("ana").state, AgentState::Ready);
        world.wind_down();
        assert_eq!(world.store.kinds(interaction).contains(&"wrap_up.ended"), wraps_up);
    }
}

#[test]
fn nothing_is_owed_for_a_call_that_never_began() {
    for queue in [None, Some("sales")] {
        let mut world = world(ANSWERS);
        world.reconfigure(|to| to.rules.own_wrap_up = Some(WrapUp { mode: WrapUpMode::Discretionary, seconds: 0 }));
        let phone = world.phone_of("ana");
        world.phones.get_mut(&phone).unwrap().habit = Habit::Refuse(486);
        assert_eq!(dial(&mut world, "13800138055", queue), Reply::Done);
        world.run(secs(1));
        assert_eq!(world.desk("ana").state, AgentState::Ready, "{queue:?}");
        world.wind_down();
    }
}

/// The end of a wrap-up takes only its own contact off the agent's hands.
#[test]
fn who_calls_out_of_a_wrap_up_has_the_new_call_on_hand() {
    let mut world = world(ANSWERS);
    dial(&mut world, "13800138055", Some("sales"));
    world.run_until(SOON, "they talk", |world| talking(world, "ana"));
    let on_hand = |world: &World| world.desk("ana").call.map(|(interaction, _)| interaction);
    let first = on_hand(&world);
    world.command("ana", DeskCommand::HangUp { interaction: first });
    assert!(matches!(world.desk("ana").state, AgentState::WrapUp { .. }));
    assert_eq!(dial(&mut world, "13800138055", None), Reply::Done);
    world.run_until(SOON, "they talk again", |world| talking(world, "ana"));
    let second = on_hand(&world);
    assert_ne!(first, second);
    assert!(
        world.center.snapshot(world.agent("ana")).is_some_and(|shown| shown.pop.map(|pop| pop.interaction) == second)
    );
    let hold = |interaction| DeskCommand::Hold { interaction };
    assert_eq!(refused(world.command("ana", hold(first))), Some(Refusal::NoCall), "this one is over");
    assert_eq!(world.command("ana", hold(second)), Reply::Done);
    assert_eq!(world.command("ana", DeskCommand::Resume { interaction: None }), Reply::Done, "the only one");
    assert_eq!(world.command("ana", DeskCommand::HangUp { interaction: second }), Reply::Done);
    world.wind_down();
}

#[test]
fn a_break_goes_on_after_the_call() {
    let mut world = world(ANSWERS);
    world.command("ana", DeskCommand::NotReady { reason: "break".to_owned() });
    assert_eq!(dial(&mut world, "13800138055", None), Reply::Done);
    world.run_until(SOON, "they talk", |world| talking(world, "ana"));
    world.command("ana", DeskCommand::HangUp { interaction: None });
    assert_eq!(world.desk("ana").state, AgentState::NotReady { reason: "break".to_owned() });
    world.wind_down();
}

#[test]
fn why_nobody_was_reached_is_told() {
    for (habit, cause) in [
        (Habit::Decline { after: secs(1) }, Cause::Busy),
        (Habit::Refuse(404), Cause::NoSuchNumber),
        (Habit::Refuse(403), Cause::NotAllowed),
        (Habit::Refuse(603), Cause::Declined),
        (Habit::Refuse(503), Cause::TrunkFault),
        (Habit::Ignore, Cause::NoAnswer),
    ] {
        let mut world = world(habit);
        assert_eq!(dial(&mut world, "13800138055", None), Reply::Done);
        world.run_until(secs(60), "in vain", |world| world.desk("ana").cause == Some(cause));
        assert!(!world.desk("ana").talks());
        assert_eq!(world.desk("ana").state, AgentState::Ready);
        world.wind_down();
        assert_eq!(world.only_row().outcome, Some(Outcome::NotReached), "{cause:?}");
    }
}

#[test]
fn the_agent_gives_up() {
    for after in [0, 1, 3] {
        let mut world = world(Habit::Ignore);
        assert_eq!(dial(&mut world, "13800138055", None), Reply::Done);
        world.run(secs(after));
        match after {
            0 | 1 => assert_eq!(world.command("ana", DeskCommand::Decline { interaction: None }), Reply::Done),
            _ => assert_eq!(world.command("ana", DeskCommand::HangUp { interaction: None }), Reply::Done),
        }
        world.run(secs(1));
        assert_eq!(world.desk("ana").state, AgentState::Ready);
        assert!(world.phones[&OUTSIDE.parse().unwrap()].is_idle());
        world.wind_down();
        assert_eq!(world.only_row().outcome, Some(Outcome::NotReached));
    }
}

#[test]
fn the_own_phone_does_not_answer() {
    let mut world = world(ANSWERS);
    let phone = world.phone_of("ana");
    world.phones.get_mut(&phone).unwrap().habit = Habit::Refuse(486);
    assert_eq!(dial(&mut world, "13800138055", None), Reply::Done);
    world.run(secs(1));
    assert_eq!(world.desk("ana").state, AgentState::Ready);
    assert_eq!(world.phones[&OUTSIDE.parse().unwrap()].dialled, 0);
    world.wind_down();
}

#[test]
fn thieves_get_nothing() {
    let mut world = world(ANSWERS);
    world.reconfigure(|center| {
        center.outbound.forbidden = vec!["+8610".to_owned()];
        center.outbound.calls_per_minute = 3;
        center.trunks[0].prefixes = vec!["+86".to_owned(), "+49".to_owned()];
    });
    for (number, why) in [
        ("010 6552 9988", Refusal::NoRoute),
        ("+49 900 1234567", Refusal::NoRoute),
        ("+1 415 555 0100", Refusal::NoRoute),
        ("110", Refusal::BadNumber),
        ("abc", Refusal::BadNumber),
        ("", Refusal::BadNumber),
    ] {
        assert_eq!(refused(dial(&mut world, number, None)), Some(why), "{number}");
    }
    assert_eq!(refused(dial(&mut world, "13800138055", Some("nowhere"))), Some(Refusal::UnknownQueue));
    assert!(world.store.interactions.is_empty(), "nothing of this was a call");
    for _ in 0..3 {
        assert_eq!(dial(&mut world, "13800138055", None), Reply::Done);
        world.run(secs(3));
        world.command("ana", DeskCommand::HangUp { interaction: None });
        world.run(secs(1));
    }
    assert_eq!(refused(dial(&mut world, "13800138055", None)), Some(Refusal::Spent));
    world.run(secs(60));
    assert_eq!(dial(&mut world, "13800138055", None), Reply::Done);
    assert_eq!(refused(dial(&mut world, "13800138055", None)), Some(Refusal::WrongState), "one call at a time");
    world.run(secs(3));
    world.wind_down();
}

fn by_phone(world: &mut World, number: &str) {
    let phone = world.phone_of("ana");
    world.act(phone, Act::DialAsUser { number: number.to_owned(), replaces: None });
    world.run(secs(1));
}

#[test]
fn a_phone_that_dials_calls_out_as_the_desktop_does() {
    let mut world = world(ANSWERS);
    by_phone(&mut world, "13800138055");
    let pop = world.desk("ana").pop.clone().expect("the customer is on the screen");
    assert_eq!((pop.direction, pop.caller_shown.as_str()), (CallDirection::Outbound, "138 0013 8055"));
    world.run_until(SOON, "they talk", |world| talking(world, "ana"));
    assert_eq!((world.media.hears.len(), world.media.recording.len()), (2, 1));
    assert_eq!(world.command("ana", DeskCommand::Hold { interaction: None }), Reply::Done);
    assert_eq!(world.command("ana", DeskCommand::Resume { interaction: None }), Reply::Done);
    world.act(world.phone_of("ana"), Act::HangUpAll);
    world.run(secs(1));
    assert_eq!(world.desk("ana").state, AgentState::Ready, "as before");
    world.wind_down();
    let row = world.only_row();
    assert_eq!((row.direction, row.outcome), (CallDirection::Outbound, Some(Outcome::Handled)));
    assert_eq!((row.agent, row.caller_text.as_str()), (Some(world.agent("ana")), "+8613800138055"));
}

#[test]
fn a_phone_that_may_not_call_is_told_so_and_it_is_written_down() {
    let mut world = world(ANSWERS);
    world.reconfigure(|center| {
        (center.outbound.forbidden, center.outbound.calls_per_minute) = (vec!["+8610".to_owned()], 1);
    });
    let phone = world.phone_of("ana");
    for number in ["01065529988", "+14155550100", "nobody"] {
        by_phone(&mut world, number);
        assert!(world.phones[&phone].is_idle(), "{number}");
    }
    by_phone(&mut world, "13800138055");
    world.run_until(SOON, "they talk", |world| talking(world, "ana"));
    world.command("ana", DeskCommand::HangUp { interaction: None });
    world.run(secs(1));
    by_phone(&mut world, "13800138055");
    assert!(world.phones[&phone].is_idle(), "spent");
    assert_eq!(world.phones[&OUTSIDE.parse().unwrap()].connected, 1);
    world.run(secs(60));
    world.command("ana", DeskCommand::SignOut);
    by_phone(&mut world, "13800138055");
    assert!(world.phones[&phone].is_idle(), "not at work");
    world.wind_down();
    let refused = world.store.interactions.values().filter(|row| row.outcome == Some(Outcome::Refused)).count();
    assert_eq!(refused, 5);
}

/// Whatever is forbidden, spent, or not on duty.
#[test]
fn an_emergency_goes_out() {
    for (at_work, desktop) in [(true, true), (true, false), (false, false)] {
        let mut world = world(ANSWERS);
        world.reconfigure(|center| {
            let rule = &mut center.outbound;
            (rule.emergency, rule.calls_per_minute, rule.minutes_per_day) = (vec!["110".to_owned()], 0, 0);
        });
        if !at_work {
            world.command("ana", DeskCommand::SignOut);
        }
        match desktop {
            true => assert_eq!(dial(&mut world, "1 10", None), Reply::Done),
            false => by_phone(&mut world, "110"),
        }
        let outside: std::net::SocketAddr = OUTSIDE.parse().unwrap();
        world
            .run_until(SOON, "help answers", |world| world.media.hears.len() == 2 && !world.phones[&outside].is_idle());
        assert!(refused(dial(&mut world, "13800138055", None)).is_some(), "nothing else does");
        world.act(outside, Act::HangUpAll);
        world.run(secs(1));
        let state = &world.desk("ana").state;
        assert_eq!(*state == AgentState::Ready, at_work, "as before: {state:?}");
        world.wind_down();
        let row = world.only_row();
        let dialled = if at_work { &row.caller_text } else { &row.called };
        assert_eq!((dialled.as_str(), row.agent.is_some()), ("110", at_work));
    }
}
