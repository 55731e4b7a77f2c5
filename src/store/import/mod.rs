//! Customers from a CSV file.
//!
//! | a row | becomes |
//! | --- | --- |
//! | with a mistake (no name, no contact point, unreadable number, address or date) | refused whole, told with its line; the others go on |
//! | whose contact points nobody has | a new customer |
//! | sharing a contact point with a customer of the same name (case and spacing do not count) | merged into that one ([`CustomerDraft::merge`]), or skipped, as [`Duplicates`] says |
//! | sharing one only with customers of other names | a new customer, and a note: a household or a switchboard |
//! | whose contact points belong to several customers of its name | refused: a person must say who it is |
//!
//! So the same file imported twice changes nothing the second time. Rows are written in groups, so
//! that a running server is not kept from writing; a group is there whole or not at all.

mod columns;
mod decode;
mod report;

use std::collections::BTreeSet;
use std::io::Read;

use crate::base::numbers_in;
use crate::base::{CustomerId, Instant};
use crate::crm::{ContactPoint, ContactPointError, CustomerDraft, organisation_key};

use super::customers::{card, save};
use super::db::{Conn, args};
use super::{Store, StoreError};
use columns::Column;
pub use decode::Encoding;
pub use report::{ImportReport, RowMistake};

/// A longer file is not taken.
const FILE_MAX_BYTES: u64 = 256 << 20;
/// A longer cell is a mistake.
const CELL_MAX_BYTES: usize = 10_000;
/// Rows written in one transaction.
const GROUP: usize = 100;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImportOptions {
    /// How national numbers are read: ISO 3166 alpha-2.
    pub region: String,
    pub duplicates: Duplicates,
    /// Do everything but keep nothing.
    pub dry_run: bool,
}

/// What to do with a row whose customer is there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Duplicates {
    #[default]
    Merge,
    Skip,
}

/// Why a file as a whole is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("the file cannot be read: {0}")]
    Read(#[from] std::io::Error),
    #[error("the file is longer than {FILE_MAX_BYTES} bytes")]
    TooLong,
    #[error("the file is neither UTF-8 nor UTF-16 nor GB18030")]
    Encoding,
    #[error("the file has no column for {0}; the headers are: {1}")]
    NoColumn(&'static str, String),
    #[error("line {line}: {message}")]
    Csv { line: u64, message: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Imports a CSV file: a header line, then a customer each line; separated by comma, semicolon or tab.
pub async fn import_customers(
    store: &Store,
    file: impl Read,
    options: &ImportOptions,
    now: Instant,
) -> Result<ImportReport, ImportError> {
    let (text, encoding) = read_text(file)?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(&text))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let headers: Vec<String> = reader.headers().map_err(csv_error)?.iter().map(str::to_owned).collect();
    let columns: Vec<Column> = headers.iter().map(|header| Column::of(header)).collect();
    demand_columns(&columns, &headers)?;
    let unread = headers.iter().zip(&columns).filter(|(_, column)| **column == Column::Unknown);
    let unread = unread.map(|(header, _)| header.clone()).filter(|header| !header.is_empty()).collect();
    let mut import = Import {
        store,
        options,
        now,
        report: ImportReport::new(options.dry_run, encoding, unread),
        dry: BTreeSet::new(),
    };
    let mut group = Vec::with_capacity(GROUP);
    for record in reader.records() {
        let record = record.map_err(csv_error)?;
        let line = record.position().map_or(0, |position| first_line(&text, position));
        if record.iter().all(str::is_empty) {
            continue;
        }
        import.report.rows = import.report.rows.saturating_add(1);
        match draft(&record, &columns, &headers, line, &options.region) {
            Ok(draft) => group.push((line, draft)),
            Err(mistakes) => import.report.refuse(mistakes),
        }
        if group.len() >= GROUP {
            import.write(std::mem::take(&mut group)).await?;
        }
    }
    import.write(group).await?;
    Ok(import.report)
}

fn read_text(file: impl Read) -> Result<(String, Encoding), ImportError> {
    let mut bytes = Vec::new();
    file.take(FILE_MAX_BYTES.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > FILE_MAX_BYTES {
        return Err(ImportError::TooLong);
    }
    decode::decode(&bytes).ok_or(ImportError::Encoding)
}

/// Whatever separates the headers.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or("");
    let count = |delimiter: u8| header.bytes().filter(|byte| *byte == delimiter).count();
    // The first of equals: a comma.
    [b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

fn demand_columns(columns: &[Column], headers: &[String]) -> Result<(), ImportError> {
    let missing = |what| Err(ImportError::NoColumn(what, headers.join(", ")));
    if !columns.contains(&Column::Name) {
        return missing("the name");
    }
    if !columns.iter().any(|column| matches!(column, Column::Phone(_) | Column::Email)) {
        return missing("a phone number or e-mail address");
    }
    Ok(())
}

/// Where the row begins: the reader's own count stops before the empty lines above it.
fn first_line(text: &str, position: &csv::Position) -> u64 {
    let before = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let ahead = text.as_bytes().get(before..).unwrap_or_default();
    let empty = ahead.iter().take_while(|byte| b"\r\n".contains(byte)).filter(|byte| **byte == b'\n').count();
    position.line().saturating_add(u64::try_from(empty).unwrap_or(0))
}

fn csv_error(error: csv::Error) -> ImportError {
    let line = error.position().map_or(0, csv::Position::line);
    ImportError::Csv { line, message: error.to_string() }
}

/// Reads one row, or tells everything that is wrong with it.
fn draft(
    record: &csv::StringRecord,
    columns: &[Column],
    headers: &[String],
    line: u64,
    region: &str,
) -> Result<CustomerDraft, Vec<RowMistake>> {
    let mut draft = CustomerDraft::default();
    let mut mistakes = Vec::new();
    if record.len() > columns.len() {
        let message = format!("{} cells, but {} headers", record.len(), columns.len());
        mistakes.push(RowMistake { line, column: None, message });
    }
    for ((cell, column), header) in record.iter().zip(columns).zip(headers).filter(|((cell, _), _)| !cell.is_empty()) {
        if let Err(message) = read_cell(&mut draft, cell, column, region) {
            mistakes.push(RowMistake { line, column: Some(header.clone()), message });
        }
    }
    if draft.name.is_empty() {
        mistakes.push(RowMistake { line, column: None, message: String::from("no name") });
    }
    if draft.contact_points.is_empty() && mistakes.is_empty() {
        let message = String::from("neither a phone number nor an e-mail address");
        mistakes.push(RowMistake { line, column: None, message });
    }
    if mistakes.is_empty() { Ok(draft) } else { Err(mistakes) }
}

fn read_cell(draft: &mut CustomerDraft, cell: &str, column: &Column, region: &str) -> Result<(), String> {
    if cell.len() > CELL_MAX_BYTES {
        return Err(format!("longer than {CELL_MAX_BYTES} bytes"));
    }
    let parts =
        |separators: &'static str| cell.split(|c| separators.contains(c)).map(str::trim).filter(|p| !p.is_empty());
    match column {
        Column::Name => draft.name = cell.to_owned(),
        Column::Organisation => draft.organisation = Some(cell.to_owned()),
        Column::Tier => draft.tier = Some(cell.to_lowercase()),
        Column::Language => draft.language = columns::language(cell),
        Column::Tags => draft.tags = parts(",;|，；、").map(str::to_owned).collect(),
        Column::Notes => draft.notes = cell.to_owned(),
        Column::Date(label) => {
            let date = columns::date(cell).ok_or_else(|| format!("`{cell}` is not a date such as 2014-10-02"))?;
            draft.dates.push(((*label).to_owned(), date));
        }
        Column::Phone(label) => {
            for part in numbers_in(cell) {
                add_point(draft, ContactPoint::new("phone", part, label, region), part)?;
            }
        }
        Column::Email => {
            for part in parts(";,|，；、") {
                add_point(draft, ContactPoint::new("email", part, "", region), part)?;
            }
        }
        Column::Unknown => {}
    }
    Ok(())
}

fn add_point(
    draft: &mut CustomerDraft,
    point: Result<ContactPoint, ContactPointError>,
    part: &str,
) -> Result<(), String> {
    let point = point.map_err(|error| format!("`{part}`: {error}"))?;
    if !draft.contact_points.iter().any(|known| known.is_same(&point)) {
        draft.contact_points.push(point);
    }
    Ok(())
}

struct Import<'a> {
    store: &'a Store,
    options: &'a ImportOptions,
    now: Instant,
    report: ImportReport,
    /// Of a dry run: whom earlier groups would have written, by contact point and name.
    dry: BTreeSet<(String, String)>,
}

/// Whom a row's contact points belong to.
enum Known {
    Nobody,
    /// The same name.
    One(CustomerId),
    Several(Vec<CustomerId>),
    /// Only others, by name.
    Others(String),
}

impl Import<'_> {
    async fn write(&mut self, group: Vec<(u64, CustomerDraft)>) -> Result<(), ImportError> {
        if group.is_empty() {
            return Ok(());
        }
        let mut conn = self.store.begin().await?;
        for (line, draft) in group {
            self.row(&mut conn, line, draft).await?;
        }
        if !self.options.dry_run {
            conn.commit().await?;
        }
        Ok(())
    }

    async fn row(&mut self, conn: &mut Conn, line: u64, draft: CustomerDraft) -> Result<(), ImportError> {
        let known = known(conn, &draft).await?;
        if self.options.dry_run {
            let name = organisation_key(&draft.name);
            let points = draft.contact_points.iter().map(|point| (point.value.clone(), name.clone()));
            let (seen, new): (Vec<_>, Vec<_>) = points.partition(|point| self.dry.contains(point));
            self.dry.extend(new);
            if !seen.is_empty() && !matches!(known, Known::One(_)) {
                self.duplicate();
                return Ok(());
            }
        }
        match known {
            Known::Several(ids) => {
                let ids = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                let message = format!("its contact points belong to several customers of this name: {ids}");
                self.report.refuse(vec![RowMistake { line, column: None, message }]);
            }
            Known::One(id) => {
                if self.options.duplicates == Duplicates::Merge {
                    let mut merged = CustomerDraft::from(card(conn, id).await?);
                    merged.merge(draft);
                    save(conn, Some(id), &merged, self.now).await?;
                }
                self.duplicate();
            }
            Known::Nobody => self.create(conn, &draft).await?,
            Known::Others(name) => {
                let message = format!("`{}` shares a number or address with `{name}`", draft.name);
                self.report.share(RowMistake { line, column: None, message });
                self.create(conn, &draft).await?;
            }
        }
        Ok(())
    }

    fn duplicate(&mut self) {
        let count = match self.options.duplicates {
            Duplicates::Merge => &mut self.report.merged,
            Duplicates::Skip => &mut self.report.skipped,
        };
        *count = count.saturating_add(1);
    }

    async fn create(&mut self, conn: &mut Conn, draft: &CustomerDraft) -> Result<(), StoreError> {
        save(conn, None, draft, self.now).await?;
        self.report.created = self.report.created.saturating_add(1);
        Ok(())
    }
}

async fn known(conn: &mut Conn, draft: &CustomerDraft) -> Result<Known, StoreError> {
    let name = organisation_key(&draft.name);
    let mut same = BTreeSet::new();
    let mut other = None;
    for point in &draft.contact_points {
        let rows: Vec<(i64, String)> = conn
            .all(
                "SELECT c.id, c.name FROM contact_points p JOIN customers c ON c.id = p.customer
                 WHERE p.kind = $1 AND p.value = $2 ORDER BY c.id",
                args![&point.kind, &point.value],
            )
            .await?;
        for (id, known) in rows {
            match organisation_key(&known) == name {
                true => drop(same.insert(CustomerId(id))),
                false => other = other.or(Some(known)),
            }
        }
    }
    let same: Vec<CustomerId> = same.into_iter().collect();
    Ok(match (same.as_slice(), other) {
        ([], None) => Known::Nobody,
        ([], Some(name)) => Known::Others(name),
        ([one], _) => Known::One(*one),
        _ => Known::Several(same),
    })
}
