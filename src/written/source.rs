//! TOML text -> values that know their place.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

pub type Span = Range<usize>;

#[derive(Clone, Debug)]
pub struct Node {
    pub span: Span,
    pub value: Value,
}

#[derive(Clone, Debug)]
pub enum Value {
    Text(String),
    Whole(i64),
    Flag(bool),
    List(Vec<Node>),
    Table(Table),
    /// Floats and dates: no key takes one.
    Other,
}

#[derive(Clone, Debug, Default)]
pub struct Table {
    /// In the order of the text.
    pub entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub key: String,
    pub key_span: Span,
    pub node: Node,
}

impl Table {
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }
}

/// What could be read, and what could not: where and why.
pub fn parse(text: &str) -> (Table, Vec<(Span, String)>) {
    let (document, errors) = DeTable::parse_recoverable(text);
    let told = |error: &toml::de::Error| error.message().lines().collect::<Vec<_>>().join(", ");
    let wrong = errors.iter().map(|error| (error.span().unwrap_or(0..0), told(error))).collect();
    (table(document.get_ref()), wrong)
}

/// Bytes within the text of a value -> bytes of the file. Where escapes moved them, the whole value.
pub fn inner_place(node: &Node, text: &str, inner: Span, file: &str) -> Span {
    let written = file.get(node.span.clone()).unwrap_or_default();
    match written.find(text) {
        Some(quotes) => node.span.start + quotes + inner.start..node.span.start + quotes + inner.end,
        None => node.span.clone(),
    }
}

fn table(from: &DeTable) -> Table {
    let mut entries: Vec<Entry> = from
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            key_span: key.span(),
            node: Node { span: value.span(), value: convert(value.get_ref()) },
        })
        .collect();
    entries.sort_by_key(|entry| entry.key_span.start);
    Table { entries }
}

fn convert(from: &DeValue) -> Value {
    match from {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(digits) => {
            i64::from_str_radix(digits.as_str(), digits.radix()).map_or(Value::Other, Value::Whole)
        }
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Array(items) => {
            Value::List(items.iter().map(|item| Node { span: item.span(), value: convert(item.get_ref()) }).collect())
        }
        DeValue::Table(inner) => Value::Table(table(inner)),
        DeValue::Float(_) | DeValue::Datetime(_) => Value::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_of_form_has_its_place() {
        let text = "a = 1\nb = \nc = \"open\n[d\ne = 2\n";
        let line = |(at, _): &(Span, String)| text[..at.start].matches('\n').count() + 1;
        let lines: Vec<usize> = parse(text).1.iter().map(line).collect();
        assert!(lines.contains(&2) && lines.contains(&3) && lines.contains(&4), "{lines:?}");
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "[step.a]\ndo = \"play\"\n";
        let (root, wrong) = parse(text);
        assert!(wrong.is_empty());
        let Some(Value::Table(steps)) = root.get("step").map(|node| &node.value) else { panic!("no table") };
        let entry = &steps.entries[0];
        assert_eq!((&text[entry.key_span.clone()], entry.key.as_str()), ("a", "a"));
        let Value::Table(a) = &entry.node.value else { panic!("no table") };
        assert_eq!(&text[a.get("do").unwrap().span.clone()], "\"play\"");
    }
}
