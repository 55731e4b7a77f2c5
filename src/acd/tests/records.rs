//! A record that was tampered with, or written by a router that decides by something else, is found out.

use super::world::*;
use crate::acd::*;
use crate::base::{AgentId, ContactId, QueueId};

fn why_of(out: &[Output]) -> Why {
    let found = out.iter().find_map(|output| match output {
        Output::Reserve { why, .. } => Some(Why::clone(why)),
        _ => None,
    });
    found.expect("a decision")
}

/// An agent who becomes free with three contacts in two lines to choose from.
fn contact_chosen(policy: ContactSelection) -> Why {
    let one = QueueRule { priority: 4, share_ppm: 400_000, ..queue(1, &[need(1, 1)]) };
    let two = QueueRule { priority: 6, share_ppm: 600_000, ..queue(2, &[need(2, 1)]) };
    let agents = vec![agent(1, &[(1, 3), (2, 7)])];
    let mut world =
        World::with(Rules { queues: vec![one, two], agents, contact_selection: policy, ..Rules::default() });
    for (contact, queue) in [(10, 1), (11, 2), (12, 1)] {
        world.arrive(contact, queue);
        world.wait(secs(7));
    }
    world.tell(Input::SignIn { agent: AgentId(1) });
    why_of(&world.tell(Input::Ready { agent: AgentId(1), author: Author::Agent }))
}

/// Every way to forge a record of two candidates.
fn forged_contacts(why: &Why) -> Vec<Why> {
    let changes: [fn(&mut ContactCandidate); 4] = [
        |c| c.key.0 += 1,
        |c| c.key.1 += 1,
        |c| match &mut c.facts {
            ContactFacts::Score { head_start_us, .. } => *head_start_us += 1_000,
            ContactFacts::Line { waiting, .. } => *waiting += 1,
            ContactFacts::Above => c.key = (c.key.0 - 1, c.key.1 - 1),
        },
        |c| {
            c.facts = match c.facts {
                ContactFacts::Above => ContactFacts::Line { waiting: 1, of: 1, share_ppm: 0 },
                _ => ContactFacts::Above,
            }
        },
    ];
    let forge = |change: &fn(&mut ContactCandidate)| {
        let mut forged = why.clone();
        let Pick::Contact { candidates, .. } = &mut forged.pick else { panic!("{why:?}") };
        candidates.iter_mut().for_each(change);
        forged
    };
    changes.iter().map(forge).collect()
}

#[test]
fn every_key_of_a_contact_is_computed_again() {
    for policy in [
        ContactSelection::LongestWaiting,
        ContactSelection::Priority,
        ContactSelection::Level,
        ContactSelection::PriorityThenLevel,
        ContactSelection::Score,
        ContactSelection::FixedRatio,
        ContactSelection::LongestQueue,
    ] {
        let why = contact_chosen(policy);
        assert_eq!(why.check(), Ok(()), "{policy:?}");
        for forged in forged_contacts(&why) {
            assert!(matches!(forged.check(), Err(WhyError::KeyContradictsPolicy { .. })), "{policy:?}: {forged:?}");
        }
        let mut other = why.clone();
        let Pick::Contact { candidates, chosen, .. } = &mut other.pick else { panic!("{why:?}") };
        *chosen = candidates.iter().map(|c| c.contact).find(|contact| contact != chosen).expect("two candidates");
        assert!(matches!(other.check(), Err(WhyError::OtherChoice { .. })), "{policy:?}");
        let text = serde_json::to_string(&why).unwrap();
        assert_eq!(serde_json::from_str::<Why>(&text).unwrap(), why);
    }
}

/// A call that finds three idle agents, after the first has had two short conversations.
fn agent_chosen(policy: AgentSelection) -> Why {
    let mut rule = queue(1, &[need(1, 1)]);
    rule.agent_selection = policy;
    rule.wrap_up = WrapUp { mode: WrapUpMode::None, seconds: 0 };
    let mut agents = vec![agent(1, &[(1, 5)]), agent(2, &[(1, 8), (2, 1)]), agent(3, &[(1, 2), (2, 9)])];
    for (agent, ms) in agents.iter_mut().zip([90_000, 80_000, 70_000]) {
        agent.service_ms = vec![(QueueId(1), ms)];
    }
    let mut world = World::new(vec![rule], agents);
    world.ready(&[1]);
    for contact in [10, 11] {
        world.arrive(contact, 1);
        world.accept(1);
        world.wait(secs(13));
        world.end(contact);
    }
    world.ready(&[2, 3]);
    why_of(&world.arrive(12, 1))
}

#[test]
fn every_key_of_an_agent_is_computed_again() {
    let computed = [
        AgentSelection::LongestIdle,
        AgentSelection::LevelThenLongestIdle,
        AgentSelection::MostRecentlyIdle,
        AgentSelection::LowestOccupancy,
        AgentSelection::RoundRobin,
    ];
    let given = [
        AgentSelection::MostSkilled,
        AgentSelection::LeastSkilled,
        AgentSelection::FewestContacts,
        AgentSelection::FixedOrder,
        AgentSelection::FastestService,
        AgentSelection::Random,
        AgentSelection::WeightedRandom,
    ];
    for policy in computed.iter().chain(&given).copied() {
        let why = agent_chosen(policy);
        assert_eq!(why.check(), Ok(()), "{policy:?}: {why:?}");
        let forge = |change: &dyn Fn(&mut AgentCandidate)| {
            let mut forged = why.clone();
            let Pick::Agent { candidates, .. } = &mut forged.pick else { panic!("{why:?}") };
            candidates.iter_mut().for_each(change);
            forged.check()
        };
        if computed.contains(&policy) {
            assert!(matches!(forge(&|c| c.key += 1), Err(WhyError::KeyContradictsPolicy { .. })), "{policy:?}");
        }
        // The best becomes the worst.
        let mut other = why.clone();
        let Pick::Agent { candidates, chosen, .. } = &mut other.pick else { panic!("{why:?}") };
        *chosen = candidates.iter().max_by_key(|c| (c.key, c.tie)).expect("three candidates").agent;
        assert!(matches!(other.check(), Err(WhyError::OtherChoice { .. })), "{policy:?}");
        let wrong = AgentFacts::Times { busy_us: 1, signed_in_us: 1 };
        assert!(matches!(forge(&|c| c.facts = wrong), Err(WhyError::KeyContradictsPolicy { .. })), "{policy:?}");
        let text = serde_json::to_string(&why).unwrap();
        assert_eq!(serde_json::from_str::<Why>(&text).unwrap(), why);
    }
}

/// Two contacts, two agents: the first contact could have either, the second the first agent only.
fn together() -> (Why, Rules) {
    let queues = vec![
        QueueRule { agent_selection: AgentSelection::LongestIdle, ..queue(1, &[need(1, 1)]) },
        QueueRule { agent_selection: AgentSelection::LongestIdle, ..queue(2, &[need(2, 1)]) },
    ];
    let mut agents = vec![agent(1, &[(1, 5), (2, 5)]), agent(2, &[(1, 5)])];
    (agents[0].name, agents[1].name) = ("Ana".into(), "Bo".into());
    let rules = Rules { queues, agents, ..Rules::default() };
    let mut world = World::with(rules.clone());
    world.arrive(10, 1);
    world.arrive(11, 2);
    let agents: Vec<AgentId> = [1, 2].map(AgentId).into();
    agents.iter().for_each(|agent| drop(world.tell(Input::SignIn { agent: *agent })));
    world.wait(secs(9));
    let out = world.tell(Input::ReadyTogether { agents, author: Author::Agent });
    assert_eq!((world.rings(10), world.rings(11)), (vec![2], vec![1]));
    (why_of(&out), rules)
}

#[test]
fn a_part_of_many_together_is_checked_and_told() {
    let (why, rules) = together();
    assert_eq!(why.check(), Ok(()));
    let english = explain(&why, &rules, Language::En);
    assert_eq!(
        english,
        "2 contacts and 2 agents were brought together, and 2 contacts were served. In place 1, Bo was chosen among \
         2 idle, eligible agents: idle for longest.\n\
         1. Ana: level 5.0, idle for 0 s (left to #11, for want of other agents)\n2. Bo: level 5.0, idle for 0 s"
    );
    let chinese = explain(&why, &rules, Language::Zh);
    assert!(chinese.starts_with("2个联络与2位坐席同时分配，2个得到坐席。") && chinese.contains("留给"), "{chinese}");
    let forge = |change: &dyn Fn(&mut Together)| {
        let mut forged = why.clone();
        let Pick::Together(together) = &mut forged.pick else { panic!("{why:?}") };
        change(together);
        forged.check()
    };
    assert_eq!(forge(&|t| t.chosen = AgentId(9)), Err(WhyError::ChosenNotListed));
    assert!(forge(&|t| t.passed_over.clear()).is_err(), "without a reason the first would have been chosen");
    assert!(forge(&|t| t.candidates.swap(0, 1)).is_err());
    assert!(forge(&|t| t.served = 3).is_err());
    let earlier = Elsewhere::Earlier { contact: ContactId(11), place: 2 };
    assert!(forge(&|t| t.passed_over = vec![earlier.clone()]).is_err(), "a later one is not before");
    let needed = Elsewhere::Needed { contacts: vec![(ContactId(11), 2)], agents: vec![AgentId(1), AgentId(3)] };
    assert!(forge(&|t| t.passed_over = vec![needed.clone()]).is_err(), "it has two agents to choose from");
}
