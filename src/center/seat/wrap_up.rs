//! The form of a contact: disposition and notes, in the call and in the wrap-up after it.

use crate::acd;
use crate::base::{AgentId, ContactId, InteractionId};
use crate::center::answer::{Done, Obeyed, Refused};
use crate::center::desk::Refusal;
use crate::center::event::Event;
use crate::center::rules::Rules;
use crate::center::seat::{Closed, Seats};
use crate::center::turn::Turn;
use crate::center::visit::{Visit, Visits};
use crate::crm::Interaction;

/// Notes longer than this are refused.
const NOTES_MAX: usize = 16_384;

/// The wrap-up form.
pub(in crate::center) struct WrapUp {
    pub interaction: InteractionId,
    pub disposition: Option<String>,
    pub notes: String,
    pub done: bool,
}

impl Seats {
    pub fn save_wrap_up(&mut self, agent: AgentId, form: &WrapUp, visits: &mut Visits, turn: &mut Turn<'_>) -> Done {
        let open = self.form(form.interaction).map(|open| &open.record);
        let record = visits.with_interaction(form.interaction).map(|visit| &visit.record).or(open);
        form.check(record, turn.rules)?;
        let seat = self.known(agent)?;
        let closed = seat.closed.iter().find(|closed| closed.interaction == form.interaction).copied();
        let wraps_up = closed.is_some_and(|closed| seat.wraps_up(closed.contact));
        let saved = Event::WrapUpSaved { agent, disposition: form.disposition.clone() };
        let on_hand = |visit: &Visit| closed.is_some() || visit.phase.talk().is_some_and(|talk| talk.agent == agent);
        let queue = if let Some(open) = self.form_mut(form.interaction).filter(|_| closed.is_some()) {
            form.fill(&mut open.record);
            open.log(turn.now, saved, turn.out);
            open.save(turn.out);
            open.record.queue
        } else if let Some(visit) = visits.with_interaction_mut(form.interaction).filter(|visit| on_hand(visit)) {
            form.fill(&mut visit.record);
            visit.log(turn.now, saved, turn.out);
            visit.save(turn.out);
            visit.record.queue
        } else {
            return Err((Refusal::UnknownInteraction, "the interaction is not on hand"));
        };
        if form.done && wraps_up && !turn.rules.wrap_up_lasts_its_time(queue, agent) {
            turn.todo.to_router(acd::Input::WrapUpDone { agent });
        }
        Ok(Obeyed::WhenWritten)
    }

    /// Wrap-up is over, by the agent or by its deadline.
    pub fn wrap_up_ended(&mut self, agent: AgentId, contact: ContactId, visits: &mut Visits, turn: &mut Turn<'_>) {
        let Some(seat) = self.get_mut(&agent) else { return };
        seat.hand.put_down(contact);
        let closed = seat.closed.iter().find(|closed| closed.contact == contact).copied();
        let Some(Closed { interaction, .. }) = closed else { return };
        if let Some(form) = self.form_mut(interaction) {
            form.record.wrap_up_ended = Some(turn.now);
            form.log(turn.now, Event::WrapUpEnded { agent }, turn.out);
            form.save(turn.out);
        } else if let Some(visit) = visits.with_interaction_mut(interaction) {
            visit.log(turn.now, Event::WrapUpEnded { agent }, turn.out);
        }
    }
}

impl WrapUp {
    /// `record`: of the interaction.
    fn check(&self, record: Option<&Interaction>, rules: &Rules) -> Result<(), Refused> {
        if self.notes.len() > NOTES_MAX {
            return Err((Refusal::NotAllowed, "the notes are too long"));
        }
        let queue = record.and_then(|record| record.queue);
        let required = queue.and_then(|queue| rules.queue_settings(queue)).is_some_and(|q| q.disposition_required);
        match &self.disposition {
            None if self.done && required => Err((Refusal::DispositionRequired, "this queue demands a disposition")),
            None => Ok(()),
            Some(key) => rules.check_disposition(key, queue, &self.notes),
        }
    }

    fn fill(&self, record: &mut Interaction) {
        record.disposition.clone_from(&self.disposition);
        record.notes.clone_from(&self.notes);
    }
}
