//! The house calls somebody with nobody on the line yet: whoever answers waits for an agent, or is led by a flow.

use std::net::SocketAddr;

use carillon::acd::AgentState;
use carillon::base::{CallDirection, InteractionId};
use carillon::center::desk::{CommandOutcome as Reply, DeskCommand, Refusal, Target};
use carillon::center::{Input, SuperviseCommand};
use carillon::crm::{EndedBy, Interaction, Outcome};
use carillon::dialplan::Language;
use carillon::sip::{Destination, Transport, Trunk};

use crate::desks::Person;
use crate::network::Quality;
use crate::phone::{Act, Habit};
use crate::scenery::OUTSIDE;
use crate::stories::{ANSWERS, PATIENT, SOON, card, secs, talking};
use crate::world::World;

fn world(outside: Habit) -> World {
    let mut world = World::new(7, &[("ana", 5, 0)], Person::Absent, Quality::GOOD);
    world.reconfigure(|center| center.outbound.caller_id = "+862155500100".to_owned());
    world.everybody_ready(Transport::Udp, ANSWERS);
    world.outside(outside);
    world
}

fn outside() -> SocketAddr {
    OUTSIDE.parse().unwrap()
}

fn sales() -> Target {
    Target::Queue { queue: "sales".to_owned(), priority: None }
}

fn flow(name: &str) -> Target {
    Target::Flow { flow: name.to_owned() }
}

fn place(world: &mut World, number: &str, with: Target) -> Reply {
    world.supervise(SuperviseCommand::PlaceCall { number: number.to_owned(), with, queue: None, language: None })
}

fn placed(reply: Reply) -> InteractionId {
    match reply {
        Reply::Placed { interaction } => interaction,
        other => panic!("it was to be placed: {other:?}"),
    }
}

fn refused(reply: Reply) -> Option<Refusal> {
    match reply {
        Reply::Refused { code, .. } => Some(code),
        _ => None,
    }
}

/// The kinds of a contact's events, as far as they are among these.
fn told<'w>(world: &'w World, row: &Interaction, of: &[&str]) -> Vec<&'w str> {
    world.store.kinds(row.id).into_iter().filter(|kind| of.contains(kind)).collect()
}

#[test]
fn the_customer_first_then_an_agent_who_sees_whom() {
    let mut world = world(ANSWERS);
    world.knows(card(4711, "Wang Lihua"), "13800138055");
    let id = placed(place(&mut world, "138 0013 8055", sales()));
    world.run(secs(1));
    assert_eq!(world.desk("ana").state, AgentState::Ready, "nobody is held while it rings");
    assert!(world.desk("ana").pop.is_none());
    world.run_until(SOON, "ana is shown the customer", |world| world.desk("ana").pop.is_some());
    let pop = world.desk("ana").pop.clone().unwrap();
    assert_eq!((pop.direction, pop.caller_shown.as_str()), (CallDirection::Outbound, "138 0013 8055"));
    assert_eq!((pop.queue.as_str(), pop.customer.map(|card| card.name)), ("sales", Some("Wang Lihua".to_owned())));
    let ana = world.phone_of("ana");
    let at = |what: String| world.trail.iter().position(|(_, text)| *text == what);
    assert!(at(format!("INVITE {OUTSIDE}")) < at(format!("pop {}", world.agent("ana"))));
    world.run_until(SOON, "they talk", |world| talking(world, "ana"));
    assert!(world.trail.iter().any(|(_, text)| *text == format!("INVITE {ana}")));
    assert_eq!((world.media.hears.len(), world.media.recording.len()), (2, 1));
    world.act(outside(), Act::HangUpAll);
    world.run(secs(1));
    assert!(matches!(world.desk("ana").state, AgentState::WrapUp { .. }), "as after every contact of the line");
    world.wind_down();
    let row = world.only_row();
    assert_eq!((row.id, row.direction, row.outcome), (id, CallDirection::Outbound, Some(Outcome::Handled)));
    assert_eq!((row.called.as_str(), row.caller_text.as_str()), ("+862155500100", "+8613800138055"));
    assert_eq!((row.ended_by, row.agent), (Some(EndedBy::Customer), Some(world.agent("ana"))));
    let kinds = ["call.started", "call.placed", "call.answered", "queue.entered", "call.connected", "call.ended"];
    assert_eq!(told(&world, row, &kinds), kinds);
}

#[test]
fn a_flow_has_whoever_answers() {
    let mut world = world(ANSWERS);
    placed(place(&mut world, "13800138055", flow("menu")));
    world.run_until(SOON, "the greeting is heard", |world| {
        world.media.playing.values().any(|sounds| sounds == &["en/welcome"])
    });
    world.press(outside(), '1');
    world.run_until(SOON, "they talk", |world| talking(world, "ana"));
    assert_eq!(world.command("ana", DeskCommand::HangUp { interaction: None }), Reply::Done);
    world.run(secs(2));
    world.wind_down();
    let row = world.only_row();
    assert_eq!((row.outcome, row.menu_path.clone()), (Some(Outcome::Handled), vec!["Sales".to_owned()]));
    let kinds = ["call.placed", "call.answered", "menu.chosen", "queue.entered", "call.connected"];
    assert_eq!(told(&world, row, &kinds), kinds);
}

#[test]
fn it_is_spoken_in_the_language_that_is_asked_for() {
    for (language, sound) in [(None, "en/welcome"), (Some(Language::Zh), "zh/welcome")] {
        let mut world = world(ANSWERS);
        let (number, with) = ("13800138055".to_owned(), flow("menu"));
        placed(world.supervise(SuperviseCommand::PlaceCall { number, with, queue: None, language }));
        world.run_until(SOON, "the greeting", |world| world.media.playing.values().any(|sounds| sounds == &[sound]));
        world.act(outside(), Act::HangUpAll);
        world.run(secs(2));
        assert_eq!(world.only_row().outcome, Some(Outcome::Abandoned));
        world.wind_down();
    }
}

#[test]
fn an_agent_first_is_the_call_of_the_agent() {
    let mut world = world(ANSWERS);
    let agent = world.agent("ana");
    let id = placed(place(&mut world, "13800138055", Target::Agent { agent }));
    assert!(matches!(world.desk("ana").state, AgentState::Busy { .. }));
    world.run_until(SOON, "they talk", |world| talking(world, "ana"));
    assert_eq!(refused(place(&mut world, "13800138055", Target::Agent { agent })), Some(Refusal::WrongState));
    world.wind_down();
    let row = world.only_row();
    assert_eq!((row.id, row.agent, row.outcome), (id, Some(agent), Some(Outcome::Handled)));
}

#[test]
fn whoever_is_not_reached_occupies_nobody() {
    for (habit, why) in [
        (Habit::Refuse(404), "no_such_number"),
        (Habit::Decline { after: secs(1) }, "busy"),
        (Habit::Refuse(503), "trunk_fault"),
        (Habit::Ignore, "no_answer"),
    ] {
        let mut world = world(habit);
        let id = placed(place(&mut world, "13800138055", sales()));
        world.run_until(secs(60), "in vain", |world| world.store.kinds(id).contains(&"call.not_reached"));
        assert_eq!(world.desk("ana").state, AgentState::Ready);
        world.wind_down();
        let row = world.only_row();
        assert_eq!((row.outcome, row.agent, row.queued), (Some(Outcome::NotReached), None, None), "{why}");
        let events = &world.store.events[&row.id];
        let told = events.iter().find(|event| event.kind == "call.not_reached").expect("why");
        assert_eq!(told.detail["why"], why);
    }
}

#[test]
fn the_next_trunk_is_tried() {
    let mut world = world(Habit::Refuse(503));
    let backup = "203.0.113.253:5060";
    world.reconfigure(|center| {
        center.trunks.push(Trunk {
            name: "backup".to_owned(),
            destination: Some(Destination { transport: Transport::Udp, addr: backup.parse().unwrap(), flow: None }),
            prefixes: vec!["+86".to_owned()],
            ..Trunk::default()
        });
    });
    world.far_end(backup, ANSWERS);
    placed(place(&mut world, "13800138055", sales()));
    world.run_until(secs(10), "they talk", |world| talking(world, "ana"));
    world.wind_down();
    assert!(world.store.kinds(world.only_row().id).contains(&"trunk.failed"));
}

#[test]
fn what_rings_is_taken_back() {
    let mut world = world(Habit::Ignore);
    let interaction = placed(place(&mut world, "13800138055", sales()));
    world.run(secs(2));
    assert!(!world.phones[&outside()].is_idle());
    assert_eq!(world.supervise(SuperviseCommand::HangUpContact { interaction }), Reply::Done);
    world.run(secs(1));
    assert!(world.phones[&outside()].is_idle());
    world.wind_down();
    let row = world.only_row();
    assert_eq!((row.outcome, row.ended_by), (Some(Outcome::NotReached), Some(EndedBy::Supervisor)));
}

/// Everybody is away: whoever was called waits, and is not forgotten.
#[test]
fn nobody_is_there_for_the_customer() {
    let mut world = world(ANSWERS);
    world.command("ana", DeskCommand::NotReady { reason: "break".to_owned() });
    placed(place(&mut world, "13800138055", sales()));
    world.run(secs(10));
    assert!(world.media.playing.values().any(|sounds| sounds == &["music/hold"]));
    world.act(outside(), Act::HangUpAll);
    world.run(secs(1));
    let row = world.only_row();
    assert_eq!((row.outcome, row.ended_by), (Some(Outcome::Abandoned), Some(EndedBy::Customer)));
    placed(place(&mut world, "13800138055", sales()));
    world.run(secs(5));
    world.reconfigure(|center| center.rules.queues.retain(|queue| queue.key != "sales"));
    world.run(secs(2));
    assert!(world.phones[&outside()].is_idle(), "no line, and no flow that would say so");
    let outcomes: Vec<_> = world.store.interactions.values().map(|row| row.outcome).collect();
    assert_eq!(outcomes, [Some(Outcome::Abandoned); 2]);
    world.wind_down();
}

#[test]
fn a_caller_who_waits_goes_before() {
    let mut world = world(ANSWERS);
    world.command("ana", DeskCommand::NotReady { reason: "break".to_owned() });
    let caller = world.call("13800138000", "4000", PATIENT);
    world.run(secs(3));
    placed(place(&mut world, "13800138055", sales()));
    world.run(secs(4));
    world.command("ana", DeskCommand::Ready);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    assert_eq!(world.desk("ana").pop.clone().map(|pop| pop.caller_shown), Some("138 0013 8000".to_owned()));
    world.act(caller, Act::HangUpAll);
    world.wind_down();
}

#[test]
fn what_is_not_allowed_is_no_call() {
    let mut world = world(ANSWERS);
    world.reconfigure(|center| {
        let rule = &mut center.outbound;
        (rule.forbidden, rule.emergency) = (vec!["+8610".to_owned()], vec!["110".to_owned()]);
        rule.calls_per_minute = 2;
    });
    let number = |number: &str| Target::Number { number: number.to_owned() };
    let queue = |key: &str| Target::Queue { queue: key.to_owned(), priority: None };
    for (to, with, why) in [
        ("010 6552 9988", sales(), Refusal::NoRoute),
        ("+1 415 555 0100", sales(), Refusal::NoRoute),
        ("abc", sales(), Refusal::BadNumber),
        ("110", sales(), Refusal::NoRoute),
        ("13800138055", queue("nowhere"), Refusal::UnknownQueue),
        ("13800138055", flow("nowhere"), Refusal::UnknownFlow),
        ("13800138055", number("13800138056"), Refusal::NotAllowed),
        ("13800138055", Target::QueueVoicemail { queue: "sales".to_owned() }, Refusal::NotAllowed),
    ] {
        assert_eq!(refused(place(&mut world, to, with)), Some(why), "{to}");
    }
    assert!(world.store.interactions.is_empty());
    for _ in 0..2 {
        placed(place(&mut world, "13800138055", sales()));
    }
    assert_eq!(refused(place(&mut world, "13800138055", sales())), Some(Refusal::Spent));
    world.act_later(secs(5), outside(), Act::HangUpAll);
    world.run(secs(61));
    placed(place(&mut world, "13800138055", sales()));
    world.tell(Input::Drain);
    assert_eq!(refused(place(&mut world, "13800138055", sales())), Some(Refusal::Unavailable));
    world.run(secs(8));
    world.wind_down();
}
