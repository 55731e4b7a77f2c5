//! What a scenario file says: call classes, agent groups, policy, and how long to run.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::distribution::Distribution;

/// A scenario as written; fields that describe it for people only are passed over.
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
    #[serde(default)]
    pub priority: Option<u8>,
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
pub struct Score {
    #[serde(default)]
    pub base: f64,
    #[serde(default = "one")]
    pub weight: f64,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Relax {
    pub after: f64,
    pub max_level: u32,
}

#[derive(Clone, Debug, Deserialize)]
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
pub struct Capacity {
    #[serde(default)]
    pub max_in_system: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
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
#[serde(default)]
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

#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    #[error("not a scenario: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("class {class}: {why}")]
    Class { class: String, why: &'static str },
    #[error("group {group}: {why}")]
    Group { group: String, why: String },
    #[error("run: {0}")]
    Run(&'static str),
}

impl Scenario {
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = serde_json::from_str(text)?;
        scenario.check(true)?;
        Ok(scenario)
    }

    /// `with_arrivals`: the classes must say how calls come and how long they take (a trace says it itself).
    pub(super) fn check(&self, with_arrivals: bool) -> Result<(), ScenarioError> {
        for class in &self.classes {
            let fault = |why| Err(ScenarioError::Class { class: class.name.clone(), why });
            if with_arrivals && class.rate_per_hour.is_none() && class.rate_profile.is_none() {
                return fault("no rate_per_hour and no rate_profile");
            }
            let rates = class.rate_profile.iter().flatten().chain(&class.rate_per_hour);
            if rates.clone().any(|rate| !rate.is_finite() || *rate < 0.0) {
                return fault("a rate is negative or no number");
            }
            if with_arrivals && class.service.is_none() {
                return fault("no service time");
            }
            if class.service.iter().chain(&class.patience).any(|law| !law.is_sound()) {
                return fault("a distribution has a parameter outside its range");
            }
            if class.relax.iter().flatten().any(|step| !step.after.is_finite() || step.after < 0.0) {
                return fault("a relaxation step has no time");
            }
        }
        for group in &self.groups {
            let fault = |why| Err(ScenarioError::Group { group: group.name.clone(), why });
            let named = group.skills.keys().chain(group.service_mean.iter().flatten().map(|(class, _)| class));
            let named = named.chain(group.reserve.iter().flatten().map(|(class, _)| class));
            for class in named {
                if !self.classes.iter().any(|known| known.name == *class) {
                    return fault(format!("unknown class {class}"));
                }
            }
            if group.skills.values().any(|level| *level == 0 || *level >= u32::from(super::center::BEST)) {
                return fault("levels run from 1 to 199".to_owned());
            }
        }
        if !(self.run.horizon > self.run.warmup && self.run.warmup >= 0.0 && self.run.horizon < 1e12) {
            return Err(ScenarioError::Run("the horizon must lie after the warm-up"));
        }
        Ok(())
    }

    pub(super) fn class_ix(&self, name: &str) -> Option<u32> {
        self.classes.iter().zip(0..).find(|(class, _)| class.name == name).map(|(_, ix)| ix)
    }
}

fn one() -> f64 {
    1.0
}
