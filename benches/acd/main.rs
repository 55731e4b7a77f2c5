//! The router under load: events a second, latency of a decision with its journal line, mass log-in, a
//! day of calls, memory, and a peer's polling loop for scale. Prints one table; see README.md here.

#![allow(clippy::disallowed_methods, reason = "a bench reads the clock")]

mod center;
mod latency;
mod memory;
mod polling;
mod yesterday;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant as Clock};

use carillon::acd::simulate::{Scenario, replicate};
use carillon::acd::what_if::{Question, what_if};
use carillon::acd::{Entry, Replay};
use carillon::base::Instant;
use center::Center;

#[global_allocator]
static MEMORY: memory::Counting = memory::Counting;

/// `cargo bench --bench acd -- latency memory` runs these parts only.
fn main() {
    const PARTS: [(&str, fn()); 7] = [
        ("throughput", throughput),
        ("latency", latency),
        ("login", mass_log_in),
        ("day", day),
        ("yesterday", yesterday),
        ("memory", memory_per_item),
        ("polling", polling_for_scale),
    ];
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    println!("{:<58} {:>14} {:>14}", "what", "reached", "target");
    for (_, part) in PARTS.iter().filter(|(name, _)| asked.is_empty() || asked.iter().any(|asked| asked == name)) {
        part();
    }
}

fn row(what: &str, reached: &str, target: &str) {
    println!("{what:<58} {reached:>14} {target:>14}");
}

fn throughput() {
    for (agents, waiting) in [(100, 20), (1_000, 500), (10_000, 5_000)] {
        for explain in [0, 12] {
            let mut center = Center::new(agents, 200, explain);
            center.fill_line(waiting);
            center.cycle(20_000);
            let before = memory::allocations();
            let (events, span) = timed(|| center.cycle_for(Duration::from_secs(1)));
            let allocations = (memory::allocations() - before) as f64 / events as f64;
            let note = if explain == 0 { "" } else { ", each decision explained" };
            let what = format!("events/s, {agents} agents x {waiting} waiting{note}");
            row(&what, &format!("{:.2} M", events as f64 / span.as_secs_f64() / 1e6), "1 M");
            row("   allocations an event", &format!("{allocations:.2}"), "");
        }
    }
    let mut center = Center::new(10_000, 200, 0);
    center.cycle_idle(20_000);
    let (events, span) = timed(|| center.cycle_idle(300_000));
    row(
        "events/s, 10000 idle agents, nobody waits",
        &format!("{:.2} M", events as f64 / span.as_secs_f64() / 1e6),
        "1 M",
    );
}

/// Time that this process has run since the last question: beside busy neighbours the clock counts theirs too.
fn on_processor() -> String {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let Some(now) = text.split(' ').next().and_then(|field| field.parse::<u64>().ok()) else { return "-".to_owned() };
    format!("{:.2} s", (now - LAST.swap(now, Ordering::Relaxed)) as f64 / 1e9)
}

fn timed(work: impl FnOnce() -> u64) -> (u64, Duration) {
    let start = Clock::now();
    let events = work();
    (events, start.elapsed())
}

fn latency() {
    for (journaled, what) in [(false, "explained"), (true, "explained and journaled")] {
        let mut center = Center::new(10_000, 200, 12);
        center.fill_line(5_000);
        center.cycle(20_000);
        let mut histogram = latency::Histogram::default();
        center.cycle_timed(300_000, journaled, &mut histogram);
        for (part, target) in [(0.5, ""), (0.99, "10 us"), (0.999, "100 us")] {
            let what = format!("decision latency p{}, {what}", part * 100.0);
            row(&what, &format!("{:.1} us", histogram.quantile(part) as f64 / 1e3), target);
        }
        row("   slowest", &format!("{:.0} us", histogram.quantile(1.0) as f64 / 1e3), "");
    }
}

fn mass_log_in() {
    for (agents, waiting, target) in [(10_000, 5_000, "100 ms"), (500, 5_000, ""), (5_000, 500, "")] {
        for together in [false, true] {
            let mut center = Center::signed_out(agents, 200);
            center.fill_line(waiting);
            let log_in = if together { Center::log_in_together } else { Center::log_in_everybody };
            let (taken, span) = timed(|| log_in(&mut center));
            let how = if together { "together" } else { "one by one" };
            let what = format!("{agents} agents log in {how} against {waiting} waiting");
            row(&what, &format!("{:.1} ms", span.as_secs_f64() * 1e3), target);
            row("   contacts that found an agent", &taken.to_string(), "");
        }
    }
}

fn day() {
    let scenario = Scenario::parse(include_str!("day.json")).expect("the scenario beside this file");
    let (events, span) = timed(|| replicate(&scenario, 1).events());
    row("a day of 200000 calls, simulated", &format!("{:.2} s", span.as_secs_f64()), "1 s");
    row("   events", &events.to_string(), "");
}

/// 2.3 calls a second, talk, ring and wrap-up of 275 s: some 640 agents are busy, 680 are there.
fn yesterday() {
    let day = yesterday::Yesterday::live(200_000, 680);
    let mut replay = Replay::new(Instant::ZERO);
    on_processor();
    let (_, span) = timed(|| {
        for entry in std::iter::once(Entry::Begin(Box::new(day.begin.clone()))).chain(day.entries.iter().cloned()) {
            replay.take(entry).expect("a journal in order");
        }
        replay.done().inputs
    });
    assert_eq!(replay.done().mismatches, 0);
    row("replay of a day of 200000 calls, compared", &format!("{:.2} s", span.as_secs_f64()), "1 s");
    row("   on the processor", &on_processor(), "");
    row("   inputs", &replay.done().inputs.to_string(), "");
    let (begin, entries, rules) = (day.begin, day.entries, yesterday::rules(700));
    let mut question = Question { begin, entries, to: day.end, rules, seed: 1, top: 10, ranges: false };
    on_processor();
    let (_, span) = timed(|| what_if(&question).winners);
    row("what-if over a day of 200000 calls", &format!("{:.2} s", span.as_secs_f64()), "1 s");
    row("   on the processor", &on_processor(), "");
    question.ranges = true;
    let (_, span) = timed(|| what_if(&question).winners);
    row("   with both ends of the patience", &format!("{:.2} s", span.as_secs_f64()), "");
}

fn memory_per_item() {
    let before = memory::in_use();
    let center = Center::new(10_000, 200, 0);
    let agents = memory::in_use() - before;
    drop(center);
    let mut center = Center::signed_out(10_000, 200);
    let before = memory::in_use();
    center.fill_line(5_000);
    let contacts = memory::in_use() - before;
    row("bytes an agent (5 of 200 skills each), idle", &(agents / 10_000).to_string(), "1024");
    row("bytes a waiting contact", &(contacts / 5_000).to_string(), "512");
}

fn polling_for_scale() {
    for (agents, waiting) in [(100, 20), (1_000, 500), (10_000, 5_000)] {
        let span = polling::one_round(agents, waiting);
        let what = format!("one round of a polling loop, {agents} x {waiting} (every 100 ms)");
        row(&what, &format!("{:.2} ms", span.as_secs_f64() * 1e3), "");
    }
}
