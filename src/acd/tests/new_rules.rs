//! Other rules over a running center: who is at work, waits or talks goes on.

use super::world::*;
use crate::acd::*;
use crate::base::{AgentId, Channel, ContactId};

#[test]
fn rules_change_under_running_calls() {
    let mut world = World::new(vec![queue(1, &[])], vec![agent(1, &[]), agent(2, &[])]);
    world.ready(&[1, 2]);
    world.arrive(10, 1);
    world.accept(1);
    world.arrive(11, 1);
    world.arrive(12, 1);
    assert_eq!(world.rings(11), [2]);
    let rules = Rules {
        version: 2,
        queues: vec![queue(1, &[])],
        agents: vec![agent(3, &[]), agent(2, &[])],
        ..Rules::default()
    };
    world.tell(Input::Configure(Box::new(rules)));
    assert_eq!(world.rings(11), [2], "ringing goes on");
    assert_eq!(world.state(1), AgentState::Busy { contact: ContactId(10) });
    world.ready(&[3]);
    assert_eq!(world.rings(12), [3]);
    world.end(10);
    world.wait(secs(30));
    assert_eq!(world.state(1), AgentState::SignedOut, "no longer in the rules");

    let gone = Rules { version: 3, queues: vec![queue(2, &[])], agents: vec![agent(2, &[])], ..Rules::default() };
    let out = world.tell(Input::Configure(Box::new(gone)));
    let left = out.iter().filter(|o| matches!(o, Output::LeftQueue { why: Left::Closed, .. })).count();
    assert_eq!(left, 2);
    assert_eq!(world.router.waiting_count(), 0);
}

#[test]
fn who_waits_for_a_queue_that_is_gone_is_told_which() {
    let mut world = World::new((1..=4).map(|id| queue(id, &[])).collect(), vec![agent(1, &[])]);
    for (contact, of) in [(10, 3), (11, 1), (12, 2), (13, 4)] {
        world.arrive(contact, of);
    }
    let kept = Rules { version: 2, queues: vec![queue(4, &[])], agents: vec![agent(1, &[])], ..Rules::default() };
    let out = world.tell(Input::Configure(Box::new(kept)));
    let left: Vec<(u64, u32)> = out
        .iter()
        .filter_map(|output| match output {
            Output::LeftQueue { contact, queue, why: Left::Closed } => Some((contact.0, queue.0)),
            _ => None,
        })
        .collect();
    assert_eq!(left, [(10, 3), (11, 1), (12, 2)]);
    assert_eq!(world.router.waiting_count(), 1);
}

#[test]
fn an_agent_who_talks_for_a_queue_that_is_gone_is_free_afterwards() {
    let chats = QueueRule { channel: Channel::Chat, ..queue(2, &[]) };
    let mut world = World::new(vec![queue(1, &[]), chats], vec![agent(1, &[])]);
    world.ready(&[1]);
    world.arrive(10, 2);
    world.accept(1);
    let rules = Rules { version: 2, queues: vec![queue(1, &[])], agents: vec![agent(1, &[])], ..Rules::default() };
    world.tell(Input::Configure(Box::new(rules)));
    world.arrive(11, 1);
    assert_eq!(world.state(1), AgentState::Busy { contact: ContactId(10) });
    world.end(10);
    assert_eq!(world.rings(11), [1]);
}

#[test]
fn a_conversation_counts_as_what_it_began_as() {
    let of = |channel| QueueRule { channel, ..queue(1, &[]) };
    let two_chats = AgentRule { capacity: vec![(Channel::Voice, 1), (Channel::Chat, 2)], ..agent(1, &[]) };
    let rules = |channel| Rules { queues: vec![of(channel)], agents: vec![two_chats.clone()], ..Rules::default() };
    let mut world = World::with(rules(Channel::Chat));
    world.ready(&[1]);
    world.arrive(10, 1);
    world.accept(1);
    world.tell(Input::Configure(Box::new(rules(Channel::Voice))));
    world.arrive(11, 1);
    assert_eq!(world.rings(11), Vec::<u32>::new(), "no call beside the chat");
    world.end(10);
    world.wait(secs(30));
    assert_eq!(world.rings(11), [1]);
    world.accept(1);
    assert_eq!(world.state(1), AgentState::Busy { contact: ContactId(11) });
}

#[test]
fn who_is_no_longer_in_the_rules_takes_up_nothing() {
    let mut world = World::new(vec![queue(1, &[])], vec![agent(1, &[]), agent(2, &[])]);
    world.ready(&[1]);
    world.arrive(10, 1);
    world.accept(1);
    let rules = Rules { version: 2, queues: vec![queue(1, &[])], agents: vec![agent(2, &[])], ..Rules::default() };
    world.tell(Input::Configure(Box::new(rules)));
    let is_rejected = |out: Vec<Output>| matches!(out[..], [Output::Rejected { .. }]);
    assert!(is_rejected(world.tell(Input::Ready { agent: AgentId(1), author: Author::Agent })));
    assert!(is_rejected(world.not_ready(1, "break")));
    world.end(10);
    world.wait(secs(30));
    assert_eq!(world.state(1), AgentState::SignedOut);
    assert!(is_rejected(world.tell(Input::SignIn { agent: AgentId(1) })));
    assert_eq!(world.state(1), AgentState::SignedOut);
}
