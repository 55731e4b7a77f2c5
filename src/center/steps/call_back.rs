//! Call-backs step by step: see [`crate::center::call_back`]; how a caller in the line is offered one, in
//! `visit::asking`.

use crate::acd;
use crate::base::{CallId, Instant, InteractionId, Number};
use crate::call::Cause;
use crate::center::Center;
use crate::center::call_back::{CallBackPage, OpenCallBack, TakenOver};
use crate::center::desk::RingEnd;
use crate::center::output::Output;
use crate::center::steps::line::ring::Reserved;
use crate::center::turn::{Due, at_hand, sip_reason};
use crate::center::visit::{Asked, Phase, Queued, Ringing};
use crate::dialplan::say;

impl Center {
    /// One page of the open call-backs.
    pub fn open_call_backs(&self, now: Instant, page: &CallBackPage) -> Vec<OpenCallBack> {
        self.call_backs.page(now, page, &self.visits, &self.router)
    }

    /// A digit pressed in the line.
    pub(in crate::center) fn queue_digit(&mut self, now: Instant, call: CallId, digit: char, out: &mut Vec<Output>) {
        let asks = self.visits.get(&call).and_then(|visit| self.call_backs.digit(visit, &self.rules));
        match self.with(now, call, out, |visit, turn| visit.press_in_line(digit, asks, turn)) {
            Asked::GoesOn => {}
            Asked::Book(number) => self.book(now, call, &number, out),
            Asked::InVain => self.around(now, call, out, |circle| circle.asked_in_vain()),
        }
    }

    /// The caller confirmed: from now on the place is the call-back's, whatever happens to this call.
    pub(in crate::center) fn book(&mut self, now: Instant, call: CallId, number: &Number, out: &mut Vec<Output>) {
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

    /// The place leaves the line; the agent who calls the customer at this moment, while the customer rings us, is
    /// free for the call that has the place.
    pub(in crate::center) fn let_go(&mut self, now: Instant, taken: TakenOver, out: &mut Vec<Output>) {
        self.todo.leave_line(taken.place);
        if let Some((call, agent)) = taken.crossed {
            let why = sip_reason(487, "the customer rings us");
            self.around(now, call, out, |circle| {
                circle.visit.customer_not_reached(Cause::Busy, &why, &mut circle.turn)
            });
            self.todo.to_router(acd::Input::WrapUpDone { agent });
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
        self.visits.contacts.unname(contact);
        if !self.call_backs.keep_place(id, contact) {
            return self.todo.leave_line(Some(contact));
        }
        for (reservation, ring) in queued.rings {
            ring.stop(call, reservation, RingEnd::CallerGone, &mut self.todo);
            let turn = at_hand!(self, now, out);
            self.seats.withdraw_pop(ring.agent, reservation, id, RingEnd::CallerGone, turn);
            // The same reservation, for the call-back.
            if let Some(queue) = self.call_backs.queue_of(contact, &self.visits) {
                let Ringing { agent, until, why, .. } = ring;
                self.reserve(now, Reserved { reservation, contact, agent, queue, until, why }, out);
            }
        }
        self.call_backs.rest_if_draining(&mut self.todo);
    }
}
