//! The task behind [`super::Writer`]: batches to the database, or to the spool until it is back.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc;
use tokio::time::{Instant as Tick, timeout};

use super::spool::{Piece, Spool};
use super::{Entry, Shared, WriterSettings, bump, lock, rows};
use crate::base::Instant;
use crate::store::{Cause, Store, StoreError, recover};

pub(super) struct Task {
    store: Store,
    settings: WriterSettings,
    spool: Arc<Mutex<Spool>>,
    shared: Arc<Shared>,
    /// Taken from the queue and durable nowhere yet: not empty only while the disk refuses too.
    held: Vec<Entry>,
    /// The segment that is being written back, and how many of its entries are.
    reading: Option<(Arc<Piece>, usize)>,
    /// The database failed; it is asked again from then on.
    down_until: Option<Tick>,
    next_sign: Tick,
    /// No transaction begins before.
    next_batch: Tick,
}

/// What became of a batch.
enum Batch {
    Committed,
    /// The database is not available; the entries from this one on are not written.
    Failed(usize),
}

impl Task {
    pub fn new(store: Store, settings: WriterSettings, spool: Spool, shared: Arc<Shared>) -> Self {
        Self {
            store,
            settings,
            spool: Arc::new(Mutex::new(spool)),
            shared,
            held: Vec::new(),
            reading: None,
            down_until: None,
            next_sign: Tick::now(),
            next_batch: Tick::now(),
        }
    }

    pub async fn run(mut self, mut queue: mpsc::Receiver<Entry>) {
        loop {
            let open = self.receive(&mut queue).await;
            self.settle().await;
            self.take_overflow(&queue).await;
            if self.spooling() && self.down_until.is_none_or(|until| Tick::now() >= until) {
                self.write_back_some().await;
            }
            if !open {
                self.write_back().await;
                return;
            }
        }
    }

    /// Empties the spool into the database, as far as that goes.
    pub async fn write_back(&mut self) {
        while self.spooling() && self.write_back_some().await {}
    }

    /// Waits for writes, for the next sign of life, or for the next attempt. `false`: closed and empty.
    async fn receive(&mut self, queue: &mut mpsc::Receiver<Entry>) -> bool {
        if !self.held.is_empty() {
            tokio::time::sleep(self.settings.retry).await;
            return true;
        }
        let wait = match (self.spooling(), self.down_until) {
            (false, _) => self.next_sign.saturating_duration_since(Tick::now()),
            (true, Some(until)) => until.saturating_duration_since(Tick::now()),
            (true, None) => std::time::Duration::ZERO,
        };
        let batch = self.settings.batch.max(1);
        match timeout(wait, queue.recv_many(&mut self.held, batch)).await {
            Ok(0) => return false,
            Ok(_) => self.gather(queue, batch).await,
            Err(_) => {}
        }
        let count = i64::try_from(self.held.len()).unwrap_or(0);
        self.shared.counters.queued.fetch_sub(count, Ordering::Relaxed);
        true
    }

    /// Under load a transaction waits for company; the first after a pause does not.
    async fn gather(&mut self, queue: &mut mpsc::Receiver<Entry>, batch: usize) {
        tokio::time::sleep_until(self.next_batch).await;
        self.next_batch = Tick::now() + self.settings.pace;
        while self.held.len() < batch
            && let Ok(entry) = queue.try_recv()
        {
            self.held.push(entry);
        }
    }

    /// Makes what is held durable: directly, or behind what is in the spool already.
    async fn settle(&mut self) {
        if !self.spooling() {
            let held = std::mem::take(&mut self.held);
            let last = held.last().map(|entry| entry.id);
            match self.write(&held).await {
                Batch::Committed => {
                    self.durable_through(last);
                    return;
                }
                Batch::Failed(from) => self.held = held.into_iter().skip(from).collect(),
            }
        }
        if self.held.is_empty() {
            return;
        }
        let held = Arc::new(std::mem::take(&mut self.held));
        let entries = held.clone();
        match self.on_spool(move |spool| spool.append(&entries)).await {
            Ok(()) => {
                bump(&self.shared.counters.spooled, held.len());
                self.durable_through(held.last().map(|entry| entry.id));
            }
            Err(error) => {
                self.trouble(&format!("spool: {error}"));
                self.held = Arc::unwrap_or_clone(held);
            }
        }
    }

    /// What overflowed is younger than all that was in the queue: its turn is when the queue is empty.
    async fn take_overflow(&mut self, queue: &mpsc::Receiver<Entry>) {
        if !self.held.is_empty() || self.shared.sender().overflow.is_empty() {
            return;
        }
        let (shared, empty) = (self.shared.clone(), queue.is_empty());
        // While the overflow is not empty nothing enters the queue, so `empty` still holds.
        let taken = self.on_spool(move |spool| {
            let mut sender = shared.sender();
            if !empty {
                return Ok(None);
            }
            spool.take_overflow()?;
            Ok(sender.overflow.hand_over())
        });
        match taken.await {
            Ok(last) => self.durable_through(last),
            Err(error) => self.trouble(&format!("overflow file: {error}")),
        }
    }

    /// Writes back one batch of the oldest segment. `false`: there is none, or it did not work.
    async fn write_back_some(&mut self) -> bool {
        let (segment, done) = match self.reading.take() {
            Some(reading) => reading,
            None => match self.on_spool(Spool::oldest).await {
                Ok(Some(segment)) => {
                    let damaged = segment.damaged.clone();
                    bump(&self.shared.counters.put_aside, damaged.len());
                    if self.on_spool(move |spool| spool.put_aside(&damaged)).await.is_err() {
                        return false;
                    }
                    (Arc::new(segment), 0)
                }
                Ok(None) => return false,
                Err(error) => {
                    self.trouble(&format!("spool: {error}"));
                    self.down_until = Some(Tick::now() + self.settings.retry);
                    return false;
                }
            },
        };
        let end = done.saturating_add(self.settings.batch.max(1)).min(segment.entries.len());
        let batch = segment.entries.get(done..end).unwrap_or_default();
        if let Batch::Failed(from) = self.write(batch).await {
            self.reading = Some((segment, done.saturating_add(from)));
            return false;
        }
        if end < segment.entries.len() {
            self.reading = Some((segment, end));
            return true;
        }
        let removed = self.on_spool(move |spool| spool.remove(&segment)).await;
        removed.map_err(|error| self.trouble(&format!("spool: {error}"))).is_ok()
    }

    /// One transaction for all; where a row is refused, one for each.
    async fn write(&mut self, entries: &[Entry]) -> Batch {
        let error = match self.commit(entries).await {
            Ok(()) => return self.committed(entries.len()),
            Err(error) => error,
        };
        if error.is_transient() {
            return self.failed(&error, 0);
        }
        for (index, entry) in entries.iter().enumerate() {
            match self.commit(std::slice::from_ref(entry)).await {
                Ok(()) => bump(&self.shared.counters.committed, 1),
                Err(error) if error.is_transient() => return self.failed(&error, index),
                Err(error) => {
                    let line = format!("{{\"refused\":{:?},\"entry\":{}}}", error.to_string(), json(entry));
                    tracing::error!(entry.id, %error, "the database refuses a write; it is kept in refused.jsonl");
                    bump(&self.shared.counters.put_aside, 1);
                    if let Err(error) = self.on_spool(move |spool| spool.put_aside(&[line])).await {
                        return self
                            .failed(&StoreError::Unavailable(Cause::of_io(&error), format!("spool: {error}")), index);
                    }
                }
            }
        }
        self.committed(0)
    }

    async fn commit(&mut self, entries: &[Entry]) -> Result<(), StoreError> {
        let sign = Tick::now() >= self.next_sign;
        if entries.is_empty() && !sign {
            return Ok(());
        }
        let mut conn = self.store.begin().await?;
        rows::write(&mut conn, entries).await?;
        if sign {
            recover::mark_alive(&mut conn, clock()).await?;
        }
        conn.commit().await?;
        if sign {
            self.next_sign = Tick::now() + self.settings.alive;
        }
        Ok(())
    }

    fn committed(&mut self, count: usize) -> Batch {
        bump(&self.shared.counters.committed, count);
        self.down_until = None;
        *lock(&self.shared.counters.trouble) = None;
        Batch::Committed
    }

    fn failed(&mut self, error: &StoreError, from: usize) -> Batch {
        self.trouble(&error.to_string());
        self.down_until = Some(Tick::now() + self.settings.retry);
        // Only signs of life were due: they are for later.
        self.next_sign = self.next_sign.max(Tick::now() + self.settings.retry);
        Batch::Failed(from)
    }

    fn trouble(&self, what: &str) {
        let mut trouble = lock(&self.shared.counters.trouble);
        if trouble.is_none() {
            tracing::warn!(error = what, "writes cannot reach the database");
        }
        *trouble = Some(what.to_owned());
    }

    fn spooling(&self) -> bool {
        !lock(&self.spool).is_empty()
    }

    fn durable_through(&self, id: Option<i64>) {
        if let Some(id) = id {
            self.shared.durable.send_replace(id);
        }
    }

    async fn on_spool<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Spool) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let spool = self.spool.clone();
        let result = tokio::task::spawn_blocking(move || work(&mut lock(&spool))).await;
        self.shared.counters.spooled_bytes.store(lock(&self.spool).bytes(), Ordering::Relaxed);
        result.unwrap_or_else(|error| Err(io::Error::other(error)))
    }
}

fn json(entry: &Entry) -> String {
    serde_json::to_string(entry).unwrap_or_default()
}

/// The wall clock: for signs of life and first ids only.
pub(super) fn clock() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant::from_micros(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
}
