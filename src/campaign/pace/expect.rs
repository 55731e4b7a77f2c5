//! What is expected of the agents and of the calls in the air, at the time when a call made now may be answered.

use std::time::Duration;

use super::beliefs::Beliefs;
use super::certificate::Expected;
use super::dials::{DialState, Dials};
use super::forecast::at_least;
use super::input::Class;
use super::staff::{Doing, Staff};
use crate::base::Instant;

/// A table of chances by seconds talked, made anew now and then: it is asked for every agent at every event.
#[derive(Clone, Debug, Default)]
pub(in crate::campaign) struct Expectation {
    made: Option<Instant>,
    ahead: f64,
    talked: Vec<f64>,
}

/// How long such a table is good.
const FRESH: Duration = Duration::from_secs(60);
const STEP_S: f64 = 4.0;
const STEPS: usize = 200;

/// What a call made now would meet.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::campaign) struct Prospect {
    /// Chance that a person answers.
    pub person: f64,
    /// Chance that no agent is there if so.
    pub abandoned: f64,
    pub expected: Vec<Expected>,
}

impl Expectation {
    pub fn refresh(&mut self, beliefs: &Beliefs, now: Instant, grace: Duration) {
        if self.made.is_some_and(|made| now.since(made) < FRESH) {
            return;
        }
        self.made = Some(now);
        self.ahead = beliefs.answer.mean();
        let ahead = self.ahead + grace.as_secs_f64();
        self.talked = (0..STEPS).map(|at| beliefs.talked_within(at as f64 * STEP_S, ahead)).collect();
    }

    /// Of the next call.
    pub fn prospect(
        &self,
        beliefs: &Beliefs,
        staff: &Staff,
        dials: &Dials,
        class: Class,
        now: Instant,
        grace: Duration,
    ) -> Prospect {
        let ahead = self.ahead + grace.as_secs_f64();
        let mut chances = Vec::with_capacity(staff.len() + dials.len());
        let mut expected = Vec::new();
        for (agent, doing, since) in staff.busy() {
            let chance = self.free(beliefs, doing, now.since(since).as_secs_f64(), now, ahead);
            chances.push(1.0 - chance);
            expected.push(Expected { agent, chance: thousandths(chance) });
        }
        for (_, dial) in dials.iter() {
            let age = now.since(dial.at).as_secs_f64();
            let person = || beliefs.person(dial.class, dial.at);
            match dial.is {
                DialState::Waiting { .. } => chances.push(1.0),
                DialState::Ringing => chances.push(beliefs.answered_within(person(), age, self.ahead)),
                _ => {}
            }
        }
        expected.sort_by_key(|one| std::cmp::Reverse(one.chance));
        expected.truncate(4);
        let abandoned = at_least(staff.len(), &chances);
        Prospect { person: beliefs.person(class, now), abandoned, expected }
    }

    fn free(&self, beliefs: &Beliefs, doing: Doing, age: f64, now: Instant, ahead: f64) -> f64 {
        let known = |frees: Instant| 1.0 - (-ahead / frees.since(now).as_secs_f64().max(0.1)).exp();
        match doing {
            Doing::Ready => 1.0,
            Doing::Previewing => 0.0,
            Doing::Talking { frees: Some(frees) } | Doing::WrapUp { frees: Some(frees) } => known(frees),
            Doing::Talking { frees: None } => {
                let at = ((age / STEP_S) as usize).min(STEPS - 1);
                self.talked.get(at).copied().unwrap_or_default()
            }
            Doing::WrapUp { frees: None } => beliefs.wrap.ends_within(age, ahead),
        }
    }
}

pub(in crate::campaign) fn thousandths(chance: f64) -> u16 {
    (chance.clamp(0.0, 1.0) * 1_000.0).round() as u16
}
