//! How fast something may go on.

use std::time::Duration;

use super::Instant;

/// Once in `every`, and `burst` at once after a pause.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    pub every: Duration,
    pub burst: u32,
}

impl Rate {
    pub const fn per_second(count: u32, burst: u32) -> Self {
        let every = match count {
            0 => Duration::MAX,
            count => Duration::from_micros(1_000_000 / count as u64),
        };
        Self { every, burst }
    }
}

/// Where something stands with its rate: the generic cell rate algorithm (ITU-T I.371), which needs one time
/// only, the one at which all that was taken will be used up.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Pace(Instant);

impl Pace {
    /// Takes one, if it fits the rate.
    pub fn take(&mut self, now: Instant, rate: Rate) -> bool {
        let next = self.0.max(now) + rate.every;
        let fits = next.since(now) <= rate.every.saturating_mul(rate.burst);
        if fits {
            self.0 = next;
        }
        fits
    }

    /// Is at least half of the burst left?
    pub fn has_half(&self, now: Instant, rate: Rate) -> bool {
        self.0.since(now) <= rate.every.saturating_mul(rate.burst / 2)
    }

    /// Everything that was taken is used up.
    pub fn is_idle(&self, now: Instant) -> bool {
        self.0 <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_the_rate() {
        let rate = Rate::per_second(10, 5);
        let at = |ms: u64| Instant::from_micros(1_000_000_000 + ms * 1_000);
        let mut pace = Pace::default();
        let mut passed = |ms, tries: u32| (0..tries).filter(|_| pace.take(at(ms), rate)).count();
        assert_eq!((passed(0, 100), passed(50, 100), passed(210, 100), passed(60_000, 100)), (5, 0, 2, 5));
        assert!(!pace.has_half(at(60_000), rate) && pace.has_half(at(60_300), rate));
        assert!(!pace.is_idle(at(60_400)) && pace.is_idle(at(60_500)));
        assert!(!Pace::default().take(at(0), Rate::per_second(10, 0)));
    }
}
