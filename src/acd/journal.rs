//! The journal's words and the replay: from a start or a snapshot on, the same inputs make the same
//! decisions, bit by bit. Where the lines are kept is the store's business.

use serde::{Deserialize, Serialize};

use super::router::{Router, Settings};
use super::snapshot::{Fnv, Snapshot};
use super::{Input, Output};
use crate::base::Instant;

/// One line of the journal, in the order in which things happened.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    Start { settings: Settings, seed: u64 },
    Snapshot { at: Instant, settings: Settings, state: Box<Snapshot> },
    Input { at: Instant, input: Input },
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("the journal begins with neither a start nor a snapshot")]
    NoBeginning,
    #[error("entry {entry}: earlier than the one before it")]
    OutOfOrder { entry: u64 },
}

/// What a replay came to.
pub struct Replayed {
    pub router: Router,
    pub inputs: u64,
    /// Contacts given to agents.
    pub decisions: u64,
    /// Hash over every output in order.
    pub outputs_hash: u64,
    /// Hash of the state at the end.
    pub state_hash: u64,
}

/// Runs the entries; `see` is shown every output. Later snapshots are passed over: the state is known.
pub fn replay(
    entries: impl IntoIterator<Item = Entry>,
    mut see: impl FnMut(Instant, &Output),
) -> Result<Replayed, ReplayError> {
    let mut router = None;
    let (mut hash, mut out) = (Fnv::default(), Vec::new());
    let (mut inputs, mut decisions, mut last) = (0, 0, Instant::ZERO);
    for (entry, number) in entries.into_iter().zip(1..) {
        match entry {
            Entry::Start { settings, seed } if router.is_none() => router = Some(Router::new(settings, seed)),
            Entry::Snapshot { at, settings, state } if router.is_none() => {
                router = Some(Router::restore(settings, *state, at));
            }
            Entry::Start { .. } | Entry::Snapshot { .. } => {}
            Entry::Input { at, input } => {
                let router = router.as_mut().ok_or(ReplayError::NoBeginning)?;
                if at < last {
                    return Err(ReplayError::OutOfOrder { entry: number });
                }
                last = at;
                inputs += 1;
                router.handle(at, input, &mut out);
                for output in out.drain(..) {
                    decisions += u64::from(matches!(output, Output::Reserve { .. }));
                    // An output is a plain value; writing it into a hash cannot fail.
                    let _ = serde_json::to_writer(&mut hash, &output);
                    see(at, &output);
                }
            }
        }
    }
    let router = router.ok_or(ReplayError::NoBeginning)?;
    let state_hash = router.state_hash();
    Ok(Replayed { router, inputs, decisions, outputs_hash: hash.0, state_hash })
}
