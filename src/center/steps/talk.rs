//! An agent has the customer: it begins, and goes on by another phone.

use std::time::Duration;

use crate::base::{CallId, Instant, QueueId};
use crate::call::{Mode, Party, Role};
use crate::center::Center;
use crate::center::desk::CallState;
use crate::center::output::{Observed, Output};
use crate::center::rules::Rules;
use crate::center::turn::{Due, at_hand, seconds};
use crate::center::visit::Talking;

impl Center {
    /// The agent took the call.
    pub(in crate::center) fn connect(&mut self, now: Instant, call: CallId, talk: Talking, out: &mut Vec<Output>) {
        let (leg, queue) = (talk.leg, talk.queue);
        let Some(visit) = self.visits.get(&call) else { return };
        let waited = visit.record.queued.map(|queued| now.since(queued));
        let (booked, recorded) = self.with(now, call, out, |visit, turn| visit.connect(talk, turn));
        self.todo.deadlines.clear(&Due::Listen(call));
        if let Some(id) = booked {
            self.call_backs.booked_call_left(id, true, at_hand!(self, now, out));
        }
        self.with(now, call, out, |visit, turn| {
            visit.join(Party { leg, role: Role::Agent, mode: Mode::Talk }, turn);
            if recorded {
                visit.keep_voices(turn);
            }
        });
        if let Some((queue, waited)) = queue.zip(waited) {
            out.extend(count_answered(&self.rules, queue, waited));
        }
        self.with(now, call, out, |visit, turn| visit.tell_own(CallState::Talking, now, turn));
        self.keep_legs(call, out);
    }
}

fn count_answered(rules: &Rules, queue: QueueId, waited: Duration) -> Option<Output> {
    let rule = rules.queue(queue)?;
    let wait_micros = u64::try_from(waited.as_micros()).unwrap_or(u64::MAX);
    let within_service_level = waited <= seconds(rule.answer_within_s);
    Some(Output::Observed(Observed::Answered { queue: rule.key.clone(), wait_micros, within_service_level }))
}
