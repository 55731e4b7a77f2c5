//! A call-back taken out of the line by somebody of the center, who is named in its row and its journal.

use crate::base::{Instant, InteractionId};
use crate::center::Center;
use crate::center::answer::{Done, Settled};
use crate::center::call_back::Stage;
use crate::center::desk::Refusal;
use crate::center::event::Event;
use crate::center::output::Output;
use crate::center::visit::Phase;
use crate::crm::HowEnded;

impl Center {
    /// Refused from the moment on in which an agent is on the line to call the customer.
    pub(in crate::center) fn cancel_call_back(
        &mut self,
        now: Instant,
        id: InteractionId,
        author: String,
        out: &mut Vec<Output>,
    ) -> Done {
        let open = self.call_backs.open.get_mut(&id);
        let open = open.ok_or((Refusal::UnknownCallBack, "there is no such open call-back"))?;
        let place = match open.stage {
            // A caller who has not hung up yet leaves the place with the call.
            Stage::Rests | Stage::OnLine => None,
            Stage::Waits(contact) => Some(contact),
            Stage::Under(call) => match self.visits.get(&call).map(|visit| &visit.phase) {
                Some(Phase::Queued(queued)) => Some(queued.contact),
                _ => return Err((Refusal::WrongState, "the customer is being called")),
            },
        };
        open.record.cancelled_by = Some(author.clone());
        let seq = open.record.next_seq;
        self.log_of(now, id, seq, Event::CallBackCancelled { by: author }, out);
        self.end_call_back(now, id, HowEnded::Cancelled, out);
        self.leave_line(place);
        Ok(Settled::WhenWritten)
    }
}
