//! The last hour of a campaign, minute by minute: conversations, and how its agents spent their time.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::Instant;

const MINUTES: u64 = 60;

/// One minute. Times are sums over all agents.
#[derive(Clone, Copy, Debug, Default)]
struct Minute {
    /// Since the beginning of time.
    at: u64,
    contacts: u32,
    idle: Duration,
    staffed: Duration,
}

/// At most so many minutes as an hour has.
#[derive(Clone, Debug, Default)]
pub(super) struct Hour {
    minutes: VecDeque<Minute>,
    /// Until then the agents' time is counted.
    counted: Option<Instant>,
}

impl Hour {
    /// Since it was told last, so many agents were there, and so many of them free.
    pub fn spent(&mut self, now: Instant, (free, all): (usize, usize)) {
        let since = self.counted.replace(now);
        let span = since.map_or(Duration::ZERO, |since| now.since(since));
        let times = |agents: usize| span.saturating_mul(u32::try_from(agents).unwrap_or(u32::MAX));
        self.count(now, |minute| {
            minute.idle += times(free);
            minute.staffed += times(all);
        });
    }

    pub fn contact(&mut self, now: Instant) {
        self.count(now, |minute| minute.contacts += 1);
    }

    /// Conversations that began in the last hour.
    pub fn contacts(&self, now: Instant) -> u32 {
        self.recent(now).map(|minute| minute.contacts).sum()
    }

    /// Of the agents' time the share in which they waited for a call, in percent; `None`: nobody was there.
    pub fn idle_percent(&self, now: Instant) -> Option<u8> {
        let (idle, staffed) = self.recent(now).fold((Duration::ZERO, Duration::ZERO), |(idle, staffed), minute| {
            (idle + minute.idle, staffed + minute.staffed)
        });
        let percent = (staffed > Duration::ZERO).then(|| 100.0 * idle.as_secs_f64() / staffed.as_secs_f64())?;
        Some(percent.round().clamp(0.0, 100.0) as u8)
    }

    fn recent(&self, now: Instant) -> impl Iterator<Item = &Minute> {
        let first = (now.as_millis() / 60_000 + 1).saturating_sub(MINUTES);
        self.minutes.iter().filter(move |minute| minute.at >= first)
    }

    /// The present one has something to add.
    fn count(&mut self, now: Instant, add: impl FnOnce(&mut Minute)) {
        let at = now.as_millis() / 60_000;
        if self.minutes.back().is_none_or(|last| last.at < at) {
            if self.minutes.len() as u64 >= MINUTES {
                self.minutes.pop_front();
            }
            self.minutes.push_back(Minute { at, ..Minute::default() });
        }
        if let Some(minute) = self.minutes.back_mut() {
            add(minute);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_an_hour_is_forgotten() {
        let at = |minutes: u64| Instant::from_micros(1_000_000_000_000_000) + Duration::from_secs(60 * minutes);
        let mut hour = Hour::default();
        assert_eq!((hour.contacts(at(0)), hour.idle_percent(at(0))), (0, None));
        hour.spent(at(0), (4, 4));
        for minute in 0..50 {
            hour.contact(at(minute));
            hour.spent(at(minute), (1, 4));
        }
        assert_eq!((hour.contacts(at(50)), hour.idle_percent(at(50))), (50, Some(25)));
        assert_eq!(hour.contacts(at(69)), 40);
        hour.spent(at(200), (0, 4));
        assert_eq!((hour.contacts(at(200)), hour.idle_percent(at(200))), (0, Some(0)));
        assert!(hour.minutes.len() <= 60);
    }
}
