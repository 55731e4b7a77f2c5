//! The record of it all: interaction rows and their events, in the order in which things happened.

use serde_json::{Value, json};

use super::output::{Output, Write};
use super::seats::Form;
use super::visit::Visit;
use crate::base::{Instant, InteractionId};
use crate::crm::InteractionEvent;

impl Visit {
    /// Notes a step of this call.
    pub fn log(&mut self, now: Instant, kind: &str, detail: Value, out: &mut Vec<Output>) {
        out.push(event(self.record.id, &mut self.next_seq, now, kind, detail));
    }

    /// Writes the row as it stands.
    pub fn save(&self, out: &mut Vec<Output>) {
        out.push(Output::Write(Write::Interaction(Box::new(self.record.clone()))));
    }
}

impl Form {
    pub fn log(&mut self, now: Instant, kind: &str, detail: Value, out: &mut Vec<Output>) {
        out.push(event(self.record.id, &mut self.next_seq, now, kind, detail));
    }

    pub fn save(&self, out: &mut Vec<Output>) {
        out.push(Output::Write(Write::Interaction(Box::new(self.record.clone()))));
    }
}

pub(super) fn event(interaction: InteractionId, seq: &mut u32, at: Instant, kind: &str, detail: Value) -> Output {
    let detail = if detail.is_null() { json!({}) } else { detail };
    let event = InteractionEvent { interaction, seq: *seq, at, kind: kind.to_owned(), detail };
    *seq = seq.saturating_add(1);
    Output::Write(Write::Event(event))
}
