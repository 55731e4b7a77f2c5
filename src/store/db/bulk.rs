//! Many rows in one statement, and in one text of it whatever their number: PostgreSQL gets an array a column
//! (`UNNEST`), SQLite one JSON text (`jsonb_each`). A statement with a place for every value would be another
//! one for every number of rows, and each value would be looked for by the name of its place.
//!
//! | what | limit | beyond |
//! | --- | --- | --- |
//! | rows of one statement | [`ROWS_MAX`] | another statement |

use super::{Arg, Conn, Row, without_nul};
use crate::store::StoreError;

/// Keeps a statement well within the time that one may take.
const ROWS_MAX: usize = 5_000;

impl Conn {
    /// `head rows tail`, where `head` names the table and its columns.
    pub(in crate::store) async fn insert(
        &mut self,
        head: &'static str,
        tail: &'static str,
        rows: &[Vec<Arg>],
    ) -> Result<(), StoreError> {
        for rows in rows.chunks(ROWS_MAX) {
            let Some(bulk) = Bulk::of(self.is_postgres(), rows, 0) else { continue };
            self.run_of(format!("{head} {} {tail}", bulk.source), &bulk.args).await?;
        }
        Ok(())
    }

    /// As [`Conn::run_rows`], for a text that the program puts together from its own pieces.
    pub(in crate::store) async fn run_rows_of(
        &mut self,
        sql: &str,
        args: &[Arg],
        rows: &[Vec<Arg>],
    ) -> Result<u64, StoreError> {
        let mut changed = 0_u64;
        for rows in rows.chunks(ROWS_MAX) {
            let Some(bulk) = Bulk::of(self.is_postgres(), rows, args.len()) else { continue };
            let args = [args, &bulk.args].concat();
            changed = changed.saturating_add(self.run_of(sql.replace("{rows}", &bulk.source), &args).await?);
        }
        Ok(changed)
    }

    /// As [`Conn::all_rows`], for a text that the program puts together from its own pieces.
    pub(in crate::store) async fn all_rows_of<T: Row>(
        &mut self,
        sql: &str,
        args: &[Arg],
        rows: &[Vec<Arg>],
    ) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::new();
        for rows in rows.chunks(ROWS_MAX) {
            let Some(bulk) = Bulk::of(self.is_postgres(), rows, args.len()) else { continue };
            let args = [args, &bulk.args].concat();
            found.extend(self.all_of::<T>(sql.replace("{rows}", &bulk.source), &args).await?);
        }
        Ok(found)
    }

    /// Runs a text in which `{rows}` stands for the rows, a query of the columns `c1`, `c2` … No row, no
    /// statement.
    pub(in crate::store) async fn run_rows(
        &mut self,
        sql: &'static str,
        args: &[Arg],
        rows: &[Vec<Arg>],
    ) -> Result<u64, StoreError> {
        self.run_rows_of(sql, args, rows).await
    }

    /// As [`Conn::run_rows`], for a question.
    pub(in crate::store) async fn all_rows<T: Row>(
        &mut self,
        sql: &'static str,
        args: &[Arg],
        rows: &[Vec<Arg>],
    ) -> Result<Vec<T>, StoreError> {
        self.all_rows_of(sql, args, rows).await
    }
}

/// Rows of one column.
pub(in crate::store) fn keys<T>(keys: impl IntoIterator<Item = T>) -> Vec<Vec<Arg>>
where
    Arg: From<T>,
{
    keys.into_iter().map(|key| vec![Arg::from(key)]).collect()
}

/// Rows as a query and its arguments, which follow `before` others.
struct Bulk {
    source: String,
    args: Vec<Arg>,
}

impl Bulk {
    /// `None`: there is no row. The first row says what the columns are: all have the same.
    fn of(postgres: bool, rows: &[Vec<Arg>], before: usize) -> Option<Self> {
        let columns = rows.first()?;
        Some(if postgres { Self::arrays(columns, rows, before) } else { Self::json(columns.len(), rows, before) })
    }

    fn arrays(columns: &[Arg], rows: &[Vec<Arg>], before: usize) -> Self {
        let (mut places, mut names, mut args) = (Vec::new(), Vec::new(), Vec::new());
        for (index, column) in columns.iter().enumerate() {
            let cells = rows.iter().map(|row| row.get(index));
            let (kind, arg) = match column {
                Arg::Int(_) | Arg::Ints(_) => ("BIGINT", Arg::Ints(cells.map(int).collect())),
                Arg::Text(_) | Arg::Texts(_) => ("TEXT", Arg::Texts(cells.map(text).collect())),
            };
            let number = index.saturating_add(1);
            places.push(format!("${}::{kind}[]", before.saturating_add(number)));
            names.push(format!("c{number}"));
            args.push(arg);
        }
        let (places, names) = (places.join(", "), names.join(", "));
        Self { source: format!("SELECT {names} FROM UNNEST({places}) AS bulk ({names})"), args }
    }

    fn json(columns: usize, rows: &[Vec<Arg>], before: usize) -> Self {
        let column = |index: usize| format!("value ->> {index} AS c{}", index.saturating_add(1));
        let names = (0..columns).map(column).collect::<Vec<_>>().join(", ");
        let place = before.saturating_add(1);
        // The condition keeps an `ON CONFLICT` behind it from being read as that of a join.
        Self {
            source: format!("SELECT {names} FROM jsonb_each(${place}) WHERE true"),
            args: vec![Arg::Text(Some(json(rows)))],
        }
    }
}

fn int(cell: Option<&Arg>) -> Option<i64> {
    if let Some(Arg::Int(value)) = cell { *value } else { None }
}

fn text(cell: Option<&Arg>) -> Option<String> {
    if let Some(Arg::Text(Some(text))) = cell { Some(without_nul(text).into_owned()) } else { None }
}

/// `[[1,"a"],[2,null]]`
fn json(rows: &[Vec<Arg>]) -> String {
    let mut out = Vec::with_capacity(rows.len().saturating_mul(64));
    for (index, row) in rows.iter().enumerate() {
        out.push(if index == 0 { b'[' } else { b',' });
        for (index, cell) in row.iter().enumerate() {
            out.push(if index == 0 { b'[' } else { b',' });
            // Into memory: it does not fail.
            let _ = match cell {
                Arg::Int(Some(value)) => serde_json::to_writer(&mut out, value),
                Arg::Text(Some(text)) => serde_json::to_writer(&mut out, &without_nul(text)),
                Arg::Int(None) | Arg::Text(None) | Arg::Ints(_) | Arg::Texts(_) => serde_json::to_writer(&mut out, &()),
            };
        }
        out.push(b']');
    }
    out.push(b']');
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::db::args;

    #[test]
    fn rows_are_one_text_whatever_their_number() {
        let rows = |count: i64| (0..count).map(|n| args![n, "a\"\0\n", None::<&str>].to_vec()).collect::<Vec<_>>();
        let json = |count| Bulk::of(false, &rows(count), 1).unwrap();
        assert_eq!(json(1).source, json(50).source);
        assert_eq!(json(2).args, [Arg::from(r#"[[0,"a\"\n",null],[1,"a\"\n",null]]"#)]);
        let arrays = |count| Bulk::of(true, &rows(count), 1).unwrap();
        assert_eq!(arrays(1).source, arrays(50).source);
        assert!(arrays(1).source.ends_with("UNNEST($2::BIGINT[], $3::TEXT[], $4::TEXT[]) AS bulk (c1, c2, c3)"));
        assert_eq!(arrays(2).args.first(), Some(&Arg::Ints(vec![Some(0), Some(1)])));
        assert!(Bulk::of(true, &[], 0).is_none());
    }
}
