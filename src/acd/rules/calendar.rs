//! Business hours: a weekly plan in an IANA time zone, with days that differ.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::base::Instant;

/// Open at these times of the week, except on the days named apart.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Calendar {
    pub key: String,
    pub name: String,
    /// IANA name, such as `Asia/Shanghai`.
    pub zone: String,
    pub weekly: Vec<Hours>,
    /// Holidays and one-off opening hours: on such a day only these spans count, none means closed.
    pub exceptions: Vec<Exception>,
}

/// Minutes of the day; `to` is exclusive and at most 1440.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// 1 is Monday, 7 is Sunday.
    pub day: u8,
    pub from_min: u16,
    pub to_min: u16,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// `2026-10-01`.
    pub date: jiff::civil::Date,
    #[serde(default)]
    pub name: String,
    /// Open from and to, minutes of the day; empty: closed.
    #[serde(default)]
    pub open_min: Vec<(u16, u16)>,
}

impl Calendar {
    /// A zone that is not known counts as UTC; the linter refuses such rules.
    pub fn is_open(&self, now: Instant) -> bool {
        let Some(local) = self.local(now) else { return false };
        let minute = local.hour() as u16 * 60 + local.minute() as u16;
        let within = |from: u16, to: u16| (from..to).contains(&minute);
        match self.exceptions.iter().find(|exception| exception.date == local.date()) {
            Some(exception) => exception.open_min.iter().any(|(from, to)| within(*from, *to)),
            None => {
                let day = local.weekday().to_monday_one_offset() as u8;
                self.weekly.iter().any(|hours| hours.day == day && within(hours.from_min, hours.to_min))
            }
        }
    }

    fn local(&self, now: Instant) -> Option<DateTime> {
        let zone = TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC);
        let at = jiff::Timestamp::from_microsecond(i64::try_from(now.as_micros()).ok()?).ok()?;
        Some(zone.to_datetime(at))
    }
}

impl Calendar {
    pub fn zone_is_known(&self) -> bool {
        TimeZone::get(&self.zone).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        let at: jiff::Timestamp = text.parse().unwrap();
        Instant::from_micros(at.as_microsecond() as u64)
    }

    fn office() -> Calendar {
        let weekly = (1..=5).map(|day| Hours { day, from_min: 9 * 60, to_min: 18 * 60 }).collect();
        Calendar { key: "office".into(), zone: "Europe/Berlin".into(), weekly, ..Calendar::default() }
    }

    #[test]
    fn hours_follow_the_zone_through_summer_time() {
        let calendar = office();
        assert!(calendar.is_open(at("2026-03-27T08:00:00Z")), "9:00 in winter time");
        assert!(!calendar.is_open(at("2026-03-27T07:59:59Z")));
        assert!(calendar.is_open(at("2026-03-30T07:00:00Z")), "9:00 in summer time");
        assert!(!calendar.is_open(at("2026-03-30T16:00:00Z")), "18:00 is closed");
        assert!(!calendar.is_open(at("2026-03-28T12:00:00Z")), "Saturday");
    }

    #[test]
    fn an_exception_stands_for_its_whole_day() {
        let mut calendar = office();
        let day = |day, open_min| Exception { date: jiff::civil::date(2026, 12, day), name: String::new(), open_min };
        calendar.exceptions = vec![day(25, Vec::new()), day(26, vec![(600, 720)])];
        assert!(!calendar.is_open(at("2026-12-25T11:00:00Z")), "a Friday, but closed");
        assert!(calendar.is_open(at("2026-12-26T09:30:00Z")), "a Saturday, but open");
    }
}
