//! Tables as files: CSV, or a workbook.
//!
//! Nothing in them is calculated when they are opened: in a workbook every text is written as one, in CSV one that a
//! spreadsheet would take for a formula stands behind a `'`, which our import takes away again.

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rust_xlsxwriter::{Format, Workbook, XlsxError};

pub const CSV: &str = "text/csv; charset=utf-8";
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// What a spreadsheet keeps of a text.
const CELL_MAX: usize = 32_767;

/// A field of a table; a number also as it is written in CSV.
pub enum Cell {
    Text(String),
    Number(f64, String),
}

/// Names are plain ASCII.
pub fn file(body: Body, kind: &'static str, name: &str) -> Response {
    let told = format!("attachment; filename=\"{name}\"");
    ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, told)], body).into_response()
}

pub fn book(heads: &[String], rows: &[Vec<Cell>]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let bold = Format::new().set_bold();
    for (column, head) in (0..).zip(heads) {
        sheet.write_string_with_format(0, column, head, &bold)?;
    }
    for (row, cells) in (1..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Text(text) if text.is_empty() => {}
                Cell::Text(text) => {
                    sheet.write_string(row, column, text.chars().take(CELL_MAX).collect::<String>())?;
                }
                Cell::Number(number, _) => {
                    sheet.write_number(row, column, *number)?;
                }
            }
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    book.save_to_buffer()
}

pub fn lines(rows: &[Vec<Cell>]) -> String {
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .map(|cell| match cell {
                Cell::Text(text) => harmless(text),
                Cell::Number(_, written) => written.clone(),
            })
            .collect();
        line(&mut text, &cells);
    }
    text
}

/// RFC 4180.
pub fn line(text: &mut String, cells: &[String]) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        if cell.contains(['"', ',', ';', '\n', '\r', '\t']) || cell.starts_with(' ') || cell.ends_with(' ') {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    text.push_str("\r\n");
}

/// No formula, whatever a spreadsheet thinks of it.
fn harmless(text: &str) -> String {
    let begins = text.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
    let is_formula =
        begins.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) || text.starts_with(['\t', '\r', '\n']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_calculate_nothing() {
        for (text, written) in [
            ("=1+1", "'=1+1"),
            ("+8613800138000", "'+8613800138000"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            (" =1", "' =1"),
            ("\t=1", "'\t=1"),
            ("＝1", "'＝1"),
            ("a=1", "a=1"),
            ("", ""),
        ] {
            assert_eq!(harmless(text), written);
        }
        let mut text = String::new();
        line(&mut text, &["a".into(), "b,\"c\"".into(), "d\ne".into()]);
        assert_eq!(text, "a,\"b,\"\"c\"\"\",\"d\ne\"\r\n");
    }
}
