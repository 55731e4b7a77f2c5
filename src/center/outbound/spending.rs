//! What has been called for somebody: calls a minute, minutes a day.

use std::collections::{BTreeMap, VecDeque};

use crate::base::{AgentId, Instant};
use crate::center::answer::Refused;
use crate::center::desk::Refusal;
use crate::center::input::Outbound;
use crate::center::outbound::route::Outside;
use crate::center::rules::Rules;

/// Whose calls they are.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::center) enum Payer {
    Agent(AgentId),
    /// A supervisor or a program, by name.
    User(String),
}

/// What everybody has called.
#[derive(Debug, Default)]
pub(in crate::center) struct Spending {
    payers: BTreeMap<Payer, Spent>,
}

#[derive(Debug, Default)]
pub(in crate::center) struct Spent {
    /// The local day of `seconds`.
    day: i64,
    /// Of calls that are over.
    seconds: u64,
    /// Begins of the calls of the last minute.
    recent: VecDeque<Instant>,
    /// Begins of calls that go on beside each other, of somebody who may have several.
    running: Vec<Instant>,
}

impl Spent {
    fn is_idle(&self, now: Instant, day: i64) -> bool {
        let past = |begun: &Instant| now.since(*begun).as_secs() >= 60;
        self.day != day && self.running.is_empty() && self.recent.iter().all(past)
    }
}

impl Spending {
    fn allows(&mut self, now: Instant, day: i64, payer: &Payer, rule: &Outbound) -> bool {
        if !self.payers.contains_key(payer) {
            self.payers.retain(|_, spent| !spent.is_idle(now, day));
        }
        let spent = self.payers.entry(payer.clone()).or_default();
        if spent.day != day {
            (spent.day, spent.seconds) = (day, 0);
        }
        spent.recent.retain(|begun| now.since(*begun).as_secs() < 60);
        let running: u64 = spent.running.iter().map(|begun| now.since(*begun).as_secs()).sum();
        let allowed = spent.recent.len() < rule.calls_per_minute as usize
            && spent.seconds.saturating_add(running) < u64::from(rule.minutes_per_day).saturating_mul(60);
        if allowed {
            spent.recent.push_back(now);
        }
        allowed
    }

    /// Takes note of one more call, if it may be made.
    pub fn may_call(&mut self, now: Instant, payer: &Payer, to: &Outside, rules: &Rules) -> Result<(), Refused> {
        if to.is_emergency() {
            return Ok(());
        }
        let day = rules.day(now);
        match self.allows(now, day, payer, &rules.configuration.outbound) {
            true => Ok(()),
            false => Err((Refusal::Spent, "as many calls, or minutes, as one may make")),
        }
    }

    /// A call of somebody who may have several at once begins: its minutes count while it goes on.
    pub fn begin(&mut self, payer: Payer, now: Instant) {
        self.payers.entry(payer).or_default().running.push(now);
    }

    /// A call is over that began at `begun`.
    pub fn spend(&mut self, now: Instant, day: i64, payer: Payer, begun: Instant) {
        let spent = self.payers.entry(payer).or_default();
        if let Some(at) = spent.running.iter().position(|running| *running == begun) {
            spent.running.swap_remove(at);
        }
        if spent.day == day {
            spent.seconds = spent.seconds.saturating_add(now.since(begun).as_secs());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;
    use crate::center::input::Outbound;

    /// Whatever an agent tries, and whenever: never more calls in any minute, and no call once the minutes of the
    /// day are used up.
    #[test]
    fn no_cap_is_ever_passed() {
        for seed in 0..200 {
            let mut rng = Rng::new(seed);
            let rule = Outbound {
                calls_per_minute: 1 + rng.below(6) as u32,
                minutes_per_day: 1 + rng.below(30) as u32,
                ..Outbound::default()
            };
            let (mut spending, agent) = (Spending::default(), Payer::Agent(AgentId(1)));
            let (mut now, mut day) = (Instant::from_micros(1_000_000_000), 1);
            let (mut begun, mut used) = (Vec::new(), 0_u64);
            for _ in 0..400 {
                now = now + std::time::Duration::from_millis(rng.below(40_000));
                if rng.chance(0.01) {
                    (day, used) = (day + 1, 0);
                }
                if spending.allows(now, day, &agent, &rule) {
                    assert!(used < u64::from(rule.minutes_per_day) * 60, "seed {seed}");
                    begun.push(now);
                    let end = now + std::time::Duration::from_secs(rng.below(300));
                    spending.spend(end, day, agent.clone(), now);
                    used += end.since(now).as_secs();
                }
                let recent = begun.iter().filter(|begun| now.since(**begun).as_secs() < 60).count();
                assert!(recent <= rule.calls_per_minute as usize, "seed {seed}");
            }
            assert!(!begun.is_empty());
        }
    }

    /// Calls beside each other count while they go on: whoever has many of them up cannot begin another one when all
    /// of them together have lasted as long as a day allows.
    #[test]
    fn what_goes_on_counts_already() {
        let rule = Outbound { calls_per_minute: 100, minutes_per_day: 10, ..Outbound::default() };
        let (mut spending, crm) = (Spending::default(), Payer::User("crm".to_owned()));
        let start = Instant::from_micros(1_000_000_000);
        for _ in 0..5 {
            assert!(spending.allows(start, 1, &crm, &rule));
            spending.begin(crm.clone(), start);
        }
        let later = |seconds| start + std::time::Duration::from_secs(seconds);
        assert!(spending.allows(later(119), 1, &crm, &rule));
        assert!(!spending.allows(later(120), 1, &crm, &rule), "five calls of two minutes");
        spending.spend(later(120), 1, crm.clone(), start);
        assert!(!spending.allows(later(121), 1, &crm, &rule), "nothing is given back");
        assert!(spending.allows(later(121), 1, &Payer::User("shop".to_owned()), &rule), "somebody else");
    }
}
