//! The budget of abandonment, window by window.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::law::{Law, Tally};

/// Windows that are kept after their end.
const KEPT: usize = 64;

/// Counts by window. Reserving needs no field of its own: what is reserved follows from the calls in the air.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Ledger {
    law: Law,
    windows: BTreeMap<u32, Tally>,
}

impl Ledger {
    pub fn new(law: Law) -> Self {
        Self { law, windows: BTreeMap::new() }
    }

    /// The rule that binds it.
    pub fn law(&self) -> &Law {
        &self.law
    }

    /// The calls of a window.
    pub fn tally(&self, window: u32) -> Tally {
        self.windows.get(&window).copied().unwrap_or_default()
    }

    /// What is left in a window, in millionths of a call.
    pub fn balance(&self, window: u32) -> i64 {
        self.tally(window).balance(&self.law)
    }

    pub(super) fn count(&mut self, window: u32, count: impl FnOnce(&mut Tally)) {
        count(self.windows.entry(window).or_default());
        while self.windows.len() > KEPT {
            self.windows.pop_first();
        }
    }

    /// Whether so many calls could all be abandoned and `besides` be spent.
    pub(super) fn carries(&self, window: u32, calls: usize, besides: i64) -> bool {
        let calls = i64::try_from(calls).unwrap_or(i64::MAX);
        calls == 0 && besides == 0
            || calls.saturating_mul(self.law.price()).saturating_add(besides) <= self.balance(window)
    }
}
