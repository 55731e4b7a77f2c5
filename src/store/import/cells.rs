//! A row of a customer file as a customer.

use crate::base::numbers_in;
use crate::crm::{ContactPoint, ContactPointError, CustomerDraft};

use super::columns::{self, Column};
use super::dates::date;
use super::report::RowMistake;
use super::sheet::Judged;

/// A longer cell is a mistake.
const CELL_MAX_BYTES: usize = 10_000;

/// How many headers are known, if a name and a way to reach somebody are among them.
pub(super) fn judge(headers: &[String]) -> Judged {
    let columns: Vec<Column> = headers.iter().map(|header| Column::of(header)).collect();
    if !columns.iter().any(|column| matches!(column, Column::Name | Column::Given | Column::Family)) {
        return Err("the name");
    }
    if !columns.iter().any(|column| matches!(column, Column::Phone(_) | Column::Email)) {
        return Err("a phone number or e-mail address");
    }
    Ok(columns.iter().filter(|column| **column != Column::Unknown).count())
}

/// Which headers mean the same, for the report.
pub(super) fn joined(headers: &[String], columns: &[Column]) -> Vec<String> {
    let mut told = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        let Some(meaning) = column.meaning() else { continue };
        let is_first = !columns.iter().take(at).any(|other| other == column);
        let same = || headers.iter().zip(columns).skip(at).filter(|(_, other)| *other == column);
        if is_first && same().count() > 1 {
            let names: Vec<String> = same().map(|(header, _)| format!("`{header}`")).collect();
            told.push(format!("{} are all {meaning}", names.join(", ")));
        }
    }
    told
}

/// Reads one row, or tells everything that is wrong with it.
pub(super) fn draft(
    cells: &[String],
    columns: &[Column],
    headers: &[String],
    line: u64,
    region: &str,
) -> Result<CustomerDraft, Vec<RowMistake>> {
    let mut reading =
        Reading { draft: CustomerDraft::default(), parts: [const { String::new() }; 3], more: Vec::new() };
    let mut mistakes = Vec::new();
    if let Some(message) = too_many(cells, headers) {
        mistakes.push(RowMistake { line, column: None, message });
    }
    for ((cell, column), header) in cells.iter().zip(columns).zip(headers).filter(|((cell, _), _)| !cell.is_empty()) {
        if let Err(message) = reading.cell(cell, column, header, region) {
            mistakes.push(RowMistake { line, column: Some(header.clone()), message });
        }
    }
    let draft = reading.whole();
    if draft.name.is_empty() {
        mistakes.push(RowMistake { line, column: None, message: String::from("no name") });
    }
    if draft.contact_points.is_empty() && mistakes.is_empty() {
        let message = String::from("neither a phone number nor an e-mail address");
        mistakes.push(RowMistake { line, column: None, message });
    }
    if mistakes.is_empty() { Ok(draft) } else { Err(mistakes) }
}

/// Empty cells behind the last header are no cells.
pub(super) fn too_many(cells: &[String], headers: &[String]) -> Option<String> {
    let used = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
    (used > headers.len()).then(|| format!("{used} cells, but {} headers", headers.len()))
}

struct Reading {
    draft: CustomerDraft,
    /// Given, middle and family name.
    parts: [String; 3],
    /// What has no room of its own: for the notes.
    more: Vec<String>,
}

impl Reading {
    fn cell(&mut self, cell: &str, column: &Column, header: &str, region: &str) -> Result<(), String> {
        if cell.len() > CELL_MAX_BYTES {
            return Err(format!("longer than {CELL_MAX_BYTES} bytes"));
        }
        let text = cell.to_owned();
        let [given, middle, family] = &mut self.parts;
        let left = match column {
            Column::Name => fill(&mut self.draft.name, text),
            Column::Given => fill(given, text),
            Column::Middle => fill(middle, text),
            Column::Family => fill(family, text),
            Column::Organisation => fill(self.draft.organisation.get_or_insert_default(), text),
            Column::Tier => fill(self.draft.tier.get_or_insert_default(), cell.to_lowercase()),
            Column::Language => match columns::language(cell) {
                Some(language) => fill(self.draft.language.get_or_insert_default(), language),
                None => None,
            },
            Column::Tags => {
                for tag in parts(cell) {
                    if !self.draft.tags.contains(&tag) {
                        self.draft.tags.push(tag);
                    }
                }
                None
            }
            Column::Notes => {
                self.note(text);
                None
            }
            Column::Date(label) => {
                let date = date(cell)?;
                match self.draft.dates.iter().find(|(known, _)| known == label) {
                    Some((_, known)) => (*known != date).then_some(date),
                    None => {
                        self.draft.dates.push(((*label).to_owned(), date));
                        None
                    }
                }
            }
            Column::Phone(label) => {
                // Google's address book parts them so.
                for part in numbers_in(&cell.replace(":::", ";")) {
                    self.point(ContactPoint::new("phone", part, label, region), part)?;
                }
                None
            }
            Column::Email => {
                for part in parts(cell) {
                    self.point(ContactPoint::new("email", &part, "", region), &part)?;
                }
                None
            }
            Column::Unknown => None,
        };
        self.more.extend(left.map(|left| format!("{header}: {left}")));
        Ok(())
    }

    fn point(&mut self, point: Result<ContactPoint, ContactPointError>, part: &str) -> Result<(), String> {
        let point = point.map_err(|error| format!("`{part}`: {error}"))?;
        if !self.draft.contact_points.iter().any(|known| known.is_same(&point)) {
            self.draft.contact_points.push(point);
        }
        Ok(())
    }

    fn note(&mut self, text: String) {
        let notes = &mut self.draft.notes;
        if notes.lines().any(|line| line == text) {
            return;
        }
        if !notes.is_empty() {
            notes.push('\n');
        }
        notes.push_str(&text);
    }

    fn whole(mut self) -> CustomerDraft {
        let [given, middle, family] = &self.parts;
        let composed = match [given, family].iter().any(|part| part.chars().any(is_cjk)) {
            true => format!("{family}{given}"),
            false => {
                [given, middle, family].map(String::as_str).join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
            }
        };
        if self.draft.name.is_empty() {
            self.draft.name = composed;
        }
        for more in std::mem::take(&mut self.more) {
            self.note(more);
        }
        self.draft
    }
}

/// Fills what is empty; gives back what another value stands in the way of.
fn fill(room: &mut String, text: String) -> Option<String> {
    if room.is_empty() {
        *room = text;
        return None;
    }
    (*room != text).then_some(text)
}

/// Several values of one cell.
fn parts(cell: &str) -> Vec<String> {
    // Google's address book.
    let cell = cell.replace(":::", ";");
    let parts = cell.split([';', ',', '|', '，', '；', '、', '\n']).map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// Chinese names stand without a blank, the family name first.
fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{20000}'..='\u{3ffff}')
}
