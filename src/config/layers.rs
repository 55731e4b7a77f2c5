//! The layers as text values, each with its source.

use std::collections::BTreeMap;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{self, KEYS, Kind};
use super::mistake::{Mistake, Source};
use crate::base::nearest;

#[derive(Clone, Debug)]
pub struct Value {
    pub text: String,
    pub source: Source,
}

/// The value of every key, and the `<key>_file` of those secrets that have one.
pub struct Values {
    by_path: BTreeMap<&'static str, Value>,
    secret_files: BTreeMap<&'static str, Value>,
}

impl Values {
    pub fn defaults() -> Self {
        let value = |key: &keys::Key| Value { text: key.default.to_owned(), source: Source::Default };
        Self { by_path: KEYS.iter().map(|key| (key.path, value(key))).collect(), secret_files: BTreeMap::new() }
    }

    /// Every path in the table has a value, so this is `None` only for a path that is not in it.
    pub fn get(&self, path: &str) -> Option<&Value> {
        self.by_path.get(path)
    }

    pub fn add_file(&mut self, path: &Path, mistakes: &mut Vec<Mistake>) {
        let at = |line| Source::File { path: path.to_owned(), line };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => return mistakes.push(Mistake { source: at(0), message: error.to_string() }),
        };
        let (root, errors) = DeTable::parse_recoverable(&text);
        for error in errors {
            let line = error.span().map_or(0, |span| line_of(&text, span.start));
            mistakes.push(Mistake { source: at(line), message: error.message().to_owned() });
        }
        for (section, value) in root.get_ref() {
            let line = line_of(&text, section.span().start);
            match value.get_ref() {
                DeValue::Table(table) if is_section(section.get_ref()) => {
                    for (name, value) in table {
                        let source = at(line_of(&text, name.span().start));
                        let path = format!("{}.{}", section.get_ref(), name.get_ref());
                        match text_of(value) {
                            Some(text) => self.put(&path, text, source, mistakes),
                            None => mistakes.push(Mistake {
                                source,
                                message: format!("`{path}` must be a text, a number or true/false"),
                            }),
                        }
                    }
                }
                _ => mistakes.push(Mistake { source: at(line), message: unknown_section(section.get_ref()) }),
            }
        }
    }

    pub fn add_environment(&mut self, environment: &[(String, String)], mistakes: &mut Vec<Mistake>) {
        for (name, value) in environment {
            if let Some(rest) = name.strip_prefix("CARILLON__") {
                let path = rest.to_ascii_lowercase().replace("__", ".");
                self.put(&path, value.clone(), Source::Environment(name.clone()), mistakes);
            }
        }
    }

    pub fn add_flags(&mut self, flags: &[(String, String)], mistakes: &mut Vec<Mistake>) {
        for (path, value) in flags {
            self.put(path, value.clone(), Source::Flag, mistakes);
        }
    }

    pub fn resolve_secret_files(&mut self, mistakes: &mut Vec<Mistake>) {
        for (path, file) in std::mem::take(&mut self.secret_files) {
            match std::fs::read_to_string(&file.text) {
                Ok(text) => {
                    let text = text.lines().next().unwrap_or_default().to_owned();
                    self.by_path.insert(path, Value { text, source: file.source });
                }
                Err(error) => mistakes.push(Mistake {
                    source: file.source,
                    message: format!("`{path}_file`: cannot read {}: {error}", file.text),
                }),
            }
        }
    }

    fn put(&mut self, path: &str, text: String, source: Source, mistakes: &mut Vec<Mistake>) {
        let value = Value { text, source };
        if let Some(key) = keys::find(path) {
            self.by_path.insert(key.path, value);
            self.secret_files.remove(key.path);
            return;
        }
        let secret = path.strip_suffix("_file").and_then(keys::find).filter(|key| key.kind == Kind::Secret);
        match secret {
            Some(key) => {
                self.secret_files.insert(key.path, value);
            }
            None => mistakes.push(Mistake { source: value.source, message: unknown_key(path) }),
        }
    }
}

fn unknown_key(path: &str) -> String {
    match nearest(path, KEYS.iter().map(|key| key.path)) {
        Some(meant) => format!("unknown key `{path}`; did you mean `{meant}`?"),
        None => format!("unknown key `{path}`"),
    }
}

fn sections() -> impl Iterator<Item = &'static str> {
    KEYS.iter().filter_map(|key| key.path.split_once('.')).map(|(section, _)| section)
}

fn is_section(name: &str) -> bool {
    sections().any(|section| section == name)
}

fn unknown_section(name: &str) -> String {
    match nearest(name, sections()) {
        Some(meant) if !is_section(name) => format!("unknown section `{name}`; did you mean `{meant}`?"),
        _ => format!("unknown section `{name}`"),
    }
}

fn text_of(value: &Spanned<DeValue<'_>>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().replace('_', "")),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// Lines count from 1.
fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}
