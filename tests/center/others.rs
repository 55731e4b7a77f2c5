//! More than two in a call: consultation, conference, transfers, supervisors. Every ear is looked at.

use std::time::Duration;

use carillon::acd::AgentState;
use carillon::call::Cause;
use carillon::center::desk::{CallState, CommandOutcome as Reply, DeskCommand, HandedHow, OtherState, Refusal, Target};
use carillon::center::input::{SuperviseCommand, Watch};
use carillon::crm::{EndedBy, Handling, Handover, HandoverHow, Holder, Outcome, Receiver};

use crate::phone::{Act, Habit};
use crate::scene::{other, scene};
use crate::scenery::{OUTSIDE, SERVICE};
use crate::stories::{ANSWERS, PATIENT, SOON, secs, talking};

#[test]
fn consult_swap_merge_and_leave() {
    let mut scene = scene();
    assert_eq!(scene.ears(), "c:a a:c");
    let ben = scene.agent("ben");
    scene.consult(ben);
    assert_eq!(scene.ears(), "c:~ a:~", "music for the customer, ringback for ana");
    assert_eq!(other(&scene.world, "ana"), [OtherState::Ringing]);
    let pop = scene.world.desk("ben").pop.clone().expect("ben sees whom it is about");
    assert_eq!(pop.handed.map(|handed| (handed.how, handed.name)), Some((HandedHow::Consulted, "ana".to_owned())));
    assert!(matches!(scene.world.desk("ben").state, AgentState::Busy { .. }), "nobody else rings ben");
    scene.world.run_until(SOON, "ben answers", |world| other(world, "ana") == [OtherState::Consulted]);
    assert_eq!(scene.ears(), "c:~ a:b b:a");
    scene.ana(DeskCommand::Swap { interaction: None });
    assert_eq!(scene.ears(), "c:a a:c b:~");
    assert_eq!(other(&scene.world, "ana"), [OtherState::Waiting]);
    scene.ana(DeskCommand::Swap { interaction: None });
    assert_eq!(scene.ears(), "c:~ a:b b:a");
    scene.ana(DeskCommand::Merge { interaction: None });
    assert_eq!(scene.ears(), "c:ab a:cb b:ca");
    assert_eq!(other(&scene.world, "ana"), [OtherState::Joined]);
    scene.world.run(secs(10));
    scene.ana(DeskCommand::Complete { interaction: None });
    scene.world.run(secs(1));
    assert_eq!(scene.ears(), "c:b b:c");
    assert!(talking(&scene.world, "ben"));
    assert!(matches!(scene.world.desk("ana").state, AgentState::WrapUp { .. }), "ana's part is over");
    let interaction = scene.world.only_row().id;
    let (disposition, notes) = (Some("solved".to_owned()), "to ben".to_owned());
    scene.ana(DeskCommand::WrapUpSave { interaction, disposition, notes, done: true });
    scene.world.run(secs(5));
    assert_eq!(scene.world.command("ben", DeskCommand::HangUp { interaction: None }), Reply::Done);
    assert!(matches!(scene.world.desk("ben").state, AgentState::WrapUp { .. }), "ben has had the contact");
    let (disposition, notes) = (Some("solved".to_owned()), "done".to_owned());
    let saved = DeskCommand::WrapUpSave { interaction, disposition, notes, done: true };
    assert_eq!(scene.world.command("ben", saved), Reply::Done);
    assert_eq!(scene.world.only_row().agent, Some(scene.world.agent("ben")));
    let expected = ["call.consulted", "call.consult_answered", "call.merged", "call.transferred"];
    assert!(expected.iter().all(|kind| scene.kinds().iter().any(|known| known == kind)), "{:?}", scene.kinds());
    scene.over(Outcome::Handled);
}

#[test]
fn the_one_who_is_asked_does_not_come() {
    for (habit, cause) in [
        (Habit::Decline { after: secs(1) }, Cause::Busy),
        (Habit::Refuse(603), Cause::Declined),
        (Habit::Ignore, Cause::NoAnswer),
    ] {
        let mut scene = scene();
        let phone = scene.world.phone_of("ben");
        scene.world.phones.get_mut(&phone).unwrap().habit = habit;
        let ben = scene.agent("ben");
        scene.consult(ben);
        scene.world.run_until(secs(40), "in vain", |world| world.desk("ana").cause == Some(cause));
        assert_eq!(scene.ears(), "c:~ a:");
        assert_eq!(other(&scene.world, "ana"), []);
        assert_eq!(scene.world.desk("ben").state, AgentState::Ready, "ben goes on as before");
        scene.ana(DeskCommand::Resume { interaction: None });
        assert_eq!(scene.ears(), "c:a a:c");
        scene.over(Outcome::Handled);
    }
}

#[test]
fn the_one_who_is_asked_says_no_at_the_desktop() {
    let mut scene = scene();
    let ben = scene.agent("ben");
    scene.consult(ben);
    scene.world.run(secs(1));
    assert_eq!(scene.world.command("ben", DeskCommand::Decline { interaction: None }), Reply::Done);
    assert_eq!(scene.world.desk("ana").cause, Some(Cause::Declined));
    scene.world.run(secs(1));
    assert!(scene.world.phones[&scene.world.phone_of("ben")].is_idle());
    scene.over(Outcome::Handled);
}

#[test]
fn asked_in_vain_and_let_go() {
    let mut scene = scene();
    let ben = scene.agent("ben");
    scene.consult(ben.clone());
    scene.world.run(secs(1));
    scene.ana(DeskCommand::DropOther { interaction: None, other: None });
    assert_eq!(scene.ears(), "c:~ a:");
    scene.world.run(secs(3));
    assert_eq!(scene.world.desk("ben").state, AgentState::Ready);
    scene.consult(ben);
    scene.world.run_until(SOON, "ben answers", |world| other(world, "ana") == [OtherState::Consulted]);
    scene.ana(DeskCommand::DropOther { interaction: None, other: None });
    scene.ana(DeskCommand::Resume { interaction: None });
    scene.world.run(secs(1));
    assert_eq!(scene.ears(), "c:a a:c");
    assert_eq!(scene.world.desk("ben").state, AgentState::Ready, "asked only: no wrap-up");
    scene.over(Outcome::Handled);
}

#[test]
fn the_asked_one_hangs_up_and_the_customer_is_still_there() {
    let mut scene = scene();
    let ben = scene.agent("ben");
    scene.consult(ben);
    scene.world.run_until(SOON, "ben answers", |world| other(world, "ana") == [OtherState::Consulted]);
    let phone = scene.world.phone_of("ben");
    scene.world.act(phone, Act::HangUpAll);
    scene.world.run(secs(1));
    assert_eq!((scene.ears().as_str(), other(&scene.world, "ana")), ("c:~ a:", vec![]));
    scene.over(Outcome::Handled);
}

/// Each of them sees that the call is ana's, and leaves it by the button.
#[test]
fn the_asked_one_leaves_at_the_desktop() {
    let mut scene = scene();
    let ben = scene.agent("ben");
    scene.consult(ben);
    assert_eq!(scene.world.desk("ben").part, Some(OtherState::Ringing));
    scene.world.run_until(SOON, "ben answers", |world| other(world, "ana") == [OtherState::Consulted]);
    assert_eq!(scene.world.desk("ben").part, Some(OtherState::Consulted));
    assert_eq!(scene.world.desk("ana").part, None);
    assert_eq!(scene.sue(Watch::Listen), Reply::Done);
    scene.world.run_until(SOON, "cem listens", |world| world.desk("cem").part == Some(OtherState::Listening));
    for key in ["ben", "cem"] {
        assert_eq!(scene.world.command(key, DeskCommand::HangUp { interaction: None }), Reply::Done);
        scene.world.run(secs(1));
        assert_eq!(scene.world.desk(key).state, AgentState::Ready, "only asked: no wrap-up");
        assert!(scene.world.phones[&scene.world.phone_of(key)].is_idle());
    }
    assert_eq!((scene.ears().as_str(), other(&scene.world, "ana")), ("c:~ a:", vec![]));
    scene.over(Outcome::Handled);
}

#[test]
fn on_the_hook_hands_over() {
    let mut scene = scene();
    let ben = scene.agent("ben");
    scene.consult(ben);
    scene.world.run_until(SOON, "ben answers", |world| other(world, "ana") == [OtherState::Consulted]);
    let phone = scene.world.phone_of("ana");
    scene.world.act(phone, Act::HangUpAll);
    scene.world.run(secs(1));
    assert_eq!(scene.ears(), "c:b b:c");
    assert_eq!(scene.world.only_row().agent, Some(scene.world.agent("ben")));
    scene.over(Outcome::Handled);
}

#[test]
fn the_customer_hangs_up_during_a_consultation() {
    let mut scene = scene();
    let ben = scene.agent("ben");
    scene.consult(ben);
    scene.world.run_until(SOON, "ben answers", |world| other(world, "ana") == [OtherState::Consulted]);
    scene.world.act(scene.customer, Act::HangUpAll);
    scene.world.run(secs(1));
    assert_eq!(scene.ears(), "");
    assert_eq!(scene.world.desk("ben").state, AgentState::Ready);
    assert_eq!(scene.world.only_row().ended_by, Some(EndedBy::Customer));
    scene.over(Outcome::Handled);
}

#[test]
fn somebody_outside_is_asked_joins_and_is_left_with_the_customer() {
    let mut scene = scene();
    scene.world.outside(ANSWERS);
    scene.consult(Target::Number { number: "138 0013 8055".to_owned() });
    scene.world.run_until(SOON, "they answer", |world| other(world, "ana") == [OtherState::Consulted]);
    assert_eq!(scene.world.desk("ana").others[0].0, "138 0013 8055");
    assert_eq!(scene.ears(), "c:~ o:a a:o");
    scene.ana(DeskCommand::Merge { interaction: None });
    let ben = scene.agent("ben");
    scene.consult(ben);
    scene.world.run_until(SOON, "ben, too", |world| other(world, "ana").contains(&OtherState::Consulted));
    scene.ana(DeskCommand::Merge { interaction: None });
    assert_eq!(scene.ears(), "c:aob o:cab a:cob b:cao");
    let phone = scene.world.phone_of("ben");
    scene.world.act(phone, Act::HangUpAll);
    scene.world.run(secs(1));
    scene.ana(DeskCommand::Complete { interaction: None });
    scene.world.run(secs(5));
    assert_eq!(scene.ears(), "c:o o:c");
    assert!(!scene.world.desk("ana").talks());
    scene.world.act(OUTSIDE.parse().unwrap(), Act::HangUpAll);
    scene.world.run(secs(1));
    assert_eq!(scene.world.only_row().ended_by, Some(EndedBy::Guest));
    scene.over(Outcome::Handled);
}

#[test]
fn sent_on_to_a_colleague() {
    let mut scene = scene();
    let (to, note) = (scene.agent("ben"), "wants an invoice".to_owned());
    scene.ana(DeskCommand::Transfer { interaction: None, to, note });
    scene.world.run(Duration::from_millis(500));
    assert_eq!(scene.ears(), "c:~", "ana is free at once");
    assert!(matches!(scene.world.desk("ana").state, AgentState::WrapUp { .. }));
    let handed = scene.world.desk("ben").pop.clone().and_then(|pop| pop.handed).expect("who sent it, and why");
    assert_eq!((handed.how, handed.note.as_str()), (HandedHow::Transferred, "wants an invoice"));
    scene.world.run_until(SOON, "ben talks", |world| talking(world, "ben"));
    assert_eq!(scene.ears(), "c:b b:c");
    scene.world.run(secs(5));
    assert_eq!(scene.world.command("ben", DeskCommand::Hold { interaction: None }), Reply::Done);
    assert_eq!(scene.world.command("ben", DeskCommand::Resume { interaction: None }), Reply::Done);
    assert_eq!(scene.world.command("ben", DeskCommand::HangUp { interaction: None }), Reply::Done);
    assert!(matches!(scene.world.desk("ben").state, AgentState::WrapUp { .. }));
    scene.over(Outcome::Handled);
}

#[test]
fn what_nobody_takes_comes_back() {
    let mut scene = scene();
    let phone = scene.world.phone_of("ben");
    scene.world.phones.get_mut(&phone).unwrap().habit = Habit::Decline { after: secs(1) };
    let to = scene.agent("ben");
    scene.ana(DeskCommand::Transfer { interaction: None, to, note: String::new() });
    scene.world.run_until(SOON, "ana is rung", |world| matches!(world.desk("ana").call, Some((_, CallState::Ringing))));
    let handed = scene.world.desk("ana").pop.clone().and_then(|pop| pop.handed).expect("that it comes back");
    assert_eq!(handed.how, HandedHow::Returned);
    assert_eq!(scene.world.desk("ana").cause, Some(Cause::Busy));
    scene.world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    assert_eq!(scene.ears(), "c:a a:c");
    scene.over(Outcome::Handled);
}

#[test]
fn what_comes_back_to_nobody_goes_into_the_line() {
    let mut scene = scene();
    for (key, habit) in [("ben", Habit::Ignore), ("ana", Habit::Ignore)] {
        let phone = scene.world.phone_of(key);
        scene.world.phones.get_mut(&phone).unwrap().habit = habit;
    }
    let to = scene.agent("ben");
    scene.ana(DeskCommand::Transfer { interaction: None, to, note: String::new() });
    scene.world.run(secs(31));
    let phone = scene.world.phone_of("ben");
    scene.world.phones.get_mut(&phone).unwrap().habit = ANSWERS;
    scene.world.run_until(secs(60), "ben gets it by the line", |world| talking(world, "ben"));
    assert_eq!(scene.ears(), "c:b b:c");
    scene.over(Outcome::Handled);
}

#[test]
fn sent_on_to_a_line() {
    let mut scene = scene();
    let to = Target::Queue { queue: "service".to_owned(), priority: Some(1) };
    scene.ana(DeskCommand::Transfer { interaction: None, to, note: "a repair".to_owned() });
    assert!(matches!(scene.world.desk("ana").state, AgentState::WrapUp { .. }));
    scene.world.run_until(SOON, "cem talks", |world| talking(world, "cem"));
    assert_eq!(scene.ears(), "c:d d:c");
    assert_eq!(scene.world.only_row().agent, Some(scene.world.agent("cem")));
    let (ana, cem) = (scene.world.agent("ana"), scene.world.agent("cem"));
    let shown = scene.world.center.snapshot(cem).and_then(|snapshot| snapshot.pop).and_then(|pop| pop.handed);
    let shown = shown.expect("from whom it comes");
    assert_eq!((shown.how, shown.by, shown.note.as_str()), (HandedHow::Transferred, ana, "a repair"));
    scene.world.act(scene.customer, Act::HangUpAll);
    scene.world.run(secs(1));
    let segments = scene.world.only_row().segments.clone();
    let handed: Vec<_> = segments.iter().filter_map(|segment| segment.handed.map(|by| (segment.holder, by))).collect();
    assert_eq!(handed, [(Holder::Queue { queue: SERVICE }, Handover { by: ana, how: HandoverHow::Queue })]);
    let mut handling = Handling::default();
    handling.note(&segments);
    let counts = |agent| handling.agents.get(&agent).map(|of| (of.contacts, of.handed_on, of.received));
    assert_eq!((counts(ana), counts(cem)), (Some((1, 1, 0)), Some((1, 0, 1))));
    assert_eq!(handling.handovers.get(&(ana, Receiver::Queue { queue: SERVICE })), Some(&1));
    scene.over(Outcome::Handled);
}

#[test]
fn keys_go_to_whom_the_agent_speaks_with() {
    let mut scene = scene();
    let digits = |digits: &str| DeskCommand::Digits { interaction: None, digits: digits.to_owned() };
    scene.ana(digits("12#"));
    let ben = scene.agent("ben");
    scene.consult(ben);
    scene.world.run_until(SOON, "ben answers", |world| other(world, "ana") == [OtherState::Consulted]);
    scene.ana(digits("*"));
    scene.ana(DeskCommand::Swap { interaction: None });
    scene.ana(digits("0"));
    let (customer, ben) = (scene.customer, scene.world.phone_of("ben"));
    let leg = |at| scene.world.media.leg_towards(scene.world.phones[&at].rtp()).expect("a leg");
    let sent: Vec<_> = scene.world.media.digits.iter().map(|(to, digits)| (*to, digits.as_str())).collect();
    assert_eq!(sent, [(leg(customer), "12#"), (leg(ben), "*"), (leg(customer), "0")]);
    for bad in ["", "a", "12 3", &"1".repeat(33)] {
        let refused = scene.world.command("ana", digits(bad));
        assert!(matches!(refused, Reply::Refused { code: Refusal::BadDigits, .. }), "{bad}: {refused:?}");
    }
    scene.ana(DeskCommand::DropOther { interaction: None, other: None });
    scene.ana(DeskCommand::Hold { interaction: None });
    let refused = scene.world.command("ana", digits("1"));
    assert!(matches!(refused, Reply::Refused { code: Refusal::WrongState, .. }), "{refused:?}");
    scene.world.act(scene.customer, Act::HangUpAll);
    scene.world.run(secs(1));
    scene.over(Outcome::Handled);
}

#[test]
fn a_customer_who_gives_up_after_a_transfer_was_served_all_the_same() {
    let mut scene = scene();
    assert_eq!(scene.world.command("cem", DeskCommand::NotReady { reason: "break".to_owned() }), Reply::Done);
    let to = Target::Queue { queue: "service".to_owned(), priority: None };
    scene.ana(DeskCommand::Transfer { interaction: None, to, note: String::new() });
    scene.world.run(secs(5));
    assert_eq!(scene.ears(), "c:~");
    scene.world.act(scene.customer, Act::HangUpAll);
    scene.world.run(secs(1));
    let now = scene.world.now;
    let tiles = scene.world.center.board(now).queues;
    assert!(tiles.iter().all(|tile| tile.abandoned == 0), "who was spoken with was not left waiting: {tiles:?}");
    scene.over(Outcome::Handled);
}

#[test]
fn sent_on_to_a_number_outside() {
    let mut scene = scene();
    scene.world.outside(ANSWERS);
    let to = Target::Number { number: "13800138055".to_owned() };
    scene.ana(DeskCommand::Transfer { interaction: None, to, note: String::new() });
    scene.world.run(secs(3));
    assert_eq!(scene.ears(), "c:o o:c");
    scene.world.act(scene.customer, Act::HangUpAll);
    scene.world.run(secs(1));
    assert!(scene.world.phones[&OUTSIDE.parse().unwrap()].is_idle());
    scene.over(Outcome::Handled);
}

#[test]
fn supervisors_hear_whisper_barge_and_take() {
    let mut scene = scene();
    assert_eq!(scene.sue(Watch::Listen), Reply::Done);
    scene.world.run_until(SOON, "sue listens", |world| other(world, "ana") == [OtherState::Listening]);
    assert_eq!(scene.ears(), "c:a a:c d:ca");
    assert_eq!(scene.sue(Watch::Whisper), Reply::Done);
    assert_eq!(scene.ears(), "c:a a:cd d:ca");
    scene.ana(DeskCommand::Hold { interaction: None });
    assert_eq!(scene.ears(), "c:~ a:d d:a");
    scene.ana(DeskCommand::Resume { interaction: None });
    assert_eq!(scene.sue(Watch::Barge), Reply::Done);
    assert_eq!(scene.ears(), "c:ad a:cd d:ca");
    assert_eq!(scene.sue(Watch::Listen), Reply::Done);
    assert_eq!(scene.ears(), "c:a a:c d:ca");
    let agent = scene.world.agent("ana");
    assert_eq!(scene.world.supervise(SuperviseCommand::TakeCall { agent }), Reply::Done);
    scene.world.run(secs(1));
    assert_eq!(scene.ears(), "c:d d:c");
    assert!(matches!(scene.world.desk("ana").state, AgentState::WrapUp { .. }));
    assert!(talking(&scene.world, "cem"));
    let heard = scene.kinds().iter().filter(|kind| *kind == "call.supervised").count();
    assert_eq!(heard, 4, "each change is written down: {:?}", scene.kinds());
    scene.over(Outcome::Handled);
}

#[test]
fn supervisors_leave_and_nobody_notices() {
    let mut scene = scene();
    scene.world.reconfigure(|center| center.supervision.shown = false);
    assert_eq!(scene.sue(Watch::Listen), Reply::Done);
    scene.world.run(secs(4));
    assert_eq!(scene.ears(), "c:a a:c d:ca");
    assert_eq!(other(&scene.world, "ana"), [], "the rules say that agents do not see it");
    let agent = scene.world.agent("ana");
    assert_eq!(scene.world.supervise(SuperviseCommand::SuperviseEnd { agent }), Reply::Done);
    scene.world.run(secs(1));
    assert_eq!(scene.ears(), "c:a a:c");
    assert_eq!(scene.world.desk("cem").state, AgentState::Ready);
    scene.over(Outcome::Handled);
}

#[test]
fn a_whisper_follows_the_call() {
    let mut scene = scene();
    assert_eq!(scene.sue(Watch::Whisper), Reply::Done);
    scene.world.run_until(SOON, "sue whispers", |world| other(world, "ana") == [OtherState::Whispering]);
    let ben = scene.agent("ben");
    scene.consult(ben);
    scene.world.run_until(SOON, "ben answers", |world| other(world, "ana").contains(&OtherState::Consulted));
    assert_eq!(scene.ears(), "c:~ a:db b:a d:ab");
    scene.ana(DeskCommand::Complete { interaction: None });
    scene.world.run(secs(1));
    assert_eq!(scene.ears(), "c:b b:cd d:cb");
    scene.over(Outcome::Handled);
}

#[test]
fn what_is_refused() {
    let mut scene = scene();
    let code = |reply| match reply {
        Reply::Refused { code, .. } => Some(code),
        _ => None,
    };
    let mut ana = |ask| code(scene.world.command("ana", ask));
    let number = |number: &str| Target::Number { number: number.to_owned() };
    let queue = |queue: &str| Target::Queue { queue: queue.to_owned(), priority: None };
    assert_eq!(ana(DeskCommand::Consult { interaction: None, to: queue("sales") }), Some(Refusal::NotAllowed));
    assert_eq!(
        ana(DeskCommand::Transfer { interaction: None, to: queue("nowhere"), note: String::new() }),
        Some(Refusal::UnknownQueue)
    );
    for (text, why) in [("110", Refusal::BadNumber), ("x", Refusal::BadNumber), ("+4930123456", Refusal::NoRoute)] {
        assert_eq!(ana(DeskCommand::Consult { interaction: None, to: number(text) }), Some(why), "{text}");
    }
    for ask in [
        DeskCommand::Swap { interaction: None },
        DeskCommand::Merge { interaction: None },
        DeskCommand::Complete { interaction: None },
        DeskCommand::DropOther { interaction: None, other: None },
    ] {
        assert_eq!(ana(ask), Some(Refusal::WrongState));
    }
    let ana_herself = scene.agent("ana");
    assert_eq!(
        code(scene.world.command("ana", DeskCommand::Consult { interaction: None, to: ana_herself })),
        Some(Refusal::TargetUnavailable)
    );
    assert_eq!(scene.ears(), "c:a a:c", "nothing has changed");
    let agent = scene.world.agent("ana");
    for phone in [None, Some("nobody"), Some("ana")] {
        let ask = SuperviseCommand::Supervise { agent, watch: Watch::Listen, phone: phone.map(str::to_owned) };
        assert!(code(scene.world.supervise(ask)).is_some(), "{phone:?}");
    }
    assert_eq!(code(scene.world.command("ben", DeskCommand::Swap { interaction: None })), Some(Refusal::NoCall));
    scene.over(Outcome::Handled);
}

#[test]
fn a_card_number_is_not_recorded() {
    let mut scene = scene();
    assert_eq!(scene.world.media.voices.values().map(Vec::len).collect::<Vec<_>>(), [2]);
    scene.ana(DeskCommand::RecordingPause { interaction: None });
    assert_eq!(scene.world.media.voices.values().map(Vec::len).collect::<Vec<_>>(), [0], "nobody's voice");
    assert_eq!(scene.world.media.hushed.len(), 1, "and the keys of the customer are heard by nobody");
    let ben = scene.agent("ben");
    scene.consult(ben);
    scene.world.run_until(SOON, "ben answers", |world| other(world, "ana") == [OtherState::Consulted]);
    scene.ana(DeskCommand::Merge { interaction: None });
    assert_eq!(scene.world.media.voices.values().map(Vec::len).collect::<Vec<_>>(), [0], "whoever comes");
    scene.ana(DeskCommand::RecordingResume { interaction: None });
    assert!(scene.world.media.hushed.is_empty());
    assert_eq!(scene.world.media.voices.values().map(Vec::len).collect::<Vec<_>>(), [3]);
    let again = scene.world.command("ana", DeskCommand::RecordingResume { interaction: None });
    assert!(matches!(again, Reply::Refused { code: Refusal::WrongState, .. }));
    scene.ana(DeskCommand::RecordingPause { interaction: None });
    scene.over(Outcome::Handled);
}

#[test]
fn recorded_on_demand() {
    let mut scene = scene();
    scene.ana(DeskCommand::HangUp { interaction: None });
    scene.world.run(secs(1));
    scene.world.reconfigure(|center| center.queues.iter_mut().for_each(|queue| queue.record = false));
    scene.world.call("13800138001", "4000", PATIENT);
    scene.world.run_until(SOON, "ben talks", |world| talking(world, "ben"));
    assert!(scene.world.media.recording.is_empty());
    assert_eq!(scene.world.command("ben", DeskCommand::RecordingStart { interaction: None }), Reply::Done);
    assert_eq!(scene.world.media.recording.len(), 1);
    let again = scene.world.command("ben", DeskCommand::RecordingStart { interaction: None });
    assert!(matches!(again, Reply::Refused { code: Refusal::WrongState, .. }));
    scene.world.wind_down();
    assert_eq!(scene.world.store.interactions.values().filter(|row| row.recording.is_some()).count(), 2);
}

#[test]
fn in_a_conference_one_is_muted_and_one_let_go() {
    let mut scene = scene();
    for (to, joined) in [("ben", 1), ("cem", 2)] {
        let to = scene.agent(to);
        scene.consult(to);
        scene.world.run_until(SOON, "answers", |world| other(world, "ana").contains(&OtherState::Consulted));
        scene.ana(DeskCommand::Merge { interaction: None });
        assert_eq!(other(&scene.world, "ana"), vec![OtherState::Joined; joined]);
    }
    let outside = Target::Number { number: "138 0013 8055".to_owned() };
    scene.world.outside(ANSWERS);
    scene.consult(outside);
    scene.world.run_until(SOON, "answers", |world| other(world, "ana").contains(&OtherState::Consulted));
    scene.ana(DeskCommand::Merge { interaction: None });
    assert_eq!(scene.ears(), "c:abdo o:cabd a:cbdo b:cado d:cabo", "five");
    let [ben, cem, _] = scene.world.desk("ana").other_ids[..] else { panic!("three others") };
    let mute = |other, muted| DeskCommand::MuteOther { interaction: None, other, muted };
    scene.ana(mute(ben, true));
    assert_eq!(scene.ears(), "c:ado o:cad a:cdo b:cado d:cao", "ben is heard by nobody, and hears all");
    assert_eq!(scene.world.media.voices.values().map(Vec::len).collect::<Vec<_>>(), [4], "nor is he recorded");
    assert_eq!(other(&scene.world, "ana"), [OtherState::Muted, OtherState::Joined, OtherState::Joined]);
    scene.ana(mute(ben, true));
    scene.ana(DeskCommand::DropOther { interaction: None, other: Some(cem) });
    scene.world.run(secs(1));
    assert_eq!(scene.ears(), "c:ao o:ca a:co b:cao");
    scene.ana(mute(ben, false));
    assert_eq!(scene.ears(), "c:abo o:cab a:cbo b:cao");
    let code = |reply| match reply {
        Reply::Refused { code, .. } => Some(code),
        _ => None,
    };
    assert_eq!(code(scene.world.command("ana", mute(cem, true))), Some(Refusal::WrongState), "cem is gone");
    assert_eq!(code(scene.world.command("ben", mute(ben, false))), Some(Refusal::NoCall), "it is ana's conference");
    let kinds = scene.kinds();
    assert_eq!(kinds.iter().filter(|kind| *kind == "call.other_muted").count(), 2, "{kinds:?}");
    scene.over(Outcome::Handled);
}
