//! The record of it all: interaction rows and their events, in the order in which things happened.

use super::event::Event;
use super::output::{Output, Write};
use super::seats::Form;
use super::visit::Visit;
use crate::base::{Instant, InteractionId};

impl Visit {
    /// Notes a step of this call.
    pub fn log(&mut self, now: Instant, event: Event, out: &mut Vec<Output>) {
        out.push(written(self.record.id, &mut self.next_seq, now, &event));
    }

    /// Writes the row as it stands.
    pub fn save(&self, out: &mut Vec<Output>) {
        out.push(Output::Write(Write::Interaction(Box::new(self.record.clone()))));
    }
}

impl Form {
    pub fn log(&mut self, now: Instant, event: Event, out: &mut Vec<Output>) {
        out.push(written(self.record.id, &mut self.next_seq, now, &event));
    }

    pub fn save(&self, out: &mut Vec<Output>) {
        out.push(Output::Write(Write::Interaction(Box::new(self.record.clone()))));
    }
}

pub(super) fn written(interaction: InteractionId, seq: &mut u32, at: Instant, event: &Event) -> Output {
    let event = event.written(interaction, *seq, at);
    *seq = seq.saturating_add(1);
    Output::Write(Write::Event(event))
}
