//! TOML text -> values that know their place. Nothing here knows what a flow is.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::error::{Mistakes, Problem};

pub(super) type Span = Range<usize>;

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub span: Span,
    pub value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Whole(i64),
    Flag(bool),
    List(Vec<Node>),
    Table(Table),
    /// Floats and dates: no key takes one.
    Other,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    /// In the order of the text.
    pub entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub key: String,
    pub key_span: Span,
    pub node: Node,
}

impl Table {
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }
}

/// What could be read; what could not is among the mistakes.
pub(super) fn parse(text: &str, mistakes: &mut Mistakes) -> Table {
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let message = error.message().lines().collect::<Vec<_>>().join(", ");
        mistakes.add(error.span().unwrap_or(0..0), Problem::Toml(message));
    }
    table(document.get_ref())
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
        let mut mistakes = Mistakes::new("f.toml", text);
        parse(text, &mut mistakes);
        let lines: Vec<usize> = mistakes.into_vec().iter().map(|mistake| mistake.line).collect();
        assert!(lines.contains(&2) && lines.contains(&3) && lines.contains(&4), "{lines:?}");
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "[step.a]\ndo = \"play\"\n";
        let mut mistakes = Mistakes::new("f.toml", text);
        let root = parse(text, &mut mistakes);
        assert!(mistakes.is_empty());
        let Some(Value::Table(steps)) = root.get("step").map(|node| &node.value) else { panic!("no table") };
        let entry = &steps.entries[0];
        assert_eq!((&text[entry.key_span.clone()], entry.key.as_str()), ("a", "a"));
        let Value::Table(a) = &entry.node.value else { panic!("no table") };
        assert_eq!(&text[a.get("do").unwrap().span.clone()], "\"play\"");
    }
}
