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

/// Bounds what a holiday file can bring in.
const MAX_HOLIDAYS: usize = 2_000;

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HolidayError {
    #[error("line {line}: not a date: {text}")]
    NotADate { line: usize, text: String },
    #[error("more than {MAX_HOLIDAYS} days")]
    TooMany,
}

impl Calendar {
    pub fn zone_is_known(&self) -> bool {
        TimeZone::get(&self.zone).is_ok()
    }

    /// Adds the all-day events of an iCalendar file (RFC 5545) as closed days; days that are named
    /// already stay as they are. Returns how many were added.
    pub fn import_holidays(&mut self, ics: &str) -> Result<usize, HolidayError> {
        let found = holidays(ics)?;
        let before = self.exceptions.len();
        for holiday in found {
            if !self.exceptions.iter().any(|known| known.date == holiday.date) {
                self.exceptions.push(holiday);
            }
        }
        self.exceptions.sort_by_key(|exception| exception.date);
        Ok(self.exceptions.len() - before)
    }
}

/// One closed day for each day of each all-day event.
fn holidays(ics: &str) -> Result<Vec<Exception>, HolidayError> {
    let mut days = Vec::new();
    let (mut name, mut start, mut end) = (String::new(), None, None);
    for (text, line) in unfolded(ics) {
        let (key, value) = text.split_once(':').unwrap_or((&text, ""));
        let property = key.split(';').next().unwrap_or_default().to_ascii_uppercase();
        let all_day = !value.contains('T');
        match property.as_str() {
            "BEGIN" if value == "VEVENT" => (name, start, end) = (String::new(), None, None),
            "SUMMARY" => name = unescaped(value),
            "DTSTART" if all_day => start = Some(date(value, line)?),
            "DTEND" if all_day => end = Some(date(value, line)?),
            "END" if value == "VEVENT" => {
                let Some(first) = start.take() else { continue };
                let past = end.take().unwrap_or(first.tomorrow().unwrap_or(first));
                let mut day = first;
                while day < past || day == first {
                    if days.len() >= MAX_HOLIDAYS {
                        return Err(HolidayError::TooMany);
                    }
                    days.push(Exception { date: day, name: name.clone(), open_min: Vec::new() });
                    let Ok(next) = day.tomorrow() else { break };
                    day = next;
                }
            }
            _ => {}
        }
    }
    Ok(days)
}

/// A line that starts with white space goes on with the line before it (RFC 5545 §3.1).
fn unfolded(ics: &str) -> Vec<(String, usize)> {
    let mut lines: Vec<(String, usize)> = Vec::new();
    for (text, number) in ics.lines().zip(1..) {
        match (text.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some((last, _))) => last.push_str(rest),
            _ => lines.push((text.trim_end().to_owned(), number)),
        }
    }
    lines
}

fn unescaped(text: &str) -> String {
    text.replace("\\n", " ").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")
}

fn date(text: &str, line: usize) -> Result<jiff::civil::Date, HolidayError> {
    jiff::civil::Date::strptime("%Y%m%d", text).map_err(|_| HolidayError::NotADate { line, text: text.to_owned() })
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
    fn holidays_come_from_a_file_and_exceptions_win() {
        let ics = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227\r\n\
                   SUMMARY:Christ\r\n mas\\, both days\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART:20260101T100000Z\r\n\
                   SUMMARY:a meeting\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let mut calendar = office();
        let special = jiff::civil::date(2026, 12, 26);
        let late = Exception { date: special, name: "sale".into(), open_min: vec![(600, 720)] };
        calendar.exceptions.push(late);
        assert_eq!(calendar.import_holidays(ics), Ok(1));
        assert_eq!(calendar.exceptions[0].name, "Christmas, both days");
        assert!(!calendar.is_open(at("2026-12-25T11:00:00Z")), "a Friday, but closed");
        assert!(calendar.is_open(at("2026-12-26T09:30:00Z")), "a Saturday, but open");
        assert!(calendar.import_holidays("BEGIN:VEVENT\nDTSTART:2026").is_err());
    }
}
