//! A flow as an editor draws it: its steps with their fields as JSON, the ways out of them, and each mistake at the
//! step and the field that have it.
//!
//! Text -> [`look()`] -> [`Look`]; a changed [`Drawing`] -> [`write()`] -> text, where comments and the order of what did
//! not change stay as they were. What steps there are and which fields they have: [`forms()`], the very table that the
//! parser reads by.
//!
//! Not here: what is right (`check`), what a caller hears (`rehearse`).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

mod exits;
mod forms;
mod write;

use super::error::Named;
use super::{Flow, Mistake, Surroundings};
use crate::written::source::{self, Node, Table, Value as Written};

pub use exits::Exit;
pub use forms::{Forms, forms};
pub use write::{NotWritten, write};

/// Fields by name, as a flow file has them.
pub type Fields = Map<String, Value>;

/// What a flow says, in the order of its text.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = FlowDrawing)]
#[serde(default, deny_unknown_fields)]
pub struct Drawing {
    /// `title`, `start`, `language`, `zone`.
    #[schema(value_type = Object)]
    pub head: Fields,
    pub hours: Vec<Part>,
    pub steps: Vec<Part>,
}

/// A step, or opening hours.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = FlowPart)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub key: String,
    #[schema(value_type = Object)]
    pub fields: Fields,
    /// The name it had in the text that it is written into, if that was another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
}

/// A mistake and where it is drawn.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
#[schema(as = FlowFinding)]
pub struct Finding {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    pub step: Option<String>,
    /// Of the step, or at the top.
    pub field: Option<String>,
    /// `unknown_step`, `not_answered` ...
    pub code: &'static str,
    /// What the sentence names: `name`, `near`, `key`, `count`.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub named: Named,
    /// In English.
    pub message: String,
}

/// A text, read.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
#[schema(as = FlowLook)]
pub struct Look {
    pub text: String,
    /// `null`: the text is no TOML.
    pub drawing: Option<Drawing>,
    pub exits: Vec<Exit>,
    /// None: it could be published.
    pub findings: Vec<Finding>,
}

/// Reads a text whether it is right or not. `name`: the key of the flow.
pub fn look(name: &str, text: &str, around: &Surroundings) -> Look {
    let mistakes = Flow::parse(name, text, around).err().unwrap_or_default();
    let (root, broken) = source::parse(text);
    let findings = mistakes.iter().map(|mistake| finding(&root, mistake)).collect();
    let drawing = broken.is_empty().then(|| drawn(&root));
    let exits = drawing.as_ref().map(exits::exits).unwrap_or_default();
    Look { text: text.to_owned(), drawing, exits, findings }
}

fn drawn(root: &Table) -> Drawing {
    let parts = |name: &str| match root.get(name).map(|node| &node.value) {
        Some(Written::Table(table)) => table.entries.iter().map(|entry| part(&entry.key, &entry.node)).collect(),
        _ => Vec::new(),
    };
    let head = root.entries.iter().filter(|entry| !["hours", "step"].contains(&entry.key.as_str()));
    let head = head.map(|entry| (entry.key.clone(), json(&entry.node.value))).collect();
    Drawing { head, hours: parts("hours"), steps: parts("step") }
}

fn part(key: &str, node: &Node) -> Part {
    let fields = match json(&node.value) {
        Value::Object(fields) => fields,
        _ => Fields::new(),
    };
    Part { key: key.to_owned(), fields, was: None }
}

/// What no key takes is `null`.
fn json(value: &Written) -> Value {
    match value {
        Written::Text(text) => Value::from(text.as_str()),
        Written::Whole(number) => Value::from(*number),
        Written::Flag(flag) => Value::from(*flag),
        Written::List(items) => items.iter().map(|item| json(&item.value)).collect(),
        Written::Table(table) => {
            Value::Object(table.entries.iter().map(|entry| (entry.key.clone(), json(&entry.node.value))).collect())
        }
        Written::Other => Value::Null,
    }
}

fn finding(root: &Table, mistake: &Mistake) -> Finding {
    let (step, field) = place(root, mistake.at);
    let problem = &mistake.problem;
    Finding {
        line: mistake.line,
        column: mistake.column,
        step,
        field,
        code: problem.code(),
        named: problem.named(),
        message: problem.to_string(),
    }
}

/// The step and the field in which a byte of the text lies.
fn place(root: &Table, at: usize) -> (Option<String>, Option<String>) {
    let field = |table: &Table| {
        let found = table.entries.iter().find(|entry| entry.key_span.contains(&at) || covers(&entry.node, at));
        found.map(|entry| entry.key.clone())
    };
    let steps = match root.get("step").map(|node| &node.value) {
        Some(Written::Table(table)) => table.entries.as_slice(),
        _ => &[],
    };
    match steps.iter().find(|entry| entry.key_span.contains(&at) || covers(&entry.node, at)) {
        Some(entry) => match &entry.node.value {
            Written::Table(table) => (Some(entry.key.clone()), field(table)),
            _ => (Some(entry.key.clone()), None),
        },
        None => (None, field(root)),
    }
}

/// Tables under headers of their own do not stand where their keys do.
fn covers(node: &Node, at: usize) -> bool {
    match &node.value {
        Written::Table(table) => {
            table.entries.iter().any(|entry| entry.key_span.contains(&at) || covers(&entry.node, at))
        }
        Written::List(items) => node.span.contains(&at) || items.iter().any(|item| covers(item, at)),
        _ => node.span.contains(&at) || node.span.start == at,
    }
}

#[cfg(test)]
mod tests;
