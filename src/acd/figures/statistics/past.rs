//! Figures of a time that is over, from the journal: its inputs are run again, and counted with what followed.

use super::{Rows, Settled, Statistics};
use crate::acd::{Entry, Replay, ReplayError};
use crate::base::Instant;

/// Hand it every entry in order, from a checkpoint on. Contacts count that come after that checkpoint.
pub struct PastFigures {
    replay: Replay,
    statistics: Statistics,
}

impl PastFigures {
    pub fn new(interval_s: u32, from: Instant) -> Self {
        Self { replay: Replay::new(from), statistics: Statistics::new(interval_s) }
    }

    pub fn take(&mut self, entry: Entry) -> Result<(), ReplayError> {
        if let Entry::Begin(checkpoint) = &entry {
            let at = checkpoint.at;
            self.statistics.interrupt(self.replay.last());
            self.replay.take(entry)?;
            if let Some(router) = self.replay.router() {
                self.statistics.begin(router, at);
            }
            return Ok(());
        }
        let noted = match &entry {
            Entry::Input { at, input, .. } => Some((*at, input.clone())),
            Entry::Begin(_) | Entry::Mark { .. } => None,
        };
        let outputs = self.replay.take(entry)?;
        if let Some((at, input)) = noted {
            self.statistics.note_input(at, &input);
            outputs.iter().for_each(|output| self.statistics.note_output(at, output));
        }
        Ok(())
    }

    /// The checkpoint it began with.
    pub fn began(&self) -> Instant {
        self.replay.done().began
    }

    /// Inputs run so far.
    pub fn inputs(&self) -> u64 {
        self.replay.done().inputs + self.replay.done().warm_up
    }

    /// Rows kept.
    pub fn size(&self) -> usize {
        self.statistics.size()
    }

    /// The intervals that begin in this time, to be put away.
    pub fn settled_between(&self, from: Instant, to: Instant) -> Settled {
        self.statistics.settled_between(from, to)
    }

    /// The intervals that touch this time, as far as it has come; agents have gone on doing what they did last.
    /// The fold itself goes on as if nobody had asked.
    pub fn rows_between(&self, from: Instant, to: Instant) -> Rows {
        self.statistics.rows_between(from, to)
    }
}
