//! Statistics folded from the journal: what went into the router and what came out, nothing else. Any
//! figure can be had again for any day, also after thresholds have changed.
//!
//! Every service level is one of the eight variants in use, and stands beside its formula.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rules::Rules;
use super::{AgentState, Input, Left, Output, Withdrawn};
use crate::base::{AgentId, ContactId, Instant, QueueId, ReservationId};

/// Stays in one queue that began in one interval. T is the service threshold, S the short-abandon
/// threshold of the queue at the time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct QueueCounts {
    /// Everything that entered.
    pub offered: u64,
    /// Turned away at the door: full, closed, nobody there.
    pub refused: u64,
    /// A_T and A_L.
    pub answered_in_time: u64,
    pub answered_late: u64,
    /// B_S, B_T and B_L: within S, within T, later.
    pub abandoned_short: u64,
    pub abandoned_in_time: u64,
    pub abandoned_late: u64,
    /// C: taken away by the owner (call-back, transfer), within T and later.
    pub removed_in_time: u64,
    pub removed_late: u64,
    /// F: went on to another queue or ran out of time.
    pub flowed_out: u64,
    /// Offers to agents, and those not answered.
    pub rings: u64,
    pub unanswered_rings: u64,
    /// Microseconds.
    pub wait_answered_us: u64,
    pub wait_abandoned_us: u64,
    pub longest_wait_us: u64,
    pub talk_us: u64,
}

/// One agent's time in one interval, by the interval in which each span began; microseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct AgentTimes {
    pub ready_us: u64,
    pub reserved_us: u64,
    pub busy_us: u64,
    pub wrap_up_us: u64,
    pub not_ready_us: u64,
    pub answered: u64,
    pub unanswered_rings: u64,
}

impl AgentTimes {
    /// (conversation + wrap-up) / (conversation + wrap-up + ready + ringing).
    pub fn occupancy(&self) -> Option<f64> {
        let work = self.busy_us + self.wrap_up_us;
        ratio(work, work + self.ready_us + self.reserved_us)
    }

    /// (conversation + wrap-up) / answered contacts, in seconds.
    pub fn mean_handling_s(&self) -> Option<f64> {
        ratio(self.busy_us + self.wrap_up_us, self.answered).map(|us| us / 1e6)
    }
}

/// A figure with its formula.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Figure {
    pub name: &'static str,
    pub formula: &'static str,
    pub value: Option<f64>,
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl QueueCounts {
    pub fn answered(&self) -> u64 {
        self.answered_in_time + self.answered_late
    }

    pub fn abandoned(&self) -> u64 {
        self.abandoned_short + self.abandoned_in_time + self.abandoned_late
    }

    fn removed(&self) -> u64 {
        self.removed_in_time + self.removed_late
    }

    /// All variants side by side; `v8` is the usual one, `v5` the strictest.
    pub fn service_levels(&self) -> [Figure; 8] {
        let (in_time, answered, abandoned) = (self.answered_in_time, self.answered(), self.abandoned());
        let quick = self.abandoned_short + self.abandoned_in_time;
        let ended = answered + abandoned;
        let figure = |name, formula, part, whole| Figure { name, formula, value: ratio(part, whole) };
        [
            figure("v1_answered", "A_T / (A_T + A_L)", in_time, answered),
            figure("v2_with_abandoned", "(A_T + B<=T) / (A + B)", in_time + quick, ended),
            figure(
                "v3_removed",
                "(A_T + B<=T + C<=T) / (A + B + C)",
                in_time + quick + self.removed_in_time,
                ended + self.removed(),
            ),
            figure("v4_abandoned_ignored", "A_T / (A + B - B<=T)", in_time, ended - quick),
            figure("v5_abandoned_negative", "A_T / (A + B)", in_time, ended),
            figure("v6_abandoned_positive", "(A_T + B<=T) / (A + B)", in_time + quick, ended),
            figure("v7_with_flow_out", "A_T / (A + B + F)", in_time, ended + self.flowed_out),
            figure("v8_short_abandoned_out", "A_T / (A + B - B<=S)", in_time, ended - self.abandoned_short),
        ]
    }

    pub fn figures(&self) -> [Figure; 5] {
        let seconds = |us: u64, count: u64| ratio(us, count).map(|us| us / 1e6);
        let figure = |name, formula, value| Figure { name, formula, value };
        let lost = self.abandoned() - self.abandoned_short;
        [
            figure("asa_s", "waits of answered / A", seconds(self.wait_answered_us, self.answered())),
            figure("time_to_abandon_s", "waits of abandoned / B", seconds(self.wait_abandoned_us, self.abandoned())),
            figure("abandonment", "(B - B<=S) / (offered - B<=S)", ratio(lost, self.offered - self.abandoned_short)),
            figure("talk_s", "conversation / A", seconds(self.talk_us, self.answered())),
            figure("unanswered_rings", "rings not answered / rings", ratio(self.unanswered_rings, self.rings)),
        ]
    }
}

#[derive(Clone, Copy, Debug)]
struct Stay {
    queue: QueueId,
    arrived: Instant,
    answered: Option<Instant>,
}

/// The fold: hand it every input and output in order.
#[derive(Clone, Debug)]
pub struct Statistics {
    interval_us: u64,
    /// Service and short-abandon threshold, in microseconds.
    thresholds: BTreeMap<QueueId, (u64, u64)>,
    stays: BTreeMap<ContactId, Stay>,
    rings: BTreeMap<ReservationId, (ContactId, AgentId)>,
    doing: BTreeMap<AgentId, (AgentState, Instant)>,
    /// By beginning of the interval.
    pub queues: BTreeMap<(Instant, QueueId), QueueCounts>,
    pub agents: BTreeMap<(Instant, AgentId), AgentTimes>,
}

impl Statistics {
    /// `interval_s`: 900 and 1800 are usual.
    pub fn new(interval_s: u32) -> Self {
        Self {
            interval_us: u64::from(interval_s.max(1)) * 1_000_000,
            thresholds: BTreeMap::new(),
            stays: BTreeMap::new(),
            rings: BTreeMap::new(),
            doing: BTreeMap::new(),
            queues: BTreeMap::new(),
            agents: BTreeMap::new(),
        }
    }

    fn interval(&self, at: Instant) -> Instant {
        Instant::from_micros(at.as_micros() / self.interval_us * self.interval_us)
    }

    fn queue(&mut self, at: Instant, queue: QueueId) -> &mut QueueCounts {
        self.queues.entry((self.interval(at), queue)).or_default()
    }

    fn agent(&mut self, at: Instant, agent: AgentId) -> &mut AgentTimes {
        self.agents.entry((self.interval(at), agent)).or_default()
    }

    /// Before the outputs it causes.
    pub fn note_input(&mut self, now: Instant, input: &Input) {
        match input {
            Input::Configure(rules) => self.configure(rules),
            Input::Arrive(arrival) if !self.stays.contains_key(&arrival.contact) => {
                let stay = Stay { queue: arrival.queue, arrived: arrival.arrived.min(now), answered: None };
                self.stays.insert(arrival.contact, stay);
                self.queue(stay.arrived, stay.queue).offered += 1;
            }
            Input::Leave { contact, why } => {
                if let Some(stay) = self.stays.remove(contact).filter(|stay| stay.answered.is_none()) {
                    self.leave(now, stay, *why);
                }
            }
            Input::Accepted { reservation } => self.accept(now, *reservation),
            Input::Ended { contact } => {
                if let Some((stay, answered)) = self.stays.remove(contact).and_then(|s| Some((s, s.answered?))) {
                    self.queue(stay.arrived, stay.queue).talk_us += span_us(now, answered);
                }
            }
            _ => {}
        }
    }

    pub fn note_output(&mut self, now: Instant, output: &Output) {
        match output {
            Output::Reserve { reservation, contact, agent, .. } => {
                self.rings.insert(*reservation, (*contact, *agent));
                if let Some(stay) = self.stays.get(contact).copied() {
                    self.queue(stay.arrived, stay.queue).rings += 1;
                }
            }
            Output::Withdraw { reservation, because, .. } => self.withdraw(now, *reservation, *because),
            Output::LeftQueue { contact, why, .. } => {
                if let Some(stay) = self.stays.remove(contact) {
                    self.leave(now, stay, *why);
                }
            }
            Output::Moved { contact, to, .. } => {
                if let Some(mut stay) = self.stays.get(contact).copied() {
                    self.queue(stay.arrived, stay.queue).flowed_out += 1;
                    stay.queue = *to;
                    self.stays.insert(*contact, stay);
                    self.queue(stay.arrived, stay.queue).offered += 1;
                }
            }
            Output::AgentState { agent, state, .. } => self.agent_state(now, *agent, state.clone()),
            Output::PlaceKept { .. } | Output::Position { .. } | Output::Rejected { .. } => {}
        }
    }

    fn configure(&mut self, rules: &Rules) {
        let us = |seconds: u32| u64::from(seconds) * 1_000_000;
        let limits = rules.queues.iter().map(|q| (q.id, (us(q.answer_within_s), us(q.short_abandon_s))));
        self.thresholds = limits.collect();
    }

    fn leave(&mut self, now: Instant, stay: Stay, why: Left) {
        let (within, short) = self.thresholds.get(&stay.queue).copied().unwrap_or_default();
        let wait = span_us(now, stay.arrived);
        let counts = self.queue(stay.arrived, stay.queue);
        counts.longest_wait_us = counts.longest_wait_us.max(wait);
        match why {
            Left::Abandoned => {
                counts.wait_abandoned_us += wait;
                match wait {
                    wait if wait <= short => counts.abandoned_short += 1,
                    wait if wait <= within => counts.abandoned_in_time += 1,
                    _ => counts.abandoned_late += 1,
                }
            }
            Left::Removed if wait <= within => counts.removed_in_time += 1,
            Left::Removed => counts.removed_late += 1,
            Left::Timeout => counts.flowed_out += 1,
            Left::Full | Left::NoAgents | Left::Closed => {
                counts.offered -= 1;
                counts.refused += 1;
            }
        }
    }

    fn accept(&mut self, now: Instant, reservation: ReservationId) {
        let Some((contact, agent)) = self.rings.remove(&reservation) else { return };
        let Some(stay) = self.stays.get_mut(&contact) else { return };
        stay.answered = Some(now);
        let stay = *stay;
        let (within, _) = self.thresholds.get(&stay.queue).copied().unwrap_or_default();
        let wait = span_us(now, stay.arrived);
        let counts = self.queue(stay.arrived, stay.queue);
        counts.wait_answered_us += wait;
        counts.longest_wait_us = counts.longest_wait_us.max(wait);
        match wait <= within {
            true => counts.answered_in_time += 1,
            false => counts.answered_late += 1,
        }
        self.agent(now, agent).answered += 1;
    }

    fn withdraw(&mut self, now: Instant, reservation: ReservationId, because: Withdrawn) {
        let Some((contact, agent)) = self.rings.remove(&reservation) else { return };
        if !matches!(because, Withdrawn::NoAnswer | Withdrawn::Refused) {
            return;
        }
        if let Some(stay) = self.stays.get(&contact).copied() {
            self.queue(stay.arrived, stay.queue).unanswered_rings += 1;
        }
        self.agent(now, agent).unanswered_rings += 1;
    }

    fn agent_state(&mut self, now: Instant, agent: AgentId, state: AgentState) {
        if let Some((was, since)) = self.doing.insert(agent, (state, now)) {
            let span = span_us(now, since);
            let times = self.agent(since, agent);
            match was {
                AgentState::SignedOut => {}
                AgentState::NotReady { .. } => times.not_ready_us += span,
                AgentState::Ready => times.ready_us += span,
                AgentState::Reserved { .. } => times.reserved_us += span,
                AgentState::Busy { .. } => times.busy_us += span,
                AgentState::WrapUp { .. } => times.wrap_up_us += span,
            }
        }
    }

    /// The end of what is looked at, or of a server: what agents are doing is booked up to here.
    pub fn sign_all_out(&mut self, now: Instant) {
        let agents: Vec<AgentId> = self.doing.keys().copied().collect();
        for agent in agents {
            self.agent_state(now, agent, AgentState::SignedOut);
        }
    }

    /// All intervals and queues together.
    pub fn total(&self) -> QueueCounts {
        self.queues.values().fold(QueueCounts::default(), |sum, counts| sum.plus(counts))
    }
}

impl QueueCounts {
    pub fn plus(mut self, other: &Self) -> Self {
        self.offered += other.offered;
        self.refused += other.refused;
        self.answered_in_time += other.answered_in_time;
        self.answered_late += other.answered_late;
        self.abandoned_short += other.abandoned_short;
        self.abandoned_in_time += other.abandoned_in_time;
        self.abandoned_late += other.abandoned_late;
        self.removed_in_time += other.removed_in_time;
        self.removed_late += other.removed_late;
        self.flowed_out += other.flowed_out;
        self.rings += other.rings;
        self.unanswered_rings += other.unanswered_rings;
        self.wait_answered_us += other.wait_answered_us;
        self.wait_abandoned_us += other.wait_abandoned_us;
        self.longest_wait_us = self.longest_wait_us.max(other.longest_wait_us);
        self.talk_us += other.talk_us;
        self
    }
}

fn span_us(now: Instant, since: Instant) -> u64 {
    now.as_micros().saturating_sub(since.as_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One day read eight ways: T = 20 s, S = 5 s, 1000 entered.
    #[test]
    fn the_same_day_reads_from_seventy_to_eighty_per_cent() {
        let day = QueueCounts {
            offered: 1_000,
            answered_in_time: 700,
            answered_late: 180,
            abandoned_short: 40,
            abandoned_in_time: 20,
            abandoned_late: 60,
            ..QueueCounts::default()
        };
        let wanted = [79.5, 76.0, 76.0, 74.5, 70.0, 76.0, 70.0, 72.9];
        for (figure, wanted) in day.service_levels().iter().zip(wanted) {
            let value = figure.value.unwrap() * 100.0;
            assert!((value - wanted).abs() < 0.05, "{}: {value}", figure.name);
        }
    }
}
