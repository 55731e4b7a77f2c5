//! The router's journal: every input with its time and the digest of what followed, and checkpoints, so
//! that any moment can be made again. Only writes: nothing here waits or reads.

use std::time::Duration;

use super::Center;
use super::output::{Output, Write};
use crate::acd;
use crate::base::Instant;

#[derive(Debug, Default)]
pub(super) struct Journal {
    /// Given to the router since the start.
    inputs: u64,
    last_checkpoint: Instant,
}

impl Center {
    /// Hands one input to the router, counts it and writes it down, and the state where that is due.
    pub(super) fn journaled(
        &mut self,
        now: Instant,
        input: acd::Input,
        made: &mut Vec<acd::Output>,
        out: &mut Vec<Output>,
    ) {
        if self.journal.inputs == 0 {
            self.write_checkpoint(now, out);
        }
        let written = Box::new(input.clone());
        let configures = matches!(input, acd::Input::Configure(_));
        self.tallies.roll(self.rules.day(now), &self.router, now);
        self.tallies.note_input(now, &input);
        self.router.handle(now, input, made);
        self.tallies.note_outputs(now, made);
        self.journal.inputs += 1;
        out.push(Output::Write(Write::Router { at: now, input: written, digest: Some(acd::digest(made)) }));
        let period = Duration::from_secs(u64::from(self.settings.times.checkpoint_s));
        if configures || now.since(self.journal.last_checkpoint) >= period {
            self.write_checkpoint(now, out);
        }
    }

    fn write_checkpoint(&mut self, now: Instant, out: &mut Vec<Output>) {
        self.journal.last_checkpoint = now;
        out.push(Output::Write(Write::Checkpoint(Box::new(self.checkpoint(now)))));
    }

    /// The router as it is now.
    pub fn checkpoint(&self, now: Instant) -> acd::Checkpoint {
        self.router.checkpoint(now, self.journal.inputs)
    }
}
