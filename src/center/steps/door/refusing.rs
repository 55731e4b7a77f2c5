//! Callers who get no room: see [`crate::center::crowd`].

use std::time::Duration;

use crate::base::Instant;
use crate::call::{self, Started};
use crate::center::Center;
use crate::center::input::NumberRule;
use crate::center::output::{Observed, Output, Write};
use crate::center::turn::{Due, sip_reason};
use crate::crm::{EndedBy, Interaction, Outcome};
use crate::sip::{Origin, Reason};

/// After so long the rest has its row.
const REST: Duration = Duration::from_secs(60);

/// What a refused caller is asked to wait for. Seconds.
const RETRY_AFTER_S: u32 = 5;

impl Center {
    /// Has the called number room for one more? Else why not.
    pub(in crate::center) fn number_refuses(
        &mut self,
        now: Instant,
        rule: &NumberRule,
        called: &str,
    ) -> Option<&'static str> {
        let up = self.visits.values().filter(|visit| visit.caller_leg.is_some() && visit.record.called == called);
        if up.count() >= usize::try_from(rule.limits.calls).unwrap_or(usize::MAX) {
            return Some("number_calls");
        }
        (!self.crowd.takes(now, rule)).then_some("number_attempts")
    }

    /// The number has no room.
    pub(in crate::center) fn turn_away(
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
        self.refuse_call(now, started, record, sip_reason(503, "the number is busy"), out);
    }

    pub(in crate::center) fn refuse_call(
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
            None if self.todo.deadlines.get(&Due::Refused).is_none() => {
                self.todo.deadlines.set(Due::Refused, now + REST)
            }
            None => {}
        }
        out.push(Output::Observed(Observed::CallEnded { direction, outcome: "refused".to_owned() }));
        let retry_after_s = (why.status == 503).then_some(RETRY_AFTER_S);
        self.todo.to_calls(call::Command::Refuse { leg: started.leg, reason: why, retry_after_s });
    }

    pub(in crate::center) fn refused_are_told(&mut self, out: &mut Vec<Output>) {
        out.extend(self.crowd.rest().map(|row| Output::Write(Write::Interaction(row))));
    }
}
