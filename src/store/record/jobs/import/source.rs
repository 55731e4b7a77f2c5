//! A file as a table, whatever it is written as.

use super::book::{self, BookError};
use super::{COLUMNS_MAX, FILE_MAX, ImportSpec, mapping};
use crate::record::Kind;
use crate::store::import::Sheet;
use crate::store::{Duplicates, Encoding, ImportError, ImportOptions, Known};

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    #[error("the file is longer than {FILE_MAX} bytes")]
    TooLong,
    #[error("more than {COLUMNS_MAX} columns")]
    TooWide,
    #[error("the file has no rows")]
    Empty,
    #[error("there is no encoding `{0}`")]
    Encoding(String),
    #[error(transparent)]
    Text(#[from] ImportError),
    #[error(transparent)]
    Book(#[from] BookError),
}

/// A row with its line, or why it is none.
pub(super) type Row = (u64, Result<Vec<String>, String>);

pub(super) struct Table {
    pub headers: Vec<String>,
    /// Of a text.
    pub encoding: Option<String>,
    pub known: Option<String>,
    rows: Rows,
}

enum Rows {
    Text(Box<Sheet>),
    Book(std::vec::IntoIter<(u64, Vec<String>)>),
}

impl Table {
    /// The header line is the one that names most fields of the kind.
    pub fn open(bytes: &[u8], encoding: Option<&str>, region: &str, kind: &Kind) -> Result<Self, TableError> {
        Self::of(bytes, encoding, region, |headers| mapping::score(kind, headers))
    }

    /// As it was read before.
    pub fn again(bytes: &[u8], spec: &ImportSpec, region: &str) -> Result<Self, TableError> {
        Self::of(bytes, spec.encoding.as_deref(), region, |headers| usize::from(headers == spec.headers))
    }

    fn of(
        bytes: &[u8],
        encoding: Option<&str>,
        region: &str,
        score: impl Fn(&[String]) -> usize,
    ) -> Result<Self, TableError> {
        if bytes.len() > FILE_MAX {
            return Err(TableError::TooLong);
        }
        let table = if book::is_one(bytes) {
            let (headers, rows) = book::read(bytes, score)?;
            Self { headers, encoding: None, known: None, rows: Rows::Book(rows.into_iter()) }
        } else {
            let said = encoding.map(|name| Encoding::named(name).ok_or_else(|| TableError::Encoding(name.to_owned())));
            let options = ImportOptions {
                region: region.to_owned(),
                duplicates: Duplicates::default(),
                dry_run: true,
                encoding: said.transpose()?,
                currency: None,
            };
            let sheet = Sheet::open(bytes, &options, |headers| match score(headers) {
                0 => Err("anything"),
                score => Ok(score),
            })?;
            let known = match sheet.known {
                Known::Said => "said",
                Known::Certain => "certain",
                Known::Guessed => "guessed",
                Known::Unsure => "unsure",
            };
            Self {
                headers: sheet.headers.clone(),
                encoding: Some(sheet.encoding.to_string()),
                known: Some(known.to_owned()),
                rows: Rows::Text(Box::new(sheet)),
            }
        };
        match table.headers.len() {
            0 => Err(TableError::Empty),
            width if width > COLUMNS_MAX => Err(TableError::TooWide),
            _ => Ok(table),
        }
    }

    /// The next row that is not empty.
    pub fn next(&mut self) -> Option<Row> {
        match &mut self.rows {
            Rows::Text(sheet) => sheet.next().map(|(line, row)| (line, row.map_err(str::to_owned))),
            Rows::Book(rows) => rows.next().map(|(line, row)| (line, Ok(row))),
        }
    }
}
