//! The days of all seeds together, policy by policy.

use std::collections::BTreeMap;

use serde::Serialize;

use super::day::Day;
use super::policy::{Dialler, law};
use super::scenario::{Policy, Scenario};
use super::world::World;
use crate::campaign::pace::NotNow;

/// The result file.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    pub scenario: String,
    pub seeds: u32,
    pub cap: f64,
    pub policies: BTreeMap<Policy, Compared>,
}

/// One policy over all seeds.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// Means of a day.
    pub figures: BTreeMap<&'static str, Mean>,
    /// The worst day's share of abandoned calls, and days on which it was above the cap.
    pub worst_rate: f64,
    pub days_above_cap: u32,
    /// Of ours: instants at which more was spent than earned; certificates that do not hold; the memory of the hopper.
    pub breaches: u64,
    pub flaws: Vec<String>,
    pub certified: u64,
    pub hopper_bytes: u64,
    /// Share of the day in which no call was made, by why.
    pub not_now: BTreeMap<NotNow, f64>,
}

/// A mean over the seeds, and half the width of its 95 % interval.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Mean {
    pub mean: f64,
    pub hw95: f64,
}

/// One day under one policy; `bold`: of the oracle.
pub fn run_day(scenario: &Scenario, policy: Policy, seed: u64, bold: f64) -> Day {
    World::new(scenario, law(scenario), seed, Dialler::new(policy, scenario, bold)).run()
}

/// How bold the oracle may be: the boldest that stays below the cap on average over a few days of other seeds.
pub fn tune(scenario: &Scenario) -> f64 {
    let cap = scenario.law.cap_percent / 100.0;
    let (mut low, mut high) = (0.0, 0.9);
    for _ in 0..8 {
        let bold = (low + high) / 2.0;
        let days: Vec<Day> = (0..3).map(|seed| run_day(scenario, Policy::Oracle, 1_000_000 + seed, bold)).collect();
        let bad: u64 = days.iter().map(|day| day.abandoned).sum::<u64>()
            + (days.iter().map(|day| day.machines).sum::<u64>() as f64 * scenario.detection.allowed) as u64;
        let good: u64 = days.iter().map(|day| day.served).sum();
        if bad as f64 > cap * (bad + good) as f64 { high = bold } else { low = bold }
    }
    low
}

/// Puts the days of each policy together.
pub fn summarise(scenario: &Scenario, days: &BTreeMap<Policy, Vec<Day>>) -> Summary {
    let cap = scenario.law.cap_percent / 100.0;
    let policies = days.iter().map(|(policy, days)| (*policy, compared(scenario, cap, days))).collect();
    Summary { scenario: scenario.name.clone(), seeds: scenario.seeds, cap, policies }
}

fn compared(scenario: &Scenario, cap: f64, days: &[Day]) -> Compared {
    let count = days.len().max(1) as f64;
    let mut figures: BTreeMap<&'static str, Vec<f64>> = BTreeMap::new();
    let mut not_now: BTreeMap<NotNow, f64> = BTreeMap::new();
    for day in days {
        for (name, figure) in day.figures() {
            figures.entry(name).or_default().push(figure);
        }
        for (why, seconds) in &day.not_now {
            *not_now.entry(*why).or_default() += seconds / (scenario.hours * 3_600.0) / count;
        }
    }
    Compared {
        figures: figures.into_iter().map(|(name, values)| (name, mean(&values))).collect(),
        worst_rate: days.iter().map(|day| day.rate).fold(0.0, f64::max),
        days_above_cap: days.iter().map(|day| u32::from(day.rate > cap)).sum(),
        breaches: days.iter().map(|day| day.breaches).sum(),
        flaws: days.iter().filter_map(|day| day.flaw.clone()).take(5).collect(),
        certified: days.iter().map(|day| day.certified).sum(),
        hopper_bytes: days.iter().map(|day| day.hopper_bytes).max().unwrap_or_default(),
        not_now,
    }
}

fn mean(values: &[f64]) -> Mean {
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    Mean { mean, hw95: 1.96 * (variance / count).sqrt() }
}
