//! A call-back taken out of the line by somebody of the center, who is named in its row and its journal.

use crate::base::{Instant, InteractionId};
use crate::center::Center;
use crate::center::answer::{Done, Obeyed};
use crate::center::event::Event;
use crate::center::output::Output;
use crate::center::turn::at_hand;

impl Center {
    pub(in crate::center) fn cancel_call_back(
        &mut self,
        now: Instant,
        id: InteractionId,
        author: String,
        out: &mut Vec<Output>,
    ) -> Done {
        let (place, seq) = self.call_backs.may_cancel(id, &author, &self.visits)?;
        self.log_of(now, id, seq, Event::CallBackCancelled { by: author }, out);
        self.call_backs.cancel(id, place, at_hand!(self, now, out));
        Ok(Obeyed::WhenWritten)
    }
}
