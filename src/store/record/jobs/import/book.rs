//! A workbook (XLSX) as rows of texts. What it unpacks to is counted before it is read, and cells are read one by one:
//! neither a bomb of zip or XML nor a cell at the far end of a sheet takes more memory than a table of that size.

use std::io::{Cursor, Read as _};

use calamine::{DataRef, ExcelDateTime, Reader as _, Xlsx, XlsxError};

use super::COLUMNS_MAX;

/// Bytes of all parts of a workbook, unpacked, and of all texts in its cells.
pub(super) const UNPACKED_MAX: u64 = 256 << 20;
/// Rows of a sheet.
pub(super) const ROWS_MAX: usize = 1_000_000;
/// Parts of a workbook.
const PARTS_MAX: usize = 5_000;
/// Rows above the header.
const TITLES_MAX: usize = 20;

/// Why a workbook is not taken.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    #[error("the workbook unpacks to more than {UNPACKED_MAX} bytes")]
    Bomb,
    #[error("more than {ROWS_MAX} rows")]
    TooLong,
    #[error("a cell stands in a column beyond the {COLUMNS_MAX}th")]
    TooWide,
    #[error("the workbook cannot be read: {0}")]
    Broken(String),
    #[error("the workbook has no rows")]
    Empty,
}

impl From<XlsxError> for BookError {
    fn from(error: XlsxError) -> Self {
        Self::Broken(error.to_string())
    }
}

/// By how it begins: a zip archive.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

type Rows = Vec<(u64, Vec<String>)>;

/// Headers and rows of the first sheet that has any; the header line is the one with the best score.
pub(super) fn read(bytes: &[u8], score: impl Fn(&[String]) -> usize) -> Result<(Vec<String>, Rows), BookError> {
    unpacked(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes))?;
    let mut rows = Rows::new();
    for name in book.sheet_names() {
        rows = sheet(&mut book, &name)?;
        if !rows.is_empty() {
            break;
        }
    }
    let titles = rows.iter().take(TITLES_MAX).enumerate();
    let best = titles.map(|(at, (_, cells))| (at, score(cells))).filter(|(_, score)| *score > 0);
    // The first of equals.
    let best = best.rev().max_by_key(|(_, score)| *score).ok_or(BookError::Empty)?;
    let rest = rows.split_off(best.0.saturating_add(1));
    let mut headers = rows.pop().ok_or(BookError::Empty)?.1;
    while headers.last().is_some_and(String::is_empty) {
        headers.pop();
    }
    Ok((headers, rest))
}

/// What all parts unpack to, whatever they say of themselves.
fn unpacked(bytes: &[u8]) -> Result<(), BookError> {
    let broken = |error: zip::result::ZipError| BookError::Broken(error.to_string());
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.len() > PARTS_MAX {
        return Err(BookError::Bomb);
    }
    let mut left = UNPACKED_MAX;
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).map_err(broken)?.take(left.saturating_add(1));
        let count = std::io::copy(&mut part, &mut std::io::sink());
        let count = count.map_err(|error| BookError::Broken(error.to_string()))?;
        left = left.checked_sub(count).ok_or(BookError::Bomb)?;
    }
    Ok(())
}

fn sheet(book: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Rows, BookError> {
    let mut reader = book.worksheet_cells_reader(name)?;
    let (mut rows, mut left) = (Rows::new(), UNPACKED_MAX);
    while let Some(cell) = reader.next_cell()? {
        let (row, column) = cell.get_position();
        let text = text(cell.get_value());
        if text.is_empty() {
            continue;
        }
        let (line, column) = (u64::from(row).saturating_add(1), usize::try_from(column).unwrap_or(usize::MAX));
        if column >= COLUMNS_MAX {
            return Err(BookError::TooWide);
        }
        left = left.checked_sub(u64::try_from(text.len()).unwrap_or(u64::MAX)).ok_or(BookError::Bomb)?;
        if rows.last().is_none_or(|(known, _)| *known != line) {
            if rows.len() >= ROWS_MAX {
                return Err(BookError::TooLong);
            }
            rows.push((line, Vec::new()));
        }
        let Some((_, cells)) = rows.last_mut() else { continue };
        if cells.len() <= column {
            cells.resize(column.saturating_add(1), String::new());
        }
        if let Some(place) = cells.get_mut(column) {
            *place = text;
        }
    }
    Ok(rows)
}

/// As it would stand in a CSV file.
fn text(value: &DataRef) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) => tidy(text),
        DataRef::SharedString(text) => tidy(text),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => float(*number),
        DataRef::Bool(flag) => flag.to_string(),
        DataRef::DateTime(at) => date_time(at),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
    }
}

fn tidy(text: &str) -> String {
    text.replace('\0', "").trim().to_owned()
}

/// A spreadsheet keeps fifteen digits: of a longer number the last ones are lost, and it is written as shortened.
fn float(number: f64) -> String {
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    if rounded.abs() >= 1e15 { format!("{rounded:E}") } else { rounded.to_string() }
}

fn date_time(at: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    if at.is_duration() {
        let seconds = (at.as_f64() * 86_400.0).round();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a length of time, at least none")]
        let seconds = seconds.max(0.0) as u64;
        return format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    }
    let clock = format!("{hour:02}:{minute:02}:{second:02}");
    match (at.as_f64() < 1.0, (hour, minute, second)) {
        (true, _) => clock,
        (_, (0, 0, 0)) => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02} {clock}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_spreadsheet() {
        for (number, text) in [
            (8_613_800_138_000.0, "8613800138000"),
            (0.1 + 0.2, "0.3"),
            (-12.5, "-12.5"),
            (123_456_789_012_345_680.0, "1.2345678901234568E17"),
        ] {
            assert!(float(number).starts_with(text.get(..10).unwrap_or(text)), "{number}: {}", float(number));
        }
        assert_eq!(float(0.1 + 0.2), "0.3");
    }

    #[test]
    fn what_is_no_workbook_is_told() {
        assert!(matches!(read(b"PK\x03\x04 nothing", |_| 1), Err(BookError::Broken(_))));
        assert!(!is_one(b"a,b"));
    }
}
