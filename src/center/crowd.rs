//! Callers who get no room: what one number may take up, and what is written of those who are refused.
//!
//! A refused call costs nothing that lasts: it is counted, and of many only some have a row. The rest is told in
//! the row of one of them, a minute later at the latest, so that nobody can fill the records by calling.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::base::{Instant, Pace, Rate};
use crate::center::input::NumberRule;
use crate::crm::Interaction;

/// Rows of refused calls.
const ROWS: Rate = Rate { every: Duration::from_secs(10), burst: 30 };

/// See the module's head.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    /// By the number of the rule; as many as there are rules.
    attempts: BTreeMap<String, Pace>,
    rows: Pace,
    left_out: Option<LeftOut>,
}

/// Refused calls without a row; the last of them stands for all.
#[derive(Debug)]
struct LeftOut {
    last: Box<Interaction>,
    count: u64,
}

impl Crowd {
    pub fn configure(&mut self, numbers: &[NumberRule]) {
        self.attempts.retain(|number, _| numbers.iter().any(|rule| rule.number == *number));
    }

    /// Has the number room for one more attempt in this second? Then it counts.
    pub fn takes(&mut self, now: Instant, rule: &NumberRule) -> bool {
        let rate = Rate::per_second(rule.limits.attempts_per_s, rule.limits.attempts_per_s);
        self.attempts.entry(rule.number.clone()).or_default().take(now, rate)
    }

    /// The row to write of a refused call, if this one is to have one.
    pub(in crate::center) fn row_of(&mut self, now: Instant, record: Interaction) -> Option<Box<Interaction>> {
        let record = Box::new(record);
        if self.rows.take(now, ROWS) {
            let before = self.left_out.take().map_or(0, |left_out| left_out.count);
            return Some(standing_for(record, before));
        }
        let count = self.left_out.take().map_or(0, |left_out| left_out.count).saturating_add(1);
        self.left_out = Some(LeftOut { last: record, count });
        None
    }

    /// The row of those that have none.
    pub(in crate::center) fn rest(&mut self) -> Option<Box<Interaction>> {
        let LeftOut { last, count } = self.left_out.take()?;
        Some(standing_for(last, count.saturating_sub(1)))
    }
}

fn standing_for(mut record: Box<Interaction>, others: u64) -> Box<Interaction> {
    if others > 0
        && let Some(reason) = &mut record.end_reason
    {
        reason.push_str(&format!(" (and {others} more refused calls that have no row)"));
    }
    record
}
