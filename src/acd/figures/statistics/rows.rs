//! Where the fold counts, and what is read from it.
//!
//! A stay counts for its queue, the queue's channel and every skill asked for. It is counted once, in the one
//! cell that all stays with these in common share; rows by queue, skill and channel are sums of cells, made
//! when somebody asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::counts::{AgentTimes, QueueCounts};
use super::settled::{SettledAgent, SettledStays};
use crate::acd::engine::tables::id_map::IdMap;
use crate::base::{AgentId, Channel, Instant, QueueId, SkillId};

/// Figures by beginning of the interval.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Rows {
    pub queues: BTreeMap<(Instant, QueueId), QueueCounts>,
    pub agents: BTreeMap<(Instant, AgentId), AgentTimes>,
    pub skills: BTreeMap<(Instant, SkillId), QueueCounts>,
    pub channels: BTreeMap<(Instant, Channel), QueueCounts>,
}

impl Rows {
    /// Rows of all kinds.
    pub fn count(&self) -> usize {
        self.queues.len() + self.agents.len() + self.skills.len() + self.channels.len()
    }

    pub(super) fn add_counts(
        &mut self,
        (at, queue, channel): (Instant, QueueId, Channel),
        skills: &[SkillId],
        counts: &QueueCounts,
    ) {
        let add = |sum: &mut QueueCounts| *sum = sum.plus(counts);
        add(self.queues.entry((at, queue)).or_default());
        add(self.channels.entry((at, channel)).or_default());
        skills.iter().for_each(|skill| add(self.skills.entry((at, *skill)).or_default()));
    }

    pub fn add_stays(&mut self, stays: &SettledStays) {
        let SettledStays { at, queue, channel, skills, counts } = stays;
        self.add_counts((*at, *queue, *channel), skills, counts);
    }

    pub fn add_agent(&mut self, row: &SettledAgent) {
        let sum = self.agents.entry((row.at, row.agent)).or_default();
        *sum = sum.plus(&row.times);
    }

    /// What another time has: intervals that both have are added up.
    pub fn merge(&mut self, other: &Self) {
        fn add<K: Copy + Ord, T: Copy + Default>(
            to: &mut BTreeMap<K, T>,
            from: &BTreeMap<K, T>,
            plus: impl Fn(T, &T) -> T,
        ) {
            for (key, counts) in from {
                let sum = to.entry(*key).or_default();
                *sum = plus(*sum, counts);
            }
        }
        add(&mut self.queues, &other.queues, QueueCounts::plus);
        add(&mut self.channels, &other.channels, QueueCounts::plus);
        add(&mut self.skills, &other.skills, QueueCounts::plus);
        add(&mut self.agents, &other.agents, AgentTimes::plus);
    }
}

/// What the stays of a cell have in common.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct CellKey {
    pub interval: Instant,
    pub queue: QueueId,
    pub channel: Channel,
    /// Sorted, each once.
    pub skills: Arc<[SkillId]>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Cells {
    index: BTreeMap<CellKey, u32>,
    counts: Vec<QueueCounts>,
}

impl Cells {
    pub fn find(&mut self, key: CellKey) -> u32 {
        let next = self.counts.len() as u32;
        let cell = *self.index.entry(key).or_insert(next);
        if cell == next {
            self.counts.push(QueueCounts::default());
        }
        cell
    }

    /// A cell that was found here.
    pub fn at(&mut self, cell: u32) -> &mut QueueCounts {
        &mut self.counts[cell as usize]
    }

    pub fn len(&self) -> usize {
        self.counts.len()
    }

    pub fn total(&self, counts: impl Fn(&CellKey) -> bool) -> QueueCounts {
        let wanted = self.index.iter().filter(|(key, _)| counts(key));
        wanted.fold(QueueCounts::default(), |sum, (_, cell)| sum.plus(&self.counts[*cell as usize]))
    }

    pub fn totals(&self) -> BTreeMap<QueueId, QueueCounts> {
        let mut totals: BTreeMap<QueueId, QueueCounts> = BTreeMap::new();
        for (key, cell) in &self.index {
            let sum = totals.entry(key.queue).or_default();
            *sum = sum.plus(&self.counts[*cell as usize]);
        }
        totals
    }

    pub fn add_to(&self, rows: &mut Rows, touches: impl Fn(Instant) -> bool) {
        for (key, cell) in self.index.iter().filter(|(key, _)| touches(key.interval)) {
            rows.add_counts((key.interval, key.queue, key.channel), &key.skills, &self.counts[*cell as usize]);
        }
    }

    pub fn settled(&self, wanted: impl Fn(Instant) -> bool) -> Vec<SettledStays> {
        let cells = self.index.iter().filter(|(key, _)| wanted(key.interval));
        let settled = |(key, cell): (&CellKey, &u32)| SettledStays {
            at: key.interval,
            queue: key.queue,
            channel: key.channel,
            skills: key.skills.to_vec(),
            counts: self.counts[*cell as usize],
        };
        cells.map(settled).collect()
    }
}

/// What an agent does, as far as it is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Activity {
    SignedOut,
    NotReady,
    Ready,
    Reserved,
    Busy,
    WrapUp,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Doing {
    pub activity: Activity,
    pub since: Instant,
}

/// The agents: what each does, and the times spent.
#[derive(Clone, Debug, Default)]
pub(super) struct People {
    /// In the order in which they were seen first.
    known: Vec<AgentId>,
    doing: IdMap<AgentId, Doing>,
    index: BTreeMap<(Instant, AgentId), u32>,
    times: Vec<AgentTimes>,
    /// The row that each was booked in last.
    last: IdMap<AgentId, (Instant, u32)>,
}

impl People {
    pub fn doing(&self, agent: AgentId) -> Option<Doing> {
        self.doing.get(&agent).copied()
    }

    pub fn set(&mut self, agent: AgentId, doing: Doing) {
        if self.doing.insert(agent, doing).is_none() {
            self.known.push(agent);
        }
    }

    pub fn known(&self) -> Vec<AgentId> {
        self.known.clone()
    }

    pub fn forget_all(&mut self) {
        self.known.clear();
        self.doing.clear();
    }

    /// `interval`: its beginning.
    pub fn row(&mut self, interval: Instant, agent: AgentId) -> &mut AgentTimes {
        let row = match self.last.get(&agent) {
            Some((last, row)) if *last == interval => *row,
            _ => {
                let next = self.times.len() as u32;
                let row = *self.index.entry((interval, agent)).or_insert(next);
                if row == next {
                    self.times.push(AgentTimes::default());
                }
                self.last.insert(agent, (interval, row));
                row
            }
        };
        &mut self.times[row as usize]
    }

    pub fn len(&self) -> usize {
        self.times.len()
    }

    pub fn total(&self) -> AgentTimes {
        self.times.iter().fold(AgentTimes::default(), |sum, times| sum.plus(times))
    }

    pub fn settled(&self, wanted: impl Fn(Instant) -> bool) -> Vec<SettledAgent> {
        let rows = self.index.iter().filter(|((interval, _), _)| wanted(*interval));
        rows.map(|((at, agent), row)| SettledAgent { at: *at, agent: *agent, times: self.times[*row as usize] })
            .collect()
    }

    pub fn add_to(&self, rows: &mut Rows, touches: impl Fn(Instant) -> bool) {
        let wanted = self.index.iter().filter(|((interval, _), _)| touches(*interval));
        rows.agents.extend(wanted.map(|(key, row)| (*key, self.times[*row as usize])));
    }
}
