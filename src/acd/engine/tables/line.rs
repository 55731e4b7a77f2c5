//! Contacts of one demand with equal urgency, first come first: inside a line, order is arrival.

use std::collections::VecDeque;

use super::index::{ContactIx, DemandIx};
use crate::base::Instant;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::acd) struct LineEntry {
    pub arrived: Instant,
    /// In order of coming in; settles equal arrival times.
    pub seq: u64,
    pub contact: ContactIx,
}

/// What all contacts of a line have in common.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::acd) struct Urgency {
    pub priority: u8,
    pub bonus_s: u32,
}

#[derive(Clone, Debug, Default)]
pub(in crate::acd) struct Line {
    pub demand: DemandIx,
    pub urgency: Urgency,
    /// Head start of each contact, in microseconds of score (`ContactSelection::Score`).
    pub head_start_us: i64,
    entries: VecDeque<LineEntry>,
}

impl Line {
    pub fn reset(&mut self, demand: DemandIx, urgency: Urgency, head_start_us: i64) {
        debug_assert!(self.entries.is_empty());
        (self.demand, self.urgency, self.head_start_us) = (demand, urgency, head_start_us);
    }

    pub fn insert(&mut self, entry: LineEntry) {
        match self.entries.back() {
            Some(last) if *last > entry => {
                let at = self.entries.partition_point(|e| *e < entry);
                self.entries.insert(at, entry);
            }
            _ => self.entries.push_back(entry),
        }
    }

    /// Takes one out; true when it was there.
    pub fn remove(&mut self, arrived: Instant, seq: u64) -> bool {
        if self.entries.front().is_some_and(|e| e.seq == seq) {
            self.entries.pop_front();
            return true;
        }
        match self.entries.binary_search_by(|e| (e.arrived, e.seq).cmp(&(arrived, seq))) {
            Ok(at) => self.entries.remove(at).is_some(),
            Err(_) => false,
        }
    }

    pub fn head(&self) -> Option<LineEntry> {
        self.entries.front().copied()
    }

    /// How many stand before the first for which `before` does not hold; it must hold for a front part.
    pub fn count_before(&self, before: impl Fn(LineEntry) -> bool) -> usize {
        self.entries.partition_point(|entry| before(*entry))
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
