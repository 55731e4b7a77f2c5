//! Callers who get no room: what one number may take up, and what is written of those who are refused.
//!
//! A refused call costs nothing that lasts: it is counted, and of many only some have a row. The rest is told in
//! the row of one of them, a minute later at the latest, so that nobody can fill the records by calling.

use std::collections::BTreeMap;
use std::time::Duration;

use super::input::NumberRule;
use super::output::{Observed, Output, Write};
use super::{Center, Due};
use crate::base::{Instant, Pace, Rate};
use crate::call::{self, Started};
use crate::crm::{EndedBy, Interaction, Outcome};
use crate::sip::{Origin, Reason};

/// Rows of refused calls.
const ROWS: Rate = Rate { every: Duration::from_secs(10), burst: 30 };
/// After so long the rest has its row.
const REST: Duration = Duration::from_secs(60);
/// What a refused caller is asked to wait for. Seconds.
const RETRY_AFTER_S: u32 = 5;

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

    /// The row to write of a refused call, if this one is to have one.
    fn row_of(&mut self, now: Instant, record: Interaction) -> Option<Box<Interaction>> {
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
    fn rest(&mut self) -> Option<Box<Interaction>> {
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

impl Center {
    /// Has the called number room for one more? Else why not.
    pub(super) fn number_refuses(&mut self, now: Instant, rule: &NumberRule, called: &str) -> Option<&'static str> {
        let up = self.visits.values().filter(|visit| visit.caller_leg.is_some() && visit.record.called == called);
        if up.count() >= usize::try_from(rule.limits.calls).unwrap_or(usize::MAX) {
            return Some("number_calls");
        }
        let rate = Rate::per_second(rule.limits.attempts_per_s, rule.limits.attempts_per_s);
        match self.crowd.attempts.entry(rule.number.clone()).or_default().take(now, rate) {
            true => None,
            false => Some("number_attempts"),
        }
    }

    /// The number has no room.
    pub(super) fn turn_away(
        &mut self,
        now: Instant,
        started: &Started,
        record: Interaction,
        why: &str,
        out: &mut Vec<Output>,
    ) {
        let trunk = match &started.origin {
            Origin::Trunk(trunk) => trunk.clone(),
            Origin::User { .. } => String::new(),
        };
        out.push(Output::Observed(Observed::TrunkRefused { trunk, why: why.to_owned() }));
        self.refuse_call(now, started, record, Self::reason(503, "the number is busy"), out);
    }

    pub(super) fn refuse_call(
        &mut self,
        now: Instant,
        started: &Started,
        mut record: Interaction,
        why: Reason,
        out: &mut Vec<Output>,
    ) {
        record.close(now);
        record.outcome = Some(Outcome::Refused);
        record.ended_by = Some(EndedBy::System);
        record.end_reason = Some(format!("{} {}", why.status, why.text));
        let direction = record.direction;
        match self.crowd.row_of(now, record) {
            Some(row) => out.push(Output::Write(Write::Interaction(row))),
            None if self.deadlines.get(&Due::Refused).is_none() => self.deadlines.set(Due::Refused, now + REST),
            None => {}
        }
        out.push(Output::Observed(Observed::CallEnded { direction, outcome: "refused".to_owned() }));
        let retry_after_s = (why.status == 503).then_some(RETRY_AFTER_S);
        self.to_calls(call::Command::Refuse { leg: started.leg, reason: why, retry_after_s });
    }

    pub(super) fn refused_are_told(&mut self, out: &mut Vec<Output>) {
        out.extend(self.crowd.rest().map(|row| Output::Write(Write::Interaction(row))));
    }
}
