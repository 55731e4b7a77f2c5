//! Working hours as a clock that stands still while nobody works, and times that come again.
//!
//! Spans of local time by weekday; a date of its own replaces its weekday (no span: a day off). Where the local
//! time jumps, a span is as long as it really was.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::schedule::{Clock, Days};
use crate::base::Instant;

/// Days looked at for the end of a span: hours that open less often than that never come to it.
const DAYS_MAX: usize = 1_200;

/// When somebody works.
#[derive(Clone, PartialEq, Debug)]
pub struct Hours {
    zone: TimeZone,
    /// Monday first; minutes of the day, from and to.
    week: [Vec<(u16, u16)>; 7],
    special: BTreeMap<Date, Vec<(u16, u16)>>,
}

impl Hours {
    pub fn new(zone: TimeZone) -> Self {
        Self { zone, week: Default::default(), special: BTreeMap::new() }
    }

    /// `weekday`: 0 is Monday. Minutes of the day, `to` at most 1440.
    pub fn open(&mut self, weekday: usize, from: u16, to: u16) {
        if let Some(day) = self.week.get_mut(weekday) {
            day.push((from, to));
        }
    }

    /// What counts on this date alone.
    pub fn only(&mut self, date: Date, spans: Vec<(u16, u16)>) {
        self.special.insert(date, spans);
    }

    /// When so many seconds of work have passed; `None`: they never do.
    pub fn after(&self, from: Instant, seconds: u64) -> Option<Instant> {
        let mut left = Duration::from_secs(seconds);
        let mut day = from.date_in(&self.zone)?;
        for _ in 0..DAYS_MAX {
            for (opens, closes) in self.spans(day) {
                let begins = opens.max(from);
                let there = closes.since(begins);
                // At the end of a day nothing is due next morning.
                if begins < closes && left <= there {
                    return Some(begins + left);
                }
                left = left.saturating_sub(there);
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    /// When there are so many seconds of work left until then; `None`: there never were.
    pub fn before(&self, until: Instant, seconds: u64) -> Option<Instant> {
        let mut left = Duration::from_secs(seconds);
        let mut day = until.date_in(&self.zone)?;
        for _ in 0..DAYS_MAX {
            for (opens, closes) in self.spans(day).into_iter().rev() {
                let ends = closes.min(until);
                let there = ends.since(opens);
                if opens < ends && left <= there {
                    return Some(ends - left);
                }
                left = left.saturating_sub(there);
            }
            day = day.yesterday().ok()?;
        }
        None
    }

    /// Seconds of work from the one to the other.
    pub fn between(&self, from: Instant, to: Instant) -> u64 {
        let (Some(mut day), Some(last)) = (from.date_in(&self.zone), to.date_in(&self.zone)) else { return 0 };
        let mut total = Duration::ZERO;
        for _ in 0..DAYS_MAX {
            if day > last {
                break;
            }
            let spans = self.spans(day).into_iter();
            total += spans.map(|(opens, closes)| closes.min(to).since(opens.max(from))).sum::<Duration>();
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        total.as_secs()
    }

    /// The spans of a day, in order, none over another.
    fn spans(&self, day: Date) -> Vec<(Instant, Instant)> {
        let weekday = usize::from(day.weekday().to_monday_zero_offset().unsigned_abs());
        let written = self.special.get(&day).or_else(|| self.week.get(weekday));
        let mut minutes: Vec<(u16, u16)> = written.cloned().unwrap_or_default();
        minutes.sort_unstable();
        let mut spans: Vec<(Instant, Instant)> = Vec::new();
        for (from, to) in minutes {
            let (Some(from), Some(to)) = (at(day, from, &self.zone), at(day, to, &self.zone)) else { continue };
            match spans.last_mut() {
                Some((_, end)) if from <= *end => *end = to.max(*end),
                _ => spans.push((from, to)),
            }
        }
        spans
    }
}

/// A minute of a day; 1440 is the next midnight.
fn at(day: Date, minute: u16, zone: &TimeZone) -> Option<Instant> {
    if minute >= 1_440 {
        return Instant::midnight(day.tomorrow().ok()?, zone);
    }
    let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
    let stamp = day.at(hour, minute, 0, 0).to_zoned(zone.clone()).ok()?.timestamp();
    u64::try_from(stamp.as_microsecond()).ok().map(Instant::from_micros)
}

/// A time that comes again: `mon-fri 09:00`, `daily 00:30`.
#[derive(Clone, PartialEq, Debug)]
pub struct Recurring {
    text: String,
    days: Days,
    at: Clock,
}

impl Recurring {
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (days, at) = text.split_once(char::is_whitespace)?;
        let at = Clock::parse(at.trim()).filter(|at| at.hour() < 24)?;
        Some(Self { text: text.to_owned(), days: Days::parse(days)?, at })
    }

    /// The first one after `now`.
    pub fn next(&self, now: Instant, zone: &TimeZone) -> Option<Instant> {
        let mut day = now.date_in(zone)?;
        for _ in 0..=8 {
            let minute = u16::from(self.at.hour()) * 60 + u16::from(self.at.minute());
            if self.days.holds(day.weekday())
                && let Some(found) = at(day, minute, zone).filter(|found| *found > now)
            {
                return Some(found);
            }
            day = day.tomorrow().ok()?;
        }
        None
    }
}

impl std::fmt::Display for Recurring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::schedule::zone;
    use super::*;

    fn moment(text: &str) -> Instant {
        let stamp: jiff::Timestamp = text.parse().unwrap();
        Instant::from_micros(stamp.as_microsecond() as u64)
    }

    /// Monday to Friday with a break at noon, Saturday in the morning; one Wednesday off, one Sunday open.
    fn office(zone_name: &str) -> Hours {
        let mut hours = Hours::new(zone(zone_name).unwrap());
        for day in 0..5 {
            hours.open(day, 13 * 60, 18 * 60);
            hours.open(day, 9 * 60, 12 * 60);
        }
        hours.open(5, 9 * 60, 12 * 60);
        hours.only("2026-11-25".parse().unwrap(), Vec::new());
        hours.only("2026-11-29".parse().unwrap(), vec![(10 * 60, 11 * 60)]);
        hours
    }

    #[test]
    fn the_clock_stands_still_outside_of_hours() {
        let office = office("Asia/Shanghai");
        for (from, seconds, until) in [
            ("2026-11-23T09:00:00+08:00", 3_600, "2026-11-23T10:00:00+08:00"),
            ("2026-11-23T03:00:00+08:00", 3_600, "2026-11-23T10:00:00+08:00"),
            ("2026-11-23T11:30:00+08:00", 3_600, "2026-11-23T13:30:00+08:00"),
            ("2026-11-23T17:00:00+08:00", 3_600, "2026-11-23T18:00:00+08:00"),
            ("2026-11-23T17:00:00+08:00", 3_601, "2026-11-24T09:00:01+08:00"),
            // Over the day off, the Saturday and the open Sunday.
            ("2026-11-24T17:00:00+08:00", 2 * 3_600, "2026-11-26T10:00:00+08:00"),
            ("2026-11-27T17:00:00+08:00", 5 * 3_600, "2026-11-29T11:00:00+08:00"),
            ("2026-11-27T17:00:00+08:00", 6 * 3_600, "2026-11-30T10:00:00+08:00"),
            ("2026-11-22T12:00:00+08:00", 0, "2026-11-23T09:00:00+08:00"),
        ] {
            let found = office.after(moment(from), seconds).unwrap();
            assert_eq!(found, moment(until), "{from} + {seconds}: {}", found.utc());
            assert_eq!(office.between(moment(from), found), seconds, "{from} + {seconds}");
        }
        assert_eq!(
            office.before(moment("2026-11-24T10:00:00+08:00"), 2 * 3_600),
            Some(moment("2026-11-23T17:00:00+08:00"))
        );
        assert_eq!(office.before(moment("2026-11-22T12:00:00+08:00"), 0), Some(moment("2026-11-21T12:00:00+08:00")));
        assert_eq!(office.between(moment("2026-11-24T12:00:00+08:00"), moment("2026-11-23T09:00:00+08:00")), 0);
        assert_eq!(Hours::new(TimeZone::UTC).after(moment("2026-11-23T09:00:00Z"), 1), None, "nobody ever works");
    }

    #[test]
    fn a_day_of_summer_time_is_as_long_as_it_was() {
        let mut always = Hours::new(zone("Europe/Berlin").unwrap());
        (0..7).for_each(|day| always.open(day, 0, 1_440));
        let (from, to) = (moment("2026-03-29T00:00:00+01:00"), moment("2026-03-30T00:00:00+02:00"));
        assert_eq!(always.between(from, to), 23 * 3_600);
        assert_eq!(always.after(from, 23 * 3_600), Some(to));
    }

    #[test]
    fn a_time_comes_again() {
        let shanghai = zone("Asia/Shanghai").unwrap();
        for (text, now, next) in [
            ("mon-fri 09:00", "2026-11-27T09:00:00+08:00", "2026-11-30T09:00:00+08:00"),
            ("mon-fri 09:00", "2026-11-27T08:59:59+08:00", "2026-11-27T09:00:00+08:00"),
            ("daily 00:30", "2026-11-27T01:00:00+08:00", "2026-11-28T00:30:00+08:00"),
            ("fri 09:00", "2026-11-27T09:00:01+08:00", "2026-12-04T09:00:00+08:00"),
        ] {
            assert_eq!(Recurring::parse(text).unwrap().next(moment(now), &shanghai), Some(moment(next)), "{text}");
        }
        for text in ["", "09:00", "mon", "mon 24:00", "mon 9", "noday 09:00"] {
            assert_eq!(Recurring::parse(text), None, "{text}");
        }
    }
}
