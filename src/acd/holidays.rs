//! Holidays from an iCalendar file (RFC 5545): the days of its all-day events, in the years asked for.
//!
//! Understood: `DTSTART` and `DTEND` as dates, `SUMMARY`, `STATUS:CANCELLED`, and of `RRULE` what holidays
//! need: every year on the same date, or on the nth weekday of a month (`BYMONTH=11;BYDAY=4TH`), with `UNTIL`
//! and `COUNT`. Any other repetition is refused with its line, never guessed at. Timed events are passed over,
//! and so are days that a Chinese calendar moves work to (`补班`): they are no days off.
//!
//! Limits: [`MAX_HOLIDAYS`] days.

use std::ops::RangeInclusive;

use jiff::civil::{Date, Weekday};

/// Bounds what a holiday file can bring in.
const MAX_HOLIDAYS: usize = 2_000;
/// No holiday is longer.
const MAX_DAYS: usize = 366;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Holiday {
    pub date: Date,
    pub name: String,
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HolidayError {
    #[error("line {line}: not a date: {text}")]
    NotADate { line: usize, text: String },
    #[error("line {line}: only yearly repetitions are understood: {text}")]
    Repetition { line: usize, text: String },
    #[error("there is no calendar in it (BEGIN:VCALENDAR)")]
    NoCalendar,
    #[error("more than {MAX_HOLIDAYS} days")]
    TooMany,
}

#[derive(Default)]
struct Event {
    name: String,
    start: Option<Date>,
    /// Excluded.
    end: Option<Date>,
    repeats: Option<Repeats>,
    is_cancelled: bool,
}

/// Every year: on the date of the first time, or on the nth weekday of a month.
#[derive(Default)]
struct Repeats {
    until: Option<Date>,
    count: Option<usize>,
    on: Option<(i8, i8, Weekday)>,
}

/// Days off in these years, by date, each once.
pub fn holidays(ics: &str, years: RangeInclusive<i16>) -> Result<Vec<Holiday>, HolidayError> {
    let mut days: Vec<Holiday> = Vec::new();
    let mut event = Event::default();
    let mut is_calendar = false;
    for (text, line) in unfolded(ics) {
        let (key, value) = text.split_once(':').unwrap_or((&text, ""));
        let property = key.split(';').next().unwrap_or_default().to_ascii_uppercase();
        let all_day = !value.contains('T');
        match property.as_str() {
            "BEGIN" if value == "VCALENDAR" => is_calendar = true,
            "BEGIN" if value == "VEVENT" => event = Event::default(),
            "SUMMARY" => event.name = unescaped(value),
            "STATUS" => event.is_cancelled = value.eq_ignore_ascii_case("CANCELLED"),
            "DTSTART" if all_day => event.start = Some(date(value, line)?),
            "DTEND" if all_day => event.end = Some(date(value, line)?),
            "RRULE" => event.repeats = Some(repeats(value, line)?),
            "END" if value == "VEVENT" => {
                days.extend(std::mem::take(&mut event).days(&years));
                if days.len() > MAX_HOLIDAYS {
                    return Err(HolidayError::TooMany);
                }
            }
            _ => {}
        }
    }
    if !is_calendar {
        return Err(HolidayError::NoCalendar);
    }
    days.sort_by_key(|day| day.date);
    days.dedup_by_key(|day| day.date);
    Ok(days)
}

impl Event {
    fn days(self, years: &RangeInclusive<i16>) -> Vec<Holiday> {
        let Some(first) = self.start.filter(|_| !self.is_cancelled && !self.name.contains("补班")) else {
            return Vec::new();
        };
        let length = self.end.and_then(|end| usize::try_from((end - first).get_days()).ok()).unwrap_or(1);
        let times = match &self.repeats {
            None => vec![first],
            Some(repeats) => repeats.times(first, *years.end()),
        };
        let days = times.into_iter().flat_map(|begin| {
            std::iter::successors(Some(begin), |day| day.tomorrow().ok()).take(length.clamp(1, MAX_DAYS))
        });
        let days = days.filter(|day| years.contains(&day.year()));
        days.map(|date| Holiday { date, name: self.name.clone() }).collect()
    }
}

impl Repeats {
    /// First days up to the end of a year. The 29th of February is one in leap years.
    fn times(&self, first: Date, last_year: i16) -> Vec<Date> {
        let in_year = |year: i16| match self.on {
            None => Date::new(year, first.month(), first.day()).ok(),
            Some((month, nth, weekday)) => Date::new(year, month, 1).ok()?.nth_weekday_of_month(nth, weekday).ok(),
        };
        let times = (first.year()..=last_year).filter_map(in_year).filter(|day| *day >= first);
        let times = times.filter(|day| self.until.is_none_or(|until| *day <= until));
        times.take(self.count.unwrap_or(usize::MAX)).collect()
    }
}

fn repeats(text: &str, line: usize) -> Result<Repeats, HolidayError> {
    let refused = || HolidayError::Repetition { line, text: text.to_owned() };
    let mut found = Repeats::default();
    let (mut is_yearly, mut month, mut day) = (false, None, None);
    for (key, value) in text.split(';').filter_map(|part| part.split_once('=')) {
        match key {
            "FREQ" => is_yearly = value == "YEARLY",
            "UNTIL" => found.until = Some(date(value.get(..8).unwrap_or(value), line)?),
            "COUNT" => found.count = Some(value.parse().map_err(|_| refused())?),
            "INTERVAL" if value == "1" => {}
            "WKST" => {}
            "BYMONTH" => month = Some(value.parse::<i8>().map_err(|_| refused())?),
            // With the month: the date of the first time, said again.
            "BYMONTHDAY" => {}
            "BYDAY" => day = Some(nth_weekday(value).ok_or_else(refused)?),
            _ => return Err(refused()),
        }
    }
    found.on = match (month, day) {
        (Some(month), Some((nth, weekday))) => Some((month, nth, weekday)),
        (None, Some(_)) => return Err(refused()),
        (_, None) => None,
    };
    if is_yearly { Ok(found) } else { Err(refused()) }
}

/// `4TH`: the fourth Thursday; `-1MO`: the last Monday.
fn nth_weekday(text: &str) -> Option<(i8, Weekday)> {
    let (nth, day) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let weekday = match day {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    };
    let nth: i8 = nth.parse().ok()?;
    (1..=5).contains(&nth.unsigned_abs()).then_some((nth, weekday))
}

/// A line that starts with white space goes on with the line before it (RFC 5545 §3.1).
fn unfolded(ics: &str) -> Vec<(String, usize)> {
    let mut lines: Vec<(String, usize)> = Vec::new();
    for (text, number) in ics.trim_start_matches('\u{feff}').lines().zip(1..) {
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

fn date(text: &str, line: usize) -> Result<Date, HolidayError> {
    Date::strptime("%Y%m%d", text).map_err(|_| HolidayError::NotADate { line, text: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(events: &[&str], years: RangeInclusive<i16>) -> Result<Vec<String>, HolidayError> {
        let events: String = events.iter().map(|event| format!("BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n")).collect();
        let found = holidays(&format!("BEGIN:VCALENDAR\r\n{events}END:VCALENDAR\r\n"), years)?;
        Ok(found.into_iter().map(|day| format!("{} {}", day.date, day.name)).collect())
    }

    #[test]
    fn all_day_events_are_days_off() {
        let christmas = "DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227\r\nSUMMARY;LANGUAGE=en:Christ\r\n mas\\, both days";
        let meeting = "DTSTART:20260101T100000Z\r\nSUMMARY:a meeting";
        let cancelled = "DTSTART;VALUE=DATE:20260501\r\nSTATUS:CANCELLED";
        let moved_work = "DTSTART;VALUE=DATE:20260927\r\nSUMMARY:国庆节 补班";
        let past = "DTSTART;VALUE=DATE:20241003\r\nSUMMARY:past";
        let again = "DTSTART;VALUE=DATE:20261226\r\nSUMMARY:said twice";
        let found = read(&[christmas, meeting, cancelled, moved_work, past, again], 2026..=2027);
        assert_eq!(found.unwrap(), ["2026-12-25 Christmas, both days", "2026-12-26 Christmas, both days"]);
    }

    #[test]
    fn holidays_come_back_every_year() {
        let of = |start: &str, rule: &str| {
            let event = format!("DTSTART;VALUE=DATE:{start}\r\nRRULE:{rule}\r\nSUMMARY:x");
            read(&[&event], 2026..=2028).map(|days| days.join(" ").replace(" x", ""))
        };
        assert_eq!(of("19701225", "FREQ=YEARLY").unwrap(), "2026-12-25 2027-12-25 2028-12-25");
        assert_eq!(of("20260101", "FREQ=YEARLY;COUNT=2;INTERVAL=1").unwrap(), "2026-01-01 2027-01-01");
        assert_eq!(of("20250501", "FREQ=YEARLY;UNTIL=20270501T000000Z").unwrap(), "2026-05-01 2027-05-01");
        assert_eq!(of("20200229", "FREQ=YEARLY").unwrap(), "2028-02-29");
        assert_eq!(of("20201126", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH").unwrap(), "2026-11-26 2027-11-25 2028-11-23");
        assert_eq!(of("20200525", "FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO").unwrap(), "2026-05-25 2027-05-31 2028-05-29");
        for odd in ["FREQ=WEEKLY", "FREQ=YEARLY;BYDAY=MO", "FREQ=YEARLY;INTERVAL=2", "FREQ=YEARLY;BYWEEKNO=20", "x=1"] {
            assert!(matches!(of("20260101", odd), Err(HolidayError::Repetition { line: 4, .. })), "{odd}");
        }
    }

    #[test]
    fn what_is_no_calendar_is_refused() {
        assert_eq!(holidays("a,b\n1,2\n", 2026..=2026), Err(HolidayError::NoCalendar));
        let error = read(&["DTSTART;VALUE=DATE:2026"], 2026..=2026).unwrap_err();
        assert_eq!(error.to_string(), "line 3: not a date: 2026");
        let long = "DTSTART;VALUE=DATE:20260101\r\nDTEND;VALUE=DATE:99990101";
        assert_eq!(read(&[long], 2026..=2030).unwrap().len(), MAX_DAYS);
        let many = vec![long; 6];
        assert_eq!(read(&many, 2026..=2030), Err(HolidayError::TooMany));
    }
}
