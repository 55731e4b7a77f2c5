//! Conditions: small, typed, read once when the flow is accepted.
//!
//! ```text
//! condition  = all { "or" all }
//! all        = one { "and" one }
//! one        = "not" one | "(" condition ")" | "hours." name | compare
//! compare    = fact    ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) ( 'text' | number )
//!            | fact    "in" "[" 'text' { "," 'text' } "]"
//!            | fact    "starts" 'text'
//!            | time    ( "==" … ">=" ) 09:00     | time "in" 09:00-18:00
//!            | weekday ( "==" | "!=" ) mon       | weekday "in" mon-fri | weekday "in" "[" mon "," wed "]"
//!            | date    ( "==" … ">=" ) 2026-12-24 | date "in" "[" 2026-12-24 "," … "]"
//! fact       = caller | called | result | customer.known | customer.tier | customer.language
//!            | customer.value | customer.last_agent | var.name
//! ```
//!
//! A fact that is not there is the empty text. Compared with a number, a fact that is no number is
//! neither less, equal nor more: only `!=` holds. Texts compare as they are, `<` only with numbers.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::civil::Date;

use super::schedule::{self, Clock, Days, Local, Schedule};
use super::verb::Facts;

mod parse;

pub(super) use parse::parse;

/// The facts a driver fills.
pub(super) const FACTS: [&str; 8] = [
    "caller",
    "called",
    "result",
    "customer.known",
    "customer.tier",
    "customer.language",
    "customer.value",
    "customer.last_agent",
];

/// The values of facts that have few; compared with another text, a condition would never hold.
const VALUES: [(&str, &[&str]); 4] = [
    ("customer.known", &["one", "several", "none"]),
    ("customer.language", &["zh", "en"]),
    ("var.language", &["zh", "en"]),
    ("result", &RESULTS),
];

/// What a step that had somebody else speak with the caller came to.
const RESULTS: [&str; 11] = {
    use super::{DialFailed, QueueLeft};
    [
        QueueLeft::Timeout.as_str(),
        QueueLeft::Full.as_str(),
        QueueLeft::NoAgents.as_str(),
        QueueLeft::Closed.as_str(),
        QueueLeft::Declined.as_str(),
        QueueLeft::Impossible.as_str(),
        DialFailed::Busy.as_str(),
        DialFailed::NoAnswer.as_str(),
        DialFailed::Rejected.as_str(),
        DialFailed::Unreachable.as_str(),
        "finished",
    ]
};

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Hours(String),
    Text { fact: String, negated: bool, among: Vec<String> },
    Number { fact: String, order: Order, number: f64 },
    Starts { fact: String, with: String },
    Time { order: Order, time: Clock },
    TimeIn(schedule::Period),
    Weekday { negated: bool, days: Vec<Days> },
    Date { order: Order, date: Date },
    DateIn(Vec<Date>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Order {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    More,
    MoreEqual,
}

impl Order {
    fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessEqual => left <= right,
            Self::More => left > right,
            Self::MoreEqual => left >= right,
        }
    }
}

/// What a condition is asked of. `local` is there whenever the flow has a zone.
pub(super) struct Moment<'a> {
    pub facts: &'a Facts,
    pub local: Option<Local>,
    pub hours: &'a BTreeMap<String, Schedule>,
}

impl Condition {
    pub fn holds(&self, moment: &Moment) -> bool {
        let fact = |name: &str| moment.facts.get(name).map(String::as_str).unwrap_or_default();
        let local = |test: &dyn Fn(Local) -> bool| moment.local.is_some_and(test);
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(moment)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(moment)),
            Self::Not(part) => !part.holds(moment),
            Self::Hours(name) => local(&|now| moment.hours.get(name).is_some_and(|hours| hours.is_open(now))),
            Self::Text { fact: name, negated, among } => among.iter().any(|text| text == fact(name)) != *negated,
            Self::Number { fact: name, order, number } => match fact(name).trim().parse::<f64>() {
                Ok(value) => order.holds(&value, number),
                Err(_) => *order == Order::NotEqual,
            },
            Self::Starts { fact: name, with } => fact(name).starts_with(with.as_str()),
            Self::Time { order, time } => local(&|now| order.holds(&now.time(), time)),
            Self::TimeIn(period) => local(&|now| period.holds(now.time())),
            Self::Weekday { negated, days } => local(&|now| days.iter().any(|d| d.holds(now.weekday())) != *negated),
            Self::Date { order, date } => local(&|now| order.holds(&now.date(), date)),
            Self::DateIn(dates) => local(&|now| dates.contains(&now.date())),
        }
    }
}

/// A name used in a condition, with its bytes in the condition's text.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Used {
    Fact(String, Range<usize>),
    Hours(String, Range<usize>),
    /// The local time: needs a zone.
    Clock(Range<usize>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Instant;

    /// Monday 2026-11-23, 10:15 in Shanghai.
    const MONDAY: u64 = 1_795_400_100_000_000;

    fn holds(text: &str) -> bool {
        let facts: Facts = [
            ("caller", "+8613800138000"),
            ("customer.tier", "vip"),
            ("customer.known", "one"),
            ("var.order", "1042"),
            ("var.language", "zh"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let mut office = Schedule::default();
        office.open("mon-fri 09:00-18:00").unwrap();
        let hours = BTreeMap::from([("office".to_owned(), office)]);
        let zone = schedule::zone("Asia/Shanghai").unwrap();
        let local = Some(Local::at(Instant::from_micros(MONDAY), &zone));
        let (condition, _) = parse(text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
        condition.holds(&Moment { facts: &facts, local, hours: &hours })
    }

    #[test]
    fn what_holds() {
        for text in [
            "customer.tier == 'vip'",
            "customer.tier != 'gold'",
            "customer.tier in ['gold', \"vip\"]",
            "customer.language == ''",
            "caller starts '+86'",
            "var.order > 1000 and var.order <= 1042",
            "var.order == 1042.0",
            "customer.tier != 5",
            "time in 09:00-18:00",
            "time >= 10:15 and time < 10:16",
            "time in 22:00-10:16",
            "weekday in mon-fri and weekday != sun",
            "weekday in [wed, mon]",
            "date == 2026-11-23",
            "date in [2026-11-22, 2026-11-23]",
            "hours.office",
            "not (customer.known == 'none' or not hours.office)",
            "customer.tier == 'x' and customer.tier == 'y' or customer.known == 'one'",
        ] {
            assert!(holds(text), "{text}");
        }
    }

    #[test]
    fn what_does_not_hold() {
        for text in [
            "customer.tier == 'VIP'",
            "customer.tier < 5",
            "customer.tier == 5",
            "result == 'busy'",
            "caller starts '+49'",
            "time > 10:15",
            "weekday in sat-sun",
            "weekday == tue",
            "date > 2026-11-23",
            "not hours.office",
            "customer.tier == 'x' and (customer.tier == 'y' or customer.known == 'one')",
        ] {
            assert!(!holds(text), "{text}");
        }
    }
}
