//! (being built)

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Event, Facts, Language, Verb};
use crate::base::Instant;

/// A checked flow. Share it as `Arc<Flow>`; a run is given it at each step.
#[derive(Clone, PartialEq, Debug)]
pub struct Flow {
    name: String,
}

/// What a flow is checked against.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Surroundings {
    /// Names of sounds that exist, per language, and under `None` those of no language (`tone/beep`).
    pub sounds: BTreeMap<Option<Language>, BTreeSet<String>>,
    pub queues: BTreeSet<String>,
}

/// A mistake in a flow: `Display` prints file, line, and the excerpt with a caret.
#[derive(Clone, PartialEq, Debug)]
pub struct Mistake {
    pub file: String,
    pub line: usize,
    pub message: String,
}

impl Flow {
    /// `file_name`: where the text is from (`dialplans/hotline.toml`); its stem is the flow's name.
    /// Every mistake in it is reported.
    pub fn parse(file_name: &str, _text: &str, _surroundings: &Surroundings) -> Result<Self, Vec<Mistake>> {
        Ok(Self { name: file_name.to_owned() })
    }

    /// `hotline` for `dialplans/hotline.toml`.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// A choice the caller made in a menu: the menu path on the screen pop.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Choice {
    pub step: String,
    pub digit: char,
    /// For people: `Sales`; the choice's `label`, or the name of the step it leads to.
    pub label: String,
}

/// The run of one call: plain values, resumable after a restart.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Run {
    flow: String,
    facts: Facts,
    path: Vec<Choice>,
}

impl Run {
    pub fn new(flow: &Flow, facts: Facts) -> Self {
        Self { flow: flow.name.clone(), facts, path: Vec::new() }
    }

    /// Tells the run what happened and returns what it wants next. `flow` is the one named
    /// [`Run::flow`]; when it was changed meanwhile, the run goes on in the new one if its step is
    /// still there, and else hangs up (`flow_changed`). `now` decides conditions on the time.
    pub fn step(&mut self, _flow: &Flow, _now: Instant, _event: Event) -> Verb {
        Verb::Hangup { reason: "completed".to_owned() }
    }

    /// Name of the flow.
    pub fn flow(&self) -> &str {
        &self.flow
    }

    /// The language prompts are played in now.
    pub fn language(&self) -> Language {
        Language::Zh
    }

    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The choices made in menus so far, oldest first.
    pub fn path(&self) -> &[Choice] {
        &self.path
    }
}
