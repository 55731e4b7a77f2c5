//! Where two rules meet: what a naive second router (`tests/acd/naive`) or a careful reader found.

use super::world::*;
use crate::acd::*;
use crate::base::{AgentId, Channel, ContactId, QueueId};

fn configure(world: &mut World, queues: Vec<QueueRule>, agents: Vec<AgentRule>) -> Vec<Output> {
    world.tell(Input::Configure(Box::new(Rules { version: 2, queues, agents, ..Rules::default() })))
}

fn wanting(world: &World, contact: u64, agent: u32, ms: u64) -> Arrival {
    Arrival { preferred: Some((AgentId(agent), ms)), ..Arrival::new(ContactId(contact), QUEUE, world.now) }
}

fn sign_out(world: &mut World, agent: u32) -> Vec<Output> {
    world.tell(Input::SignOut { agent: AgentId(agent), author: Author::Agent })
}

fn is_rejected(out: &[Output]) -> bool {
    matches!(out, [Output::Rejected { .. }])
}

#[test]
fn a_contact_whose_agent_signs_out_during_the_ring_is_not_overtaken() {
    // The helper is asked when nobody of the queue's own is there.
    let widens = QueueRule {
        relax: vec![RelaxStep {
            when: Some(Condition::NoAgents),
            add_groups: vec!["helpers".into()],
            ..RelaxStep::default()
        }],
        ..queue(1, &[])
    };
    let helper = AgentRule { group: Some("helpers".into()), queues: vec![QueueId(9)], ..agent(2, &[]) };
    let mut world = World::new(vec![widens, queue(9, &[])], vec![agent(1, &[]), helper]);
    world.ready(&[1, 2]);
    world.arrive(10, 1);
    world.arrive(11, 1);
    assert_eq!(world.rings(10), [1]);
    sign_out(&mut world, 1);
    assert_eq!(world.rings(10), [2], "came first");
    // The same with one who waited for the agent.
    let mut world = World::new(vec![queue(1, &[])], vec![agent(1, &[]), agent(2, &[])]);
    world.ready(&[1, 2]);
    let first = world.now;
    world.arrive_as(wanting(&world, 10, 1, 60_000));
    world.arrive_as(wanting(&world, 11, 1, 60_000));
    assert_eq!((world.rings(10), world.rings(11)), (vec![1], vec![]));
    sign_out(&mut world, 1);
    assert_eq!(world.rings(10), [2], "came first, at {first:?}");
}

#[test]
fn who_waits_for_nobody_but_an_agent_who_is_gone_waits_for_all() {
    let mut world = World::new(vec![queue(1, &[])], vec![agent(1, &[]), agent(2, &[])]);
    world.ready(&[1, 2]);
    world.not_ready(1, "break");
    world.arrive_as(wanting(&world, 10, 1, u64::MAX));
    world.arrive_as(wanting(&world, 11, 1, 60_000));
    assert!(world.rings(10).is_empty() && world.rings(11).is_empty());
    configure(&mut world, vec![queue(1, &[])], vec![agent(2, &[])]);
    assert_eq!(world.rings(10), [2]);
    // While the last call of one who is gone goes on, nobody waits for more.
    let mut world = World::new(vec![queue(1, &[])], vec![agent(1, &[]), agent(2, &[])]);
    world.ready(&[1]);
    world.arrive(9, 1);
    world.accept(1);
    configure(&mut world, vec![queue(1, &[])], vec![agent(2, &[])]);
    world.ready(&[2]);
    world.arrive_as(wanting(&world, 10, 1, u64::MAX));
    assert_eq!(world.rings(10), [2]);
}

#[test]
fn new_rules_share_agents_out_as_the_conditions_stand() {
    let helper = AgentRule { group: Some("helpers".into()), queues: vec![QueueId(2)], ..agent(1, &[]) };
    let widens = QueueRule {
        relax: vec![RelaxStep {
            when: Some(Condition::WaitingAbove(0)),
            add_groups: vec!["helpers".into()],
            ..RelaxStep::default()
        }],
        ..queue(1, &[])
    };
    let away = AgentRule { queues: vec![QueueId(9)], ..helper.clone() };
    let queues = vec![widens, queue(2, &[]), queue(9, &[])];
    let mut world = World::new(queues.clone(), vec![AgentRule { group: None, ..away }]);
    world.ready(&[1]);
    world.arrive(10, 1);
    world.arrive(11, 2);
    assert!(world.rings(10).is_empty() && world.rings(11).is_empty());
    configure(&mut world, queues, vec![helper]);
    assert_eq!(world.rings(10), [1], "came first, and the condition holds");
}

#[test]
fn room_that_new_rules_give_is_used_at_once() {
    let chats = QueueRule { channel: Channel::Chat, ..queue(1, &[]) };
    let of = |count| AgentRule { capacity: vec![(Channel::Chat, count)], ..agent(1, &[]) };
    let mut world = World::new(vec![chats.clone()], vec![of(1)]);
    world.ready(&[1]);
    world.arrive(10, 1);
    world.accept(1);
    world.arrive(11, 1);
    assert_eq!(world.rings(11), Vec::<u32>::new());
    configure(&mut world, vec![chats], vec![of(2)]);
    assert_eq!(world.rings(11), [1]);
}

#[test]
fn a_wish_nobody_had_before_widens_as_the_others_do() {
    // The helper has been idle for longer.
    let helper = AgentRule { group: Some("helpers".into()), queues: vec![QueueId(2)], ..agent(1, &[(8, 5)]) };
    let steps = |id| QueueRule {
        agent_selection: AgentSelection::LongestIdle,
        relax: vec![RelaxStep {
            when: Some(Condition::WaitingAbove(0)),
            add_groups: vec!["helpers".into()],
            ..RelaxStep::default()
        }],
        ..queue(id, &[])
    };
    let mut world = World::new(vec![steps(1), queue(2, &[])], vec![helper, agent(2, &[(8, 5)])]);
    world.ready(&[1, 2]);
    let mut stuck = Arrival::new(ContactId(10), QUEUE, world.now);
    stuck.skills = vec![(crate::base::SkillId(9), 1)];
    world.arrive_as(stuck);
    let mut asks = Arrival::new(ContactId(11), QUEUE, world.now);
    asks.skills = vec![(crate::base::SkillId(8), 1)];
    world.arrive_as(asks);
    assert_eq!(world.rings(11), [1]);
}

#[test]
fn the_contact_that_ended_decides_the_wrap_up() {
    let chats =
        |id, mode, seconds| QueueRule { channel: Channel::Chat, wrap_up: WrapUp { mode, seconds }, ..queue(id, &[]) };
    let two = AgentRule { capacity: vec![(Channel::Chat, 2)], ..agent(1, &[]) };
    let queues = vec![chats(1, WrapUpMode::Fixed, 40), chats(2, WrapUpMode::Timed, 10)];
    let mut world = World::new(queues, vec![two]);
    world.ready(&[1]);
    for id in [1, 2] {
        world.arrive(u64::from(id), id);
        world.accept(1);
    }
    world.end(2);
    world.end(1);
    assert!(is_rejected(&world.tell(Input::WrapUpDone { agent: AgentId(1) })), "it lasts its full time");
    assert!(is_rejected(&world.tell(Input::ExtendWrapUp { agent: AgentId(1) })));
    world.wait(secs(40));
    assert_eq!(world.state(1), AgentState::Ready);
}

#[test]
fn who_takes_a_limited_pause_next_has_a_place_already() {
    let reasons = vec![ReasonRule { key: "lunch".into(), name: String::new(), limit_s: None, max_agents: Some(1) }];
    let agents = vec![agent(1, &[]), agent(2, &[])];
    let mut world = World::with(Rules { queues: vec![queue(1, &[])], agents, reasons, ..Rules::default() });
    world.ready(&[1, 2]);
    world.arrive(10, 1);
    world.accept(1);
    world.not_ready(1, "lunch");
    assert!(is_rejected(&world.not_ready(2, "lunch")));
    world.not_ready(1, "training");
    assert!(!is_rejected(&world.not_ready(2, "lunch")));
}

#[test]
fn own_calls_have_a_bound() {
    let mut world = World::new(vec![queue(1, &[])], vec![agent(1, &[])]);
    world.ready(&[1]);
    let mut taken = 0;
    for contact in 0..300 {
        taken += u32::from(!is_rejected(&world.tell(Input::Occupy {
            agent: AgentId(1),
            contact: ContactId(contact),
            queue: None,
            own: false,
        })));
    }
    assert_eq!(taken, 255);
    (0..255).for_each(|contact| drop(world.end(contact)));
    assert_eq!(world.state(1), AgentState::Ready);
}

#[test]
fn a_mean_beyond_all_sense_is_the_slowest() {
    let mut rule = queue(1, &[]);
    rule.agent_selection = AgentSelection::FastestService;
    let slow = AgentRule { service_ms: vec![(QUEUE, u64::MAX)], ..agent(1, &[]) };
    let fast = AgentRule { service_ms: vec![(QUEUE, 1_000)], ..agent(2, &[]) };
    let mut world = World::new(vec![rule], vec![slow, fast]);
    world.ready(&[1, 2]);
    world.arrive(10, 1);
    assert_eq!(world.rings(10), [2]);
}

#[test]
fn wrap_up_may_be_asked_for_while_the_next_one_rings() {
    let chats = QueueRule {
        channel: Channel::Chat,
        wrap_up: WrapUp { mode: WrapUpMode::Requested, seconds: 20 },
        ..queue(1, &[])
    };
    let mut world = World::new(vec![chats], vec![AgentRule { capacity: vec![(Channel::Chat, 2)], ..agent(1, &[]) }]);
    world.ready(&[1]);
    world.arrive(10, 1);
    world.accept(1);
    world.arrive(11, 1);
    assert_eq!(world.tell(Input::RequestWrapUp { agent: AgentId(1) }), []);
    world.leave(11);
    world.end(10);
    assert!(matches!(world.state(1), AgentState::WrapUp { .. }));
}

#[test]
fn ready_said_twice_costs_no_idle_time() {
    let chats = QueueRule { channel: Channel::Chat, agent_selection: AgentSelection::LongestIdle, ..queue(1, &[]) };
    let two = |id| AgentRule { capacity: vec![(Channel::Chat, 2)], ..agent(id, &[]) };
    let mut world = World::new(vec![chats], vec![two(1), two(2)]);
    world.ready(&[1]);
    world.arrive(10, 1);
    world.accept(1);
    world.ready(&[2]);
    world.tell(Input::Ready { agent: AgentId(1), author: Author::Agent });
    world.arrive(11, 1);
    assert_eq!(world.rings(11), [1], "has had room for longer");
}

#[test]
fn a_condition_that_is_over_gives_no_contact_to_who_becomes_free_by_it() {
    let widens = QueueRule {
        ring_several: 2,
        relax: vec![RelaxStep {
            when: Some(Condition::WaitingAbove(1)),
            add_groups: vec!["helpers".into()],
            ..RelaxStep::default()
        }],
        ..queue(1, &[])
    };
    let helper = AgentRule { group: Some("helpers".into()), queues: vec![QueueId(2)], ..agent(1, &[]) };
    let mut world = World::new(vec![widens, queue(2, &[])], vec![helper]);
    world.ready(&[1]);
    world.arrive(10, 1);
    assert_eq!(world.rings(10), Vec::<u32>::new());
    world.arrive(11, 1);
    assert_eq!(world.rings(10), [1]);
    world.leave(10);
    assert_eq!(world.rings(11), Vec::<u32>::new(), "it waits alone again");
}

#[test]
fn several_are_rung_after_everybodys_first_and_none_beside_the_one_asked_for() {
    let several = |keeps: bool| QueueRule {
        ring_several: 2,
        reserve: keeps.then(|| Reserve { group: "g".into(), agents: 0 }).into_iter().collect(),
        ..queue(1, &[])
    };
    let ready_together = |world: &mut World| {
        (1..=3).for_each(|id| drop(world.tell(Input::SignIn { agent: AgentId(id) })));
        let agents = (1..=3).map(AgentId).collect();
        world.tell(Input::ReadyTogether { agents, author: Author::System });
    };
    for keeps in [false, true] {
        let agents = (1..=3).map(|id| AgentRule { group: Some("g".into()), ..agent(id, &[]) }).collect();
        let mut world = World::new(vec![several(keeps)], agents);
        world.arrive(10, 1);
        world.arrive(11, 1);
        ready_together(&mut world);
        assert_eq!((world.rings(10), world.rings(11)), (vec![1, 3], vec![2]), "{keeps}");
        let mut world = World::new(vec![several(keeps)], (1..=3).map(|id| agent(id, &[])).collect());
        world.arrive_as(wanting(&world, 10, 2, u64::MAX));
        ready_together(&mut world);
        assert_eq!(world.rings(10), [2]);
    }
}

#[test]
fn a_long_wait_sends_nobody_away() {
    let of = |id, to| QueueRule {
        overflow: vec![Overflow { when: OverflowWhen::EstimateAbove(5), to: QueueId(to) }],
        wrap_up: WrapUp { mode: WrapUpMode::None, seconds: 0 },
        ..queue(id, &[])
    };
    let only = |id, of| AgentRule { queues: vec![QueueId(of)], ..agent(id, &[]) };
    let mut world = World::new(vec![of(1, 2), of(2, 1)], vec![only(1, 1), only(2, 2)]);
    world.ready(&[1, 2]);
    for id in [1, 2] {
        world.arrive(u64::from(id), id);
        world.accept(id);
    }
    world.wait(secs(100));
    for id in [1, 2] {
        world.end(id.into());
        world.arrive(10 + u64::from(id), id);
        world.accept(id);
    }
    let out = world.arrive(20, 1);
    assert!(matches!(out[..], [Output::Moved { to: QueueId(2), .. }]), "{out:?}");
    assert_eq!(world.router.is_waiting(ContactId(20)), Some(true));
    let mut world = World::new(vec![of(1, 7)], vec![only(1, 1)]);
    world.ready(&[1]);
    world.arrive(1, 1);
    world.accept(1);
    world.wait(secs(100));
    world.end(1);
    world.arrive(2, 1);
    world.accept(1);
    assert_eq!(world.arrive(3, 1), [], "there is no other queue");
}

#[test]
fn who_is_turned_away_may_have_the_old_place_later() {
    let rule = QueueRule { redial_s: 60, max_waiting: Some(1), ..queue(1, &[]) };
    let mut world = World::new(vec![rule], vec![agent(1, &[])]);
    let call = |world: &mut World, contact, caller| {
        let caller = Some(caller);
        world.arrive_as(Arrival { caller, ..Arrival::new(ContactId(contact), QUEUE, world.now) })
    };
    call(&mut world, 10, 7);
    world.wait(secs(5));
    world.leave(10);
    call(&mut world, 11, 8);
    let out = call(&mut world, 12, 7);
    assert!(matches!(out[..], [Output::LeftQueue { why: Left::Full, .. }]), "{out:?}");
    world.leave(11);
    let out = call(&mut world, 13, 7);
    assert!(matches!(out[..], [Output::PlaceKept { .. }]), "{out:?}");
}

#[test]
fn of_an_id_that_stands_twice_the_first_counts() {
    let twins = || vec![agent(1, &[(1, 5)]), agent(1, &[])];
    let mut world = World::new(vec![queue(1, &[need(1, 1)]), queue(1, &[])], twins());
    world.ready(&[1]);
    world.arrive(10, 1);
    assert_eq!(world.rings(10), [1]);
    world.accept(1);
    configure(&mut world, vec![queue(1, &[]), queue(1, &[])], twins());
    assert_eq!(world.state(1), AgentState::Busy { contact: ContactId(10) });
    world.end(10);
    assert_eq!(world.router.agents().len(), 1);
}
