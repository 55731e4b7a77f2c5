//! No function is longer than can be seen at once.

use super::source::{Source, hold, sources};

const LONGEST: usize = 70;

/// Function (`file: name`) and why it is better whole.
const EXCEPTED: &[(&str, &str)] = &[
    ("server/metrics.rs: new", "the list of figures, one a line, in the order of the reference"),
    ("server/run/start.rs: start", "the steps of the table at its head, in their order; each needs what came before"),
    ("sip/wire/status.rs: reason_phrase", "a table of the RFC as one `match`"),
    ("store/import/orders.rs: row", "the columns of an order, one after the other"),
];

/// Name and lines of every function of the code, signature and closing brace included.
fn functions(code: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let before = code[..at].chars().next_back();
        let name: String = code[at + 3..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        if name.is_empty() || before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
            continue;
        }
        let (mut braces, mut brackets) = (0, 0);
        let end = code[at..].char_indices().find(|(_, c)| {
            braces += i32::from(*c == '{') - i32::from(*c == '}');
            brackets += i32::from(*c == '[') - i32::from(*c == ']');
            (*c == '}' && braces == 0) || (*c == ';' && braces == 0 && brackets == 0)
        });
        let body = &code[at..end.map_or(code.len(), |(end, _)| at + end)];
        found.push((name, body.lines().count()));
    }
    found
}

fn too_long(sources: &[Source]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| !source.is_test()) {
        for (name, lines) in functions(&source.code).into_iter().filter(|(_, lines)| *lines > LONGEST) {
            found.push((format!("{}: {name}", source.path), format!("{lines} lines")));
        }
    }
    found
}

#[test]
fn no_function_is_too_long() {
    hold("a function has at most 70 lines; split it by noun", &too_long(&sources()), EXCEPTED);
}

#[test]
fn a_function_that_is_too_long_is_found() {
    let body = |lines: usize| {
        format!("trait T {{ fn d(a: [u8; 2]); }}\nimpl X {{\n    fn long() {{\n{}    }}\n}}\n", "a();\n".repeat(lines))
    };
    assert_eq!(functions(&body(3)), [("d".to_owned(), 1), ("long".to_owned(), 5)]);
    assert!(too_long(&[Source::of("a.rs", &body(68))]).is_empty());
    let found = too_long(&[Source::of("a.rs", &body(69)), Source::of("a/tests.rs", &body(69))]);
    assert_eq!(found, [("a.rs: long".to_owned(), "71 lines".to_owned())]);
}
