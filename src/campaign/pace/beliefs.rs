//! What the calls so far teach: who answers, after how long, and how long agents are busy.
//!
//! Everything forgets: a count that is `MEMORY` calls old weighs a third. Bounded; no clock.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::input::Class;
use crate::base::Instant;

/// Lists, hours and kinds of number that are told apart.
const CLASSES_MAX: usize = 4_096;
/// Weight of what is known of all calls, in calls, where little is known of a class.
const PRIOR: f64 = 20.0;
/// Calls after which a count weighs a third.
const MEMORY: f64 = 400.0;

/// Chances by list, hour and kind of number; times of ringing, talking and writing up.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Beliefs {
    all: Share,
    classes: BTreeMap<u64, Share>,
    /// From the decision to a person's verdict; to any other end.
    pub answer: Spans,
    pub silence: Spans,
    pub talk: Spans,
    pub wrap: Spans,
}

/// A share that is learned: a Beta distribution whose counts fade.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
struct Share {
    yes: f64,
    all: f64,
}

impl Share {
    fn learn(&mut self, yes: bool) {
        let keep = 1.0 - 1.0 / MEMORY;
        self.yes = self.yes * keep + f64::from(u8::from(yes));
        self.all = self.all * keep + 1.0;
    }
}

impl Default for Beliefs {
    fn default() -> Self {
        Self {
            all: Share { yes: 3.0, all: 10.0 },
            classes: BTreeMap::new(),
            answer: Spans::around(10.0),
            silence: Spans::around(20.0),
            talk: Spans::around(150.0),
            wrap: Spans::around(20.0),
        }
    }
}

impl Beliefs {
    /// Somebody who knows: chances by class, whatever the hour, and the times.
    pub fn known(persons: &[(Class, f64)], times: [Spans; 4]) -> Self {
        let sure = |person: f64| Share { yes: person * 1e12, all: 1e12 };
        let mean = persons.iter().map(|(_, person)| person).sum::<f64>() / persons.len().max(1) as f64;
        let hours = |class: Class| (0..24).map(move |hour| key(class, hour));
        let classes = persons.iter().flat_map(|(class, person)| hours(*class).map(|key| (key, sure(*person))));
        let classes = classes.collect();
        let [answer, silence, talk, wrap] = times;
        Self { all: sure(mean), classes, answer, silence, talk, wrap }
    }

    /// Chance that a person answers a call of this class, made at this time.
    pub fn person(&self, class: Class, at: Instant) -> f64 {
        let all = self.all.yes / self.all.all;
        let known = self.classes.get(&key(class, hour(at))).copied().unwrap_or(Share { yes: 0.0, all: 0.0 });
        (known.yes + PRIOR * all) / (known.all + PRIOR)
    }

    /// A call of this class, made at `dialled`, ended: a person was there, or not.
    pub fn learn(&mut self, class: Class, dialled: Instant, person: bool, after: Duration) {
        self.all.learn(person);
        let key = key(class, hour(dialled));
        if self.classes.len() < CLASSES_MAX || self.classes.contains_key(&key) {
            self.classes.entry(key).or_insert(Share { yes: 0.0, all: 0.0 }).learn(person);
        }
        let spans = if person { &mut self.answer } else { &mut self.silence };
        spans.learn(after.as_secs_f64());
    }

    /// Chance that a call in the air is answered by a person within `ahead` seconds, having rung for `age`.
    pub fn answered_within(&self, person: f64, age: f64, ahead: f64) -> f64 {
        let now = self.answer.share_by(age);
        let answered = person * (self.answer.share_by(age + ahead) - now);
        let alive = person * (1.0 - now) + (1.0 - person) * (1.0 - self.silence.share_by(age));
        if alive <= 1e-9 { person } else { (answered / alive).clamp(0.0, 1.0) }
    }

    /// Chance that an agent is free within `ahead` seconds who has talked for `age`.
    pub fn talked_within(&self, age: f64, ahead: f64) -> f64 {
        const STEPS: u32 = 6;
        let step = ahead / f64::from(STEPS);
        let (mut chance, mut before) = (0.0, 0.0);
        for at in 1..=STEPS {
            let ended = self.talk.ends_within(age, step * f64::from(at));
            let left = ahead - step * (f64::from(at) - 0.5);
            chance += (ended - before) * self.wrap.share_by(left);
            before = ended;
        }
        chance
    }
}

/// List, kind and hour of the day as one number.
fn key(class: Class, hour: u64) -> u64 {
    u64::from(class.list) << 16 | u64::from(class.kind) << 8 | hour
}

fn hour(at: Instant) -> u64 {
    at.as_millis() / 3_600_000 % 24
}

/// Bins: finer where times are short.
const BINS: usize = 128;

/// A time that is learned: shares of bins whose widths grow with the time.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Spans {
    bins: Vec<f64>,
    /// Of all bins up to here.
    sums: Vec<f64>,
}

/// Where a time stands among the bins.
fn bin(seconds: f64) -> f64 {
    ((1.0 + seconds.max(0.0) / 2.0).ln() * 16.0).min(BINS as f64 - 0.001)
}

impl Spans {
    /// Before anything is known: exponential with this mean, worth eight observations.
    pub fn around(mean: f64) -> Self {
        let edge = |at: usize| 2.0 * ((at as f64 / 16.0).exp() - 1.0);
        let share = |at: usize| (-edge(at) / mean).exp() - (-edge(at + 1) / mean).exp();
        let mut spans = Self { bins: (0..BINS).map(|at| 8.0 * share(at)).collect(), sums: Vec::new() };
        spans.add_up();
        spans
    }

    /// Of times that were seen.
    pub fn of(times: impl Iterator<Item = f64>) -> Self {
        let mut spans = Self { bins: vec![1e-6; BINS], sums: Vec::new() };
        for time in times {
            if let Some(share) = spans.bins.get_mut(bin(time) as usize) {
                *share += 1.0;
            }
        }
        spans.add_up();
        spans
    }

    fn add_up(&mut self) {
        let mut sum = 0.0;
        self.sums.clear();
        self.sums.extend(self.bins.iter().map(|bin| {
            sum += bin;
            sum
        }));
    }

    /// It took so many seconds.
    pub fn learn(&mut self, seconds: f64) {
        let at = bin(seconds) as usize;
        for (ix, share) in self.bins.iter_mut().enumerate() {
            *share = *share * (1.0 - 1.0 / MEMORY) + f64::from(u8::from(ix == at));
        }
        self.add_up();
    }

    /// Share that is over by then.
    pub fn share_by(&self, seconds: f64) -> f64 {
        let at = bin(seconds);
        let (whole, part) = (at as usize, at.fract());
        let before = if whole == 0 { 0.0 } else { self.sums.get(whole - 1).copied().unwrap_or_default() };
        let here = self.bins.get(whole).copied().unwrap_or_default();
        let all = self.sums.last().copied().unwrap_or(1.0);
        ((before + part * here) / all).min(1.0)
    }

    /// Chance to be over within `ahead` seconds, not being so after `age`.
    pub fn ends_within(&self, age: f64, ahead: f64) -> f64 {
        let now = self.share_by(age);
        if now > 0.999 {
            return 1.0 - (-ahead / 60.0).exp();
        }
        ((self.share_by(age + ahead) - now) / (1.0 - now)).clamp(0.0, 1.0)
    }

    /// The mean, in seconds.
    pub fn mean(&self) -> f64 {
        let middle = |at: usize| 2.0 * (((at as f64 + 0.5) / 16.0).exp() - 1.0);
        let all = self.sums.last().copied().unwrap_or(1.0);
        self.bins.iter().enumerate().map(|(at, share)| share * middle(at)).sum::<f64>() / all
    }
}
