//! The day's figures of each queue, for the wallboard: the same fold of the router's inputs and outputs as the
//! statistics, so that tile and report are one number. A contact counts in the day in which it came.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::acd::statistics::{QueueCounts, Statistics};
use crate::acd::{Input, Output, QueueRule, Router};
use crate::base::{Instant, QueueId};
use crate::center::board::{QueueTile, ServiceLevel};
use crate::center::input::QueueSettings;

#[derive(Debug)]
pub(in crate::center) struct Tallies {
    day: i64,
    /// Of the same day, by the process before.
    before: BTreeMap<QueueId, QueueCounts>,
    figures: Statistics,
}

impl Default for Tallies {
    fn default() -> Self {
        Self { day: 0, before: BTreeMap::new(), figures: Self::nothing() }
    }
}

impl Tallies {
    /// Days are told apart here: one interval is enough.
    fn nothing() -> Statistics {
        Statistics::new(u32::MAX)
    }

    /// Begins anew when the day has changed. Before what the router is told in it.
    pub fn roll(&mut self, day: i64, router: &Router, now: Instant) {
        if self.day != day {
            self.day = day;
            self.before.clear();
            self.figures = Self::nothing();
            self.figures.begin(router, now);
        }
    }

    /// What was counted before the start, if it is of the day that is counted.
    pub fn day_was(&mut self, day: i64, counts: Vec<(QueueId, QueueCounts)>) {
        if self.day == day {
            self.before = counts.into_iter().collect();
        }
    }

    /// Of each queue in which something happened on that day.
    pub fn counts(&self, day: i64) -> BTreeMap<QueueId, QueueCounts> {
        if self.day != day {
            return BTreeMap::new();
        }
        let mut counts = self.figures.totals();
        for (queue, before) in &self.before {
            let sum = counts.entry(*queue).or_default();
            *sum = sum.plus(before);
        }
        counts
    }

    pub fn size(&self) -> usize {
        self.figures.size()
    }

    /// Before the outputs it causes.
    pub fn note_input(&mut self, now: Instant, input: &Input) {
        self.figures.note_input(now, input);
    }

    pub fn note_outputs(&mut self, now: Instant, outputs: &[Output]) {
        outputs.iter().for_each(|output| self.figures.note_output(now, output));
    }
}

/// The tile of a queue without what only the live machines know.
pub(in crate::center) fn tile(rule: &QueueRule, settings: Option<&QueueSettings>, counts: QueueCounts) -> QueueTile {
    let number = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    let asa = counts.wait_answered_us.checked_div(counts.answered()).map_or(Duration::ZERO, Duration::from_micros);
    QueueTile {
        id: rule.id,
        key: rule.key.clone(),
        name: rule.name.clone(),
        waiting: 0,
        call_backs: 0,
        longest_since: None,
        offered: number(counts.offered),
        answered: number(counts.answered()),
        abandoned: number(counts.abandoned()),
        short_abandoned: number(counts.abandoned_short),
        asa_ms: u64::try_from(asa.as_millis()).unwrap_or(u64::MAX),
        service_level: ServiceLevel {
            value: counts.usual_service_level(),
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

#[cfg(test)]
mod tests {
    use super::*;

    use crate::acd::{AgentRule, Arrival, Author, Left, Rules, Settings};
    use crate::base::{AgentId, ContactId};

    fn at(seconds: u64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn a_tile_is_the_statistics_of_its_day() {
        let (queue, agent) = (QueueId(1), AgentId(1));
        let rule = QueueRule { id: queue, answer_within_s: 20, short_abandon_s: 5, ..QueueRule::default() };
        let agents = vec![AgentRule { id: agent, ..AgentRule::default() }];
        let rules = Rules { queues: vec![rule.clone()], agents, ..Rules::default() };
        let (mut router, mut tallies) = (Router::new(Settings::default(), 1), Tallies::default());
        let mut reserved = Vec::new();
        let mut tell = |seconds: u64, day: i64, input: Input, tallies: &mut Tallies| {
            tallies.roll(day, &router, at(seconds));
            tallies.note_input(at(seconds), &input);
            let mut made = Vec::new();
            router.handle(at(seconds), input, &mut made);
            tallies.note_outputs(at(seconds), &made);
            reserved.extend(made.into_iter().filter_map(|output| match output {
                Output::Reserve { reservation, .. } => Some(reservation),
                _ => None,
            }));
            reserved.last().copied()
        };
        let come = |contact: u64, seconds: u64| Input::Arrive(Arrival::new(ContactId(contact), queue, at(seconds)));
        tell(1, 7, Input::Configure(Box::new(rules)), &mut tallies);
        tell(2, 7, Input::SignIn { agent }, &mut tallies);
        for (contact, leaves) in [(1, 13), (2, 40)] {
            tell(10, 7, come(contact, 10), &mut tallies);
            tell(leaves, 7, Input::Leave { contact: ContactId(contact), why: Left::Abandoned }, &mut tallies);
        }
        tell(50, 7, come(3, 50), &mut tallies);
        let reservation = tell(60, 7, Input::Ready { agent, author: Author::Agent }, &mut tallies).unwrap();
        tell(64, 7, Input::Accepted { reservation }, &mut tallies);
        let tile_of =
            |tallies: &Tallies, day| tile(&rule, None, tallies.counts(day).remove(&queue).unwrap_or_default());
        let tile = tile_of(&tallies, 7);
        assert_eq!((tile.offered, tile.answered, tile.abandoned, tile.short_abandoned), (3, 1, 2, 1));
        assert_eq!((tile.service_level.value, tile.asa_ms), (Some(0.5), 14_000));
        let before = vec![(queue, QueueCounts { offered: 7, answered_late: 6, ..QueueCounts::default() })];
        tallies.day_was(6, before.clone());
        assert_eq!(tile_of(&tallies, 7).offered, 3, "of another day");
        tallies.day_was(7, before);
        let whole = tile_of(&tallies, 7);
        assert_eq!((whole.offered, whole.answered, whole.service_level.value), (10, 7, Some(0.125)));
        assert_eq!(tile_of(&tallies, 8).offered, 0, "another day starts from nothing");
        tell(70, 8, come(4, 70), &mut tallies);
        assert_eq!(tile_of(&tallies, 8).offered, 1);
    }
}
