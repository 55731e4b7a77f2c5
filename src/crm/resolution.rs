//! First contact resolution, by contacts that were not repeated.
//!
//! | word | what it is |
//! | --- | --- |
//! | contact | an agent and the customer talked: a call of the customer, or the call-back that was asked for |
//! | same customer | the same record; where one of the two has none, the same number |
//! | same reason | the same disposition where both have one, else the same queue |
//! | repeated | within the days after its beginning the customer rang again for the same reason and came as far as a queue, answered or not; a call-back repeats nothing |
//! | first | in the days before its beginning there was no contact of the customer for the same reason |
//! | still open | its days are not over, whether it was repeated meanwhile or not |
//!
//! Nobody knows who called without a number: such a contact is counted apart, and so is one still open.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::Instant;

/// What the contacts are counted by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ResolutionBy {
    Queue,
    Agent,
    /// Quarter of an hour in which they began: days in every time zone are made of these.
    Quarter,
}

/// Number of the queue or agent (0: none), or the beginning of the quarter in microseconds.
pub type ResolutionRows = BTreeMap<u64, ResolutionCounts>;

/// Which contacts are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ResolutionSpan {
    /// Begun at or after.
    pub from: Instant,
    /// Begun before.
    pub to: Instant,
    /// Days of 24 hours before and after each.
    pub days: u32,
    /// Tells whose days are over.
    pub now: Instant,
    /// Contacts judged at most.
    pub most: u64,
}

/// `contacts` = `unknown_customer` + `still_open` + `decided`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, utoipa::ToSchema)]
pub struct ResolutionCounts {
    pub contacts: u64,
    /// Neither a record nor a number.
    pub unknown_customer: u64,
    pub still_open: u64,
    /// Of these, repeated already.
    pub still_open_repeated: u64,
    /// All others: their days are over.
    pub decided: u64,
    /// Of the decided.
    pub repeated: u64,
    pub first: u64,
    /// First and not repeated.
    pub resolved_at_first: u64,
}

/// What is known of a contact.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Judged {
    pub known_customer: bool,
    pub over: bool,
    pub first: bool,
    pub repeated: bool,
}

/// A figure with its formula, the days in it.
#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
pub struct ResolutionFigure {
    pub name: &'static str,
    pub formula: String,
    pub value: Option<f64>,
}

impl ResolutionCounts {
    /// So many contacts of one kind.
    pub fn add(&mut self, judged: Judged, count: u64) {
        self.contacts += count;
        match judged {
            Judged { known_customer: false, .. } => self.unknown_customer += count,
            Judged { over: false, repeated, .. } => {
                self.still_open += count;
                self.still_open_repeated += if repeated { count } else { 0 };
            }
            Judged { first, repeated, .. } => {
                self.decided += count;
                self.repeated += if repeated { count } else { 0 };
                self.first += if first { count } else { 0 };
                self.resolved_at_first += if first && !repeated { count } else { 0 };
            }
        }
    }

    pub fn plus(mut self, other: &Self) -> Self {
        self.contacts += other.contacts;
        self.unknown_customer += other.unknown_customer;
        self.still_open += other.still_open;
        self.still_open_repeated += other.still_open_repeated;
        self.decided += other.decided;
        self.repeated += other.repeated;
        self.first += other.first;
        self.resolved_at_first += other.resolved_at_first;
        self
    }

    /// All of contacts whose days are over. The first is the usual one: of the matters that came up, those
    /// that one contact was enough for.
    pub fn figures(&self, days: u32) -> [ResolutionFigure; 3] {
        let ratio = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        let days = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
        let figure = |name, part: &str, whole: &str, value| {
            let formula = format!("{part} not repeated within {days} / {whole} whose {days} are over");
            ResolutionFigure { name, formula, value }
        };
        [
            figure(
                "first_contact_resolution",
                "first contacts",
                "first contacts",
                ratio(self.resolved_at_first, self.first),
            ),
            figure(
                "resolved_at_first_of_all",
                "first contacts",
                "contacts",
                ratio(self.resolved_at_first, self.decided),
            ),
            figure("not_repeated", "contacts", "contacts", ratio(self.decided - self.repeated, self.decided)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_decided_resolves_nothing() {
        let mut counts = ResolutionCounts::default();
        let sure = Judged { known_customer: true, over: true, first: true, repeated: false };
        counts.add(sure, 6);
        counts.add(Judged { repeated: true, ..sure }, 2);
        counts.add(Judged { first: false, ..sure }, 2);
        counts.add(Judged { over: false, ..sure }, 5);
        counts.add(Judged { over: false, repeated: true, ..sure }, 1);
        counts.add(Judged { known_customer: false, ..sure }, 4);
        assert_eq!((counts.contacts, counts.unknown_customer, counts.still_open, counts.decided), (20, 4, 6, 10));
        let figures = counts.figures(7);
        assert_eq!(figures.each_ref().map(|figure| figure.value), [Some(0.75), Some(0.6), Some(0.8)]);
        let formula = "first contacts not repeated within 7 days / contacts whose 7 days are over";
        assert_eq!(figures[1].formula, formula);
        assert_eq!(ResolutionCounts::default().figures(1)[0].value, None);
        assert_eq!(counts.plus(&counts).resolved_at_first, 12);
    }
}
