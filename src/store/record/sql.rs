//! Statements that are put together from the columns of a kind.

use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use super::catalogue::Column;
use crate::record::{Class, Decimal};
use crate::store::StoreError;
use crate::store::db::Arg;

/// A row of any columns, all as text.
pub(super) struct Cells(pub Vec<Option<String>>);

impl<'r> sqlx::FromRow<'r, SqliteRow> for Cells {
    fn from_row(row: &'r SqliteRow) -> Result<Self, sqlx::Error> {
        (0..row.len()).map(|at| row.try_get::<Option<String>, _>(at)).collect::<Result<_, _>>().map(Self)
    }
}

impl<'r> sqlx::FromRow<'r, PgRow> for Cells {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        (0..row.len()).map(|at| row.try_get::<Option<String>, _>(at)).collect::<Result<_, _>>().map(Self)
    }
}

/// The cells of a row, one after the other.
pub(super) struct Reading(std::vec::IntoIter<Option<String>>);

impl Reading {
    pub fn of(cells: Cells) -> Self {
        Self(cells.0.into_iter())
    }

    pub fn text(&mut self) -> Option<String> {
        self.0.next().flatten()
    }

    pub fn int(&mut self) -> Option<i64> {
        self.text()?.parse().ok()
    }
}

/// A statement as it grows, with the places of its arguments.
#[derive(Default)]
pub(super) struct Sql {
    pub text: String,
    pub args: Vec<Arg>,
}

impl Sql {
    /// The place of an argument: `$3`.
    pub fn arg(&mut self, value: impl Into<Arg>) -> String {
        self.args.push(value.into());
        format!("${}", self.args.len())
    }

    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }
}

impl Column {
    /// How a column is declared.
    pub fn declared(&self, postgres: bool) -> Vec<String> {
        let kind = match self.class() {
            Class::Int => "BIGINT",
            Class::Decimal | Class::Money => "NUMERIC",
            Class::Day if postgres => "DATE",
            Class::Day | Class::Text => "TEXT",
            Class::Many => return Vec::new(),
        };
        let mut columns = vec![format!("{} {kind}", self.quoted())];
        if self.class() == Class::Money {
            columns.push(format!("{} TEXT", self.currency()));
        }
        columns
    }

    /// The columns in a statement.
    pub fn names(&self) -> Vec<String> {
        match self.class() {
            Class::Many => Vec::new(),
            Class::Money => vec![self.quoted(), self.currency()],
            _ => vec![self.quoted()],
        }
    }

    /// What is selected of it: texts.
    pub fn selected(&self) -> Vec<String> {
        match self.class() {
            Class::Many => Vec::new(),
            Class::Text => vec![self.quoted()],
            Class::Money => vec![as_text(&self.quoted()), self.currency()],
            _ => vec![as_text(&self.quoted())],
        }
    }

    /// An argument or a column of rows (`$1`, `c1`) as this column takes it.
    pub fn taken(&self, postgres: bool, place: &str) -> String {
        match self.class() {
            Class::Decimal | Class::Money => format!("CAST({place} AS NUMERIC)"),
            Class::Day if postgres => format!("CAST({place} AS DATE)"),
            _ => place.to_owned(),
        }
    }
}

pub(super) fn as_text(what: &str) -> String {
    format!("CAST({what} AS TEXT)")
}

/// A sum without rounding: `whole:millionths`, each summed as whole numbers ([`summed`]).
pub(super) fn exact_sum(column: &str, postgres: bool) -> String {
    if postgres {
        let behind = format!("SUM(ROUND(({column} - TRUNC({column})) * 1000000))");
        return format!("CAST(SUM(TRUNC({column})) AS TEXT) || ':' || CAST({behind} AS TEXT)");
    }
    let behind = format!("SUM(CAST(ROUND(({column} - CAST({column} AS INTEGER)) * 1000000) AS INTEGER))");
    format!("CAST(SUM(CAST({column} AS INTEGER)) AS TEXT) || ':' || CAST({behind} AS TEXT)")
}

/// What [`exact_sum`] tells; `None`: there is nothing, or more digits than are kept.
pub(super) fn summed(text: &str) -> Option<Decimal> {
    let (whole, behind) = text.split_once(':')?;
    let (whole, behind): (i128, i128) = (whole.parse().ok()?, behind.parse().ok()?);
    Decimal::from_millionths(whole.checked_mul(1_000_000)?.checked_add(behind)?)
}

/// A version as it is kept.
pub(super) fn number(value: i64) -> Result<u32, StoreError> {
    u32::try_from(value).map_err(|_| StoreError::Corrupt(format!("version {value}")))
}
