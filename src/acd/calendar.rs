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
