//! Who may be asked later on, and where contacts go that a queue does not take: the parts of the rules that
//! other stories do not pass by.

use super::world::*;
use crate::acd::*;
use crate::base::{AgentId, ContactId, Instant, QueueId, SkillId};

fn in_group(group: &str, rule: AgentRule) -> AgentRule {
    AgentRule { group: Some(group.into()), ..rule }
}

/// One contact of queue 1 waits; who rings for it after each of these seconds.
fn widening(step: RelaxStep, agents: Vec<AgentRule>, at: &[u64]) -> Vec<Vec<u32>> {
    let first = QueueRule { relax: vec![step], ..queue(1, &[need(1, 6), need(2, 3)]) };
    let ids: Vec<u32> = agents.iter().map(|rule| rule.id.0).collect();
    let mut world = World::new(vec![first, queue(2, &[])], agents);
    world.ready(&ids);
    world.arrive(10, 1);
    let mut passed = 0;
    at.iter()
        .map(|second| {
            world.wait(secs(second - passed));
            passed = *second;
            world.rings(10)
        })
        .collect()
}

#[test]
fn a_step_lowers_one_skill_and_leaves_the_others() {
    let step = RelaxStep { after_ms: 10_000, lower: vec![(SkillId(1), 2)], ..RelaxStep::default() };
    let agents = vec![agent(1, &[(1, 4), (2, 1)]), agent(2, &[(1, 2), (2, 3)])];
    assert_eq!(widening(step, agents, &[9, 10]), [vec![], vec![2]]);
}

#[test]
fn a_step_brings_in_the_agents_of_another_queue_who_have_the_skills() {
    let step = RelaxStep { after_ms: 10_000, add_queues: vec![QueueId(2)], ..RelaxStep::default() };
    let of_second = |rule: AgentRule| AgentRule { queues: vec![QueueId(2)], ..rule };
    let agents = vec![of_second(agent(1, &[(1, 9)])), of_second(agent(2, &[(1, 9), (2, 9)]))];
    assert_eq!(widening(step, agents, &[9, 10]), [vec![], vec![2]]);
}

#[test]
fn a_step_brings_in_a_group_whatever_its_queues() {
    let step = RelaxStep { after_ms: 10_000, add_groups: vec!["back".into()], ..RelaxStep::default() };
    let elsewhere = |rule: AgentRule| AgentRule { queues: vec![QueueId(2)], ..rule };
    let skilled = [(1, 9), (2, 9)];
    let agents =
        vec![elsewhere(in_group("front", agent(1, &skilled))), elsewhere(in_group("back", agent(2, &skilled)))];
    assert_eq!(widening(step, agents, &[9, 10]), [vec![], vec![2]]);
}

#[test]
fn a_step_comes_on_time_though_a_condition_gave_it_and_took_it_back() {
    let first = QueueRule {
        relax: vec![
            RelaxStep { after_ms: 5_000, min_level: Some(2), ..RelaxStep::default() },
            RelaxStep { when: Some(Condition::WaitingAbove(1)), min_level: Some(5), ..RelaxStep::default() },
        ],
        ..queue(1, &[need(1, 7)])
    };
    let mut world = World::new(vec![first], vec![agent(1, &[(1, 2)])]);
    (8..=10).for_each(|contact| drop(world.arrive(contact, 1)));
    (8..=9).for_each(|contact| drop(world.leave(contact)));
    world.ready(&[1]);
    assert_eq!(world.rings(10), Vec::<u32>::new());
    world.wait(secs(5));
    assert_eq!(world.rings(10), [1]);
}

/// What becomes of a contact that comes to queue 1, which hands on to queue 2 for this reason.
fn handed_on(when: OverflowWhen, change: impl Fn(&mut QueueRule), calendars: Vec<Calendar>) -> Vec<Output> {
    let mut first = queue(1, &[need(1, 1)]);
    first.overflow = vec![Overflow { when, to: QueueId(2) }];
    change(&mut first);
    let rules =
        Rules { queues: vec![first, queue(2, &[])], agents: vec![agent(1, &[])], calendars, ..Rules::default() };
    let mut world = World::with(rules);
    world.ready(&[1]);
    world.arrive(10, 1)
}

fn moved_and_rings(out: &[Output], why: Left) -> bool {
    let moved = matches!(out[0], Output::Moved { from: QueueId(1), to: QueueId(2), why: left, .. } if left == why);
    moved && matches!(out[1], Output::Reserve { queue: QueueId(2), agent: AgentId(1), .. })
}

#[test]
fn a_queue_hands_on_what_it_does_not_take() {
    let never = || vec![Calendar { key: "never".into(), zone: "Asia/Shanghai".into(), ..Calendar::default() }];
    let out = handed_on(OverflowWhen::Full, |rule| rule.max_waiting = Some(0), Vec::new());
    assert!(moved_and_rings(&out, Left::Full), "{out:?}");
    let out = handed_on(OverflowWhen::NoAgents, |rule| rule.leave_without_agents = true, Vec::new());
    assert!(moved_and_rings(&out, Left::NoAgents), "{out:?}");
    let out = handed_on(OverflowWhen::Closed, |rule| rule.hours = Some("never".into()), never());
    assert!(moved_and_rings(&out, Left::Closed), "{out:?}");
    // For another reason it is no way out.
    let out = handed_on(OverflowWhen::Full, |rule| rule.hours = Some("never".into()), never());
    assert!(matches!(out[..], [Output::LeftQueue { why: Left::Closed, .. }]), "{out:?}");
    let out = handed_on(OverflowWhen::Full, |rule| rule.leave_without_agents = true, Vec::new());
    assert!(matches!(out[..], [Output::LeftQueue { why: Left::NoAgents, .. }]), "{out:?}");
}

#[test]
fn overflow_in_a_circle_ends() {
    let full = |id, to| QueueRule {
        max_waiting: Some(0),
        overflow: vec![Overflow { when: OverflowWhen::Full, to: QueueId(to) }],
        ..queue(id, &[])
    };
    let mut world = World::new(vec![full(1, 2), full(2, 1)], vec![agent(1, &[])]);
    let out = world.arrive(10, 1);
    assert!(out.len() < 20, "{}", out.len());
    assert!(matches!(out.last(), Some(Output::LeftQueue { why: Left::Full, .. })), "{out:?}");
    assert_eq!(world.router.waiting_count(), 0);
}

#[test]
fn a_named_agent_is_the_only_one_whatever_others_do() {
    let mut world = World::new(vec![queue(1, &[])], vec![agent(1, &[]), agent(2, &[])]);
    world.ready(&[1, 2]);
    world.not_ready(1, "break");
    let named = |contact: u64, now: Instant| Arrival {
        preferred: Some((AgentId(1), u64::MAX)),
        ..Arrival::new(ContactId(contact), QUEUE, now)
    };
    world.arrive_as(named(10, world.now));
    world.wait(secs(3_600));
    assert_eq!(world.rings(10), Vec::<u32>::new(), "agent 2 is idle all the time");
    world.tell(Input::SignOut { agent: AgentId(1), author: Author::Agent });
    assert_eq!(world.rings(10), Vec::<u32>::new(), "not even when the agent is gone");
    world.ready(&[1]);
    assert_eq!(world.rings(10), [1]);
    world.leave(10);
    // Who is signed out keeps nobody waiting who would take others too.
    world.tell(Input::SignOut { agent: AgentId(1), author: Author::Agent });
    let preferred = Arrival { preferred: Some((AgentId(1), 60_000)), ..Arrival::new(ContactId(11), QUEUE, world.now) };
    world.arrive_as(preferred);
    assert_eq!(world.rings(11), [2]);
}

#[test]
fn the_whole_center_has_a_limit_too() {
    let rules =
        Rules { queues: vec![queue(1, &[])], agents: vec![agent(1, &[])], max_contacts: Some(2), ..Rules::default() };
    let mut world = World::with(rules);
    world.ready(&[1]);
    world.arrive(10, 1);
    world.accept(1);
    world.arrive(11, 1);
    let out = world.arrive(12, 1);
    assert!(matches!(out[..], [Output::LeftQueue { why: Left::Full, .. }]), "one talks, one waits: {out:?}");
    world.end(10);
    assert!(!matches!(world.arrive(13, 1)[..], [Output::LeftQueue { .. }]));
}

#[test]
fn a_rehearsal_tells_what_would_happen_and_changes_nothing() {
    let mut full = queue(3, &[]);
    (full.max_waiting, full.overflow) = (Some(0), vec![Overflow { when: OverflowWhen::Full, to: QUEUE }]);
    let rules = Rules {
        queues: vec![queue(1, &[need(1, 5)]), queue(2, &[need(2, 1)]), full],
        agents: vec![agent(1, &[(1, 9)]), agent(2, &[(1, 3)])],
        ..Rules::default()
    };
    let mut world = World::with(rules.clone());
    world.ready(&[1, 2]);
    world.now = world.now + secs(10);
    let before = world.router.checkpoint(world.now, 0);
    let rehearsed = |queue: u32, rules: Option<Rules>| {
        let arrival = Arrival::new(ContactId(99), QueueId(queue), before.at);
        before.clone().restore().rehearse(before.at, rules, arrival)
    };
    let rings = |rehearsal: &Rehearsal| match &rehearsal.end {
        RehearsedEnd::Rings(rings) => rings.iter().map(|(agent, _)| agent.0).collect(),
        other => panic!("{other:?}"),
    };
    let at_once = rehearsed(1, None);
    assert_eq!((rings(&at_once), at_once.queue, at_once.moved.len()), (vec![1], QUEUE, 0));
    let handed_on = rehearsed(3, None);
    assert_eq!((rings(&handed_on), handed_on.queue), (vec![1], QUEUE));
    assert_eq!(handed_on.moved, [(QueueId(3), QUEUE, Left::Full)]);
    let RehearsedEnd::Waits { standstill, .. } = rehearsed(2, None).end else { panic!() };
    assert_eq!((standstill.line.position, standstill.excluded.len()), (1, 2));
    let mut other = rules.clone();
    other.queues[1].requirement = Requirement { all: vec![need(1, 1)], any: vec![] };
    other.queues[1].agent_selection = AgentSelection::LeastSkilled;
    assert_eq!(rings(&rehearsed(2, Some(other))), [2]);
    other_rules_may_turn_it_away(&before, rules);
    assert!(matches!(rehearsed(7, None).end, RehearsedEnd::Refused(_)));
    assert_eq!(world.router.checkpoint(world.now, 0), before, "a copy was asked");
}

fn other_rules_may_turn_it_away(before: &Checkpoint, mut rules: Rules) {
    rules.queues[0].max_waiting = Some(0);
    let arrival = Arrival::new(ContactId(99), QUEUE, before.at);
    let end = before.clone().restore().rehearse(before.at, Some(rules), arrival).end;
    assert_eq!(end, RehearsedEnd::Leaves(Left::Full));
}

#[test]
fn who_waits_is_told_what_for() {
    let rule = QueueRule {
        relax: vec![RelaxStep { after_ms: 60_000, min_level: Some(1), ..RelaxStep::default() }],
        ..queue(1, &[need(1, 5)])
    };
    let named = |id, name: &str, skills: &[(u32, u8)]| AgentRule { name: name.into(), ..agent(id, skills) };
    let agents =
        vec![named(1, "Ana", &[(1, 9)]), named(2, "Bo", &[(1, 2)]), named(3, "Cy", &[]), named(4, "Di", &[(1, 9)])];
    let rules = Rules { queues: vec![rule], agents, ..Rules::default() };
    let mut world = World::with(rules.clone());
    world.ready(&[1, 2, 3]);
    world.arrive(10, 1);
    world.accept(1);
    world.arrive(11, 1);
    world.wait(secs(20));
    world.arrive_as(Arrival { preferred: Some((AgentId(1), 30_000)), ..Arrival::new(ContactId(12), QUEUE, world.now) });
    let told = world.router.standstills(QUEUE, world.now, 10);
    assert_eq!(told.iter().map(|one| (one.line.contact.0, one.line.position)).collect::<Vec<_>>(), [(11, 1), (12, 2)]);
    assert_eq!(
        told[0].explain(world.now, &rules, Language::En),
        "Place 1, waited 20 s; no agent can have it now.\n\
         Not eligible: in conversation: Ana; level too low: Bo; lacks a skill: Cy; signed out: Di.\n\
         The demand widens in 40 s.\n\
         Nobody who comes more than 450 s later is served before it by an agent who could serve both."
    );
    assert!(told[0].explain(world.now, &rules, Language::Zh).starts_with("排第1，已等待20秒，目前没有可接待的坐席。"));
    assert_eq!((told[1].waits_for, told[1].waits_until), (Some(AgentId(1)), Some(world.now + secs(30))));
    assert!(told[1].explain(world.now, &rules, Language::En).starts_with("Place 2, waited 0 s; waits for Ana alone."));
    assert_eq!(told[0].overtaking_bound_s, Some(450.0));
    assert_eq!(world.router.standstills(QUEUE, world.now, 1).len(), 1);
}
