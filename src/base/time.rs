//! Time is an argument: the one clock value that pure code sees.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Microseconds since the Unix epoch, on a clock that never runs backwards.
///
/// The shell anchors a monotonic clock at the wall time of the start, so a step of the system clock
/// moves no timer and no interval becomes negative. Additions saturate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Micros)]
#[serde(transparent)]
pub struct Instant(u64);

impl Instant {
    pub const ZERO: Self = Self(0);
    pub const FAR_FUTURE: Self = Self(u64::MAX);

    /// The date in a time zone.
    pub fn date_in(self, zone: &jiff::tz::TimeZone) -> Option<jiff::civil::Date> {
        let stamp = jiff::Timestamp::from_microsecond(i64::try_from(self.0).ok()?).ok()?;
        Some(zone.to_datetime(stamp).date())
    }

    /// When a date begins in a time zone; `None` before 1970.
    pub fn midnight(date: jiff::civil::Date, zone: &jiff::tz::TimeZone) -> Option<Self> {
        let begin = date.to_zoned(zone.clone()).ok()?.start_of_day().ok()?;
        u64::try_from(begin.timestamp().as_microsecond()).ok().map(Self)
    }

    /// `micros`: microseconds since the Unix epoch, UTC.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch, UTC.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Whole milliseconds since the Unix epoch, UTC.
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000
    }

    /// As people and programs write it: `now`, `-10m` (s, m, h, d before now), microseconds, or RFC 3339.
    /// `None`: it is no time.
    pub fn read(text: &str, now: Self) -> Option<Self> {
        let text = text.trim();
        if text == "now" {
            return Some(now);
        }
        if let Some(span) = text.strip_prefix('-') {
            let unit = span.chars().next_back()?;
            let count: u64 = span.strip_suffix(unit)?.parse().ok()?;
            let seconds = match unit {
                's' => 1,
                'm' => 60,
                'h' => 3_600,
                'd' => 86_400,
                _ => return None,
            };
            return Some(now - Duration::from_secs(count.checked_mul(seconds)?));
        }
        text.parse().ok().map(Self).or_else(|| {
            let stamp: jiff::Timestamp = text.parse().ok()?;
            u64::try_from(stamp.as_microsecond()).ok().map(Self)
        })
    }

    /// RFC 3339 in UTC, to the microsecond.
    pub fn utc(self) -> String {
        let micros = i64::try_from(self.0).unwrap_or(i64::MAX);
        jiff::Timestamp::from_microsecond(micros).map(|at| format!("{at:.6}")).unwrap_or_default()
    }

    /// The time from `earlier` to `self`; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(micros))
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    fn sub(self, span: Duration) -> Self {
        let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        Self(self.0.saturating_sub(micros))
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}s", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_in_every_spelling() {
        let now = Instant::from_micros(1_767_605_400_000_000);
        let read = |text: &str| Instant::read(text, now);
        assert_eq!(read("now"), Some(now));
        assert_eq!(read("-10m"), Some(now - Duration::from_secs(600)));
        assert_eq!(read("-2d"), Some(now - Duration::from_secs(172_800)));
        assert_eq!(read("1767605400000000"), Some(now));
        assert_eq!(read("2026-01-05T10:30:00+01:00"), Some(now));
        assert_eq!(read(&now.utc()), Some(now));
        assert_eq!(now.utc(), "2026-01-05T09:30:00.000000Z");
        for bad in ["", "-", "-m", "-10", "-10y", "--1m", "-中", "yesterday", "2026-01-05", "-99999999999999999999s"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn arithmetic_saturates() {
        let t = Instant::from_micros(5);
        assert_eq!(t - Duration::from_secs(1), Instant::ZERO);
        assert_eq!(t + Duration::MAX, Instant::FAR_FUTURE);
        assert_eq!(t.since(Instant::from_micros(9)), Duration::ZERO);
        assert_eq!((t + Duration::from_micros(7)).since(t), Duration::from_micros(7));
    }
}
