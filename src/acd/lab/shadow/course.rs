//! What became of one contact on either side, and the count of it.

use std::time::Duration;

use serde::Serialize;

use super::Ring;
use crate::base::{Instant, QueueId};

/// One contact on one side.
#[derive(Clone, Debug, Default)]
pub(super) struct Course {
    pub answered: Option<(Ring, Instant)>,
    /// Nothing more happens to it.
    pub over: bool,
}

impl Course {
    pub fn answered(&mut self, ring: Ring, at: Instant) {
        self.answered = Some((ring, at));
    }
}

#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub queue: QueueId,
    pub came: Instant,
    pub live: Course,
    pub other: Course,
    /// Live, once known: from ring to answer, of the conversation, of the wrap-up.
    pub rang: Option<Duration>,
    pub talk: Option<Duration>,
    pub wrap_up: Option<Duration>,
    pub counted: bool,
}

impl Pair {
    pub fn new(queue: QueueId, came: Instant) -> Self {
        let (live, other) = (Course::default(), Course::default());
        Self { queue, came, live, other, rang: None, talk: None, wrap_up: None, counted: false }
    }

    /// Each side has answered it or lost it.
    pub fn is_decided(&self) -> bool {
        [&self.live, &self.other].into_iter().all(|course| course.answered.is_some() || course.over)
    }

    pub fn waited(&self, course: &Course) -> Option<Duration> {
        course.answered.as_ref().map(|(_, at)| at.since(self.came))
    }
}

/// Waits that differ by less are alike.
const ALIKE: Duration = Duration::from_secs(1);

/// Contacts that both sides have decided: `compared` is `same_agent`, `other_agent`, the two `only` and `neither`
/// together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, utoipa::ToSchema)]
#[schema(as = ShadowDecisions)]
pub struct Decisions {
    pub compared: u64,
    pub same_agent: u64,
    pub other_agent: u64,
    /// Answered a second or more sooner (later) by the shadow.
    pub sooner: u64,
    pub later: u64,
    /// Answered by one side only.
    pub only_live: u64,
    pub only_shadow: u64,
    /// Answered by neither.
    pub neither: u64,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally(Decisions);

impl Tally {
    /// Counts a decided pair; `true`: the sides differ.
    pub fn count(&mut self, pair: &Pair) -> bool {
        let counts = &mut self.0;
        counts.compared += 1;
        let (live, other) = (&pair.live.answered, &pair.other.answered);
        match (live, other) {
            (None, None) => {
                counts.neither += 1;
                return false;
            }
            (Some(_), None) => counts.only_live += 1,
            (None, Some(_)) => counts.only_shadow += 1,
            (Some((a, at)), Some((b, then))) => {
                let same = a.agent == b.agent;
                let (sooner, later) = (at.since(*then) >= ALIKE, then.since(*at) >= ALIKE);
                counts.same_agent += u64::from(same);
                counts.other_agent += u64::from(!same);
                counts.sooner += u64::from(sooner);
                counts.later += u64::from(later);
                return !same || sooner || later;
            }
        }
        true
    }

    pub fn decisions(&self) -> Decisions {
        self.0
    }
}

/// Mean of the spans so far; a usual one before the first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mean {
    usual: Duration,
    sum: Duration,
    count: u32,
}

impl Mean {
    pub fn new(usual: Duration) -> Self {
        Self { usual, sum: Duration::ZERO, count: 0 }
    }

    pub fn note(&mut self, span: Duration) {
        self.sum = self.sum.saturating_add(span);
        self.count = self.count.saturating_add(1);
    }

    pub fn get(&self) -> Duration {
        self.sum.checked_div(self.count).unwrap_or(self.usual)
    }
}
