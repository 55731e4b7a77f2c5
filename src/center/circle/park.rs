//! Calls in slots: parked by an agent, picked up by anybody, back with whoever parked them when their time is over. And
//! what rings at a colleague, picked up.

use crate::call;
use crate::center::answer::Refused;
use crate::center::circle::Circle;
use crate::center::circle::ring::Rung;
use crate::center::desk::{HandedHow, Refusal, RingEnd};
use crate::center::event::Event;
use crate::center::seat::Seat;
use crate::center::turn::{Due, seconds, sip_reason};
use crate::center::visit::{Handing, InSlot, Phase, Picked, Talking, Then};

pub(in crate::center) const NOTHING: Refused = (Refusal::NoCall, "nothing rings in the group");
const NO_PHONE: Refused = (Refusal::UnknownPhone, "no phone of this agent is registered");

impl Circle<'_> {
    /// `free`: a slot, and how long the call may stay in it, seconds.
    pub fn park(&mut self, free: Result<(u16, u32), Refused>) -> Result<(), Refused> {
        let talk = self.visit.alone_in_talk()?.clone();
        let (slot, return_s) = free?;
        self.leave_to(&talk, None);
        let since = self.turn.now;
        self.visit.log(since, Event::SlotEntered { agent: talk.agent, slot }, self.turn.out);
        let from = Talking { held: None, ..talk };
        self.put_in_slot(InSlot { slot, from, since, until: since + seconds(return_s) });
        Ok(())
    }

    /// For the first time, or back, because nobody came to take it.
    pub(super) fn put_in_slot(&mut self, parked: InSlot) {
        let until = parked.until.max(self.turn.now);
        self.turn.todo.deadlines.set(Due::Slot(self.visit.call), until);
        self.visit.wait_in_slot(parked, &mut self.turn);
    }

    /// Back to whoever parked it; who cannot have it now, and whose call is of no line, gets it later.
    pub fn slot_timed_out(&mut self) -> Then {
        let now = self.turn.now;
        let Phase::InSlot(parked) = &mut self.visit.phase else { return Then::GoesOn };
        self.turn.todo.parked_changed = true;
        let (slot, from) = (parked.slot, parked.from.clone());
        let can = self.seats.get(&from.agent).is_some_and(Seat::takes_calls_of_colleagues);
        if !can && from.queue.is_none() {
            let lot = self.turn.rules.configuration.parking.lot_of(slot);
            parked.until = now + seconds(lot.map_or(60, |lot| lot.return_s));
            self.turn.todo.deadlines.set(Due::Slot(self.visit.call), parked.until);
            return Then::GoesOn;
        }
        self.visit.log(now, Event::SlotLeft { slot, by: None }, self.turn.out);
        // Nobody has it at this moment.
        self.visit.phase = Phase::Flow;
        self.come_back(from)
    }

    /// Out of its slot.
    pub fn pick_up_parked(&mut self, by: Picked) -> Result<(), Refused> {
        let Phase::InSlot(parked) = &self.visit.phase else { return Err(NOTHING) };
        let parked = parked.clone();
        let (agent, from) = (by.agent, parked.from.clone());
        let Some(going) = self.fetch(by) else { return Err(NO_PHONE) };
        let handed = self.turn.rules.handed_by(from.agent, HandedHow::Parked, "");
        let queue = self.visit.record.queue;
        let Rung { who: to, going, pop } = self.rung_agent(agent, going, queue, Some(handed));
        self.turn.todo.deadlines.clear(&Due::Slot(self.visit.call));
        self.visit.enter(self.turn.now, Phase::Handing(Handing { from, to, going, pop, slot: Some(parked) }));
        self.turn.todo.parked_changed = true;
        Ok(())
    }

    /// Out of the hands of the colleague to whom it was sent.
    pub fn pick_up_handed(&mut self, by: Picked) -> Result<(), Refused> {
        let Phase::Handing(handing) = &self.visit.phase else { return Err(NOTHING) };
        let Handing { from, to, going: before, pop, slot } = handing.clone();
        let agent = by.agent;
        let Some(going) = self.fetch(by) else { return Err(NO_PHONE) };
        let reason = sip_reason(200, "completed elsewhere");
        self.turn.todo.to_calls(call::Command::StopRing { attempt: before.attempt, reason });
        self.withdraw(&to, pop, RingEnd::CallerGone);
        let handed = self.turn.rules.handed_by(from.agent, HandedHow::Transferred, "");
        let queue = self.visit.record.queue;
        let Rung { who: to, going, pop } = self.rung_agent(agent, going, queue, Some(handed));
        self.visit.log(self.turn.now, Event::CallPickedUp { agent }, self.turn.out);
        self.visit.enter(self.turn.now, Phase::Handing(Handing { from, to, going, pop, slot }));
        Ok(())
    }
}
