//! `carillon simulate outbound`: files and threads around the simulator of campaigns.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context;
use clap::Args;

use crate::campaign::{Day, Policy, Scenario, Summary, run_day, summarise, tune};

#[derive(Args, Debug)]
pub struct OutboundArgs {
    /// The scenario (JSON); docs/campaigns.md
    #[arg(value_name = "SCENARIO.json")]
    pub scenario: PathBuf,
    /// Days, each with a seed of its own; the scenario's own number unless given
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub seeds: Option<u32>,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

pub fn simulate(args: &OutboundArgs) -> anyhow::Result<()> {
    let name = args.scenario.display().to_string();
    let text = std::fs::read_to_string(&args.scenario).with_context(|| name.clone())?;
    let mut scenario = Scenario::parse(&text).with_context(|| name)?;
    scenario.seeds = args.seeds.unwrap_or(scenario.seeds);
    let bold = if scenario.policies.contains(&Policy::Oracle) { tune(&scenario) } else { 0.0 };
    let summary = summarise(&scenario, &days(&scenario, args.seed, bold));
    if args.json {
        println!("{}", serde_json::to_string_pretty(&summary)?);
    } else {
        print!("{}", table(&summary));
    }
    Ok(())
}

/// Spread over the cores; the result does not depend on how.
fn days(scenario: &Scenario, seed: u64, bold: f64) -> BTreeMap<Policy, Vec<Day>> {
    let seeds = scenario.seeds as usize;
    let all = seeds * scenario.policies.len();
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(all.max(1));
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(policy) = scenario.policies.get(at / seeds) else { return done };
            done.push((at, *policy, run_day(scenario, *policy, seed.wrapping_add((at % seeds) as u64), bold)));
        }
    };
    let mut done: Vec<_> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        handles.into_iter().flat_map(|handle| handle.join().unwrap_or_default()).collect()
    });
    done.sort_by_key(|(at, ..)| *at);
    let mut days: BTreeMap<Policy, Vec<Day>> = BTreeMap::new();
    for (_, policy, day) in done {
        days.entry(policy).or_default().push(day);
    }
    days
}

/// Figures as rows, policies as columns; shares as they are, 0 to 1.
fn table(summary: &Summary) -> String {
    let mut text = format!("{}: {} seeds, cap {}\n\n{:<32}", summary.scenario, summary.seeds, summary.cap, "");
    let policies: Vec<_> = summary.policies.values().collect();
    for policy in summary.policies.keys() {
        let _ = write!(text, "{:>24}", policy.name());
    }
    let names = policies.first().map(|first| first.figures.keys().copied().collect::<Vec<_>>()).unwrap_or_default();
    for name in names {
        let _ = write!(text, "\n{name:<32}");
        for of in &policies {
            let told = of.figures.get(name).map(|it| format!("{:.4} ± {:.4}", it.mean, it.hw95)).unwrap_or_default();
            let _ = write!(text, "{told:>24}");
        }
    }
    let mut row = |name: &str, told: Vec<String>| {
        let _ = write!(text, "\n{name:<32}");
        told.iter().for_each(|told| {
            let _ = write!(text, "{told:>24}");
        });
    };
    row("worst_rate", policies.iter().map(|of| format!("{:.4}", of.worst_rate)).collect());
    row("days_above_cap", policies.iter().map(|of| of.days_above_cap.to_string()).collect());
    row("breaches", policies.iter().map(|of| of.breaches.to_string()).collect());
    row("certified_dials", policies.iter().map(|of| of.certified.to_string()).collect());
    row("hopper_bytes", policies.iter().map(|of| of.hopper_bytes.to_string()).collect());
    for (policy, of) in &summary.policies {
        for (why, share) in &of.not_now {
            let _ = write!(text, "\n{}: no call, {why:?}: {share:.4} of the day", policy.name());
        }
        of.flaws.iter().for_each(|flaw| {
            let _ = write!(text, "\n{}: the certificate does not hold: {flaw}", policy.name());
        });
    }
    text.push('\n');
    text
}
