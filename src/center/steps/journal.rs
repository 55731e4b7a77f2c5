//! Every input of the router goes through its journal, and counts in the day's figures.

use crate::acd;
use crate::base::Instant;
use crate::center::Center;
use crate::center::output::Output;

impl Center {
    pub(in crate::center) fn journaled(
        &mut self,
        now: Instant,
        input: acd::Input,
        made: &mut Vec<acd::Output>,
        out: &mut Vec<Output>,
    ) {
        self.tallies.roll(self.rules.day(now), &self.router, now);
        self.tallies.note_input(now, &input);
        self.journal.hand_in(now, &mut self.router, input, made, out);
        self.tallies.note_outputs(now, made);
    }

    /// The router as it is now.
    pub fn checkpoint(&self, now: Instant) -> acd::Checkpoint {
        self.journal.checkpoint(now, &self.router)
    }
}
