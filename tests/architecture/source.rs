//! The sources as the rules see them.

use std::fs;
use std::path::{Path, PathBuf};

pub struct Source {
    /// Below `src/`, with slashes.
    pub path: String,
    /// Without comments and without the tests at its end.
    pub code: String,
    /// As it stands in the file.
    pub text: String,
    pub lines: usize,
}

impl Source {
    pub fn of(path: &str, text: &str) -> Self {
        let body = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        Self { path: path.to_owned(), code: without_comments(body), text: text.to_owned(), lines: text.lines().count() }
    }

    /// A test that stands in a file of its own.
    pub fn is_test(&self) -> bool {
        self.path.split('/').any(|part| part == "tests" || part == "tests.rs" || part == "test.rs")
    }
}

/// Comments, and what stands between the quotes of texts, become nothing; lines stay where they are.
fn without_comments(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let end = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else if let Some((head, tail)) = raw_text(rest) {
            code.push_str("\"\"");
            head + rest[head..].find(tail.as_str()).map_or(rest.len() - head, |at| at + tail.len())
        } else if c == '"' {
            code.push_str("\"\"");
            end_of_text(rest)
        } else if let Some(end) = character(rest) {
            code.push_str("' '");
            end
        } else {
            code.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        code.extend(rest[..end].chars().filter(|c| *c == '\n'));
        rest = &rest[end..];
    }
    code
}

/// `r#"`: its length, and what ends it.
fn raw_text(text: &str) -> Option<(usize, String)> {
    let after = text.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then(|| (hashes + 2, format!("\"{}", "#".repeat(hashes))))
}

fn end_of_text(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// `'x'` and `'\n'`, but no lifetime: its length.
fn character(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('\'')?;
    match inner.strip_prefix('\\') {
        Some(escape) => escape[1..].find('\'').map(|at| at + 4),
        None => {
            let c = inner.chars().next()?;
            inner[c.len_utf8()..].starts_with('\'').then(|| c.len_utf8() + 2)
        }
    }
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

pub fn sources() -> Vec<Source> {
    let folder = root().join("src");
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    paths.sort();
    let read = |path: &PathBuf| {
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        Source::of(&name, &fs::read_to_string(path).unwrap())
    };
    paths.iter().map(read).collect()
}

/// What broke a rule, against the exceptions that stand: neither may be more than the other.
pub fn hold(rule: &str, broken: &[(String, String)], excepted: &[(&str, &str)]) {
    let new: Vec<_> = broken.iter().filter(|(name, _)| excepted.iter().all(|(known, _)| known != name)).collect();
    assert!(
        new.is_empty(),
        "{rule}:\n{}",
        new.iter().map(|(name, what)| format!("{name}: {what}\n")).collect::<String>()
    );
    let idle: Vec<_> = excepted.iter().filter(|(known, _)| broken.iter().all(|(name, _)| name != known)).collect();
    assert!(idle.is_empty(), "{rule}: these exceptions are no longer needed: {idle:?}");
}

#[test]
fn comments_and_texts_are_no_code() {
    let text = "a // b\n\"c // { \\\" d\" e /* f\n */ 'g' '\\'' &'h i r#\"j \" }\"# k";
    assert_eq!(without_comments(text), "a \n\"\" e \n ' ' ' ' &'h i \"\" k");
    let source = Source::of("a.rs", "fn a() {}\n#[cfg(test)]\nmod tests {\nfn b() {}\n}\n");
    assert_eq!((source.code.as_str(), source.lines), ("fn a() {}\n", 5));
}

#[test]
#[should_panic(expected = "no longer needed")]
fn an_exception_that_nothing_needs_is_found() {
    hold("rule", &[], &[("a", "was needed once")]);
}

#[test]
#[should_panic(expected = "b: too long")]
fn what_is_no_exception_is_found() {
    hold("rule", &[("a".to_owned(), String::new()), ("b".to_owned(), "too long".to_owned())], &[("a", "because")]);
}
