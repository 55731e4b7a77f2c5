//! Fields of a kind and of its lines.

use std::collections::BTreeSet;

use super::table::{Fields, bad_name, both, expected, is_name, table_of, words_of};
use crate::record::access::Role;
use crate::record::decimal::Decimal;
use crate::record::draft::preset;
use crate::record::kind::{CUSTOMER, Choice, Class, Field, FieldAccess, FieldType};
use crate::record::mistake::Mistakes;
use crate::record::words::Words;
use crate::written::source::{Entry, Node, Value};

pub(in crate::record) const KEYS: &[&str] = &[
    "type", "name", "required", "search", "match", "choices", "kind", "currency", "default", "value", "roll", "from",
    "least", "most", "help", "access", "was",
];
const CHOICES: usize = 200;

/// The fields under `[field.…]`, in the order of the text.
pub(super) fn all(
    of: &Fields,
    key: &str,
    kinds: &BTreeSet<String>,
    most: usize,
    mistakes: &mut Mistakes,
) -> Vec<Field> {
    let Some((table, at)) = of.table(key, mistakes) else { return Vec::new() };
    if table.entries.len() > most {
        mistakes.too_many(&at, &Words::new("fields", "字段"), most);
    }
    table.entries.iter().take(most).filter_map(|entry| one(entry, kinds, mistakes)).collect()
}

fn one(entry: &Entry, kinds: &BTreeSet<String>, mistakes: &mut Mistakes) -> Option<Field> {
    let table = table_of(&entry.node, mistakes)?;
    let of = Fields::new(table, entry.key_span.clone(), KEYS, mistakes);
    if !is_name(&entry.key, 32) {
        bad_name(&entry.key_span, &entry.key, mistakes);
    }
    let of_type = of_type(&of, mistakes);
    let mut field = Field {
        key: entry.key.clone(),
        name: of.words("name", mistakes).unwrap_or_else(|| Words::of_key(&entry.key)),
        of_type: of_type.unwrap_or(FieldType::Text),
        required: of.flag("required", mistakes),
        search: of.flag("search", mistakes),
        is_match: of.flag("match", mistakes),
        choices: choices(&of, mistakes),
        kind: reference(&of, kinds, mistakes),
        currency: currency(&of, mistakes),
        default: None,
        value: None,
        roll: None,
        from: None,
        least: bound(&of, "least", mistakes),
        most: bound(&of, "most", mistakes),
        help: of.words("help", mistakes),
        access: access(&of, mistakes),
        was: of.text("was", mistakes).map(|(text, _)| text.to_owned()),
    };
    // Of an unknown type it is there all the same: what names it is right.
    let Some(of_type) = of_type else { return Some(field) };
    fits_type(&of, &field, of_type, mistakes);
    if let Some((text, at)) = literal(&of, "default", mistakes) {
        match preset(&field, &text) {
            Ok(preset) => field.default = Some(preset),
            Err(expected) => mistakes.expected(&at, &expected),
        }
    }
    Some(field)
}

fn bound(of: &Fields, key: &str, mistakes: &mut Mistakes) -> Option<Decimal> {
    let (text, at) = literal(of, key, mistakes)?;
    let number = text.parse().ok();
    if number.is_none() {
        mistakes.expected(&at, &Words::new("a number", "一个数"));
    }
    number
}

/// A number and a flag may stand without quotes.
fn literal(of: &Fields, key: &str, mistakes: &mut Mistakes) -> Option<(String, std::ops::Range<usize>)> {
    let node = of.get(key)?;
    let text = match &node.value {
        Value::Text(text) => text.clone(),
        Value::Whole(number) => number.to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::Other => mistakes.text.get(node.span.clone()).unwrap_or_default().to_owned(),
        Value::List(_) | Value::Table(_) => return expected(node, "a value", "一个值", mistakes),
    };
    Some((text, node.span.clone()))
}

fn of_type(of: &Fields, mistakes: &mut Mistakes) -> Option<FieldType> {
    of.needed("type", mistakes)?;
    let (word, at) = of.text("type", mistakes)?;
    let found = FieldType::from_word(word);
    if found.is_none() {
        mistakes.unknown(&at, &Words::new("type of a field", "字段类型"), word, FieldType::ALL.map(FieldType::as_str));
    }
    found
}

/// Keys that only some types have, and those that need them.
fn fits_type(of: &Fields, field: &Field, of_type: FieldType, mistakes: &mut Mistakes) {
    use FieldType::{Choice, Choices, Money, Number, Ref, Refs};
    for (key, types, needed) in [
        ("choices", [Choice, Choices].as_slice(), true),
        ("kind", [Ref, Refs].as_slice(), true),
        ("currency", [Money].as_slice(), false),
        ("least", [Number, Money].as_slice(), false),
        ("most", [Number, Money].as_slice(), false),
    ] {
        let fits = types.contains(&of_type);
        match of.get(key) {
            Some(node) if !fits => {
                let message = Words::new(
                    format!("a field of the type `{}` has no `{key}`", of_type.as_str()),
                    format!("类型为 {} 的字段没有“{key}”", of_type.as_str()),
                );
                mistakes.add(&node.span, "not_here", message);
            }
            None if fits && needed => {
                of.needed(key, mistakes);
            }
            _ => {}
        }
    }
    if field.is_match && matches!(field.of_type.class(), Class::Many | Class::Money) {
        let message = Words::new("records are not told apart by such a field", "此类字段不能用于查重");
        mistakes.add(&of.get("match").map_or(of.at.clone(), |node| node.span.clone()), "not_here", message);
    }
    if field.search && !matches!(field.of_type.class(), crate::record::kind::Class::Text) {
        let message = Words::new("only texts can be searched for", "只有文本字段可以搜索");
        mistakes.add(&of.get("search").map_or(of.at.clone(), |node| node.span.clone()), "not_here", message);
    }
}

/// `["repair", { key = "…", en = "…", zh = "…" }]`
fn choices(of: &Fields, mistakes: &mut Mistakes) -> Vec<Choice> {
    let Some(node) = of.get("choices") else { return Vec::new() };
    let Value::List(items) = &node.value else {
        return expected::<()>(node, "a list of choices", "选项列表", mistakes).map_or(Vec::new(), |()| Vec::new());
    };
    if items.len() > CHOICES {
        mistakes.too_many(&node.span, &Words::new("choices", "选项"), CHOICES);
    }
    let mut found: Vec<Choice> = Vec::new();
    for item in items.iter().take(CHOICES) {
        let Some(choice) = choice(item, mistakes) else { continue };
        if found.iter().any(|known| known.key == choice.key) {
            bad_name(&item.span, &choice.key, mistakes);
        } else {
            found.push(choice);
        }
    }
    found
}

fn choice(node: &Node, mistakes: &mut Mistakes) -> Option<Choice> {
    let choice = match &node.value {
        Value::Text(text) => Choice { key: text.clone(), name: Words::of_key(text), points: None },
        Value::Table(table) => {
            let of = Fields::new(table, node.span.clone(), &["key", "name", "en", "zh", "points"], mistakes);
            of.needed("key", mistakes)?;
            let key = of.text("key", mistakes)?.0.to_owned();
            let name = of.get("name").and_then(|name| words_of(name, mistakes)).or_else(|| both(&of, mistakes));
            let points = bound(&of, "points", mistakes);
            Choice { name: name.unwrap_or_else(|| Words::of_key(&key)), key, points }
        }
        _ => return expected(node, "a choice", "一个选项", mistakes),
    };
    let good = !choice.key.is_empty() && choice.key.chars().count() <= 64 && !choice.key.contains(char::is_control);
    if !good {
        bad_name(&node.span, &choice.key, mistakes);
    }
    good.then_some(choice)
}

fn reference(of: &Fields, kinds: &BTreeSet<String>, mistakes: &mut Mistakes) -> Option<String> {
    let (text, at) = of.text("kind", mistakes)?;
    if text != CUSTOMER && !kinds.contains(text) {
        let known = kinds.iter().map(String::as_str).chain([CUSTOMER]);
        mistakes.unknown(&at, &Words::new("kind", "记录类型"), text, known);
    }
    Some(text.to_owned())
}

fn currency(of: &Fields, mistakes: &mut Mistakes) -> Option<String> {
    let (text, at) = of.text("currency", mistakes)?;
    let good = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if !good {
        mistakes.expected(&at, &Words::new("a currency such as CNY", "币种，如 CNY"));
    }
    good.then(|| text.to_owned())
}

/// `"supervisor"` for both, or `{ read = "agent", write = "supervisor" }`.
fn access(of: &Fields, mistakes: &mut Mistakes) -> FieldAccess {
    let mut access = FieldAccess { read: Role::Agent, write: Role::Agent };
    let Some(node) = of.get("access") else { return access };
    let read = |of: &Fields, key: &str, mistakes: &mut Mistakes| {
        let (word, at) = of.text(key, mistakes)?;
        let role = Role::from_word(word);
        if role.is_none() {
            mistakes.unknown(&at, &Words::new("role", "角色"), word, Role::ALL.map(Role::as_str));
        }
        role
    };
    match &node.value {
        Value::Table(table) => {
            let inner = Fields::new(table, node.span.clone(), &["read", "write"], mistakes);
            access.read = read(&inner, "read", mistakes).unwrap_or(access.read);
            access.write = read(&inner, "write", mistakes).unwrap_or(access.read);
        }
        _ => {
            let role = read(of, "access", mistakes).unwrap_or(Role::Agent);
            access = FieldAccess { read: role, write: role };
        }
    }
    access
}
