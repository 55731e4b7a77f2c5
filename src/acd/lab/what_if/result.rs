//! Both days side by side.

use std::cmp::Ordering;

use serde::Serialize;

use super::Question;
use super::day::Day;
use super::past::{Contact, Past};
use super::patience::Patience;
use crate::acd::figures::statistics::{QueueCounts, Statistics};
use crate::base::{ContactId, Instant, QueueId};

/// Nobody wins or loses by less: deadlines fire to the microsecond here, and a little late in life.
const NOTICEABLE_S: f64 = 1.0;

/// How one contact fared.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Fared)]
pub struct Ending {
    pub answered: bool,
    /// Seconds until the answer, until it left, or until the end of the time looked at.
    pub waited_s: f64,
}

#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
pub struct Fate {
    pub contact: ContactId,
    /// Key of the queue it came to.
    pub queue: String,
    pub came: Instant,
    pub then: Ending,
    pub now: Ending,
}

/// The figures of a queue, or of all together.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = WhatIfSide)]
pub struct Side {
    pub offered: u64,
    pub answered: u64,
    pub abandoned: u64,
    /// `V8`: answered within T / (answered + abandoned - abandoned within S), T and S of the given rules.
    pub service_level: Option<f64>,
    /// (B - B<=S) / (offered - B<=S).
    pub abandonment: Option<f64>,
    /// Mean wait of answered contacts, seconds.
    pub asa_s: Option<f64>,
    pub longest_wait_s: f64,
}

impl Side {
    fn of(counts: &QueueCounts) -> Self {
        let [asa, _, abandonment, ..] = counts.figures();
        let [.., v8] = counts.service_levels();
        Self {
            offered: counts.offered,
            answered: counts.answered(),
            abandoned: counts.abandoned(),
            service_level: v8.value,
            abandonment: abandonment.value,
            asa_s: asa.value,
            longest_wait_s: counts.longest_wait_us as f64 / 1e6,
        }
    }
}

/// All queues together, and the agents.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = WhatIfTotal)]
pub struct Total {
    #[serde(flatten)]
    pub side: Side,
    /// (conversation + wrap-up) / (conversation + wrap-up + ready + ringing), all agents.
    pub occupancy: Option<f64>,
}

impl Total {
    pub fn of(statistics: &Statistics) -> Self {
        Self { side: Side::of(&statistics.total()), occupancy: statistics.agents_total().occupancy() }
    }
}

#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = WhatIfQueue)]
pub struct QueueCompared {
    pub id: QueueId,
    pub key: String,
    pub then: Side,
    pub now: Side,
}

#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
pub struct WhatIf {
    pub from: Instant,
    pub to: Instant,
    pub inputs: u64,
    pub then: Total,
    pub now: Total,
    /// Between which `now` lies when the mean patience is at the ends of its 95 % interval: with the
    /// shortest, with the longest.
    pub now_by_patience: Option<[Total; 2]>,
    pub queues: Vec<QueueCompared>,
    /// Contacts answered at least a second sooner, or answered at all; and the other way round.
    pub winners: u64,
    pub losers: u64,
    pub unchanged: u64,
    /// The first of each, those with the largest difference first.
    pub top_winners: Vec<Fate>,
    pub top_losers: Vec<Fate>,
    pub patience: Patience,
    /// Answered contacts that had no conversation then: one of their queue's was drawn for them.
    pub borrowed_conversations: u64,
}

pub(super) fn compare(
    question: &Question,
    past: &Past,
    patience: Patience,
    day: &Day<'_>,
    ranges: Option<&[Total; 2]>,
) -> WhatIf {
    let counted = past.contacts.iter().filter(|(_, contact)| !contact.carried);
    let both: Vec<Both> = counted.map(|(id, contact)| Both::of(id, contact, past, day)).collect();
    let total = both.len() as u64;
    let (winners, top_winners) = top(&both, past, question.top, Ordering::Less);
    let (losers, top_losers) = top(&both, past, question.top, Ordering::Greater);
    WhatIf {
        from: question.begin.at,
        to: question.to,
        inputs: past.inputs,
        then: Total::of(&past.statistics),
        now: Total::of(&day.statistics),
        now_by_patience: ranges.copied(),
        queues: queues(past, day),
        winners,
        losers,
        unchanged: total - winners - losers,
        top_winners,
        top_losers,
        patience,
        borrowed_conversations: day.borrowed,
    }
}

fn queues(past: &Past, day: &Day<'_>) -> Vec<QueueCompared> {
    let side = |statistics: &Statistics, wanted: QueueId| Side::of(&statistics.total_of(wanted));
    let outcome = |(id, key): (&QueueId, &String)| QueueCompared {
        id: *id,
        key: key.clone(),
        then: side(&past.statistics, *id),
        now: side(&day.statistics, *id),
    };
    past.queues.iter().map(outcome).collect()
}

/// One contact on both days.
struct Both {
    contact: ContactId,
    then: Ending,
    now: Ending,
}

impl Both {
    fn of(id: ContactId, contact: &Contact, past: &Past, day: &Day<'_>) -> Self {
        let waited = |until: Instant| until.since(contact.came).as_secs_f64();
        let outcome = |answered: Option<Instant>, left: Option<Instant>| Ending {
            answered: answered.is_some(),
            waited_s: waited(answered.or(left).unwrap_or(past.end)),
        };
        Self {
            contact: id,
            then: outcome(contact.answered, contact.left.map(|(at, _)| at).or(contact.put_out)),
            now: outcome(day.answered.get(&id).copied(), day.left.get(&id).copied()),
        }
    }

    /// `Less`: now is better than then.
    fn change(&self) -> Ordering {
        match (self.then.answered, self.now.answered) {
            (false, true) => Ordering::Less,
            (true, false) => Ordering::Greater,
            (false, false) => Ordering::Equal,
            (true, true) if (self.now.waited_s - self.then.waited_s).abs() < NOTICEABLE_S => Ordering::Equal,
            (true, true) => self.now.waited_s.total_cmp(&self.then.waited_s),
        }
    }

    /// Answered instead of not comes before sooner instead of later.
    fn weight(&self) -> (bool, f64) {
        (self.then.answered != self.now.answered, (self.now.waited_s - self.then.waited_s).abs())
    }

    fn fate(&self, past: &Past) -> Fate {
        let known = past.contacts.get(&self.contact);
        Fate {
            contact: self.contact,
            queue: known.and_then(|known| past.queues.get(&known.queue)).cloned().unwrap_or_default(),
            came: known.map_or(Instant::ZERO, |known| known.came),
            then: self.then,
            now: self.now,
        }
    }
}

fn top(all: &[Both], past: &Past, limit: usize, change: Ordering) -> (u64, Vec<Fate>) {
    let mut changed: Vec<&Both> = all.iter().filter(|both| both.change() == change).collect();
    let count = changed.len() as u64;
    changed.sort_by(|a, b| {
        let ((a_kind, a), (b_kind, b)) = (a.weight(), b.weight());
        b_kind.cmp(&a_kind).then(b.total_cmp(&a))
    });
    (count, changed.into_iter().take(limit).map(|both| both.fate(past)).collect())
}
