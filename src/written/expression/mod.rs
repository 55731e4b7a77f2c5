//! Conditions: small, typed, read once when what they stand in is accepted.
//!
//! ```text
//! condition  = all { "or" all }
//! all        = one { "and" one }
//! one        = "not" one | "(" condition ")" | "hours." name | flag | compare
//! compare    = fact    ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) ( 'text' | number )
//!            | fact    "in" "[" 'text' { "," 'text' } "]"
//!            | fact    "starts" 'text' | fact "contains" 'text'
//!            | fact    ( "==" | "!=" ) "me"
//!            | fact    ( "==" … ">=" ) ( 2026-12-24 | "today" [ ("+"|"-") 7d ] | "now" [ ("+"|"-") 2h ] )
//!            | time    ( "==" … ">=" ) 09:00     | time "in" 09:00-18:00
//!            | weekday ( "==" | "!=" ) mon       | weekday "in" mon-fri | weekday "in" "[" mon "," wed "]"
//!            | date    ( "==" … ">=" ) 2026-12-24 | date "in" "[" 2026-12-24 "," … "]"
//! ```
//!
//! Which facts there are, and what may be asked of each, is told by a [`Vocabulary`] ([`Sort`]). A fact that is not
//! there is the empty text. Compared with a number, a fact that is no number is neither less, equal nor more: only
//! `!=` holds; so for days and times. Texts compare as they are, `<` only with numbers.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::base::Instant;

use super::schedule::{self, Clock, Days, Local, Schedule};

mod parse;
mod span;

pub use parse::{ParseError, parse};
pub use span::{read_span, spoken_span};

/// What conditions may ask of.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Vocabulary<'a> {
    pub facts: BTreeMap<&'a str, Sort>,
    /// The values of facts that have few; compared with another text, a condition would never hold.
    pub values: BTreeMap<&'a str, Vec<&'a str>>,
    /// What names begin with that are known elsewhere.
    pub free: Option<&'a str>,
    /// May `time`, `weekday`, `date` and `hours.x` be asked?
    pub clock: bool,
    /// Shown where a name is missing.
    pub example: &'a str,
}

/// What may be asked of a fact.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sort {
    /// A text, or a number written as one.
    Plain,
    Text,
    Number,
    /// Holds by itself: `verified`.
    Flag,
    /// `2026-12-24`
    Day,
    /// Microseconds since 1970, written as a number.
    Time,
    /// Somebody, who may be `me`.
    Person,
    /// Several texts with [`BETWEEN`] between them; it is equal to each of them.
    Many,
}

/// Stands between the texts of [`Sort::Many`].
pub const BETWEEN: char = '\u{1f}';

#[derive(Clone, PartialEq, Debug)]
pub enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Hours(String),
    Text {
        fact: String,
        negated: bool,
        among: Vec<String>,
    },
    Has {
        fact: String,
        negated: bool,
        among: Vec<String>,
    },
    Number {
        fact: String,
        order: Order,
        number: f64,
    },
    Starts {
        fact: String,
        with: String,
    },
    Contains {
        fact: String,
        text: String,
    },
    Flag {
        fact: String,
    },
    Me {
        fact: String,
        negated: bool,
    },
    /// Compared with now, so many seconds later.
    Now {
        fact: String,
        order: Order,
        seconds: i64,
    },
    /// A day, or the local day of a time.
    Day {
        fact: String,
        order: Order,
        day: Day,
    },
    Time {
        order: Order,
        time: Clock,
    },
    TimeIn(schedule::Period),
    Weekday {
        negated: bool,
        days: Vec<Days>,
    },
    Date {
        order: Order,
        date: Date,
    },
    DateIn(Vec<Date>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Day {
    On(Date),
    /// So many days after today.
    Today(i64),
}

impl Day {
    /// `None` beyond the years that there are.
    pub fn date(self, today: Date) -> Option<Date> {
        match self {
            Self::On(date) => Some(date),
            Self::Today(days) => today.checked_add(jiff::Span::new().try_days(days).ok()?).ok(),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    More,
    MoreEqual,
}

impl Order {
    pub fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessEqual => left <= right,
            Self::More => left > right,
            Self::MoreEqual => left >= right,
        }
    }

    fn holds_of<T: PartialOrd>(self, left: Option<T>, right: &T) -> bool {
        left.map_or(self == Self::NotEqual, |left| self.holds(&left, right))
    }
}

/// What a condition is asked of. `local` is there whenever there is a zone.
pub struct Moment<'a> {
    pub facts: &'a BTreeMap<String, String>,
    pub local: Option<Local>,
    pub hours: &'a BTreeMap<String, Schedule>,
    /// `None`: nothing asks for times of its own.
    pub asker: Option<Asker<'a>>,
}

/// Who asks, when and where.
#[derive(Clone, Copy)]
pub struct Asker<'a> {
    pub me: &'a str,
    pub now: Instant,
    pub zone: &'a TimeZone,
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
            Self::Has { fact: name, negated, among } => {
                let mut has = fact(name).split(BETWEEN);
                has.any(|one| among.iter().any(|text| text == one)) != *negated
            }
            Self::Number { fact: name, order, number } => order.holds_of(fact(name).trim().parse().ok(), number),
            Self::Starts { fact: name, with } => fact(name).starts_with(with.as_str()),
            Self::Contains { fact: name, text } => fact(name).to_lowercase().contains(&text.to_lowercase()),
            Self::Flag { fact: name } => fact(name) == "true",
            Self::Me { fact: name, negated } => moment.asker.is_some_and(|asker| asker.me == fact(name)) != *negated,
            Self::Now { fact: name, order, seconds } => {
                let now = moment.asker.and_then(|asker| micros_after(asker.now, *seconds));
                now.is_some_and(|now| order.holds_of(fact(name).parse().ok(), &now))
            }
            Self::Day { fact: name, order, day } => {
                let Some(Asker { now, zone, .. }) = moment.asker else { return false };
                let wanted = now.date_in(zone).and_then(|today| day.date(today));
                wanted.is_some_and(|wanted| order.holds_of(day_of(fact(name), zone), &wanted))
            }
            Self::Time { order, time } => local(&|now| order.holds(&now.time(), time)),
            Self::TimeIn(period) => local(&|now| period.holds(now.time())),
            Self::Weekday { negated, days } => local(&|now| days.iter().any(|d| d.holds(now.weekday())) != *negated),
            Self::Date { order, date } => local(&|now| order.holds(&now.date(), date)),
            Self::DateIn(dates) => local(&|now| dates.contains(&now.date())),
        }
    }
}

/// Microseconds since 1970, so many seconds after `now`.
pub fn micros_after(now: Instant, seconds: i64) -> Option<i64> {
    i64::try_from(now.as_micros()).ok()?.checked_add(seconds.checked_mul(1_000_000)?)
}

/// Of `2026-12-24`, and of microseconds since 1970.
fn day_of(text: &str, zone: &TimeZone) -> Option<Date> {
    schedule::date(text).or_else(|| Instant::from_micros(text.parse().ok()?).date_in(zone))
}

/// A name used in a condition, with its bytes in the condition's text.
#[derive(Clone, PartialEq, Debug)]
pub enum Used {
    Fact(String, Range<usize>),
    Hours(String, Range<usize>),
    /// The local time: needs a zone.
    Clock(Range<usize>),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday 2026-11-23, 10:15 in Shanghai.
    const MONDAY: u64 = 1_795_400_100_000_000;

    fn holds(text: &str) -> bool {
        let facts: BTreeMap<String, String> = [
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
        let (condition, _) = parse(text, &parse::tests::calls()).unwrap_or_else(|e| panic!("{text}: {e:?}"));
        condition.holds(&Moment { facts: &facts, local, hours: &hours, asker: None })
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

    #[test]
    fn what_is_asked_of_a_record() {
        let facts: BTreeMap<String, String> = [
            ("subject", "The pump leaks".to_owned()),
            ("verified", "true".to_owned()),
            ("owner", "ana".to_owned()),
            ("day", "2026-11-23".to_owned()),
            ("due", (MONDAY + 3_600_000_000).to_string()),
            ("tags", format!("a{BETWEEN}b")),
            ("cost", "12.5".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let zone = schedule::zone("Asia/Shanghai").unwrap();
        let asker = Asker { me: "ana", now: Instant::from_micros(MONDAY), zone: &zone };
        let moment = Moment { facts: &facts, local: None, hours: &BTreeMap::new(), asker: Some(asker) };
        for (text, expected) in [
            ("verified", true),
            ("waived", false),
            ("verified or waived", true),
            ("not verified", false),
            ("verified == false", false),
            ("owner == me", true),
            ("owner != me", false),
            ("owner == 'ana'", true),
            ("due > now", true),
            ("due > now + 2h", false),
            ("due < now+61m", true),
            ("due == today", true),
            ("due < 2026-11-24", true),
            ("day == today", true),
            ("day >= today - 1d", true),
            ("day > today", false),
            ("tags == 'b'", true),
            ("tags in ['c', 'd']", false),
            ("tags != 'c'", true),
            ("cost >= 12.5", true),
            ("subject contains 'PUMP'", true),
            ("subject starts 'pump'", false),
            ("gone == ''", true),
            ("closed < now", false),
            ("closed != today", true),
        ] {
            let (condition, _) = parse(text, &parse::tests::record()).unwrap_or_else(|e| panic!("{text}: {e:?}"));
            assert_eq!(condition.holds(&moment), expected, "{text}");
        }
    }
}
