//! A caller in the line is offered a call-back: see `visit::asking`.

use crate::acd::{self, Left};
use crate::base::{CallId, Instant, InteractionId, Number};
use crate::center::Center;
use crate::center::call_back::TakenOver;
use crate::center::desk::RingEnd;
use crate::center::event::Event;
use crate::center::output::Output;
use crate::center::turn::{Due, at_hand, seconds, sip_reason};
use crate::center::visit::{Asked, Phase, Queued, SILENCE_S};
use crate::crm::EndedBy;
use crate::dialplan::{Event as FlowEvent, QueueLeft, say};

impl Center {
    /// A digit pressed in the line.
    pub(in crate::center) fn queue_digit(&mut self, now: Instant, call: CallId, digit: char, out: &mut Vec<Output>) {
        let asks = self.visits.get(&call).and_then(|visit| self.call_backs.digit(visit, &self.rules));
        match self.with(now, call, out, |visit, turn| visit.press_in_line(digit, asks, turn)) {
            Asked::GoesOn => {}
            Asked::Book(number) => self.book(now, call, &number, out),
            Asked::InVain => self.asked_in_vain(now, call, out),
        }
    }

    /// What plays to a caller in the line has ended.
    pub(in crate::center) fn queue_sound_ended(&mut self, now: Instant, call: CallId, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get(&call) else { return };
        let Phase::Queued(queued) = &visit.phase else { return };
        if queued.booked.is_some() {
            let why = sip_reason(200, "called back later");
            return self.finish(now, call, EndedBy::Flow, Some(why), out);
        }
        match queued.asking {
            Some(_) => self.todo.deadlines.set(Due::Listen(call), now + seconds(SILENCE_S)),
            None => self.with(now, call, out, |visit, turn| visit.play_queue_music(turn)),
        }
    }

    /// The caller would rather wait, or says nothing.
    pub(in crate::center) fn asked_in_vain(&mut self, now: Instant, call: CallId, out: &mut Vec<Output>) {
        self.todo.deadlines.clear(&Due::Listen(call));
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let Phase::Queued(queued) = &mut visit.phase else { return };
        queued.asking = None;
        if !queued.only_call_back {
            return self.with(now, call, out, |visit, turn| visit.play_queue_music(turn));
        }
        let contact = queued.contact;
        visit.enter(now, Phase::Flow);
        visit.log(now, Event::QueueLeft { queue: visit.record.queue, why: QueueLeft::Declined }, out);
        self.with(now, call, out, |visit, turn| visit.stop_music(turn));
        self.visits.unname(contact);
        self.todo.to_router(acd::Input::Leave { contact, why: Left::Removed });
        self.drive(now, call, FlowEvent::QueueLeft(QueueLeft::Declined), out);
    }

    /// The caller confirmed: from now on the place is the call-back's, whatever happens to this call.
    fn book(&mut self, now: Instant, call: CallId, number: &Number, out: &mut Vec<Output>) {
        self.todo.deadlines.clear(&Due::Listen(call));
        let Some(Phase::Queued(queued)) = self.visits.get(&call).map(|visit| &visit.phase) else { return };
        let (queue, arrived) = (queued.queue, queued.arrived);
        let known = self.call_backs.of(number, queue, &self.visits);
        if let Some(older) = known.filter(|id| self.call_backs.stands_before(*id, arrived, &self.visits)) {
            if let Some(visit) = self.visits.get_mut(&call) {
                self.call_backs.ask_again(older, visit, at_hand!(self, now, out));
            }
        } else {
            let taken = self.call_backs.take_over(number, queue, &self.visits, at_hand!(self, now, out));
            if let Some(taken) = taken {
                self.let_go(now, taken, out);
            }
            if let Some(visit) = self.visits.get_mut(&call) {
                self.call_backs.book(visit, number, at_hand!(self, now, out));
            }
        }
        self.with(now, call, out, |visit, turn| visit.say(&say::call_back_booked(), turn));
    }

    /// The place leaves the line; the agent who calls the customer at this moment is free for the call that has
    /// the place.
    pub(in crate::center) fn let_go(&mut self, now: Instant, taken: TakenOver, out: &mut Vec<Output>) {
        self.todo.leave_line(taken.place);
        if let Some((call, agent)) = taken.crossed {
            self.crossed(now, call, agent, out);
        }
    }

    /// The place stays while the caller goes: an agent who rings is rung anew, for the call-back.
    pub(in crate::center) fn hand_over(
        &mut self,
        now: Instant,
        call: CallId,
        id: InteractionId,
        queued: Queued,
        out: &mut Vec<Output>,
    ) {
        if self.visits.get(&call).is_some_and(|visit| visit.record.id != id) {
            // Asked for what was asked already: this caller's place is left.
            return;
        }
        let contact = queued.contact;
        self.visits.unname(contact);
        if !self.call_backs.keep_place(id, contact) {
            return self.todo.leave_line(Some(contact));
        }
        for (reservation, ring) in queued.rings {
            ring.stop(call, reservation, RingEnd::CallerGone, &mut self.todo);
            self.withdraw_pop(now, ring.agent, reservation, id, RingEnd::CallerGone, out);
            self.ring_anew(now, contact, reservation, ring, out);
        }
        self.call_backs.rest_if_draining(&mut self.todo);
    }
}
