//! The writer: takes the center's writes without making it wait, and loses none.
//!
//! | state | a batch | next |
//! | --- | --- | --- |
//! | direct | committed in one transaction | direct |
//! | direct | database down, locked or slow: appended to the spool and synced | spooling |
//! | direct | one row refused for good: the others committed one by one, that one put aside | direct |
//! | spooling | appended to the spool and synced | spooling |
//! | spooling | retry: the oldest segment committed and removed | spooling, or direct when none is left |
//!
//! A write is durable when it is in the database or synced in the spool; [`Writer::flushed`] waits
//! for that, and a desktop is told "saved" only then. Order is kept throughout, and every write can be
//! repeated without effect, so a commit whose answer was lost is simply made again.
//!
//! Limits: [`WriterSettings`]. When the queue is full the sender appends to an overflow file itself;
//! when that fails too, the write is refused and counted.

mod overflow;
mod rows;
mod spool;
mod task;

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::{Cause, Store, StoreError, journal};
use crate::center::output::Write;
use overflow::Spill;
use spool::Spool;

#[derive(Clone, Debug)]
pub struct WriterSettings {
    /// Writes waiting in memory.
    pub queue: usize,
    /// Writes of one transaction.
    pub batch: usize,
    /// Folder of the spool, on the same disk as the data or a better one.
    pub spool: PathBuf,
    /// The spool's limit, overflow file not counted.
    pub spool_max_bytes: u64,
    /// The overflow file's limit.
    pub overflow_max_bytes: u64,
    /// Between two attempts while the database is not available.
    pub retry: Duration,
    /// Between the beginnings of two transactions: more writes a transaction, and fewer waits for the disk.
    pub pace: Duration,
    /// Between two signs of life; how exactly the end of an interrupted call is known.
    pub alive: Duration,
}

impl WriterSettings {
    pub fn new(spool: PathBuf) -> Self {
        Self {
            queue: 8_192,
            batch: 512,
            spool,
            spool_max_bytes: 1 << 30,
            overflow_max_bytes: 64 << 20,
            retry: Duration::from_millis(500),
            pace: Duration::from_millis(10),
            alive: Duration::from_secs(2),
        }
    }
}

/// A write on its way. `id` grows over restarts and is the row's own number where it has no other.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct Entry {
    id: i64,
    write: Write,
}

/// Neither queue nor overflow file took it. The only way to lose a write, and it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store takes no more writes")]
pub struct WriteRefused;

/// How the writer is doing.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct WriterHealth {
    /// Writes waiting in memory.
    pub queued: u64,
    /// Bytes in the spool; above zero the database is behind or down.
    pub spooled_bytes: u64,
    /// Since the start, in writes.
    pub committed: u64,
    pub spooled: u64,
    pub overflowed: u64,
    /// Refused by the database for good, or damaged in the spool; kept in `refused.jsonl`.
    pub put_aside: u64,
    /// Taken by nobody.
    pub lost: u64,
    /// The last failure, while it lasts.
    pub trouble: Option<String>,
}

#[derive(Default)]
struct Counters {
    queued: AtomicI64,
    spooled_bytes: AtomicU64,
    committed: AtomicU64,
    spooled: AtomicU64,
    overflowed: AtomicU64,
    put_aside: AtomicU64,
    lost: AtomicU64,
    trouble: Mutex<Option<String>>,
}

struct Sender {
    /// `None` once closed.
    queue: Option<mpsc::Sender<Entry>>,
    next_id: i64,
    overflow: Spill,
}

struct Shared {
    /// Held for a push, or for one line of overflow: order of ids is order of arrival.
    sender: Mutex<Sender>,
    counters: Counters,
    /// Every id up to this one is durable.
    durable: watch::Sender<i64>,
}

/// The door to the writer task. Cheap to clone.
#[derive(Clone)]
pub struct Writer {
    shared: Arc<Shared>,
    task: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Writer {
    /// Writes back what an earlier process left in the spool, then starts. Fails only when the spool
    /// folder cannot be used; a database that is down is no reason.
    pub async fn start(store: Store, settings: WriterSettings) -> Result<Self, StoreError> {
        let environment =
            |error: std::io::Error| StoreError::Unavailable(Cause::of_io(&error), format!("spool: {error}"));
        let spool = Spool::open(&settings.spool, settings.spool_max_bytes).map_err(environment)?;
        let overflow = Spill::new(spool.overflow_path(), settings.overflow_max_bytes);
        let (queue, entries) = mpsc::channel(settings.queue.max(1));
        let first_id = first_id(&store).await;
        let shared = Arc::new(Shared {
            sender: Mutex::new(Sender { queue: Some(queue), next_id: first_id, overflow }),
            counters: Counters { spooled_bytes: AtomicU64::new(spool.bytes()), ..Counters::default() },
            durable: watch::channel(first_id.saturating_sub(1)).0,
        });
        let mut task = task::Task::new(store.stubborn(), settings, spool, shared.clone());
        task.write_back().await;
        let handle = tokio::spawn(task.run(entries));
        Ok(Self { shared, task: Arc::new(Mutex::new(Some(handle))) })
    }

    /// Takes a write; never waits for the database. `Err`: nobody has it.
    pub fn try_send(&self, write: Write) -> Result<(), WriteRefused> {
        let mut sender = self.shared.sender();
        let id = sender.next_id;
        let taken = self.take(&mut sender, Entry { id, write });
        match taken {
            Ok(()) => sender.next_id = id.saturating_add(1),
            Err(WriteRefused) => bump(&self.shared.counters.lost, 1),
        }
        taken
    }

    fn take(&self, sender: &mut Sender, entry: Entry) -> Result<(), WriteRefused> {
        let Some(queue) = &sender.queue else { return Err(WriteRefused) };
        let entry = match sender.overflow.is_empty() {
            // What overflowed is younger than the queue, so nothing may pass it.
            false => entry,
            true => match queue.try_send(entry) {
                Ok(()) => {
                    self.shared.counters.queued.fetch_add(1, Ordering::Relaxed);
                    return Ok(());
                }
                Err(mpsc::error::TrySendError::Full(entry) | mpsc::error::TrySendError::Closed(entry)) => entry,
            },
        };
        sender.overflow.append(&entry).map_err(|_| WriteRefused)?;
        bump(&self.shared.counters.overflowed, 1);
        Ok(())
    }

    /// Waits until everything sent so far is durable. It may wait as long as neither database nor
    /// spool can be written: put a time limit around it.
    pub async fn flushed(&self) -> Result<(), StoreError> {
        let last = self.shared.sender().next_id.saturating_sub(1);
        let mut durable = self.shared.durable.subscribe();
        let reached = durable.wait_for(|id| *id >= last).await;
        reached.map(|_| ()).map_err(|_| StoreError::Unavailable(Cause::DatabaseBusy, "the writer has stopped".into()))
    }

    pub fn health(&self) -> WriterHealth {
        let counters = &self.shared.counters;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        WriterHealth {
            queued: u64::try_from(counters.queued.load(Ordering::Relaxed)).unwrap_or(0),
            spooled_bytes: read(&counters.spooled_bytes),
            committed: read(&counters.committed),
            spooled: read(&counters.spooled),
            overflowed: read(&counters.overflowed),
            put_aside: read(&counters.put_aside),
            lost: read(&counters.lost),
            trouble: lock(&counters.trouble).clone(),
        }
    }

    /// Takes no more, writes what is waiting (to the database, else to the spool) and stops.
    pub async fn close(&self) {
        self.shared.sender().queue = None;
        let task = lock(&self.task).take();
        if let Some(task) = task {
            let _ = task.await;
        }
    }
}

impl Shared {
    fn sender(&self) -> MutexGuard<'_, Sender> {
        lock(&self.sender)
    }
}

/// A panic of another thread leaves no half state behind these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn bump(counter: &AtomicU64, by: usize) {
    counter.fetch_add(u64::try_from(by).unwrap_or(u64::MAX), Ordering::Relaxed);
}

/// Above everything given before: by the clock, and by the tables where the clock went back.
async fn first_id(store: &Store) -> i64 {
    let known = match store.read().await {
        Ok(mut conn) => journal::last_seq(&mut conn).await.unwrap_or(0),
        Err(_) => 0,
    };
    super::db::micros(task::clock()).max(known.saturating_add(1))
}
