//! Values of an answer, whatever their types are in the database.

use serde::Serialize;
use sqlx::postgres::{PgRow, PgValueFormat};
use sqlx::sqlite::SqliteRow;
use sqlx::{Column as _, Row as _, TypeInfo as _, ValueRef as _};

/// A value.
#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
#[schema(as = ReportCell)]
pub enum Cell {
    None,
    Int(i64),
    Real(f64),
    Text(String),
}

/// Whole numbers beyond this are not whole as a real one.
const WHOLE: f64 = 9_007_199_254_740_992.0;

pub(super) trait Cells {
    fn names(&self) -> Vec<String>;
    fn cells(&self) -> Result<Vec<Cell>, sqlx::Error>;
}

impl Cells for SqliteRow {
    fn names(&self) -> Vec<String> {
        self.columns().iter().map(|column| column.name().to_owned()).collect()
    }

    fn cells(&self) -> Result<Vec<Cell>, sqlx::Error> {
        (0..self.len()).map(|at| of_sqlite(self, at)).collect()
    }
}

impl Cells for PgRow {
    fn names(&self) -> Vec<String> {
        self.columns().iter().map(|column| column.name().to_owned()).collect()
    }

    fn cells(&self) -> Result<Vec<Cell>, sqlx::Error> {
        (0..self.len()).map(|at| of_postgres(self, at)).collect()
    }
}

fn of_sqlite(row: &SqliteRow, at: usize) -> Result<Cell, sqlx::Error> {
    let value = row.try_get_raw(at)?;
    if value.is_null() {
        return Ok(Cell::None);
    }
    let kind = value.type_info().name().to_owned();
    match kind.as_str() {
        "INTEGER" | "BOOLEAN" => row.try_get_unchecked(at).map(Cell::Int),
        "REAL" => row.try_get_unchecked(at).map(Cell::Real),
        "TEXT" => row.try_get_unchecked(at).map(Cell::Text),
        _ => Ok(Cell::None),
    }
}

fn of_postgres(row: &PgRow, at: usize) -> Result<Cell, sqlx::Error> {
    let value = row.try_get_raw(at)?;
    if value.is_null() {
        return Ok(Cell::None);
    }
    let kind = value.type_info().name().to_owned();
    match kind.as_str() {
        "INT2" => row.try_get::<i16, _>(at).map(|value| Cell::Int(value.into())),
        "INT4" => row.try_get::<i32, _>(at).map(|value| Cell::Int(value.into())),
        "INT8" => row.try_get(at).map(Cell::Int),
        "FLOAT4" => row.try_get::<f32, _>(at).map(|value| Cell::Real(value.into())),
        "FLOAT8" => row.try_get(at).map(Cell::Real),
        "BOOL" => row.try_get::<bool, _>(at).map(|value| Cell::Int(value.into())),
        "NUMERIC" => match value.format() {
            PgValueFormat::Binary => Ok(value.as_bytes().ok().and_then(numeric).unwrap_or(Cell::None)),
            PgValueFormat::Text => {
                Ok(value.as_str().ok().and_then(|text| text.parse().ok()).map_or(Cell::None, Cell::Real))
            }
        },
        _ => row.try_get_unchecked(at).map(Cell::Text),
    }
}

/// A NUMERIC as the server sends it: counts and digits to the base of 10,000, big-endian. Whole ones that fit are whole.
fn numeric(bytes: &[u8]) -> Option<Cell> {
    let mut words = bytes.chunks_exact(2).map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?)));
    let mut next = || words.next().flatten();
    let (count, weight, sign, scale) = (next()?, next()?.cast_signed(), next()?, next()?);
    if sign > 0x4000 {
        // Not a number, or infinite.
        return None;
    }
    let mut value = 0.0_f64;
    for place in 0..i32::from(count) {
        value += f64::from(next()?) * 10_000_f64.powi(i32::from(weight) - place);
    }
    let value = if sign == 0x4000 { -value } else { value };
    #[allow(clippy::cast_possible_truncation, reason = "it is whole and within what is exact")]
    let whole = (scale == 0 && value.abs() < WHOLE).then_some(value as i64);
    Some(whole.map_or(Cell::Real(value), Cell::Int))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_length_are_read() {
        let told = |words: &[u16]| numeric(&words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>());
        for (words, cell) in [
            (&[0, 0, 0, 0][..], Some(Cell::Int(0))),
            (&[1, 0, 0, 0, 7], Some(Cell::Int(7))),
            (&[2, 1, 0, 0, 12, 3456], Some(Cell::Int(123_456))),
            (&[1, 1, 0, 0, 12], Some(Cell::Int(120_000))),
            (&[1, 0, 0x4000, 0, 7], Some(Cell::Int(-7))),
            (&[2, 0, 0, 2, 1, 2500], Some(Cell::Real(1.25))),
            (&[1, 0xffff, 0, 4, 5000], Some(Cell::Real(0.5))),
            (&[0, 0, 0xC000, 0], None),
            (&[2, 0, 0, 0, 1], None),
            (&[], None),
        ] {
            assert_eq!(told(words), cell, "{words:?}");
        }
    }
}
