//! Ten thousand hostile days under the cap, and a hopper of a million. `cargo bench --bench campaign [-- DAYS]`.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests and benches have clocks and tasks")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use carillon::base::Instant as At;
use carillon::campaign::{
    AttemptRules, Attempted, CallHours, CampaignId, Hopper, NewEntry, PersonKey, Policy, Tries, hostile_day, run_day,
};

fn main() {
    let days = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(10_000);
    hopper();
    cap(days);
}

#[derive(Default)]
struct Sum {
    days: u64,
    dials: u64,
    over: u64,
    abandoned: u64,
    lost: u64,
    above: u64,
    breaches: u64,
    flaws: u64,
    worst: f64,
}

/// Half of the days with agents who vanish, half without.
fn cap(days: u64) {
    let start = Instant::now();
    let next = AtomicU64::new(0);
    let work = || {
        let mut sums = [Sum::default(), Sum::default()];
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= days {
                return sums;
            }
            let vanish = seed % 2 == 1;
            let scenario = hostile_day(seed, vanish);
            let day = run_day(&scenario, Policy::Ours, seed, 0.0);
            let sum = &mut sums[usize::from(vanish)];
            let cap = scenario.law.cap_percent / 100.0;
            sum.days += 1;
            sum.dials += day.dials;
            sum.over += day.over_dials;
            sum.abandoned += day.abandoned;
            sum.lost += day.counted_lost;
            sum.above += u64::from(day.rate > cap + 1e-9);
            sum.breaches += day.breaches;
            sum.flaws += u64::from(day.flaw.is_some());
            sum.worst = sum.worst.max(day.rate / cap);
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let all: Vec<[Sum; 2]> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        handles.into_iter().map(|handle| handle.join().unwrap()).collect()
    });
    for (vanish, name) in ["agents stay", "agents vanish, kills"].into_iter().enumerate() {
        let sum = |of: fn(&Sum) -> u64| all.iter().map(|sums| of(&sums[vanish])).sum::<u64>();
        let worst = all.iter().map(|sums| sums[vanish].worst).fold(0.0, f64::max);
        println!(
            "{name}: {} days, {} calls ({} without an agent), {} abandoned, {} lost; spent above earned: {} times; \
             days above the cap: {} (worst {worst:.3} of it); certificates that do not hold: {}",
            sum(|it| it.days),
            sum(|it| it.dials),
            sum(|it| it.over),
            sum(|it| it.abandoned),
            sum(|it| it.lost),
            sum(|it| it.breaches),
            sum(|it| it.above),
            sum(|it| it.flaws),
        );
    }
    println!("in {:.1} s", start.elapsed().as_secs_f64());
}

fn hopper() {
    const ENTRIES: u64 = 1_000_000;
    let zones = [["Europe/Berlin".to_owned()], ["Asia/Shanghai".to_owned()]];
    let mut hopper = Hopper::new(ENTRIES as usize);
    hopper.campaign(CampaignId(1), CallHours::default(), AttemptRules::default());
    let mut longest = [Duration::ZERO; 3];
    let begin = Instant::now();
    for person in 0..ENTRIES {
        let new = NewEntry {
            campaign: CampaignId(1),
            list: (person % 7) as u16,
            kind: 0,
            person: PersonKey(person.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            zones: &zones[(person % 2) as usize],
            tries: Tries::default(),
        };
        let start = Instant::now();
        hopper.add(&new).unwrap();
        longest[0] = longest[0].max(start.elapsed());
    }
    let loaded = begin.elapsed();
    let mut now = At::from_micros(1_767_603_600_000_000);
    for _ in 0..ENTRIES {
        now = now + Duration::from_micros(100);
        let start = Instant::now();
        let taken = hopper.take(CampaignId(1), now).unwrap();
        hopper.confirm(&taken, now).unwrap();
        longest[1] = longest[1].max(start.elapsed());
        let start = Instant::now();
        hopper.done(&taken, Attempted::Busy, now);
        longest[2] = longest[2].max(start.elapsed());
    }
    println!(
        "hopper of {ENTRIES}: loaded in {:.2} s, {} MiB; longest step: add {:?}, take and confirm {:?}, done {:?}",
        loaded.as_secs_f64(),
        hopper.bytes() >> 20,
        longest[0],
        longest[1],
        longest[2]
    );
}
