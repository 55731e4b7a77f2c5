//! Into a line in the middle of a call, within it, and out of it again.

use crate::acd::{self, Arrival, Left};
use crate::base::{AgentId, ContactId, Number, QueueId};
use crate::center::circle::Circle;
use crate::center::event::Event;
use crate::center::turn::Due;
use crate::center::visit::{Phase, Queued, Talking, Then};
use crate::crm::Holder;
use crate::dialplan::{Event as FlowEvent, QueueLeft};

/// A call that comes back into the line waits so long for nobody but the agent who sent it. Milliseconds.
const RETURN_WAIT_MS: u64 = 20_000;

impl Circle<'_> {
    /// `first`: this agent before all others, for a while.
    pub(super) fn line_up_again(&mut self, queue: QueueId, priority: Option<u8>, first: Option<AgentId>) {
        let (now, visit) = (self.turn.now, &mut *self.visit);
        let contact = ContactId(self.turn.todo.ids.take());
        let mut arrival = Arrival::new(contact, queue, now);
        let key = self.turn.rules.queue(queue).map(|rule| rule.key.clone()).unwrap_or_default();
        (arrival.priority, arrival.preferred) = (priority, first.map(|agent| (agent, RETURN_WAIT_MS)));
        arrival.caller = visit.record.caller.as_ref().map(Number::digits);
        visit.record.queue = Some(queue);
        visit.enter(now, Phase::Queued(Queued::new(contact, queue, now, now)));
        visit.log(now, Event::QueueEntered { queue: key, priority, bonus_s: 0, agent_first: None }, self.turn.out);
        visit.save(self.turn.out);
        self.seats.touch_others(visit);
        self.contacts.name(contact, visit.call);
        self.turn.todo.board_changed = true;
        self.turn.todo.to_router(acd::Input::Arrive(arrival));
        visit.play_queue_music(&mut self.turn);
    }

    /// The agent is lost: with the first arrival time and ahead of its priority.
    pub(super) fn line_up_anew(&mut self, contact: ContactId, queue: QueueId, lost: &Talking) {
        let (now, visit) = (self.turn.now, &mut *self.visit);
        let arrived = visit.record.queued.unwrap_or(now);
        let mut arrival = Arrival::new(contact, queue, arrived);
        arrival.priority = Some(1);
        visit.enter(now, Phase::Queued(Queued::new(contact, queue, now, arrived)));
        visit.log(now, Event::QueueReentered { queue, agent_lost: lost.agent }, self.turn.out);
        self.contacts.unname(lost.contact);
        self.contacts.name(contact, visit.call);
        let todo = &mut *self.turn.todo;
        todo.to_router(acd::Input::Ended { contact: lost.contact });
        todo.to_router(acd::Input::WrapUpDone { agent: lost.agent });
        todo.to_router(acd::Input::Arrive(arrival));
    }

    /// It waits in another queue now: overflow, or a supervisor (`by`) wanted it.
    pub fn moved(&mut self, to: QueueId, by: Option<String>) {
        let (now, visit) = (self.turn.now, &mut *self.visit);
        visit.record.queue = Some(to);
        visit.log(now, Event::QueueMoved { queue: to, by }, self.turn.out);
        if let Phase::Queued(queued) = &mut visit.phase {
            queued.queue = to;
        }
        visit.record.pass(now, Holder::Queue { queue: to });
        self.seats.touch_others(visit);
    }

    /// Nothing was pressed in time.
    pub fn listen_timed_out(&mut self) -> Then {
        match self.visit.phase {
            Phase::Queued(_) => self.asked_in_vain(),
            _ => Then::Flow(FlowEvent::Timeout),
        }
    }

    /// The caller would rather wait than be called back, or says nothing.
    pub fn asked_in_vain(&mut self) -> Then {
        let (now, visit) = (self.turn.now, &mut *self.visit);
        self.turn.todo.deadlines.clear(&Due::Listen(visit.call));
        let Phase::Queued(queued) = &mut visit.phase else { return Then::GoesOn };
        queued.asking = None;
        if !queued.only_call_back {
            visit.play_queue_music(&mut self.turn);
            return Then::GoesOn;
        }
        let contact = queued.contact;
        visit.enter(now, Phase::Flow);
        let left = Event::QueueLeft { queue: visit.record.queue, why: QueueLeft::Declined };
        visit.log(now, left, self.turn.out);
        visit.stop_music(&mut self.turn);
        self.contacts.unname(contact);
        self.turn.todo.to_router(acd::Input::Leave { contact, why: Left::Removed });
        Then::Flow(FlowEvent::QueueLeft(QueueLeft::Declined))
    }
}
