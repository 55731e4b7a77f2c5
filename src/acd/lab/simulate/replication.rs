//! One replication: the scenario run once from one seed, as metrics.

use std::collections::BTreeMap;

use super::call::{Call, Fate};
use super::center::{mean_service, rules};
use super::distribution::{Distribution, exponential};
use super::measure::{ClassCount, Window};
use super::scenario::{Class, Scenario};
use super::world::{Event, World};
use crate::base::Rng;

pub(super) type Metrics = BTreeMap<String, Option<f64>>;

/// The metrics of one run; `None` where nothing happened that could be measured.
#[derive(Clone, Debug, Default)]
pub struct Replication {
    pub(super) classes: BTreeMap<String, Metrics>,
    /// By class, then group.
    pub(super) shares: BTreeMap<String, Metrics>,
    pub(super) groups: BTreeMap<String, Metrics>,
    pub(super) all: Metrics,
    pub(super) unresolved: u64,
    pub(super) events: u64,
}

impl Replication {
    /// Simulated events.
    pub fn events(&self) -> u64 {
        self.events
    }
}

/// Runs the scenario once. The same seed gives the same metrics.
pub fn replicate(scenario: &Scenario, seed: u64) -> Replication {
    let window = Window { from: micros(scenario.run.warmup), to: micros(scenario.run.horizon) };
    let mut world = world_of(scenario, seed);
    let mut seeds = Rng::new(seed);
    // Calls of the window that are still open at its end are followed, but not for ever.
    let last = window.to.saturating_add((window.to / 2).max(micros(86_400.0)));
    let source = |class| Source { class, rng: seeds.fork(), clock: 0.0, until: last as f64 / 1e6 };
    let mut sources: Vec<Source> = scenario.classes.iter().map(source).collect();
    for (source, ix) in sources.iter_mut().zip(0..) {
        source.schedule(&mut world, ix);
    }
    world.follow_until = window.to;
    while let Some((at, event)) = world.next() {
        if at > last || (at >= window.to && world.open == 0) {
            break;
        }
        match event {
            Event::Arrival { source } => {
                let call = sources[source as usize].call(source, at);
                world.arrive(call);
                sources[source as usize].schedule(&mut world, source);
            }
            event => world.act(at, event),
        }
    }
    measure(scenario, &world, window)
}

fn world_of(scenario: &Scenario, seed: u64) -> World {
    let groups = || scenario.groups.iter().zip(0u32..);
    let group_of = groups().flat_map(|(group, ix)| std::iter::repeat_n(ix, group.agents as usize)).collect();
    let pace = |group| {
        scenario.classes.iter().map(move |class| match (mean_service(class, group), class.service) {
            (Some(own), Some(usual)) => own / scalable(usual).mean,
            _ => 1.0,
        })
    };
    let paces = scenario.groups.iter().map(|group| pace(group).collect()).collect();
    let with_shifts: Vec<bool> = scenario.groups.iter().map(|group| group.shifts.is_some()).collect();
    let mut world = World::new(rules(scenario), seed, group_of, paces, &with_shifts);
    for (group, ix) in groups() {
        for (start, end) in group.shifts.iter().flatten() {
            world.schedule(micros(*start), Event::LogIn { group: ix });
            world.schedule(micros(*end), Event::LogOut { group: ix });
        }
    }
    world
}

/// The calls of one class.
struct Source<'a> {
    class: &'a Class,
    rng: Rng,
    /// Seconds of the last arrival.
    clock: f64,
    /// Seconds after which nobody comes any more.
    until: f64,
}

/// Seconds of one entry of a rate profile.
const PROFILE_STEP_S: f64 = 1_800.0;

impl<'a> Source<'a> {
    fn schedule(&mut self, world: &mut World, source: u32) {
        if let Some(next) = self.next() {
            self.clock = next;
            world.schedule(micros(next), Event::Arrival { source });
        }
    }

    /// Seconds of the next arrival: a Poisson process whose rate is constant in each half-hour.
    fn next(&mut self) -> Option<f64> {
        let mut owed = exponential(&mut self.rng);
        let Some(profile) = self.class.rate_profile.as_ref().filter(|profile| !profile.is_empty()) else {
            let rate = self.class.rate_per_hour.filter(|rate| *rate > 0.0)?;
            return Some(self.clock + owed * 3_600.0 / rate);
        };
        if profile.iter().all(|rate| *rate <= 0.0) {
            return None;
        }
        let mut at = self.clock;
        let mut step = (at / PROFILE_STEP_S) as usize;
        while at <= self.until {
            let rate = profile[step % profile.len()] / 3_600.0;
            let end = (step + 1) as f64 * PROFILE_STEP_S;
            let possible = rate * (end - at);
            if owed < possible {
                return Some(at + owed / rate);
            }
            owed -= possible;
            at = end;
            step += 1;
        }
        None
    }

    fn call(&mut self, class: u32, at_us: u64) -> Call {
        Call {
            class,
            arrived_us: at_us,
            service_us: self.class.service.map_or(0, |law| micros(scalable(law).draw(&mut self.rng))),
            patience_us: self.class.patience.map(|patience| micros(patience.draw(&mut self.rng))),
            fate: Fate::Waiting,
        }
    }
}

/// A group may be slower than a class whose own mean is nothing: such a law is drawn with mean 1 and
/// the pace of each group says the rest.
fn scalable(law: Distribution) -> Distribution {
    Distribution { mean: if law.mean > 0.0 { law.mean } else { 1.0 }, ..law }
}

pub(super) fn micros(seconds: f64) -> u64 {
    (seconds * 1e6).round() as u64
}

fn measure(scenario: &Scenario, world: &World, window: Window) -> Replication {
    let empty = ClassCount { by_group: vec![0; scenario.groups.len()], ..ClassCount::default() };
    let mut counts = vec![empty; scenario.classes.len()];
    for call in &world.calls {
        let (count, class) = (&mut counts[call.class as usize], &scenario.classes[call.class as usize]);
        count.queue_time += window.overlap(waiting_span(call)) as f64 / 1e6;
        if window.holds(call.arrived_us) {
            count.add(call, micros(class.sl_threshold.unwrap_or(20.0)), |agent| {
                let group = world.group_of(agent);
                (group, scenario.groups[group as usize].skills.get(&class.name) == Some(&1))
            });
        }
    }
    let mut total = ClassCount::default();
    let mut result = Replication { events: world.steps, ..Replication::default() };
    for (class, count) in scenario.classes.iter().zip(&mut counts) {
        total.merge(count);
        let mut metrics = class_metrics(count, window);
        metrics.insert("share_level1".into(), ratio(count.level_one as f64, count.answered as f64));
        result.classes.insert(class.name.clone(), metrics);
        let share = |(group, answered): (&super::scenario::Group, &u64)| {
            let can = group.skills.contains_key(&class.name);
            can.then(|| (group.name.clone(), ratio(*answered as f64, count.answered as f64)))
        };
        result
            .shares
            .insert(class.name.clone(), scenario.groups.iter().zip(&count.by_group).filter_map(share).collect());
    }
    result.unresolved = total.unresolved;
    result.all = class_metrics(&mut total, window);
    measure_agents(scenario, world, window, &mut result);
    result
}

fn waiting_span(call: &Call) -> (u64, u64) {
    match call.fate {
        Fate::Answered { at_us, .. } | Fate::Abandoned { at_us } => (call.arrived_us, at_us),
        Fate::Waiting => (call.arrived_us, u64::MAX),
        Fate::Blocked => (call.arrived_us, call.arrived_us),
    }
}

fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

fn class_metrics(count: &mut ClassCount, window: Window) -> Metrics {
    let entered = (count.offered - count.blocked) as f64;
    let answered = count.answered as f64;
    let within = count.answered_within as f64;
    let wait_answered: f64 = count.waits.iter().sum();
    let mut metrics = Metrics::from([
        ("offered".into(), Some(count.offered as f64)),
        ("p_block".into(), ratio(count.blocked as f64, count.offered as f64)),
        ("p_abandon".into(), ratio(count.abandoned as f64, entered)),
        ("p_wait".into(), ratio(count.waited as f64, entered)),
        ("asa".into(), ratio(wait_answered, answered)),
        ("mean_wait".into(), ratio(count.wait_all, entered)),
        ("mean_wait_ab".into(), ratio(count.wait_abandoned, count.abandoned as f64)),
        ("sl_offered".into(), ratio(within, entered)),
        ("sl_answered".into(), ratio(within, answered)),
        ("sl_excl_short".into(), ratio(within, entered - count.abandoned_within as f64)),
        ("mean_queue".into(), Some(count.queue_time / window.seconds())),
    ]);
    count.waits.sort_unstable_by(f64::total_cmp);
    for (name, part) in [("p50", 0.5), ("p80", 0.8), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)] {
        metrics.insert(name.into(), quantile(&count.waits, part));
    }
    metrics
}

/// Linear between the neighbours.
fn quantile(sorted: &[f64], part: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = part * last as f64;
    let (low, high) = (at.floor() as usize, at.ceil() as usize);
    Some(sorted[low] + (sorted[high] - sorted[low]) * (at - low as f64))
}

fn measure_agents(scenario: &Scenario, world: &World, window: Window, result: &mut Replication) {
    let mut occupancies = Vec::new();
    let (mut busy_all, mut signed_in_all) = (0, 0);
    for (group, ix) in scenario.groups.iter().zip(0u32..) {
        let members = world.agents.iter().zip(0u32..).filter(|(_, agent)| world.group_of(*agent) == ix);
        let (mut busy, mut signed_in, mut begun) = (0, 0, 0u64);
        let mut spells = Vec::new();
        for (agent, _) in members {
            let (own_busy, own_signed_in) = agent.times(window);
            busy += own_busy;
            signed_in += own_signed_in;
            occupancies.extend(ratio(own_busy as f64, own_signed_in as f64));
            begun += agent.busy.iter().filter(|(from, _)| window.holds(*from)).count() as u64;
            let inside = agent.idle.iter().filter(|(_, to)| window.holds(*to));
            spells.extend(inside.map(|(from, to)| (to - from) as f64 / 1e6));
        }
        busy_all += busy;
        signed_in_all += signed_in;
        let (mean, cv) = mean_and_cv(&spells);
        let hours = signed_in as f64 / 3.6e9;
        let metrics = Metrics::from([
            ("occupancy".into(), ratio(busy as f64, signed_in as f64)),
            ("calls_per_agent_hour".into(), ratio(begun as f64, hours)),
            ("idle_mean".into(), mean),
            ("idle_cv".into(), cv),
        ]);
        result.groups.insert(group.name.clone(), metrics);
    }
    result.all.insert("occupancy".into(), ratio(busy_all as f64, signed_in_all as f64));
    let sum: f64 = occupancies.iter().sum();
    let squares: f64 = occupancies.iter().map(|x| x * x).sum();
    result.all.insert("jain_occupancy".into(), ratio(sum * sum, occupancies.len() as f64 * squares));
}

fn mean_and_cv(values: &[f64]) -> (Option<f64>, Option<f64>) {
    let Some(mean) = ratio(values.iter().sum(), values.len() as f64) else { return (None, None) };
    let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / values.len() as f64;
    (Some(mean), ratio(variance.sqrt(), mean))
}
