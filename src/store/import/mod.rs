//! Customers and their orders from a CSV file.
//!
//! | a row | becomes |
//! | --- | --- |
//! | with a mistake (no name, no contact point, unreadable number, address or date) | refused whole, told with its line; the others go on |
//! | whose contact points nobody has | a new customer |
//! | sharing a contact point with a customer of the same name (case and spacing do not count) | merged into that one ([`CustomerDraft::merge`]), or skipped, as [`Duplicates`] says |
//! | sharing one only with customers of other names | a new customer, and a note: a household or a switchboard |
//! | whose contact points belong to several customers of its name | refused: a person must say who it is |
//!
//! So the same file imported twice changes nothing the second time. Two columns of one meaning are joined, and
//! what has no room is kept in the notes, under its header. Orders go to the one customer whose number or address
//! their row tells.
//!
//! Rows are written in slices of [`SLICE`], with pauses between them, so that a running server is not kept from
//! writing; a slice is there whole or not at all.

mod amount;
mod cells;
mod columns;
mod dates;
mod orders;
mod report;
mod sheet;
mod table;
mod tidy;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use crate::base::{CustomerId, Instant};
use crate::crm::{CustomerDraft, organisation_key};

use super::customers::{KnownCustomer, owners, save};
use super::db::Conn;
use super::decode::{DecodeError, Encoding, Known as How};
use super::{Store, StoreError};
pub(super) use amount::named_in as currency_in;
use columns::Column;
pub(super) use columns::plain as plain_header;
pub(super) use dates::date;
use orders::{OrderColumn, OrderRow};
pub use report::{ImportReport, RowMistake};
use sheet::Judged;
pub(super) use sheet::Sheet;
pub(super) use tidy::is_blank;

/// A longer file is not taken.
const FILE_MAX_BYTES: u64 = 256 << 20;
/// Rows written in one transaction: few, so that a running server waits a few milliseconds at most.
pub const SLICE: usize = 20;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImportOptions {
    /// How national numbers are read, and what files look like: ISO 3166 alpha-2.
    pub region: String,
    pub duplicates: Duplicates,
    /// Do everything but keep nothing.
    pub dry_run: bool,
    /// What the file is written in; `None`: found out.
    pub encoding: Option<Encoding>,
    /// Of orders that name none: ISO 4217.
    pub currency: Option<String>,
}

/// What to do with a row whose customer is there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Duplicates {
    #[default]
    Merge,
    Skip,
}

/// What the rows of a file are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ImportKind {
    Customers,
    /// Orders of customers who are there already.
    Orders,
}

/// Why a file as a whole is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("the file cannot be read: {0}")]
    Read(#[from] std::io::Error),
    #[error("the file is longer than {FILE_MAX_BYTES} bytes")]
    TooLong,
    #[error(transparent)]
    Encoding(#[from] DecodeError),
    #[error("it looks like {0}, but not for certain (see the dry run): say --encoding {0}, or another one")]
    Unsure(Encoding),
    #[error("the file has no column for {0}; the headers are: {1}")]
    NoColumn(&'static str, String),
    #[error("unknown column `{header}`; did you mean `{near}`?")]
    Misspelt { header: String, near: String },
    #[error("line {line}: {message}")]
    Csv { line: u64, message: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Imports a CSV file: titles, a header line, then a customer or an order each line; separated by comma,
/// semicolon, tab or bar. Beside a running server on SQLite it rests as long as it works.
pub async fn import(
    store: &Store,
    kind: ImportKind,
    file: impl Read,
    options: &ImportOptions,
    now: Instant,
) -> Result<ImportReport, ImportError> {
    let mut import = Import::open(kind, file, options.clone(), now)?;
    loop {
        let began = tokio::time::Instant::now();
        if !import.step(store).await? {
            return Ok(import.report);
        }
        if store.kind() == "sqlite" && !options.dry_run {
            // Who waits for the lock of SQLite asks again now and then: the gaps must be as long as the work.
            tokio::time::sleep(began.elapsed()).await;
        }
    }
}

/// A file on its way into the store, slice by slice.
pub struct Import {
    sheet: Sheet,
    columns: Columns,
    options: ImportOptions,
    now: Instant,
    report: ImportReport,
    /// Of a dry run: whom earlier rows would have written, by contact point and name (as compared, as written);
    /// orders by customer and number.
    dry: BTreeMap<String, BTreeMap<String, String>>,
}

enum Columns {
    Customers(Vec<Column>),
    Orders(Vec<OrderColumn>),
}

enum Item {
    Customer(CustomerDraft),
    Order(OrderRow),
}

impl Import {
    pub fn open(kind: ImportKind, file: impl Read, options: ImportOptions, now: Instant) -> Result<Self, ImportError> {
        let bytes = read_all(file)?;
        let judge: fn(&[String]) -> Judged = match kind {
            ImportKind::Customers => cells::judge,
            ImportKind::Orders => orders::judge,
        };
        let sheet = Sheet::open(&bytes, &options, judge)?;
        if sheet.known == How::Unsure && !options.dry_run {
            return Err(ImportError::Unsure(sheet.encoding));
        }
        let mut report = ImportReport::new(options.dry_run, &sheet);
        let columns = match kind {
            ImportKind::Customers => {
                let columns: Vec<Column> = sheet.headers.iter().map(|header| Column::of(header)).collect();
                let unknown = |at: usize| columns.get(at) == Some(&Column::Unknown);
                report.unread_columns = unread(&sheet.headers, unknown, columns::meant)?;
                report.joined_columns = cells::joined(&sheet.headers, &columns);
                Columns::Customers(columns)
            }
            ImportKind::Orders => {
                let columns: Vec<OrderColumn> = sheet.headers.iter().map(|header| OrderColumn::of(header)).collect();
                let unknown = |at: usize| columns.get(at) == Some(&OrderColumn::Unknown);
                report.unread_columns = unread(&sheet.headers, unknown, orders::meant)?;
                Columns::Orders(columns)
            }
        };
        Ok(Self { sheet, columns, options, now, report, dry: BTreeMap::new() })
    }

    /// Reads up to [`SLICE`] rows and writes them in one transaction, whole or not at all. `false`: that was
    /// all. Between two steps nothing is held, so everybody else can write.
    pub async fn step(&mut self, store: &Store) -> Result<bool, ImportError> {
        let mut items = Vec::with_capacity(SLICE);
        let mut more = true;
        while items.len() < SLICE && more {
            more = self.read(&mut items);
        }
        if items.is_empty() {
            return Ok(more);
        }
        // A dry run only asks.
        let mut conn = if self.options.dry_run { store.read().await? } else { store.begin().await? };
        for (line, item) in items {
            match item {
                Item::Customer(draft) => self.customer(&mut conn, line, draft).await?,
                Item::Order(order) => self.order(&mut conn, line, order).await?,
            }
        }
        if !self.options.dry_run {
            conn.commit().await?;
        }
        Ok(more)
    }

    pub fn report(&self) -> &ImportReport {
        &self.report
    }

    /// One row of the file, or its mistakes; `false`: there is none.
    fn read(&mut self, items: &mut Vec<(u64, Item)>) -> bool {
        let Some((line, row)) = self.sheet.next() else { return false };
        self.report.rows = self.report.rows.saturating_add(1);
        let refused = |message: &str| vec![RowMistake { line, column: None, message: message.to_owned() }];
        let (headers, options) = (&self.sheet.headers, &self.options);
        let read = row.map_err(refused).and_then(|cells| match &self.columns {
            Columns::Customers(columns) => {
                cells::draft(&cells, columns, headers, line, &options.region).map(Item::Customer)
            }
            Columns::Orders(columns) => orders::row(&cells, columns, headers, line, options).map(Item::Order),
        });
        match read {
            Ok(item) => items.push((line, item)),
            Err(mistakes) => self.report.refuse(mistakes),
        }
        true
    }

    async fn customer(&mut self, conn: &mut Conn, line: u64, draft: CustomerDraft) -> Result<(), ImportError> {
        let mut known = known(conn, &draft).await?;
        if self.options.dry_run {
            let earlier = self.earlier(&draft);
            match (&known, earlier) {
                (Known::One(_) | Known::Several(_), _) | (_, None) => {}
                (_, Some(Ok(()))) => {
                    self.duplicate();
                    return Ok(());
                }
                (_, Some(Err(other))) => known = Known::Others(other),
            }
        }
        match known {
            Known::Several(ids) => {
                let ids = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                let message = format!("its contact points belong to several customers of this name: {ids}");
                self.report.refuse(vec![RowMistake { line, column: None, message }]);
            }
            Known::One(id) => {
                if self.options.duplicates == Duplicates::Merge && !self.options.dry_run {
                    let present = KnownCustomer::hold(conn, id).await?;
                    let mut merged = present.known.clone();
                    merged.merge(draft);
                    save(conn, Some(&present), &merged, self.now).await?;
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

    /// What a dry run has seen of this customer: the same one, or another one with the same contact point.
    fn earlier(&mut self, draft: &CustomerDraft) -> Option<Result<(), String>> {
        let name = organisation_key(&draft.name);
        let mut seen = None;
        for point in &draft.contact_points {
            let names = self.dry.entry(point.value.clone()).or_default();
            match names.contains_key(&name) {
                true => seen = Some(Ok(())),
                false => seen = seen.or_else(|| names.values().next().map(|other| Err(other.clone()))),
            }
            names.insert(name.clone(), draft.name.clone());
        }
        seen
    }

    fn duplicate(&mut self) {
        let count = match self.options.duplicates {
            Duplicates::Merge => &mut self.report.merged,
            Duplicates::Skip => &mut self.report.skipped,
        };
        *count = count.saturating_add(1);
    }

    async fn create(&mut self, conn: &mut Conn, draft: &CustomerDraft) -> Result<(), StoreError> {
        if !self.options.dry_run {
            save(conn, None, draft, self.now).await?;
        }
        self.report.created = self.report.created.saturating_add(1);
        Ok(())
    }

    async fn order(&mut self, conn: &mut Conn, line: u64, row: OrderRow) -> Result<(), ImportError> {
        let customer = match orders::owner(conn, &row).await? {
            Ok(customer) => customer,
            Err(message) => {
                self.report.refuse(vec![RowMistake { line, column: None, message }]);
                return Ok(());
            }
        };
        let present = if self.options.dry_run {
            KnownCustomer::read(conn, customer).await?
        } else {
            KnownCustomer::hold(conn, customer).await?
        };
        let is_known = present.known.orders.iter().any(|order| order.number == row.order.number);
        // In a dry run an earlier row may have brought it.
        let is_known = is_known || {
            let seen = self.dry.entry(customer.to_string()).or_default();
            seen.insert(row.order.number.clone(), String::new()).is_some()
        };
        if is_known {
            self.duplicate();
        } else {
            self.report.created = self.report.created.saturating_add(1);
        }
        if self.options.dry_run || (is_known && self.options.duplicates == Duplicates::Skip) {
            return Ok(());
        }
        let mut merged = present.known.clone();
        merged.merge(CustomerDraft { orders: vec![row.order], ..CustomerDraft::default() });
        save(conn, Some(&present), &merged, self.now).await.map(drop).map_err(ImportError::from)
    }
}

fn read_all(file: impl Read) -> Result<Vec<u8>, ImportError> {
    let mut bytes = Vec::new();
    file.take(FILE_MAX_BYTES.saturating_add(1)).read_to_end(&mut bytes)?;
    match u64::try_from(bytes.len()).unwrap_or(u64::MAX) > FILE_MAX_BYTES {
        true => Err(ImportError::TooLong),
        false => Ok(bytes),
    }
}

/// Headers that mean nothing to us. One that is a slip of a known one refuses the file: its column would be lost.
fn unread(
    headers: &[String],
    is_unknown: impl Fn(usize) -> bool,
    meant: fn(&str) -> Option<&'static str>,
) -> Result<Vec<String>, ImportError> {
    let mut unread = Vec::new();
    for (at, header) in headers.iter().enumerate().filter(|(_, header)| !header.is_empty()) {
        match (is_unknown(at), meant(header)) {
            (false, _) => {}
            (true, Some(near)) => {
                return Err(ImportError::Misspelt { header: header.clone(), near: near.to_owned() });
            }
            (true, None) => unread.push(header.clone()),
        }
    }
    Ok(unread)
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

async fn known(conn: &mut Conn, draft: &CustomerDraft) -> Result<Known, StoreError> {
    let name = organisation_key(&draft.name);
    let mut same = BTreeSet::new();
    let mut other = None;
    for (id, known) in owners(conn, &draft.contact_points).await? {
        match organisation_key(&known) == name {
            true => drop(same.insert(id)),
            false => other = other.or(Some(known)),
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
