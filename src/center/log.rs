//! The record of it all: interaction rows and their events, in the order in which things happened.

use crate::base::{Instant, InteractionId};
use crate::center::event::Event;
use crate::center::output::{Output, Write};

pub(super) fn written(interaction: InteractionId, seq: &mut u32, at: Instant, event: &Event) -> Output {
    let event = event.written(interaction, *seq, at);
    *seq = seq.saturating_add(1);
    Output::Write(Write::Event(event))
}
