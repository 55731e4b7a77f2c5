//! From the line to the talk or to the end: the life of a call-back, step by step.

use crate::acd::{self, Arrival};
use crate::base::{CallId, ContactId, InteractionId, Number, QueueId};
use crate::center::answer::Refused;
use crate::center::call_back::{CallBacks, Open, Stage};
use crate::center::desk::Refusal;
use crate::center::event::Event;
use crate::center::log::written;
use crate::center::output::{Observed, Output, Write};
use crate::center::seat::Seats;
use crate::center::turn::{Due, Todo, Turn, seconds};
use crate::center::visit::{Phase, Visit, Visits};
use crate::crm::{CallBack, Ended, EndedBy, HowEnded, Task, task};

/// How far the visit of a call-back came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Rang {
    Spoke,
    InVain,
    /// The agent's phone was lost before the customer answered, or the server stops.
    CutOff,
}

impl CallBacks {
    /// Those of an earlier process, or of the store after a change by hand.
    pub fn restore(&mut self, call_backs: Vec<CallBack>, turn: &mut Turn<'_>) {
        for record in call_backs {
            let id = record.interaction;
            if record.ended.is_some() || self.open.contains_key(&id) {
                continue;
            }
            let due = record.due;
            self.open.insert(id, Open { record, stage: Stage::Rests });
            if due <= turn.now {
                self.line_up(id, turn);
            } else {
                turn.todo.deadlines.set(Due::CallBack(id), due);
            }
        }
    }

    /// Into the line, at the place it always had.
    pub fn line_up(&mut self, id: InteractionId, turn: &mut Turn<'_>) {
        let Some(open) = self.open.get(&id).filter(|open| open.stage == Stage::Rests) else { return };
        if self.draining {
            return;
        }
        let record = open.record.clone();
        if turn.rules.routes_back(record.queue, record.trunk.as_deref(), &record.number).is_empty() {
            return self.give_up(id, "the number cannot be called any more", turn);
        }
        let contact = ContactId(turn.todo.ids.take());
        let mut arrival = Arrival::new(contact, record.queue, record.arrived);
        (arrival.priority, arrival.skills, arrival.bonus_s) = (record.priority, record.skills, record.bonus_s);
        arrival.call_back = true;
        self.set(id, Stage::Waits(contact));
        turn.todo.board_changed = true;
        turn.todo.to_router(acd::Input::Arrive(arrival));
    }

    /// Waits in this line from now on, with this priority; gives those before. What the router says of it comes after.
    pub fn put(&mut self, id: InteractionId, to: (QueueId, Option<u8>)) -> Option<(QueueId, Option<u8>)> {
        let record = &mut self.open.get_mut(&id)?.record;
        let before = (record.queue, record.priority);
        (record.queue, record.priority) = to;
        Some(before)
    }

    /// Something was done with one that is open: its journal says so, and its row is written.
    pub fn log(
        &mut self,
        id: InteractionId,
        event: &Event,
        (seats, visits): (&mut Seats, &mut Visits),
        turn: &mut Turn<'_>,
    ) {
        // While the call in which it was asked for may still be measured, or its form be open, that numbers its events.
        let numbered = seats.log_late(id, event.clone(), visits, turn);
        let Some(open) = self.open.get_mut(&id) else { return };
        if !numbered {
            turn.out.push(written(id, &mut open.record.next_seq, turn.now, event));
        }
        turn.out.push(Output::Write(Write::CallBack(Box::new(open.record.clone()))));
        turn.todo.board_changed = true;
    }

    /// The place in the line of one that nobody rings for; where it waits, and by which trunk its call would go.
    pub fn place(&self, id: InteractionId) -> Option<(ContactId, &CallBack)> {
        let open = self.open.get(&id)?;
        match open.stage {
            Stage::Waits(contact) => Some((contact, &open.record)),
            Stage::OnLine | Stage::Under(_) | Stage::Rests => None,
        }
    }

    /// The router let go of a place that nobody holds: its queue is gone, or too many skills are asked for.
    pub fn left(&mut self, contact: ContactId, turn: &mut Turn<'_>) {
        if let Some(id) = self.waits(contact) {
            self.give_up(id, "the queue takes it no more", turn);
        }
    }

    /// A caller who has booked got an agent, or its place was taken away.
    pub fn booked_call_left(&mut self, id: InteractionId, served: bool, turn: &mut Turn<'_>) {
        if served {
            self.end(id, HowEnded::TakenOver, turn);
        } else {
            self.give_up(id, "the queue takes it no more", turn);
        }
    }

    /// Too often rung in vain, or no way left: people see to it.
    fn give_up(&mut self, id: InteractionId, why: &str, turn: &mut Turn<'_>) {
        let Some(record) = self.end(id, HowEnded::GivenUp, turn) else { return };
        turn.out.push(Output::Write(Write::Task(Task {
            interaction: id,
            customer: record.customer,
            number: Some(record.number),
            kind: task::CALLBACK.to_owned(),
            due: turn.now,
            note: format!("Asked to be called back: {why}."),
        })));
    }

    pub(super) fn end(&mut self, id: InteractionId, how: HowEnded, turn: &mut Turn<'_>) -> Option<CallBack> {
        turn.todo.deadlines.clear(&Due::CallBack(id));
        let mut record = self.remove(id)?.record;
        record.ended = Some(Ended { at: turn.now, how });
        turn.todo.board_changed = true;
        let queue = turn.rules.queue(record.queue).map_or_else(String::new, |queue| queue.key.clone());
        turn.out.push(Output::Observed(Observed::CallBackEnded { queue, how }));
        turn.out.push(Output::Write(Write::CallBack(Box::new(record.clone()))));
        Some(record)
    }

    /// A call that was over in this phase: what it means to the call-back it was made for.
    pub fn settle(&mut self, call: CallId, phase: &Phase, by: EndedBy, visits: &Visits, turn: &mut Turn<'_>) {
        let Some(visit) = visits.get(&call) else { return };
        let Some(id) = visit.call_back() else { return };
        let rang = match phase {
            _ if visit.cut_off => Rang::CutOff,
            _ if visit.record.answered.is_some() => Rang::Spoke,
            Phase::Calling(_) if by == EndedBy::Network => Rang::CutOff,
            Phase::Calling(_) => Rang::InVain,
            _ => return,
        };
        match rang {
            Rang::Spoke => {
                self.end(id, HowEnded::Served, turn);
            }
            Rang::CutOff => {
                self.set(id, Stage::Rests);
                self.line_up(id, turn);
            }
            Rang::InVain => self.rest(id, visits, turn),
        }
    }

    fn rest(&mut self, id: InteractionId, visits: &Visits, turn: &mut Turn<'_>) {
        let Some(open) = self.open.get_mut(&id) else { return };
        let (number, queue) = (open.record.number.clone(), open.record.queue);
        let rule = turn.rules.queue_settings(queue).and_then(|queue| queue.call_back.clone()).unwrap_or_default();
        open.record.tries = open.record.tries.saturating_add(1);
        open.record.due = turn.now + seconds(rule.retry_s);
        let (tries, due) = (open.record.tries, open.record.due);
        if visits.values().any(|visit| visit.call_back().is_none() && is_with_us(visit, &number, queue, id)) {
            self.end(id, HowEnded::TakenOver, turn);
        } else if tries >= rule.tries {
            self.give_up(id, &format!("rung {tries} times, not reached"), turn);
        } else {
            self.set(id, Stage::Rests);
            if let Some(open) = self.open.get(&id) {
                turn.out.push(Output::Write(Write::CallBack(Box::new(open.record.clone()))));
            }
            turn.todo.deadlines.set(Due::CallBack(id), due);
        }
    }

    /// Its caller has gone, or no agent took it: the place is in the line and nobody holds it. `false`: the
    /// call-back is over.
    pub fn keep_place(&mut self, id: InteractionId, contact: ContactId) -> bool {
        let open = self.open.contains_key(&id);
        self.set(id, Stage::Waits(contact));
        open
    }

    /// No new rings before the end; the next process has them all.
    pub fn drain(&mut self, todo: &mut Todo) {
        self.draining = true;
        self.rest_if_draining(todo);
    }

    /// Takes every place out of the line where the end has come.
    pub fn rest_if_draining(&mut self, todo: &mut Todo) {
        let waiting: Vec<_> = self.waiting.iter().filter(|_| self.draining).map(|(at, id)| (*at, *id)).collect();
        for (contact, id) in waiting {
            self.set(id, Stage::Rests);
            todo.leave_line(Some(contact));
        }
    }

    /// Out of the line by somebody of the center, who is named in its row and its journal: not from the moment on in
    /// which an agent is on the line to call the customer.
    pub fn cancel(
        &mut self,
        id: InteractionId,
        by: String,
        seats: &mut Seats,
        visits: &mut Visits,
        turn: &mut Turn<'_>,
    ) -> Result<(), Refused> {
        let open = self.open.get_mut(&id);
        let open = open.ok_or((Refusal::UnknownCallBack, "there is no such open call-back"))?;
        let place = match open.stage {
            // A caller who has not hung up yet leaves the place with the call.
            Stage::Rests | Stage::OnLine => None,
            Stage::Waits(contact) => Some(contact),
            Stage::Under(call) => match visits.get(&call).map(|visit| &visit.phase) {
                Some(Phase::Queued(queued)) => Some(queued.contact),
                _ => return Err((Refusal::WrongState, "the customer is being called")),
            },
        };
        open.record.cancelled_by = Some(by.clone());
        let (mut seq, cancelled) = (open.record.next_seq, Event::CallBackCancelled { by });
        // Long over: nobody else numbers its events.
        if !seats.log_late(id, cancelled.clone(), visits, turn) {
            turn.out.push(written(id, &mut seq, turn.now, &cancelled));
        }
        self.end(id, HowEnded::Cancelled, turn);
        turn.todo.leave_line(place);
        Ok(())
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
