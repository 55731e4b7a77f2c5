//! Days made to break the promise: everything that can go wrong, at random, from a seed.

use super::scenario::{Detection, Drift, Group, Harm, Hostile, Inbound, LawOf, List, Policy, Ring, Scenario, Time};
use crate::base::Rng;
use crate::campaign::pace::{Counting, Mode};

/// A short day of few agents. `vanish`: agents vanish too, the server is killed, who answers as they are given up hears
/// nobody, and callers take agents who are held: what no dialler can foresee.
pub fn hostile_day(seed: u64, vanish: bool) -> Scenario {
    let mut rng = Rng::new(seed ^ 0x00ff_1234_5678);
    let mut between = |low: f64, high: f64| low + (high - low) * rng.unit();
    let person = between(0.05, 0.9);
    let rest = 1.0 - person;
    let list = List {
        entries: 600,
        person,
        machine: rest * between(0.0, 0.7),
        busy: rest * 0.1,
        failed: rest * 0.1,
        kind: 0,
        zones: vec!["UTC".to_owned()],
    };
    let modes = [Mode::Predictive, Mode::Predictive, Mode::Power { ratio_percent: 300 }, Mode::Progressive];
    let mode = modes[between(0.0, 3.999) as usize];
    let counting = if between(0.0, 1.0) < 0.5 { Counting::Ofcom } else { Counting::Ftc };
    let served_before = between(0.0, 600.0) as u64;
    let mut harms = vec![Harm::AllAnswer, Harm::TrunkFails, Harm::LateAnswers, Harm::ClockJumps];
    if vanish {
        harms.extend([Harm::AgentsVanish, Harm::AgentsVanish, Harm::Kill, Harm::CrossedAnswers]);
    }
    let hours = 0.5;
    let hostile = (0..6).map(|_| Hostile {
        at_min: between(0.0, hours * 60.0),
        for_min: between(0.02, 4.0),
        what: harms[between(0.0, harms.len() as f64 - 0.001) as usize],
    });
    let hostile = hostile.collect();
    let drift = (0..3).map(|_| Drift { at_min: between(0.0, 30.0), person_factor: between(0.2, 4.0) }).collect();
    Scenario {
        name: format!("hostile day {seed}"),
        about: serde::de::IgnoredAny,
        hours,
        seeds: 1,
        law: LawOf { counting, cap_percent: between(0.5, 5.0), served_before },
        mode,
        agents: vec![Group { count: between(1.0, 8.0) as u32, from_min: 0.0, to_min: None }],
        talk: Time { mean_s: between(10.0, 120.0), cv: 1.0 },
        wrap: Time { mean_s: between(0.0, 20.0), cv: 0.5 },
        lists: vec![list],
        do_not_call: 0.05,
        ring: Ring { at_most_s: between(10.0, 30.0), ..Ring::default() },
        detection: Detection { missed: between(0.0, 0.4), allowed: between(0.0, 0.1), ..Detection::default() },
        inbound: Some(Inbound { per_hour: between(1.0, 120.0), talk: Time { mean_s: 40.0, cv: 1.0 }, first: vanish }),
        drift,
        hostile,
        policies: vec![Policy::Ours],
    }
}
