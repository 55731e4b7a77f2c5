//! A contact after its call: the form of everybody who had it.

use crate::base::Instant;
use crate::center::event::Event;
use crate::center::log::written;
use crate::center::output::{Output, Write};
use crate::crm::Interaction;

/// An interaction after its call: open for disposition and notes of every agent who had it.
#[derive(Clone, Debug)]
pub(in crate::center) struct Form {
    pub record: Interaction,
    /// Sequence number of the next interaction event.
    pub next_seq: u32,
}

impl Form {
    pub fn log(&mut self, now: Instant, event: Event, out: &mut Vec<Output>) {
        out.push(written(self.record.id, &mut self.next_seq, now, &event));
    }

    pub fn save(&self, out: &mut Vec<Output>) {
        out.push(Output::Write(Write::Interaction(Box::new(self.record.clone()))));
    }
}
