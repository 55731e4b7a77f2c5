//! Sending the customer on without a word: to a line, a colleague, a number outside, a flow. The agent is free at
//! once; a call that nobody takes comes back.

use crate::acd::{self, Arrival};
use crate::base::{AgentId, CallId, ContactId, Instant, LegId, Number, QueueId, ReservationId};
use crate::call::{self, Cause, Mode, Party, Role};
use crate::center::Center;
use crate::center::answer::{Done, Obeyed};
use crate::center::desk::{CallState, HandedHow, Refusal, RingEnd, Target};
use crate::center::event::Event;
use crate::center::output::Output;
use crate::center::steps::door::inbound::facts;
use crate::center::steps::line::pop::Showing;
use crate::center::steps::others::{Aim, Rung};
use crate::center::turn::{Due, seconds, sip_reason};
use crate::center::visit::{Handing, Led, Parked, Phase, Queued, Talking, Who, customer_facts};
use crate::crm::{EndedBy, HandoverHow};
use crate::dialplan::Event as FlowEvent;

/// Notes longer than this are refused.
const NOTE_MAX: usize = 1_024;

impl Center {
    pub(in crate::center) fn transfer(
        &mut self,
        now: Instant,
        agent: AgentId,
        call: CallId,
        (to, note): (&Target, &str),
        out: &mut Vec<Output>,
    ) -> Done {
        let talk = self.visits.alone_in_talk(call)?.clone();
        if note.len() > NOTE_MAX {
            return Err((Refusal::NotAllowed, "the note is too long"));
        }
        match self.aim(now, agent, to)? {
            Aim::Queue { queue, priority } => self.send_to_queue(now, call, &talk, (queue, priority, note), out),
            Aim::Flow(flow) => self.send_to_flow(now, call, &talk, (&flow, note), out),
            aim => {
                let handed = self.rules.handed_by(agent, HandedHow::Transferred, note);
                let rung = self.give_back(now, call, &aim).or_else(|| self.ring_aim(now, call, aim, handed, out));
                let Some(rung) = rung else {
                    return Err((Refusal::TargetUnavailable, "there is no way to reach it"));
                };
                if talk.held.is_none() {
                    self.with(now, call, out, |visit, turn| visit.part(turn));
                }
                self.leave_to(now, call, &talk, None, out);
                let Some(visit) = self.visits.get_mut(&call) else { return Ok(Obeyed::Done) };
                let sent = Event::CallSentOn { from: agent, to: rung.who.agent(), note: note.to_owned() };
                visit.log(now, sent, out);
                let from = Talking { held: None, ..talk };
                let Rung { who: to, going, pop } = rung;
                visit.enter(now, Phase::Handing(Handing { from, to, going, pop, slot: None }));
                visit.save(out);
            }
        }
        Ok(Obeyed::Done)
    }

    /// The agent's part is over while the call goes on. `by`: as [`Self::part_ended`] has it.
    pub(in crate::center) fn leave_to(
        &mut self,
        now: Instant,
        call: CallId,
        talk: &Talking,
        by: Option<EndedBy>,
        out: &mut Vec<Output>,
    ) {
        self.with(now, call, out, |visit, turn| {
            if let Some(held) = talk.held {
                visit.held_since(held, now);
            }
            visit.end_second_line(turn);
        });
        self.part_ended(now, call, talk, by, out);
        let why = if by.is_some() { "normal clearing" } else { "transferred" };
        self.todo.to_calls(call::Command::Hangup { leg: talk.leg, reason: sip_reason(200, why) });
    }

    fn send_to_queue(
        &mut self,
        now: Instant,
        call: CallId,
        talk: &Talking,
        (queue, priority, note): (QueueId, Option<u8>, &str),
        out: &mut Vec<Output>,
    ) {
        self.leave_to(now, call, talk, None, out);
        self.with(now, call, out, |visit, turn| visit.set_customer_mode(Mode::Apart, turn));
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let (from, how) = (talk.agent, HandoverHow::Queue);
        let told = Some(note.to_owned());
        visit.log(now, Event::CallTransferred { from, to: None, queue: Some(queue), flow: None, note: told, how }, out);
        let handed = self.rules.handed_by(from, HandedHow::Transferred, note);
        self.line_up_again(now, call, queue, priority, None, out);
        // Whoever gets it out of the line reads from whom it comes, and so does the record.
        let Some(visit) = self.visits.get_mut(&call) else { return };
        visit.record.handed(from, how);
        visit.save(out);
        if let Phase::Queued(queued) = &mut visit.phase {
            queued.handed = Some(handed);
        }
    }

    /// What is said to a flow is no conversation to be recorded.
    fn send_to_flow(
        &mut self,
        now: Instant,
        call: CallId,
        talk: &Talking,
        (flow, note): (&str, &str),
        out: &mut Vec<Output>,
    ) {
        let Some(whole) = self.rules.flow(flow) else { return };
        self.leave_to(now, call, talk, None, out);
        self.release_all(now, call, out);
        let (from, how) = (talk.agent, HandoverHow::Flow);
        self.with(now, call, out, |visit, turn| {
            visit.go_off_record(turn);
            visit.set_customer_mode(Mode::Apart, turn);
            visit.stop_music(turn);
            let mut facts = facts(&visit.record, visit.language().as_str());
            facts.extend(customer_facts(&visit.customers));
            visit.led = Some(Led::by(&whole, facts));
            visit.enter(now, Phase::Flow);
            visit.record.handed(from, how);
            let (flow, note) = (Some(flow.to_owned()), Some(note.to_owned()));
            let sent = Event::CallTransferred { from, to: None, queue: None, flow, note, how };
            visit.log(now, sent, turn.out);
            visit.save(turn.out);
        });
        self.todo.board_changed = true;
        self.drive(now, call, FlowEvent::Start, out);
    }

    /// Into a line in the middle of a call. `first`: this agent before all others, for a while.
    fn line_up_again(
        &mut self,
        now: Instant,
        call: CallId,
        queue: QueueId,
        priority: Option<u8>,
        first: Option<AgentId>,
        out: &mut Vec<Output>,
    ) {
        let contact = ContactId(self.todo.ids.take());
        let mut arrival = Arrival::new(contact, queue, now);
        let key = self.rules.queue(queue).map(|rule| rule.key.clone()).unwrap_or_default();
        (arrival.priority, arrival.preferred) = (priority, first.map(|agent| (agent, RETURN_WAIT_MS)));
        let Some(visit) = self.visits.get_mut(&call) else { return };
        arrival.caller = visit.record.caller.as_ref().map(Number::digits);
        visit.record.queue = Some(queue);
        visit.enter(now, Phase::Queued(Queued::new(contact, queue, now, now)));
        visit.log(now, Event::QueueEntered { queue: key, priority, bonus_s: 0, agent_first: None }, out);
        visit.save(out);
        self.seats.touch_others(visit);
        self.visits.name(contact, call);
        self.todo.board_changed = true;
        self.todo.to_router(acd::Input::Arrive(arrival));
        self.with(now, call, out, |visit, turn| visit.play_queue_music(turn));
    }

    /// Whom the customer was sent to has answered.
    pub(in crate::center) fn handed_over(
        &mut self,
        now: Instant,
        call: CallId,
        (leg, phone): (LegId, Option<String>),
        out: &mut Vec<Output>,
    ) {
        let Some(Phase::Handing(handing)) = self.visits.get(&call).map(|visit| &visit.phase) else { return };
        let Handing { from, to, slot, .. } = handing.clone();
        let role = if to.agent().is_some() { Role::Agent } else { Role::Guest };
        self.with(now, call, out, |visit, turn| {
            visit.tell_referral(200, turn);
            visit.join(Party { leg, role, mode: Mode::Talk }, turn);
            if let Some(parked) = &slot {
                visit.log(now, Event::SlotLeft { slot: parked.slot, by: to.agent() }, turn.out);
            }
        });
        let how = if slot.is_some() { HandoverHow::Parked } else { HandoverHow::Blind };
        self.passed_to(now, call, &from, (to, leg, phone), how, out);
    }

    /// Nobody took it: back to the agent who sent it, or, where that agent cannot have it, into the line.
    pub(in crate::center) fn not_handed_over(
        &mut self,
        now: Instant,
        call: CallId,
        cause: Cause,
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let Phase::Handing(handing) = &visit.phase else { return };
        let Handing { from, to, pop, slot, .. } = handing.clone();
        // Nobody has it at this moment.
        visit.phase = Phase::Flow;
        visit.cause = Some(cause);
        visit.log(now, Event::CallTransferFailed { from: from.agent, to: to.agent(), why: cause }, out);
        let why = if cause == Cause::NoAnswer { RingEnd::NoAnswer } else { RingEnd::Declined };
        let status = super::refer::status_of(cause);
        self.with(now, call, out, |visit, turn| visit.tell_referral(status, turn));
        self.withdraw_handed(now, call, &to, pop, why, out);
        match slot {
            Some(slot) => self.put_in_slot(now, call, slot, out),
            None => self.come_back(now, call, from, out),
        }
    }

    /// The one to whom the customer was sent has nothing more to do with it.
    pub(in crate::center) fn withdraw_handed(
        &mut self,
        now: Instant,
        call: CallId,
        to: &Who,
        pop: ReservationId,
        why: RingEnd,
        out: &mut Vec<Output>,
    ) {
        if let Who::Agent { agent, contact } = *to {
            self.withdraw_direct(now, call, agent, pop, why, out);
            self.visits.free(contact, &mut self.todo);
        }
    }

    pub(super) fn come_back(&mut self, now: Instant, call: CallId, from: Talking, out: &mut Vec<Output>) {
        let (agent, queue) = (from.agent, from.queue);
        let can = self.seats.get(&agent).is_some_and(crate::center::seat::Seat::takes_calls_of_colleagues);
        match (can, queue) {
            (true, _) => {
                let contact = self.visits.take_on(agent, call, queue, &mut self.todo);
                let talk = Talking { contact, since: now, held: None, taking_over: None, ..from };
                let Some(visit) = self.visits.get_mut(&call) else { return };
                visit.enter(now, Phase::Parked(Parked { talk, rejoining: None, returned: true }));
                visit.log(now, Event::CallReturned { agent }, out);
                let handed = Some(self.rules.handed_by(agent, HandedHow::Returned, ""));
                let pop = ReservationId(contact.0);
                self.show_pop(now, call, Showing { agent, contact, pop, queue, why: Default::default(), handed }, out);
                self.with(now, call, out, |visit, turn| visit.tell(agent, CallState::Ringing, turn));
                self.todo.deadlines.set(Due::Rejoin(call), now + seconds(self.settings.times.rejoin_s));
                self.ring_again(call, agent);
            }
            (false, Some(queue)) => self.line_up_again(now, call, queue, Some(1), Some(agent), out),
            (false, None) => {
                let why = sip_reason(480, "nobody took the transferred call");
                self.finish(now, call, EndedBy::System, Some(why), out);
            }
        }
    }
}

/// A call that comes back into the line waits so long for nobody but the agent who sent it. Milliseconds.
const RETURN_WAIT_MS: u64 = 20_000;
