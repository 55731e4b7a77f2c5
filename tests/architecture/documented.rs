//! Public items say what they are.

use super::source::{Source, sources};

/// Of a hundred public items, so many have a comment of their own; the others have a name that says it all.
/// It only rises.
const SHARE: usize = 67;

const KINDS: &[&str] = &["fn ", "const fn ", "async fn ", "struct ", "enum ", "trait ", "type ", "const ", "static "];

/// Documented and all.
fn counted(text: &str) -> (usize, usize) {
    let body = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let (mut documented, mut all, mut has_words) = (0, 0, false);
    for line in body.lines().map(str::trim_start) {
        if line.starts_with("///") {
            has_words = true;
        } else if let Some(item) = line.strip_prefix("pub ")
            && KINDS.iter().any(|kind| item.starts_with(kind))
        {
            all += 1;
            documented += usize::from(has_words);
            has_words = false;
        } else if !line.starts_with("#[") && !line.starts_with(')') && !line.starts_with(']') {
            has_words = false;
        }
    }
    (documented, all)
}

fn share(sources: &[Source]) -> usize {
    let counts = sources.iter().filter(|source| !source.is_test()).map(|source| counted(&source.text));
    let (documented, all) = counts.fold((0, 0), |(some, all), (more, of)| (some + more, all + of));
    documented * 100 / all.max(1)
}

#[test]
fn public_items_are_documented() {
    let share = share(&sources());
    assert!(share >= SHARE, "{share} of 100 public items have a comment of their own, not {SHARE}");
    assert!(share < SHARE + 5, "{share} of 100 have one: raise the bar");
}

#[test]
fn an_item_without_words_is_found() {
    let text = "/// Words.\n#[derive(Debug)]\npub struct A {\n    /// Of a field.\n    pub b: u8,\n}\n\npub fn c() {}\n\n    pub(super) fn d() {}\n";
    assert_eq!(counted(text), (1, 2));
    assert_eq!(share(&[Source::of("a.rs", text)]), 50);
}
