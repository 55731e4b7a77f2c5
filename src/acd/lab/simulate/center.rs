//! A scenario as rules for the live router. Class k is queue k and skill k; agents are numbered in
//! group order.

use super::scenario::{AgentChoice, BEST, CallChoice, Class, Group, Scenario};
use crate::acd::{
    AgentRule, AgentSelection, ContactSelection, GroupRule, QueueRule, RelaxStep, Requirement, Reserve, Rules, Score,
    SkillNeed, WrapUp, WrapUpMode,
};
use crate::base::{AgentId, QueueId, SkillId};

pub(super) fn rules(scenario: &Scenario) -> Rules {
    let queues = scenario.classes.iter().zip(0..).map(|(class, ix)| queue(scenario, class, ix)).collect();
    let mut agents: Vec<AgentRule> = Vec::new();
    for group in &scenario.groups {
        for _ in 0..group.agents {
            agents.push(agent(scenario, group, agents.len() as u32));
        }
    }
    Rules {
        queues,
        agents,
        groups: scenario
            .groups
            .iter()
            .map(|g| GroupRule { key: g.name.clone(), name: String::new(), own_wrap_up: None })
            .collect(),
        contact_selection: match scenario.policy.call_selection {
            CallChoice::Fcfs => ContactSelection::LongestWaiting,
            CallChoice::Priority => ContactSelection::Priority,
            CallChoice::Level => ContactSelection::Level,
            CallChoice::PriorityLevel => ContactSelection::PriorityThenLevel,
            CallChoice::Score => ContactSelection::Score,
            CallChoice::Fqr => ContactSelection::FixedRatio,
            CallChoice::Lqf => ContactSelection::LongestQueue,
        },
        max_contacts: scenario.capacity.and_then(|capacity| capacity.max_in_system),
        ..Rules::default()
    }
}

fn queue(scenario: &Scenario, class: &Class, ix: u32) -> QueueRule {
    let level = |max: Option<u32>| {
        let level = max.map_or(1, |max| u32::from(BEST).saturating_sub(max));
        u8::try_from(level).unwrap_or(1).max(1)
    };
    let steps = class.relax.as_deref().unwrap_or_default();
    let first = steps.iter().take_while(|step| step.after <= 0.0).last();
    let later = steps.iter().filter(|step| step.after > 0.0).map(|step| RelaxStep {
        after_ms: (step.after * 1e3).round() as u64,
        min_level: Some(level(step.max_level)),
        ..RelaxStep::default()
    });
    let skill = SkillNeed { skill: SkillId(ix), min: first.map_or(1, |step| level(step.max_level)), weight: 1 };
    let reserve = scenario.groups.iter().filter_map(|group| {
        let agents = *group.reserve.as_ref()?.get(&class.name)?;
        Some(Reserve { group: group.name.clone(), agents })
    });
    QueueRule {
        id: QueueId(ix),
        key: class.name.clone(),
        requirement: Requirement { all: vec![skill], any: Vec::new() },
        agent_selection: match scenario.policy.agent_selection {
            AgentChoice::Lisf => AgentSelection::LongestIdle,
            AgentChoice::LevelLisf => AgentSelection::LevelThenLongestIdle,
            AgentChoice::Fsf => AgentSelection::FastestService,
            AgentChoice::Lor => AgentSelection::LowestOccupancy,
            AgentChoice::Order => AgentSelection::FixedOrder,
            AgentChoice::Miaf => AgentSelection::MostRecentlyIdle,
            AgentChoice::Random => AgentSelection::Random,
        },
        priority: scenario.priority(class),
        priority_step_s: 0,
        score: class.score.map_or(Score { max_bonus_s: u32::MAX, ..Score::default() }, |score| Score {
            base_ms: (score.base * 1e3).round() as i64,
            ageing_ppm: (score.weight.max(0.0) * 1e6).round() as u64,
            max_bonus_s: u32::MAX,
        }),
        share_ppm: (class.queue_share.unwrap_or(0.0) * 1e6).round() as u32,
        relax: later.collect(),
        reserve: reserve.collect(),
        wrap_up: WrapUp { mode: WrapUpMode::None, seconds: 0 },
        announce_s: 0,
        ..QueueRule::default()
    }
}

fn agent(scenario: &Scenario, group: &Group, ix: u32) -> AgentRule {
    let classes = || scenario.classes.iter().zip(0u32..);
    let skills = classes().filter_map(|(class, k)| {
        let level = *group.skills.get(&class.name)?;
        Some((SkillId(k), BEST.saturating_sub(u8::try_from(level).unwrap_or(BEST)).max(1)))
    });
    let service = classes().filter_map(|(class, k)| {
        let mean = mean_service(class, group)?;
        Some((QueueId(k), (mean * 1e3).round().max(1.0) as u64))
    });
    AgentRule {
        id: AgentId(ix),
        key: format!("{}-{ix}", group.name),
        skills: skills.collect(),
        group: Some(group.name.clone()),
        service_ms: service.collect(),
        ..AgentRule::default()
    }
}

/// In seconds.
pub(super) fn mean_service(class: &Class, group: &Group) -> Option<f64> {
    let own = group.service_mean.as_ref().and_then(|means| means.get(&class.name)).copied();
    own.or(class.service.map(|service| service.mean))
}
