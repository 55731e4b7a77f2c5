//! Keys told twice: to be on the safe side, phones and gateways send a key in the media (RFC 4733) and by
//! INFO at once.
//!
//! A key that one way told is not counted when the other tells the same one within [`TWIN`]: whichever comes
//! first, and however the two interleave. A peer that tells by one way only, or changes it, loses nothing.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::Instant;

/// INFO may come when the key is released only.
const TWIN: Duration = Duration::from_secs(3);
/// Keys whose twin may still come; beyond it the oldest are given up.
const MAX: usize = 32;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Half {
    Media,
    Signalling,
}

#[derive(Clone, Default, Debug)]
pub(super) struct Keys {
    told: VecDeque<Told>,
}

#[derive(Clone, Copy, Debug)]
struct Told {
    at: Instant,
    key: char,
    way: Half,
}

impl Keys {
    /// Whether this is a key of its own.
    pub fn take(&mut self, now: Instant, key: char, way: Half) -> bool {
        self.told.retain(|told| now.since(told.at) < TWIN);
        if let Some(twin) = self.told.iter().position(|told| told.key == key && told.way != way) {
            self.told.remove(twin);
            return false;
        }
        if self.told.len() >= MAX {
            self.told.pop_front();
        }
        self.told.push_back(Told { at: now, key, way });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_told_both_ways_counts_once() {
        let (m, s) = (Half::Media, Half::Signalling);
        for (what, told, counted) in [
            ("media first", vec![(0, '1', m), (5, '1', s)], "1"),
            ("INFO first", vec![(0, '1', s), (5, '1', m)], "1"),
            ("INFO at the release", vec![(0, '1', m), (2_500, '1', s)], "1"),
            ("twice the same key", vec![(0, '1', m), (5, '1', s), (300, '1', m), (305, '1', s)], "11"),
            ("INFO lags behind", vec![(0, '1', m), (200, '1', m), (210, '1', s), (400, '1', s)], "11"),
            (
                "a row of keys",
                vec![(0, '1', m), (100, '2', m), (150, '1', s), (200, '#', m), (250, '2', s), (300, '#', s)],
                "12#",
            ),
            ("one way only", vec![(0, '1', s), (200, '1', s), (400, '2', s)], "112"),
            ("another way later", vec![(0, '1', s), (4_000, '1', m), (4_200, '1', m)], "111"),
        ] {
            let mut keys = Keys::default();
            let at = |ms: u64| Instant::from_micros(1_000_000_000 + ms * 1_000);
            let heard: String =
                told.iter().filter(|(ms, key, way)| keys.take(at(*ms), *key, *way)).map(|told| told.1).collect();
            assert_eq!(heard, counted, "{what}");
        }
    }

    #[test]
    fn what_waits_for_its_twin_has_a_bound() {
        let mut keys = Keys::default();
        assert!((0..1_000).all(|_| keys.take(Instant::from_micros(0), '5', Half::Media)));
        assert_eq!(keys.told.len(), MAX);
    }
}
