//! What an import did, for people and for programs.

use std::fmt;

use serde::Serialize;

use super::sheet::Sheet;
use crate::store::decode::{Encoding, Known};

/// Mistakes and remarks kept; the counts go on.
const TOLD_MAX: usize = 1_000;

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ImportReport {
    /// Nothing was written.
    pub dry_run: bool,
    pub encoding: Encoding,
    /// How the encoding is known: `said`, `certain`, `guessed`, `unsure`.
    pub encoding_known: Known,
    /// A line of the file that shows whether the encoding is right.
    pub sample: Option<String>,
    /// Rows below the header.
    pub rows: u64,
    pub created: u64,
    pub merged: u64,
    /// Duplicates left alone.
    pub skipped: u64,
    /// Rows with a mistake; nothing of such a row is taken.
    pub refused: u64,
    /// Headers that mean nothing to us.
    pub unread_columns: Vec<String>,
    /// Headers that mean the same: the first one fills the field, the others go to the notes.
    pub joined_columns: Vec<String>,
    /// The first thousand.
    pub mistakes: Vec<RowMistake>,
    /// Customers who share a number with somebody of another name. The first thousand.
    pub shared: Vec<RowMistake>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RowMistake {
    /// Line of the file, from 1.
    pub line: u64,
    /// Header of the column, where it is one column's.
    pub column: Option<String>,
    pub message: String,
}

impl ImportReport {
    pub(super) fn new(dry_run: bool, sheet: &Sheet) -> Self {
        Self {
            dry_run,
            encoding: sheet.encoding,
            encoding_known: sheet.known,
            sample: sheet.sample(),
            rows: 0,
            created: 0,
            merged: 0,
            skipped: 0,
            refused: 0,
            unread_columns: Vec::new(),
            joined_columns: Vec::new(),
            mistakes: Vec::new(),
            shared: Vec::new(),
        }
    }

    pub(super) fn refuse(&mut self, mistakes: Vec<RowMistake>) {
        self.refused = self.refused.saturating_add(1);
        for mistake in mistakes {
            if self.mistakes.len() < TOLD_MAX {
                self.mistakes.push(mistake);
            }
        }
    }

    pub(super) fn share(&mut self, remark: RowMistake) {
        if self.shared.len() < TOLD_MAX {
            self.shared.push(remark);
        }
    }
}

impl fmt::Display for RowMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            Some(column) => write!(f, "line {}, column {column}: {}", self.line, self.message),
            None => write!(f, "line {}: {}", self.line, self.message),
        }
    }
}

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for mistake in &self.mistakes {
            writeln!(f, "error: {mistake}")?;
        }
        for remark in &self.shared {
            writeln!(f, "note: {remark}")?;
        }
        if !self.unread_columns.is_empty() {
            writeln!(f, "not read: {}", self.unread_columns.join(", "))?;
        }
        for joined in &self.joined_columns {
            writeln!(f, "joined: {joined}")?;
        }
        if let (Known::Guessed | Known::Unsure, Some(sample)) = (self.encoding_known, &self.sample) {
            let sure = if self.encoding_known == Known::Unsure { "guessed, not sure" } else { "guessed" };
            writeln!(f, "encoding: {} ({sure}): {sample}; if that reads wrong, say --encoding", self.encoding)?;
        }
        writeln!(
            f,
            "{} rows ({}): {} new, {} merged, {} skipped, {} refused",
            self.rows, self.encoding, self.created, self.merged, self.skipped, self.refused
        )?;
        match self.dry_run {
            true => write!(f, "dry run: nothing was written"),
            false => Ok(()),
        }
    }
}
