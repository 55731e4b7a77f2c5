use super::world::*;
use crate::acd::*;
use crate::base::{AgentId, ContactId, QueueId};

fn with_policy(policy: AgentSelection, agents: Vec<AgentRule>) -> World {
    let count = agents.len() as u32;
    let mut rule = queue(1, &[need(1, 1)]);
    rule.agent_selection = policy;
    rule.wrap_up = WrapUp { mode: WrapUpMode::None, seconds: 0 };
    let mut world = World::new(vec![rule], agents);
    world.ready(&(1..=count).collect::<Vec<_>>());
    world
}

/// The order in which four simultaneous calls find the agents.
fn order(world: &mut World, calls: u64) -> Vec<u32> {
    (100..100 + calls)
        .flat_map(|call| {
            world.arrive(call, 1);
            world.rings(call)
        })
        .collect()
}

fn three() -> Vec<AgentRule> {
    vec![agent(1, &[(1, 5)]), agent(2, &[(1, 8), (2, 1)]), agent(3, &[(1, 2), (2, 9)])]
}

#[test]
fn by_level_skill_sum_and_idle_time() {
    assert_eq!(order(&mut with_policy(AgentSelection::LongestIdle, three()), 3), [1, 2, 3]);
    assert_eq!(order(&mut with_policy(AgentSelection::LevelThenLongestIdle, three()), 3), [2, 1, 3]);
    assert_eq!(order(&mut with_policy(AgentSelection::MostSkilled, three()), 3), [3, 2, 1]);
    assert_eq!(order(&mut with_policy(AgentSelection::LeastSkilled, three()), 3), [1, 2, 3]);
    assert_eq!(order(&mut with_policy(AgentSelection::MostRecentlyIdle, three()), 3), [3, 2, 1]);
}

#[test]
fn by_fixed_order_and_round_robin() {
    let mut world = with_policy(AgentSelection::FixedOrder, three());
    for call in [10, 11, 12] {
        world.arrive(call, 1);
        assert_eq!(world.rings(call), [1]);
        world.accept(1);
        world.end(call);
    }
    let mut world = with_policy(AgentSelection::RoundRobin, three());
    let mut rung = Vec::new();
    for call in 10..16 {
        world.arrive(call, 1);
        rung.extend(world.rings(call));
        world.accept(rung[rung.len() - 1]);
        world.end(call);
    }
    assert_eq!(rung, [1, 2, 3, 1, 2, 3]);
}

#[test]
fn by_work_done() {
    let mut world = with_policy(AgentSelection::FewestContacts, three());
    for (call, length) in [(10, 1), (11, 100), (12, 1)] {
        let rung = order_one(&mut world, call);
        world.accept(rung);
        world.wait(secs(length));
        world.end(call);
    }
    assert_eq!(order_one(&mut world, 13), 1, "one contact each, agent 1 idle for longest");
    let mut world = with_policy(AgentSelection::LowestOccupancy, three());
    for (call, length) in [(10, 50), (11, 100), (12, 20)] {
        let rung = order_one(&mut world, call);
        world.accept(rung);
        world.wait(secs(length));
        world.end(call);
    }
    assert_eq!(order(&mut world, 3), [3, 1, 2]);
}

fn order_one(world: &mut World, call: u64) -> u32 {
    world.arrive(call, 1);
    world.rings(call)[0]
}

#[test]
fn by_speed() {
    let mut agents = three();
    for (rule, ms) in agents.iter_mut().zip([300, 100, 200]) {
        rule.service_ms = vec![(QueueId(1), ms)];
    }
    assert_eq!(order(&mut with_policy(AgentSelection::FastestService, agents), 3), [2, 3, 1]);
}

#[test]
fn by_chance_in_proportion_to_the_weight() {
    for (policy, share) in [(AgentSelection::Random, 500.0), (AgentSelection::WeightedRandom, 750.0)] {
        let mut agents = vec![agent(1, &[(1, 1)]), agent(2, &[(1, 1)])];
        agents[0].weight = 3;
        let mut world = with_policy(policy, agents);
        let mut first = 0;
        for call in 10..1_010 {
            let rung = order_one(&mut world, call);
            first += u32::from(rung == 1);
            world.accept(rung);
            world.end(call);
        }
        assert!((f64::from(first) - share).abs() < 60.0, "{policy:?}: {first}");
    }
}

/// Two queues, one agent who becomes free while all these wait: (contact, queue), in order of arrival.
fn served(selection: ContactSelection, queues: Vec<QueueRule>, waiting: &[(u64, u32, u64)]) -> Vec<u64> {
    let agents = vec![agent(1, &[(1, 3), (2, 9)])];
    let mut world = World::with(Rules { queues, agents, contact_selection: selection, ..Rules::default() });
    for (contact, queue, pause) in waiting {
        world.arrive(*contact, *queue);
        world.wait(secs(*pause));
    }
    world.ready(&[1]);
    waiting
        .iter()
        .map(|_| {
            let AgentState::Reserved { contact, .. } = world.state(1) else { panic!() };
            world.accept(1);
            world.end(contact.0);
            contact.0
        })
        .collect()
}

fn two_queues() -> Vec<QueueRule> {
    let none = WrapUp { mode: WrapUpMode::None, seconds: 0 };
    vec![
        QueueRule { wrap_up: none, priority: 5, ..queue(1, &[need(1, 1)]) },
        QueueRule { wrap_up: none, priority: 3, ..queue(2, &[need(2, 1)]) },
    ]
}

#[test]
fn contacts_by_wait_priority_and_level() {
    let line = [(10, 1, 1), (20, 2, 1), (11, 1, 1), (21, 2, 1)];
    assert_eq!(served(ContactSelection::LongestWaiting, two_queues(), &line), [10, 20, 11, 21]);
    assert_eq!(served(ContactSelection::Priority, two_queues(), &line), [20, 21, 10, 11]);
    assert_eq!(served(ContactSelection::Level, two_queues(), &line), [20, 21, 10, 11]);
    assert_eq!(served(ContactSelection::PriorityThenLevel, two_queues(), &line), [20, 21, 10, 11]);
    let mut turned = two_queues();
    turned[0].priority = 1;
    assert_eq!(served(ContactSelection::Level, turned.clone(), &line), [20, 21, 10, 11]);
    assert_eq!(served(ContactSelection::PriorityThenLevel, turned, &line), [10, 11, 20, 21]);
}

#[test]
fn contacts_by_score_age_out_of_a_low_priority() {
    let line = [(10, 1, 59), (20, 2, 1), (21, 2, 0)];
    // Two steps of priority are worth 60 s: 10 came 59 s before 20 and just over 60 s before 21.
    assert_eq!(served(ContactSelection::Score, two_queues(), &line), [20, 10, 21]);
    let mut fast = two_queues();
    fast[0].score.ageing_ppm = 3_000_000;
    assert_eq!(served(ContactSelection::Score, fast, &line), [10, 20, 21]);
}

#[test]
fn contacts_by_ratio_and_length() {
    let line = [(10, 1, 1), (20, 2, 1), (21, 2, 1), (22, 2, 1)];
    assert_eq!(served(ContactSelection::LongestQueue, two_queues(), &line), [20, 21, 10, 22]);
    let mut queues = two_queues();
    (queues[0].share_ppm, queues[1].share_ppm) = (100_000, 900_000);
    // 1 - 0.1 x 4 against 3 - 0.9 x 4: queue 1 is further above its share.
    assert_eq!(served(ContactSelection::FixedRatio, queues, &line), [10, 20, 21, 22]);
}

#[test]
fn the_ring_widens_by_time() {
    let mut rule = queue(1, &[need(1, 8)]);
    rule.relax = vec![
        RelaxStep { after_ms: 20_000, min_level: Some(5), ..RelaxStep::default() },
        RelaxStep { after_ms: 45_000, drop: vec![crate::base::SkillId(1)], ..RelaxStep::default() },
    ];
    let mut world = World::new(vec![rule], vec![agent(1, &[(1, 5)]), agent(2, &[])]);
    world.ready(&[1, 2]);
    world.arrive(10, 1);
    world.wait(secs(20) - std::time::Duration::from_micros(1));
    assert_eq!(world.rings(10), Vec::<u32>::new());
    world.wait(std::time::Duration::from_micros(1));
    assert_eq!(world.rings(10), [1]);
    world.accept(1);
    world.arrive(11, 1);
    world.wait(secs(44));
    assert_eq!(world.rings(11), Vec::<u32>::new());
    world.wait(secs(1));
    assert_eq!(world.rings(11), [2]);
}

#[test]
fn the_ring_widens_on_conditions() {
    let mut rule = queue(1, &[need(1, 1)]);
    let step = |when| RelaxStep { when: Some(when), drop: vec![crate::base::SkillId(1)], ..RelaxStep::default() };
    rule.relax = vec![step(Condition::NoAgents)];
    let mut world = World::new(vec![rule.clone()], vec![agent(1, &[]), agent(2, &[(1, 5)])]);
    world.ready(&[1]);
    world.arrive(10, 1);
    assert_eq!(world.rings(10), [1], "nobody with the skill is signed in");
    world.leave(10);
    world.ready(&[2]);
    world.not_ready(2, "break");
    world.arrive(11, 1);
    assert_eq!(world.rings(11), Vec::<u32>::new());
    world.tell(Input::SignOut { agent: AgentId(2), author: Author::Agent });
    assert_eq!(world.rings(11), [1]);

    rule.relax = vec![step(Condition::WaitingAbove(1))];
    let mut world = World::new(vec![rule], vec![agent(1, &[])]);
    world.ready(&[1]);
    world.arrive(10, 1);
    assert_eq!(world.rings(10), Vec::<u32>::new());
    world.arrive(11, 1);
    assert_eq!(world.rings(10), [1]);
}

#[test]
fn a_group_keeps_some_agents_free() {
    let mut rule = queue(1, &[]);
    rule.reserve = vec![Reserve { group: "team".into(), agents: 1 }];
    let in_team = |id| AgentRule { group: Some("team".into()), ..agent(id, &[]) };
    let mut world = World::new(vec![rule, queue(2, &[])], vec![in_team(1), in_team(2)]);
    world.ready(&[1]);
    world.arrive(10, 1);
    assert_eq!(world.rings(10), Vec::<u32>::new());
    world.ready(&[2]);
    assert_eq!(world.rings(10), [2], "two idle: one may go");
    world.arrive(20, 2);
    assert_eq!(world.rings(20), [1]);
}

#[test]
fn any_of_several_skills_is_enough() {
    let mut rule = queue(1, &[need(1, 1)]);
    rule.requirement.any = vec![need(2, 3), need(3, 1)];
    let agents = vec![agent(1, &[(1, 9)]), agent(2, &[(1, 1), (2, 2)]), agent(3, &[(1, 1), (3, 1)])];
    let mut world = World::new(vec![rule], agents);
    world.ready(&[1, 2, 3]);
    world.arrive(10, 1);
    assert_eq!(world.rings(10), [3]);
    world.arrive(11, 1);
    assert_eq!(world.rings(11), Vec::<u32>::new());
}

#[test]
fn vip_bonus_is_capped() {
    let mut rule = queue(1, &[]);
    rule.score.max_bonus_s = 180;
    let mut world = World::new(vec![rule], vec![agent(1, &[])]);
    world.arrive(10, 1);
    world.wait(secs(31));
    let mut vip = Arrival::new(ContactId(11), QUEUE, world.now);
    vip.bonus_s = 5_000;
    world.arrive_as(vip);
    // 150 s come from the usual priority, so at most 30 s are left for the bonus.
    let line = world.router.waiting(QUEUE, world.now);
    assert_eq!(line[0].contact, ContactId(10));
}
