//! What can be wrong with a definition: the place, the word for it, and how it is said in both languages.

use std::ops::Range;

use serde::Serialize;

use super::words::Words;
use crate::base::nearest;

/// One mistake in a definition.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindMistake)]
pub struct Mistake {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// Why, as a word. Frozen once released.
    pub code: &'static str,
    pub message: Words,
    /// What may have been meant.
    pub nearest: Option<String>,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message.en)?;
        match &self.nearest {
            Some(near) => write!(f, "; did you mean `{near}`?"),
            None => Ok(()),
        }
    }
}

/// Collects the mistakes of one definition.
pub struct Mistakes<'t> {
    pub text: &'t str,
    found: Vec<(usize, Mistake)>,
}

impl<'t> Mistakes<'t> {
    /// More than this says nothing more.
    const LIMIT: usize = 100;

    pub fn new(text: &'t str) -> Self {
        Self { text, found: Vec::new() }
    }

    pub fn add(&mut self, at: &Range<usize>, code: &'static str, message: Words) {
        self.add_near(at, code, message, None);
    }

    /// A name that is none of those that there are; `what` says of what.
    pub fn unknown<'a>(
        &mut self,
        at: &Range<usize>,
        what: &Words,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) {
        let near = nearest(name, known).map(str::to_owned);
        let message = Words::new(format!("`{name}` is no {}", what.en), format!("没有名为“{name}”的{}", what.zh));
        self.add_near(at, "unknown", message, near);
    }

    pub fn expected(&mut self, at: &Range<usize>, what: &Words) {
        self.add(at, "shape", Words::new(format!("expected {}", what.en), format!("这里应为{}", what.zh)));
    }

    pub fn too_many(&mut self, at: &Range<usize>, what: &Words, most: usize) {
        let message = Words::new(format!("at most {most} {}", what.en), format!("{}最多 {most} 个", what.zh));
        self.add(at, "too_many", message);
    }

    fn add_near(&mut self, at: &Range<usize>, code: &'static str, message: Words, nearest: Option<String>) {
        if self.found.len() < Self::LIMIT {
            let (line, column) = place(self.text, at.start);
            let mistake = Mistake { line, column, code, message, nearest };
            if !self.found.iter().any(|(_, known)| *known == mistake) {
                self.found.push((at.start, mistake));
            }
        }
    }

    pub fn count(&self) -> usize {
        self.found.len()
    }

    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// In the order of the text.
    pub fn into_vec(mut self) -> Vec<Mistake> {
        self.found.sort_by_key(|(at, _)| *at);
        self.found.into_iter().map(|(_, mistake)| mistake).collect()
    }
}

/// Line and column of a byte.
fn place(text: &str, mut at: usize) -> (usize, usize) {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = text.get(..at).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before.get(line_start..).unwrap_or_default().chars().count() + 1)
}
