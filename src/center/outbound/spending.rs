//! What agents have called: calls a minute, minutes a day.

use std::collections::{BTreeMap, VecDeque};

use crate::base::{AgentId, Instant};
use crate::center::answer::Refused;
use crate::center::desk::Refusal;
use crate::center::outbound::route::Outside;
use crate::center::rules::Rules;

/// What agents have called.
#[derive(Debug, Default)]
pub(in crate::center) struct Spending {
    agents: BTreeMap<AgentId, Spent>,
}

#[derive(Debug, Default)]
pub(in crate::center) struct Spent {
    /// The local day of `seconds`.
    day: i64,
    seconds: u64,
    /// Begins of the calls of the last minute.
    recent: VecDeque<Instant>,
}

impl Spending {
    fn allows(&mut self, now: Instant, day: i64, agent: AgentId, rule: &crate::center::input::Outbound) -> bool {
        let spent = self.agents.entry(agent).or_default();
        if spent.day != day {
            (spent.day, spent.seconds) = (day, 0);
        }
        spent.recent.retain(|begun| now.since(*begun).as_secs() < 60);
        let allowed = spent.recent.len() < rule.calls_per_minute as usize
            && spent.seconds < u64::from(rule.minutes_per_day).saturating_mul(60);
        if allowed {
            spent.recent.push_back(now);
        }
        allowed
    }

    /// Takes note of one more call, if it may be made.
    pub fn may_call(&mut self, now: Instant, agent: AgentId, to: &Outside, rules: &Rules) -> Result<(), Refused> {
        if to.is_emergency() {
            return Ok(());
        }
        let day = rules.day(now);
        match self.allows(now, day, agent, &rules.configuration.outbound) {
            true => Ok(()),
            false => Err((Refusal::Spent, "as many calls, or minutes, as one agent may make")),
        }
    }

    /// A call is over that began at `begun`.
    pub(in crate::center) fn spend(&mut self, now: Instant, day: i64, agent: AgentId, begun: Instant) {
        let spent = self.agents.entry(agent).or_default();
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
            let (mut spending, agent) = (Spending::default(), AgentId(1));
            let (mut now, mut day) = (Instant::from_micros(1_000_000_000), 1);
            let (mut begun, mut used) = (Vec::new(), 0_u64);
            for _ in 0..400 {
                now = now + std::time::Duration::from_millis(rng.below(40_000));
                if rng.chance(0.01) {
                    (day, used) = (day + 1, 0);
                }
                if spending.allows(now, day, agent, &rule) {
                    assert!(used < u64::from(rule.minutes_per_day) * 60, "seed {seed}");
                    begun.push(now);
                    let end = now + std::time::Duration::from_secs(rng.below(300));
                    spending.spend(end, day, agent, now);
                    used += end.since(now).as_secs();
                }
                let recent = begun.iter().filter(|begun| now.since(**begun).as_secs() < 60).count();
                assert!(recent <= rule.calls_per_minute as usize, "seed {seed}");
            }
            assert!(!begun.is_empty());
        }
    }
}
