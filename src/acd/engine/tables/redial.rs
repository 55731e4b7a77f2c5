//! Redial: callers who gave up and ring again in time get their old place.

use serde::{Deserialize, Serialize};

use crate::base::{Instant, QueueId};

/// Who gave up lately, by queue and caller.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::acd) struct Redials {
    places: Vec<((QueueId, u64), KeptPlace)>,
}

#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
struct KeptPlace {
    arrived: Instant,
    left: Instant,
}

impl Redials {
    /// Beyond this the one who left first is forgotten.
    const LIMIT: usize = 10_000;

    pub fn note(&mut self, queue: QueueId, caller: u64, arrived: Instant, left: Instant) {
        self.places.retain(|(key, _)| *key != (queue, caller));
        if self.places.len() >= Self::LIMIT {
            self.places.remove(0);
        }
        self.places.push(((queue, caller), KeptPlace { arrived, left }));
    }

    /// The old arrival time of a caller who left at most `within_s` ago.
    pub fn find(&self, queue: QueueId, caller: u64, within_s: u32, now: Instant) -> Option<Instant> {
        let (_, place) = self.places.iter().find(|(key, _)| *key == (queue, caller))?;
        (now.since(place.left).as_secs() <= u64::from(within_s)).then_some(place.arrived)
    }

    /// The place was given back.
    pub fn forget(&mut self, queue: QueueId, caller: Option<u64>) {
        self.places.retain(|((of, by), _)| *of != queue || Some(*by) != caller);
    }

    /// Forgets places that no queue would give back.
    pub fn forget_before(&mut self, at: Instant) {
        let old = self.places.partition_point(|(_, place)| place.left < at);
        self.places.drain(..old);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_given_back_once_and_in_time() {
        let at = |seconds: u64| Instant::from_micros(seconds * 1_000_000);
        let mut redials = Redials::default();
        redials.note(QueueId(1), 7, at(100), at(150));
        assert_eq!(redials.find(QueueId(2), 7, 60, at(160)), None);
        assert_eq!(redials.find(QueueId(1), 7, 60, at(210)), Some(at(100)));
        assert_eq!(redials.find(QueueId(1), 7, 60, at(211)), None);
        redials.forget(QueueId(1), Some(7));
        assert_eq!(redials.find(QueueId(1), 7, 60, at(210)), None);
        redials.note(QueueId(1), 8, at(100), at(150));
        redials.forget_before(at(151));
        assert!(redials.places.is_empty());
    }
}
