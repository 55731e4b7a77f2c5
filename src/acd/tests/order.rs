//! What the order of the rules must not decide: one event lets contacts of several queues compete.

use super::world::*;
use crate::acd::*;
use crate::base::QueueId;

fn in_both_orders(queues: Vec<QueueRule>, agents: Vec<AgentRule>, told: impl Fn(World) -> u64) {
    let rules = |queues| Rules {
        queues,
        agents: agents.clone(),
        contact_selection: ContactSelection::LongestWaiting,
        ..Rules::default()
    };
    let turned = queues.iter().rev().cloned().collect();
    assert_eq!(told(World::with(rules(queues))), 10, "the first that came");
    assert_eq!(told(World::with(rules(turned))), 10, "the first that came, in the other order of the queues");
}

/// The only contact that rings at an agent.
fn rung(world: &World) -> u64 {
    let rings: Vec<u64> = [10, 11].into_iter().filter(|contact| !world.rings(*contact).is_empty()).collect();
    assert_eq!(rings.len(), 1, "{rings:?}");
    rings[0]
}

#[test]
fn two_queues_keep_agents_of_a_group_free_and_one_more_is_ready() {
    // Agent 1 alone has the skill of both queues, and is kept free until a second one of the group is.
    let keeps = |id| QueueRule { reserve: vec![Reserve { group: "g".into(), agents: 1 }], ..queue(id, &[need(1, 1)]) };
    let of_group = |rule: AgentRule| AgentRule { group: Some("g".into()), ..rule };
    let agents = vec![of_group(agent(1, &[(1, 5)])), of_group(agent(2, &[]))];
    for (first, second) in [(1, 2), (2, 1)] {
        in_both_orders(vec![keeps(1), keeps(2)], agents.clone(), |mut world| {
            world.ready(&[1]);
            world.arrive(10, first);
            world.arrive(11, second);
            assert!(world.rings(10).is_empty() && world.rings(11).is_empty());
            world.ready(&[2]);
            rung(&world)
        });
    }
}

#[test]
fn two_queues_widen_on_one_condition() {
    // While the one who has the skill is signed in, the helper is not asked.
    let widens = |id| QueueRule {
        relax: vec![RelaxStep {
            when: Some(Condition::NoAgents),
            add_groups: vec!["helpers".into()],
            ..RelaxStep::default()
        }],
        ..queue(id, &[need(1, 1)])
    };
    let helper = AgentRule { group: Some("helpers".into()), queues: vec![QueueId(9)], ..agent(2, &[(1, 1)]) };
    let queues = vec![widens(1), widens(2), queue(9, &[])];
    for (first, second) in [(1, 2), (2, 1)] {
        in_both_orders(queues.clone(), vec![agent(1, &[(1, 5)]), helper.clone()], |mut world| {
            world.ready(&[1, 2]);
            world.not_ready(1, "break");
            world.arrive(10, first);
            world.arrive(11, second);
            assert!(world.rings(10).is_empty() && world.rings(11).is_empty());
            world.tell(Input::SignOut { agent: crate::base::AgentId(1), author: Author::Agent });
            rung(&world)
        });
    }
}
