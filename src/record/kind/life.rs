//! The life of a kind: states, steps and what they make.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::record::access::Grant;
use crate::record::words::Words;
use crate::written::expression::Condition;

/// The states of a kind and who may lead from one to another.
#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindLife)]
pub struct Life {
    pub start: String,
    pub states: Vec<State>,
    pub steps: Vec<Step>,
}

impl Life {
    pub fn state(&self, key: &str) -> Option<&State> {
        self.states.iter().find(|state| state.key == key)
    }

    /// Whether the clock of due times runs in a state.
    pub fn counts(&self, state: Option<&str>) -> bool {
        state.and_then(|state| self.state(state)).is_none_or(|state| state.kind == StateKind::Open)
    }

    pub fn step(&self, key: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.key == key)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StateKind {
    Open,
    /// For somebody else.
    Waiting,
    Done,
}

impl StateKind {
    pub const ALL: [(&str, Self); 3] = [("open", Self::Open), ("waiting", Self::Waiting), ("done", Self::Done)];
}

#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindState)]
pub struct State {
    pub key: String,
    pub name: Words,
    pub kind: StateKind,
    /// Fields and tables of lines that nobody writes while a record is in it, as they were agreed.
    pub fixed: Vec<String>,
}

/// A way from states to another.
#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindStep)]
pub struct Step {
    pub key: String,
    pub name: Words,
    pub from: Vec<String>,
    pub to: String,
    /// Fields that must be filled by then.
    pub needs: Vec<String>,
    #[schema(value_type = Option<String>)]
    pub when: Option<Guard>,
    #[schema(value_type = String)]
    pub by: Grant,
    /// So many seconds after the record came to its state, and no later.
    #[serde(rename = "within_s")]
    pub within: Option<u64>,
    /// What is made of the record with it, in their order: in the same write, or the step is not taken.
    pub make: Vec<Make>,
}

/// A record, or the customer, that a step makes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindMake)]
pub struct Make {
    /// A kind, or `customer`: one who is known by the number or the address is taken, else a new one.
    pub kind: String,
    /// Texts with places: `{subject}`.
    pub set: BTreeMap<String, String>,
    /// Tables of lines of the new record, and the table of this one that each is filled from.
    pub lines: BTreeMap<String, String>,
    /// The field of the new record that refers to this one.
    pub link: Option<String>,
    /// The field of this record that refers to the new one.
    pub keep: Option<String>,
}

/// A condition, and how it was written.
#[derive(Clone, PartialEq, Debug)]
pub struct Guard {
    pub text: String,
    pub condition: Condition,
}

impl Serialize for Guard {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}
