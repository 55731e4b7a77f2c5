//! What goes out through each trunk and to each destination: calls at once, calls a minute, minutes a day. Every way out
//! is entered here when its ring begins, whoever asked for it, and taken out when it is over.
//!
//! | of a way out | input | next |
//! | --- | --- | --- |
//! | - | begins, if every account that it falls under has room | counted in each of them |
//! | counted | nobody is reached, it is taken back | over: its seconds are spent |
//! | counted | somebody answers | counted, by the leg |
//! | counted, by the leg | the leg or its call ends | over: its seconds are spent |
//!
//! A minute counts from the ring on, and while the call goes on; what goes on over midnight counts whole in the new day.
//! Numbers for emergencies fall under no account. Limits: an account for each trunk and each rule of a destination that
//! was ever in force today.

use std::collections::{BTreeMap, VecDeque};

use crate::base::{CallId, Instant, LegId, Number};
use crate::call::AttemptId;
use crate::center::rules::Rules;
use crate::sip::TrunkCaps;

/// What may have caps.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Capped {
    Trunk(String),
    /// Numbers that begin with one of these.
    Destination(Vec<String>),
}

/// See the module's head.
#[derive(Debug, Default)]
pub(in crate::center) struct Ledger {
    accounts: BTreeMap<Capped, Account>,
    going: BTreeMap<AttemptId, Going>,
    legs: BTreeMap<LegId, AttemptId>,
}

/// A way out that was begun and is not over.
#[derive(Debug)]
struct Going {
    call: CallId,
    /// Of whoever has answered.
    leg: Option<LegId>,
    under: Vec<Capped>,
}

#[derive(Debug, Default)]
struct Account {
    /// The local day of `seconds`.
    day: i64,
    /// Of what is over.
    seconds: u64,
    /// Begins of the last minute.
    recent: VecDeque<Instant>,
    /// Begins of what goes on.
    running: BTreeMap<AttemptId, Instant>,
}

impl Account {
    fn roll(&mut self, now: Instant, day: i64) {
        if self.day != day {
            (self.day, self.seconds) = (day, 0);
        }
        while self.recent.front().is_some_and(|begun| now.since(*begun).as_secs() >= 60) {
            self.recent.pop_front();
        }
    }

    fn has_room(&self, now: Instant, caps: TrunkCaps) -> bool {
        let running = || self.running.values().map(|begun| now.since(*begun).as_secs()).sum::<u64>();
        let seconds = || self.seconds.saturating_add(running());
        caps.calls.is_none_or(|most| self.running.len() < most as usize)
            && caps.calls_per_minute.is_none_or(|most| self.recent.len() < most as usize)
            && caps.minutes_per_day.is_none_or(|most| seconds() < u64::from(most).saturating_mul(60))
    }

    fn is_idle(&self) -> bool {
        self.running.is_empty() && self.recent.is_empty() && self.seconds == 0
    }
}

impl Ledger {
    /// Whether one more may go out to this number through this trunk.
    pub fn has_room(&mut self, now: Instant, (trunk, number): (&str, Option<&Number>), rules: &Rules) -> bool {
        let day = rules.day(now);
        caps_of(trunk, number, rules).into_iter().all(|(capped, caps)| {
            self.accounts.get_mut(&capped).is_none_or(|account| {
                account.roll(now, day);
                account.has_room(now, caps)
            })
        })
    }

    /// It goes out.
    pub fn begin(
        &mut self,
        now: Instant,
        (call, attempt): (CallId, AttemptId),
        (trunk, number): (&str, Option<&Number>),
        rules: &Rules,
    ) {
        let (day, capped) = (rules.day(now), caps_of(trunk, number, rules));
        if capped.is_empty() {
            return;
        }
        self.accounts.retain(|_, account| {
            account.roll(now, day);
            !account.is_idle()
        });
        let under: Vec<Capped> = capped.into_iter().map(|(capped, _)| capped).collect();
        for capped in &under {
            let account = self.accounts.entry(capped.clone()).or_default();
            account.roll(now, day);
            account.recent.push_back(now);
            account.running.insert(attempt, now);
        }
        self.going.insert(attempt, Going { call, leg: None, under });
    }

    /// Somebody has answered: it lasts as long as the leg.
    pub fn reached(&mut self, attempt: AttemptId, leg: LegId) {
        if let Some(going) = self.going.get_mut(&attempt) {
            going.leg = Some(leg);
            self.legs.insert(leg, attempt);
        }
    }

    /// Nobody was reached, or it was taken back.
    pub fn over(&mut self, now: Instant, attempt: AttemptId, rules: &Rules) {
        let Some(going) = self.going.remove(&attempt) else { return };
        going.leg.map(|leg| self.legs.remove(&leg));
        let day = rules.day(now);
        for capped in going.under {
            let Some(account) = self.accounts.get_mut(&capped) else { continue };
            account.roll(now, day);
            if let Some(begun) = account.running.remove(&attempt) {
                account.seconds = account.seconds.saturating_add(now.since(begun).as_secs());
            }
        }
    }

    pub fn leg_over(&mut self, now: Instant, leg: LegId, rules: &Rules) {
        if let Some(attempt) = self.legs.get(&leg).copied() {
            self.over(now, attempt, rules);
        }
    }

    /// Whatever still goes out for this call, or is up in it.
    pub fn call_over(&mut self, now: Instant, call: CallId, rules: &Rules) {
        let of = |(attempt, going): (&AttemptId, &Going)| (going.call == call).then_some(*attempt);
        let attempts: Vec<AttemptId> = self.going.iter().filter_map(of).collect();
        for attempt in attempts {
            self.over(now, attempt, rules);
        }
    }
}

/// The accounts that a way out falls under: its trunk's, and those of its destination.
fn caps_of(trunk: &str, number: Option<&Number>, rules: &Rules) -> Vec<(Capped, TrunkCaps)> {
    let Some(number) = number else { return Vec::new() };
    let of_trunk = rules.trunk(trunk).map(|rule| (Capped::Trunk(rule.name.clone()), rule.caps));
    let leads_there = |prefix: &String| number.as_str().starts_with(prefix.as_str());
    let destinations = rules.configuration.outbound.destinations.iter();
    let of_destinations = destinations
        .filter(|rule| rule.prefixes.iter().any(leads_there))
        .map(|rule| (Capped::Destination(rule.prefixes.clone()), rule.caps()));
    of_trunk.into_iter().chain(of_destinations).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::base::Rng;
    use crate::center::input::{Configuration, DestinationCap, Outbound};
    use crate::sip::Trunk;

    const MINUTE: Duration = Duration::from_secs(60);

    fn caps(rng: &mut Rng) -> TrunkCaps {
        let mut some = |most: u64| rng.chance(0.8).then(|| 1 + rng.below(most) as u32);
        TrunkCaps { calls: some(5), calls_per_minute: some(8), minutes_per_day: some(40) }
    }

    fn rules(trunk: TrunkCaps, there: TrunkCaps) -> Rules {
        let TrunkCaps { calls, calls_per_minute, minutes_per_day } = there;
        let prefixes = vec!["+44".to_owned(), "+49".to_owned()];
        let destinations = vec![DestinationCap { prefixes, calls, calls_per_minute, minutes_per_day }];
        Rules::new(Configuration {
            trunks: vec![Trunk { name: "main".to_owned(), caps: trunk, ..Trunk::default() }],
            outbound: Outbound { destinations, ..Outbound::default() },
            zone: "UTC".to_owned(),
            ..Configuration::default()
        })
    }

    /// What was let out, written down beside the ledger.
    struct Out {
        to: Number,
        begun: Instant,
        ended: Option<Instant>,
    }

    impl Out {
        fn lasted(&self, now: Instant) -> u64 {
            self.ended.unwrap_or(now).since(self.begun).as_secs()
        }
    }

    /// Of what falls under one account and was let out on this day: nothing is beyond its caps when one more begins.
    fn held(out: &[&Out], now: Instant, caps: TrunkCaps, seed: u64) {
        let at_once = out.iter().filter(|one| one.ended.is_none()).count();
        let recent = out.iter().filter(|one| now.since(one.begun) < MINUTE).count();
        let before = out.len().saturating_sub(1);
        let seconds: u64 = out.iter().take(before).map(|one| one.lasted(now)).sum();
        assert!(caps.calls.is_none_or(|most| at_once <= most as usize), "seed {seed}: {at_once} at once");
        assert!(caps.calls_per_minute.is_none_or(|most| recent <= most as usize), "seed {seed}: {recent} a minute");
        assert!(caps.minutes_per_day.is_none_or(|most| seconds < u64::from(most) * 60), "seed {seed}: {seconds} s");
    }

    /// Whatever is tried, in whatever order it ends, by a refusal, a leg or the whole call: no cap of a trunk or of a
    /// destination is passed, and when everything is over as much may go out at once as before.
    #[test]
    fn no_cap_is_ever_passed() {
        let mut refused = 0;
        for seed in 0..300 {
            let mut rng = Rng::new(seed);
            let (of_trunk, of_there) = (caps(&mut rng), caps(&mut rng));
            let rules = rules(of_trunk, of_there);
            let numbers = ["+8613800138000", "+4915112345678", "+442071234567"];
            let numbers = numbers.map(|number| Number::parse(number, "CN").expect("a number"));
            let mut ledger = Ledger::default();
            // One second after midnight: the day is as long as the story.
            let mut now = Instant::from_micros(1_790_035_201_000_000);
            let mut all: Vec<Out> = Vec::new();
            for step in 0..300_u64 {
                now = now + Duration::from_millis(rng.below(20_000));
                let to = &numbers[rng.below(3) as usize];
                let (call, attempt, leg) = (CallId(step), AttemptId(step), LegId(step));
                if ledger.has_room(now, ("main", Some(to)), &rules) {
                    ledger.begin(now, (call, attempt), ("main", Some(to)), &rules);
                    if rng.chance(0.7) {
                        ledger.reached(attempt, leg);
                    }
                    all.push(Out { to: to.clone(), begun: now, ended: None });
                    held(&all.iter().collect::<Vec<_>>(), now, of_trunk, seed);
                    let there: Vec<_> = all.iter().filter(|one| !one.to.as_str().starts_with("+86")).collect();
                    if !to.as_str().starts_with("+86") {
                        held(&there, now, of_there, seed);
                    }
                } else {
                    refused += 1;
                }
                let open: Vec<_> = ledger.going.keys().copied().collect();
                let ending: Vec<_> = open.into_iter().filter(|_| rng.chance(0.25)).collect();
                for attempt in ending {
                    let begun = ledger.accounts.values().find_map(|one| one.running.get(&attempt)).copied();
                    match rng.below(3) {
                        0 => ledger.over(now, attempt, &rules),
                        1 if ledger.legs.contains_key(&LegId(attempt.0)) => {
                            ledger.leg_over(now, LegId(attempt.0), &rules);
                        }
                        _ => ledger.call_over(now, CallId(attempt.0), &rules),
                    }
                    let ended = all.iter_mut().find(|one| Some(one.begun) == begun && one.ended.is_none());
                    ended.expect("it was let out").ended = Some(now);
                }
            }
            for call in 0..300 {
                ledger.call_over(now, CallId(call), &rules);
            }
            assert!(ledger.going.is_empty() && ledger.legs.is_empty(), "seed {seed}");
            assert!(ledger.accounts.values().all(|account| account.running.is_empty()), "seed {seed}");
        }
        assert!(refused > 1_000, "caps were reached: {refused}");
    }

    #[test]
    fn a_new_day_begins_with_nothing_spent_and_an_emergency_has_no_cap() {
        let most = TrunkCaps { calls: Some(1), calls_per_minute: None, minutes_per_day: Some(10) };
        let rules = rules(most, TrunkCaps::default());
        let to = Number::parse("+8613800138000", "CN").expect("a number");
        let (mut ledger, start) = (Ledger::default(), Instant::from_micros(1_790_035_201_000_000));
        let way = ("main", Some(&to));
        ledger.begin(start, (CallId(1), AttemptId(1)), way, &rules);
        assert!(!ledger.has_room(start, way, &rules), "one at once");
        assert!(ledger.has_room(start, ("main", None), &rules), "for help");
        let later = start + 10 * MINUTE;
        ledger.over(later, AttemptId(1), &rules);
        assert!(!ledger.has_room(later, way, &rules), "ten minutes are spent");
        assert!(ledger.has_room(later + 1_440 * MINUTE, way, &rules));
    }
}
