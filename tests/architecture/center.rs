//! The center is put together of parts that do not see it: only its steps and the pump do. What one contact decides
//! with the agents around it sees no other contact, and no machine.

use super::source::{Source, hold, sources};

/// Methods on the whole center, beside what the parts do by themselves. It falls, but for new things that calls can do.
const METHODS: usize = 83;

fn may_see_it(path: &str) -> bool {
    matches!(path, "center/mod.rs" | "center/work.rs") || path.starts_with("center/steps/")
}

/// Parts that name the whole of which they are parts.
fn prying(sources: &[Source]) -> Vec<(String, String)> {
    let parts = sources.iter().filter(|source| source.path.starts_with("center/") && !may_see_it(&source.path));
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let names = |source: &&Source| source.code.split(|c| !word(c)).any(|name| name == "Center");
    parts.filter(names).map(|source| (source.path.clone(), "names `Center`".to_owned())).collect()
}

/// What a circle has no eyes for: all contacts, all promises and questions, and the machines.
const UNSEEN: &[&str] =
    &["Visits", "CallBacks", "Lookups", "Crowd", "Tallies", "Journal", "Router", "Calls", "Endpoint"];

/// Files of the circle that see more than one contact and the seats of agents.
fn beyond(sources: &[Source]) -> Vec<(String, String)> {
    let circle = sources.iter().filter(|source| source.path.starts_with("center/circle/") && !source.is_test());
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let seen = |source: &Source| -> Vec<(String, String)> {
        let names = source.code.split(|c| !word(c)).filter(|name| UNSEEN.contains(name));
        names.map(|name| (source.path.clone(), format!("names `{name}`"))).collect()
    };
    circle.flat_map(seen).collect()
}

fn is_method(line: &str) -> bool {
    let signature = line.strip_prefix("    ").filter(|rest| !rest.starts_with(' '));
    signature.is_some_and(|rest| rest.starts_with("fn ") || (rest.starts_with("pub") && rest.contains(" fn ")))
}

fn methods(sources: &[Source]) -> usize {
    let of = |source: &Source| -> usize {
        let blocks = source.code.split("\nimpl Center {\n").skip(1);
        blocks
            .map(|block| block.split("\n}").next().unwrap_or_default().lines().filter(|line| is_method(line)).count())
            .sum::<usize>()
    };
    sources.iter().filter(|source| may_see_it(&source.path)).map(of).sum()
}

#[test]
fn a_part_of_the_center_does_not_see_the_whole() {
    hold("only the steps and the pump see `Center`", &prying(&sources()), &[]);
}

#[test]
fn a_circle_sees_one_contact() {
    hold("a circle sees one contact and the seats of agents", &beyond(&sources()), &[]);
}

#[test]
fn the_center_does_nothing_that_a_part_can_do() {
    let methods = methods(&sources());
    assert!(methods <= METHODS, "{methods} methods on `Center`, not {METHODS}: does a part do it by itself?");
    assert!(methods + 10 > METHODS, "{methods} methods on `Center`: lower the bar");
}

#[test]
fn a_part_that_sees_the_center_is_found() {
    let sources = [
        Source::of("center/seat/mod.rs", "use crate::center::Center;\n"),
        Source::of("center/visit/mod.rs", "// of Center\nuse crate::center::turn;\nstruct Centers;\n"),
        Source::of(
            "center/steps/a.rs",
            "struct A;\n\nimpl Center {\n    fn a() {}\n\n    pub fn b() {\n    }\n}\n\nfn c() {}\n",
        ),
        Source::of("web/mod.rs", "use crate::center::Center;\n"),
    ];
    assert_eq!(prying(&sources), [("center/seat/mod.rs".to_owned(), "names `Center`".to_owned())]);
    assert_eq!(methods(&sources), 2);
}

#[test]
fn a_circle_that_sees_more_is_found() {
    let sources = [
        Source::of("center/circle/park.rs", "// among all Visits\nuse crate::center::visit::{Visit, Contacts};\n"),
        Source::of("center/circle/ring.rs", "use crate::center::visit::{Visit, Visits};\n"),
        Source::of("center/circle/tests.rs", "use crate::sip::endpoint::Endpoint;\n"),
        Source::of("center/seat/mod.rs", "use crate::center::visit::Visits;\n"),
    ];
    assert_eq!(beyond(&sources), [("center/circle/ring.rs".to_owned(), "names `Visits`".to_owned())]);
}
