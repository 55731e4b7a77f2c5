//! How many agents a half-hour needs under a center's own rules: the live router with callers drawn from a
//! forecast, run until it is steady.
//!
//! Agents come from the rules' own agents, in one shuffled order, again from the beginning when there are not
//! enough, so that any number of them has the center's mix of skills and one more agent never takes another
//! away. Handling times include wrap-up and are exponential, as is patience; opening hours are left out (the
//! forecast says when calls come), ringing takes no time.

use std::collections::BTreeMap;

use super::call::{Call, Fate};
use super::distribution::exponential;
use super::replication::micros;
use super::world::{Event, World};
use crate::acd::{AgentRule, Overflow, QueueRule, RelaxStep, Rules, WrapUp, WrapUpMode};
use crate::base::{AgentId, QueueId, Rng};

/// What one period brings to one queue.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Load {
    pub queue: QueueId,
    pub calls_per_hour: f64,
    /// Mean conversation with wrap-up, seconds.
    pub handling_s: f64,
    /// Mean patience; `None`: nobody gives up.
    pub patience_s: Option<f64>,
    /// Share to be answered within so many seconds.
    pub target: f64,
    pub within_s: f64,
}

/// What so many agents reach.
#[derive(Clone, PartialEq, Debug)]
pub struct Reached {
    pub agents: u32,
    /// In the order of the loads.
    pub queues: Vec<QueueReached>,
}

#[derive(Clone, Copy, PartialEq, Debug, serde::Serialize)]
pub struct QueueReached {
    /// Answered within the threshold, by calls that came.
    pub service_level: f64,
    /// Of the 95 % interval of the service level.
    pub half_width: f64,
    /// By calls that came; those that the rules turned away included.
    pub lost: f64,
    pub mean_wait_s: f64,
}

/// Calls simulated for one answer, and the least and most simulated hours.
const CALLS: f64 = 20_000.0;
const HOURS: (f64, f64) = (24.0, 4_000.0);
const WARM_UP: f64 = 0.1;
/// Parts that the time is divided in, to tell how sure a figure is; and the factor for so many.
const BATCHES: usize = 10;
const T_95: f64 = 2.262;

/// The fewest agents with whom every queue reaches its target; `None`: more agents of this mix do not help.
pub fn simulate_staff(rules: &Rules, loads: &[Load], seed: u64) -> Option<Reached> {
    let erlangs: f64 = loads.iter().map(|load| load.calls_per_hour * load.handling_s / 3_600.0).sum();
    let start = (erlangs.ceil() as u32).max(1);
    let most = start.saturating_mul(4).saturating_add(50);
    let mut tried = BTreeMap::new();
    let mut enough = |agents: u32| {
        let reached = tried.entry(agents).or_insert_with(|| simulate_agents(rules, loads, agents, seed));
        let good = reached.queues.iter().zip(loads).all(|(reached, load)| reached.service_level >= load.target);
        (good, reached.clone())
    };
    let (mut low, mut high) = (0, start);
    while !enough(high).0 {
        if high >= most {
            return None;
        }
        (low, high) = (high, high.saturating_add((high / 8).max(1)).min(most));
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if enough(middle).0 { high = middle } else { low = middle }
    }
    Some(enough(high).1)
}

/// What exactly so many agents reach.
pub fn simulate_agents(rules: &Rules, loads: &[Load], agents: u32, seed: u64) -> Reached {
    let rate: f64 = loads.iter().map(|load| load.calls_per_hour).sum();
    let hours = (CALLS / rate.max(1e-9)).clamp(HOURS.0, HOURS.1);
    let (from, to) = (micros(hours * WARM_UP * 3_600.0), micros(hours * 3_600.0));
    let group_of = vec![0; agents as usize];
    let pace = vec![vec![1.0; rules.queues.len()]];
    let mut world = World::new(prepared(rules, agents), seed, group_of, pace, &[false]);
    world.follow_until = to;
    let mut seeds = Rng::new(seed);
    let mut sources: Vec<Source> = loads.iter().map(|load| Source::new(rules, *load, seeds.fork())).collect();
    for (source, ix) in sources.iter_mut().zip(0..) {
        source.schedule(&mut world, ix);
    }
    while let Some((at, event)) = world.next() {
        if at > to.saturating_add(to / 2) || (at >= to && world.open == 0) {
            break;
        }
        match event {
            Event::Arrival { source } => {
                if let Some(found) = sources.get_mut(source as usize) {
                    world.arrive(found.call(at));
                    found.schedule(&mut world, source);
                }
            }
            event => world.act(at, event),
        }
    }
    let class = |load: &Load| class_of(rules, load.queue);
    let queues = loads.iter().map(|load| measure(&world, class(load), load, (from, to))).collect();
    Reached { agents, queues }
}

fn class_of(rules: &Rules, queue: QueueId) -> u32 {
    rules.queues.iter().zip(0u32..).find(|(rule, _)| rule.id == queue).map_or(u32::MAX, |(_, ix)| ix)
}

/// One queue's callers.
struct Source {
    load: Load,
    class: u32,
    rng: Rng,
    /// Seconds of the next arrival.
    next: f64,
}

impl Source {
    fn new(rules: &Rules, load: Load, rng: Rng) -> Self {
        Self { load, class: class_of(rules, load.queue), rng, next: 0.0 }
    }

    fn schedule(&mut self, world: &mut World, source: u32) {
        if self.load.calls_per_hour > 0.0 && self.class != u32::MAX {
            self.next += exponential(&mut self.rng) * 3_600.0 / self.load.calls_per_hour;
            world.schedule(micros(self.next), Event::Arrival { source });
        }
    }

    fn call(&mut self, at_us: u64) -> Call {
        let rng = &mut self.rng;
        Call {
            class: self.class,
            arrived_us: at_us,
            service_us: micros(exponential(rng) * self.load.handling_s),
            patience_us: self.load.patience_s.map(|mean| micros(exponential(rng) * mean)),
            fate: Fate::Waiting,
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Batch {
    came: u64,
    in_time: u64,
}

fn measure(world: &World, class: u32, load: &Load, (from, to): (u64, u64)) -> QueueReached {
    let mut batches = [Batch::default(); BATCHES];
    let (mut lost, mut answered, mut wait_us) = (0u64, 0u64, 0u64);
    let within = micros(load.within_s);
    let mine = world.calls.iter().filter(|call| call.class == class && (from..to).contains(&call.arrived_us));
    for call in mine {
        let place = ((call.arrived_us - from) as usize).saturating_mul(BATCHES) / ((to - from) as usize).max(1);
        let Some(batch) = batches.get_mut(place) else { continue };
        batch.came += 1;
        match call.fate {
            Fate::Answered { at_us, .. } => {
                let wait = at_us.saturating_sub(call.arrived_us);
                answered += 1;
                wait_us = wait_us.saturating_add(wait);
                batch.in_time += u64::from(wait <= within);
            }
            Fate::Abandoned { .. } | Fate::Blocked => lost += 1,
            Fate::Waiting => {}
        }
    }
    let came: u64 = batches.iter().map(|batch| batch.came).sum();
    let in_time: u64 = batches.iter().map(|batch| batch.in_time).sum();
    let part = |some: u64, all: u64| if all == 0 { 0.0 } else { some as f64 / all as f64 };
    QueueReached {
        service_level: part(in_time, came),
        half_width: half_width(&batches),
        lost: part(lost, came),
        mean_wait_s: part(wait_us, answered) / 1e6,
    }
}

fn half_width(batches: &[Batch]) -> f64 {
    let levels: Vec<f64> =
        batches.iter().filter(|batch| batch.came > 0).map(|batch| batch.in_time as f64 / batch.came as f64).collect();
    if levels.len() < 2 {
        return 1.0;
    }
    let count = levels.len() as f64;
    let mean = levels.iter().sum::<f64>() / count;
    let variance = levels.iter().map(|level| (level - mean) * (level - mean)).sum::<f64>() / (count - 1.0);
    T_95 * (variance / count).sqrt()
}

/// The rules with queues and agents numbered from 0, as the simulated world counts them.
fn prepared(rules: &Rules, agents: u32) -> Rules {
    let id = |queue: QueueId| Some(QueueId(class_of(rules, queue))).filter(|id| id.0 != u32::MAX);
    let step = |step: &RelaxStep| RelaxStep {
        add_queues: step.add_queues.iter().filter_map(|queue| id(*queue)).collect(),
        ..step.clone()
    };
    let queue = |(rule, ix): (&QueueRule, u32)| QueueRule {
        id: QueueId(ix),
        relax: rule.relax.iter().map(step).collect(),
        overflow: rule.overflow.iter().filter_map(|over| Some(Overflow { to: id(over.to)?, ..*over })).collect(),
        wrap_up: WrapUp { mode: WrapUpMode::None, seconds: 0 },
        ring_several: 1,
        hours: None,
        redial_s: 0,
        announce_s: 0,
        ..rule.clone()
    };
    let agent = |(rule, ix): (&AgentRule, u32)| AgentRule {
        id: AgentId(ix),
        key: ix.to_string(),
        queues: rule.queues.iter().filter_map(|queue| id(*queue)).collect(),
        capacity: Vec::new(),
        service_ms: rule.service_ms.iter().filter_map(|(queue, ms)| Some((id(*queue)?, *ms))).collect(),
        ..rule.clone()
    };
    let order = shuffled(&rules.agents);
    Rules {
        queues: rules.queues.iter().zip(0..).map(queue).collect(),
        agents: order.into_iter().cycle().zip(0..agents).map(agent).collect(),
        max_contacts: None,
        ..rules.clone()
    }
}

fn shuffled(agents: &[AgentRule]) -> Vec<&AgentRule> {
    let mut order: Vec<&AgentRule> = agents.iter().collect();
    let mut rng = Rng::new(1);
    for last in (1..order.len()).rev() {
        order.swap(last, rng.below(last as u64 + 1) as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acd::figures::erlang::{Input, staff};
    use crate::acd::{Requirement, SkillNeed};
    use crate::base::SkillId;

    fn rules(skills: &[u32]) -> Rules {
        let queue = |(id, skill): (u32, &u32)| QueueRule {
            id: QueueId(10 + id),
            key: format!("q{id}"),
            requirement: Requirement {
                all: vec![SkillNeed { skill: SkillId(*skill), min: 1, weight: 1 }],
                any: vec![],
            },
            ..QueueRule::default()
        };
        let agent = |id: u32| AgentRule {
            id: AgentId(id),
            key: format!("a{id}"),
            skills: vec![(SkillId(1), 5), (SkillId(2), 5)],
            ..AgentRule::default()
        };
        Rules {
            queues: (0..).zip(skills).map(queue).collect(),
            agents: (0..3).map(agent).collect(),
            ..Rules::default()
        }
    }

    fn load(queue: u32, calls_per_hour: f64) -> Load {
        Load {
            queue: QueueId(queue),
            calls_per_hour,
            handling_s: 180.0,
            patience_s: Some(120.0),
            target: 0.8,
            within_s: 20.0,
        }
    }

    #[test]
    fn one_queue_needs_what_the_calculator_says() {
        let reached = simulate_staff(&rules(&[1]), &[load(10, 120.0)], 1).unwrap();
        let input = Input { agents: 1, load: 6.0, aht: 180.0, patience: Some(120.0), lines: None, within: 20.0 };
        let (agents, output) = staff(&input, 0.8).unwrap();
        assert!(reached.agents.abs_diff(agents) <= 1, "{reached:?} {agents}");
        let exact = simulate_agents(&rules(&[1]), &[load(10, 120.0)], agents, 2);
        assert!((exact.queues[0].service_level - output.sl_offered).abs() < 0.02, "{exact:?} {output:?}");
        assert!(exact.queues[0].half_width < 0.03);
    }

    #[test]
    fn two_queues_that_share_agents_need_fewer_than_alone() {
        let both = simulate_staff(&rules(&[1, 2]), &[load(10, 60.0), load(11, 60.0)], 1).unwrap();
        let one = simulate_staff(&rules(&[1]), &[load(10, 60.0)], 1).unwrap();
        assert!(both.agents < 2 * one.agents, "{both:?} {one:?}");
        assert_eq!(both.queues.len(), 2);
    }

    #[test]
    fn a_queue_that_nobody_serves_is_not_helped_by_more_agents() {
        assert_eq!(simulate_staff(&rules(&[9]), &[load(10, 20.0)], 1), None);
    }
}
