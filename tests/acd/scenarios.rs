//! Short runs of the shared scenarios: inside the bands, widened by what a short run must be allowed.

use carillon::acd::simulate::{Scenario, replicate, summarise};
use serde_json::Value;

/// Metrics with the absolute tolerance of the judge, and whether 3 % of the value will do as well.
const BANDS: [(&str, f64, bool); 8] = [
    ("sl_offered", 0.01, false),
    ("sl_answered", 0.01, false),
    ("sl_excl_short", 0.01, false),
    ("p_abandon", 0.005, false),
    ("p_wait", 0.01, false),
    ("asa", 0.2, true),
    ("share_level1", 0.01, false),
    ("occupancy", 0.005, false),
];

fn in_bands(scenario: &str, expected: &str, horizon: f64, replications: u64) {
    let mut scenario = Scenario::parse(scenario).unwrap();
    scenario.run.horizon = horizon;
    scenario.run.warmup = horizon / 20.0;
    let runs: Vec<_> = (0..replications).map(|seed| replicate(&scenario, seed + 1)).collect();
    let got = serde_json::to_value(summarise(&scenario, 1, &runs)).unwrap();
    let expected: Value = serde_json::from_str(expected).unwrap();
    let mut wrong = Vec::new();
    for part in ["classes", "groups"] {
        for (name, wanted) in expected[part].as_object().unwrap() {
            compare(&format!("{part}.{name}"), &got[part][name], wanted, &mut wrong);
        }
    }
    compare("all", &got["all"], &expected["all"], &mut wrong);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn compare(place: &str, got: &Value, wanted: &Value, wrong: &mut Vec<String>) {
    for (metric, absolute, relative) in BANDS {
        let Some(value) = wanted[metric]["mean"].as_f64() else { continue };
        let Some(found) = got[metric]["mean"].as_f64() else {
            wrong.push(format!("{place}.{metric} is missing"));
            continue;
        };
        let joint = 1.5 * (got[metric]["hw95"].as_f64().unwrap() + wanted[metric]["hw95"].as_f64().unwrap());
        let band = if relative { absolute.max(0.03 * value) } else { absolute };
        if (found - value).abs() > band.max(joint) {
            wrong.push(format!("{place}.{metric}: {found} instead of {value}"));
        }
    }
}

#[test]
fn one_class_one_group() {
    in_bands(include_str!("scenarios/s01_mm10.json"), include_str!("expected/s01_mm10.json"), 600_000.0, 6);
}

#[test]
fn n_design() {
    in_bands(include_str!("scenarios/s12_n_design.json"), include_str!("expected/s12_n_design.json"), 300_000.0, 6);
}

#[test]
fn widening_rings() {
    in_bands(include_str!("scenarios/s17_bullseye.json"), include_str!("expected/s17_bullseye.json"), 150_000.0, 6);
}

#[test]
fn the_same_seed_gives_the_same_figures() {
    let mut scenario = Scenario::parse(include_str!("scenarios/s17_bullseye.json")).unwrap();
    scenario.run.horizon = 30_000.0;
    scenario.run.warmup = 0.0;
    let run = |seed| serde_json::to_string(&summarise(&scenario, seed, &[replicate(&scenario, seed)])).unwrap();
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
}
