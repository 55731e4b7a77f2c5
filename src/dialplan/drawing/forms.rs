//! What steps there are and what each asks for: the parser's own table, told.

use serde::Serialize;
use utoipa::ToSchema;

use crate::dialplan::facts;
use crate::dialplan::keys::{self, Key, Kind};

/// Everything that a flow file can say.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
#[schema(as = FlowForms)]
pub struct Forms {
    /// Keys at the top.
    pub flow: &'static [Key],
    /// Of opening hours.
    pub hours: &'static [Key],
    /// Of a choice that is written as a table.
    pub choice: &'static [Key],
    /// Of a case.
    pub case: &'static [Key],
    pub steps: Vec<StepForm>,
    /// That conditions and braces may name, beside `var.` and what the flow sets.
    pub facts: &'static [&'static str],
}

/// A kind of step.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
#[schema(as = FlowStepForm)]
pub struct StepForm {
    /// Its `do`.
    pub kind: &'static str,
    pub keys: &'static [Key],
}

pub fn forms() -> Forms {
    let steps = Kind::ALL.map(|kind| StepForm { kind: kind.as_str(), keys: kind.keys() }).into();
    let (flow, hours, choice, case) = (keys::FLOW, keys::HOURS, keys::CHOICE, keys::CASE);
    Forms { flow, hours, choice, case, steps, facts: &facts::FACTS }
}
