//! Calls that are parked and picked up, or sent to a flow or a mailbox: who hears what, and to whom they count.

use std::net::SocketAddr;

use carillon::acd::AgentState;
use carillon::center::desk::{CallState, CommandOutcome as Reply, DeskCommand, HandedHow, Refusal, Target};
use carillon::crm::{EndedBy, Handling, HandoverHow, Holder, OF_AGENT, Outcome, Receiver};

use crate::phone::{Act, Habit};
use crate::scene::{Scene, scene};
use crate::stories::{PATIENT, SOON, secs, talking};

fn park(slot: Option<u16>) -> DeskCommand {
    DeskCommand::Park { interaction: None, slot, lot: None }
}

fn pick_up(slot: Option<u16>) -> DeskCommand {
    DeskCommand::PickUp { slot }
}

fn code(reply: Reply) -> Option<Refusal> {
    match reply {
        Reply::Refused { code, .. } => Some(code),
        _ => None,
    }
}

/// All three are of one group.
fn grouped() -> Scene {
    let mut scene = scene();
    scene.world.reconfigure(|to| to.rules.agents.iter_mut().for_each(|agent| agent.group = Some("floor".to_owned())));
    scene
}

fn handling(scene: &Scene) -> Handling {
    let mut handling = Handling::default();
    handling.note(&scene.world.only_row().segments);
    handling
}

#[test]
fn parked_by_one_and_picked_up_by_another() {
    let mut scene = scene();
    scene.ana(park(None));
    scene.world.run(secs(1));
    assert_eq!(scene.ears(), "c:~", "music, and nobody else");
    assert!(matches!(scene.world.desk("ana").state, AgentState::WrapUp { .. }), "ana's part is over");
    let shown = scene.world.center.snapshot(scene.world.agent("cem")).unwrap().parked;
    assert_eq!(
        (shown[0].slot, shown[0].by_name.as_str(), shown[0].caller_shown.as_str()),
        (701, "ana", "138 0013 8000")
    );
    assert!(["ana", "ben", "cem"].iter().all(|key| scene.world.desk(key).parked == [701]), "every desktop shows it");
    assert_eq!(code(scene.world.command("ben", pick_up(Some(702)))), Some(Refusal::UnknownSlot));
    assert_eq!(scene.world.command("ben", pick_up(Some(701))), Reply::Done);
    let handed = scene.world.desk("ben").pop.clone().and_then(|pop| pop.handed).expect("from whom it comes");
    assert_eq!((handed.how, handed.name.as_str()), (HandedHow::Parked, "ana"));
    assert_eq!(code(scene.world.command("cem", pick_up(Some(701)))), Some(Refusal::UnknownSlot), "ben is on the way");
    scene.world.run_until(SOON, "ben talks", |world| talking(world, "ben"));
    assert_eq!(scene.ears(), "c:b b:c");
    assert!(["ana", "ben", "cem"].iter().all(|key| scene.world.desk(key).parked.is_empty()));
    scene.world.run(secs(5));
    assert_eq!(scene.world.command("ben", DeskCommand::HangUp { interaction: None }), Reply::Done);
    assert!(matches!(scene.world.desk("ben").state, AgentState::WrapUp { .. }));
    scene.world.run(secs(60));
    let (ana, ben) = (scene.world.agent("ana"), scene.world.agent("ben"));
    let handling = handling(&scene);
    assert_eq!((handling.agents[&ana].contacts, handling.agents[&ben].received), (1, 1));
    assert_eq!(handling.handovers[&(ana, Receiver::Agent { agent: ben })], 1);
    let row = scene.world.only_row();
    assert!(row.segments.iter().any(|one| one.holder == Holder::Sent { by: ana }));
    assert!(row.segments.iter().any(|one| one.handed.is_some_and(|handed| handed.how == HandoverHow::Parked)));
    let kinds = scene.kinds();
    assert!(
        ["slot.entered", "slot.left", "call.transferred"].iter().all(|kind| kinds.iter().any(|known| known == kind))
    );
    scene.over(Outcome::Handled);
}

#[test]
fn who_parked_it_picks_it_up_again() {
    let mut scene = scene();
    scene.ana(DeskCommand::Hold { interaction: None });
    scene.ana(park(Some(705)));
    scene.world.run(secs(3));
    assert_eq!(scene.ears(), "c:~");
    scene.ana(pick_up(Some(705)));
    scene.world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    assert_eq!(scene.ears(), "c:a a:c");
    let ana = scene.world.agent("ana");
    assert_eq!(
        (handling(&scene).agents[&ana].contacts, handling(&scene).handovers.len()),
        (1, 0),
        "nobody else had it"
    );
    scene.over(Outcome::Handled);
}

#[test]
fn what_nobody_picks_up_returns() {
    let mut scene = scene();
    scene.ana(park(None));
    scene.world.run(secs(119));
    assert_eq!(scene.ears(), "c:~");
    scene.world.run_until(SOON, "ana is rung", |world| matches!(world.desk("ana").call, Some((_, CallState::Ringing))));
    assert_eq!(
        scene.world.desk("ana").pop.clone().and_then(|pop| pop.handed).map(|by| by.how),
        Some(HandedHow::Returned)
    );
    assert!(scene.world.desk("ben").parked.is_empty());
    scene.world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    assert_eq!(scene.ears(), "c:a a:c");
    scene.over(Outcome::Handled);
}

#[test]
fn a_customer_who_gives_up_in_a_slot_was_served_and_leaves_it_free() {
    let mut scene = scene();
    scene.ana(park(None));
    scene.world.run(secs(10));
    scene.world.act(scene.customer, Act::HangUpAll);
    scene.world.run(secs(1));
    assert!(scene.world.desk("ben").parked.is_empty());
    assert_eq!(scene.world.only_row().ended_by, Some(EndedBy::Customer));
    assert_eq!(code(scene.world.command("ben", pick_up(Some(701)))), Some(Refusal::UnknownSlot));
    scene.over(Outcome::Handled);
}

#[test]
fn a_phone_that_does_not_answer_leaves_the_call_in_its_slot() {
    let mut scene = scene();
    let phone = scene.world.phone_of("ben");
    scene.world.phones.get_mut(&phone).unwrap().habit = Habit::Decline { after: secs(1) };
    scene.ana(park(None));
    assert_eq!(scene.world.command("ben", pick_up(Some(701))), Reply::Done);
    scene.world.run_until(SOON, "it is back", |world| world.desk("cem").parked == [701]);
    assert_eq!((scene.ears().as_str(), &scene.world.desk("ben").state), ("c:~", &AgentState::Ready));
    assert_eq!(scene.world.command("cem", pick_up(Some(701))), Reply::Done);
    scene.world.run_until(SOON, "cem talks", |world| talking(world, "cem"));
    assert_eq!(scene.ears(), "c:d d:c");
    scene.over(Outcome::Handled);
}

#[test]
fn a_slot_is_for_one_call() {
    let mut scene = scene();
    assert_eq!(code(scene.world.command("ana", park(Some(900)))), Some(Refusal::UnknownSlot));
    assert_eq!(code(scene.world.command("ben", park(None))), Some(Refusal::NoCall));
    scene.ana(park(Some(703)));
    scene.world.call("13800138001", "4000", PATIENT);
    scene.world.run_until(SOON, "ben talks", |world| talking(world, "ben"));
    assert_eq!(code(scene.world.command("ben", pick_up(Some(703)))), Some(Refusal::WrongState), "a call is on hand");
    assert_eq!(code(scene.world.command("ben", park(Some(703)))), Some(Refusal::SlotTaken));
    assert_eq!(scene.world.command("ben", park(None)), Reply::Done);
    assert_eq!(scene.world.desk("cem").parked, [701, 703]);
    scene.world.wind_down();
}

/// By the phone alone: REFER to the lot, and the slot dialled.
#[test]
fn a_phone_parks_and_another_picks_up() {
    for to in ["sip:700@anywhere", "sip:701@anywhere"] {
        let mut scene = scene();
        let [ana, ben] = ["ana", "ben"].map(|key| scene.world.phone_of(key));
        scene.world.act(ana, Act::Refer { to: to.to_owned(), replaces: false });
        scene.world.run(secs(1));
        assert_eq!(scene.world.phones[&ana].told, [100, 200]);
        assert_eq!((scene.ears().as_str(), &scene.world.desk("cem").parked), ("c:~", &vec![701]));
        scene.world.act(ben, Act::DialAsUser { number: "702".to_owned(), replaces: None });
        scene.world.run(secs(1));
        assert!(scene.world.phones[&ben].is_idle(), "nobody waits there");
        scene.world.act(ben, Act::DialAsUser { number: "701".to_owned(), replaces: None });
        scene.world.run_until(SOON, "ben talks", |world| talking(world, "ben"));
        scene.world.run(secs(1));
        assert_eq!(scene.ears(), "c:b b:c");
        assert_eq!(scene.world.only_row().agent, Some(scene.world.agent("ben")));
        scene.over(Outcome::Handled);
    }
}

/// A second caller rings at ben; who picks it up by which means.
fn ringing_at_ben() -> (Scene, SocketAddr) {
    let mut scene = grouped();
    let phone = scene.world.phone_of("ben");
    scene.world.phones.get_mut(&phone).unwrap().habit = Habit::Ignore;
    let customer = scene.world.call("13800138001", "4000", PATIENT);
    scene.world.run_until(SOON, "ben is rung", |world| matches!(world.desk("ben").state, AgentState::Reserved { .. }));
    scene.world.run(secs(1));
    (scene, customer)
}

#[test]
fn a_colleague_takes_what_rings_in_the_group() {
    for by_phone in [false, true] {
        let (mut scene, customer) = ringing_at_ben();
        match by_phone {
            false => assert_eq!(scene.world.command("cem", pick_up(None)), Reply::Done),
            true => {
                let cem = scene.world.phone_of("cem");
                scene.world.act(cem, Act::DialAsUser { number: "*8".to_owned(), replaces: None });
            }
        }
        scene.world.run_until(SOON, "cem talks", |world| talking(world, "cem"));
        scene.world.run(secs(1));
        assert_eq!(scene.world.desk("ben").state, AgentState::Ready, "ben goes on as before");
        assert!(scene.world.phones[&scene.world.phone_of("ben")].is_idle());
        let leg = |addr| scene.world.media.leg_towards(scene.world.phones[&addr].rtp()).unwrap();
        let (cem, caller) = (leg(scene.world.phone_of("cem")), leg(customer));
        assert_eq!((&scene.world.media.hears[&cem], &scene.world.media.hears[&caller]), (&vec![caller], &vec![cem]));
        assert_eq!(scene.world.command("cem", DeskCommand::HangUp { interaction: None }), Reply::Done);
        assert!(matches!(scene.world.desk("cem").state, AgentState::WrapUp { .. }), "a call of the line");
        scene.world.wind_down();
        let picked = |row: &&carillon::crm::Interaction| scene.world.store.kinds(row.id).contains(&"call.picked_up");
        let rows: Vec<_> = scene.world.store.interactions.values().filter(picked).collect();
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].outcome, rows[0].agent), (Some(Outcome::Handled), Some(scene.world.agent("cem"))));
    }
}

#[test]
fn nothing_is_taken_that_is_not_the_groups() {
    let (mut scene, _) = ringing_at_ben();
    scene.world.reconfigure(|to| to.rules.agents[2].group = None);
    assert_eq!(code(scene.world.command("cem", pick_up(None))), Some(Refusal::NoCall));
    scene.world.reconfigure(|to| to.rules.agents[2].group = Some("floor".to_owned()));
    assert_eq!(code(scene.world.command("ana", pick_up(None))), Some(Refusal::WrongState), "ana talks");
    assert_eq!(scene.world.command("cem", DeskCommand::NotReady { reason: "break".to_owned() }), Reply::Done);
    assert_eq!(code(scene.world.command("cem", pick_up(None))), Some(Refusal::WrongState));
    let cem = scene.world.phone_of("cem");
    scene.world.act(cem, Act::DialAsUser { number: "*8".to_owned(), replaces: None });
    scene.world.run(secs(1));
    assert!(scene.world.phones[&cem].is_idle(), "refused");
    scene.world.wind_down();
}

#[test]
fn what_was_sent_to_a_colleague_is_taken_by_another() {
    let mut scene = grouped();
    let phone = scene.world.phone_of("ben");
    scene.world.phones.get_mut(&phone).unwrap().habit = Habit::Ignore;
    let to = scene.agent("ben");
    scene.ana(DeskCommand::Transfer { interaction: None, to, note: String::new() });
    scene.world.run(secs(2));
    assert_eq!(scene.world.command("cem", pick_up(None)), Reply::Done);
    assert_eq!(scene.world.desk("ben").state, AgentState::Ready);
    scene.world.run_until(SOON, "cem talks", |world| talking(world, "cem"));
    assert_eq!(scene.ears(), "c:d d:c");
    scene.over(Outcome::Handled);
}

#[test]
fn sent_to_a_flow() {
    let mut scene = scene();
    let flow = |flow: &str| Target::Flow { flow: flow.to_owned() };
    let transfer = |to, note: &str| DeskCommand::Transfer { interaction: None, to, note: note.to_owned() };
    assert_eq!(code(scene.world.command("ana", transfer(flow("nowhere"), ""))), Some(Refusal::UnknownFlow));
    let consult = DeskCommand::Consult { interaction: None, to: flow("menu") };
    assert_eq!(code(scene.world.command("ana", consult)), Some(Refusal::NotAllowed));
    assert!(talking(&scene.world, "ana"), "nothing has changed");
    scene.ana(transfer(flow("menu"), "as told"));
    scene.world.run(secs(1));
    assert_eq!(scene.ears(), "c:~", "the menu is said");
    assert!(matches!(scene.world.desk("ana").state, AgentState::WrapUp { .. }));
    scene.world.run(secs(2));
    scene.world.press(scene.customer, '2');
    scene.world.run_until(SOON, "cem talks", |world| talking(world, "cem"));
    assert_eq!(scene.ears(), "c:d d:c");
    let [ana, cem] = ["ana", "cem"].map(|key| scene.world.agent(key));
    let handling = handling(&scene);
    assert_eq!(handling.handovers[&(ana, Receiver::Flow)], 1);
    assert_eq!((handling.agents[&ana].handed_on, handling.agents[&cem].received), (1, 1));
    assert_eq!(scene.world.only_row().menu_path, ["Service"]);
    scene.over(Outcome::Handled);
}

#[test]
fn who_gives_up_in_the_flow_was_served() {
    let mut scene = scene();
    let to = Target::Flow { flow: "menu".to_owned() };
    scene.ana(DeskCommand::Transfer { interaction: None, to, note: String::new() });
    scene.world.run(secs(1));
    scene.world.act(scene.customer, Act::HangUpAll);
    scene.world.run(secs(1));
    assert_eq!(scene.world.only_row().ended_by, Some(EndedBy::Customer));
    scene.over(Outcome::Handled);
}

#[test]
fn sent_to_a_mailbox() {
    for (to, note) in [
        (Target::QueueVoicemail { queue: "service".to_owned() }, "service".to_owned()),
        (Target::AgentVoicemail { agent: carillon::base::AgentId(2) }, format!("{OF_AGENT}ben")),
    ] {
        let mut scene = scene();
        let transfer = |to| DeskCommand::Transfer { interaction: None, to, note: String::new() };
        let unknown = Target::QueueVoicemail { queue: "nowhere".to_owned() };
        assert_eq!(code(scene.world.command("ana", transfer(unknown))), Some(Refusal::NoVoicemail));
        scene.ana(transfer(to));
        scene.world.run(secs(1));
        assert_eq!(scene.ears(), "c:~", "the greeting");
        scene.world.run(secs(20));
        scene.world.press(scene.customer, '#');
        scene.world.run(secs(2));
        let row = scene.world.only_row();
        assert_eq!((row.ended_by, row.outcome), (Some(EndedBy::Flow), Some(Outcome::Handled)));
        let [task] = &scene.world.store.tasks[..] else { panic!("one task: {:?}", scene.world.store.tasks) };
        assert_eq!((task.kind.as_str(), &task.note), ("voicemail", &note));
        scene.over(Outcome::Handled);
    }
}

/// A customer whom an agent called can be sent on to a flow as any other.
#[test]
fn a_customer_who_was_called_goes_into_a_flow() {
    let mut scene = scene();
    scene.world.outside(crate::stories::ANSWERS);
    let dial = DeskCommand::Dial { number: "13800138055".to_owned(), queue: None };
    assert_eq!(scene.world.command("ben", dial), Reply::Done);
    scene.world.run_until(SOON, "they talk", |world| talking(world, "ben"));
    let to = Target::Flow { flow: "line".to_owned() };
    assert_eq!(
        scene.world.command("ben", DeskCommand::Transfer { interaction: None, to, note: String::new() }),
        Reply::Done
    );
    scene.world.run_until(SOON, "ben gets it again, by the line", |world| talking(world, "ben"));
    scene.world.wind_down();
    assert!(scene.world.store.interactions.values().all(|row| row.outcome == Some(Outcome::Handled)));
}
