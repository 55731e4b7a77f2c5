//! When somebody may be called: by the clock on their wall, and by their holidays.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::base::Instant;

/// Minutes of a day of the week; `to_min` is exclusive and at most 1440.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// 1 is Monday, 7 is Sunday.
    pub day: u8,
    pub from_min: u16,
    pub to_min: u16,
}

/// The hours of a campaign, in the time of the one who is called.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallHours {
    pub weekly: Vec<Hours>,
    /// Nobody is called on these days of theirs.
    #[serde(default)]
    pub holidays: BTreeSet<Date>,
}

impl Default for CallHours {
    /// 8 a.m. to 9 p.m. at the called place (16 CFR 310.4(c)), on every day.
    fn default() -> Self {
        let weekly = (1..=7).map(|day| Hours { day, from_min: 8 * 60, to_min: 21 * 60 }).collect();
        Self { weekly, holidays: BTreeSet::new() }
    }
}

impl CallHours {
    /// Whether somebody may be called now who is in one of these time zones: in each of them it must be allowed.
    /// Without a zone, or in one that is not known (`None`), never.
    pub fn allow(&self, zones: &[Option<TimeZone>], now: Instant) -> bool {
        !zones.is_empty() && zones.iter().all(|zone| zone.as_ref().is_some_and(|zone| self.allow_in(zone, now)))
    }

    fn allow_in(&self, zone: &TimeZone, now: Instant) -> bool {
        let Some(micros) = i64::try_from(now.as_micros()).ok() else { return false };
        let Ok(stamp) = jiff::Timestamp::from_microsecond(micros) else { return false };
        let local = zone.to_datetime(stamp);
        if self.holidays.contains(&local.date()) {
            return false;
        }
        let minute = local.hour() as u16 * 60 + local.minute() as u16;
        let day = local.weekday().to_monday_one_offset() as u8;
        self.weekly.iter().any(|hours| hours.day == day && (hours.from_min..hours.to_min).contains(&minute))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::read(text, Instant::ZERO).unwrap()
    }

    fn zones(names: &[&str]) -> Vec<Option<TimeZone>> {
        names.iter().map(|name| TimeZone::get(name).ok()).collect()
    }

    #[test]
    fn the_clock_of_the_called_counts() {
        let hours = CallHours::default();
        let berlin = zones(&["Europe/Berlin"]);
        for (time, allowed) in [
            ("2026-01-15T06:59:59Z", false),
            ("2026-01-15T07:00:00Z", true),
            ("2026-01-15T19:59:59Z", true),
            ("2026-01-15T20:00:00Z", false),
            // Summer time.
            ("2026-07-15T05:59:59Z", false),
            ("2026-07-15T06:00:00Z", true),
            ("2026-07-15T19:00:00Z", false),
        ] {
            assert_eq!(hours.allow(&berlin, at(time)), allowed, "{time}");
        }
    }

    #[test]
    fn a_number_that_may_be_in_several_zones_is_called_when_all_allow_it() {
        let hours = CallHours::default();
        let coasts = zones(&["America/New_York", "America/Los_Angeles"]);
        assert!(!hours.allow(&coasts, at("2026-01-15T15:00:00Z")), "7 in the west");
        assert!(hours.allow(&coasts, at("2026-01-15T17:00:00Z")));
        assert!(!hours.allow(&coasts, at("2026-01-16T02:30:00Z")), "21:30 in the east");
        assert!(!hours.allow(&[], at("2026-01-15T17:00:00Z")));
        assert!(!hours.allow(&zones(&["America/New_York", "Nowhere/Land"]), at("2026-01-15T17:00:00Z")));
    }

    #[test]
    fn holidays_are_days_of_the_called() {
        let hours = CallHours { holidays: [jiff::civil::date(2026, 10, 1)].into(), ..CallHours::default() };
        let shanghai = zones(&["Asia/Shanghai"]);
        assert!(!hours.allow(&shanghai, at("2026-10-01T02:00:00Z")));
        // Still 30 September in UTC, and 8:30 on the holiday in Shanghai.
        assert!(!hours.allow(&shanghai, at("2026-10-01T00:30:00Z")));
        assert!(hours.allow(&shanghai, at("2026-10-02T00:30:00Z")));
    }
}
