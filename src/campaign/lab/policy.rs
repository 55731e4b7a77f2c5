//! The diallers that are compared, each behind the same door.

use std::collections::BTreeMap;
use std::time::Duration;

use super::rival::{Rival, Rule};
use super::scenario::{List, MORNING, Policy, Scenario};
use crate::base::{Instant, Rng};
use crate::campaign::pace::{
    Beliefs, CALL, Class, Input, Kept, Law, Ledger, Mode, NotNow, Output, Pacer, Settings, Spans, Tally,
};

pub(super) enum Dialler {
    Ours { settings: Settings, pacer: Box<Pacer>, carried: u64 },
    Rival(Box<Rival>),
}

pub(super) fn law(scenario: &Scenario) -> Law {
    let millionths = |share: f64| (share * CALL as f64).round() as u32;
    Law {
        counting: scenario.law.counting,
        cap: millionths(scenario.law.cap_percent / 100.0),
        // Midnight before the day.
        begin: MORNING - Duration::from_secs(9 * 3_600),
        mistaken: millionths(scenario.detection.allowed),
    }
}

impl Dialler {
    /// `bold`: of the oracle.
    pub fn new(policy: Policy, scenario: &Scenario, bold: f64) -> Self {
        let ring = Duration::from_secs_f64(scenario.ring.at_most_s);
        let rival = |rule| Self::Rival(Box::new(Rival::new(rule, truth(scenario, 0.0), ring, scenario.law.counting)));
        match policy {
            Policy::Ours => Self::ours(scenario, scenario.mode),
            Policy::Progressive => Self::ours(scenario, Mode::Progressive),
            Policy::AdaptiveRatio => rival(Rule::Ratio { level: 1.0 }),
            Policy::Oracle => rival(Rule::Oracle { bold }),
        }
    }

    fn ours(scenario: &Scenario, mode: Mode) -> Self {
        let ring = Duration::from_secs_f64(scenario.ring.at_most_s);
        let settings = Settings { law: law(scenario), mode, ring, lines: 10_000 };
        let mut pacer = Pacer::new(settings);
        let carried = scenario.law.served_before;
        pacer.carry_over(MORNING, carried);
        Self::Ours { settings, pacer: Box::new(pacer), carried }
    }

    pub fn handle(&mut self, now: Instant, input: Input, out: &mut Vec<Output>) {
        match self {
            Self::Ours { pacer, .. } => pacer.handle(now, input, out),
            Self::Rival(rival) => rival.handle(now, input, out),
        }
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        match self {
            Self::Ours { pacer, .. } => pacer.next_deadline(),
            Self::Rival(rival) => rival.next_deadline(),
        }
    }

    pub fn ledger(&self) -> Option<&Ledger> {
        match self {
            Self::Ours { pacer, .. } => Some(pacer.ledger()),
            Self::Rival(_) => None,
        }
    }

    pub fn not_now(&self) -> Option<NotNow> {
        match self {
            Self::Ours { pacer, .. } => pacer.not_now(),
            Self::Rival(_) => None,
        }
    }

    pub fn spare(&self) -> usize {
        match self {
            Self::Ours { pacer, .. } => pacer.spare(),
            Self::Rival(_) => usize::MAX,
        }
    }

    pub fn carried_over(&self, window: u32) -> BTreeMap<u32, Tally> {
        match self {
            Self::Ours { carried, .. } => BTreeMap::from([(window, Tally { served: *carried, ..Tally::default() })]),
            Self::Rival(_) => BTreeMap::new(),
        }
    }

    /// What was written down is read again, as JSON.
    pub fn restart(&mut self, now: Instant, out: &mut Vec<Output>) {
        if let Self::Ours { settings, pacer, .. } = self {
            let written = serde_json::to_string(pacer.keep()).unwrap_or_default();
            if let Ok(kept) = serde_json::from_str::<Kept>(&written) {
                **pacer = Pacer::resume(*settings, kept, now, out);
            }
        }
    }

    pub fn learns_truth(&mut self, scenario: &Scenario, minute: f64) {
        if let Self::Rival(rival) = self {
            rival.beliefs = truth(scenario, minute);
        }
    }
}

/// What somebody would believe who has seen the law behind every number.
fn truth(scenario: &Scenario, minute: f64) -> Beliefs {
    const DRAWS: u32 = 20_000;
    let mut rng = Rng::new(20_260_105);
    let detection = scenario.detection;
    let persons = scenario.lists.iter().enumerate().map(|(at, list)| {
        let person = (list.person * scenario.factor(minute)).min(1.0);
        let machine = list.machine * (1.0 - person) / (1.0 - list.person).max(1e-9);
        let class = Class { list: u16::try_from(at).unwrap_or(u16::MAX), kind: list.kind };
        (class, person * (1.0 - detection.mistaken) + machine * detection.missed)
    });
    let persons: Vec<_> = persons.collect();
    let ring = scenario.ring;
    let answer = Spans::of((0..DRAWS).map(|_| ring.person.draw(&mut rng) + detection.takes.draw(&mut rng)));
    let mean =
        |share: fn(&List) -> f64| scenario.lists.iter().map(share).sum::<f64>() / scenario.lists.len().max(1) as f64;
    let (machine, refused, person) =
        (mean(|list| list.machine), mean(|list| list.busy + list.failed), mean(|list| list.person));
    let others = (1.0 - person).max(1e-9);
    let silence = Spans::of((0..DRAWS).map(|_| {
        let lot = rng.unit() * others;
        if lot < machine {
            ring.machine.draw(&mut rng) + detection.takes.draw(&mut rng)
        } else if lot < machine + refused {
            ring.refused.draw(&mut rng)
        } else {
            ring.at_most_s
        }
    }));
    let talk = Spans::of((0..DRAWS).map(|_| scenario.talk.draw(&mut rng)));
    let wrap = Spans::of((0..DRAWS).map(|_| scenario.wrap.draw(&mut rng)));
    Beliefs::known(&persons, [answer, silence, talk, wrap])
}
