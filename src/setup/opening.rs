//! What opening hours say of a moment: open or closed, by which of their lines, and until when.

use jiff::civil::{Date, DateTime, Time};
use jiff::{Span as Days, ToSpan as _};

use super::configuration::DAYS;
use super::model::{HoursModel, Span};

/// Days that are looked through for the next change.
const AHEAD: i64 = 400;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Opening {
    pub open: bool,
    /// The day is one of `special`.
    pub special: bool,
    /// The spans of this day, in their order.
    pub spans: Vec<Span>,
    /// When it changes, as clocks there show it; `None`: not within four hundred days.
    pub until: Option<DateTime>,
}

/// `at`: as clocks in the zone of the hours show it.
pub fn opening(hours: &HoursModel, at: DateTime) -> Opening {
    let (special, mut spans) = day(hours, at.date());
    spans.sort_unstable();
    let open = is_open(&spans, minute(at.time()));
    Opening { open, special, until: until(hours, at, open), spans }
}

fn day(hours: &HoursModel, date: Date) -> (bool, Vec<Span>) {
    match hours.special.get(&date.to_string()) {
        Some(spans) => (true, spans.clone()),
        None => {
            let weekday = DAYS.get(usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0));
            (false, weekday.and_then(|day| hours.week.get(*day)).cloned().unwrap_or_default())
        }
    }
}

fn minute(time: Time) -> u16 {
    let [hour, minute] = [time.hour(), time.minute()].map(|part| u16::try_from(part).unwrap_or(0));
    hour.saturating_mul(60).saturating_add(minute)
}

fn is_open(spans: &[Span], minute: u16) -> bool {
    spans.iter().any(|span| (span.from_min..span.to_min).contains(&minute))
}

fn until(hours: &HoursModel, at: DateTime, open: bool) -> Option<DateTime> {
    for ahead in 0..AHEAD {
        let date = at.date().checked_add(Days::new().try_days(ahead).ok()?).ok()?;
        let spans = day(hours, date).1;
        let mut edges: Vec<u16> = spans.iter().flat_map(|span| [span.from_min, span.to_min]).chain([0]).collect();
        edges.sort_unstable();
        let later = |edge: &u16| *edge < 1440 && (ahead > 0 || *edge > minute(at.time()));
        if let Some(edge) = edges.into_iter().filter(later).find(|edge| is_open(&spans, *edge) != open) {
            return date.to_datetime(Time::midnight()).checked_add(i64::from(edge).minutes()).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn office() -> HoursModel {
        let text = r#"
[hours.office]
week = { mon = ["13:00-18:00", "09:00-12:00"], tue = ["09:00-24:00"], wed = ["00:00-12:00"], thu = ["00:00-24:00"], fri = ["00:00-24:00"] }
special = { "2026-10-05" = [], "2026-10-10" = ["10:00-14:00"] }
"#;
        crate::setup::read(text).unwrap().hours.get("office").cloned().unwrap()
    }

    #[test]
    fn a_moment_is_open_or_closed_until_the_next_change() {
        for (at, open, special, until) in [
            ("2026-09-28T08:59", false, false, "2026-09-28T09:00"),
            ("2026-09-28T09:00", true, false, "2026-09-28T12:00"),
            ("2026-09-28T12:00", false, false, "2026-09-28T13:00"),
            ("2026-09-28T17:59", true, false, "2026-09-28T18:00"),
            ("2026-09-28T18:00", false, false, "2026-09-29T09:00"),
            ("2026-09-29T23:30", true, false, "2026-09-30T12:00"),
            ("2026-10-01T10:00", true, false, "2026-10-03T00:00"),
            ("2026-10-05T10:00", false, true, "2026-10-06T09:00"),
            ("2026-10-10T09:00", false, true, "2026-10-10T10:00"),
            ("2026-10-10T14:00", false, true, "2026-10-12T09:00"),
        ] {
            let told = opening(&office(), at.parse().unwrap());
            let wanted: DateTime = until.parse().unwrap();
            assert_eq!((told.open, told.special, told.until), (open, special, Some(wanted)), "{at}");
        }
        let never = opening(&HoursModel::default(), "2026-09-28T08:59".parse().unwrap());
        assert_eq!((never.open, never.until, never.spans.len()), (false, None, 0));
    }
}
