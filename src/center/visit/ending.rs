//! The end of a contact, and what its record says of it.

use crate::center::event::Event;
use crate::center::output::{Observed, Output, Write};
use crate::center::rules::Rules;
use crate::center::turn::{Due, Turn, millis};
use crate::center::visit::{Errand, Phase, Then, Visit};
use crate::crm::{EndedBy, Outcome};
use crate::dialplan::Verb;
use crate::sip::Reason;

impl Visit {
    /// The call is over in the middle, and nobody in it meant it.
    pub fn interrupt(&mut self, by: EndedBy, why: Option<Reason>, turn: &mut Turn<'_>) -> Then {
        // Who has booked a call-back is called by the next process.
        self.cut_off = !matches!(&self.phase, Phase::Queued(queued) if queued.booked.is_some());
        let owed = self.record.clone().interrupt(Some(turn.now), turn.now);
        turn.out.extend(owed.filter(|_| self.cut_off).map(|task| Output::Write(Write::Task(task))));
        Then::Over(by, why)
    }

    /// Over, whoever ended it: the row is complete. Gives the last phase; `None`: it was over before.
    pub fn end(&mut self, by: EndedBy, why: Option<&Reason>, turn: &mut Turn<'_>) -> Option<Phase> {
        if matches!(self.phase, Phase::Ended) {
            return None;
        }
        self.message_is_over(turn);
        let call = self.call;
        let calls = [Due::Listen(call), Due::Rejoin(call), Due::MaxCall(call), Due::TakeUp(call), Due::Slot(call)];
        for due in calls.into_iter().chain([Due::Offer(call)]) {
            turn.todo.deadlines.clear(&due);
        }
        let phase = std::mem::replace(&mut self.phase, Phase::Ended);
        self.close_record(&phase, by, why, turn);
        let record = &self.record;
        let (direction, outcome) = (record.direction, record.outcome.map_or_else(String::new, key_of));
        let ended = Event::CallEnded { by, outcome: record.outcome, reason: record.end_reason.clone() };
        self.log(turn.now, ended, turn.out);
        self.save(turn.out);
        turn.out.push(Output::Observed(Observed::CallEnded { direction, outcome }));
        Some(phase)
    }

    fn close_record(&mut self, phase: &Phase, by: EndedBy, why: Option<&Reason>, turn: &Turn<'_>) {
        if let Phase::Talking(talk) = phase
            && let Some(held) = talk.held
        {
            self.record.hold_ms += millis(turn.now.since(held));
        }
        let outcome = self.outcome(phase, by);
        if let Some(said) = self.said_by_flow(turn.rules).filter(|_| self.record.disposition.is_none()) {
            self.record.disposition = Some(said);
        }
        let record = &mut self.record;
        record.close(turn.now);
        record.ended_by = Some(by);
        record.end_reason = why.map(|why| format!("{} {}", why.status, why.text));
        record.outcome = Some(outcome);
    }

    /// What the flow that led whom a campaign called says that it came to: a disposition that there is.
    pub fn said_by_flow(&self, rules: &Rules) -> Option<String> {
        let led = self.led.as_ref().filter(|_| self.campaign().is_some())?;
        let said = led.run.facts().get("var.disposition")?;
        let known = rules.configuration.dispositions.iter().any(|known| known.label.key == *said);
        known.then(|| said.clone())
    }

    /// A campaign had no agent for them in time.
    fn is_given_up(&self) -> bool {
        let Errand::Placed(placed) = &self.errand else { return false };
        placed.onward.campaign().is_some_and(|campaigned| campaigned.given_up)
    }

    fn outcome(&self, phase: &Phase, by: EndedBy) -> Outcome {
        let last = self.led.as_ref().map(|led| &led.verb);
        let flow_done = matches!(last, Some(Verb::Echo | Verb::Hangup { .. })) || by == EndedBy::Flow;
        match by {
            _ if self.cut_off => Outcome::Interrupted,
            _ if self.record.answered.is_some() => Outcome::Handled,
            _ if matches!(phase, Phase::Dialled(_)) => Outcome::Handled,
            _ if self.call_back().is_some() || matches!(self.errand, Errand::Outbound(_)) => Outcome::NotReached,
            _ if matches!(self.errand, Errand::Placed(_)) && !self.answered => Outcome::NotReached,
            _ if self.is_given_up() => Outcome::Abandoned,
            _ if matches!(phase, Phase::Queued(queued) if queued.booked.is_some()) => Outcome::CallBack,
            _ if self.left_message => Outcome::Voicemail,
            // Whom the house called, and had wait for nobody.
            EndedBy::System if matches!(self.errand, Errand::Placed(_)) && self.record.queued.is_some() => {
                Outcome::Abandoned
            }
            EndedBy::Network | EndedBy::System if !flow_done => Outcome::Failed,
            _ if flow_done => Outcome::SelfService,
            _ => Outcome::Abandoned,
        }
    }
}

/// As the metrics name it.
fn key_of(outcome: Outcome) -> String {
    serde_json::to_value(outcome).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
