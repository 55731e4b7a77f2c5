//! What supervisors do with contacts in a line.

use carillon::acd::{AgentState, Calendar};
use carillon::base::InteractionId;
use carillon::center::desk::{CommandOutcome as Reply, DeskCommand, Refusal};
use carillon::center::input::SuperviseCommand as Ask;
use carillon::crm::{EndedBy, HowEnded, Outcome};
use carillon::sip::Transport;
use serde_json::Value;

use crate::desks::Person;
use crate::network::Quality;
use crate::phone::Act;
use crate::scenery::{OUTSIDE, SERVICE};
use crate::stories::{ANSWERS, PATIENT, SOON, secs, talking};
use crate::world::World;

/// Ana, of sales, has a customer on the line. Cem is of service.
fn busy() -> World {
    let mut world = World::new(7, &[("ana", 5, 0), ("cem", 0, 5)], Person::Absent, Quality::GOOD);
    world.everybody_ready(Transport::Udp, ANSWERS);
    world.outside(ANSWERS);
    world.call("13800138000", "4000", PATIENT);
    world.run_until(SOON, "ana talks", |world| talking(world, "ana"));
    world
}

/// Somebody more waits in the line of sales.
fn waits(world: &mut World, from: &str) -> InteractionId {
    world.call(from, "4000", PATIENT);
    world.run(secs(2));
    world.store.interactions.values().max_by_key(|row| (row.started, row.id)).unwrap().id
}

fn free_ana(world: &mut World) {
    assert_eq!(world.command("ana", DeskCommand::HangUp { interaction: None }), Reply::Done);
    let interaction = world.desk("ana").wrap_up.expect("wrap-up");
    let (disposition, notes) = (Some("solved".to_owned()), String::new());
    world.command("ana", DeskCommand::WrapUpSave { interaction, disposition, notes, done: true });
    world.run_until(SOON, "ana rings", |world| world.desk("ana").ring.is_some());
}

fn rings(world: &World, key: &str) -> Option<InteractionId> {
    world.desk(key).ring.map(|(_, interaction)| interaction)
}

fn told(world: &World, interaction: InteractionId, kind: &str) -> Value {
    let events = &world.store.events[&interaction];
    events.iter().find(|event| event.kind == kind).unwrap_or_else(|| panic!("{kind} in {events:?}")).detail.clone()
}

fn refused(reply: Reply) -> Refusal {
    match reply {
        Reply::Refused { code, .. } => code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_is_raised_is_served_before_who_came_earlier() {
    let mut world = busy();
    let first = waits(&mut world, "13800138001");
    let last = waits(&mut world, "13800138002");
    assert_eq!(world.supervise(Ask::RaiseContact { interaction: last, priority: 1 }), Reply::Done);
    assert_eq!(told(&world, last, "queue.raised"), serde_json::json!({"priority": 1, "by": "sue"}));
    let none = Ask::RaiseContact { interaction: first, priority: 0 };
    assert_eq!(refused(world.supervise(none)), Refusal::NotAllowed);
    free_ana(&mut world);
    assert_eq!(rings(&world, "ana"), Some(last));
    let again = Ask::RaiseContact { interaction: last, priority: 2 };
    assert_eq!(refused(world.supervise(again)), Refusal::WrongState, "it rings already");
    let board = world.center.board(world.now);
    assert_eq!((board.queues[0].offered, board.queues[0].waiting), (3, 2), "nobody was counted twice");
    world.wind_down();
}

#[test]
fn who_is_moved_waits_on_in_the_other_line_and_rings_there() {
    let mut world = busy();
    let caller = waits(&mut world, "13800138001");
    let to = |queue: &str| Ask::MoveContact { interaction: caller, queue: queue.to_owned(), priority: None };
    assert_eq!(refused(world.supervise(to("nowhere"))), Refusal::UnknownQueue);
    world.reconfigure(|configuration| {
        let closed = Calendar { key: "never".to_owned(), ..Calendar::default() };
        configuration.rules.calendars = vec![closed];
        configuration.rules.queues[1].hours = Some("never".to_owned());
    });
    assert_eq!(refused(world.supervise(to("service"))), Refusal::TargetUnavailable, "closed");
    world.reconfigure(|configuration| configuration.rules.queues[1].hours = None);
    assert_eq!(world.supervise(to("service")), Reply::Done);
    let detail = told(&world, caller, "queue.moved");
    assert_eq!(detail, serde_json::json!({"queue": SERVICE.0, "by": "sue"}));
    world.run_until(SOON, "cem talks", |world| talking(world, "cem"));
    world.wind_down();
    let row = &world.store.interactions[&caller];
    assert_eq!((row.queue, row.outcome), (Some(SERVICE), Some(Outcome::Handled)));
}

#[test]
fn who_is_given_rings_at_that_agent_whatever_the_line_wants() {
    let mut world = busy();
    let caller = waits(&mut world, "13800138001");
    let give = |world: &World, key: &str| Ask::GiveContact { interaction: caller, agent: world.agent(key) };
    let to_ana = give(&world, "ana");
    assert_eq!(refused(world.supervise(to_ana)), Refusal::TargetUnavailable, "ana talks");
    let to_cem = give(&world, "cem");
    assert_eq!(world.supervise(to_cem.clone()), Reply::Done);
    assert_eq!(rings(&world, "cem"), Some(caller));
    assert_eq!(told(&world, caller, "queue.given")["by"], "sue");
    world.run_until(SOON, "cem talks", |world| talking(world, "cem"));
    assert_eq!(refused(world.supervise(to_cem)), Refusal::WrongState, "it waits no more");
    world.wind_down();
}

#[test]
fn who_need_not_hold_the_line_is_called_back_from_the_same_place() {
    let mut world = busy();
    let caller = waits(&mut world, "13800138001");
    let behind = waits(&mut world, "13800138002");
    assert_eq!(world.supervise(Ask::CallBackContact { interaction: caller }), Reply::Done);
    assert_eq!(told(&world, caller, "call_back.asked")["by"], "sue");
    world.run(secs(10));
    assert_eq!(world.store.interactions[&caller].outcome, Some(Outcome::CallBack));
    let again = Ask::CallBackContact { interaction: caller };
    assert_eq!(refused(world.supervise(again)), Refusal::WrongState, "it is promised already");
    free_ana(&mut world);
    assert_eq!(world.desk("ana").pop.as_ref().unwrap().caller.as_deref(), Some("+8613800138001"));
    world.run_until(SOON, "they talk", |world| talking(world, "ana"));
    world.act(OUTSIDE.parse().unwrap(), Act::HangUpAll);
    world.wind_down();
    assert!(world.store.interactions[&behind].answered.is_none(), "still behind");
}

#[test]
fn a_queue_that_calls_nobody_back_says_so() {
    let mut world = busy();
    let caller = waits(&mut world, "13800138001");
    world.reconfigure(|configuration| configuration.queues[0].call_back = None);
    assert_eq!(refused(world.supervise(Ask::CallBackContact { interaction: caller })), Refusal::NotAllowed);
    world.wind_down();
}

#[test]
fn a_call_that_waits_is_ended_by_a_supervisor_who_is_named() {
    let mut world = busy();
    let talks = *world.store.interactions.keys().next().unwrap();
    assert_eq!(refused(world.supervise(Ask::HangUpContact { interaction: talks })), Refusal::WrongState);
    let caller = waits(&mut world, "13800138001");
    assert_eq!(world.supervise(Ask::HangUpContact { interaction: caller }), Reply::Done);
    world.run(secs(2));
    assert_eq!(world.store.interactions[&caller].ended_by, Some(EndedBy::Supervisor));
    let detail = told(&world, caller, "call.hung_up");
    assert_eq!(detail, serde_json::json!({"agent": null, "by": "sue"}));
    assert_eq!(refused(world.supervise(Ask::HangUpContact { interaction: caller })), Refusal::UnknownInteraction);
    assert_eq!(world.center.board(world.now).queues[0].waiting, 0);
    assert!(matches!(world.desk("ana").state, AgentState::Busy { .. }));
    world.wind_down();
}

#[test]
fn a_promised_call_has_its_place_changed_as_a_caller_has() {
    let mut world = busy();
    let promised = waits(&mut world, "13800138001");
    assert_eq!(world.supervise(Ask::CallBackContact { interaction: promised }), Reply::Done);
    world.run(secs(10));
    let ahead = waits(&mut world, "13800138002");
    let ask = |priority| Ask::RaiseContact { interaction: promised, priority };
    assert_eq!(world.supervise(ask(200)), Reply::Done);
    assert_eq!(world.store.call_backs[&promised].priority, Some(200));
    free_ana(&mut world);
    assert_eq!(rings(&world, "ana"), Some(ahead), "behind the others now");
    let queue = "service".to_owned();
    assert_eq!(
        world.supervise(Ask::MoveContact { interaction: promised, queue, priority: Some(1) }),
        Reply::Done,
        "cem is free"
    );
    assert_eq!(told(&world, promised, "queue.moved")["queue"], SERVICE.0);
    world.run_until(secs(20), "cem talks with the customer", |world| talking(world, "cem"));
    world.wind_down();
    assert_eq!(world.store.call_backs[&promised].ended.map(|ended| ended.how), Some(HowEnded::Served));
}

#[test]
fn a_promised_call_is_cancelled_as_a_call_is_ended() {
    let mut world = busy();
    let promised = waits(&mut world, "13800138001");
    assert_eq!(world.supervise(Ask::CallBackContact { interaction: promised }), Reply::Done);
    world.run(secs(10));
    assert_eq!(world.supervise(Ask::HangUpContact { interaction: promised }), Reply::Done);
    assert_eq!(world.store.call_backs[&promised].ended.map(|ended| ended.how), Some(HowEnded::Cancelled));
    world.wind_down();
}
