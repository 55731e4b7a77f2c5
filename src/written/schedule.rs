//! Opening hours and the local time: which weekdays, from when to when, which days off.
//!
//! `open`: `mon-fri 09:00-18:00`, `sat 10:00-14:00`, `daily 00:00-24:00`, `fri 22:00-02:00` (into the
//! next day). `closed`: `2026-10-01`, or every year `12-25`; a day off begins and ends at midnight.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::base::Instant;

/// Wall time in the flow's zone.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Local(DateTime);

impl Local {
    /// Times after the year 9999 count as the end of it.
    pub fn at(now: Instant, zone: &TimeZone) -> Self {
        let micros = i64::try_from(now.as_micros()).unwrap_or(i64::MAX);
        let stamp = jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::MAX);
        Self(zone.to_datetime(stamp))
    }

    pub fn date(self) -> Date {
        self.0.date()
    }

    pub fn weekday(self) -> Weekday {
        self.0.weekday()
    }

    pub fn time(self) -> Clock {
        Clock(u16::from(self.0.hour().unsigned_abs()) * 60 + u16::from(self.0.minute().unsigned_abs()))
    }
}

/// An IANA zone by name, out of the database that is part of the program.
pub fn zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// A time of day in minutes, `00:00` to `24:00`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Clock(u16);

impl Clock {
    pub fn parse(text: &str) -> Option<Self> {
        let (hour, minute) = text.split_once(':')?;
        if !(1..=2).contains(&hour.len()) || minute.len() != 2 || !all_digits(hour) || !all_digits(minute) {
            return None;
        }
        let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
        let whole = hour * 60 + minute;
        (minute < 60 && whole <= 24 * 60).then_some(Self(whole))
    }

    pub fn hour(self) -> u8 {
        u8::try_from(self.0 / 60).unwrap_or(0)
    }

    pub fn minute(self) -> u8 {
        u8::try_from(self.0 % 60).unwrap_or(0)
    }
}

/// From the one (included) to the other (not included); over midnight when `from > to`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Period {
    pub from: Clock,
    pub to: Clock,
}

impl Period {
    pub fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('-')?;
        let period = Self { from: Clock::parse(from)?, to: Clock::parse(to)? };
        (period.from != period.to).then_some(period)
    }

    pub fn holds(self, time: Clock) -> bool {
        if self.from < self.to { self.from <= time && time < self.to } else { time >= self.from || time < self.to }
    }
}

/// A set of weekdays, Monday first.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Days([bool; 7]);

impl Days {
    const NAMES: [&'static str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

    /// `mon`, `mon-fri`, `sat-mon`, `daily`.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "daily" {
            return Some(Self([true; 7]));
        }
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        let at = |name: &str| Self::NAMES.iter().position(|known| *known == name);
        let (from, to) = (at(from)?, at(to)?);
        let in_range = |day: usize| if from <= to { (from..=to).contains(&day) } else { day >= from || day <= to };
        Some(Self(std::array::from_fn(in_range)))
    }

    pub fn holds(self, day: Weekday) -> bool {
        let index = usize::from(day.to_monday_zero_offset().unsigned_abs());
        self.0.get(index).copied().unwrap_or(false)
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
struct Open {
    days: Days,
    period: Period,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum DayOff {
    Once(Date),
    Yearly { month: i8, day: i8 },
}

/// `[hours.<name>]` of a flow.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Schedule {
    open: Vec<Open>,
    closed: Vec<DayOff>,
}

impl Schedule {
    /// Adds an entry of `open`; what is wrong with it otherwise.
    pub fn open(&mut self, text: &str) -> Result<(), String> {
        let wrong = || format!("`{text}` is not like `mon-fri 09:00-18:00` or `daily 00:00-24:00`");
        let (days, period) = text.trim().split_once(char::is_whitespace).ok_or_else(wrong)?;
        let days = Days::parse(days).ok_or_else(wrong)?;
        let period = Period::parse(period.trim()).ok_or_else(wrong)?;
        self.open.push(Open { days, period });
        Ok(())
    }

    /// Adds an entry of `closed`.
    pub fn close(&mut self, text: &str) -> Result<(), String> {
        let day = date(text).map(DayOff::Once).or_else(|| yearly(text));
        self.closed
            .push(day.ok_or_else(|| format!("`{text}` is no day such as `2026-10-01` or, every year, `12-25`"))?);
        Ok(())
    }

    pub fn is_open(&self, now: Local) -> bool {
        let (today, time) = (now.date(), now.time());
        let yesterday = today.yesterday().unwrap_or(today);
        self.open.iter().any(|Open { days, period }| {
            let on = |day: Date| days.holds(day.weekday()) && !self.is_off(day);
            if period.from < period.to {
                period.holds(time) && on(today)
            } else {
                (time >= period.from && on(today)) || (time < period.to && on(yesterday))
            }
        })
    }

    fn is_off(&self, day: Date) -> bool {
        self.closed.iter().any(|off| match *off {
            DayOff::Once(date) => date == day,
            DayOff::Yearly { month, day: number } => (day.month(), day.day()) == (month, number),
        })
    }
}

/// `2026-10-01`.
pub fn date(text: &str) -> Option<Date> {
    let shape = text.len() == 10 && text.bytes().enumerate().all(|(at, b)| (at == 4 || at == 7) == (b == b'-'));
    if shape { text.parse().ok() } else { None }
}

fn yearly(text: &str) -> Option<DayOff> {
    // 2024 was a leap year: 02-29 is a day.
    let day = (text.len() == 5).then(|| date(&format!("2024-{text}"))).flatten()?;
    Some(DayOff::Yearly { month: day.month(), day: day.day() })
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, zone_name: &str) -> Local {
        let stamp: jiff::Timestamp = text.parse().unwrap();
        Local::at(Instant::from_micros(stamp.as_microsecond() as u64), &zone(zone_name).unwrap())
    }

    fn hours(open: &[&str], closed: &[&str]) -> Schedule {
        let mut schedule = Schedule::default();
        open.iter().for_each(|text| schedule.open(text).unwrap());
        closed.iter().for_each(|text| schedule.close(text).unwrap());
        schedule
    }

    #[test]
    fn local_time_follows_the_zone_and_its_summer() {
        // Sunday 22:30 UTC is Monday morning in Shanghai.
        let shanghai = at("2026-11-22T22:30:00Z", "Asia/Shanghai");
        assert_eq!((shanghai.weekday(), shanghai.time()), (Weekday::Monday, Clock(6 * 60 + 30)));
        assert_eq!(at("2026-01-15T12:00:00Z", "Europe/Berlin").time().hour(), 13);
        assert_eq!(at("2026-07-15T12:00:00Z", "Europe/Berlin").time().hour(), 14);
        assert!(zone("Europe/Atlantis").is_none());
        assert_eq!(Local::at(Instant::FAR_FUTURE, &zone("UTC").unwrap()).date().year(), 9999);
    }

    #[test]
    fn hours_open_and_close() {
        let office = hours(&["mon-fri 09:00-18:00", "sat 10:00-14:00"], &["2026-10-01", "12-25"]);
        for (when, open) in [
            ("2026-11-23T01:00:00Z", true),  // Monday 09:00
            ("2026-11-23T00:59:59Z", false), // Monday 08:59
            ("2026-11-23T10:00:00Z", false), // Monday 18:00
            ("2026-11-21T05:59:00Z", true),  // Saturday 13:59
            ("2026-11-22T03:00:00Z", false), // Sunday
            ("2026-10-01T03:00:00Z", false), // a day off
            ("2026-10-02T03:00:00Z", true),
            ("2028-12-25T03:00:00Z", false), // a Monday, but Christmas
        ] {
            assert_eq!(office.is_open(at(when, "Asia/Shanghai")), open, "{when}");
        }
    }

    #[test]
    fn a_night_belongs_to_the_day_it_begins() {
        let night = hours(&["fri 22:00-02:00"], &["2026-12-04"]);
        assert!(night.is_open(at("2026-11-27T23:00:00Z", "UTC")));
        assert!(night.is_open(at("2026-11-28T01:59:00Z", "UTC")));
        assert!(!night.is_open(at("2026-11-28T02:00:00Z", "UTC")));
        assert!(!night.is_open(at("2026-11-27T01:00:00Z", "UTC")));
        assert!(!night.is_open(at("2026-12-05T01:00:00Z", "UTC")), "its Friday is a day off");
        assert!(hours(&["daily 00:00-24:00"], &[]).is_open(at("2026-11-28T23:59:59Z", "UTC")));
    }

    #[test]
    fn bad_entries_are_refused() {
        let mut schedule = Schedule::default();
        for text in
            ["", "mon", "mon 9-18", "mon 09:00-09:00", "mon 09:00-24:01", "monday 09:00-10:00", "mon 09:60-10:00"]
        {
            assert!(schedule.open(text).is_err(), "{text}");
        }
        for text in ["", "13-01", "02-30", "2026-02-29", "20261001", "2026-1-1", "tomorrow"] {
            assert!(schedule.close(text).is_err(), "{text}");
        }
        assert!(schedule.close("02-29").is_ok());
        assert_eq!(Days::parse("sat-mon").unwrap().0, [true, false, false, false, false, true, true]);
    }
}
