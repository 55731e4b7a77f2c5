//! Folded figures kept between two requests. A page that is asked every few seconds reads only what came into
//! the journal since the last time; a time that is over for good is folded once.
//!
//! | time asked for | what is kept | afterwards |
//! | --- | --- | --- |
//! | is settled in the store, by quarters of an hour | nothing here | read again ([`crate::store`]) |
//! | its contacts may go on yet | the fold itself, one for each length of interval | goes on with the new inputs |
//! | is over, with all its contacts | its rows | the same rows again |
//!
//! Limits: [`FOLDS_MAX`] folds of at most [`ROWS_MAX`] rows, [`ENDED_MAX`] times that are over; the one that was
//! asked for longest ago goes first. A fold that has grown too large is begun anew at the time asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Mutex, Semaphore};

use crate::acd::statistics::{PastFigures, QUARTER_S, Rows};
use crate::base::Instant;
use crate::store::{FOLLOWED, JournalError, Span, Store};
use crate::web::ApiError;

/// Of one reading.
pub const INPUTS_MAX: u64 = 1_000_000;
const FOLDS_MAX: usize = 3;
const ROWS_MAX: usize = 50_000;
const ENDED_MAX: usize = 8;

/// A time and the length of its intervals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Folding {
    pub from: Instant,
    pub to: Instant,
    pub interval_s: u32,
}

impl Folding {
    /// The beginning of its first interval.
    fn begin(&self) -> Instant {
        let length = u64::from(self.interval_s.max(1)).saturating_mul(1_000_000);
        Instant::from_micros(self.from.as_micros() / length * length)
    }
}

#[derive(Default)]
pub struct Figures {
    kept: Mutex<Kept>,
    inputs_run: AtomicU64,
}

#[derive(Default)]
struct Kept {
    /// The latest asked for stands last.
    folds: Vec<Fold>,
    ended: Vec<(Folding, Arc<Rows>)>,
}

struct Fold {
    figures: PastFigures,
    /// The last row of the journal that is in it.
    after: i64,
    interval_s: u32,
    /// Everything from here on is in it.
    from: Instant,
}

impl Figures {
    /// The figures of a time: what is settled, and the rest from the journal. `turn`: readings that begin anew
    /// wait for each other.
    pub async fn of(
        &self,
        store: &Store,
        turn: &Semaphore,
        time: Folding,
        now: Instant,
    ) -> Result<Arc<Rows>, ApiError> {
        let settled = match time.interval_s {
            QUARTER_S => store.settled_until().await?.filter(|until| *until > time.begin()),
            _ => None,
        };
        let Some(until) = settled else { return self.folded(store, turn, time, now).await };
        let mut rows = store.settled_figures(time.begin(), time.to.min(until)).await?;
        if time.to > until {
            match self.folded(store, turn, Folding { from: until, ..time }, now).await {
                Ok(rest) => rows.merge(&rest),
                Err(ApiError::NoJournal(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Arc::new(rows))
    }

    /// From the journal alone.
    async fn folded(
        &self,
        store: &Store,
        turn: &Semaphore,
        time: Folding,
        now: Instant,
    ) -> Result<Arc<Rows>, ApiError> {
        let mut kept = self.kept.lock().await;
        if time.to + FOLLOWED < now {
            return self.ended(&mut kept, store, turn, time).await;
        }
        let fold = match self.go_on(&mut kept, store, time).await? {
            Some(fold) => fold,
            None => self.begin(store, turn, time).await?,
        };
        let rows = fold.figures.rows_between(time.from, time.to);
        if fold.figures.size() <= ROWS_MAX {
            kept.folds.push(fold);
        }
        let over = kept.folds.len().saturating_sub(FOLDS_MAX);
        kept.folds.drain(..over);
        Ok(Arc::new(rows))
    }

    /// Inputs run since the start of the server, for whatever time.
    pub fn inputs_run(&self) -> u64 {
        self.inputs_run.load(Ordering::Relaxed)
    }

    fn note(&self, inputs: u64) {
        self.inputs_run.fetch_add(inputs, Ordering::Relaxed);
    }

    /// The fold that has this time in it, with what came since; `None`: there is none, or too much came.
    async fn go_on(&self, kept: &mut Kept, store: &Store, time: Folding) -> Result<Option<Fold>, ApiError> {
        let has = |fold: &Fold| fold.interval_s == time.interval_s && fold.from <= time.begin();
        let Some(at) = kept.folds.iter().position(has) else { return Ok(None) };
        let Fold { figures, after, interval_s, from } = kept.folds.remove(at);
        let before = figures.inputs();
        match store.read_on(after, INPUTS_MAX, figures, PastFigures::take).await {
            Ok((figures, after)) => {
                self.note(figures.inputs().saturating_sub(before));
                Ok(Some(Fold { figures, after, interval_s, from }))
            }
            Err(JournalError::TooMuch(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn begin(&self, store: &Store, turn: &Semaphore, time: Folding) -> Result<Fold, ApiError> {
        let _turn = turn.acquire().await.map_err(|error| ApiError::Internal(error.to_string()))?;
        let from = time.begin();
        let span = Span { from, to: Instant::FAR_FUTURE, most: INPUTS_MAX };
        let figures = PastFigures::new(time.interval_s, from);
        let (figures, after) = store.begin_reading(span, figures, PastFigures::take).await?;
        self.note(figures.inputs());
        let from = from.min(figures.began());
        Ok(Fold { figures, after, interval_s: time.interval_s, from })
    }

    async fn ended(
        &self,
        kept: &mut Kept,
        store: &Store,
        turn: &Semaphore,
        time: Folding,
    ) -> Result<Arc<Rows>, ApiError> {
        if let Some(at) = kept.ended.iter().position(|(known, _)| *known == time) {
            let known = kept.ended.remove(at);
            let rows = Arc::clone(&known.1);
            kept.ended.push(known);
            return Ok(rows);
        }
        let _turn = turn.acquire().await.map_err(|error| ApiError::Internal(error.to_string()))?;
        let span = Span { from: time.begin(), to: time.to + FOLLOWED, most: INPUTS_MAX };
        let folded = PastFigures::new(time.interval_s, time.begin());
        let folded = store.read_journal(span, folded, PastFigures::take).await?;
        self.note(folded.inputs());
        let rows = Arc::new(folded.rows_between(time.from, time.to));
        if rows.count() <= ROWS_MAX {
            kept.ended.push((time, Arc::clone(&rows)));
        }
        let over = kept.ended.len().saturating_sub(ENDED_MAX);
        kept.ended.drain(..over);
        Ok(rows)
    }
}
