//! The router's journal: every input with its time and the digest of what followed, and checkpoints, so
//! that any moment can be made again. Only writes: nothing here waits or reads.

use std::time::Duration;

use super::output::{Output, Write};
use crate::acd::{self, Router};
use crate::base::Instant;

#[derive(Debug)]
pub(super) struct Journal {
    /// Between two checkpoints while something happens.
    period: Duration,
    /// Given to the router since the start.
    inputs: u64,
    last_checkpoint: Instant,
}

impl Journal {
    pub fn new(period: Duration) -> Self {
        Self { period, inputs: 0, last_checkpoint: Instant::default() }
    }

    /// Hands one input to the router, counts it and writes it down, and the state where that is due.
    pub fn hand_in(
        &mut self,
        now: Instant,
        router: &mut Router,
        input: acd::Input,
        made: &mut Vec<acd::Output>,
        out: &mut Vec<Output>,
    ) {
        if self.inputs == 0 {
            self.write_checkpoint(now, router, out);
        }
        let written = Box::new(input.clone());
        let configures = matches!(input, acd::Input::Configure(_));
        router.handle(now, input, made);
        self.inputs += 1;
        out.push(Output::Write(Write::Router { at: now, input: written, digest: Some(acd::digest(made)) }));
        if configures || now.since(self.last_checkpoint) >= self.period {
            self.write_checkpoint(now, router, out);
        }
    }

    fn write_checkpoint(&mut self, now: Instant, router: &Router, out: &mut Vec<Output>) {
        self.last_checkpoint = now;
        out.push(Output::Write(Write::Checkpoint(Box::new(self.checkpoint(now, router)))));
    }

    /// The router as it is now.
    pub fn checkpoint(&self, now: Instant, router: &Router) -> acd::Checkpoint {
        router.checkpoint(now, self.inputs)
    }
}
