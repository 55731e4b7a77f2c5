//! What goes on paper: a [`Sheet`] as values, laid out on pages and written as a PDF with the letters that it uses.
//!
//! It knows no record, no report and no letter: who asks puts headings, paragraphs, facts, tables and sums together. It
//! reads no file and no clock: fonts come in as bytes ([`Fonts::read`]), days as text. Nothing of a text is taken for
//! anything but letters: a PDF of ours has no link, no form and no script.
//!
//! | step | file |
//! | --- | --- |
//! | what is said | `sheet` |
//! | text -> lines, as Chinese and Latin are broken (UAX #14) | `line` |
//! | blocks -> marks on pages; tables repeat their head | `layout`, `page`, `block`, `table` |
//! | characters -> glyphs and their widths | `fonts` |
//! | marks -> bytes (PDF 1.7), fonts cut down to what is used | `pdf` |
//!
//! | limit | | beyond |
//! | --- | --- | --- |
//! | pages | [`PAGES_MAX`] | [`PaperError::TooLong`] |
//! | rows of tables | [`ROWS_MAX`] | [`PaperError::TooLong`] |
//! | characters | [`CHARS_MAX`] | [`PaperError::TooLong`] |
//!
//! One character is one glyph: Chinese, Latin, Greek and Cyrillic are set right; scripts that join or reorder their
//! letters (Arabic, Devanagari) are not. A character that the font has not is drawn as its empty box, and is there for who
//! copies the text.

mod block;
mod fonts;
mod layout;
mod line;
mod page;
mod pdf;
mod sheet;
mod table;
#[cfg(test)]
mod tests;

pub use fonts::{FontFault, Fonts};
pub use pdf::draw;
pub use sheet::{Block, Column, Pair, Sheet, Sum, Table};

pub const PAGES_MAX: usize = 400;
pub const ROWS_MAX: usize = 5_000;
pub const CHARS_MAX: usize = 1_000_000;

/// Why something is not on paper.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PaperError {
    /// Who asks wants more than is drawn at once.
    #[error("more than {PAGES_MAX} pages, {ROWS_MAX} rows or {CHARS_MAX} characters")]
    TooLong,
    /// The font, or us.
    #[error("the PDF could not be written: {0}")]
    Unwritten(String),
}
