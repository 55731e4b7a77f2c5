//! The shadow's shell: a thread of its own, fed with the inputs of the live router.
//!
//! Nothing of it is on the way of a call. While no shadow runs, an input costs one load of a flag; while one
//! runs, a copy and a push into a bounded queue. When the queue is full the shadow has lost its way: it gets
//! no more and says so. It has no way back into the center.
//!
//! | what | limit | when full |
//! | --- | --- | --- |
//! | shadows | 1 | [`ShadowError::Running`] |
//! | inputs that wait | 65,536 | the shadow is `incomplete` and stands still |

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::{mpsc, oneshot};

use super::{Door, DoorError};
use crate::acd::shadow::{Report, Shadow, State};
use crate::acd::{Checkpoint, Input, Rules};
use crate::base::Instant;

const WAITING: usize = 65_536;
/// How long a report may take.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ShadowError {
    #[error("a shadow is running already: end it first")]
    Running,
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error("the shadow did not answer in time")]
    Late,
}

enum Feed {
    Input(Instant, Box<Input>),
    Report(Instant, oneshot::Sender<Report>),
}

/// Where the control task drops the inputs it has given to the router.
#[derive(Default)]
pub struct Tap {
    on: AtomicBool,
    lost: AtomicBool,
    feed: Mutex<Option<mpsc::Sender<Feed>>>,
}

impl Tap {
    pub fn note(&self, at: Instant, input: &Input) {
        if !self.on.load(Ordering::Relaxed) {
            return;
        }
        let mut feed = self.feed.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(shadow) = feed.as_ref() else { return };
        if shadow.try_send(Feed::Input(at, Box::new(input.clone()))).is_err() {
            *feed = None;
            self.on.store(false, Ordering::Relaxed);
            self.lost.store(true, Ordering::Relaxed);
        }
    }

    fn set(&self, feed: Option<mpsc::Sender<Feed>>) {
        self.on.store(feed.is_some(), Ordering::Relaxed);
        self.lost.store(false, Ordering::Relaxed);
        *self.feed.lock().unwrap_or_else(PoisonError::into_inner) = feed;
    }
}

struct Running<A> {
    feed: mpsc::Sender<Feed>,
    about: A,
}

/// The one shadow there may be. `about`: what whoever started it wants to remember with it.
pub struct Shadows<A> {
    tap: Arc<Tap>,
    running: tokio::sync::Mutex<Option<Running<A>>>,
}

impl<A> Default for Shadows<A> {
    fn default() -> Self {
        Self { tap: Arc::default(), running: tokio::sync::Mutex::new(None) }
    }
}

/// A report with what was remembered.
#[derive(Clone, Serialize)]
pub struct Told<A> {
    #[serde(flatten)]
    pub report: Report,
    #[serde(flatten)]
    pub about: A,
}

impl<A: Clone> Shadows<A> {
    pub fn tap(&self) -> Arc<Tap> {
        self.tap.clone()
    }

    /// Starts from the live router's state as it is between two inputs.
    pub async fn begin(&self, door: &Door, rules: Rules, about: A) -> Result<(), ShadowError> {
        let mut running = self.running.lock().await;
        if running.is_some() {
            return Err(ShadowError::Running);
        }
        let (feed, fed) = mpsc::channel(WAITING);
        let (tap, first) = (self.tap.clone(), feed.clone());
        let begun = door.tapped(move || tap.set(Some(first))).await;
        let checkpoint = begun.inspect_err(|_| self.tap.set(None))?;
        let thread = std::thread::Builder::new().name("shadow".to_owned());
        if thread.spawn(move || run(fed, checkpoint, rules)).is_err() {
            self.tap.set(None);
            return Err(ShadowError::Late);
        }
        *running = Some(Running { feed, about });
        Ok(())
    }

    /// `None`: no shadow runs.
    pub async fn report(&self, now: Instant) -> Result<Option<Told<A>>, ShadowError> {
        let running = self.running.lock().await;
        let Some(shadow) = running.as_ref() else { return Ok(None) };
        let (reply, answer) = oneshot::channel();
        let asked = async {
            shadow.feed.send(Feed::Report(now, reply)).await.ok()?;
            answer.await.ok()
        };
        let mut report = tokio::time::timeout(PATIENCE, asked).await.ok().flatten().ok_or(ShadowError::Late)?;
        if self.tap.lost.load(Ordering::Relaxed) {
            report.state = State::Incomplete;
        }
        Ok(Some(Told { report, about: shadow.about.clone() }))
    }

    pub async fn end(&self) {
        self.tap.set(None);
        *self.running.lock().await = None;
    }
}

/// Until nobody feeds it any more.
fn run(mut fed: mpsc::Receiver<Feed>, checkpoint: Checkpoint, rules: Rules) {
    let mut shadow = Shadow::new(checkpoint, rules);
    while let Some(feed) = fed.blocking_recv() {
        match feed {
            Feed::Input(at, input) => shadow.note(at, &input),
            Feed::Report(now, reply) => drop(reply.send(shadow.report(now))),
        }
    }
}
