//! A changed drawing into the text that it was made of.
//!
//! What is the same stays as it is written, with its comments; what is another is written anew; what is gone goes.

use std::collections::BTreeSet;

use serde_json::Value;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Key as Written, Table, TableLike, Value as Toml};

use super::{Drawing, Fields, Part};
use crate::dialplan::keys::{self, Key, Kind};

/// Why a drawing cannot be written.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotWritten {
    #[error("the text that it is to be written into is no TOML")]
    Broken,
    #[error("there are two parts named `{0}`")]
    Twice(String),
}

pub fn write(base: &str, drawing: &Drawing) -> Result<String, NotWritten> {
    let mut document: DocumentMut = base.parse().map_err(|_| NotWritten::Broken)?;
    let root = document.as_table_mut();
    let mut head = drawing.head.clone();
    head.retain(|key, _| !["hours", "step"].contains(&key.as_str()));
    fields(root, &head, keys::FLOW, &["hours", "step"]);
    parts(root, "hours", &drawing.hours, |_| keys::HOURS)?;
    parts(root, "step", &drawing.steps, |step| {
        let kind = step.fields.get("do").and_then(Value::as_str).and_then(Kind::parse);
        kind.map(Kind::keys).unwrap_or_default()
    })?;
    Ok(document.to_string())
}

/// Tables of one section: those that stay keep their place and comments, new ones come last.
fn parts(
    root: &mut Table,
    section: &str,
    wanted: &[Part],
    keys: impl Fn(&Part) -> &'static [Key],
) -> Result<(), NotWritten> {
    let mut known = BTreeSet::new();
    if let Some(twice) = wanted.iter().find(|part| !known.insert(part.key.as_str())) {
        return Err(NotWritten::Twice(twice.key.clone()));
    }
    if wanted.is_empty() {
        root.remove(section);
        return Ok(());
    }
    let mut table = root.remove(section).and_then(|item| item.into_table().ok()).unwrap_or_else(|| {
        let mut new = Table::new();
        new.set_implicit(true);
        new
    });
    let before: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
    let mut old: Vec<(Written, Item)> = before.iter().filter_map(|key| table.remove_entry(key)).collect();
    let places: Vec<Option<isize>> = old.iter().map(|(_, item)| item.as_table().and_then(Table::position)).collect();
    for part in wanted {
        let name = part.was.as_deref().unwrap_or(&part.key);
        let found = old.iter().position(|(key, _)| key.get() == name);
        let mut item = found.map_or_else(|| Item::Table(Table::new()), |at| old.remove(at).1);
        if !item.is_table_like() {
            item = Item::Table(Table::new());
        }
        if let Some(inner) = item.as_table_like_mut() {
            fields(inner, &part.fields, keys(part), &[]);
        }
        table.insert(&part.key, item);
    }
    let is_moved =
        !names(wanted).eq(before.iter().map(String::as_str).filter(|key| names(wanted).any(|it| it == *key)));
    arrange(&mut table, &places, is_moved);
    root.insert(section, Item::Table(table));
    Ok(())
}

/// Of those that were there before, in the order in which they are wanted.
fn names(wanted: &[Part]) -> impl Iterator<Item = &str> {
    wanted.iter().map(|part| part.was.as_deref().unwrap_or(&part.key))
}

/// The text has its tables by their place: those of the old ones are given out again in the new order.
fn arrange(table: &mut Table, places: &[Option<isize>], is_moved: bool) {
    if !is_moved {
        return;
    }
    let mut places: Vec<isize> = places.iter().copied().flatten().collect();
    places.sort_unstable();
    let mut places = places.into_iter();
    for (_, item) in table.iter_mut() {
        if let Some(inner) = item.as_table_mut() {
            inner.set_position(places.next());
        }
    }
}

/// Makes a table hold these fields and no others, but for those that are none of its business.
fn fields(table: &mut dyn TableLike, wanted: &Fields, order: &[Key], left_alone: &[&str]) {
    let known: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
    for key in known.iter().filter(|key| !wanted.contains_key(*key) && !left_alone.contains(&key.as_str())) {
        table.remove(key);
    }
    let rank = |key: &str| order.iter().position(|known| known.name == key).unwrap_or(order.len());
    let mut sorted: Vec<(&String, &Value)> = wanted.iter().collect();
    sorted.sort_by_key(|(key, _)| rank(key));
    for (key, value) in sorted {
        put(table, key, value);
    }
}

fn put(table: &mut dyn TableLike, key: &str, wanted: &Value) {
    match table.get_mut(key) {
        Some(item) => replace(item, wanted),
        None if wanted.is_null() => {}
        None => {
            table.insert(key, fresh(key, wanted));
        }
    }
}

/// As deep as it is the same, it stays.
fn replace(item: &mut Item, wanted: &Value) {
    if json(item) == *wanted {
        return;
    }
    match (item.as_table_like_mut(), wanted) {
        (Some(table), Value::Object(inner)) => fields(table, inner, keys::CASE, &[]),
        _ => {
            let decor = item.as_value().map(|value| value.decor().clone());
            let mut new = value_of(wanted);
            if let Some(decor) = decor {
                *new.decor_mut() = decor;
            }
            *item = Item::Value(new);
        }
    }
}

/// Choices are written one a line: `choices.1 = "sales"`.
fn fresh(key: &str, value: &Value) -> Item {
    match value {
        Value::Object(choices) if key == "choices" => {
            let mut dotted = Table::new();
            dotted.set_dotted(true);
            for (digit, choice) in choices {
                dotted.insert(digit, Item::Value(value_of(choice)));
            }
            Item::Table(dotted)
        }
        value => Item::Value(value_of(value)),
    }
}

fn value_of(value: &Value) -> Toml {
    match value {
        Value::String(text) => Toml::from(text.as_str()),
        Value::Bool(flag) => Toml::from(*flag),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| Toml::from(number.as_f64().unwrap_or_default()), Toml::from)
        }
        Value::Null => Toml::from(""),
        Value::Array(items) => Toml::Array(list(items)),
        Value::Object(fields) => {
            let rank = |key: &str| keys::CASE.iter().position(|known| known.name == key).unwrap_or(usize::MAX);
            let mut sorted: Vec<_> = fields.iter().filter(|(_, value)| !value.is_null()).collect();
            sorted.sort_by_key(|(key, _)| rank(key));
            let mut table = InlineTable::new();
            for (key, value) in sorted {
                table.insert(key, value_of(value));
            }
            Toml::InlineTable(table)
        }
    }
}

/// Cases stand one a line.
fn list(items: &[Value]) -> Array {
    let mut list: Array = items.iter().map(value_of).collect();
    if items.len() > 1 && items.iter().all(Value::is_object) {
        list.iter_mut().for_each(|item| item.decor_mut().set_prefix("\n    "));
        list.set_trailing_comma(true);
        list.set_trailing("\n");
    }
    list
}

/// What no key takes is `null`.
fn json(item: &Item) -> Value {
    match item {
        Item::None => Value::Null,
        Item::Value(value) => json_of(value),
        Item::Table(table) => Value::Object(table.iter().map(|(key, item)| (key.to_owned(), json(item))).collect()),
        Item::ArrayOfTables(tables) => tables.iter().map(|table| json(&Item::Table(table.clone()))).collect(),
    }
}

fn json_of(value: &Toml) -> Value {
    match value {
        Toml::String(text) => Value::from(text.value().as_str()),
        Toml::Integer(number) => Value::from(*number.value()),
        Toml::Boolean(flag) => Value::from(*flag.value()),
        Toml::Float(_) | Toml::Datetime(_) => Value::Null,
        Toml::Array(items) => items.iter().map(json_of).collect(),
        Toml::InlineTable(table) => {
            Value::Object(table.iter().map(|(key, value)| (key.to_owned(), json_of(value))).collect())
        }
    }
}
