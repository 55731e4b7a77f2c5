//! The page that says what became of what the documents ask for, against the tree.

use std::fs;

use crate::root;

/// The groups of the page, and how many functions each has.
const GROUPS: [(char, usize); 12] = [
    ('A', 51),
    ('B', 18),
    ('C', 55),
    ('D', 53),
    ('E', 57),
    ('G', 12),
    ('H', 46),
    ('I', 15),
    ('K', 9),
    ('M', 26),
    ('N', 31),
    ('O', 20),
];

/// `| A01 | what | state | where | held by |`.
struct Row<'a> {
    id: &'a str,
    state: &'a str,
    place: &'a str,
    held: &'a str,
}

fn rows(page: &str) -> Vec<Row<'_>> {
    let cells = page.lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    let rows = cells.filter_map(|cells| match cells[..] {
        ["", id, _, state, place, held, ""] if id.len() == 3 && id.as_bytes()[1].is_ascii_digit() => {
            Some(Row { id, state, place, held })
        }
        _ => None,
    });
    rows.collect()
}

/// What is wrong with a row; `read` gives a file of the tree.
fn fault(row: &Row<'_>, read: impl Fn(&str) -> Option<String>) -> Option<String> {
    let told = |why: &str| Some(format!("{}: {why}", row.id));
    match row.state.split(' ').next() {
        _ if row.place.is_empty() => told("says neither where nor why not"),
        Some("part" | "no") if row.held.is_empty() => None,
        Some("part" | "no") => told("is not there, and a test holds it"),
        Some("yes") => {
            let Some((file, test)) = row.held.strip_prefix('`').and_then(|held| held.split_once("`: ")) else {
                return told("is held by no test");
            };
            match read(file) {
                Some(text) if text.contains(test) => None,
                Some(_) => told(&format!("{file} has no test {test:?}")),
                None => told(&format!("there is no {file}")),
            }
        }
        _ => told("has no state"),
    }
}

#[test]
fn what_is_said_to_be_there_is_held_by_a_test() {
    let page = fs::read_to_string(root().join("docs/features.md")).unwrap();
    let rows = rows(&page);
    let ids: Vec<String> = rows.iter().map(|row| row.id.to_owned()).collect();
    let expected = GROUPS.iter().flat_map(|(group, count)| (1..=*count).map(move |n| format!("{group}{n:02}")));
    assert_eq!(ids, expected.collect::<Vec<_>>());
    let faults: Vec<_> =
        rows.iter().filter_map(|row| fault(row, |file| fs::read_to_string(root().join(file)).ok())).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    let count = |state| rows.iter().filter(|row| row.state.starts_with(state)).count();
    let sum = format!("{} functions: {} yes, {} in part, {} no.", rows.len(), count("yes"), count("part"), count("no"));
    assert!(page.contains(&sum), "the page should say {sum:?}");
}

#[test]
fn a_row_that_claims_too_much_is_found() {
    let faults = |line: &str| {
        let page = format!("| {line} |");
        let rows = rows(&page);
        rows.iter().filter_map(|row| fault(row, |file| (file == "tests/a.rs").then(|| "fn it_is()".to_owned()))).count()
    };
    for (line, expected) in [
        ("A01 | x | yes 有 | here | `tests/a.rs`: it_is", 0),
        ("A01 | x | no 无 | not wanted |", 0),
        ("A01 | x | yes 有 | here |", 1),
        ("A01 | x | yes 有 | here | `tests/a.rs`: it_was", 1),
        ("A01 | x | yes 有 | here | `tests/b.rs`: it_is", 1),
        ("A01 | x | part 部分 | some of it | `tests/a.rs`: it_is", 1),
        ("A01 | x | no 无 | |", 1),
        ("A01 | x | maybe | here |", 1),
    ] {
        assert_eq!(faults(line), expected, "{line}");
    }
}
