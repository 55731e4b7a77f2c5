//! Replications together: mean of each metric and half the width of its 95 % interval.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::replication::{Metrics, Replication};

/// Mean over the replications that could measure it; `hw95` is `None` for a single one.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Estimate {
    pub mean: f64,
    pub hw95: Option<f64>,
}

type Estimates = BTreeMap<String, Option<Estimate>>;

/// The result file.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Summary {
    pub scenario: String,
    pub replications: u32,
    pub seed: u64,
    pub horizon: f64,
    pub warmup: f64,
    /// Mean number of simulated events in a replication.
    pub events: f64,
    pub classes: BTreeMap<String, ClassSummary>,
    pub groups: BTreeMap<String, Estimates>,
    pub all: Estimates,
    /// Mean number of counted calls whose fate was still open at the end.
    pub unresolved: f64,
}

#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ClassSummary {
    #[serde(flatten)]
    pub metrics: Estimates,
    pub share: Estimates,
}

pub fn summarise(scenario: &super::Scenario, seed: u64, replications: &[Replication]) -> Summary {
    let count = replications.len().max(1) as f64;
    let class = |name: &String| ClassSummary {
        metrics: together(replications.iter().filter_map(|r| r.classes.get(name))),
        share: together(replications.iter().filter_map(|r| r.shares.get(name))),
    };
    let group = |name: &String| together(replications.iter().filter_map(|r| r.groups.get(name)));
    Summary {
        scenario: scenario.name.clone(),
        replications: replications.len() as u32,
        seed,
        horizon: scenario.run.horizon,
        warmup: scenario.run.warmup,
        events: replications.iter().map(|r| r.events as f64).sum::<f64>() / count,
        classes: scenario.classes.iter().map(|c| (c.name.clone(), class(&c.name))).collect(),
        groups: scenario.groups.iter().map(|g| (g.name.clone(), group(&g.name))).collect(),
        all: together(replications.iter().map(|r| &r.all)),
        unresolved: replications.iter().map(|r| r.unresolved as f64).sum::<f64>() / count,
    }
}

fn together<'a>(runs: impl Iterator<Item = &'a Metrics>) -> Estimates {
    let runs: Vec<&Metrics> = runs.collect();
    let names: BTreeSet<&String> = runs.iter().flat_map(|run| run.keys()).collect();
    let values = |name: &String| runs.iter().filter_map(|run| run.get(name).copied().flatten()).collect::<Vec<f64>>();
    names.into_iter().map(|name| (name.clone(), estimate(&values(name)))).collect()
}

fn estimate(values: &[f64]) -> Option<Estimate> {
    let count = values.len();
    if count == 0 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / count as f64;
    let hw95 = (count > 1).then(|| {
        let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (count - 1) as f64;
        t_quantile(count - 1) * (variance / count as f64).sqrt()
    });
    Some(Estimate { mean, hw95 })
}

/// 97.5 % point of Student's t, by degrees of freedom (table; Cornish-Fisher expansion above it).
fn t_quantile(freedom: usize) -> f64 {
    const TABLE: [f64; 10] = [12.7062, 4.30265, 3.18245, 2.77645, 2.57058, 2.44691, 2.36462, 2.306, 2.26216, 2.22814];
    const NORMAL: f64 = 1.959_964;
    match TABLE.get(freedom - 1) {
        Some(value) => *value,
        None => {
            let (n, z) = (freedom as f64, NORMAL);
            let first = (z.powi(3) + z) / (4.0 * n);
            let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * n * n);
            let third = (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / (384.0 * n.powi(3));
            z + first + second + third
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_widths_follow_student() {
        assert!((t_quantile(39) - 2.02269).abs() < 1e-4);
        assert!((t_quantile(11) - 2.20099).abs() < 2e-4);
        let two = estimate(&[1.0, 3.0]).unwrap();
        assert!((two.mean - 2.0).abs() < 1e-12 && (two.hw95.unwrap() - 12.7062).abs() < 1e-9);
        assert_eq!(estimate(&[5.0]).unwrap().hw95, None);
        assert_eq!(estimate(&[]), None);
    }
}
