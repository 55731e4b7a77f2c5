//! The journal's words and the replay: from a checkpoint on, the same inputs make the same decisions,
//! bit by bit. Where the lines are kept is the store's business.
//!
//! | state | entry | next | and |
//! | --- | --- | --- | --- |
//! | nothing yet | `Begin` | running | the router is restored |
//! | nothing yet | any other | same | refused: `NoBeginning` |
//! | running | `Input` | running | handled; its outputs compared with the digest made then |
//! | running | `Mark` | running | count of inputs and state compared with those of then |
//! | running | `Begin` | running | a server has started: the router is restored anew |
//!
//! Limits: of the mismatches, [`MISMATCHES_MAX`] are kept; all are counted.

mod digest;
mod snapshot;

pub use digest::digest;
pub use snapshot::{Checkpoint, Snapshot};

use serde::{Deserialize, Serialize};

use crate::acd::engine::router::Router;
use crate::acd::{Input, Output};
use crate::base::Instant;

/// Mismatches kept; the first is the one that matters.
pub const MISMATCHES_MAX: usize = 20;

/// One line of the journal, in the order in which things happened.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// Where the reading begins, and where a server started.
    Begin(Box<Checkpoint>),
    /// A checkpoint that is passed.
    Mark { at: Instant, inputs: u64, state_hash: u64 },
    /// `digest`: of the outputs made then; `None`: not noted.
    Input { at: Instant, input: Input, digest: Option<u64> },
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("the journal does not begin with a checkpoint")]
    NoBeginning,
    #[error("entry {entry}: earlier than the one before it")]
    OutOfOrder { entry: u64 },
}

/// Where a replay differs from what really happened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
pub struct Mismatch {
    pub at: Instant,
    /// Entries of the journal since the beginning of the replay, this one included.
    pub entry: u64,
    pub what: What,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = MismatchKind)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// Other decisions. `input`: its kind.
    Outputs {
        input: String,
    },
    State,
    /// So many inputs are not in the journal.
    Missing {
        inputs: u64,
    },
}

/// What a replay came to.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Replayed {
    /// Time of the first checkpoint.
    pub began: Instant,
    /// Before the time asked for, from the checkpoint on.
    pub warm_up: u64,
    pub inputs: u64,
    /// Contacts given to agents, of `inputs`.
    pub decisions: u64,
    /// Starts of a server, the first included.
    pub starts: u64,
    /// Digests and states that were compared.
    pub compared: u64,
    pub mismatches: u64,
    /// The first of them.
    pub first: Vec<Mismatch>,
    /// Over the outputs of `inputs`, in order.
    pub outputs_hash: u64,
}

/// The replay: hand it every entry in order.
pub struct Replay {
    from: Instant,
    router: Option<Router>,
    /// Inputs since the start of the server.
    since_start: u64,
    entries: u64,
    last: Instant,
    done: Replayed,
    out: Vec<Output>,
}

impl Replay {
    /// Inputs before `from` are run, and compared, but count as warm-up.
    pub fn new(from: Instant) -> Self {
        Self {
            from,
            router: None,
            since_start: 0,
            entries: 0,
            last: Instant::ZERO,
            done: Replayed::default(),
            out: Vec::new(),
        }
    }

    /// Gives the outputs that this entry made.
    pub fn take(&mut self, entry: Entry) -> Result<&[Output], ReplayError> {
        self.entries += 1;
        self.out.clear();
        match entry {
            Entry::Begin(checkpoint) => self.begin(*checkpoint),
            Entry::Mark { at, inputs, state_hash } => self.mark(at, inputs, state_hash)?,
            Entry::Input { at, input, digest } => self.input(at, input, digest)?,
        }
        Ok(&self.out)
    }

    /// `None` before the beginning.
    pub fn router(&self) -> Option<&Router> {
        self.router.as_ref()
    }

    /// The time of the last input.
    pub fn last(&self) -> Instant {
        self.last
    }

    /// Inputs since the start of the server.
    pub fn since_start(&self) -> u64 {
        self.since_start
    }

    pub fn done(&self) -> &Replayed {
        &self.done
    }

    fn begin(&mut self, checkpoint: Checkpoint) {
        if self.router.is_none() {
            self.done.began = checkpoint.at;
        }
        self.done.starts += u64::from(checkpoint.start || self.router.is_none());
        self.since_start = checkpoint.inputs;
        self.last = checkpoint.at;
        self.router = Some(checkpoint.restore());
    }

    fn mark(&mut self, at: Instant, inputs: u64, state_hash: u64) -> Result<(), ReplayError> {
        let router = self.router.as_ref().ok_or(ReplayError::NoBeginning)?;
        self.done.compared += 1;
        let same = router.state_hash() == state_hash;
        let missing = inputs.saturating_sub(self.since_start);
        self.since_start = inputs;
        if missing > 0 {
            self.differs(at, What::Missing { inputs: missing });
        } else if !same {
            self.differs(at, What::State);
        }
        Ok(())
    }

    fn input(&mut self, at: Instant, input: Input, noted: Option<u64>) -> Result<(), ReplayError> {
        let router = self.router.as_mut().ok_or(ReplayError::NoBeginning)?;
        if at < self.last {
            return Err(ReplayError::OutOfOrder { entry: self.entries });
        }
        self.last = at;
        self.since_start += 1;
        let kind = noted.map(|noted| (noted, input.kind()));
        router.handle(at, input, &mut self.out);
        let made = digest(&self.out);
        if at < self.from {
            self.done.warm_up += 1;
        } else {
            self.done.inputs += 1;
            self.done.decisions +=
                self.out.iter().filter(|output| matches!(output, Output::Reserve { .. })).count() as u64;
            self.done.outputs_hash = self.done.outputs_hash.rotate_left(1) ^ made;
        }
        if let Some((noted, kind)) = kind {
            self.done.compared += 1;
            if noted != made {
                self.differs(at, What::Outputs { input: kind.to_owned() });
            }
        }
        Ok(())
    }

    fn differs(&mut self, at: Instant, what: What) {
        self.done.mismatches += 1;
        if self.done.first.len() < MISMATCHES_MAX {
            self.done.first.push(Mismatch { at, entry: self.entries, what });
        }
    }
}
