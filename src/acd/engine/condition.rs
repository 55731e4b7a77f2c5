//! Relaxation on conditions: steps that hold for the whole demand while the queue is in trouble.

use super::router::Router;
use super::tables::index::{DemandIx, QueueIx};
use crate::acd::Output;
use crate::acd::rules::Condition;
use crate::base::Instant;

impl Router {
    /// Looks at all conditions again and offers contacts whose demand became wider.
    pub(in crate::acd) fn conditions_changed(&mut self, now: Instant, out: &mut Vec<Output>) {
        if self.gathering || self.conditional.is_empty() {
            return;
        }
        let mut wider = std::mem::take(&mut self.scratch.demands);
        wider.clear();
        self.set_floors(now, &mut wider);
        self.offer_demands(now, &wider, out);
        self.scratch.demands = wider;
    }

    /// Within the queue's hours.
    pub(in crate::acd) fn is_open(&self, queue: QueueIx, now: Instant) -> bool {
        let Some(key) = &self.model.queue(queue).hours else { return true };
        self.model.rules.calendars.iter().find(|calendar| calendar.key == *key).is_none_or(|c| c.is_open(now))
    }

    /// As the conditions stand, all seen before any is changed, and without offering anything. Adds the
    /// demands whose stage rose.
    pub(in crate::acd) fn set_floors(&mut self, now: Instant, wider: &mut Vec<DemandIx>) {
        let mut floors = std::mem::take(&mut self.scratch.floors);
        floors.clear();
        floors.extend(self.conditional.iter().map(|ix| self.floor_of(*ix, now)));
        for (ix, floor) in self.conditional.iter().zip(floors.iter().copied()) {
            let demand = &mut self.demands.all[*ix];
            if floor > demand.floor {
                wider.push(*ix);
            }
            demand.floor = floor;
        }
        self.scratch.floors = floors;
    }

    /// The highest step whose condition holds.
    pub(in crate::acd) fn floor_of(&self, ix: DemandIx, now: Instant) -> u8 {
        let demand = &self.demands.all[ix];
        let holds = |step: usize| match demand.conditions[step] {
            None => false,
            Some(Condition::NoAgents) => demand.staffed_at(step as u8) == 0,
            Some(Condition::WaitingAbove(limit)) => self.queue_counts[demand.queue].waiting > limit,
            Some(Condition::ServiceLevelBelow(limit)) => {
                self.recent[demand.queue].service_level().is_some_and(|level| level < u32::from(limit))
            }
            Some(Condition::EstimateAbove(limit)) => {
                // Without this step's own agents: with them it would be over as soon as it holds.
                self.estimate_for_newcomer(step as u8, demand.queue, now).is_some_and(|seconds| seconds > limit)
            }
        };
        (0..demand.conditions.len()).rev().find(|step| holds(*step)).map_or(0, |step| step as u8 + 1)
    }
}
