//! One word, one thing: a noun of the house names one type, and a word that says nothing names none.

use super::source::{Source, hold, sources};

/// Noun, and the only file that may have a type of this name.
const NOUNS: &[(&str, &str)] = &[
    ("Channel", "base/channel.rs"),
    ("CallDirection", "base/channel.rs"),
    ("Interaction", "crm/interaction.rs"),
    ("Outcome", "crm/interaction.rs"),
    ("Segment", "crm/segment.rs"),
    ("Reservation", "acd/engine/tables/reservations.rs"),
    ("Pacer", "campaign/pace/pacer.rs"),
    ("Hopper", "campaign/list/hopper.rs"),
    ("Party", "call/party.rs"),
    ("Center", "center/mod.rs"),
    ("Visit", "center/visit/mod.rs"),
    ("Errand", "center/visit/mod.rs"),
    ("Seat", "center/seat/mod.rs"),
    ("Circle", "center/circle/mod.rs"),
    ("Route", "center/outbound/route.rs"),
];

/// What was asked of each of them: of what?
const VAGUE: &[&str] = &["Place", "Manager", "Helper", "Utils", "Data", "Info"];

/// The types that a file makes.
fn types(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in code.lines() {
        let line = line.trim_start();
        let line = match line.strip_prefix("pub") {
            Some(rest) if rest.starts_with('(') => rest.split_once(") ").map_or("", |(_, rest)| rest),
            Some(rest) => rest.trim_start(),
            None => line,
        };
        let named = ["struct ", "enum ", "trait ", "type "].iter().find_map(|kind| line.strip_prefix(kind));
        if let Some(rest) = named {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
            found.push(&rest[..end]);
        }
    }
    found
}

fn unclear(sources: &[Source]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| !source.is_test()) {
        for name in types(&source.code) {
            let place = format!("{} {name}", source.path);
            match NOUNS.iter().find(|(noun, _)| *noun == name) {
                Some((_, home)) if *home != source.path => found.push((place, format!("the word means {home}"))),
                _ if VAGUE.contains(&name) => found.push((place, "of what?".to_owned())),
                _ => {}
            }
        }
    }
    found
}

#[test]
fn a_word_means_one_thing() {
    hold("a noun of the house names one type", &unclear(&sources()), &[]);
}

#[test]
fn every_noun_is_there() {
    let sources = sources();
    for (noun, home) in NOUNS {
        let source = sources.iter().find(|source| source.path == *home);
        assert!(source.is_some_and(|source| types(&source.code).contains(noun)), "{home} has no {noun}");
    }
}

#[test]
fn a_second_meaning_is_found() {
    let sources = [
        Source::of("web/a.rs", "struct Seat {\n}\npub(super) enum Seats { Seat }\n// struct Route;\n"),
        Source::of("center/seat/mod.rs", "pub struct Seat;\n"),
        Source::of("acd/b.rs", "    type Place = u32;\n"),
        Source::of("acd/tests/c.rs", "struct Place;\n"),
    ];
    let found: Vec<_> = unclear(&sources).into_iter().map(|(place, _)| place).collect();
    assert_eq!(found, ["web/a.rs Seat", "acd/b.rs Place"]);
}
