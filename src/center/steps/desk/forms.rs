//! The form of a contact: disposition and notes, in the call and in the wrap-up after it.

use crate::acd;
use crate::base::{AgentId, ContactId, Instant, InteractionId};
use crate::center::Center;
use crate::center::answer::{Done, Obeyed, Refused};
use crate::center::desk::Refusal;
use crate::center::event::Event;
use crate::center::output::Output;
use crate::center::seat::Closed;
use crate::center::visit::Visit;
use crate::crm::Interaction;

/// Notes longer than this are refused.
const NOTES_MAX: usize = 16_384;

impl Center {
    pub(in crate::center) fn save_wrap_up(
        &mut self,
        now: Instant,
        agent: AgentId,
        form: WrapUp,
        out: &mut Vec<Output>,
    ) -> Done {
        self.check_form(&form)?;
        let seat = self.seats.known(agent)?;
        let closed = seat.closed.iter().find(|closed| closed.interaction == form.interaction).copied();
        let saved = Event::WrapUpSaved { agent, disposition: form.disposition.clone() };
        let on_hand = |visit: &Visit| closed.is_some() || visit.phase.talk().is_some_and(|talk| talk.agent == agent);
        let queue = if let Some(open) = self.seats.form_mut(form.interaction).filter(|_| closed.is_some()) {
            fill(&mut open.record, &form);
            open.log(now, saved, out);
            open.save(out);
            open.record.queue
        } else if let Some(visit) = self.visits.with_interaction_mut(form.interaction).filter(|visit| on_hand(visit)) {
            fill(&mut visit.record, &form);
            visit.log(now, saved, out);
            visit.save(out);
            visit.record.queue
        } else {
            return Err((Refusal::UnknownInteraction, "the interaction is not on hand"));
        };
        let wraps_up =
            closed.is_some_and(|closed| self.seats.get(&agent).is_some_and(|seat| seat.wraps_up(closed.contact)));
        if form.done && wraps_up && !self.rules.wrap_up_lasts_its_time(queue, agent) {
            self.todo.to_router(acd::Input::WrapUpDone { agent });
        }
        Ok(Obeyed::WhenWritten)
    }

    fn check_form(&self, form: &WrapUp) -> Result<(), Refused> {
        if form.notes.len() > NOTES_MAX {
            return Err((Refusal::NotAllowed, "the notes are too long"));
        }
        let record = self
            .visits
            .values()
            .map(|visit| &visit.record)
            .find(|record| record.id == form.interaction)
            .or_else(|| self.seats.form(form.interaction).map(|open| &open.record));
        let queue = record.and_then(|record| record.queue);
        let required = queue.and_then(|queue| self.rules.queue_settings(queue)).is_some_and(|q| q.disposition_required);
        match &form.disposition {
            None if form.done && required => Err((Refusal::DispositionRequired, "this queue demands a disposition")),
            None => Ok(()),
            Some(key) => self.rules.check_disposition(key, queue, &form.notes),
        }
    }

    /// Wrap-up is over, by the agent or by its deadline.
    pub(in crate::center) fn wrap_up_ended(
        &mut self,
        now: Instant,
        agent: AgentId,
        contact: ContactId,
        out: &mut Vec<Output>,
    ) {
        let Some(seat) = self.seats.get_mut(&agent) else { return };
        seat.hand.put_down(contact);
        let closed = seat.closed.iter().find(|closed| closed.contact == contact).copied();
        let Some(Closed { interaction, .. }) = closed else { return };
        if let Some(form) = self.seats.form_mut(interaction) {
            form.record.wrap_up_ended = Some(now);
            form.log(now, Event::WrapUpEnded { agent }, out);
            form.save(out);
        } else if let Some(visit) = self.visits.with_interaction_mut(interaction) {
            visit.log(now, Event::WrapUpEnded { agent }, out);
        }
    }
}

/// The wrap-up form.
pub(in crate::center) struct WrapUp {
    pub interaction: InteractionId,
    pub disposition: Option<String>,
    pub notes: String,
    pub done: bool,
}

fn fill(record: &mut Interaction, form: &WrapUp) {
    record.disposition.clone_from(&form.disposition);
    record.notes.clone_from(&form.notes);
}
