//! The end of every contact, and what comes after it.

use crate::base::{CallId, Instant};
use crate::call;
use crate::center::Center;
use crate::center::campaign::Over;
use crate::center::output::Output;
use crate::center::seat::Form;
use crate::center::turn::{at_hand, sip_reason};
use crate::center::visit::Phase;
use crate::crm::EndedBy;
use crate::sip::Reason;

impl Center {
    /// The server stops and cannot wait any longer: every call is cut off, and its caller owed a call-back.
    pub(in crate::center) fn end_calls(&mut self, now: Instant, out: &mut Vec<Output>) {
        for call in self.visits.calls() {
            let why = Some(sip_reason(503, "server stopped"));
            self.around(now, call, out, |circle| circle.visit.interrupt(EndedBy::System, why, &mut circle.turn));
        }
    }

    /// The visit is over, whoever ended it: every machine hears of it, the row is complete. Once.
    pub(in crate::center) fn finish(
        &mut self,
        now: Instant,
        call: CallId,
        by: EndedBy,
        why: Option<Reason>,
        out: &mut Vec<Output>,
    ) {
        let Some(phase) = self.with(now, call, out, |visit, turn| visit.end(by, why.as_ref(), turn)) else { return };
        self.leave_line(now, call, &phase, by, out);
        if let Some(mut circle) = self.circle(now, call, out) {
            circle.free_all();
        }
        self.call_backs.settle(call, &phase, by, &self.visits, at_hand!(self, now, out));
        if let Some(over) = self.visits.get(&call).map(|visit| Over::of(visit, &self.rules)) {
            self.campaigns.ended(call, &over, at_hand!(self, now, out));
        }
        // Agents who had the call may still fill in its form.
        if let Some(visit) = self.visits.get(&call) {
            self.seats.file(Form { record: visit.record.clone(), next_seq: visit.next_seq });
        }
        self.with(now, call, out, |visit, turn| visit.tell_referral(487, turn));
        let reason = why.unwrap_or_else(|| sip_reason(200, "normal clearing"));
        self.todo.to_calls(call::Command::End { call, reason });
        self.todo.board_changed = true;
    }

    /// Out of this phase: a place in the line may be kept for a call-back.
    fn leave_line(&mut self, now: Instant, call: CallId, phase: &Phase, by: EndedBy, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get(&call) else { return };
        let unheld = visit.call_back().filter(|_| visit.is_unheld());
        let booked = match phase {
            Phase::Queued(queued) => queued.booked,
            _ => None,
        };
        match (phase, booked, unheld) {
            (Phase::Queued(queued), Some(id), _) => self.hand_over(now, call, id, queued.clone(), out),
            (Phase::Queued(queued), None, Some(id)) => {
                self.visits.contacts.unname(queued.contact);
                self.call_backs.keep_place(id, queued.contact);
                self.call_backs.rest_if_draining(&mut self.todo);
            }
            _ => {
                if let Some(mut circle) = self.circle(now, call, out) {
                    circle.over(phase, by);
                }
            }
        }
    }

    /// The last leg is gone. `crossed`: see [`call::Event::Ended`].
    pub(in crate::center) fn call_gone(&mut self, now: Instant, call: CallId, crossed: bool, out: &mut Vec<Output>) {
        self.finish(now, call, EndedBy::System, Some(sip_reason(500, "call lost")), out);
        self.campaigns.gone(call, crossed, at_hand!(self, now, out));
        self.lookups.forget(call);
        // While an agent's form is open it numbers the events of its interaction; for all others this does.
        if let Some(gone) = self.visits.gone(call) {
            self.call_backs.number_events_from(gone.interaction, gone.next_seq);
        }
        self.todo.board_changed = true;
    }
}
