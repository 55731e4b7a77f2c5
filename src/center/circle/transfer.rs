//! Sending the customer on without a word: to a line, a colleague, a number outside, a flow. The agent is free at
//! once; a call that nobody takes comes back.

use crate::base::{LegId, QueueId, ReservationId};
use crate::call::{self, Cause, Mode, Party, Role};
use crate::center::answer::Refused;
use crate::center::circle::Circle;
use crate::center::circle::refer::status_of;
use crate::center::circle::ring::{Aim, Rung};
use crate::center::desk::{CallState, HandedHow, Refusal, RingEnd, Target};
use crate::center::event::Event;
use crate::center::seat::{Seat, Showing};
use crate::center::turn::{Due, seconds, sip_reason};
use crate::center::visit::{Handing, Parked, Phase, Talking, Then};
use crate::crm::{EndedBy, HandoverHow};
use crate::dialplan::Event as FlowEvent;

/// Notes longer than this are refused.
const NOTE_MAX: usize = 1_024;

impl Circle<'_> {
    pub fn transfer(&mut self, to: &Target, note: &str) -> Result<Then, Refused> {
        let talk = self.visit.alone_in_talk()?.clone();
        if note.len() > NOTE_MAX {
            return Err((Refusal::NotAllowed, "the note is too long"));
        }
        match self.aim(talk.agent, to)? {
            Aim::Queue { queue, priority } => self.send_to_queue(&talk, (queue, priority, note)),
            Aim::Flow(flow) => return Ok(self.send_to_flow(&talk, &flow, note)),
            aim => {
                let handed = self.turn.rules.handed_by(talk.agent, HandedHow::Transferred, note);
                let rung = self.give_back(&aim).or_else(|| self.ring_aim(aim, handed));
                let Some(rung) = rung else {
                    return Err((Refusal::TargetUnavailable, "there is no way to reach it"));
                };
                self.send_on(talk, rung, note);
            }
        }
        Ok(Then::GoesOn)
    }

    /// The agent leaves the customer to somebody who still rings.
    pub(super) fn send_on(&mut self, talk: Talking, rung: Rung, note: &str) {
        if talk.held.is_none() {
            self.visit.part(&mut self.turn);
        }
        self.leave_to(&talk, None);
        let sent = Event::CallSentOn { from: talk.agent, to: rung.who.agent(), note: note.to_owned() };
        self.visit.log(self.turn.now, sent, self.turn.out);
        let from = Talking { held: None, ..talk };
        let Rung { who: to, going, pop } = rung;
        self.visit.enter(self.turn.now, Phase::Handing(Handing { from, to, going, pop, slot: None }));
        self.visit.save(self.turn.out);
    }

    /// The agent's part is over while the call goes on. `by`: as [`Self::part_ended`] has it.
    pub(super) fn leave_to(&mut self, talk: &Talking, by: Option<EndedBy>) {
        if let Some(held) = talk.held {
            self.visit.held_since(held, self.turn.now);
        }
        self.visit.end_second_line(&mut self.turn);
        self.part_ended(talk, by);
        let why = if by.is_some() { "normal clearing" } else { "transferred" };
        self.turn.todo.to_calls(call::Command::Hangup { leg: talk.leg, reason: sip_reason(200, why) });
    }

    fn send_to_queue(&mut self, talk: &Talking, (queue, priority, note): (QueueId, Option<u8>, &str)) {
        self.leave_to(talk, None);
        self.visit.set_customer_mode(Mode::Apart, &mut self.turn);
        let (from, how) = (talk.agent, HandoverHow::Queue);
        let told = Some(note.to_owned());
        let sent = Event::CallTransferred { from, to: None, queue: Some(queue), flow: None, note: told, how };
        self.visit.log(self.turn.now, sent, self.turn.out);
        self.line_up_again(queue, priority, None);
        // Whoever gets it out of the line reads from whom it comes, and so does the record.
        self.visit.record.handed(from, how);
        self.visit.save(self.turn.out);
        if let Phase::Queued(queued) = &mut self.visit.phase {
            queued.handed = Some(self.turn.rules.handed_by(from, HandedHow::Transferred, note));
        }
    }

    /// What is said to a flow is no conversation to be recorded.
    fn send_to_flow(&mut self, talk: &Talking, flow: &str, note: &str) -> Then {
        let Some(whole) = self.turn.rules.flow(flow) else { return Then::GoesOn };
        self.leave_to(talk, None);
        self.release_all();
        let (from, how, now) = (talk.agent, HandoverHow::Flow, self.turn.now);
        let (visit, turn) = (&mut *self.visit, &mut self.turn);
        visit.go_off_record(turn);
        visit.set_customer_mode(Mode::Apart, turn);
        visit.stop_music(turn);
        visit.lead_by(whole);
        visit.enter(now, Phase::Flow);
        visit.record.handed(from, how);
        let (flow, note) = (Some(flow.to_owned()), Some(note.to_owned()));
        visit.log(now, Event::CallTransferred { from, to: None, queue: None, flow, note, how }, turn.out);
        visit.save(turn.out);
        turn.todo.board_changed = true;
        Then::Flow(FlowEvent::Start)
    }

    /// Whom the customer was sent to has answered.
    pub(super) fn handed_over(&mut self, (leg, phone): (LegId, Option<String>)) {
        let Phase::Handing(handing) = &self.visit.phase else { return };
        let Handing { from, to, slot, .. } = handing.clone();
        let role = if to.agent().is_some() { Role::Agent } else { Role::Guest };
        self.visit.tell_referral(200, &mut self.turn);
        self.visit.join(Party { leg, role, mode: Mode::Talk }, &mut self.turn);
        if let Some(parked) = &slot {
            let left = Event::SlotLeft { slot: parked.slot, by: to.agent() };
            self.visit.log(self.turn.now, left, self.turn.out);
        }
        let how = if slot.is_some() { HandoverHow::Parked } else { HandoverHow::Blind };
        self.passed_to(&from, (to, leg, phone), how);
    }

    /// Nobody took it: back to the agent who sent it, or, where that agent cannot have it, into the line.
    pub(super) fn not_handed_over(&mut self, cause: Cause) -> Then {
        let Phase::Handing(handing) = &self.visit.phase else { return Then::GoesOn };
        let Handing { from, to, pop, slot, .. } = handing.clone();
        // Nobody has it at this moment.
        self.visit.phase = Phase::Flow;
        self.visit.cause = Some(cause);
        let failed = Event::CallTransferFailed { from: from.agent, to: to.agent(), why: cause };
        self.visit.log(self.turn.now, failed, self.turn.out);
        self.visit.tell_referral(status_of(cause), &mut self.turn);
        self.withdraw(&to, pop, RingEnd::after(cause));
        match slot {
            Some(slot) => {
                self.put_in_slot(slot);
                Then::GoesOn
            }
            None => self.come_back(from),
        }
    }

    pub(super) fn come_back(&mut self, from: Talking) -> Then {
        let (now, agent, queue) = (self.turn.now, from.agent, from.queue);
        let can = self.seats.get(&agent).is_some_and(Seat::takes_calls_of_colleagues);
        match (can, queue) {
            (true, _) => {
                let contact = self.contacts.take_on(agent, self.visit.call, queue, self.turn.todo);
                let talk = Talking { contact, since: now, held: None, taking_over: None, ..from };
                self.visit.enter(now, Phase::Parked(Parked { talk, rejoining: None, returned: true }));
                self.visit.log(now, Event::CallReturned { agent }, self.turn.out);
                let handed = Some(self.turn.rules.handed_by(agent, HandedHow::Returned, ""));
                let pop = ReservationId(contact.0);
                let showing = Showing { agent, contact, pop, queue, why: Default::default(), handed };
                self.seats.show_pop(self.visit, showing, &mut self.turn);
                self.visit.tell(agent, CallState::Ringing, &mut self.turn);
                let due = Due::Rejoin(self.visit.call);
                self.turn.todo.deadlines.set(due, now + seconds(self.turn.times.rejoin_s));
                self.ring_again();
                Then::GoesOn
            }
            (false, Some(queue)) => {
                self.line_up_again(queue, Some(1), Some(agent));
                Then::GoesOn
            }
            (false, None) => Then::Over(EndedBy::System, Some(sip_reason(480, "nobody took the transferred call"))),
        }
    }
}
