//! Steps from state to state: who may take which, and when.

use super::access::Scope;
use super::draft::Asking;
use super::facts::Record;
use super::kind::{Kind, Step, Verb};

/// Why a step is not taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StepRefused {
    /// The kind has no such step.
    Unknown,
    /// It begins in other states.
    State {
        state: String,
    },
    NotAllowed,
    /// The condition does not hold.
    When {
        condition: String,
    },
    TooLate,
    /// Fields that must be filled by then.
    Needs(Vec<String>),
}

impl Step {
    /// Whether somebody may take it with the record as it is; what it needs is not asked.
    pub fn is_open(&self, kind: &Kind, record: &Record, asking: &Asking) -> Result<(), StepRefused> {
        let state = record.state.clone().unwrap_or_default();
        if !self.from.contains(&state) {
            return Err(StepRefused::State { state });
        }
        let reached = match self.by.scope(&asking.who) {
            scope @ Scope::Own { .. } => scope.has(&asking.who, record.owner(), record.team()),
            scope => scope == Scope::All,
        };
        if !reached || !record.is_reached(kind, Verb::Read, &asking.who) {
            return Err(StepRefused::NotAllowed);
        }
        let passed = asking.now.since(record.since).as_secs();
        if self.within.is_some_and(|within| passed > within) {
            return Err(StepRefused::TooLate);
        }
        Ok(())
    }

    /// Whether it can be taken; `record`: with what is written on the way.
    pub fn judge(&self, kind: &Kind, record: &Record, asking: &Asking) -> Result<(), StepRefused> {
        self.is_open(kind, record, asking)?;
        let missing: Vec<String> = self.needs.iter().filter(|key| !record.fields.contains_key(*key)).cloned().collect();
        if !missing.is_empty() {
            return Err(StepRefused::Needs(missing));
        }
        match &self.when {
            Some(guard) if !asking.holds(&guard.condition, record) => {
                Err(StepRefused::When { condition: guard.text.clone() })
            }
            _ => Ok(()),
        }
    }
}

/// Steps that somebody may take with a record, in the order of the definition.
pub fn steps_open<'k>(kind: &'k Kind, record: &Record, asking: &Asking) -> Vec<&'k Step> {
    let steps = kind.life.iter().flat_map(|life| &life.steps);
    steps.filter(|step| step.is_open(kind, record, asking).is_ok()).collect()
}
