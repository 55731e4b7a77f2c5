//! A document, block after block.

use super::line::{Face, Ink, Ruler, Style};
use super::page::{Flow, Pages};
use super::sheet::{Block, Sheet};
use super::{CHARS_MAX, PaperError, ROWS_MAX, block, table};

const TITLE: Style = Style::new(Face::Bold, 21.0, Ink::Black);
const ABOUT: Style = Style::new(Face::Plain, 11.5, Ink::Grey);

/// Lays a document out.
pub fn pages(sheet: &Sheet, ruler: &impl Ruler) -> Result<Pages, PaperError> {
    let (bytes, rows) = sheet.size();
    if bytes > CHARS_MAX * 4 || rows > ROWS_MAX {
        return Err(PaperError::TooLong);
    }
    let mut flow = Flow::new(ruler, sheet.turned);
    for (text, style) in [(&sheet.title, TITLE), (&sheet.about, ABOUT)] {
        if !text.is_empty() {
            flow.paragraph(text, style)?;
        }
    }
    flow.y += 14.0;
    for one in &sheet.blocks {
        match one {
            Block::Table(rows) => table::set(&mut flow, rows)?,
            one => block::set(&mut flow, one)?,
        }
    }
    Ok(flow.done(sheet))
}
