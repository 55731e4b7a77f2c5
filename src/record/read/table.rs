//! One table of a definition against the keys it may have.

use crate::record::mistake::Mistakes;
use crate::record::words::Words;
use crate::written::source::{Node, Span, Table, Value};

/// A table whose unknown keys are told already.
pub(super) struct Fields<'t> {
    pub table: &'t Table,
    /// Where to say that something is missing.
    pub at: Span,
}

impl<'t> Fields<'t> {
    pub fn new(table: &'t Table, at: Span, keys: &[&str], mistakes: &mut Mistakes) -> Self {
        for entry in table.entries.iter().filter(|entry| !keys.contains(&entry.key.as_str())) {
            mistakes.unknown(
                &entry.key_span,
                &Words::new("key here", "此处可用的键"),
                &entry.key,
                keys.iter().copied(),
            );
        }
        Self { table, at }
    }

    pub fn get(&self, key: &str) -> Option<&'t Node> {
        self.table.get(key)
    }

    pub fn needed(&self, key: &str, mistakes: &mut Mistakes) -> Option<&'t Node> {
        let node = self.get(key);
        if node.is_none() {
            let message = Words::new(format!("`{key}` is missing"), format!("缺少“{key}”"));
            mistakes.add(&self.at, "missing", message);
        }
        node
    }

    /// A name of small letters, digits and `_`.
    pub fn name(&self, node: &Node, longest: usize, mistakes: &mut Mistakes) -> Option<String> {
        match &node.value {
            Value::Text(text) if is_name(text, longest) => Some(text.clone()),
            Value::Text(text) => {
                bad_name(&node.span, text, mistakes);
                None
            }
            _ => expected(node, "a text", "文本", mistakes),
        }
    }

    pub fn text(&self, key: &str, mistakes: &mut Mistakes) -> Option<(&'t str, Span)> {
        let node = self.get(key)?;
        match &node.value {
            Value::Text(text) => Some((text, node.span.clone())),
            _ => expected(node, "a text", "文本", mistakes),
        }
    }

    pub fn flag(&self, key: &str, mistakes: &mut Mistakes) -> bool {
        match self.get(key) {
            None => false,
            Some(Node { value: Value::Flag(flag), .. }) => *flag,
            Some(node) => expected(node, "true or false", "true 或 false", mistakes).unwrap_or(false),
        }
    }

    pub fn whole(&self, key: &str, mistakes: &mut Mistakes) -> Option<i64> {
        match self.get(key)? {
            Node { value: Value::Whole(number), .. } => Some(*number),
            node => expected(node, "a whole number", "整数", mistakes),
        }
    }

    pub fn table(&self, key: &str, mistakes: &mut Mistakes) -> Option<(&'t Table, Span)> {
        let node = self.get(key)?;
        Some((table_of(node, mistakes)?, node.span.clone()))
    }

    /// A list of texts, or one text.
    pub fn texts(&self, key: &str, mistakes: &mut Mistakes) -> Option<Vec<(&'t str, Span)>> {
        let node = self.get(key)?;
        let one = |node: &'t Node, mistakes: &mut Mistakes| match &node.value {
            Value::Text(text) => Some((text.as_str(), node.span.clone())),
            _ => expected(node, "a text", "文本", mistakes),
        };
        match &node.value {
            Value::List(items) => Some(items.iter().filter_map(|item| one(item, mistakes)).collect()),
            _ => Some(one(node, mistakes).into_iter().collect()),
        }
    }

    /// `{ en = "…", zh = "…" }`, or one text for both.
    pub fn words(&self, key: &str, mistakes: &mut Mistakes) -> Option<Words> {
        words_of(self.get(key)?, mistakes)
    }
}

pub(super) fn words_of(node: &Node, mistakes: &mut Mistakes) -> Option<Words> {
    match &node.value {
        Value::Text(text) => Some(Words::same(text)),
        Value::Table(table) => {
            let of = Fields::new(table, node.span.clone(), &["en", "zh"], mistakes);
            both(&of, mistakes)
        }
        _ => expected(node, "a text, or { en = \"…\", zh = \"…\" }", "文本或 { en = \"…\", zh = \"…\" }", mistakes),
    }
}

/// `en` and `zh` of a table; one that is missing is as the other.
pub(super) fn both(of: &Fields, mistakes: &mut Mistakes) -> Option<Words> {
    let (en, zh) = (of.text("en", mistakes), of.text("zh", mistakes));
    let one = en.as_ref().or(zh.as_ref())?.0;
    let text = |found: &Option<(&str, Span)>| found.as_ref().map_or(one, |(text, _)| *text).to_owned();
    Some(Words { en: text(&en), zh: text(&zh) })
}

pub(super) fn expected<T>(node: &Node, en: &str, zh: &str, mistakes: &mut Mistakes) -> Option<T> {
    mistakes.expected(&node.span, &Words::new(en, zh));
    None
}

pub(super) fn table_of<'t>(node: &'t Node, mistakes: &mut Mistakes) -> Option<&'t Table> {
    match &node.value {
        Value::Table(table) => Some(table),
        _ => expected(node, "a table", "表", mistakes),
    }
}

pub(super) fn is_name(text: &str, longest: usize) -> bool {
    text.len() <= longest
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && !text.contains("__")
}

/// Words of conditions, and of tables of ours.
pub(super) fn reserved(name: &str) -> bool {
    const WORDS: [&str; 22] = [
        "and",
        "or",
        "not",
        "in",
        "starts",
        "contains",
        "me",
        "now",
        "today",
        "true",
        "false",
        "id",
        "version",
        "since",
        "deleted",
        "interaction",
        "record",
        "position",
        "fields",
        "hours",
        "q",
        "where",
    ];
    WORDS.contains(&name)
}

pub(super) fn bad_name(at: &Span, name: &str, mistakes: &mut Mistakes) {
    let message = Words::new(
        format!(
            "`{name}` cannot be a name: small letters, digits and _, beginning with a letter, not too long, no word of the language, not there already"
        ),
        format!("“{name}”不能作为名称：只能用小写字母、数字和下划线，以字母开头，不能过长，不能是保留字，也不能重复"),
    );
    mistakes.add(at, "bad_name", message);
}

/// Where the key of an inner table stands.
pub(super) fn place_of(root: &Table, outer: &str, key: &str) -> Span {
    let Some(Node { value: Value::Table(table), .. }) = root.get(outer) else { return 0..0 };
    table.entries.iter().find(|entry| entry.key == key).map_or(0..0, |entry| entry.key_span.clone())
}
