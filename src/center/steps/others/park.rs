//! Calls in slots: parked by an agent, picked up by anybody, back with whoever parked them when their time is over.

use crate::base::{CallId, Instant};
use crate::center::Center;
use crate::center::answer::{Done, Obeyed};
use crate::center::desk::DeskEvent;
use crate::center::event::Event;
use crate::center::output::Output;
use crate::center::turn::{Due, push, seconds};
use crate::center::visit::{InSlot, Phase, Talking};

impl Center {
    /// `slot`, `lot`: where; `None`: anywhere.
    pub(in crate::center) fn park_in_slot(
        &mut self,
        now: Instant,
        call: CallId,
        (slot, lot): (Option<u16>, Option<&str>),
        out: &mut Vec<Output>,
    ) -> Done {
        let talk = self.visits.alone_in_talk(call)?.clone();
        let (slot, return_s) = self.visits.free_slot(&self.rules, slot, lot)?;
        self.leave_to(now, call, &talk, None, out);
        let agent = talk.agent;
        if let Some(visit) = self.visits.get_mut(&call) {
            visit.log(now, Event::SlotEntered { agent, slot }, out);
        }
        let from = Talking { held: None, ..talk };
        self.put_in_slot(now, call, InSlot { slot, from, since: now, until: now + seconds(return_s) }, out);
        Ok(Obeyed::Done)
    }

    /// For the first time, or back, because nobody came to take it.
    pub(super) fn put_in_slot(&mut self, now: Instant, call: CallId, parked: InSlot, out: &mut Vec<Output>) {
        self.todo.deadlines.set(Due::Slot(call), parked.until.max(now));
        self.with(now, call, out, |visit, turn| visit.wait_in_slot(parked, turn));
        self.tell_parked(out);
    }

    /// Back to whoever parked it; who cannot have it now, and whose call is of no line, gets it later.
    pub(in crate::center) fn slot_timed_out(&mut self, now: Instant, call: CallId, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let Phase::InSlot(InSlot { slot, from, .. }) = &mut visit.phase else { return };
        let (slot, from) = (*slot, from.clone());
        let can = self.seats.get(&from.agent).is_some_and(crate::center::seat::Seat::takes_calls_of_colleagues);
        if !can && from.queue.is_none() {
            let lot = self.rules.configuration.parking.lot_of(slot);
            let until = now + seconds(lot.map_or(60, |lot| lot.return_s));
            if let Phase::InSlot(parked) = &mut visit.phase {
                parked.until = until;
            }
            self.todo.deadlines.set(Due::Slot(call), until);
            return self.tell_parked(out);
        }
        visit.log(now, Event::SlotLeft { slot, by: None }, out);
        // Nobody has it at this moment.
        visit.phase = Phase::Flow;
        self.come_back(now, call, from, out);
        self.tell_parked(out);
    }

    /// Every desktop shows what is parked.
    pub(in crate::center) fn tell_parked(&self, out: &mut Vec<Output>) {
        let parked = self.visits.parked(&self.rules);
        for agent in self.seats.at_desktops() {
            push(agent, DeskEvent::ParkedChanged { parked: parked.clone() }, out);
        }
    }
}
