//! The conversation with an agent: begun, and over.

use std::time::Duration;

use crate::acd;
use crate::base::{AgentId, CallId, Instant, LegId, QueueId};
use crate::call::{Mode, Party, Role};
use crate::center::Center;
use crate::center::desk::CallState;
use crate::center::output::{Observed, Output};
use crate::center::rules::Rules;
use crate::center::seat::{Closed, Form};
use crate::center::turn::{Due, at_hand, millis, seconds};
use crate::center::visit::Talking;
use crate::crm::EndedBy;

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
        let party = Party { leg, role: Role::Agent, mode: Mode::Talk };
        self.with(now, call, out, |visit, turn| visit.join(party, turn));
        if recorded {
            self.with(now, call, out, |visit, turn| visit.keep_voices(turn));
        }
        if let Some((queue, waited)) = queue.zip(waited) {
            out.extend(count_answered(&self.rules, queue, waited));
        }
        self.with(now, call, out, |visit, turn| visit.tell_own(CallState::Talking, now, turn));
        self.keep_legs(call, out);
    }

    /// The agent pressed hold on the phone itself, or pressed it again.
    pub(in crate::center) fn hold_by_phone(
        &mut self,
        now: Instant,
        call: CallId,
        leg: LegId,
        held: bool,
        out: &mut Vec<Output>,
    ) {
        self.with(now, call, out, |visit, turn| {
            visit.is_talking_on(leg) && if held { visit.hold(turn) } else { visit.resume(turn) }
        });
    }

    /// It is over for this agent, who keeps the record open for wrap-up. `by`: whoever ended it; `None`: it goes on with others.
    pub(in crate::center) fn part_ended(
        &mut self,
        now: Instant,
        call: CallId,
        talk: &Talking,
        by: Option<EndedBy>,
        out: &mut Vec<Output>,
    ) {
        self.with(now, call, out, |visit, turn| visit.tell_ended(talk.agent, by, turn));
        let Some(visit) = self.visits.get(&call) else { return };
        let closed = Closed { contact: talk.contact, interaction: visit.record.id };
        let talked = match visit.record.answered {
            Some(_) => millis(now.since(talk.since)),
            None => 0,
        };
        self.close_part(talk.agent, closed);
        if let Some(seat) = self.seats.get_mut(&talk.agent) {
            seat.today.handled += 1;
            seat.today.talk_ms += talked;
        }
        self.visits.unname(talk.contact);
        self.todo.to_router(acd::Input::Ended { contact: talk.contact });
    }

    pub(in crate::center) fn close_part(&mut self, agent: AgentId, closed: Closed) {
        let Some(Form { record, next_seq }) = self.seats.close(agent, closed) else { return };
        if let Some(visit) = self.visits.with_interaction_mut(record.id) {
            (visit.record, visit.next_seq) = (record, next_seq);
        } else if !self.visits.number_late(record.id, next_seq) {
            self.call_backs.number_events_from(record.id, next_seq);
        }
    }
}

fn count_answered(rules: &Rules, queue: QueueId, waited: Duration) -> Option<Output> {
    let rule = rules.queue(queue)?;
    let wait_micros = u64::try_from(waited.as_micros()).unwrap_or(u64::MAX);
    let within_service_level = waited <= seconds(rule.answer_within_s);
    Some(Output::Observed(Observed::Answered { queue: rule.key.clone(), wait_micros, within_service_level }))
}
