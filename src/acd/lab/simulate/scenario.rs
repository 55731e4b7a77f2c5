//! What a scenario file says: call classes, agent groups, policy, and how long to run.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::distribution::Distribution;
use crate::base::{nearest, with_nearest};

/// A scenario's level 1 is the best; the router's levels grow. Level k becomes `BEST - k`.
pub(super) const BEST: u8 = 200;

/// A scenario as written, with fields that describe it for people only ([`ABOUT`]) passed over; any other one
/// is refused.
#[derive(Clone, Debug, Deserialize)]
pub struct Scenario {
    #[serde(default)]
    pub name: String,
    pub classes: Vec<Class>,
    pub groups: Vec<Group>,
    #[serde(default)]
    pub capacity: Option<Capacity>,
    #[serde(default)]
    pub policy: Policy,
    #[serde(default)]
    pub run: Run,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    pub name: String,
    #[serde(default)]
    pub rate_per_hour: Option<f64>,
    /// Calls per hour in each half-hour; it starts again when it is over.
    #[serde(default)]
    pub rate_profile: Option<Vec<f64>>,
    #[serde(default)]
    pub service: Option<Distribution>,
    /// `None`: waits for ever.
    #[serde(default)]
    pub patience: Option<Distribution>,
    /// 1 is the first; any whole numbers will do.
    #[serde(default)]
    pub priority: Option<i64>,
    #[serde(default)]
    pub sl_threshold: Option<f64>,
    #[serde(default)]
    pub score: Option<Score>,
    #[serde(default)]
    pub queue_share: Option<f64>,
    #[serde(default)]
    pub relax: Option<Vec<Relax>>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    #[serde(default)]
    pub base: f64,
    #[serde(default = "one")]
    pub weight: f64,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relax {
    pub after: f64,
    /// `None`: everybody with the skill.
    #[serde(default)]
    pub max_level: Option<u32>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub name: String,
    pub agents: u32,
    /// Level by class; 1 is the best.
    pub skills: BTreeMap<String, u32>,
    /// Mean service by class where it differs from the class's own.
    #[serde(default)]
    pub service_mean: Option<BTreeMap<String, f64>>,
    #[serde(default)]
    pub reserve: Option<BTreeMap<String, u32>>,
    #[serde(default)]
    pub shifts: Option<Vec<(f64, f64)>>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capacity {
    #[serde(default)]
    pub max_in_system: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    #[serde(default)]
    pub agent_selection: AgentChoice,
    #[serde(default)]
    pub call_selection: CallChoice,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentChoice {
    #[default]
    Lisf,
    LevelLisf,
    Fsf,
    Lor,
    Order,
    Miaf,
    Random,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallChoice {
    #[default]
    Fcfs,
    Priority,
    Level,
    PriorityLevel,
    Score,
    Fqr,
    Lqf,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Run {
    pub warmup: f64,
    pub horizon: f64,
    pub replications: u32,
}

impl Default for Run {
    fn default() -> Self {
        Self { warmup: 0.0, horizon: 86_400.0, replications: 10 }
    }
}

/// What a scenario is read for.
const READ: [&str; 6] = ["name", "classes", "groups", "capacity", "policy", "run"];

/// What describes a scenario, or the run that its trace comes from.
const ABOUT: [&str; 16] = [
    "title",
    "description",
    "note",
    "notes",
    "comment",
    "author",
    "source",
    "reference",
    "difficulty",
    "time_unit",
    "unit",
    "exact",
    "golden",
    "scenario",
    "seed",
    "calls",
];

#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    #[error("not a scenario: {}", with_nearest(&.0.to_string()))]
    Malformed(#[from] serde_json::Error),
    #[error("unknown field `{field}`; {known}")]
    Unknown { field: String, known: String },
    #[error("class {class}: {why}")]
    Class { class: String, why: &'static str },
    #[error("group {group}: {why}")]
    Group { group: String, why: String },
    #[error("run: {0}")]
    Run(&'static str),
}

/// More than any center has, and what a replication can hold.
const MOST_AGENTS: u64 = 200_000;
const MOST_CALLS: f64 = 2e7;
const MOST_PRIORITIES: usize = 250;
const LONGEST_S: f64 = 1e12;

impl Scenario {
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let mut scenario = Self::read(text)?;
        scenario.check(true)?;
        scenario.set_in_order();
        Ok(scenario)
    }

    /// The scenario as it stands there, unchecked.
    pub(super) fn read(text: &str) -> Result<Self, ScenarioError> {
        let fields: BTreeMap<String, IgnoredAny> = serde_json::from_str(text)?;
        let known = || READ.into_iter().chain(ABOUT);
        if let Some(field) = fields.into_keys().find(|field| !known().any(|name| name == field)) {
            let known = match nearest(&field, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", READ.join(", ")),
            };
            return Err(ScenarioError::Unknown { field, known });
        }
        Ok(serde_json::from_str(text)?)
    }

    /// `with_arrivals`: the classes must say how calls come and how long they take (a trace says it itself).
    pub(super) fn check(&self, with_arrivals: bool) -> Result<(), ScenarioError> {
        for (class, at) in self.classes.iter().zip(0..) {
            let fault = |why| ScenarioError::Class { class: class.name.clone(), why };
            if self.classes[..at].iter().any(|other| other.name == class.name) {
                return Err(fault("another class has this name"));
            }
            class.check(with_arrivals).map_err(fault)?;
        }
        for (group, at) in self.groups.iter().zip(0..) {
            let fault = |why| ScenarioError::Group { group: group.name.clone(), why };
            if self.groups[..at].iter().any(|other| other.name == group.name) {
                return Err(fault("another group has this name".to_owned()));
            }
            group.check(&self.classes).map_err(fault)?;
        }
        if self.groups.iter().map(|group| u64::from(group.agents)).sum::<u64>() > MOST_AGENTS {
            return Err(ScenarioError::Run("there are more than 200,000 agents"));
        }
        if self.classes.iter().map(|class| class.priority).collect::<BTreeSet<_>>().len() > MOST_PRIORITIES {
            return Err(ScenarioError::Run("there are more than 250 different priorities"));
        }
        self.check_run()
    }

    fn check_run(&self) -> Result<(), ScenarioError> {
        let run = &self.run;
        if !(run.horizon > run.warmup && run.warmup >= 0.0) {
            return Err(ScenarioError::Run("the horizon must lie after the warm-up"));
        }
        if run.horizon >= LONGEST_S {
            return Err(ScenarioError::Run("the horizon lies too far away"));
        }
        // Calls go on coming while those of the window are followed to their end.
        let rate: f64 = self.classes.iter().map(Class::mean_rate_per_hour).sum();
        if rate / 3_600.0 * (run.horizon * 1.5).max(run.horizon + 86_400.0) > MOST_CALLS {
            return Err(ScenarioError::Run("more than 20 million calls are to be expected"));
        }
        Ok(())
    }

    /// Relaxation steps and shifts by time; shifts that overlap or touch become one.
    pub(super) fn set_in_order(&mut self) {
        for steps in self.classes.iter_mut().filter_map(|class| class.relax.as_mut()) {
            steps.sort_by(|a, b| a.after.total_cmp(&b.after));
        }
        for shifts in self.groups.iter_mut().filter_map(|group| group.shifts.as_mut()) {
            shifts.retain(|(from, to)| from < to);
            shifts.sort_by(|a, b| a.0.total_cmp(&b.0));
            shifts.dedup_by(|later, earlier| {
                let joined = later.0 <= earlier.1;
                if joined {
                    earlier.1 = earlier.1.max(later.1);
                }
                joined
            });
        }
    }

    /// Priorities as the router has them: only their order counts.
    pub(super) fn priority(&self, class: &Class) -> u8 {
        let of = |class: &Class| class.priority.unwrap_or(1);
        let before: BTreeSet<i64> = self.classes.iter().map(of).filter(|priority| *priority < of(class)).collect();
        u8::try_from(before.len() + 1).unwrap_or(u8::MAX)
    }

    pub(super) fn class_ix(&self, name: &str) -> Option<u32> {
        self.classes.iter().zip(0..).find(|(class, _)| class.name == name).map(|(_, ix)| ix)
    }
}

impl Class {
    fn check(&self, with_arrivals: bool) -> Result<(), &'static str> {
        if with_arrivals && self.rate_per_hour.is_none() && self.rate_profile.is_none() {
            return Err("no rate_per_hour and no rate_profile");
        }
        let mut rates = self.rate_profile.iter().flatten().chain(&self.rate_per_hour);
        if rates.any(|rate| !rate.is_finite() || *rate < 0.0) {
            return Err("a rate is negative or no number");
        }
        if with_arrivals && self.service.is_none() {
            return Err("no service time");
        }
        if self.service.iter().chain(&self.patience).any(|law| !law.is_sound()) {
            return Err("a distribution has a parameter outside its range");
        }
        if self.relax.iter().flatten().any(|step| !step.after.is_finite() || step.after < 0.0) {
            return Err("a relaxation step has no time");
        }
        if self.sl_threshold.is_some_and(|seconds| !seconds.is_finite() || seconds < 0.0) {
            return Err("sl_threshold is negative or no number");
        }
        if self.score.is_some_and(|score| !score.base.is_finite() || !score.weight.is_finite() || score.weight < 0.0) {
            return Err("a score has a base or weight outside its range");
        }
        match self.queue_share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            true => Err("queue_share lies outside 0 to 1"),
            false => Ok(()),
        }
    }

    fn mean_rate_per_hour(&self) -> f64 {
        match self.rate_profile.as_ref().filter(|profile| !profile.is_empty()) {
            Some(profile) => profile.iter().sum::<f64>() / profile.len() as f64,
            None => self.rate_per_hour.unwrap_or(0.0),
        }
    }
}

impl Group {
    fn check(&self, classes: &[Class]) -> Result<(), String> {
        let named = self.skills.keys().chain(self.service_mean.iter().flatten().map(|(class, _)| class));
        for class in named.chain(self.reserve.iter().flatten().map(|(class, _)| class)) {
            if !classes.iter().any(|known| known.name == *class) {
                return Err(format!("unknown class {class}"));
            }
        }
        if self.skills.values().any(|level| *level == 0 || *level >= u32::from(BEST)) {
            return Err("levels run from 1 to 199".to_owned());
        }
        if self.service_mean.iter().flatten().any(|(_, mean)| !mean.is_finite() || *mean < 0.0) {
            return Err("a mean service time is negative or no number".to_owned());
        }
        let is_time = |at: f64| at.is_finite() && at >= 0.0;
        match self.shifts.iter().flatten().any(|(from, to)| !is_time(*from) || !is_time(*to) || to < from) {
            true => Err("a shift ends before it begins, or begins before time 0".to_owned()),
            false => Ok(()),
        }
    }
}

fn one() -> f64 {
    1.0
}
