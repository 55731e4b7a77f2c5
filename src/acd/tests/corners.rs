//! Where two rules meet: what a naive second router (`tests/acd/naive`) or a careful reader found.

use super::world::*;
use crate::acd::*;
use crate::base::{AgentId, ContactId, QueueId};

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
