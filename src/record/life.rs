//! Steps from state to state: who may take which, and when.

use super::access::Scope;
use super::draft::{Asking, Refused};
use super::facts::{Line, Record};
use super::kind::{Field, Kind, Lines, Step, Verb};
use super::value::Value;
use super::words::Words;

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

impl Kind {
    /// What somebody wrote and may not: as long as a record is in its state, it stays as it was agreed.
    pub fn fixed(&self, before: &Record, after: &Record) -> Vec<Refused> {
        let state = before.state.as_deref().and_then(|state| self.life.as_ref()?.state(state));
        let same = |key: &String| match self.lines_of(key) {
            Some(lines) => written(lines, before) == written(lines, after),
            None => before.fields.get(key) == after.fields.get(key) || self.field(key).is_some_and(Field::is_reckoned),
        };
        let wrong = state.into_iter().flat_map(|state| &state.fixed).filter(|key| !same(key));
        let detail = Words::new("this is agreed and stays as it is in this state", "此项已确认，当前状态下不能修改");
        wrong.map(|key| Refused { field: key.clone(), code: "fixed", detail: detail.clone() }).collect()
    }

    /// Whether a state has something that stays as it is.
    pub fn fixes(&self, state: Option<&str>) -> bool {
        let state = state.and_then(|state| self.life.as_ref()?.state(state));
        state.is_some_and(|state| !state.fixed.is_empty())
    }
}

/// The lines of a record as somebody wrote them.
fn written<'r>(lines: &'r Lines, record: &'r Record) -> Vec<Vec<Option<&'r Value>>> {
    let cells = |line: &'r Line| {
        let fields = lines.fields.iter().filter(|field| !field.is_reckoned());
        fields.map(|field| line.get(&field.key)).collect()
    };
    record.lines.get(&lines.key).into_iter().flatten().map(cells).collect()
}

/// Steps that somebody may take with a record, in the order of the definition.
pub fn steps_open<'k>(kind: &'k Kind, record: &Record, asking: &Asking) -> Vec<&'k Step> {
    let steps = kind.life.iter().flat_map(|life| &life.steps);
    steps.filter(|step| step.is_open(kind, record, asking).is_ok()).collect()
}
