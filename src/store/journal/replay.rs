//! Reading the journal for a replay: from the checkpoint before a time to another time, piece by piece.
//! While one piece is run on a thread for such work, the next one is read.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::acd::{Checkpoint, Entry, Mismatch, Replay, ReplayError, Router};
use crate::base::Instant;

use super::{CHUNK_MAX, CheckpointMark, JournalRow};
use crate::store::{Store, StoreError};

/// What is to be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    pub from: Instant,
    /// Included.
    pub to: Instant,
    /// Inputs read at most, those between the checkpoint and `from` included.
    pub most: u64,
}

/// Sorted by blame.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    // Whoever asks.
    #[error("the time ends before it begins")]
    Backwards,
    #[error("there is no journal of that time")]
    NoJournal,
    #[error("more than {0} inputs lie in that time: ask for less")]
    TooMuch(u64),
    // The environment.
    #[error(transparent)]
    Store(#[from] StoreError),
    // Us.
    #[error("the journal cannot be run: {0}")]
    Replay(#[from] ReplayError),
    #[error("the replay broke off: {0}")]
    Broken(String),
}

/// One thing read and not yet understood.
enum Raw {
    Begin(Box<Checkpoint>),
    Passed(Box<Checkpoint>),
    Row(JournalRow),
}

impl Raw {
    fn entry(self) -> Result<Entry, StoreError> {
        Ok(match self {
            Self::Begin(checkpoint) => Entry::Begin(checkpoint),
            // Hashed anew: another version of the program may have written the same state in another form.
            Self::Passed(checkpoint) => {
                let Checkpoint { at, inputs, state, .. } = *checkpoint;
                Entry::Mark { at, inputs, state_hash: state.hash() }
            }
            Self::Row(row) => row.entry()?,
        })
    }
}

/// Version of this program.
const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// What a replay came to, for people and programs.
#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
pub struct ReplayReport {
    pub from: Instant,
    pub to: Instant,
    /// Time of the checkpoint it began with; after `from` when the journal is younger.
    pub began: Instant,
    /// In that time.
    pub inputs: u64,
    /// Contacts given to agents, of these.
    pub decisions: u64,
    /// Inputs before `from`, from the nearest checkpoint on.
    pub warm_up: u64,
    /// Starts of a server, the first included.
    pub starts: u64,
    /// Digests of outputs and states compared with those of then.
    pub compared: u64,
    /// Of these; 0 is right.
    pub mismatches: u64,
    /// The first of them.
    pub first_mismatches: Vec<Mismatch>,
    /// Version of the program that ran it, and of those that wrote the journal, the earliest first.
    pub program: String,
    pub written_by: Vec<String>,
    /// Another version wrote some of it: where it decided otherwise, that is a mismatch.
    pub other_program: bool,
    /// Over every output in that time; 16 hex digits.
    pub outputs_hash: String,
    /// Inputs since the last start of the server, and the router's state after them; 16 hex digits.
    pub inputs_since_start: u64,
    pub state_hash: String,
}

impl ReplayReport {
    /// Hashes the state: not on the event loop.
    pub fn of(replay: &Replay, span: Span, written_by: Vec<String>) -> Self {
        let done = replay.done();
        Self {
            from: span.from,
            to: span.to,
            began: done.began,
            inputs: done.inputs,
            decisions: done.decisions,
            warm_up: done.warm_up,
            starts: done.starts,
            compared: done.compared,
            mismatches: done.mismatches,
            first_mismatches: done.first.clone(),
            program: PROGRAM.to_owned(),
            other_program: written_by.iter().any(|program| program != PROGRAM),
            written_by,
            outputs_hash: hex(done.outputs_hash),
            inputs_since_start: replay.since_start(),
            state_hash: hex(replay.router().map_or(0, Router::state_hash)),
        }
    }
}

/// As hashes are shown everywhere.
pub fn hex(hash: u64) -> String {
    format!("{hash:016x}")
}

/// What was before a time, run, and what came after it, kept.
struct Kept {
    from: Instant,
    replay: Replay,
    checkpoint: Option<Checkpoint>,
    entries: Vec<Entry>,
}

impl Kept {
    fn take(&mut self, entry: Entry) -> Result<(), ReplayError> {
        if self.checkpoint.is_none() {
            let at = match &entry {
                Entry::Begin(checkpoint) => checkpoint.at,
                Entry::Mark { at, .. } | Entry::Input { at, .. } => *at,
            };
            if at < self.from || self.replay.router().is_none() {
                return self.replay.take(entry).map(drop);
            }
            self.checkpoint = self.begin();
        }
        self.entries.push(entry);
        Ok(())
    }

    fn begin(&self) -> Option<Checkpoint> {
        let at = self.from.max(self.replay.last());
        self.replay.router().map(|router| router.checkpoint(at, self.replay.since_start()))
    }
}

impl Store {
    /// Runs a time again and compares it with what was noted then.
    pub async fn replay(&self, span: Span) -> Result<Replay, JournalError> {
        self.read_journal(span, Replay::new(span.from), |replay, entry| replay.take(entry).map(drop)).await
    }

    /// The state at the beginning of a time, and everything after it.
    pub async fn recorded(&self, span: Span) -> Result<(Checkpoint, Vec<Entry>), JournalError> {
        let kept = Kept { from: span.from, replay: Replay::new(span.from), checkpoint: None, entries: Vec::new() };
        let mut kept = self.read_journal(span, kept, Kept::take).await?;
        let checkpoint = kept.checkpoint.take().or_else(|| kept.begin()).ok_or(JournalError::NoJournal)?;
        Ok((checkpoint, kept.entries))
    }

    /// Hands every entry of the span to `take`, in order, the checkpoint it begins with first: the newest
    /// that is not after `from`, else the oldest there is. Gives `state` back when all is read.
    pub async fn read_journal<S: Send + 'static>(
        &self,
        span: Span,
        state: S,
        take: fn(&mut S, Entry) -> Result<(), ReplayError>,
    ) -> Result<S, JournalError> {
        Ok(self.begin_reading(span, state, take).await?.0)
    }

    /// As [`Store::read_journal`]; besides gives the number of the last row looked at. With a span that does
    /// not end, [`Store::read_on`] goes on from there.
    pub async fn begin_reading<S: Send + 'static>(
        &self,
        span: Span,
        state: S,
        take: fn(&mut S, Entry) -> Result<(), ReplayError>,
    ) -> Result<(S, i64), JournalError> {
        if span.to < span.from {
            return Err(JournalError::Backwards);
        }
        let begin = match self.checkpoint_before(span.from).await? {
            Some(begin) => Some(begin),
            None => self.first_checkpoint(span.to).await?,
        };
        let (seq, checkpoint) = begin.ok_or(JournalError::NoJournal)?;
        let reader = Reader { store: self, span, after: seq, read: 0, ended: false };
        reader.run(vec![Raw::Begin(Box::new(checkpoint))], state, take).await
    }

    /// Everything after that row, at most `most` inputs.
    pub async fn read_on<S: Send + 'static>(
        &self,
        after: i64,
        most: u64,
        state: S,
        take: fn(&mut S, Entry) -> Result<(), ReplayError>,
    ) -> Result<(S, i64), JournalError> {
        let span = Span { from: Instant::ZERO, to: Instant::FAR_FUTURE, most };
        let mut reader = Reader { store: self, span, after, read: 0, ended: false };
        let first = reader.next().await?;
        reader.run(first, state, take).await
    }
}

struct Reader<'a> {
    store: &'a Store,
    span: Span,
    /// The last number read.
    after: i64,
    read: u64,
    ended: bool,
}

impl Reader<'_> {
    /// This piece and all after it. While one is run, the next one is read.
    async fn run<S: Send + 'static>(
        mut self,
        mut piece: Vec<Raw>,
        mut state: S,
        take: fn(&mut S, Entry) -> Result<(), ReplayError>,
    ) -> Result<(S, i64), JournalError> {
        while !piece.is_empty() {
            let work = tokio::task::spawn_blocking(move || {
                for raw in piece {
                    take(&mut state, raw.entry()?)?;
                }
                Ok::<S, JournalError>(state)
            });
            let (next, done) = tokio::join!(self.next(), work);
            state = done.map_err(|error| JournalError::Broken(error.to_string()))??;
            piece = next?;
        }
        Ok((state, self.after))
    }

    /// The next piece; empty at the end.
    async fn next(&mut self) -> Result<Vec<Raw>, JournalError> {
        if self.ended {
            return Ok(Vec::new());
        }
        let rows = self.store.journal(self.after, CHUNK_MAX).await?;
        let Some(last) = rows.last().map(|row| row.seq) else { return Ok(Vec::new()) };
        // A checkpoint that no input follows has nothing to say.
        let marks = self.store.checkpoint_marks(self.after, last).await?;
        self.after = last;
        let mut piece = Vec::with_capacity(rows.len().saturating_add(marks.len()));
        let mut checkpoints = self.checkpoints(&rows, &marks).await?;
        let mut marks = marks.into_iter().peekable();
        for row in rows {
            while let Some(mark) = marks.next_if(|mark| mark.seq < row.seq && mark.at <= self.span.to) {
                let checkpoint = checkpoints.remove(&mark.seq).ok_or(StoreError::NotFound("checkpoint"))?;
                let checkpoint = Box::new(checkpoint);
                piece.push(if mark.start { Raw::Begin(checkpoint) } else { Raw::Passed(checkpoint) });
            }
            // What stands behind a checkpoint that is too late is too late, whatever the clock says.
            if row.at > self.span.to || marks.peek().is_some_and(|mark| mark.seq < row.seq) {
                self.ended = true;
                break;
            }
            self.read = self.read.saturating_add(1);
            piece.push(Raw::Row(row));
        }
        if self.read > self.span.most {
            return Err(JournalError::TooMuch(self.span.most));
        }
        Ok(piece)
    }

    /// Those of a piece that lie in the span: nothing behind its end is read.
    async fn checkpoints(
        &self,
        rows: &[JournalRow],
        marks: &[CheckpointMark],
    ) -> Result<BTreeMap<i64, Checkpoint>, StoreError> {
        let ended = rows.iter().find(|row| row.at > self.span.to).map_or(i64::MAX, |row| row.seq);
        let reached = marks.iter().take_while(|mark| mark.at <= self.span.to && mark.seq < ended);
        self.store.checkpoints(&reached.map(|mark| mark.seq).collect::<Vec<_>>()).await
    }
}
