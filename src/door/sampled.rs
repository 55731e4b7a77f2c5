//! Lines of the log that strangers cause: a burst is told one by one, then one a second, with the number of
//! those that were not told. Nobody fills a disk by asking.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const BURST: u32 = 20;
const EVERY: Duration = Duration::from_secs(1);

/// One kind of line.
#[derive(Default, Debug)]
pub struct Sampled(Mutex<State>);

#[derive(Default, Debug)]
struct State {
    /// Of the burst, used.
    used: u32,
    last: Option<Instant>,
    unsaid: u64,
}

impl Sampled {
    /// `Some`: say it, and that so many before it were not said.
    pub fn say(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = state.last.map_or(EVERY * BURST, |last| now.saturating_duration_since(last));
        let back = u32::try_from(since.as_millis() / EVERY.as_millis()).unwrap_or(u32::MAX);
        if back > 0 {
            state.used = state.used.saturating_sub(back);
            state.last = Some(now);
        }
        if state.used >= BURST {
            state.unsaid += 1;
            return None;
        }
        state.used += 1;
        Some(std::mem::take(&mut state.unsaid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_one_a_second_and_the_rest_is_counted() {
        let (sampled, start) = (Sampled::default(), Instant::now());
        let at = |ms| sampled.say(start + Duration::from_millis(ms));
        assert_eq!((0..100).filter(|ms| at(*ms).is_some()).count(), 20);
        assert_eq!((at(1_000), at(1_001)), (Some(80), None));
        assert_eq!((at(2_000), at(2_500)), (Some(1), None));
        assert_eq!((0..100).filter(|ms| at(60_000 + ms) == Some(0)).count(), 19, "after a pause, a burst again");
    }
}
