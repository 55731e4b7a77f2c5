//! Holidays from an iCalendar file (RFC 5545): the days of its all-day events, in the years asked for.
//!
//! Reading and repetitions are those of the crate `calcard`; here stands what a day off is. Of an event count
//! `DTSTART` with `DTEND` or `DURATION`, `RRULE`, `RDATE` and `EXDATE`, and the single occurrences that another
//! event of its `UID` moves or cancels (`RECURRENCE-ID`, with `RANGE=THISANDFUTURE`). Passed over are timed events
//! (but for the whole days that Outlook writes as such), to-dos, alarms and time zones. Days that work is moved to
//! (`补班`) are no days off, whatever else falls on them.
//!
//! What cannot be read is refused with its line, never guessed at. Limits: 16 MiB, [`MAX_HOLIDAYS`] days, [`STEPS`] steps of a
//! repetition.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use calcard::common::timezone::Tz;
use calcard::common::{CalendarScale, PartialDateTime};
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarEntry, ICalendarParameterName, ICalendarPeriod,
    ICalendarProperty, ICalendarRecurrenceRule, ICalendarStatus, ICalendarValue,
};
use calcard::{Entry, Parser};
use jiff::Timestamp;
use jiff::civil::Date;

/// Bounds what a holiday file can bring in.
const MAX_HOLIDAYS: usize = 2_000;
/// No holiday is longer.
const MAX_DAYS: i32 = 366;
/// Times that a repetition is followed, from its first.
const STEPS: usize = 40_000;
const FILE_MAX_BYTES: usize = 16 << 20;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Holiday {
    pub date: Date,
    pub name: String,
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HolidayError {
    #[error("line {line}: not a date: {text}")]
    NotADate { line: usize, text: String },
    #[error("line {line}: this repetition cannot be read: {text}")]
    Repetition { line: usize, text: String },
    #[error("there is no calendar in it (BEGIN:VCALENDAR)")]
    NoCalendar,
    #[error("the calendar is cut off: something that begins in line {line} has no END")]
    CutOff { line: usize },
    #[error("more than {MAX_HOLIDAYS} days")]
    TooMany,
    #[error("longer than {FILE_MAX_BYTES} bytes: this is not a calendar of holidays")]
    TooLong,
}

/// Days off in these years, by date, each once.
pub fn holidays(ics: &str, years: RangeInclusive<i16>) -> Result<Vec<Holiday>, HolidayError> {
    if ics.len() > FILE_MAX_BYTES {
        return Err(HolidayError::TooLong);
    }
    let text = ics.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n").replace('\0', "");
    let mut rules = Rules { lines: rule_lines(&text)?, years };
    let mut found = Vec::new();
    let mut parser = Parser::new(&text);
    loop {
        match parser.entry() {
            Entry::ICalendar(calendar) => found.extend(rules.days(&calendar)?),
            Entry::Eof => break,
            _ => {}
        }
        if found.len() > MAX_HOLIDAYS {
            return Err(HolidayError::TooMany);
        }
    }
    let worked: BTreeSet<Date> = found.iter().filter(|(_, works)| *works).map(|(day, _)| day.date).collect();
    let mut days: Vec<Holiday> =
        found.into_iter().map(|(day, _)| day).filter(|day| !worked.contains(&day.date)).collect();
    days.sort_by_key(|day| day.date);
    days.dedup_by_key(|day| day.date);
    Ok(days)
}

/// Line and text of a repetition; of one event there may be several.
type RuleLines = Vec<(usize, String)>;

/// The form of the file: something is in it, all that begins ends, and the dates of events are dates. Gives the
/// repetitions of each event, in its order.
fn rule_lines(text: &str) -> Result<std::collections::VecDeque<RuleLines>, HolidayError> {
    let mut events = std::collections::VecDeque::new();
    let mut open: Vec<(String, usize)> = Vec::new();
    let mut is_calendar = false;
    for (content, line) in unfolded(text) {
        let (key, value) = content.split_once(':').unwrap_or((&content, ""));
        let (key, value) = (key.to_ascii_uppercase(), value.trim());
        let within = open.last().map_or("", |(name, _)| name.as_str());
        match key.split(';').next().unwrap_or_default().trim() {
            "BEGIN" => {
                let name = value.to_ascii_uppercase();
                is_calendar |= name == "VCALENDAR";
                if name == "VEVENT" {
                    events.push_back(RuleLines::new());
                }
                open.push((name, line));
            }
            "END" => drop(open.pop()),
            "DTSTART" | "DTEND" | "EXDATE" | "RDATE" | "RECURRENCE-ID" if within == "VEVENT" => {
                if let Some(wrong) = value.split(',').find(|part| !begins_with_date(part)) {
                    return Err(HolidayError::NotADate { line, text: shortened(wrong) });
                }
            }
            "RRULE" if within == "VEVENT" => {
                events.back_mut().into_iter().for_each(|rules| rules.push((line, shortened(value))));
            }
            _ => {}
        }
    }
    match (is_calendar, open.first()) {
        (false, _) => Err(HolidayError::NoCalendar),
        (true, Some((_, line))) => Err(HolidayError::CutOff { line: *line }),
        (true, None) => Ok(events),
    }
}

/// A line that starts with white space goes on with the line before it (RFC 5545 §3.1).
fn unfolded(text: &str) -> Vec<(String, usize)> {
    let mut lines: Vec<(String, usize)> = Vec::new();
    for (text, number) in text.lines().zip(1..) {
        match (text.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some((last, _))) => last.push_str(rest),
            _ => lines.push((text.to_owned(), number)),
        }
    }
    lines
}

fn begins_with_date(text: &str) -> bool {
    text.trim().get(..8).is_some_and(|date| Date::strptime("%Y%m%d", date).is_ok())
}

/// Enough of what somebody wrote to find it.
fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

/// What is known of the repetitions of the file, and the years that count.
struct Rules {
    lines: std::collections::VecDeque<RuleLines>,
    years: RangeInclusive<i16>,
}

/// One VEVENT. `start`: `None` where it has a time of day.
struct Event {
    name: String,
    start: Option<Date>,
    /// Days.
    length: i32,
    /// First days, with the repetitions counted out.
    times: BTreeSet<Date>,
    /// The occurrence that this event stands for, and whether for all after it too.
    instead_of: Option<(Date, bool)>,
    is_cancelled: bool,
    /// Work is moved to it.
    is_workday: bool,
}

impl Rules {
    /// Days off, and days that are worked (`true`).
    fn days(&mut self, calendar: &ICalendar) -> Result<Vec<(Holiday, bool)>, HolidayError> {
        let mut series: Vec<(Option<&str>, Event)> = Vec::new();
        let mut changes: BTreeMap<&str, Vec<Event>> = BTreeMap::new();
        let events = calendar.components.iter().filter(|it| it.component_type == ICalendarComponentType::VEvent);
        for component in events {
            let lines = self.lines.pop_front().unwrap_or_default();
            let event = self.event(component, &lines)?;
            match (event.instead_of, component.uid()) {
                (Some(_), Some(uid)) => changes.entry(uid).or_default().push(event),
                (_, uid) => series.push((uid, event)),
            }
        }
        let mut found = Vec::new();
        for (uid, mut event) in series {
            let changes = uid.and_then(|uid| changes.get(uid)).map_or(&[][..], Vec::as_slice);
            self.change(&mut event, changes, &mut found);
            self.tell(&event, &mut found);
        }
        changes.values().flatten().for_each(|event| self.tell(event, &mut found));
        Ok(found)
    }

    /// Takes out of a series what other events say of its occurrences.
    fn change(&self, series: &mut Event, changes: &[Event], found: &mut Vec<(Holiday, bool)>) {
        for change in changes {
            let Some((instance, and_after)) = change.instead_of else { continue };
            if !series.times.remove(&instance) || !and_after {
                continue;
            }
            let after = series.times.split_off(&instance);
            let Some(moved) = change.start.map(|start| start - instance) else { continue };
            let times = after.into_iter().filter_map(|time| time.checked_add(moved).ok()).collect();
            let later = Event { name: change.name.clone(), times, ..*change };
            self.tell(&later, found);
        }
    }

    fn tell(&self, event: &Event, found: &mut Vec<(Holiday, bool)>) {
        if event.is_cancelled || event.start.is_none() {
            return;
        }
        let days = |time: &Date| {
            std::iter::successors(Some(*time), |day| day.tomorrow().ok())
                .take(usize::try_from(event.length).unwrap_or(1))
        };
        let days = event.times.iter().flat_map(days).filter(|day| self.years.contains(&day.year()));
        let days = days.map(|date| (Holiday { date, name: event.name.clone() }, event.is_workday));
        // One more than may be is enough to refuse them all.
        found.extend(days.take(MAX_HOLIDAYS.saturating_add(1)));
    }

    fn event(&self, component: &ICalendarComponent, lines: &RuleLines) -> Result<Event, HolidayError> {
        let dates = |name: ICalendarProperty| component.properties(&name).flat_map(dates_of).collect::<Vec<_>>();
        let instead_of = component
            .property(&ICalendarProperty::RecurrenceId)
            .and_then(|entry| Some((dates_of(entry).next()?, entry.has_parameter(&ICalendarParameterName::Range))));
        let is_cancelled = component.status() == Some(&ICalendarStatus::Cancelled);
        let first = dates(ICalendarProperty::Dtstart).first().copied();
        let start = match first {
            // A cancelled occurrence need not say when it would have been.
            None => instead_of.filter(|_| is_cancelled).map(|(instance, _)| instance),
            Some(_) => first.filter(|_| is_all_day(component)),
        };
        let name = component.property(&ICalendarProperty::Summary).and_then(|entry| entry.values.first()?.as_text());
        let mut event = Event {
            name: name.unwrap_or_default().trim().to_owned(),
            start,
            length: 1,
            times: start.into_iter().collect(),
            instead_of,
            is_cancelled,
            is_workday: is_workday(component),
        };
        let Some(start) = start else { return Ok(event) };
        event.length = length(component, start);
        let rules = component.properties(&ICalendarProperty::Rrule).filter_map(|entry| entry.values.first());
        for (nth, rule) in rules.enumerate() {
            let (line, text) = lines.get(nth).cloned().unwrap_or_default();
            let times = match rule {
                ICalendarValue::RecurrenceRule(rule) => self.times(start, rule),
                _ => None,
            };
            event.times.extend(times.ok_or(HolidayError::Repetition { line, text })?);
        }
        event.times.extend(dates(ICalendarProperty::Rdate));
        for taken_out in dates(ICalendarProperty::Exdate) {
            event.times.remove(&taken_out);
        }
        Ok(event)
    }

    /// First days of a repetition up to the last year; `None`: it cannot be followed.
    fn times(&self, start: Date, rule: &ICalendarRecurrenceRule) -> Option<BTreeSet<Date>> {
        if rule.rscale.as_ref().is_some_and(|scale| *scale != CalendarScale::Gregorian) {
            return None;
        }
        let end = Date::new(*self.years.end(), 12, 31).ok()?;
        let until = rule.until.as_ref().map_or(Some(end), date_of)?.min(end);
        if until < start {
            return Some(BTreeSet::new());
        }
        let rule = ICalendarRecurrenceRule { until: Some(partial(until)?), ..rule.clone() };
        let entry = |name, value| ICalendarEntry { name, params: Vec::new(), values: vec![value] };
        let component = ICalendarComponent {
            component_type: ICalendarComponentType::VEvent,
            entries: vec![
                entry(ICalendarProperty::Dtstart, ICalendarValue::PartialDateTime(Box::new(partial(start)?))),
                entry(ICalendarProperty::Rrule, ICalendarValue::RecurrenceRule(Box::new(rule))),
            ],
            component_ids: Vec::new(),
        };
        let expanded = ICalendar { components: vec![component] }.expand_dates(Tz::Floating, STEPS);
        if !expanded.errors.is_empty() || expanded.events.len() >= STEPS {
            return None;
        }
        expanded.events.iter().map(|event| date_at(event.start.timestamp())).collect()
    }
}

/// Days from `DTSTART` to `DTEND`, which does not count, or as long as `DURATION` says; at least one.
fn length(component: &ICalendarComponent, start: Date) -> i32 {
    let end = component.property(&ICalendarProperty::Dtend).and_then(|entry| dates_of(entry).next());
    let lasts = component.property(&ICalendarProperty::Duration).and_then(|entry| match entry.values.first()? {
        ICalendarValue::Duration(lasts) => i32::try_from(lasts.as_seconds().div_euclid(86_400)).ok(),
        _ => None,
    });
    end.map(|end| (end - start).get_days()).or(lasts).unwrap_or(1).clamp(1, MAX_DAYS)
}

/// Its first day has no time, or its program says that the times mean whole days.
fn is_all_day(component: &ICalendarComponent) -> bool {
    let start = component.property(&ICalendarProperty::Dtstart).and_then(|entry| entry.values.first());
    let has_time = matches!(start, Some(ICalendarValue::PartialDateTime(start)) if start.hour.is_some());
    let says = |name: &str| word(component, name).is_some_and(|word| word.eq_ignore_ascii_case("TRUE") || word == "1");
    !has_time || says("X-MICROSOFT-CDO-ALLDAYEVENT") || says("X-FUNAMBOL-ALLDAY")
}

/// How calendars of Chinese holidays say that a day off is made up for: `国庆节 补班`, `春节（班）`, `調整上班日`.
const WORKED: [&str; 9] = ["补班", "補班", "(班)", "（班）", "上班", "补课", "工作日", "workday", "working day"];

fn is_workday(component: &ICalendarComponent) -> bool {
    let summary = component.property(&ICalendarProperty::Summary).and_then(|entry| entry.values.first()?.as_text());
    let summary = summary.unwrap_or_default().to_lowercase();
    let marked = word(component, "X-APPLE-SPECIAL-DAY").is_some_and(|word| word.to_uppercase().contains("WORKDAY"));
    marked || WORKED.iter().any(|worked| summary.contains(worked))
}

/// The value of a property that RFC 5545 does not know.
fn word<'c>(component: &'c ICalendarComponent, name: &str) -> Option<&'c str> {
    let is_it = |entry: &&ICalendarEntry| match &entry.name {
        ICalendarProperty::Other(other) => other.eq_ignore_ascii_case(name),
        _ => false,
    };
    component.entries.iter().find(is_it)?.values.first()?.as_text()
}

fn dates_of(entry: &ICalendarEntry) -> impl Iterator<Item = Date> {
    entry.values.iter().filter_map(|value| match value {
        ICalendarValue::PartialDateTime(at) => date_of(at),
        ICalendarValue::Period(ICalendarPeriod::Range { start, .. } | ICalendarPeriod::Duration { start, .. }) => {
            date_of(start)
        }
        _ => None,
    })
}

fn date_of(at: &PartialDateTime) -> Option<Date> {
    Date::new(i16::try_from(at.year?).ok()?, i8::try_from(at.month?).ok()?, i8::try_from(at.day?).ok()?).ok()
}

fn partial(date: Date) -> Option<PartialDateTime> {
    Some(PartialDateTime {
        year: Some(u16::try_from(date.year()).ok()?),
        month: Some(date.month().unsigned_abs()),
        day: Some(date.day().unsigned_abs()),
        ..PartialDateTime::default()
    })
}

/// The day of a time that counts as if it were UTC.
fn date_at(second: i64) -> Option<Date> {
    Some(jiff::tz::TimeZone::UTC.to_datetime(Timestamp::from_second(second).ok()?).date())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(events: &[&str], years: RangeInclusive<i16>) -> Result<Vec<String>, HolidayError> {
        let events: String = events.iter().map(|event| format!("BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n")).collect();
        let found = holidays(&format!("BEGIN:VCALENDAR\r\n{events}END:VCALENDAR\r\n"), years)?;
        Ok(found.into_iter().map(|day| format!("{} {}", day.date, day.name)).collect())
    }

    fn dates(event: &str) -> String {
        read(&[event], 2026..=2030).map_or_else(|error| error.to_string(), |days| days.join(" ").replace(" x", ""))
    }

    #[test]
    fn all_day_events_are_days_off() {
        let christmas = "DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227\r\nSUMMARY;LANGUAGE=en:Christ\r\n mas\\, both days";
        let meeting = "DTSTART:20260101T100000Z\r\nSUMMARY:a meeting";
        let cancelled = "DTSTART;VALUE=DATE:20260501\r\nSTATUS:CANCELLED";
        let past = "DTSTART;VALUE=DATE:20241003\r\nSUMMARY:past";
        let again = "DTSTART;VALUE=DATE:20261226\r\nSUMMARY:said twice";
        let found = read(&[christmas, meeting, cancelled, past, again], 2026..=2027);
        assert_eq!(found.unwrap(), ["2026-12-25 Christmas, both days", "2026-12-26 Christmas, both days"]);
    }

    #[test]
    fn a_day_lasts_as_the_event_says() {
        for (event, days) in [
            ("DTSTART;VALUE=DATE:20271001\r\nDURATION:P1W", 7),
            ("DTSTART;VALUE=DATE:20271001\r\nDURATION:P3D", 3),
            ("DTSTART;VALUE=DATE:20271001\r\nDURATION:PT24H", 1),
            ("DTSTART;VALUE=DATE:20271001\r\nDTEND;VALUE=DATE:20271001", 1),
            ("DTSTART:20271001", 1),
            ("DTSTART:20271001\r\nDTEND:20271008", 7),
            ("dtstart;value=date:20271001\r\nduration:P2D", 2),
            // Outlook.
            (
                "DTSTART;TZID=China Standard Time:20271001T000000\r\nDTEND;TZID=China Standard Time:20271003T000000\r\n\
                 X-MICROSOFT-CDO-ALLDAYEVENT:TRUE",
                2,
            ),
        ] {
            assert_eq!(read(&[event], 2026..=2030).unwrap().len(), days, "{event}");
        }
    }

    #[test]
    fn holidays_come_back_every_year() {
        let of = |start: &str, rule: &str| dates(&format!("DTSTART;VALUE=DATE:{start}\r\nRRULE:{rule}\r\nSUMMARY:x"));
        for (start, rule, days) in [
            ("19701225", "FREQ=YEARLY;UNTIL=20271231", "2026-12-25 2027-12-25"),
            ("20260101", "FREQ=YEARLY;COUNT=2;INTERVAL=1", "2026-01-01 2027-01-01"),
            ("20260101", "freq=yearly;count=2", "2026-01-01 2027-01-01"),
            ("20250501", "FREQ=YEARLY;UNTIL=20270501T000000Z", "2026-05-01 2027-05-01"),
            ("20200229", "FREQ=YEARLY", "2028-02-29"),
            ("20201126", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;UNTIL=20281231", "2026-11-26 2027-11-25 2028-11-23"),
            ("20200525", "FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;UNTIL=20281231", "2026-05-25 2027-05-31 2028-05-29"),
            ("20260101", "FREQ=YEARLY;INTERVAL=2", "2026-01-01 2028-01-01 2030-01-01"),
            ("20260101", "FREQ=MONTHLY;COUNT=3", "2026-01-01 2026-02-01 2026-03-01"),
            ("20260103", "FREQ=WEEKLY;BYDAY=SA,SU;COUNT=3", "2026-01-03 2026-01-04 2026-01-10"),
            ("20260101", "FREQ=DAILY;UNTIL=20260103", "2026-01-01 2026-01-02 2026-01-03"),
            ("20100101", "FREQ=YEARLY;UNTIL=20120101", ""),
            ("20260511", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=2", "2026-05-11 2027-05-17"),
        ] {
            assert_eq!(of(start, rule), days, "{start} {rule}");
        }
        for odd in ["x=1", "FREQ=SOMETIMES", "FREQ=YEARLY;BYMONTH=13", "RSCALE=CHINESE;FREQ=YEARLY"] {
            assert_eq!(of("20260101", odd), format!("line 4: this repetition cannot be read: {odd}"));
        }
    }

    #[test]
    fn single_times_are_left_out_added_moved_and_cancelled() {
        let yearly = "UID:1\r\nDTSTART;VALUE=DATE:20270101\r\nRRULE:FREQ=YEARLY;UNTIL=20300101\r\nSUMMARY:x";
        let instead = |of: &str, more: &str| {
            format!("UID:1\r\nSEQUENCE:2\r\nRECURRENCE-ID;VALUE=DATE:{of}\r\nSUMMARY:x\r\n{more}")
        };
        let moved = instead("20290101", "DTSTART;VALUE=DATE:20290102");
        let cancelled = instead("20290101", "DTSTART;VALUE=DATE:20290101\r\nSTATUS:CANCELLED");
        let bare = instead("20290101", "STATUS:CANCELLED");
        let later = "UID:1\r\nRECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:20290101\r\nDTSTART;VALUE=DATE:20290103\r\nSUMMARY:x";
        let other = "UID:2\r\nRECURRENCE-ID;VALUE=DATE:20290101\r\nDTSTART;VALUE=DATE:20290601\r\nSUMMARY:x";
        let days = |events: &[&str]| read(events, 2026..=2030).unwrap().join(" ").replace(" x", "");
        let left_out = format!("{yearly}\r\nEXDATE;VALUE=DATE:20280101,20290101");
        let outlook = format!("{yearly}\r\nEXDATE;TZID=Europe/Berlin:20280101T000000");
        let added = format!("{yearly}\r\nRDATE;VALUE=DATE:20270105,20270106");
        for (events, expected) in [
            (vec![yearly], "2027-01-01 2028-01-01 2029-01-01 2030-01-01"),
            (vec![&left_out], "2027-01-01 2030-01-01"),
            (vec![&outlook], "2027-01-01 2029-01-01 2030-01-01"),
            (vec![&added], "2027-01-01 2027-01-05 2027-01-06 2028-01-01 2029-01-01 2030-01-01"),
            (vec![yearly, &moved], "2027-01-01 2028-01-01 2029-01-02 2030-01-01"),
            (vec![&moved, yearly], "2027-01-01 2028-01-01 2029-01-02 2030-01-01"),
            (vec![yearly, &cancelled], "2027-01-01 2028-01-01 2030-01-01"),
            (vec![yearly, &bare], "2027-01-01 2028-01-01 2030-01-01"),
            (vec![yearly, later], "2027-01-01 2028-01-01 2029-01-03 2030-01-03"),
            (vec![yearly, other], "2027-01-01 2028-01-01 2029-01-01 2029-06-01 2030-01-01"),
        ] {
            assert_eq!(days(&events), expected, "{events:?}");
        }
    }

    #[test]
    fn days_that_work_is_moved_to_are_no_days_off() {
        let of =
            |summary: &str, more: &str| dates(&format!("DTSTART;VALUE=DATE:20260927\r\nSUMMARY:{summary}\r\n{more}"));
        for worked in ["补班", "国庆节 补班 第1天/共2天", "春节（班）", "國慶日補班", "Make-up workday"]
        {
            assert_eq!(of(worked, ""), "", "{worked}");
        }
        assert_eq!(of("国庆节", "X-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY"), "");
        let alarm =
            |summary| format!("BEGIN:VALARM\r\nACTION:DISPLAY\r\nSUMMARY:{summary}\r\nTRIGGER:-PT15M\r\nEND:VALARM");
        assert_eq!(of("补班", &alarm("reminder")), "", "an alarm has a summary of its own");
        assert_eq!(of("国庆节", &alarm("补班")), "2026-09-27 国庆节");
        let (moon, worked) = ("DTSTART:20260925\r\nSUMMARY:中秋节", "DTSTART:20260925\r\nSUMMARY:补班");
        assert!(read(&[moon, worked], 2026..=2026).unwrap().is_empty());
    }

    #[test]
    fn what_is_no_holiday_is_passed_over() {
        let holiday = "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260101\r\nSUMMARY:x\r\nEND:VEVENT\r\n";
        let zone = "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\n\
                    RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n\
                    END:STANDARD\r\nEND:VTIMEZONE\r\n";
        let todo =
            "BEGIN:VTODO\r\nDTSTART;VALUE=DATE:20260202\r\nDUE;VALUE=DATE:20260203\r\nSUMMARY:taxes\r\nEND:VTODO\r\n";
        let meeting = "BEGIN:VEVENT\r\nDTSTART;TZID=Europe/Berlin:20260105T100000\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,X\r\n\
                       EXDATE;TZID=Europe/Berlin:20260112T100000\r\nSUMMARY:team\r\nEND:VEVENT\r\n";
        let all = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{zone}{todo}{meeting}{holiday}END:VCALENDAR\r\n");
        let count = |text: &str| holidays(text, 2026..=2030).map(|days| days.len());
        for (text, why) in [
            (all.clone(), "all in one file"),
            (all.to_lowercase(), "lower-case names"),
            (all.replace("\r\n", "\n"), "line feeds"),
            (all.replace("\r\n", "\r"), "carriage returns"),
            (format!("\u{feff}{all}"), "a mark at the beginning"),
            (format!("{all}{all}"), "two calendars in one file"),
            (all.trim_end().to_owned(), "no last line end"),
            (all.replace("SUMMARY:x", "SUMMARY:x\r\nX-ODD;A=\"b:c\":d\r\nnot a line"), "lines that mean nothing"),
        ] {
            assert_eq!(count(&text), Ok(1), "{why}");
        }
    }

    #[test]
    fn what_is_no_calendar_is_refused() {
        for text in ["a,b\n1,2\n", "", "<!DOCTYPE html>", "BEGIN:VCARD\nFN:x\nEND:VCARD\n"] {
            assert_eq!(holidays(text, 2026..=2026), Err(HolidayError::NoCalendar), "{text}");
        }
        for (value, line) in [("2026", 3), ("20261301", 3), ("20260230", 3), ("tomorrow", 3)] {
            let error = read(&[&format!("DTSTART;VALUE=DATE:{value}")], 2026..=2026).unwrap_err();
            assert_eq!(error.to_string(), format!("line {line}: not a date: {value}"));
        }
        let cut = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101\n";
        assert_eq!(holidays(cut, 2026..=2026), Err(HolidayError::CutOff { line: 1 }));
        let long = "DTSTART;VALUE=DATE:20260101\r\nDTEND;VALUE=DATE:99990101";
        assert_eq!(read(&[long], 2026..=2030).unwrap().len(), usize::try_from(MAX_DAYS).unwrap());
        let many = vec![long; 6];
        assert_eq!(read(&many, 2026..=2030), Err(HolidayError::TooMany));
    }
}
