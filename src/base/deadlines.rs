//! The one deadline table: a deadline that exists is in it, setting it is scheduling it.

use std::collections::{BTreeMap, BTreeSet};

use super::Instant;

/// At most one deadline per key. Keys due at the same instant fire in key order, so a run is
/// reproducible. `O(log n)` for every call.
#[derive(Clone, Debug)]
pub struct Deadlines<K> {
    by_key: BTreeMap<K, Instant>,
    by_time: BTreeSet<(Instant, K)>,
}

impl<K> Default for Deadlines<K> {
    fn default() -> Self {
        Self { by_key: BTreeMap::new(), by_time: BTreeSet::new() }
    }
}

impl<K: Ord + Clone> Deadlines<K> {
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets or moves the deadline of `key`.
    pub fn set(&mut self, key: K, at: Instant) {
        if let Some(old) = self.by_key.insert(key.clone(), at) {
            self.by_time.remove(&(old, key.clone()));
        }
        self.by_time.insert((at, key));
    }

    /// Removes the deadline of `key`; says when it would have fired.
    pub fn clear(&mut self, key: &K) -> Option<Instant> {
        let at = self.by_key.remove(key)?;
        self.by_time.remove(&(at, key.clone()));
        Some(at)
    }

    pub fn get(&self, key: &K) -> Option<Instant> {
        self.by_key.get(key).copied()
    }

    /// When the machine that owns this table must be woken next.
    pub fn next(&self) -> Option<Instant> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes the earliest deadline that is due at `now`.
    pub fn pop_due(&mut self, now: Instant) -> Option<K> {
        if self.by_time.first()?.0 > now {
            return None;
        }
        let (_, key) = self.by_time.pop_first()?;
        self.by_key.remove(&key);
        Some(key)
    }

    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fires_in_time_then_key_order_and_once() {
        let at = Instant::from_micros;
        let mut table = Deadlines::new();
        table.set("b", at(10));
        table.set("a", at(10));
        table.set("c", at(5));
        table.set("c", at(20));
        assert_eq!(table.next(), Some(at(10)));
        assert_eq!(table.pop_due(at(9)), None);
        assert_eq!(table.pop_due(at(10)), Some("a"));
        assert_eq!(table.pop_due(at(10)), Some("b"));
        assert_eq!(table.pop_due(at(10)), None);
        assert_eq!(table.clear(&"c"), Some(at(20)));
        assert!(table.is_empty());
        assert_eq!(table.next(), None);
    }
}
