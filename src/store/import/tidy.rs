//! What stands around the words of a cell.

/// Blanks and marks that no eye sees, wherever programs leave them at the ends of a cell.
pub(in crate::store) fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
}

/// A cell without blanks around it, and without the `="…"` that keeps a spreadsheet from making numbers of texts.
pub(super) fn tidy(cell: &str) -> String {
    let cell = cell.trim_matches(is_blank);
    let cell = cell.strip_prefix("=\"").and_then(|cell| cell.strip_suffix('"')).unwrap_or(cell);
    cell.trim_matches(is_blank).to_owned()
}
