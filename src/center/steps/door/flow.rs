//! Drives the dialplan: what the run wants, done; what happens, told.

use std::collections::VecDeque;

use crate::acd::AgentState;
use crate::base::{AgentId, CallId, Instant, LegId, Number, ReservationId};
use crate::call::{self, Cause, Mode, Party, Role};
use crate::center::Center;
use crate::center::desk::{CallState, RingEnd};
use crate::center::event::Event;
use crate::center::outbound::route::{OutboundAttempt, Route, Shown, told};
use crate::center::output::Output;
use crate::center::rules::Rules;
use crate::center::steps::line::pop::Showing;
use crate::center::turn::{Due, at_hand, sip_reason};
use crate::center::visit::{Dialling, Phase, Talking, Visit, Who, caller_party};
use crate::crm::{EndedBy, Entered};
use crate::dialplan::{DialFailed, Entry, Event as FlowEvent, Verb, say};
use crate::media::PlayId;

impl Center {
    /// Tells the run what happened and does what it wants then.
    pub(in crate::center) fn drive(&mut self, now: Instant, call: CallId, event: FlowEvent, out: &mut Vec<Output>) {
        let mut next = Some(event);
        while let Some(event) = next.take() {
            let Some(visit) = self.visits.get_mut(&call) else { return };
            if matches!(visit.phase, Phase::Ended) {
                return;
            }
            let Some(led) = visit.led.as_mut() else {
                // A customer whom we called fell out of the line: nothing is left to say.
                if matches!(event, FlowEvent::QueueLeft(_) | FlowEvent::Finished) {
                    self.finish(now, call, EndedBy::System, Some(sip_reason(480, "nobody is free")), out);
                }
                return;
            };
            let Some(flow) = self.rules.flow(led.run.flow()) else {
                return self.finish(now, call, EndedBy::System, Some(sip_reason(500, "flow is gone")), out);
            };
            let run = &mut led.run;
            let (choices, entries) = (run.path().len(), run.entries().len());
            let verb = run.step(&flow, now, event);
            if verb != Verb::Wait {
                led.verb = verb.clone();
            }
            log_choices(visit, choices, now, out);
            log_entries(visit, entries, now, out);
            visit.hear_consent(now, out);
            let secret = visit.led.as_ref().is_some_and(|led| led.run.keeps_secret(&flow));
            self.with(now, call, out, |visit, turn| visit.keep_secret(secret, turn));
            if verb == Verb::Wait {
                return;
            }
            self.with(now, call, out, Visit::message_is_over);
            self.todo.deadlines.clear(&Due::Listen(call));
            next = self.perform(now, call, verb, out);
        }
    }

    /// Does one verb; what it gives at once is the run's next event.
    fn perform(&mut self, now: Instant, call: CallId, verb: Verb, out: &mut Vec<Output>) -> Option<FlowEvent> {
        let visit = self.visits.get_mut(&call)?;
        let leg = visit.caller_leg?;
        match verb {
            Verb::Answer if visit.answered => return Some(FlowEvent::Answered),
            Verb::Answer => self.todo.to_calls(call::Command::Answer { leg }),
            // Everything below needs the caller on the line: it is done when the ACK is there.
            Verb::Play { .. }
            | Verb::Listen { .. }
            | Verb::Queue(_)
            | Verb::CallBack(_)
            | Verb::TakeMessage { .. }
            | Verb::Echo
            | Verb::Dial { .. }
                if !visit.answered =>
            {
                self.todo.to_calls(call::Command::Answer { leg });
            }
            Verb::Play { prompts } => {
                let sounds = say::sounds(visit.language(), &prompts);
                if sounds.is_empty() {
                    return Some(FlowEvent::PlayEnded);
                }
                self.with(now, call, out, |visit, turn| visit.play(sounds, false, turn));
            }
            Verb::Listen { timeout_ms } => {
                visit.playing = None;
                self.todo.to_calls(call::Command::Stop { leg });
                self.todo.deadlines.set(Due::Listen(call), now + std::time::Duration::from_millis(timeout_ms));
            }
            Verb::Lookup { by } => return self.lookups.ask_for_flow(visit, &by, at_hand!(self, now, out)),
            Verb::Queue(request) => return self.enqueue(now, call, &request, false, out),
            Verb::CallBack(request) => return self.enqueue(now, call, &request, true, out),
            Verb::Dial { target, ring_ms } => return self.dial(now, call, &target, ring_ms, out),
            Verb::TakeMessage { mailbox, max_ms } => {
                self.with(now, call, out, |visit, turn| visit.take_message(leg, mailbox, max_ms, turn));
            }
            Verb::Echo => {
                visit.playing = None;
                self.todo.to_calls(call::Command::Echo { leg });
            }
            Verb::Hangup { reason } => {
                // A flow that never answered refuses the call.
                let status = if visit.answered { 200 } else { 480 };
                self.finish(now, call, EndedBy::Flow, Some(sip_reason(status, &reason)), out);
            }
            Verb::Wait => {}
        }
        None
    }

    pub(in crate::center) fn caller_answered(&mut self, now: Instant, call: CallId, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        visit.answered = true;
        visit.log(now, Event::CallAnswered {}, out);
        let Some(verb) = visit.led.as_ref().map(|led| led.verb.clone()) else { return };
        if verb == Verb::Answer {
            return self.drive(now, call, FlowEvent::Answered, out);
        }
        if let Some(event) = self.perform(now, call, verb, out) {
            self.drive(now, call, event, out);
        }
    }

    pub(in crate::center) fn digit(
        &mut self,
        now: Instant,
        call: CallId,
        leg: LegId,
        digit: char,
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get(&call) else { return };
        if Some(leg) != visit.caller_leg {
            return;
        }
        match visit.phase {
            Phase::Flow => self.drive(now, call, FlowEvent::Digit(digit), out),
            Phase::Queued(_) => self.queue_digit(now, call, digit, out),
            _ => {}
        }
    }

    pub(in crate::center) fn play_ended(&mut self, now: Instant, call: CallId, play: PlayId, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        if visit.playing != Some(play) {
            return;
        }
        visit.playing = None;
        match &visit.phase {
            Phase::Flow => self.drive(now, call, FlowEvent::PlayEnded, out),
            Phase::Queued(_) => self.queue_sound_ended(now, call, out),
            _ => {}
        }
    }

    pub(in crate::center) fn listen_timed_out(&mut self, now: Instant, call: CallId, out: &mut Vec<Output>) {
        match self.visits.get(&call).map(|visit| &visit.phase) {
            Some(Phase::Queued(_)) => self.asked_in_vain(now, call, out),
            _ => self.drive(now, call, FlowEvent::Timeout, out),
        }
    }

    /// Rings an agent by key, or a number by the trunk that the call came from. An agent at work sees who calls, and has
    /// the call as any other; one who has something on hand is busy.
    fn dial(
        &mut self,
        now: Instant,
        call: CallId,
        target: &str,
        ring_ms: u64,
        out: &mut Vec<Output>,
    ) -> Option<FlowEvent> {
        let visit = self.visits.get(&call)?;
        let shown = Shown { from: caller_party(visit), headers: told(visit.record.id), ring_ms };
        let mut to = None;
        let agent = self.rules.configuration.rules.agents.iter().find(|agent| agent.key == target);
        let going = match agent {
            Some(agent) => {
                let (agent, seat) = (agent.id, self.seats.get(&agent.id)?);
                let (branches, at_work) = (seat.branches(), seat.state != AgentState::SignedOut);
                if at_work && seat.is_reachable() && !seat.takes_calls_of_colleagues() {
                    return Some(FlowEvent::DialFailed(DialFailed::Busy));
                }
                let going = self.go_to_phones(now, call, branches, shown);
                to = going.as_ref().filter(|_| at_work).map(|going| self.show_dialled(now, call, agent, going, out));
                going
            }
            None => {
                let routes = outside(&self.rules, self.visits.get(&call)?, target).unwrap_or_default();
                self.go_out(now, call, routes, shown)
            }
        };
        match going {
            Some(going) => {
                self.visits.get_mut(&call)?.enter(now, Phase::Dialling(Dialling { going, to }));
                None
            }
            None => Some(FlowEvent::DialFailed(DialFailed::Unreachable)),
        }
    }

    /// Nobody else gets the agent, who sees who calls.
    fn show_dialled(
        &mut self,
        now: Instant,
        call: CallId,
        agent: AgentId,
        going: &OutboundAttempt,
        out: &mut Vec<Output>,
    ) -> (Who, ReservationId) {
        let (pop, contact) = (ReservationId(going.attempt.0), self.visits.occupy(agent, call, &mut self.todo));
        let why = Default::default();
        self.show_pop(now, call, Showing { agent, contact, pop, queue: None, why, handed: None }, out);
        self.with(now, call, out, |visit, turn| visit.tell(agent, CallState::Ringing, turn));
        (Who::Agent { agent, contact: Some(contact) }, pop)
    }

    /// The dialled agent has nothing more to do with it.
    pub(in crate::center) fn withdraw_dialled(
        &mut self,
        now: Instant,
        call: CallId,
        dialling: &Dialling,
        why: RingEnd,
        out: &mut Vec<Output>,
    ) {
        if let Some((who, pop)) = &dialling.to {
            self.withdraw_handed(now, call, who, *pop, why, out);
        }
    }

    /// Whoever the flow dialled has answered: an agent at work has the call from now on.
    pub(in crate::center) fn dialled(
        &mut self,
        now: Instant,
        call: CallId,
        (leg, phone): (LegId, Option<String>),
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let Phase::Dialling(dialling) = &visit.phase else { return };
        let Some((Who::Agent { agent, contact: asked }, _)) = dialling.to else {
            visit.enter(now, Phase::Dialled(leg));
            let party = Party { leg, role: Role::Guest, mode: Mode::Talk };
            return self.with(now, call, out, |visit, turn| visit.join(party, turn));
        };
        let contact = self.visits.take_on(agent, call, None, &mut self.todo);
        self.visits.free(asked, &mut self.todo);
        if let Some(seat) = self.seats.get_mut(&agent) {
            seat.hand.own(call, contact);
        }
        let (queue, since, held, taking_over) = (None, now, None, None);
        self.connect(now, call, Talking { contact, queue, agent, leg, phone, since, held, taking_over }, out);
    }

    pub(in crate::center) fn dial_failed(&mut self, now: Instant, call: CallId, cause: Cause, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let why = if cause == Cause::NoAnswer { RingEnd::NoAnswer } else { RingEnd::Declined };
        if let Phase::Dialling(dialling) = visit.enter(now, Phase::Flow) {
            self.withdraw_dialled(now, call, &dialling, why, out);
        }
        self.drive(now, call, FlowEvent::DialFailed(dial_failed(cause)), out);
    }
}

/// The ways to a number by the trunk that the call came from.
fn outside(rules: &Rules, visit: &Visit, target: &str) -> Option<VecDeque<Route>> {
    let number = Number::parse(target, &rules.configuration.region).ok()?;
    let trunk = rules.trunk(visit.trunk()?)?;
    Some(rules.routes(trunk, &number))
}

/// As a flow tells the causes apart.
fn dial_failed(cause: Cause) -> DialFailed {
    match cause {
        Cause::Busy => DialFailed::Busy,
        Cause::NoAnswer => DialFailed::NoAnswer,
        Cause::Declined => DialFailed::Rejected,
        Cause::NoSuchNumber | Cause::NotAllowed | Cause::TrunkFault | Cause::Unreachable => DialFailed::Unreachable,
    }
}

fn log_choices(visit: &mut Visit, known: usize, now: Instant, out: &mut Vec<Output>) {
    let path = visit.led.as_ref().map(|led| led.run.path()).unwrap_or_default();
    let new: Vec<_> = path.iter().skip(known).cloned().collect();
    for choice in new {
        visit.record.menu_path.push(choice.label.clone());
        visit.log(now, Event::MenuChosen { step: choice.step, digit: choice.digit, label: choice.label }, out);
    }
}

/// What was entered: the last digits of each kind stand in the record, all of them in its events.
fn log_entries(visit: &mut Visit, known: usize, now: Instant, out: &mut Vec<Output>) {
    let entries = visit.led.as_ref().map(|led| led.run.entries()).unwrap_or_default();
    let new: Vec<_> = entries.iter().skip(known).cloned().collect();
    for Entry { label, digits, .. } in new {
        visit.log(now, Event::DigitsEntered { label: label.clone(), digits: digits.clone() }, out);
        visit.record.entered.retain(|entered| entered.label != label);
        visit.record.entered.push(Entered { label, digits });
    }
}
