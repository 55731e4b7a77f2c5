//! How long a contact will wait.

use super::router::Router;
use crate::base::Instant;

impl Router {
    /// Seconds for somebody who came now; `None`: not enough is known.
    pub(super) fn estimate_for_newcomer(&self, _queue: u32, _now: Instant) -> Option<u32> {
        None
    }

    pub(super) fn spoken_estimate(&mut self, _slot: u32, _position: u32, _now: Instant) -> Option<u32> {
        None
    }
}
