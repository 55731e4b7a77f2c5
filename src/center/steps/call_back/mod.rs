//! Call-backs step by step: see [`crate::center::call_back`].

mod cancel;
mod offer;
mod outbound;
mod view;

use crate::acd::{self, Arrival, Left};
use crate::base::{ContactId, Instant, InteractionId, Number, QueueId};
use crate::center::Center;
use crate::center::call_back::{Open, Rang, Stage, TakenOver};
use crate::center::output::{Observed, Output, Write};
use crate::center::turn::{Due, seconds};
use crate::center::visit::{Phase, Visit};
use crate::crm::{CallBack, Ended, HowEnded, Task, task};

impl Center {
    /// Those of an earlier process, or of the store after a change by hand.
    pub(in crate::center) fn restore_call_backs(
        &mut self,
        now: Instant,
        call_backs: Vec<CallBack>,
        out: &mut Vec<Output>,
    ) {
        for record in call_backs {
            let id = record.interaction;
            if record.ended.is_some() || self.call_backs.open.contains_key(&id) {
                continue;
            }
            let due = record.due;
            self.call_backs.open.insert(id, Open { record, stage: Stage::Rests });
            if due <= now {
                self.line_up_call_back(now, id, out);
            } else {
                self.todo.deadlines.set(Due::CallBack(id), due);
            }
        }
    }

    /// Into the line, at the place it always had.
    pub(in crate::center) fn line_up_call_back(&mut self, now: Instant, id: InteractionId, out: &mut Vec<Output>) {
        let Some(open) = self.call_backs.open.get(&id).filter(|open| open.stage == Stage::Rests) else { return };
        if self.draining {
            return;
        }
        let record = open.record.clone();
        if self.routes_out(record.queue, record.trunk.as_deref(), &record.number).is_empty() {
            return self.give_up(now, id, "the number cannot be called any more", out);
        }
        let contact = ContactId(self.todo.ids.take());
        let mut arrival = Arrival::new(contact, record.queue, record.arrived);
        (arrival.priority, arrival.skills, arrival.bonus_s) = (record.priority, record.skills, record.bonus_s);
        arrival.call_back = true;
        self.call_backs.set(id, Stage::Waits(contact));
        self.todo.board_changed = true;
        self.todo.to_router(acd::Input::Arrive(arrival));
    }

    /// The router let go of a place that nobody holds: its queue is gone, or too many skills are asked for.
    pub(in crate::center) fn call_back_left(&mut self, now: Instant, contact: ContactId, out: &mut Vec<Output>) {
        if let Some(id) = self.call_backs.waits(contact) {
            self.give_up(now, id, "the queue takes it no more", out);
        }
    }

    /// Too often rung in vain, or no way left: people see to it.
    pub(in crate::center) fn give_up(&mut self, now: Instant, id: InteractionId, why: &str, out: &mut Vec<Output>) {
        let Some(record) = self.end_call_back(now, id, HowEnded::GivenUp, out) else { return };
        out.push(Output::Write(Write::Task(Task {
            interaction: id,
            customer: record.customer,
            number: Some(record.number),
            kind: task::CALLBACK.to_owned(),
            due: now,
            note: format!("Asked to be called back: {why}."),
        })));
    }

    fn end_call_back(
        &mut self,
        now: Instant,
        id: InteractionId,
        how: HowEnded,
        out: &mut Vec<Output>,
    ) -> Option<CallBack> {
        self.todo.deadlines.clear(&Due::CallBack(id));
        let mut record = self.call_backs.remove(id)?.record;
        record.ended = Some(Ended { at: now, how });
        self.todo.board_changed = true;
        let queue = self.rules.queue(record.queue).map_or_else(String::new, |queue| queue.key.clone());
        out.push(Output::Observed(Observed::CallBackEnded { queue, how }));
        out.push(Output::Write(Write::CallBack(Box::new(record.clone()))));
        Some(record)
    }

    /// The call-back of a number that is still owed: once both talk, a new wish is a new call-back.
    fn call_back_of(&self, number: &Number, queue: QueueId) -> Option<InteractionId> {
        let owed = |open: &Open| match open.stage {
            Stage::Under(call) => self.visits.get(&call).is_none_or(|visit| visit.record.answered.is_none()),
            Stage::OnLine | Stage::Waits(_) | Stage::Rests => true,
        };
        let mut open = self.call_backs.open.iter().filter(|(_, open)| open.record.queue == queue);
        open.find(|(_, open)| open.record.number == *number && owed(open)).map(|(id, _)| *id)
    }

    /// Somebody rings from a number that waits to be called back: the call gets the place. When it has it,
    /// [`Center::let_go`] of the rest.
    pub(in crate::center) fn take_over(
        &mut self,
        now: Instant,
        number: &Number,
        queue: QueueId,
        out: &mut Vec<Output>,
    ) -> Option<TakenOver> {
        let id = self.call_back_of(number, queue)?;
        let (mut place, mut crossed) = (None, None);
        match self.call_backs.open.get(&id)?.stage {
            Stage::Rests | Stage::OnLine => {}
            Stage::Waits(contact) => place = Some(contact),
            Stage::Under(call) => match &self.visits.get(&call)?.phase {
                // The customer's phone has not rung yet.
                Phase::Queued(queued) => place = Some(queued.contact),
                Phase::Calling(calling) => crossed = Some((call, calling.talk.agent)),
                _ => return None,
            },
        }
        let record = self.end_call_back(now, id, HowEnded::TakenOver, out)?;
        Some(TakenOver { arrived: record.arrived, place, crossed })
    }

    /// The place leaves the line; the agent who calls the customer at this moment is free for the call that has
    /// the place.
    pub(in crate::center) fn let_go(&mut self, now: Instant, taken: TakenOver, out: &mut Vec<Output>) {
        self.leave_line(taken.place);
        if let Some((call, agent)) = taken.crossed {
            self.crossed(now, call, agent, out);
        }
    }

    /// The place of a call-back that a call has taken over.
    pub(in crate::center) fn leave_line(&mut self, contact: Option<ContactId>) {
        if let Some(contact) = contact {
            self.todo.to_router(acd::Input::Leave { contact, why: Left::Removed });
        }
    }

    /// The visit made for a call-back is over.
    pub(in crate::center) fn call_back_rang(
        &mut self,
        now: Instant,
        id: InteractionId,
        rang: Rang,
        out: &mut Vec<Output>,
    ) {
        match rang {
            Rang::Spoke => {
                self.end_call_back(now, id, HowEnded::Served, out);
            }
            Rang::CutOff => {
                self.call_backs.set(id, Stage::Rests);
                self.line_up_call_back(now, id, out);
            }
            Rang::InVain => self.rest(now, id, out),
        }
    }

    fn rest(&mut self, now: Instant, id: InteractionId, out: &mut Vec<Output>) {
        let Some(open) = self.call_backs.open.get_mut(&id) else { return };
        let (number, queue) = (open.record.number.clone(), open.record.queue);
        let rule = self.rules.queue_settings(queue).and_then(|queue| queue.call_back.clone()).unwrap_or_default();
        open.record.tries = open.record.tries.saturating_add(1);
        open.record.due = now + seconds(rule.retry_s);
        let (tries, due) = (open.record.tries, open.record.due);
        if self.visits.values().any(|visit| visit.call_back().is_none() && is_with_us(visit, &number, queue, id)) {
            self.end_call_back(now, id, HowEnded::TakenOver, out);
        } else if tries >= rule.tries {
            self.give_up(now, id, &format!("rung {tries} times, not reached"), out);
        } else {
            self.call_backs.set(id, Stage::Rests);
            self.save_call_back(id, out);
            self.todo.deadlines.set(Due::CallBack(id), due);
        }
    }

    fn save_call_back(&self, id: InteractionId, out: &mut Vec<Output>) {
        if let Some(open) = self.call_backs.open.get(&id) {
            out.push(Output::Write(Write::CallBack(Box::new(open.record.clone()))));
        }
    }

    /// No agent took it: the place is in the line as before.
    pub(in crate::center) fn back_in_line(&mut self, id: InteractionId, contact: ContactId) {
        self.visits.unname(contact);
        if !self.call_backs.open.contains_key(&id) {
            return;
        }
        self.call_backs.set(id, Stage::Waits(contact));
        if self.draining {
            self.drain_call_backs();
        }
    }

    /// No new rings before the end; the next process has them all.
    pub(in crate::center) fn drain_call_backs(&mut self) {
        let waiting: Vec<ContactId> = self.call_backs.waiting.keys().copied().collect();
        for contact in waiting {
            if let Some(id) = self.call_backs.waits(contact) {
                self.call_backs.set(id, Stage::Rests);
                self.leave_line(Some(contact));
            }
        }
    }
}

/// This number waits or talks in the queue by itself, and not only to ask for this call-back once more.
fn is_with_us(visit: &Visit, number: &Number, queue: QueueId, id: InteractionId) -> bool {
    visit.record.caller.as_ref() == Some(number)
        && match &visit.phase {
            Phase::Queued(queued) => queued.queue == queue && queued.booked != Some(id),
            phase => phase.talk().is_some_and(|talk| talk.queue == Some(queue)),
        }
}
