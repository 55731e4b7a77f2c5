//! Who calls, when, and what they want: drawn from a seed, without sockets and clocks.

use std::f64::consts::TAU;
use std::time::Duration;

use super::caller::{CallerProfile, Script};
use crate::base::Rng;

/// A day of the demo: busy hours come and go within it.
const DAY: Duration = Duration::from_secs(20 * 60);
/// Of all callers: those the store does not know, and those who withhold their number.
const UNKNOWN: f64 = 0.13;
const ANONYMOUS: f64 = 0.06;
/// Of all calls: those that dial the number without a menu.
const DIRECT: f64 = 0.1;
/// Of all callers: those who change their mind within seconds.
const FICKLE: f64 = 0.04;

/// Of those who wait for long with a number: would rather be called back.
const CALL_BACK: f64 = 0.5;

/// A call to come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arrival {
    pub script: Script,
    /// What the caller speaks: `zh` or `en`.
    pub language: String,
}

/// Numbers that are called.
#[derive(Clone, Debug)]
pub struct Numbers {
    pub hotline: String,
    pub queue: String,
}

pub struct Arrivals {
    rng: Rng,
    callers: Vec<CallerProfile>,
    numbers: Numbers,
    /// Calls a second, on average over the day.
    rate: f64,
    /// Pressed by who wants to be called back.
    call_back: Option<char>,
}

impl Arrivals {
    pub fn new(seed: u64, callers: Vec<CallerProfile>, numbers: Numbers, rate: f64, call_back: Option<char>) -> Self {
        Self { rng: Rng::new(seed), callers, numbers, rate, call_back }
    }

    /// From now to the next call, `at` into the demo (a Poisson process whose rate follows the day).
    pub fn gap(&mut self, at: Duration) -> Duration {
        let rate = (self.rate * of_the_day(at)).max(0.001);
        Duration::from_secs_f64((-(1.0 - self.rng.unit()).ln() / rate).min(60.0))
    }

    pub fn next(&mut self) -> Arrival {
        let caller = self.caller();
        let direct = self.rng.chance(DIRECT);
        let dials = if direct { self.numbers.queue.clone() } else { self.numbers.hotline.clone() };
        let language = self.language(&caller);
        let keys = if direct { Vec::new() } else { self.keys(&caller, &language) };
        let patience = if self.rng.chance(FICKLE) {
            self.seconds(3, 12)
        } else {
            Duration::from_secs(25) + Duration::from_secs_f64(-(1.0 - self.rng.unit()).ln() * 90.0)
        };
        let talk = self.seconds(30, 110);
        let after = self.seconds(8, 35);
        let wishes = self.rng.chance(CALL_BACK) && caller.number.starts_with('+');
        let call_back = self.call_back.filter(|_| wishes && after < patience).map(|digit| (after, digit));
        Arrival { script: Script { from: caller.number, dials, keys, patience, talk, call_back }, language }
    }

    /// A caller whom the hotline connects without a question, for the visitor: somebody very important.
    pub fn for_the_visitor(&mut self) -> Arrival {
        let important: Vec<CallerProfile> = self.callers.iter().filter(|caller| caller.vip).cloned().collect();
        let (caller, dials) = match pick(&important, &mut self.rng) {
            Some(caller) => (caller, self.numbers.hotline.clone()),
            None => (self.caller(), self.numbers.queue.clone()),
        };
        let language = self.language(&caller);
        // In a noisy room the caller never notices that the visitor listens: patience must last.
        let (patience, talk) = (self.seconds(120, 180), self.seconds(60, 150));
        let script = Script { from: caller.number, dials, keys: Vec::new(), patience, talk, call_back: None };
        Arrival { script, language }
    }

    fn caller(&mut self) -> CallerProfile {
        let stranger = |number: String| CallerProfile { number, language: None, vip: false };
        match self.rng.unit() {
            dice if dice < ANONYMOUS => stranger("anonymous".to_owned()),
            dice if dice < ANONYMOUS + UNKNOWN => stranger(self.number()),
            _ => match pick(&self.callers, &mut self.rng) {
                Some(caller) => caller,
                None => stranger(self.number()),
            },
        }
    }

    /// A number that nobody has, as those of the sample customers, but none of theirs.
    fn number(&mut self) -> String {
        if self.rng.chance(0.7) {
            format!("+86120{:08}", 50_000_000 + self.rng.below(50_000_000))
        } else {
            format!("+447700900{:03}", 500 + self.rng.below(500))
        }
    }

    fn language(&mut self, caller: &CallerProfile) -> String {
        let chinese = if caller.number.starts_with("+86") { 0.95 } else { 0.2 };
        let guess = if self.rng.chance(chinese) { "zh" } else { "en" };
        caller.language.clone().unwrap_or_else(|| guess.to_owned())
    }

    /// What the menus of the hotline want pressed: the language, unless it is known, and the matter.
    fn keys(&mut self, caller: &CallerProfile, language: &str) -> Vec<(Duration, char)> {
        if caller.vip {
            return Vec::new();
        }
        let mut keys = Vec::new();
        if caller.language.is_none() {
            let key = if language == "zh" { '1' } else { '2' };
            keys.push((self.seconds(4, 9), key));
        }
        match self.rng.unit() {
            dice if dice < 0.05 => keys.extend([(self.seconds(3, 7), '3'), (self.seconds(12, 20), '1')]),
            dice if dice < 0.55 => keys.push((self.seconds(3, 7), '1')),
            _ => keys.push((self.seconds(3, 7), '2')),
        }
        keys
    }

    fn seconds(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from * 1_000 + self.rng.below((to - from) * 1_000))
    }
}

/// How busy it is at this time of the demo's day, 1 on average: two peaks, a lull at its end.
fn of_the_day(at: Duration) -> f64 {
    let turn = (at.as_secs_f64() / DAY.as_secs_f64()).fract() * TAU;
    1.0 + 0.25 * turn.sin() - 0.2 * (2.0 * turn).cos()
}

fn pick<T: Clone>(list: &[T], rng: &mut Rng) -> Option<T> {
    list.get(usize::try_from(rng.below(list.len() as u64)).ok()?).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrivals(seed: u64, rate: f64) -> Arrivals {
        let caller = |number: &str, language: &str, vip| CallerProfile {
            number: number.to_owned(),
            language: Some(language.to_owned()),
            vip,
        };
        let callers = vec![caller("+8613800138000", "zh", true), caller("+447700900123", "en", false)];
        let numbers = Numbers { hotline: "4000".to_owned(), queue: "4100".to_owned() };
        Arrivals::new(seed, callers, numbers, rate, Some('9'))
    }

    #[test]
    fn the_same_seed_brings_the_same_callers() {
        let (mut a, mut b) = (arrivals(7, 0.5), arrivals(7, 0.5));
        assert!((0..200).all(|_| a.gap(Duration::ZERO) == b.gap(Duration::ZERO) && a.next() == b.next()));
    }

    #[test]
    fn calls_come_at_the_rate_of_the_day() {
        let (mut arrivals, mut at, mut calls) = (arrivals(1, 0.5), Duration::ZERO, 0u32);
        while at < DAY * 20 {
            at += arrivals.gap(at);
            calls += 1;
        }
        let rate = f64::from(calls) / at.as_secs_f64();
        assert!((rate - 0.5).abs() < 0.03, "{rate}");
    }

    #[test]
    fn everybody_presses_what_the_hotline_asks() {
        let mut arrivals = arrivals(3, 1.0);
        let (mut kinds, mut direct, mut wishes) = ([0u32; 4], 0u32, 0u32);
        for _ in 0..1_000 {
            let Arrival { script, language } = arrivals.next();
            assert!(language == "zh" || language == "en");
            if script.dials == "4100" {
                direct += 1;
                assert!(script.keys.is_empty());
                continue;
            }
            if let Some((after, digit)) = script.call_back {
                assert!(digit == '9' && after < script.patience && script.from.starts_with('+'));
                wishes += 1;
            }
            let keys: String = script.keys.iter().map(|(_, key)| *key).collect();
            let (kind, wanted) = match script.from.as_str() {
                "+8613800138000" => (0, keys.is_empty()),
                "+447700900123" => (1, ["1", "2", "31"].contains(&keys.as_str())),
                "anonymous" => (2, keys.len() >= 2),
                _ => (3, keys.len() >= 2),
            };
            kinds[kind] += 1;
            assert!(wanted, "{} pressed {keys}", script.from);
        }
        assert!(kinds.iter().all(|kind| *kind > 20) && direct > 50, "{kinds:?} {direct}");
        assert!((200..600).contains(&wishes), "{wishes}");
        let visitor = arrivals.for_the_visitor().script;
        assert_eq!((visitor.from.as_str(), visitor.dials.as_str()), ("+8613800138000", "4000"));
    }
}
