//! The shapes of single values: each function gives `None` where the value has another shape.

use crate::dialplan::Language;
use crate::dialplan::facts;
use crate::dialplan::flow::{Settings, Source, Spoken, Template};
use crate::dialplan::keys::Shape;
use crate::written::expression::{Condition, Used};
use crate::written::source::{self, Node, Span, Table, Value};

use super::Mention;

const MAX_PROMPTS: usize = 32;
const MAX_TEXT: usize = 256;

pub(super) fn text(node: &Node, _: Shape) -> Option<String> {
    match &node.value {
        Value::Text(text) if text.len() <= MAX_TEXT => Some(text.clone()),
        _ => None,
    }
}

pub(super) fn name(node: &Node, shape: Shape) -> Option<String> {
    text(node, shape).filter(|text| is_name(text))
}

/// `[a-z][a-z0-9_-]{0,63}`
pub(super) fn is_name(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}

pub(super) fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || c == '*' || c == '#'
}

pub(super) fn language(node: &Node, shape: Shape) -> Option<Language> {
    Language::parse(&text(node, shape)?)
}

pub(super) fn flag(node: &Node, _: Shape) -> Option<bool> {
    match node.value {
        Value::Flag(flag) => Some(flag),
        _ => None,
    }
}

pub(super) fn whole(node: &Node, shape: Shape) -> Option<u8> {
    match (&node.value, shape) {
        (Value::Whole(number), Shape::Whole { from, to }) if (from..=to).contains(number) => (*number).try_into().ok(),
        _ => None,
    }
}

/// Milliseconds.
pub(super) fn span(node: &Node, shape: Shape) -> Option<u64> {
    const DAY_MS: u64 = 24 * 3_600 * 1_000;
    let text = text(node, shape)?;
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(unit_at)?;
    let unit_ms = match unit.trim_start() {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let ms = number.parse::<u64>().ok()?.checked_mul(unit_ms)?;
    (1..=DAY_MS).contains(&ms).then_some(ms)
}

/// `None` inside: no terminator.
pub(super) fn digit(node: &Node, shape: Shape) -> Option<Option<char>> {
    let text = text(node, shape)?;
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (None, _) => Some(None),
        (Some(digit), None) if is_digit(digit) => Some(Some(digit)),
        _ => None,
    }
}

pub(super) fn table(node: &Node, _: Shape) -> Option<&Table> {
    match &node.value {
        Value::Table(table) => Some(table),
        _ => None,
    }
}

pub(super) fn tables(node: &Node, _: Shape) -> Option<Vec<(&Table, Span)>> {
    const MAX: usize = 32;
    match &node.value {
        Value::List(items) if items.len() <= MAX => items
            .iter()
            .map(|item| match &item.value {
                Value::Table(table) => Some((table, item.span.clone())),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

pub(super) fn texts(node: &Node, shape: Shape) -> Option<Vec<(String, Span)>> {
    match &node.value {
        Value::List(items) => items.iter().map(|item| Some((text(item, shape)?, item.span.clone()))).collect(),
        _ => None,
    }
}

pub(super) fn levels(node: &Node, shape: Shape) -> Option<Vec<(String, u8)>> {
    let level = |node: &Node| match node.value {
        Value::Whole(level) if (1..=10).contains(&level) => u8::try_from(level).ok(),
        _ => None,
    };
    table(node, shape)?.entries.iter().map(|entry| Some((entry.key.clone(), level(&entry.node)?))).collect()
}

pub(super) fn settings(node: &Node, shape: Shape) -> Option<Settings> {
    let mut all = Settings::new();
    for entry in &table(node, shape)?.entries {
        let value = match &entry.node.value {
            Value::Text(text) if text.len() <= MAX_TEXT => text.clone(),
            Value::Whole(number) => number.to_string(),
            Value::Flag(flag) => flag.to_string(),
            _ => return None,
        };
        if !is_name(&entry.key) || (entry.key == "language" && Language::parse(&value).is_none()) {
            return None;
        }
        all.insert(format!("var.{}", entry.key), value);
    }
    Some(all)
}

pub(super) type Mentions = Vec<(Mention, Span)>;

/// One prompt or a list, with the names in it.
pub(super) fn prompts(node: &Node, _: Shape) -> Option<(Vec<Spoken>, Mentions)> {
    let mut mentions = Mentions::new();
    let items = match &node.value {
        Value::List(items) if (1..=MAX_PROMPTS).contains(&items.len()) => items.as_slice(),
        Value::List(_) => return None,
        _ => std::slice::from_ref(node),
    };
    let spoken = items.iter().map(|item| prompt(item, &mut mentions)).collect::<Option<Vec<Spoken>>>()?;
    Some((spoken, mentions))
}

fn prompt(node: &Node, mentions: &mut Mentions) -> Option<Spoken> {
    let entry = match &node.value {
        Value::Text(sound) => {
            mentions.push((Mention::Sound(sound.clone()), node.span.clone()));
            return Some(Spoken::Sound(sound.clone()));
        }
        Value::Table(table) if table.entries.len() == 1 => table.entries.first()?,
        _ => return None,
    };
    let place = entry.node.span.clone();
    let mut fact = |text: &str| mentions.push((Mention::Fact(text.to_owned()), place.clone()));
    Some(match (entry.key.as_str(), &entry.node.value) {
        ("number", value) => Spoken::Number(source(value, &mut fact)?),
        ("amount", value) => Spoken::Amount(source(value, &mut fact)?),
        ("digits", value) => Spoken::Digits(source(value, &mut fact)?),
        ("date", Value::Text(text)) if text != "today" => {
            fact(text);
            Spoken::Date(text.clone())
        }
        ("date", Value::Text(_)) => {
            mentions.push((Mention::Clock, place));
            Spoken::Today
        }
        ("time", Value::Text(text)) if text == "now" => {
            mentions.push((Mention::Clock, place));
            Spoken::Now
        }
        _ => return None,
    })
}

fn source(value: &Value, fact: &mut dyn FnMut(&str)) -> Option<Source> {
    match value {
        Value::Whole(number) if *number >= 0 => Some(Source::Literal(number.to_string())),
        Value::Text(text) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
            Some(Source::Literal(text.clone()))
        }
        Value::Text(text) => {
            fact(text);
            Some(Source::Fact(text.clone()))
        }
        _ => None,
    }
}

pub(super) fn template(node: &Node, shape: Shape) -> Option<(Template, Mentions)> {
    let text = text(node, shape)?;
    let (mut parts, mut mentions) = (Vec::new(), Mentions::new());
    let mut rest = text.as_str();
    while let Some((literal, after)) = rest.split_once('{') {
        let (fact, after) = after.split_once('}')?;
        parts.push(Source::Literal(literal.to_owned()));
        parts.push(Source::Fact(fact.to_owned()));
        mentions.push((Mention::Fact(fact.to_owned()), node.span.clone()));
        rest = after;
    }
    parts.push(Source::Literal(rest.to_owned()));
    parts.retain(|part| !matches!(part, Source::Literal(text) if text.is_empty()));
    (!parts.is_empty() && !rest.contains('}')).then_some((Template(parts), mentions))
}

/// A condition, with the names in it; `Err` with the place in the file.
pub(super) fn condition(node: &Node, file: &str) -> Result<(Condition, Mentions), (Span, String)> {
    let Value::Text(text) = &node.value else {
        return Err((node.span.clone(), "a condition is a text in quotes".to_owned()));
    };
    let place = |inner: Span| source::inner_place(node, text, inner, file);
    let (condition, used) = facts::condition(text).map_err(|error| (place(error.at), error.why))?;
    let mentions = used
        .into_iter()
        .map(|used| match used {
            Used::Fact(name, at) => (Mention::Fact(name), place(at)),
            Used::Hours(name, at) => (Mention::Hours(name), place(at)),
            Used::Clock(at) => (Mention::Clock, place(at)),
        })
        .collect();
    Ok((condition, mentions))
}
