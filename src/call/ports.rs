//! The ports that media workers have lent us, and which worker takes the next call.

use std::collections::{BTreeMap, VecDeque};

use crate::media::{PortLease, RtcFace, WorkerId};

/// Lent ports, oldest first, so that a returned one rests as long as possible.
#[derive(Debug, Default)]
pub(super) struct Ports {
    free: BTreeMap<WorkerId, VecDeque<PortLease>>,
    workers: BTreeMap<WorkerId, Load>,
}

#[derive(Debug, Default)]
struct Load {
    legs: usize,
    rtc: Option<RtcFace>,
}

/// Lent ports kept per worker; more are a fault of the worker and are ignored.
const LENT_MAX: usize = 16_384;

impl Ports {
    pub fn worker_ready(&mut self, worker: WorkerId, rtc: Option<RtcFace>) {
        self.workers.entry(worker).or_default().rtc = rtc;
    }

    /// What WebRTC descriptions of this worker say; `None` where it serves none.
    pub fn rtc_face(&self, worker: WorkerId) -> Option<&RtcFace> {
        self.workers.get(&worker)?.rtc.as_ref()
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
        self.workers.iter().min_by_key(|(_, load)| load.legs).map(|(worker, _)| *worker)
    }

    pub fn take(&mut self, worker: WorkerId) -> Option<PortLease> {
        self.free.get_mut(&worker)?.pop_front()
    }

    /// A port that was taken and never opened.
    pub fn give_back(&mut self, port: PortLease) {
        self.free.entry(port.worker).or_default().push_back(port);
    }

    pub fn leg_opened(&mut self, worker: WorkerId) {
        self.workers.entry(worker).or_default().legs += 1;
    }

    pub fn leg_closed(&mut self, worker: WorkerId) {
        if let Some(load) = self.workers.get_mut(&worker) {
            load.legs = load.legs.saturating_sub(1);
        }
    }

    /// Ports that this worker has lent and nobody took.
    pub fn free_of(&self, worker: WorkerId) -> usize {
        self.free.get(&worker).map_or(0, VecDeque::len)
    }

    pub fn free(&self) -> usize {
        self.free.values().map(VecDeque::len).sum()
    }
}
