//! The day's counters of each queue, for the wallboard. Reports fold the journal instead.

use std::collections::BTreeMap;
use std::time::Duration;

use super::board::{QueueTile, ServiceLevel};
use super::input::QueueSettings;
use crate::acd::QueueRule;
use crate::base::QueueId;

#[derive(Debug, Default)]
pub(super) struct Tallies {
    day: i64,
    queues: BTreeMap<QueueId, Tally>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    offered: u32,
    answered: u32,
    in_time: u32,
    abandoned: u32,
    short_abandoned: u32,
    wait: Duration,
}

impl Tallies {
    /// Begins anew when the day has changed.
    pub fn roll(&mut self, day: i64) {
        if self.day != day {
            *self = Self { day, queues: BTreeMap::new() };
        }
    }

    pub fn offered(&mut self, queue: QueueId) {
        self.queues.entry(queue).or_default().offered += 1;
    }

    pub fn answered(&mut self, queue: QueueId, waited: Duration, in_time: bool) {
        let tally = self.queues.entry(queue).or_default();
        tally.answered += 1;
        tally.in_time += u32::from(in_time);
        tally.wait += waited;
    }

    pub fn abandoned(&mut self, queue: QueueId, short: bool) {
        let tally = self.queues.entry(queue).or_default();
        tally.abandoned += 1;
        tally.short_abandoned += u32::from(short);
    }

    /// The tile of a queue without what only the live machines know.
    pub fn tile(&self, rule: &QueueRule, settings: Option<&QueueSettings>, day: i64) -> QueueTile {
        let tally = self.queues.get(&rule.id).filter(|_| self.day == day).copied().unwrap_or_default();
        let asa = if tally.answered == 0 { Duration::ZERO } else { tally.wait / tally.answered };
        QueueTile {
            id: rule.id,
            key: rule.key.clone(),
            name: rule.name.clone(),
            waiting: 0,
            call_backs: 0,
            longest_since: None,
            offered: tally.offered,
            answered: tally.answered,
            abandoned: tally.abandoned,
            short_abandoned: tally.short_abandoned,
            asa_ms: u64::try_from(asa.as_millis()).unwrap_or(u64::MAX),
            service_level: ServiceLevel {
                value: tally.service_level(),
                formula: "V8".to_owned(),
                threshold_s: rule.answer_within_s,
                short_abandon_s: rule.short_abandon_s,
                target: settings.map_or(0.8, |settings| settings.service_level_target),
            },
            estimate_hit_rate: None,
            ready: 0,
            reserved: 0,
            busy: 0,
            wrap_up: 0,
            not_ready: 0,
        }
    }
}

impl Tally {
    /// V8 of the catalogue: answered in time / (answered + abandoned - short abandoned).
    fn service_level(&self) -> Option<f64> {
        let counted = (self.answered + self.abandoned).saturating_sub(self.short_abandoned);
        (counted > 0).then(|| f64::from(self.in_time) / f64::from(counted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_example_of_the_catalogue() {
        let (t, long) = (Duration::from_secs(3), Duration::from_secs(40));
        let queue = QueueId(1);
        let mut tallies = Tallies::default();
        tallies.roll(7);
        (0..1_000).for_each(|_| tallies.offered(queue));
        (0..700).for_each(|_| tallies.answered(queue, t, true));
        (0..180).for_each(|_| tallies.answered(queue, long, false));
        (0..40).for_each(|_| tallies.abandoned(queue, true));
        (0..80).for_each(|_| tallies.abandoned(queue, false));
        let rule = QueueRule { id: queue, ..QueueRule::default() };
        let tile = tallies.tile(&rule, None, 7);
        let level = tile.service_level.value.unwrap();
        assert!((level - 700.0 / 960.0).abs() < 1e-12, "{level}");
        assert_eq!((tile.offered, tile.answered, tile.abandoned, tile.short_abandoned), (1_000, 880, 120, 40));
        assert_eq!(tile.asa_ms, (700 * 3_000 + 180 * 40_000) / 880);
        assert_eq!(tallies.tile(&rule, None, 8).offered, 0, "another day starts from nothing");
    }
}
