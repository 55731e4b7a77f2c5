//! The cap on hostile days. `benches/campaign` runs ten thousand of them.

use crate::campaign::{Day, Policy, hostile_day, run_day};

fn day(seed: u64, vanish: bool) -> (Day, f64) {
    let scenario = hostile_day(seed, vanish);
    let day = run_day(&scenario, Policy::Ours, seed, 0.0);
    assert_eq!(day.breaches, 0, "day {seed}: more was spent than earned");
    assert_eq!(day.flaw, None, "day {seed}: the certificate does not hold");
    assert_eq!(day.at_once, 0, "day {seed}: somebody was called twice at once");
    (day, scenario.law.cap_percent / 100.0)
}

#[test]
fn whatever_people_trunks_and_clocks_do_the_cap_holds() {
    let (mut over, mut abandoned) = (0, 0);
    for seed in 0..30 {
        let (day, cap) = day(seed, false);
        assert_eq!(day.counted_lost, 0, "day {seed}");
        assert!(day.rate <= cap + 1e-9, "day {seed}: {} of {cap}", day.rate);
        over += day.over_dials;
        abandoned += day.abandoned;
    }
    assert!(over > 500 && abandoned > 5, "the days were no test: {over} over-dials, {abandoned} abandoned");
}

#[test]
fn agents_who_vanish_and_kills_are_counted_apart_and_spend_nothing_that_was_not_earned() {
    let lost: u64 = (0..20).map(|seed| day(seed, true).0.counted_lost).sum();
    assert!(lost > 0, "nobody vanished: this was no test");
}
