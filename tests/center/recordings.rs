//! What of a call is recorded: by rule, by share, by the caller's leave, and never what is a secret.

use carillon::base::{InteractionId, Rng};
use carillon::center::desk::{CommandOutcome as Reply, DeskCommand, Refusal, Target};
use carillon::center::{Configuration, RecordingRule};
use carillon::crm::InteractionEvent;
use carillon::sip::Transport;

use crate::desks::Person;
use crate::network::Quality;
use crate::scenery::SALES;
use crate::stories::{ANSWERS, PATIENT, SOON, secs, talking};
use crate::world::World;

const ASKS: &str = r#"
title = "Asks, and wants a secret of who comes back from a line"
start = "in"
[step.in]
do = "answer"
next = "ask"
[step.ask]
do = "menu"
prompts = "welcome"
tries = 1
timeout = "2s"
choices.1 = { next = "line", set = { recording = "yes" } }
choices.2 = { next = "line", set = { recording = "no" } }
next = "line"
[step.line]
do = "queue"
queue = "sales"
next = "card"
[step.card]
do = "collect"
prompts = "welcome"
into = "card"
label = "Card"
secret = true
max = 4
next = "stars"
on_failed = "bye"
[step.stars]
do = "collect"
prompts = "welcome"
into = "stars"
label = "Stars"
max = 1
next = "bye"
on_failed = "bye"
[step.bye]
do = "hangup"
"#;

fn world(change: impl FnOnce(&mut Configuration)) -> World {
    let mut world = World::new(7, &[("ana", 5, 0)], Person::Absent, Quality::GOOD);
    world.everybody_ready(Transport::Udp, ANSWERS);
    world.reconfigure(|center| {
        center.flows.push(("asks".to_owned(), ASKS.to_owned()));
        let asks = center.numbers.iter().find(|number| number.number == "4000").cloned().unwrap();
        center.numbers.push(carillon::center::NumberRule { number: "4010".into(), flow: "asks".into(), ..asks });
        change(center);
    });
    world
}

fn rule(center: &mut Configuration) -> &mut RecordingRule {
    &mut center.queues.iter_mut().find(|queue| queue.id == SALES).unwrap().recording
}

fn event<'a>(world: &'a World, kind: &str) -> Option<&'a InteractionEvent> {
    world.store.events.values().flatten().find(|event| event.kind == kind)
}

#[test]
fn who_says_yes_is_recorded_and_who_says_no_or_nothing_is_not() {
    for (digit, recorded, said) in [(Some('1'), true, Some(true)), (Some('2'), false, Some(false)), (None, false, None)]
    {
        let mut world = world(|center| rule(center).consent = true);
        let caller = world.call("13800138001", "4010", PATIENT);
        if let Some(digit) = digit {
            world.press_later(secs(2), caller, digit);
        }
        world.run_until(secs(20), "ana talks", |world| talking(world, "ana"));
        assert_eq!(world.media.recording.len(), usize::from(recorded), "{digit:?}");
        let told = event(&world, "recording.consent");
        assert_eq!(told.map(|event| event.detail["given"].as_bool().unwrap()), said);
        let on_demand = world.command("ana", DeskCommand::RecordingStart { interaction: None });
        let refused = matches!(on_demand, Reply::Refused { code: Refusal::WrongState, .. });
        assert_eq!(refused, digit.is_some(), "{digit:?}: it runs already, or the caller said no");
        world.wind_down();
    }
}

#[test]
fn a_number_goes_before_its_queue() {
    for (number, queue, recorded) in
        [(None, true, true), (None, false, false), (Some(false), true, false), (Some(true), false, true)]
    {
        let mut world = world(|center| {
            center.queues.iter_mut().for_each(|it| it.record = queue);
            center.numbers.iter_mut().for_each(|it| it.record = number);
        });
        world.call("13800138001", "4000", PATIENT);
        world.run_until(secs(20), "ana talks", |world| talking(world, "ana"));
        assert_eq!(world.media.recording.len(), usize::from(recorded), "{number:?} {queue}");
        world.wind_down();
    }
}

#[test]
fn of_a_share_so_many_are_recorded_and_always_the_same_ones() {
    let mut rng = Rng::new(3);
    let ids: Vec<_> =
        (0..20_000).map(|n| InteractionId::new(carillon::base::Instant::from_micros(n), &mut rng)).collect();
    for share_percent in [1, 25, 50, 99, 100] {
        let rule = RecordingRule { share_percent, ..RecordingRule::default() };
        let taken = ids.iter().filter(|id| rule.takes(**id)).count() as f64 / 200.0;
        assert!((taken - f64::from(share_percent)).abs() < 1.5, "{share_percent}: {taken}");
        let more = RecordingRule { share_percent: share_percent.min(99) + 1, ..rule };
        assert!(ids.iter().all(|id| !rule.takes(*id) || more.takes(*id)), "a larger share takes those too");
    }
}

#[test]
fn what_is_keyed_in_secretly_is_in_no_recording_event_or_row() {
    let mut world = world(|center| {
        center.rules.queues.iter_mut().filter(|queue| queue.id != SALES).for_each(|queue| queue.max_wait_s = Some(1));
    });
    let caller = world.call("13800138001", "4010", PATIENT);
    world.press_later(secs(2), caller, '1');
    world.run_until(secs(20), "ana talks", |world| talking(world, "ana"));
    let to = Target::Queue { queue: "service".to_owned(), priority: None };
    assert_eq!(world.command("ana", DeskCommand::Transfer { interaction: None, to, note: String::new() }), Reply::Done);
    world.run_until(SOON, "the secret is asked for", |world| event(world, "recording.paused").is_some());
    assert_eq!(world.media.voices.values().map(Vec::len).collect::<Vec<_>>(), [0], "nobody's voice");
    assert_eq!(world.media.hushed.len(), 1, "nor key");
    world.run(secs(3));
    for digit in "4711".chars() {
        world.press(caller, digit);
    }
    world.run_until(SOON, "it goes on", |world| event(world, "recording.resumed").is_some());
    assert_eq!(world.media.voices.values().map(Vec::len).collect::<Vec<_>>(), [1]);
    assert!(world.media.hushed.is_empty());
    world.run(secs(3));
    world.press(caller, '5');
    world.wind_down();
    let (events, rows) = (format!("{:?}", world.store.events), format!("{:?}", world.store.interactions));
    assert!(!events.contains("4711") && !rows.contains("4711"), "masked");
    assert!(events.contains("Stars") && rows.contains("Stars"), "what is no secret is told");
    let paused = event(&world, "recording.paused").unwrap();
    assert!(paused.detail["agent"].is_null(), "by itself");
}

#[test]
fn a_message_and_the_talk_after_it_are_one_recording_with_silence_between() {
    let mut world = world(|_| {});
    let voices = |world: &World| world.media.voices.values().map(Vec::len).collect::<Vec<_>>();
    let caller = world.call("13800138001", "4005", PATIENT);
    world.run_until(secs(20), "the message is recorded", |world| voices(world) == [1]);
    world.run(secs(3));
    world.press(caller, '#');
    world.run_until(SOON, "the caller is in the line", |world| event(world, "queue.entered").is_some());
    assert!(talking(&world, "ana") || voices(&world) == [0], "what is said in the line is no message");
    world.run_until(secs(20), "ana talks", |world| talking(world, "ana") && voices(world) == [2]);
    assert!(event(&world, "recording.ended").is_none(), "it is the same that goes on");
    world.wind_down();
    let ended = world.store.events.values().flatten().filter(|event| event.kind == "recording.ended");
    assert_eq!((ended.count(), world.store.interactions.len()), (1, 1));
}

#[test]
fn what_is_said_to_a_flow_after_the_talk_is_not_kept() {
    let mut world = world(|_| {});
    world.call("13800138001", "4006", PATIENT);
    world.run_until(secs(20), "ana talks", |world| talking(world, "ana"));
    assert_eq!(world.media.voices.values().map(Vec::len).collect::<Vec<_>>(), [2]);
    assert_eq!(world.command("ana", DeskCommand::HangUp { interaction: None }), Reply::Done);
    world.run(secs(1));
    assert_eq!(world.media.voices.values().map(Vec::len).collect::<Vec<_>>(), [0]);
    world.wind_down();
    assert!(event(&world, "recording.ended").is_some());
}
