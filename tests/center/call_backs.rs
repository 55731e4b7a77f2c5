//! Customers who hang up and keep their place.

use std::net::SocketAddr;
use std::time::Duration;

use carillon::acd::{AgentState, Kept};
use carillon::base::{CallDirection, InteractionId};
use carillon::center::desk::{CallState, CommandOutcome as Reply, DeskCommand, Refusal};
use carillon::center::input::SuperviseCommand;
use carillon::center::{CallBackPage, CallBackState, Input, OpenCallBack};
use carillon::crm::{EndedBy, HowEnded, Interaction, Outcome};
use carillon::sip::Transport;

use crate::desks::Person;
use crate::network::Quality;
use crate::phone::{Act, Habit};
use crate::scenery::{OUTSIDE, Staff};
use crate::world::World;

const PATIENT: Duration = Duration::from_secs(3_600);
const SOON: Duration = Duration::from_secs(5);
const ANSWERS: Habit = Habit::Answer { after: Duration::from_secs(2), talk: None };
const ANA: &[Staff<'_>] = &[("ana", 5, 0)];

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn talking(world: &World, key: &str) -> bool {
    matches!(world.desk(key).call, Some((_, CallState::Talking)))
}

/// Ana is in a talk already.
fn busy() -> World {
    let mut world = World::new(7, ANA, Person::Absent, Quality::GOOD);
    world.everybody_ready(Transport::Udp, ANSWERS);
    world.outside(ANSWERS);
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    world
}

fn press(world: &mut World, caller: SocketAddr, digits: &str) {
    for digit in digits.chars() {
        world.press(caller, digit);
        world.run(Duration::from_millis(300));
    }
}

/// Somebody waits ten seconds, asks to be called back and confirms; the row of that call.
fn books(world: &mut World, from: &str) -> InteractionId {
    let caller = world.call(from, "4000", PATIENT);
    world.run(secs(10));
    let row = last(world).id;
    press(world, caller, "11");
    assert!(world.store.kinds(row).contains(&"call_back.booked"), "{:?}", world.store.kinds(row));
    world.run(secs(3));
    row
}

fn last(world: &World) -> Interaction {
    world.store.interactions.values().max_by_key(|row| (row.started, row.id)).unwrap().clone()
}

fn back(world: &World, linked: InteractionId) -> Vec<Interaction> {
    world.store.interactions.values().filter(|row| row.linked == Some(linked)).cloned().collect()
}

fn free(world: &mut World) {
    assert_eq!(world.command("ana", DeskCommand::HangUp { interaction: None }), Reply::Done);
    wrap_up(world);
}

fn wrap_up(world: &mut World) {
    let interaction = world.desk("ana").wrap_up.expect("wrap-up");
    let (disposition, notes) = (Some("solved".to_owned()), String::new());
    let save = DeskCommand::WrapUpSave { interaction, disposition, notes, done: true };
    assert_eq!(world.command("ana", save), Reply::Done);
}

fn ended(world: &World, row: InteractionId) -> Option<HowEnded> {
    world.store.call_backs[&row].ended.map(|ended| ended.how)
}

#[test]
fn the_agent_is_rung_first_then_the_customer_from_the_place_that_was_kept() {
    let mut world = busy();
    let asked = books(&mut world, "13800138001");
    let row = world.store.interactions[&asked].clone();
    assert_eq!((row.outcome, row.ended_by), (Some(Outcome::CallBack), Some(EndedBy::Flow)), "{row:?}");
    world.call("13800138002", "4000", PATIENT);
    world.run(secs(60));
    let board = world.center.board(world.now);
    assert_eq!((board.queues[0].waiting, board.queues[0].call_backs, board.queues[0].abandoned), (2, 1, 0));
    free(&mut world);
    world.run_until(SOON, "ana rings", |world| world.desk("ana").ring.is_some());
    let pop = world.desk("ana").pop.clone().unwrap();
    assert_eq!(pop.caller.as_deref(), Some("+8613800138001"));
    assert_eq!(pop.place_kept.map(|kept| (kept.by, Some(kept.since))), Some((Kept::CallBack, row.queued)));
    assert!(pop.why.en.contains("call-back") && pop.why.zh.contains("回电"), "{:?}", pop.why);
    assert!(world.phones[&OUTSIDE.parse().unwrap()].is_idle(), "the customer is not rung before the agent is there");
    world.run_until(SOON, "ana calls", |world| matches!(world.desk("ana").call, Some((_, CallState::Connecting))));
    world.run_until(SOON, "they talk", |world| talking(world, "ana") && world.media.hears.len() == 2);
    world.run(secs(20));
    world.act(OUTSIDE.parse().unwrap(), Act::HangUpAll);
    world.run_until(SOON, "wrap-up", |world| world.desk("ana").wrap_up.is_some());
    wrap_up(&mut world);
    let [call] = &back(&world, asked)[..] else { panic!("one call back") };
    assert_eq!((call.direction, call.outcome), (CallDirection::Outbound, Some(Outcome::Handled)));
    assert_eq!((call.queued, call.called.as_str()), (row.queued, "4000"));
    assert_eq!(
        (call.caller.as_ref().map(ToString::to_string).as_deref(), call.ended_by),
        (Some("+8613800138001"), Some(EndedBy::Customer))
    );
    assert!(call.recording.is_some() && call.talk_ms() >= 20_000, "{call:?}");
    let kinds = world.store.kinds(call.id);
    for kind in ["call.started", "agent.reserved", "call_back.dialled", "call.connected", "call.ended"] {
        assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
    }
    assert_eq!(ended(&world, asked), Some(HowEnded::Served));
    assert_eq!(world.store.interactions[&asked].direction, CallDirection::Inbound);
    world.run_until(SOON, "the next one", |world| world.desk("ana").ring.is_some());
    world.wind_down();
}

#[test]
fn who_stays_on_the_line_has_one_seat_and_is_connected() {
    let mut world = busy();
    let caller = world.call("13800138001", "4000", PATIENT);
    world.run(secs(10));
    press(&mut world, caller, "11");
    assert_eq!(world.center.board(world.now).queues[0].waiting, 1);
    let phone = world.phone_of("ana");
    world.phones.get_mut(&phone).unwrap().habit = Habit::Answer { after: Duration::from_millis(200), talk: None };
    free(&mut world);
    world.run_until(secs(1), "ana talks with the caller", |world| talking(world, "ana"));
    assert_eq!(
        world.store.call_backs.values().next().and_then(|one| one.ended).map(|ended| ended.how),
        Some(HowEnded::TakenOver)
    );
    world.wind_down();
    assert!(world.store.interactions.values().all(|row| row.direction == CallDirection::Inbound));
}

#[test]
fn who_hangs_up_while_the_agent_rings_is_called_by_that_agent() {
    let mut world = busy();
    let phone = world.phone_of("ana");
    let caller = world.call("13800138001", "4000", PATIENT);
    world.run(secs(10));
    let asked = last(&world).id;
    world.phones.get_mut(&phone).unwrap().habit = Habit::Ignore;
    free(&mut world);
    world.run_until(SOON, "ana rings", |world| world.desk("ana").ring.is_some());
    let first = world.desk("ana").ring.unwrap();
    press(&mut world, caller, "11");
    world.phones.get_mut(&phone).unwrap().habit = ANSWERS;
    world.act(caller, Act::HangUpAll);
    world.run_until(SOON, "the pop is the call-back's", |world| {
        world.desk("ana").ring.is_some_and(|ring| ring != first)
    });
    assert_eq!(world.desk("ana").ring.unwrap().0, first.0, "the same reservation");
    world.run_until(SOON, "they talk", |world| talking(world, "ana"));
    assert_eq!(back(&world, asked).len(), 1);
    world.wind_down();
    assert_eq!(ended(&world, asked), Some(HowEnded::Served));
}

#[test]
fn a_customer_who_does_not_answer_is_tried_again_and_then_a_task() {
    let mut world = busy();
    let asked = books(&mut world, "13800138001");
    world.outside(Habit::Ignore);
    free(&mut world);
    world.run_until(SOON, "ana calls", |world| matches!(world.desk("ana").call, Some((_, CallState::Connecting))));
    world.run_until(secs(35), "in vain", |world| world.desk("ana").wrap_up.is_some());
    wrap_up(&mut world);
    assert_eq!(world.desk("ana").state, AgentState::Ready, "not before its time");
    assert_eq!((ended(&world, asked), world.store.call_backs[&asked].tries), (None, 1));
    world.outside(Habit::Decline { after: secs(1) });
    world.run_until(secs(125), "the second try", |world| world.desk("ana").ring.is_some());
    assert!(world.desk("ana").pop.as_ref().unwrap().waited_ms > 120_000, "the place is the old one");
    world.run_until(secs(10), "busy", |world| world.desk("ana").wrap_up.is_some());
    assert_eq!(ended(&world, asked), Some(HowEnded::GivenUp));
    let rows = back(&world, asked);
    assert_eq!(rows.iter().map(|row| row.outcome).collect::<Vec<_>>(), [Some(Outcome::NotReached); 2]);
    let why = |row: &Interaction| {
        let events = &world.store.events[&row.id];
        events.iter().find(|event| event.kind == "call_back.not_reached").unwrap().detail["why"].clone()
    };
    let mut whys: Vec<_> = rows.iter().map(why).collect();
    whys.sort_by_key(ToString::to_string);
    assert_eq!(whys, ["busy", "no_answer"]);
    assert_eq!((world.store.tasks.len(), world.store.tasks[0].interaction), (1, asked));
    world.wind_down();
}

#[test]
fn an_agent_who_does_not_answer_costs_the_customer_nothing() {
    let staff: &[Staff<'_>] = &[("ana", 9, 0), ("ben", 5, 0)];
    let mut world = World::new(7, staff, Person::Absent, Quality::GOOD);
    world.everybody_ready(Transport::Udp, ANSWERS);
    world.outside(ANSWERS);
    for from in ["13800138000", "13800138009"] {
        world.call(from, "4000", PATIENT);
    }
    world.run_until(SOON, "both talk", |world| talking(world, "ana") && talking(world, "ben"));
    let asked = books(&mut world, "13800138001");
    let phone = world.phone_of("ana");
    world.phones.get_mut(&phone).unwrap().habit = Habit::Ignore;
    free(&mut world);
    world.run_until(SOON, "ana rings", |world| world.desk("ana").ring.is_some());
    world.run_until(secs(20), "ana is set aside", |world| {
        matches!(world.desk("ana").state, AgentState::NotReady { .. })
    });
    assert_eq!(ended(&world, asked), None);
    assert_eq!(world.command("ben", DeskCommand::HangUp { interaction: None }), Reply::Done);
    world.run_until(secs(45), "ben talks with the customer", |world| talking(world, "ben"));
    let answered: Vec<_> = back(&world, asked).into_iter().filter(|row| row.answered.is_some()).collect();
    assert_eq!(answered.iter().map(|row| row.agent).collect::<Vec<_>>(), [Some(world.agent("ben"))]);
    world.wind_down();
}

#[test]
fn who_rings_again_has_the_place_and_is_not_called() {
    let mut world = busy();
    let asked = books(&mut world, "13800138001");
    world.call("13800138002", "4000", PATIENT);
    world.run(secs(30));
    world.call("13800138001", "4000", PATIENT);
    world.run(secs(1));
    let again = last(&world).id;
    assert!(world.store.kinds(again).contains(&"call_back.taken_over"));
    assert_eq!(ended(&world, asked), Some(HowEnded::TakenOver));
    assert_eq!(world.center.board(world.now).queues[0].waiting, 2, "one seat");
    free(&mut world);
    world.run_until(SOON, "ana rings", |world| world.desk("ana").ring.is_some());
    assert_eq!(world.desk("ana").pop.as_ref().unwrap().interaction, again, "before who came meanwhile");
    world.wind_down();
    assert!(back(&world, asked).is_empty());
}

#[test]
fn numbers_that_the_trunk_does_not_let_out_are_never_called() {
    let mut world = busy();
    let caller = world.call("004930555555", "4000", PATIENT);
    world.run(secs(10));
    let asked = last(&world).id;
    press(&mut world, caller, "1");
    let leg = world.media.leg_towards(world.phones[&caller].rtp()).unwrap();
    assert_eq!(world.media.playing[&leg], ["en/call-back-impossible", "en/call-back-enter"]);
    press(&mut world, caller, "0044207946#");
    press(&mut world, caller, "13800138077#");
    assert_eq!(world.media.playing[&leg].first().map(String::as_str), Some("en/call-back-number"));
    press(&mut world, caller, "1");
    assert_eq!(world.store.call_backs[&asked].number.as_str(), "+8613800138077");
    world.run(secs(3));
    free(&mut world);
    world.run_until(secs(10), "they talk", |world| talking(world, "ana"));
    world.wind_down();
}

#[test]
fn short_dear_and_own_numbers_are_never_called_and_the_caller_hears_why() {
    for (entered, said) in [
        ("110#", "en/call-back-short"),
        ("120#", "en/call-back-short"),
        ("10086#", "en/call-back-short"),
        ("95588#", "en/call-back-short"),
        ("1000#", "en/call-back-short"),
        ("55500188#", "en/call-back-short"),
        ("0110#", "en/call-back-short"),
        ("0086110#", "en/call-back-short"),
        ("#", "en/call-back-impossible"),
        ("138001380001#", "en/call-back-impossible"),
        ("00979123456789#", "en/call-back-dear"),
    ] {
        let mut world = busy();
        let caller = world.call("13800138001", "4000", PATIENT);
        world.run(secs(10));
        let asked = last(&world).id;
        press(&mut world, caller, &format!("12{entered}"));
        let leg = world.media.leg_towards(world.phones[&caller].rtp()).unwrap();
        assert_eq!(world.media.playing[&leg], [said, "en/call-back-enter"], "{entered}");
        assert!(world.store.kinds(asked).contains(&"call_back.number_refused"));
        assert!(world.store.call_backs.is_empty(), "{entered}");
        press(&mut world, caller, "13800138077#");
        assert_eq!(world.media.playing[&leg].first().map(String::as_str), Some("en/call-back-number"), "{entered}");
        world.act(caller, Act::HangUpAll);
        world.wind_down();
    }
}

#[test]
fn a_caller_without_a_number_of_the_world_is_asked_for_one() {
    for (caller_id, said) in [
        ("1000", vec!["en/call-back-short", "en/call-back-enter"]),
        ("110", vec!["en/call-back-short", "en/call-back-enter"]),
        ("55500188", vec!["en/call-back-short", "en/call-back-enter"]),
        ("user1000", vec!["en/call-back-enter"]),
        ("anonymous", vec!["en/call-back-enter"]),
    ] {
        let mut world = busy();
        let caller = world.call(caller_id, "4000", PATIENT);
        world.run(secs(10));
        assert_eq!(last(&world).caller, None, "{caller_id}");
        assert_eq!(last(&world).caller_text, caller_id);
        press(&mut world, caller, "1");
        let leg = world.media.leg_towards(world.phones[&caller].rtp()).unwrap();
        assert_eq!(world.media.playing[&leg], said, "{caller_id}");
        world.act(caller, Act::HangUpAll);
        world.wind_down();
    }
}

#[test]
fn who_says_nothing_or_star_goes_on_waiting() {
    let mut world = busy();
    for digits in ["1", "1*", "12*", "12138*", "19"] {
        let caller = world.call("13800138001", "4000", PATIENT);
        world.run(secs(5));
        press(&mut world, caller, digits);
        world.run(secs(11));
        let leg = world.media.leg_towards(world.phones[&caller].rtp()).unwrap();
        assert_eq!(world.media.playing[&leg], ["music/hold"], "{digits}");
        world.act(caller, Act::HangUpAll);
        world.run(secs(1));
        assert_eq!(last(&world).outcome, Some(Outcome::Abandoned));
    }
    assert!(world.store.call_backs.is_empty());
    world.wind_down();
}

#[test]
fn a_flow_asks_by_itself() {
    let mut world = busy();
    let caller = world.call("13800138001", "4003", PATIENT);
    world.run(secs(2));
    let leg = world.media.leg_towards(world.phones[&caller].rtp()).unwrap();
    assert_eq!(world.media.playing[&leg].first().map(String::as_str), Some("en/call-back-number"));
    press(&mut world, caller, "*");
    assert_eq!(world.media.playing[&leg], ["music/hold"], "the next step is the line");
    assert_eq!(world.center.board(world.now).queues[0].waiting, 1);
    world.act(caller, Act::HangUpAll);
    let caller = world.call("13800138002", "4003", PATIENT);
    world.run(secs(2));
    let asked = last(&world).id;
    press(&mut world, caller, "1");
    world.run(secs(3));
    assert_eq!(world.store.interactions[&asked].outcome, Some(Outcome::CallBack));
    free(&mut world);
    world.run_until(secs(10), "they talk", |world| talking(world, "ana"));
    world.wind_down();
}

#[test]
fn a_restart_loses_none_and_no_place() {
    let mut world = busy();
    let asked = books(&mut world, "13800138001");
    let kept = world.store.open_call_backs();
    assert_eq!(kept.len(), 1);
    let mut next = World::new(8, ANA, Person::Absent, Quality::GOOD);
    next.now = world.now + secs(60);
    next.store.call_backs = kept.iter().map(|one| (one.interaction, one.clone())).collect();
    next.tell(Input::CallBacks(kept.clone()));
    next.tell(Input::CallBacks(kept.clone()));
    assert_eq!(next.center.board(next.now).queues[0].waiting, 1, "once");
    next.outside(ANSWERS);
    next.everybody_ready(Transport::Udp, ANSWERS);
    next.run_until(secs(10), "they talk", |world| talking(world, "ana"));
    assert_eq!(next.desk("ana").pop.as_ref().unwrap().place_kept.unwrap().since, kept[0].arrived);
    next.wind_down();
    assert_eq!(ended(&next, asked), Some(HowEnded::Served));
}

#[test]
fn a_center_that_closes_down_rings_nobody_any_more() {
    let mut world = busy();
    let asked = books(&mut world, "13800138001");
    world.tell(Input::Drain);
    free(&mut world);
    world.run(secs(60));
    assert!(world.desk("ana").ring.is_none());
    assert_eq!((world.center.calls(), ended(&world, asked)), (0, None), "the next process has it");
    world.wind_down();
}

/// Somebody waits ten seconds and asks for a call-back to another number; the row of that call.
fn books_for(world: &mut World, from: &str, number: &str) -> InteractionId {
    let caller = world.call(from, "4000", PATIENT);
    world.run(secs(10));
    let row = last(world).id;
    press(world, caller, &format!("12{number}#1"));
    row
}

fn listed(world: &World) -> Vec<OpenCallBack> {
    world.center.open_call_backs(world.now, &CallBackPage { limit: 10, ..CallBackPage::default() })
}

fn cancel(world: &mut World, call_back: InteractionId) -> Reply {
    world.supervise(SuperviseCommand::CancelCallBack { call_back })
}

#[test]
fn a_number_that_is_given_twice_is_called_once_from_the_better_place() {
    let mut world = busy();
    let first = books_for(&mut world, "13800138001", "13800138077");
    let place = world.store.interactions[&first].queued.unwrap();
    // The first has not hung up yet, and the third comes much later.
    let second = books_for(&mut world, "13800138002", "13800138077");
    world.run(secs(60));
    let third = books_for(&mut world, "13800138003", "13800138077");
    world.run(secs(3));
    assert_eq!(world.center.board(world.now).queues[0].waiting, 1, "one seat");
    let [one] = &listed(&world)[..] else { panic!("{:?}", listed(&world)) };
    assert_eq!((one.interaction, one.arrived, one.place), (first, place, Some(1)));
    for row in [second, third] {
        assert_eq!(world.store.interactions[&row].outcome, Some(Outcome::CallBack));
        assert!(world.store.kinds(row).contains(&"call_back.booked"), "told the same");
    }
    free(&mut world);
    world.run_until(secs(10), "they talk", |world| talking(world, "ana"));
    world.wind_down();
    assert_eq!((world.store.call_backs.len(), ended(&world, first)), (1, Some(HowEnded::Served)));
}

#[test]
fn who_asks_for_the_same_number_from_an_earlier_place_brings_that_place() {
    let mut world = busy();
    let early = world.call("13800138001", "4000", PATIENT);
    world.run(secs(20));
    let early_row = last(&world).id;
    let late = books_for(&mut world, "13800138002", "13800138077");
    press(&mut world, early, "1213800138077#1");
    world.run(secs(3));
    assert_eq!(ended(&world, late), Some(HowEnded::TakenOver));
    let [one] = &listed(&world)[..] else { panic!("{:?}", listed(&world)) };
    assert_eq!((one.interaction, Some(one.arrived)), (early_row, world.store.interactions[&early_row].queued));
    assert_eq!(world.center.board(world.now).queues[0].waiting, 1, "one seat");
    world.outside(Habit::Decline { after: secs(1) });
    world.wind_down();
}

#[test]
fn who_rings_while_being_called_back_has_the_old_place_and_that_agent() {
    let mut world = busy();
    let asked = books(&mut world, "13800138001");
    let place = world.store.call_backs[&asked].arrived;
    world.call("13800138002", "4000", PATIENT);
    world.outside(Habit::Ignore);
    free(&mut world);
    world.run_until(SOON, "ana calls", |world| matches!(world.desk("ana").call, Some((_, CallState::Connecting))));
    world.run(secs(2));
    assert_eq!(listed(&world)[0].state, CallBackState::Dialling);
    world.call("13800138001", "4000", PATIENT);
    world.run(secs(1));
    let again = last(&world).id;
    assert_eq!(ended(&world, asked), Some(HowEnded::TakenOver));
    assert!(world.store.kinds(again).contains(&"call_back.taken_over"));
    assert!(world.phones[&OUTSIDE.parse().unwrap()].is_idle(), "the customer's phone rings no more");
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    let pop = world.desk("ana").pop.clone().unwrap();
    assert_eq!((pop.interaction, pop.place_kept.map(|kept| kept.since)), (again, Some(place)));
    let [call] = &back(&world, asked)[..] else { panic!("one call back") };
    assert_eq!(call.outcome, Some(Outcome::NotReached));
    world.wind_down();
}

#[test]
fn who_rings_again_before_hanging_up_has_the_place() {
    let mut world = busy();
    let caller = world.call("13800138001", "4000", PATIENT);
    world.run(secs(10));
    let asked = last(&world).id;
    press(&mut world, caller, "11");
    world.call("13800138001", "4000", PATIENT);
    world.run(Duration::from_millis(200));
    assert_eq!(ended(&world, asked), Some(HowEnded::TakenOver));
    world.run(secs(5));
    assert_eq!(world.center.board(world.now).queues[0].waiting, 1, "one seat");
    assert!(listed(&world).is_empty());
    world.wind_down();
}

#[test]
fn open_ones_are_listed_as_they_stand() {
    let mut world = busy();
    world.call("13800138009", "4000", PATIENT);
    world.run(secs(1));
    let first = books(&mut world, "13800138001");
    let second = books(&mut world, "13800138002");
    let rows = listed(&world);
    assert_eq!(
        rows.iter().map(|row| (row.interaction, row.place)).collect::<Vec<_>>(),
        [(first, Some(2)), (second, Some(3))]
    );
    assert!(
        rows.iter().all(|row| row.state == CallBackState::Waiting && row.agent.is_none() && row.asked > row.arrived)
    );
    let page = CallBackPage { after: Some((rows[0].arrived, first)), limit: 1, ..CallBackPage::default() };
    assert_eq!(world.center.open_call_backs(world.now, &page), rows[1..]);
    let router = world.center.checkpoint(world.now).restore();
    let line = router.standstills(rows[0].queue, world.now, 10);
    let contacts: Vec<_> = line.iter().map(|one| one.line.contact).collect();
    let callers = world.center.callers(&contacts);
    assert_eq!(
        callers.iter().map(|one| (one.call_back, one.caller_shown.as_str())).collect::<Vec<_>>(),
        [(false, "138 0013 8009"), (true, "138 0013 8001"), (true, "138 0013 8002")]
    );
    assert_eq!(callers[1].interaction, first);
    world.outside(Habit::Decline { after: secs(1) });
    world.wind_down();
}

#[test]
fn a_cancelled_one_leaves_the_line_and_says_who_did_it() {
    let mut world = busy();
    let asked = books(&mut world, "13800138001");
    assert_eq!(cancel(&mut world, asked), Reply::Done);
    assert_eq!(world.center.board(world.now).queues[0].waiting, 0);
    let row = &world.store.call_backs[&asked];
    assert_eq!((ended(&world, asked), row.cancelled_by.as_deref()), (Some(HowEnded::Cancelled), Some("sue")));
    let event = world.store.events[&asked].last().unwrap();
    assert_eq!((event.kind.as_str(), &event.detail["by"]), ("call_back.cancelled", &serde_json::json!("sue")));
    assert!(matches!(cancel(&mut world, asked), Reply::Refused { code: Refusal::UnknownCallBack, .. }));
    free(&mut world);
    world.run(secs(5));
    assert!(world.desk("ana").ring.is_none(), "nobody is called");
    world.wind_down();
}

#[test]
fn while_an_agent_rings_it_can_be_cancelled_and_while_the_customer_is_called_not() {
    let mut world = busy();
    let asked = books(&mut world, "13800138001");
    let second = books(&mut world, "13800138002");
    let phone = world.phone_of("ana");
    world.phones.get_mut(&phone).unwrap().habit = Habit::Ignore;
    free(&mut world);
    world.run_until(SOON, "ana rings", |world| world.desk("ana").ring.is_some());
    world.run(secs(1));
    assert_eq!((listed(&world)[0].state, listed(&world)[0].agent), (CallBackState::Ringing, Some(world.agent("ana"))));
    world.phones.get_mut(&phone).unwrap().habit = ANSWERS;
    world.outside(Habit::Ignore);
    assert_eq!(cancel(&mut world, asked), Reply::Done);
    world.run_until(SOON, "ana calls", |world| matches!(world.desk("ana").call, Some((_, CallState::Connecting))));
    assert!(matches!(cancel(&mut world, second), Reply::Refused { code: Refusal::WrongState, .. }));
    world.wind_down();
    assert_eq!(ended(&world, asked), Some(HowEnded::Cancelled));
}

#[test]
fn one_that_was_brought_over_a_restart_is_cancelled_with_its_author() {
    let mut world = busy();
    let asked = books(&mut world, "13800138001");
    world.restart();
    assert_eq!(cancel(&mut world, asked), Reply::Done);
    assert_eq!(world.store.kinds(asked).last(), Some(&"call_back.cancelled"));
    assert_eq!(world.center.board(world.now).queues[0].waiting, 0);
    world.wind_down();
}

#[test]
fn who_asks_while_the_number_talks_is_owed_another_one() {
    let mut world = busy();
    let first = books_for(&mut world, "13800138001", "13800138077");
    world.run(secs(3));
    free(&mut world);
    world.run_until(secs(10), "they talk", |world| talking(world, "ana"));
    let second = books_for(&mut world, "13800138002", "13800138077");
    world.run(secs(3));
    assert_eq!(world.store.call_backs.keys().copied().collect::<Vec<_>>(), [first, second]);
    world.outside(Habit::Decline { after: secs(1) });
    world.wind_down();
    assert_eq!(ended(&world, first), Some(HowEnded::Served));
    assert_eq!(ended(&world, second), Some(HowEnded::GivenUp));
}
