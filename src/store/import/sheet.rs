//! A file as a table: decoded, its separator found, its header line found below titles, its rows read one by one.

use super::table::{Row, Rows};
use super::{ImportError, ImportOptions};
use crate::store::decode::{Encoding, Known, Text, decode};

/// Title lines and empty ones above the header.
const TITLES_MAX: usize = 20;
/// Of headers told in a message.
const TOLD_MAX: usize = 400;
/// The first of equals wins.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

pub(in crate::store) struct Sheet {
    text: String,
    pub encoding: Encoding,
    pub known: Known,
    pub headers: Vec<String>,
    rows: Rows,
}

/// How many headers are known, or what is missing among them.
pub(in crate::store) type Judged = Result<usize, &'static str>;

impl Sheet {
    pub fn open(
        bytes: &[u8],
        options: &ImportOptions,
        judge: impl Fn(&[String]) -> Judged,
    ) -> Result<Self, ImportError> {
        let Text { text, encoding, known } = decode(bytes, options.encoding, &options.region)?;
        let said = said_separator(&text);
        let mut best: Option<(usize, Vec<String>, Rows)> = None;
        let mut nearest: Option<(usize, Vec<String>, &'static str)> = None;
        let mut wrong = None;
        let likely = said.unwrap_or_else(|| likely_separator(&text));
        for separator in SEPARATORS.into_iter().chain(said).filter(|it| said.is_none_or(|said| said == *it)) {
            let mut rows = Rows::new(separator);
            for _ in 0..TITLES_MAX {
                let Some((line, row)) = rows.next(&text) else { break };
                let headers = match row {
                    Ok(headers) => headers,
                    Err(message) => {
                        wrong = wrong.or(Some((line, message)).filter(|_| separator == likely));
                        continue;
                    }
                };
                match judge(&headers) {
                    Ok(count) if best.as_ref().is_none_or(|(most, ..)| count > *most) => {
                        best = Some((count, headers, rows.clone()));
                    }
                    Err(missing) if nearest.as_ref().is_none_or(|(most, ..)| filled(&headers) > *most) => {
                        nearest = Some((filled(&headers), headers, missing));
                    }
                    _ => {}
                }
            }
        }
        match (best, wrong, nearest) {
            (Some((_, headers, rows)), ..) => Ok(Self { text, encoding, known, headers, rows }),
            (None, Some((line, message)), _) => Err(ImportError::Csv { line, message: message.to_owned() }),
            (None, None, nearest) => {
                let (_, headers, missing) = nearest.unwrap_or((0, Vec::new(), "anything"));
                Err(ImportError::NoColumn(missing, headers.join(", ").chars().take(TOLD_MAX).collect()))
            }
        }
    }

    /// The next row that is not empty.
    pub fn next(&mut self) -> Option<Row> {
        std::iter::from_fn(|| self.rows.next(&self.text))
            .find(|(_, row)| row.as_ref().map_or(true, |cells| filled(cells) > 0))
    }

    /// The first text that the encoding decides on, for a person to look at.
    pub fn sample(&self) -> Option<String> {
        let line = self.text.lines().find(|line| !line.is_ascii())?;
        Some(line.chars().take(60).collect())
    }
}

/// The one that stands most often in the first lines.
fn likely_separator(text: &str) -> u8 {
    let count = |separator: u8| {
        text.lines().take(TITLES_MAX).flat_map(str::bytes).take(1 << 16).filter(|byte| *byte == separator).count()
    };
    SEPARATORS.into_iter().rev().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

fn filled(cells: &[String]) -> usize {
    cells.iter().filter(|cell| !cell.is_empty()).count()
}

/// `sep=;` in the first line, as Excel writes it.
fn said_separator(text: &str) -> Option<u8> {
    let line = text.lines().next()?.trim_start_matches('\u{feff}').trim_matches(['"', '\r']);
    let (key, separator) = line.split_at_checked(4)?;
    match separator.as_bytes() {
        [one] if key.eq_ignore_ascii_case("sep=") && one.is_ascii() => Some(*one),
        _ => None,
    }
}
