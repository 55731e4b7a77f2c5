//! The kinds in force, and where their fields stand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::record::{Class, Field, Kind};

/// All kinds in force, by key. Replaced whole.
pub type Catalogue = BTreeMap<String, Arc<Stored>>;

/// A kind in force.
#[derive(Clone, PartialEq, Debug)]
pub struct Stored {
    pub kind: Kind,
    pub version: u32,
    pub(super) columns: Columns,
}

/// Where the fields of one version stand.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Columns {
    pub fields: BTreeMap<String, Column>,
    pub lines: BTreeMap<String, LineColumns>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct LineColumns {
    pub table: String,
    pub fields: BTreeMap<String, Column>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Column {
    pub name: String,
    /// [`Class`] as a word.
    class: String,
}

impl Column {
    pub fn class(&self) -> Class {
        Class::from_word(&self.class).unwrap_or(Class::Text)
    }

    /// As it stands in a statement.
    pub fn quoted(&self) -> String {
        quoted(&self.name)
    }

    /// The column of the currency beside an amount.
    pub fn currency(&self) -> String {
        quoted(&format!("{}_currency", self.name))
    }
}

/// Names are made of small letters, digits and `_`; quoted, since some are words of SQL.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

impl Stored {
    /// Its table.
    pub(super) fn table(&self) -> String {
        table_of(&self.kind.key)
    }

    /// The table of what a field has several of.
    pub(super) fn many_table(&self) -> String {
        quoted(&format!("record_{}__many", self.kind.key))
    }
}

pub(super) fn table_of(kind: &str) -> String {
    quoted(&format!("record_{kind}"))
}

impl Columns {
    /// Where the fields of a new version stand. A field keeps its column under a new name, too; one that was there
    /// in an earlier version gets its column back; everything else gets a new one. `present`: the version before,
    /// or the one that is gone back to; `past`: all versions, the newest first.
    pub fn of(kind: &Kind, present: Option<&Self>, past: &[Self]) -> Self {
        let none = Self::default();
        let present = present.unwrap_or(&none);
        let old: Vec<&BTreeMap<String, Column>> = past.iter().map(|columns| &columns.fields).collect();
        let mut columns = Self { fields: assigned(&kind.fields, &present.fields, &old, SYSTEM), ..Self::default() };
        let mut tables: BTreeSet<&str> =
            past.iter().flat_map(|columns| columns.lines.values()).map(|lines| lines.table.as_str()).collect();
        tables.insert("many");
        for lines in &kind.lines {
            let was = lines.was.as_deref().and_then(|was| present.lines.get(was));
            let known = |key: &str| past.iter().find_map(|columns| columns.lines.get(key));
            let before = present.lines.get(&lines.key).or(was).or_else(|| known(&lines.key));
            let table = before.map_or_else(|| free(&lines.key, |name| tables.contains(name)), |it| it.table.clone());
            let of_table = |columns: &'_ Self| columns.lines.values().find(|it| it.table == table).cloned();
            let older: Vec<LineColumns> = past.iter().filter_map(of_table).collect();
            let older: Vec<&BTreeMap<String, Column>> = older.iter().map(|it| &it.fields).collect();
            let nothing = BTreeMap::new();
            let fields = assigned(&lines.fields, before.map_or(&nothing, |it| &it.fields), &older, LINE_SYSTEM);
            columns.lines.insert(lines.key.clone(), LineColumns { table, fields });
        }
        columns
    }
}

/// Columns that every table has.
const SYSTEM: &[&str] = &[
    "id",
    "number",
    "title",
    "state",
    "since",
    "version",
    "created",
    "created_by",
    "updated",
    "updated_by",
    "customer",
    "interaction",
    "deleted",
];
const LINE_SYSTEM: &[&str] = &["record", "position"];

fn assigned(
    fields: &[Field],
    present: &BTreeMap<String, Column>,
    past: &[&BTreeMap<String, Column>],
    system: &[&str],
) -> BTreeMap<String, Column> {
    let mut taken: BTreeSet<String> = system.iter().map(|name| (*name).to_owned()).collect();
    for column in past.iter().flat_map(|columns| columns.values()).chain(present.values()) {
        taken.insert(column.name.clone());
        taken.insert(format!("{}_currency", column.name));
    }
    let mut found: BTreeMap<String, Column> = BTreeMap::new();
    for field in fields {
        let class = field.of_type.class().as_str();
        let fits = |column: &&Column| column.class == class;
        let unused = |column: &&Column| !found.values().any(|used| used.name == column.name);
        let was = field.was.as_deref().filter(|was| !fields.iter().any(|other| other.key == *was));
        let renamed = was.and_then(|was| present.get(was));
        let known = present.get(&field.key).or(renamed).filter(fits).filter(unused);
        let earlier = || past.iter().find_map(|columns| columns.get(&field.key).filter(fits).filter(unused));
        let column = known.or_else(earlier).cloned().unwrap_or_else(|| {
            let currency = |name: &str| taken.contains(&format!("{name}_currency")) && class == Class::Money.as_str();
            let name = free(&field.key, |name| taken.contains(name) || currency(name));
            Column { name, class: class.to_owned() }
        });
        taken.insert(column.name.clone());
        taken.insert(format!("{}_currency", column.name));
        found.insert(field.key.clone(), column);
    }
    found
}

/// `subject`, `subject_2` …
fn free(key: &str, taken: impl Fn(&str) -> bool) -> String {
    let more = (2..).map(|n: u32| format!("{key}_{n}"));
    std::iter::once(key.to_owned()).chain(more).find(|name| !taken(name)).unwrap_or_default()
}
