//! What would change: the difference between the center as it is and as it is wanted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use toml::Table;

use super::SetupError;
use super::object::{self, Object};
use super::{CenterModel, Kind};

/// Fields that are not shown.
const SECRET: [&str; 3] = ["password", "sip", "account"];

/// Made against one version of the center; it applies to
/// that version only.
#[derive(Clone, PartialEq, Debug)]
pub struct Plan {
    base: u32,
    wanted: Vec<Object>,
    pub changes: Vec<Change>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = CenterChange)]
pub struct Change {
    pub kind: String,
    pub key: String,
    #[serde(flatten)]
    pub what: What,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = CenterChangeKind)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum What {
    Created {
        fields: Vec<FieldChange>,
    },
    /// No field where only its place among its kind is another.
    Changed {
        fields: Vec<FieldChange>,
    },
    Removed,
}

/// Values as in a file; `None`: the default.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FieldChange {
    pub field: String,
    pub from: Option<String>,
    pub to: Option<String>,
}

impl Plan {
    /// From the objects of that version to the wanted ones.
    pub fn new(base: u32, current: &[Object], wanted: Vec<Object>) -> Self {
        let by_name = |objects: &[Object]| -> BTreeMap<(Kind, String), Object> {
            objects.iter().map(|object| ((object.kind, object.key.clone()), object.clone())).collect()
        };
        let (before, after) = (by_name(current), by_name(&wanted));
        let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        let mut changes = Vec::new();
        for (kind, key) in names {
            let name = (*kind, key.clone());
            let what = match (before.get(&name), after.get(&name)) {
                (None, Some(object)) => What::Created { fields: differences(&Table::new(), &object.fields) },
                (Some(_), None) => What::Removed,
                (Some(old), Some(new)) if old != new => What::Changed { fields: differences(&old.fields, &new.fields) },
                _ => continue,
            };
            changes.push(Change { kind: kind.word().to_owned(), key: key.clone(), what });
        }
        Self { base, wanted, changes }
    }

    /// The version of the center it was made against.
    pub fn base(&self) -> u32 {
        self.base
    }

    /// Every object of the center that is wanted.
    pub fn wanted(&self) -> &[Object] {
        &self.wanted
    }

    /// Nothing would change.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// What changed from one center to another.
pub fn changes(before: &CenterModel, after: &CenterModel) -> Result<Vec<Change>, SetupError> {
    Ok(Plan::new(0, &object::objects_of(before)?, object::objects_of(after)?).changes)
}

fn differences(before: &Table, after: &Table) -> Vec<FieldChange> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| {
            let shown = |table: &Table| {
                table.get(name).map(|value| match SECRET.contains(&name.as_str()) {
                    true => String::from("(hidden)"),
                    false => Object::inline(value),
                })
            };
            FieldChange { field: name.clone(), from: shown(before), to: shown(after) }
        })
        .collect()
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut counts = [0usize; 3];
        for change in &self.changes {
            let (sign, count) = match &change.what {
                What::Created { .. } => ('+', 0),
                What::Changed { .. } => ('~', 1),
                What::Removed => ('-', 2),
            };
            if let Some(count) = counts.get_mut(count) {
                *count = count.saturating_add(1);
            }
            writeln!(f, "{sign} {} {}", change.kind, change.key)?;
            if let What::Created { fields } | What::Changed { fields } = &change.what {
                for FieldChange { field, from, to } in fields {
                    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| String::from("(default)"));
                    match from {
                        None if sign == '+' => writeln!(f, "    {field} = {}", text(to))?,
                        _ => writeln!(f, "    {field}: {} -> {}", text(from), text(to))?,
                    }
                }
                if sign == '~' && fields.is_empty() {
                    writeln!(f, "    another place")?;
                }
            }
        }
        let [created, changed, removed] = counts;
        write!(f, "{created} to create, {changed} to change, {removed} to remove")
    }
}
