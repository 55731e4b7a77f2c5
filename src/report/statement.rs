//! What is run: a question with the values it asks for, printed, behind sub-questions that hold back what is not of
//! one's scope.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::base::Instant;

use super::view::{Own, View};

/// Changes of the clocks in one zone.
const SHIFTS_MAX: usize = 64;

/// Whose rows somebody may see.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Scope {
    All,
    /// What the agent of this key did.
    Agent(String),
}

/// For so long the clocks of a zone are so much ahead of UTC; microseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shift {
    pub begins: i64,
    pub ends: i64,
    pub shift: i64,
}

impl Shift {
    /// Those of a zone between two moments.
    pub fn all(zone: &TimeZone, from: Instant, to: Instant) -> Vec<Self> {
        let micros = |at: Instant| i64::try_from(at.as_micros()).unwrap_or(i64::MAX);
        let (mut begins, last) = (micros(from), micros(to));
        let mut shifts = Vec::new();
        let (Ok(mut stamp), true) = (Timestamp::from_microsecond(begins), begins < last) else { return shifts };
        while shifts.len() < SHIFTS_MAX {
            let shift = i64::from(zone.to_offset(stamp).seconds()).saturating_mul(1_000_000);
            let next = zone.following(stamp).next().map(|change| change.timestamp());
            let ends = next.map_or(last, |next| next.as_microsecond().min(last));
            shifts.push(Self { begins, ends, shift });
            match next.filter(|_| ends < last) {
                Some(next) => (stamp, begins) = (next, ends),
                None => break,
            }
        }
        shifts
    }
}

/// Values of one asking.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Filling {
    /// `from`, `to`, `now` and what else the report asks for.
    pub numbers: BTreeMap<String, i64>,
    /// Keys.
    pub queue: Option<String>,
    pub agent: Option<String>,
    /// In order, without gaps.
    pub clock: Vec<Shift>,
    pub scope: Scope,
    /// At most so many are read.
    pub rows: u32,
}

/// A key as a text of SQL, if it can safely be one.
pub(super) fn quoted(key: &str) -> Option<String> {
    let safe = !key.is_empty() && key.chars().all(|c| !c.is_control() && !matches!(c, '\'' | '\\' | '"'));
    safe.then(|| format!("'{key}'"))
}

/// The sub-question that stands for a view: `contacts AS NOT MATERIALIZED (SELECT …)`.
pub(super) fn sub_question(view: &View, filling: &Filling) -> Option<String> {
    let mut text = format!("{} AS NOT MATERIALIZED (SELECT * FROM {}", view.name, view.table);
    match (&filling.scope, view.own) {
        (Scope::All, _) | (Scope::Agent(_), Own::Everybodys) => {}
        (Scope::Agent(key), Own::Of(column)) => {
            let _ = write!(text, " WHERE {column} = {}", quoted(key)?);
        }
        (Scope::Agent(_), Own::Nobodys) => text.push_str(" WHERE 1 = 0"),
    }
    text.push(')');
    Some(text)
}

/// `clock (begins, ends, shift) AS (VALUES (…), (…))`.
pub(super) fn clock(filling: &Filling) -> String {
    let big = |value: i64| format!("CAST({value} AS BIGINT)");
    let row = |one: &Shift| format!("({}, {}, {})", big(one.begins), big(one.ends), big(one.shift));
    let rows: Vec<String> = filling.clock.iter().map(row).collect();
    if rows.is_empty() {
        return "clock (begins, ends, shift) AS (SELECT CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT) WHERE 1 = 0)"
            .to_owned();
    }
    format!("clock (begins, ends, shift) AS (VALUES {})", rows.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_told_without_gaps() {
        let at = |text: &str| Instant::read(text, Instant::from_micros(0)).unwrap();
        let hours = |zone: &str, from: &str, to: &str| {
            let shifts = Shift::all(&TimeZone::get(zone).unwrap(), at(from), at(to));
            assert!(shifts.windows(2).all(|pair| pair[0].ends == pair[1].begins), "{shifts:?}");
            assert_eq!(shifts.first().map(|one| one.begins), i64::try_from(at(from).as_micros()).ok());
            assert_eq!(shifts.last().map(|one| one.ends), i64::try_from(at(to).as_micros()).ok());
            shifts.iter().map(|one| one.shift / 3_600_000_000).collect::<Vec<_>>()
        };
        assert_eq!(hours("Asia/Shanghai", "2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z"), [8]);
        assert_eq!(hours("Europe/Berlin", "2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z"), [1, 2, 1]);
        assert_eq!(hours("UTC", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"), [0]);
    }
}
