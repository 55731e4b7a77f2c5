//! How long a contact will wait: several predictors side by side, scored on what really happened; the
//! best by recent error is spoken, and a contact never hears a larger figure than before.
//!
//! | predictor | says |
//! | --- | --- |
//! | `Conditional` | the sum of `1 / (n mu + i theta)` over those ahead (exact mean for one skill with abandonment) |
//! | `HeadOfLine` | what the first in line has waited so far |
//! | `LastServed` | what the last to be answered had waited |
//! | `Throughput` | the same sum with the rate at which the line really is served: what other queues leave of the agents' skills |
//!
//! Who finds an agent idle waits for nobody, whatever the predictors say.

use super::router::Router;
use super::tables::contacts::Whereabouts;
use super::tables::index::{ContactIx, DemandIx, QueueIx};
use super::tables::pace::{Predicted, Predictor, Remembered, WaitEstimate};
use crate::base::Instant;

impl Router {
    /// What each predictor says to somebody with so many ahead.
    pub(in crate::acd) fn predict(&self, queue: QueueIx, ahead: u32, now: Instant) -> Predicted {
        self.predict_with(self.demands.all[DemandIx::of_queue(queue)].floor, queue, ahead, now)
    }

    /// With the agents who may be asked at this relaxation stage.
    fn predict_with(&self, stage: u8, queue: QueueIx, ahead: u32, now: Instant) -> Predicted {
        let pace = &self.pace[queue];
        let agents = f64::from(self.demands.all[DemandIx::of_queue(queue)].staffed_at(stage));
        let service = pace.service_us.get().filter(|_| agents > 0.0).map(|service| service.max(1) as f64 / agents);
        let effective = pace.gap_us.get().map(|gap| gap.max(1) as f64);
        let drained = |gap_us: Option<f64>| gap_us.map(|gap_us| pace.drained_us(gap_us, ahead));
        [drained(service), self.head_wait_us(queue, now), pace.last_wait_us, drained(effective)]
    }

    fn head_wait_us(&self, queue: QueueIx, now: Instant) -> Option<u64> {
        let lines = self.demands.all[DemandIx::of_queue(queue)].lines.iter();
        let heads = lines.filter_map(|line| self.demands.lines[*line].head());
        heads.map(|head| now.as_micros().saturating_sub(head.arrived.as_micros())).max()
    }

    /// For somebody who came now; `None`: not enough is known.
    pub fn estimate(&self, queue: crate::base::QueueId, now: Instant) -> Option<WaitEstimate> {
        let queue = self.model.queue_ix(queue)?;
        let stage = self.demands.all[DemandIx::of_queue(queue)].floor;
        if self.is_served_at_once(queue, stage) {
            return Some(WaitEstimate { by: Predictor::Conditional, seconds: 0, low_s: 0, high_s: 0 });
        }
        self.estimate_at(stage, queue, self.queue_counts[queue].waiting, now)
    }

    /// Somebody is idle for a newcomer of this queue.
    fn is_served_at_once(&self, queue: QueueIx, stage: u8) -> bool {
        let demand = &self.demands.all[DemandIx::of_queue(queue)];
        let open = |tier: &&super::tables::demand::Tier| tier.is_open(stage, &self.roster.ready_in_group);
        demand.lists_idle
            && demand.tiers.iter().filter(open).any(|tier| tier.idle.iter(&self.roster.idle).next().is_some())
    }

    fn estimate_at(&self, stage: u8, queue: QueueIx, ahead: u32, now: Instant) -> Option<WaitEstimate> {
        let predicted = self.predict_with(stage, queue, ahead, now);
        let pace = &self.pace[queue];
        let by = pace.best(&predicted)?;
        let said = predicted[by as usize]?;
        let (low, high) = pace.interval_us(said);
        let seconds = |us: u64| u32::try_from(us / 1_000_000).unwrap_or(u32::MAX);
        Some(WaitEstimate {
            by,
            seconds: seconds(said.saturating_add(500_000)),
            low_s: seconds(low),
            high_s: seconds(high.saturating_add(999_999)),
        })
    }

    /// Seconds, with the agents who may be asked at this stage.
    pub(in crate::acd) fn estimate_for_newcomer(&self, stage: u8, queue: QueueIx, now: Instant) -> Option<u32> {
        if self.is_served_at_once(queue, stage) {
            return Some(0);
        }
        self.estimate_at(stage, queue, self.queue_counts[queue].waiting, now).map(|estimate| estimate.seconds)
    }

    /// Never more than this contact has heard before.
    pub(in crate::acd) fn spoken_estimate(&mut self, slot: ContactIx, position: u32, now: Instant) -> Option<u32> {
        let queue = self.contacts[slot].queue?;
        let stage = self.demands.all[DemandIx::of_queue(queue)].floor;
        let seconds = self.estimate_at(stage, queue, position.saturating_sub(1), now)?.seconds;
        let contact = &mut self.contacts[slot];
        let spoken = contact.spoken_s.map_or(seconds, |before| before.min(seconds));
        contact.spoken_s = Some(spoken);
        Some(spoken)
    }

    /// Part of the spoken intervals that came true; `None` before the first.
    pub fn estimate_hit_rate(&self, queue: crate::base::QueueId) -> Option<f64> {
        let pace = &self.pace[self.model.queue_ix(queue)?];
        (pace.spoken > 0).then(|| pace.hits as f64 / pace.spoken as f64)
    }

    /// The figures said on arrival are scored when the contact is answered.
    pub(in crate::acd) fn remember_prediction(&mut self, slot: ContactIx, now: Instant) {
        let contact = &self.contacts[slot];
        let fresh = contact.arrived == now && matches!(contact.whereabouts, Whereabouts::Line(_));
        if !self.settings.estimates || !fresh {
            return;
        }
        let Some(queue) = contact.queue else { return };
        let ahead = self.queue_counts[queue].waiting.saturating_sub(1);
        self.contacts[slot].predicted = Remembered::of(self.predict(queue, ahead, now));
    }
}
