//! What one replication has seen, as plain counts: per class, per group, over all.

use super::call::{Call, Fate};

/// Microseconds in which arrivals and times are counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub from: u64,
    pub to: u64,
}

impl Window {
    pub fn holds(self, at: u64) -> bool {
        (self.from..self.to).contains(&at)
    }

    pub fn overlap(self, (from, to): (u64, u64)) -> u64 {
        to.min(self.to).saturating_sub(from.max(self.from))
    }

    pub fn seconds(self) -> f64 {
        (self.to - self.from) as f64 / 1e6
    }
}

/// One agent's times, in microseconds.
#[derive(Clone, Debug, Default)]
pub(super) struct AgentLog {
    /// `(from, to)`; the last may be open.
    signed_in: Vec<(u64, u64)>,
    busy_since: Option<u64>,
    idle_since: Option<u64>,
    leaving: bool,
    pub busy: Vec<(u64, u64)>,
    pub idle: Vec<(u64, u64)>,
}

const OPEN: u64 = u64::MAX;

impl AgentLog {
    pub fn sign_in(&mut self, at: u64) {
        self.leaving = false;
        if self.signed_in.last().is_none_or(|(_, to)| *to != OPEN) {
            self.signed_in.push((at, OPEN));
            self.idle_since = Some(at);
        }
    }

    pub fn sign_out(&mut self, at: u64) {
        match self.busy_since {
            Some(_) => self.leaving = true,
            None => self.gone(at),
        }
    }

    fn gone(&mut self, at: u64) {
        if let Some((_, to)) = self.signed_in.last_mut().filter(|(_, to)| *to == OPEN) {
            *to = at;
        }
        self.idle_since = None;
    }

    pub fn become_busy(&mut self, at: u64) {
        if let Some(since) = self.idle_since.take().filter(|since| at > *since) {
            self.idle.push((since, at));
        }
        self.busy_since = Some(at);
    }

    pub fn become_idle(&mut self, at: u64) {
        if let Some(since) = self.busy_since.take() {
            self.busy.push((since, at));
        }
        self.idle_since = Some(at);
        if std::mem::take(&mut self.leaving) {
            self.gone(at);
        }
    }

    /// Busy and signed-in time inside the window.
    pub fn times(&self, window: Window) -> (u64, u64) {
        let running = self.busy_since.map(|since| (since, OPEN));
        let busy = self.busy.iter().chain(running.iter()).map(|span| window.overlap(*span)).sum();
        (busy, self.signed_in.iter().map(|span| window.overlap(*span)).sum())
    }
}

/// Counts over the calls of one class that came inside the window.
#[derive(Clone, Debug, Default)]
pub(super) struct ClassCount {
    pub offered: u64,
    pub blocked: u64,
    pub abandoned: u64,
    pub abandoned_within: u64,
    pub answered: u64,
    pub answered_within: u64,
    pub waited: u64,
    /// Seconds.
    pub wait_all: f64,
    pub wait_abandoned: f64,
    /// Waits of answered calls, in seconds, in no order.
    pub waits: Vec<f64>,
    pub by_group: Vec<u64>,
    pub level_one: u64,
    /// Seconds of waiting inside the window, of all calls.
    pub queue_time: f64,
    pub unresolved: u64,
}

impl ClassCount {
    pub fn add(&mut self, call: &Call, threshold_us: u64, group: impl Fn(u32) -> (u32, bool)) {
        self.offered += 1;
        match call.fate {
            Fate::Waiting => self.unresolved += 1,
            Fate::Blocked => self.blocked += 1,
            Fate::Abandoned { at_us } => {
                let wait = at_us - call.arrived_us;
                self.abandoned += 1;
                self.abandoned_within += u64::from(wait <= threshold_us);
                self.waited += 1;
                self.wait_all += wait as f64 / 1e6;
                self.wait_abandoned += wait as f64 / 1e6;
            }
            Fate::Answered { agent, at_us } => {
                let wait = at_us - call.arrived_us;
                let (group, level_one) = group(agent);
                self.answered += 1;
                self.answered_within += u64::from(wait <= threshold_us);
                self.waited += u64::from(wait > 0);
                self.wait_all += wait as f64 / 1e6;
                self.waits.push(wait as f64 / 1e6);
                if let Some(count) = self.by_group.get_mut(group as usize) {
                    *count += 1;
                }
                self.level_one += u64::from(level_one);
            }
        }
    }

    pub fn merge(&mut self, other: &Self) {
        self.offered += other.offered;
        self.blocked += other.blocked;
        self.abandoned += other.abandoned;
        self.abandoned_within += other.abandoned_within;
        self.answered += other.answered;
        self.answered_within += other.answered_within;
        self.waited += other.waited;
        self.wait_all += other.wait_all;
        self.wait_abandoned += other.wait_abandoned;
        self.waits.extend_from_slice(&other.waits);
        self.queue_time += other.queue_time;
        self.unresolved += other.unresolved;
    }
}
