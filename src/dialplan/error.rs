//! What can be wrong with a flow, and how it is shown: file, line, and a caret under the place.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use crate::written::source::{self, Table};

/// One mistake in one file. `Display` prints it whole, over several lines, without colours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mistake {
    /// As given to the parser: `dialplans/hotline.toml`.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    pub problem: Problem,
    /// Where it begins, in bytes of the text.
    pub(super) at: usize,
    excerpt: String,
    /// Cells left of the carets, and how many carets.
    carets: (usize, usize),
}

/// Sorted from the text inwards: form, names, surroundings, the graph.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Problem {
    #[error("{0}")]
    Toml(String),
    #[error("the file has {0} bytes; a flow may have 262,144")]
    TooLarge(usize),
    #[error("the flow has {0} steps; 200 are possible")]
    TooManySteps(usize),
    #[error("`{key}` is no key of {place}; {known}")]
    UnknownKey { key: String, place: String, known: String },
    #[error("{place} needs the key `{key}`")]
    MissingKey { key: &'static str, place: String },
    #[error("expected {expected}")]
    WrongShape { expected: String },
    #[error("`{0}` is no name: small letters, digits, `-` and `_`, beginning with a letter, at most 64")]
    BadName(String),
    #[error("`{digit}` is no key of a telephone: 0-9, * or #")]
    BadDigit { digit: String },
    #[error("the condition is wrong here: {0}")]
    Condition(String),
    #[error("{0}")]
    Schedule(String),
    #[error("no step is named `{name}`{}", did_you_mean(.near))]
    UnknownStep { name: String, near: Option<String> },
    #[error("no variable `{name}` is set anywhere in this flow{}", did_you_mean(.near))]
    UnknownVariable { name: String, near: Option<String> },
    #[error("no `[hours.{name}]` is in this flow{}", did_you_mean(.near))]
    UnknownHours { name: String, near: Option<String> },
    #[error("`{0}` is no time zone (such as Asia/Shanghai or Europe/Berlin)")]
    UnknownZone(String),
    #[error("this asks for the time of day, so the flow needs `zone`, such as \"Asia/Shanghai\"")]
    ZoneMissing,
    #[error("no sound `{name}` for {missing_in}{}", did_you_mean(.near))]
    UnknownSound { name: String, missing_in: String, near: Option<String> },
    #[error("no text for the sound `{0}`, which numbers and dates are said with")]
    VocabularyMissing(String),
    #[error("no queue has the key `{name}`{}", did_you_mean(.near))]
    UnknownQueue { name: String, near: Option<String> },
    #[error("no agent has the key `{name}`{}", did_you_mean(.near))]
    UnknownAgent { name: String, near: Option<String> },
    #[error("a call can come to `{0}` before it is answered: lead it through an `answer` step first")]
    NotAnswered(String),
    #[error("no way leads from `start` to the step `{0}`")]
    Unreachable(String),
    #[error("this goes round without waiting for anybody: {0}")]
    HotLoop(String),
    #[error("a call that comes here never ends and never waits for the caller: {0}")]
    NoExit(String),
    #[error("another file already has a flow named `{0}`")]
    TwoFlows(String),
}

/// What the sentence of a mistake names.
pub type Named = BTreeMap<&'static str, String>;

impl Problem {
    /// The word by which programs and other languages know it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Toml(_) => "toml",
            Self::TooLarge(_) => "too_large",
            Self::TooManySteps(_) => "too_many_steps",
            Self::UnknownKey { .. } => "unknown_key",
            Self::MissingKey { .. } => "missing_key",
            Self::WrongShape { .. } => "wrong_shape",
            Self::BadName(_) => "bad_name",
            Self::BadDigit { .. } => "bad_digit",
            Self::Condition(_) => "condition",
            Self::Schedule(_) => "schedule",
            Self::UnknownStep { .. } => "unknown_step",
            Self::UnknownVariable { .. } => "unknown_variable",
            Self::UnknownHours { .. } => "unknown_hours",
            Self::UnknownZone(_) => "unknown_zone",
            Self::ZoneMissing => "zone_missing",
            Self::UnknownSound { .. } => "unknown_sound",
            Self::VocabularyMissing(_) => "vocabulary_missing",
            Self::UnknownQueue { .. } => "unknown_queue",
            Self::UnknownAgent { .. } => "unknown_agent",
            Self::NotAnswered(_) => "not_answered",
            Self::Unreachable(_) => "unreachable",
            Self::HotLoop(_) => "hot_loop",
            Self::NoExit(_) => "no_exit",
            Self::TwoFlows(_) => "two_flows",
        }
    }

    /// `name`: what is wrong; `near`: what may be meant; `count`, `key`: as the sentence has them.
    pub fn named(&self) -> Named {
        let (key, value) = match self {
            Self::ZoneMissing => return Named::new(),
            Self::TooLarge(count) | Self::TooManySteps(count) => ("count", count.to_string()),
            Self::MissingKey { key, .. } => ("key", (*key).to_owned()),
            Self::UnknownKey { key, .. } => ("key", key.clone()),
            Self::WrongShape { expected } => ("name", expected.clone()),
            Self::BadDigit { digit } => ("name", digit.clone()),
            Self::UnknownStep { name, .. }
            | Self::UnknownVariable { name, .. }
            | Self::UnknownHours { name, .. }
            | Self::UnknownSound { name, .. }
            | Self::UnknownQueue { name, .. }
            | Self::UnknownAgent { name, .. }
            | Self::Toml(name)
            | Self::BadName(name)
            | Self::Condition(name)
            | Self::Schedule(name)
            | Self::UnknownZone(name)
            | Self::VocabularyMissing(name)
            | Self::NotAnswered(name)
            | Self::Unreachable(name)
            | Self::HotLoop(name)
            | Self::NoExit(name)
            | Self::TwoFlows(name) => ("name", name.clone()),
        };
        [(key, value)].into_iter().chain(self.near().map(|near| ("near", near.to_owned()))).collect()
    }

    /// The known name that may be meant.
    fn near(&self) -> Option<&str> {
        match self {
            Self::UnknownStep { near, .. }
            | Self::UnknownVariable { near, .. }
            | Self::UnknownHours { near, .. }
            | Self::UnknownSound { near, .. }
            | Self::UnknownQueue { near, .. }
            | Self::UnknownAgent { near, .. } => near.as_deref(),
            _ => None,
        }
    }
}

fn did_you_mean(name: &Option<String>) -> String {
    name.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// Collects the mistakes of one file.
pub(super) struct Mistakes<'a> {
    file: &'a str,
    text: &'a str,
    found: Vec<(usize, Mistake)>,
}

impl<'a> Mistakes<'a> {
    /// More than this says nothing more.
    const LIMIT: usize = 200;

    pub fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, found: Vec::new() }
    }

    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The text as values; what cannot be read is a mistake.
    pub fn read_toml(&mut self) -> Table {
        let (table, wrong) = source::parse(self.text);
        wrong.into_iter().for_each(|(at, why)| self.add(at, Problem::Toml(why)));
        table
    }

    /// `span`: bytes of the text; the first line of it is shown.
    pub fn add(&mut self, span: Range<usize>, problem: Problem) {
        if self.found.len() < Self::LIMIT {
            let mistake = place(self.file, self.text, &span, problem);
            if !self.found.iter().any(|(_, known)| *known == mistake) {
                self.found.push((span.start, mistake));
            }
        }
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

fn place(file: &str, text: &str, span: &Range<usize>, problem: Problem) -> Mistake {
    let start = floor(text, span.start);
    let line_start = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let line_end = text.get(start..).and_then(|after| after.find('\n')).map_or(text.len(), |at| start + at);
    let end = floor(text, span.end).clamp(start, line_end);
    let before = text.get(line_start..start).unwrap_or_default();
    let marked = text.get(start..end).unwrap_or_default();
    Mistake {
        file: file.to_owned(),
        line: text.get(..line_start).unwrap_or_default().matches('\n').count() + 1,
        column: before.chars().count() + 1,
        problem,
        at: start,
        excerpt: text.get(line_start..line_end).unwrap_or_default().trim_end().to_owned(),
        carets: (cells(before), cells(marked).max(1)),
    }
}

fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Width on a terminal: Chinese characters take two cells.
fn cells(text: &str) -> usize {
    text.chars().map(|c| if ('\u{1100}'..='\u{ffef}').contains(&c) { 2 } else { 1 }).sum()
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, problem, at: _, excerpt, carets: (left, wide) } = self;
        let gutter = line.to_string().len();
        writeln!(f, "{file}:{line}:{column}: {problem}")?;
        writeln!(f, "{:gutter$} |", "")?;
        writeln!(f, "{line} | {}", excerpt.replace('\t', " "))?;
        write!(f, "{:gutter$} | {:left$}{}", "", "", "^".repeat(*wide))
    }
}

impl std::error::Error for Mistake {}

/// The known name most like this one, if one is like it at all.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    crate::base::nearest(name, known).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carets_stand_under_the_place() {
        let text = "start = \"x\"\n# 中文 then\n名 = \"men\"\n";
        let at = text.find("men").unwrap();
        let mut mistakes = Mistakes::new("a.toml", text);
        mistakes.add(at..at + 3, Problem::UnknownStep { name: "men".into(), near: Some("menu".into()) });
        let shown = mistakes.into_vec().remove(0).to_string();
        assert_eq!(
            shown,
            "a.toml:3:6: no step is named `men`; did you mean `menu`?\n  |\n3 | 名 = \"men\"\n  |       ^^^"
        );
    }

    #[test]
    fn a_place_outside_of_the_text_is_no_panic() {
        let mut mistakes = Mistakes::new("a.toml", "é");
        mistakes.add(1..900, Problem::ZoneMissing);
        mistakes.add(Range { start: 700, end: 3 }, Problem::ZoneMissing);
        assert_eq!(mistakes.into_vec().len(), 2);
    }
}
