//! The one clock of the process, handed to every shell that must say `now`.

use std::time::{Instant as Monotonic, SystemTime, UNIX_EPOCH};

use crate::base::Instant;

/// A monotonic clock anchored at the wall time of the start: a step of the system clock moves
/// nothing. Copies tell the same time, so make one a process and pass it on.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Monotonic,
    wall: Instant,
}

impl Clock {
    pub fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let wall = Instant::from_micros(u64::try_from(since_epoch.as_micros()).unwrap_or(u64::MAX));
        Self { start: Monotonic::now(), wall }
    }

    pub fn now(&self) -> Instant {
        self.wall + self.start.elapsed()
    }
}
