//! The ways out of a step: every key whose value is a step, and those within choices and cases.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Drawing, Part};
use crate::dialplan::keys::{Key, Kind, Shape};

/// A way from one step to another.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[schema(as = FlowExit)]
pub struct Exit {
    pub from: String,
    /// `next`, `on_timeout`, `choices.1`, `cases.0`.
    pub way: String,
    /// There may be no such step.
    pub to: String,
}

pub(super) fn exits(drawing: &Drawing) -> Vec<Exit> {
    drawing.steps.iter().flat_map(of).collect()
}

fn of(step: &Part) -> Vec<Exit> {
    let kind = step.fields.get("do").and_then(Value::as_str).and_then(Kind::parse);
    let exit = |way: String, to: &Value| {
        let to = to.as_str().or_else(|| to.get("next")?.as_str())?;
        Some(Exit { from: step.key.clone(), way, to: to.to_owned() })
    };
    let ways = |key: &Key| -> Vec<Exit> {
        match (key.shape, step.fields.get(key.name)) {
            (Shape::Step, Some(to)) => exit(key.name.to_owned(), to).into_iter().collect(),
            (Shape::Choices, Some(Value::Object(choices))) => {
                choices.iter().filter_map(|(digit, to)| exit(format!("{}.{digit}", key.name), to)).collect()
            }
            (Shape::Cases, Some(Value::Array(cases))) => {
                cases.iter().enumerate().filter_map(|(at, to)| exit(format!("{}.{at}", key.name), to)).collect()
            }
            _ => Vec::new(),
        }
    };
    kind.map(|kind| kind.keys().iter().flat_map(ways).collect()).unwrap_or_default()
}
