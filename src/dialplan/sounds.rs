//! Which sounds there are, and what they say: `sounds/texts.toml` beside the files of `sounds/`.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{Mistake, Mistakes, Problem};
use super::{Language, say};
use crate::written::source::{Span, Table, Value};

/// What a flow is checked against: the sounds, the queues and the agents that exist.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Surroundings {
    /// Per language, and under `None` those of no language (`tone/beep`).
    pub sounds: BTreeMap<Option<Language>, BTreeSet<String>>,
    pub queues: BTreeSet<String>,
    pub agents: BTreeSet<String>,
}

impl Surroundings {
    /// `sounds`: names as the media plane knows them, `zh/welcome`, `music/hold`: the path of a file
    /// below `sounds/` without `.wav`. `queues` and `agents`: their keys.
    pub fn new<S: AsRef<str>>(
        sounds: impl IntoIterator<Item = S>,
        queues: impl IntoIterator<Item = String>,
        agents: impl IntoIterator<Item = String>,
    ) -> Self {
        let (queues, agents) = (queues.into_iter().collect(), agents.into_iter().collect());
        let mut new = Self { sounds: BTreeMap::new(), queues, agents };
        for sound in sounds {
            let whole = sound.as_ref();
            let of_language = whole.split_once('/').and_then(|(folder, name)| Some((Language::parse(folder)?, name)));
            let (language, name) = of_language.map_or((None, whole), |(language, name)| (Some(language), name));
            new.sounds.entry(language).or_default().insert(name.to_owned());
        }
        new
    }
}

/// `sounds/texts.toml` against the sounds: a text without its sound in any of its languages, a text
/// missing in a language, a word that numbers and dates need. Every mistake is reported.
pub fn check_texts(file_name: &str, text: &str, around: &Surroundings) -> Vec<Mistake> {
    let mut mistakes = Mistakes::new(file_name, text);
    let root = mistakes.read_toml();
    if !mistakes.is_empty() {
        return mistakes.into_vec();
    }
    for entry in &root.entries {
        match &entry.node.value {
            Value::Table(texts) => {
                for language in Language::ALL {
                    check_text(texts, language, &entry.key, &entry.key_span, around, &mut mistakes);
                }
            }
            _ => mistakes.add(entry.node.span.clone(), super::keys::Shape::Table.wrong()),
        }
    }
    for word in Language::ALL.into_iter().flat_map(say::vocabulary) {
        if root.get(&word).is_none() {
            mistakes.add(0..0, Problem::VocabularyMissing(word));
        }
    }
    mistakes.into_vec()
}

fn check_text(
    texts: &Table,
    language: Language,
    name: &str,
    span: &Span,
    around: &Surroundings,
    mistakes: &mut Mistakes,
) {
    // Words of one language's grammar need no counterpart in the other.
    let only_elsewhere = Language::ALL.into_iter().any(|l| say::vocabulary(l).contains(name))
        && !say::vocabulary(language).contains(name);
    match texts.get(language.as_str()).map(|node| &node.value) {
        None if only_elsewhere => {}
        Some(Value::Text(text)) if !text.trim().is_empty() => {
            let there = around.sounds.get(&Some(language)).is_some_and(|sounds| sounds.contains(name));
            if !there {
                let missing_in = language.as_str().to_owned();
                mistakes.add(span.clone(), Problem::UnknownSound { name: name.to_owned(), missing_in, near: None });
            }
        }
        _ => mistakes
            .add(span.clone(), Problem::MissingKey { key: language.as_str(), place: format!("the text `{name}`") }),
    }
}
