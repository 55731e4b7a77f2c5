//! Drives the dialplan: what the run wants, done; what happens, told.

use crate::base::{CallId, Instant, LegId};
use crate::call;
use crate::center::Center;
use crate::center::event::Event;
use crate::center::output::Output;
use crate::center::turn::{Due, at_hand, sip_reason};
use crate::center::visit::{Phase, Visit};
use crate::crm::{EndedBy, Entered};
use crate::dialplan::{Entry, Event as FlowEvent, Verb, say};

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
            let run = &mut led.run;
            let (choices, entries) = (run.path().len(), run.entries().len());
            let verb = run.step(&led.flow, now, event);
            if verb != Verb::Wait {
                led.verb = verb.clone();
            }
            log_choices(visit, choices, now, out);
            log_entries(visit, entries, now, out);
            visit.hear_consent(now, out);
            let secret = visit.led.as_ref().is_some_and(|led| led.run.keeps_secret(&led.flow));
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
            Verb::OptOut => {
                self.opt_out(now, call, out);
                return Some(FlowEvent::OptedOut);
            }
            Verb::Queue(request) => return self.enqueue(now, call, &request, false, out),
            Verb::CallBack(request) => return self.enqueue(now, call, &request, true, out),
            Verb::Dial { target, ring_ms } => return self.circle(now, call, out)?.dial(&target, ring_ms),
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

    /// No campaign calls this number any more, from this moment on. Whose number is withheld is called by none.
    fn opt_out(&mut self, now: Instant, call: CallId, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let Some(number) = visit.record.caller.clone() else { return };
        visit.log(now, Event::CampaignOptedOut { number: number.clone() }, out);
        let interaction = visit.record.id;
        self.campaigns.never_again(&number, "caller".to_owned(), interaction, at_hand!(self, now, out));
    }

    /// A leg is up that came in by itself: the customer's, or one that was taken into the call.
    pub(in crate::center) fn answered(&mut self, now: Instant, call: CallId, leg: LegId, out: &mut Vec<Output>) {
        let Some(mut circle) = self.circle(now, call, out) else { return };
        if let Some(then) = circle.taken_in(leg) {
            return self.then(now, call, then, out);
        }
        circle.visit.answered = true;
        circle.visit.log(now, Event::CallAnswered {}, circle.turn.out);
        let Some(verb) = circle.visit.led.as_ref().map(|led| led.verb.clone()) else { return };
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
