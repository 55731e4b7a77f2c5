//! The ports that media workers have lent us, and which worker takes the next call.

use std::collections::{BTreeMap, VecDeque};

use crate::media::{PortLease, WorkerId};

/// Lent ports, oldest first, so that a returned one rests as long as possible.
#[derive(Debug, Default)]
pub(super) struct Ports {
    free: BTreeMap<WorkerId, VecDeque<PortLease>>,
    legs: BTreeMap<WorkerId, usize>,
}

/// Lent ports kept per worker; more are a fault of the worker and are ignored.
const LENT_MAX: usize = 16_384;

impl Ports {
    pub fn new(workers: impl Iterator<Item = WorkerId>) -> Self {
        let legs: BTreeMap<_, _> = workers.map(|worker| (worker, 0)).collect();
        Self { free: BTreeMap::new(), legs }
    }

    pub fn lend(&mut self, ports: Vec<PortLease>) {
        for port in ports {
            let line = self.free.entry(port.worker).or_default();
            if line.len() < LENT_MAX {
                line.push_back(port);
            }
        }
    }

    /// The worker with the fewest legs: where a new call goes.
    pub fn least_loaded(&self) -> Option<WorkerId> {
        self.legs.iter().min_by_key(|(_, legs)| **legs).map(|(worker, _)| *worker)
    }

    pub fn take(&mut self, worker: WorkerId) -> Option<PortLease> {
        self.free.get_mut(&worker)?.pop_front()
    }

    /// A port that was taken and never opened.
    pub fn give_back(&mut self, port: PortLease) {
        self.free.entry(port.worker).or_default().push_back(port);
    }

    pub fn leg_opened(&mut self, worker: WorkerId) {
        *self.legs.entry(worker).or_default() += 1;
    }

    pub fn leg_closed(&mut self, worker: WorkerId) {
        if let Some(legs) = self.legs.get_mut(&worker) {
            *legs = legs.saturating_sub(1);
        }
    }

    pub fn free(&self) -> usize {
        self.free.values().map(VecDeque::len).sum()
    }
}
