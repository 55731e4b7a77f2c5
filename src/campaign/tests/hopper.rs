//! The hopper under random days: hours, tries, do-not-call, and nobody twice at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::base::{Instant, Rng};
use crate::campaign::{
    AttemptRules, Attempted, CallHours, CampaignId, Hopper, NewEntry, NotAdded, PersonKey, Taken, Tries, Withheld,
};

const MORNING: Instant = Instant::from_micros(1_767_603_600_000_000);

fn entry(campaign: u16, person: u64, zones: &[String]) -> NewEntry<'_> {
    let (campaign, person) = (CampaignId(campaign), PersonKey(person));
    NewEntry { campaign, list: 0, kind: 0, person, zones, tries: Tries::default() }
}

fn hopper(campaigns: &[u16]) -> Hopper {
    let mut hopper = Hopper::new(10_000);
    for campaign in campaigns {
        hopper.campaign(CampaignId(*campaign), CallHours::default(), AttemptRules::default());
    }
    hopper
}

#[test]
fn a_person_is_once_in_a_campaign_and_never_twice_in_the_air() {
    let utc = ["UTC".to_owned()];
    let mut hopper = hopper(&[1, 2]);
    hopper.add(&entry(1, 7, &utc)).unwrap();
    assert_eq!(hopper.add(&entry(1, 7, &utc)), Err(NotAdded::Twice));
    hopper.add(&entry(2, 7, &utc)).unwrap();
    let first = hopper.take(CampaignId(1), MORNING).unwrap();
    assert_eq!(hopper.take(CampaignId(2), MORNING), None, "they are in a call of the other campaign");
    assert_eq!(hopper.confirm(&first, MORNING), Ok(()));
    hopper.done(&first, Attempted::Busy, MORNING);
    assert_eq!(hopper.take(CampaignId(2), MORNING), None, "looked at again in a minute");
    assert!(hopper.take(CampaignId(2), MORNING + Duration::from_secs(61)).is_some());
}

#[test]
fn do_not_call_wins_between_decision_and_call() {
    let utc = ["UTC".to_owned()];
    let mut hopper = hopper(&[1]);
    hopper.add(&entry(1, 7, &utc)).unwrap();
    let taken = hopper.take(CampaignId(1), MORNING).unwrap();
    assert!(hopper.forbid(PersonKey(7)), "they are being called");
    assert_eq!(hopper.confirm(&taken, MORNING), Err(Withheld::DoNotCall));
    assert!(!hopper.done(&taken, Attempted::TakenBack, MORNING), "there is no next try");
    assert_eq!(hopper.add(&entry(1, 7, &utc)), Err(NotAdded::DoNotCall));
    assert_eq!(hopper.take(CampaignId(1), MORNING + Duration::from_secs(86_400)), None);
}

#[test]
fn the_hour_is_looked_at_again_before_the_call() {
    let zone = ["Asia/Shanghai".to_owned()];
    let mut hopper = hopper(&[1]);
    hopper.add(&entry(1, 7, &zone)).unwrap();
    let at = |text| Instant::read(text, Instant::ZERO).unwrap();
    let taken = hopper.take(CampaignId(1), at("2026-01-05T12:59:59Z")).unwrap();
    assert_eq!(hopper.confirm(&taken, at("2026-01-05T13:00:00Z")), Err(Withheld::Hours), "21:00 in Shanghai");
}

/// What must never be, checked beside the hopper.
#[derive(Default)]
struct Watch {
    in_call: BTreeMap<PersonKey, Taken>,
    forbidden: BTreeSet<PersonKey>,
    calls: BTreeMap<(u16, PersonKey), u8>,
}

#[test]
fn random_days_keep_every_rule() {
    let zones: Vec<Vec<String>> = [&["UTC"][..], &["Asia/Shanghai"], &["America/New_York", "America/Los_Angeles"]]
        .iter()
        .map(|names| names.iter().map(|name| (*name).to_owned()).collect())
        .collect();
    for seed in 0..4 {
        let mut rng = Rng::new(seed);
        let mut hopper = hopper(&[1, 2, 3]);
        for person in 0..300 {
            for campaign in 1..=3 {
                if rng.chance(0.7) {
                    hopper.add(&entry(campaign, person, &zones[(person % 3) as usize])).unwrap();
                }
            }
        }
        let mut watch = Watch::default();
        let mut now = MORNING;
        for _ in 0..10_000 {
            now = now + Duration::from_secs(rng.below(40));
            step(&mut hopper, &mut watch, &mut rng, now, &zones);
        }
        assert!(watch.calls.values().any(|calls| *calls >= 5), "few were tried often: no test");
    }
}

fn step(hopper: &mut Hopper, watch: &mut Watch, rng: &mut Rng, now: Instant, zones: &[Vec<String>]) {
    if rng.chance(0.01) {
        let person = PersonKey(rng.below(300));
        assert_eq!(hopper.forbid(person), watch.in_call.contains_key(&person));
        watch.forbidden.insert(person);
    }
    let ends = [Attempted::Busy, Attempted::NoAnswer, Attempted::Machine, Attempted::Abandoned, Attempted::TakenBack];
    if watch.in_call.len() > 20 || rng.chance(0.4) {
        if let Some((_, taken)) = watch.in_call.pop_first() {
            hopper.done(&taken, ends[rng.below(5) as usize], now);
        }
        return;
    }
    let campaign = 1 + rng.below(3) as u16;
    let Some(taken) = hopper.take(CampaignId(campaign), now) else { return };
    if hopper.confirm(&taken, now).is_err() {
        hopper.done(&taken, Attempted::TakenBack, now);
        return;
    }
    assert!(!watch.forbidden.contains(&taken.person), "called in spite of do-not-call");
    assert!(watch.in_call.insert(taken.person, taken).is_none(), "two calls at once");
    let of_person = &zones[(taken.person.0 % 3) as usize];
    let known: Vec<_> = of_person.iter().map(|name| jiff::tz::TimeZone::get(name).ok()).collect();
    assert!(CallHours::default().allow(&known, now), "outside their hours");
    let calls = watch.calls.entry((campaign, taken.person)).or_default();
    *calls += 1;
    assert!(*calls <= 6 + 5, "six calls, and at most five that were taken back");
}

#[test]
fn a_full_hopper_says_so_and_uses_again_what_is_done() {
    let utc = ["UTC".to_owned()];
    let mut hopper = Hopper::new(2);
    hopper.campaign(CampaignId(1), CallHours::default(), AttemptRules::default());
    hopper.add(&entry(1, 1, &utc)).unwrap();
    hopper.add(&entry(1, 2, &utc)).unwrap();
    assert_eq!(hopper.add(&entry(1, 3, &utc)), Err(NotAdded::Full));
    let taken = hopper.take(CampaignId(1), MORNING).unwrap();
    hopper.done(&taken, Attempted::Spoken, MORNING);
    assert_eq!(hopper.len(), 1);
    hopper.add(&entry(1, 3, &utc)).unwrap();
}
