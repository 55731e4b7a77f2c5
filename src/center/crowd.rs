//! Callers who get no room: what one number may take up, and what is written of those who are refused.
//!
//! A refused call costs nothing that lasts: it is counted, and of many only some have a row. The rest is told in
//! the row of one of them, a minute later at the latest, so that nobody can fill the records by calling.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::base::{Instant, Pace, Rate};
use crate::call::{self, Started};
use crate::center::input::NumberRule;
use crate::center::output::{Observed, Output, Write};
use crate::center::turn::{Due, Turn, sip_reason};
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

    /// Has the called number room for one more beside those that are `up`? Else why not.
    pub fn refuses(&mut self, now: Instant, rule: &NumberRule, up: usize) -> Option<&'static str> {
        if up >= usize::try_from(rule.limits.calls).unwrap_or(usize::MAX) {
            return Some("number_calls");
        }
        (!self.takes(now, rule)).then_some("number_attempts")
    }

    /// The number has no room.
    pub fn turn_away(&mut self, started: &Started, record: Interaction, why: &str, turn: &mut Turn<'_>) {
        let trunk = match &started.origin {
            Origin::Trunk(trunk) => trunk.clone(),
            Origin::User { .. } => String::new(),
        };
        turn.out.push(Output::Observed(Observed::TrunkRefused { trunk, why: why.to_owned() }));
        self.refuse(started, record, sip_reason(503, "the number is busy"), turn);
    }

    pub fn refuse(&mut self, started: &Started, mut record: Interaction, why: Reason, turn: &mut Turn<'_>) {
        record.close(turn.now);
        record.outcome = Some(Outcome::Refused);
        record.ended_by = Some(EndedBy::System);
        record.end_reason = Some(format!("{} {}", why.status, why.text));
        let direction = record.direction;
        match self.row_of(turn.now, record) {
            Some(row) => turn.out.push(Output::Write(Write::Interaction(row))),
            None if turn.todo.deadlines.get(&Due::Refused).is_none() => {
                turn.todo.deadlines.set(Due::Refused, turn.now + REST);
            }
            None => {}
        }
        turn.out.push(Output::Observed(Observed::CallEnded { direction, outcome: "refused".to_owned() }));
        let retry_after_s = (why.status == 503).then_some(RETRY_AFTER_S);
        turn.todo.to_calls(call::Command::Refuse { leg: started.leg, reason: why, retry_after_s });
    }

    /// Has the number room for one more attempt in this second? Then it counts.
    fn takes(&mut self, now: Instant, rule: &NumberRule) -> bool {
        let rate = Rate::per_second(rule.limits.attempts_per_s, rule.limits.attempts_per_s);
        self.attempts.entry(rule.number.clone()).or_default().take(now, rate)
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
