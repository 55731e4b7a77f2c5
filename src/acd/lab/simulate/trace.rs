//! A trace: calls with given times, and the router's decision for each.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::call::{Call, Fate};
use super::center::rules;
use super::scenario::{Scenario, ScenarioError};
use super::world::{Event, World};
use crate::base::with_nearest;

/// What became of a call.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Decision {
    pub id: serde_json::Value,
    /// `answered`, `abandoned`, `blocked`, or `waiting` where the trace ends first.
    pub outcome: String,
    /// Counted from 0 in group order.
    pub agent: Option<u32>,
    /// Milliseconds.
    pub at: Option<u64>,
}

#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    #[error("line {line}: {}", with_nearest(&.error.to_string()))]
    Malformed { line: usize, error: serde_json::Error },
    #[error("line {line}: unknown class {class}")]
    UnknownClass { line: usize, class: String },
    #[error("line {line}: earlier than the call before it")]
    OutOfOrder { line: usize },
    #[error("line {line}: a time is negative")]
    NegativeTime { line: usize },
    #[error("the trace is empty")]
    Empty,
    #[error("line {line}: {error}")]
    Configuration { line: usize, error: ScenarioError },
}

/// A call, with what became of it where the trace is a golden one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: serde_json::Value,
    t: f64,
    cls: String,
    service: f64,
    #[serde(default)]
    patience: Option<f64>,
    #[serde(default, rename = "outcome")]
    _outcome: IgnoredAny,
    #[serde(default, rename = "agent")]
    _agent: IgnoredAny,
    #[serde(default, rename = "at")]
    _at: IgnoredAny,
}

/// The first line is the configuration, every further one a call, in order of arrival.
pub fn run_trace(text: &str) -> Result<Vec<Decision>, TraceError> {
    let mut lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    let (head, line) = lines.next().ok_or(TraceError::Empty)?;
    let mut scenario = Scenario::read(head).map_err(|error| TraceError::Configuration { line, error })?;
    in_seconds(&mut scenario);
    scenario.check(false).map_err(|error| TraceError::Configuration { line, error })?;
    scenario.set_in_order();
    let mut ids = Vec::new();
    let mut calls = Vec::new();
    for (text, line) in lines {
        let read: Line = serde_json::from_str(text).map_err(|error| TraceError::Malformed { line, error })?;
        if [read.t, read.service, read.patience.unwrap_or(0.0)].iter().any(|time| *time < 0.0) {
            return Err(TraceError::NegativeTime { line });
        }
        let class = scenario.class_ix(&read.cls).ok_or(TraceError::UnknownClass { line, class: read.cls })?;
        let call = Call {
            class,
            arrived_us: micros(read.t),
            service_us: micros(read.service),
            patience_us: read.patience.map(micros),
            fate: Fate::Waiting,
        };
        if calls.last().is_some_and(|last: &Call| last.arrived_us > call.arrived_us) {
            return Err(TraceError::OutOfOrder { line });
        }
        ids.push(read.id);
        calls.push(call);
    }
    let fates = fates(&scenario, &calls);
    let told = ids.into_iter().zip(&calls).zip(fates);
    Ok(told.map(|((id, call), fate)| decision(id, call.arrived_us, fate)).collect())
}

/// A head start of so much is one in milliseconds: in seconds it would be more than an hour and a half.
const LARGEST_BASE_S: f64 = 5_000.0;

/// The configuration of a trace may give ring times and head starts in the trace's milliseconds or in seconds
/// as scenarios do; no ring widens after more than a thousand seconds, or before its first second is over.
fn in_seconds(scenario: &mut Scenario) {
    let scores = || scenario.classes.iter().filter_map(|class| class.score);
    if scores().any(|score| score.base.abs() > LARGEST_BASE_S) {
        scenario.classes.iter_mut().filter_map(|class| class.score.as_mut()).for_each(|score| score.base /= 1_000.0);
    }
    let steps = || scenario.classes.iter().flat_map(|class| class.relax.iter().flatten());
    if steps().any(|step| step.after >= 1_000.0) {
        for step in scenario.classes.iter_mut().flat_map(|class| class.relax.iter_mut().flatten()) {
            step.after /= 1_000.0;
        }
    }
}

fn micros(milliseconds: f64) -> u64 {
    (milliseconds * 1e3).round() as u64
}

fn fates(scenario: &Scenario, calls: &[Call]) -> Vec<Fate> {
    let groups = || scenario.groups.iter().zip(0u32..);
    let group_of = groups().flat_map(|(group, ix)| std::iter::repeat_n(ix, group.agents as usize)).collect();
    let pace = vec![vec![1.0; scenario.classes.len()]; scenario.groups.len()];
    let with_shifts: Vec<bool> = scenario.groups.iter().map(|group| group.shifts.is_some()).collect();
    let mut world = World::new(rules(scenario), 0, group_of, pace, &with_shifts);
    for (group, ix) in groups() {
        for (start, end) in group.shifts.iter().flatten() {
            world.schedule(super::replication::micros(*start), Event::LogIn { group: ix });
            world.schedule(super::replication::micros(*end), Event::LogOut { group: ix });
        }
    }
    let mut coming = calls.iter();
    let mut schedule_next = |world: &mut World| {
        let call = coming.next().copied();
        if let Some(call) = call {
            world.schedule(call.arrived_us, Event::Arrival { source: 0 });
        }
        call
    };
    let mut next = schedule_next(&mut world);
    while let Some((at, event)) = world.next() {
        match (event, next) {
            (Event::Arrival { .. }, Some(call)) => {
                world.arrive(call);
                next = schedule_next(&mut world);
            }
            (event, _) => world.act(at, event),
        }
    }
    world.calls.iter().map(|call| call.fate).collect()
}

fn decision(id: serde_json::Value, arrived_us: u64, fate: Fate) -> Decision {
    let (outcome, agent, at_us) = match fate {
        Fate::Answered { agent, at_us } => ("answered", Some(agent), Some(at_us)),
        Fate::Abandoned { at_us } => ("abandoned", None, Some(at_us)),
        Fate::Blocked => ("blocked", None, Some(arrived_us)),
        Fate::Waiting => ("waiting", None, None),
    };
    Decision { id, outcome: outcome.to_owned(), agent, at: at_us.map(|at| at / 1_000) }
}
