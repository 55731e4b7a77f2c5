//! What cells refer to, and records that are there already: asked for a slice at a time.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::Number;
use crate::record::{CUSTOMER, Value};
use crate::store::StoreError;
use crate::store::db::{Arg, Conn, args, keys};
use crate::store::record::catalogue::{Stored, table_of};
use crate::store::record::rows::args_of;

/// More are forgotten, and asked for again.
const KNOWN_MAX: usize = 50_000;

/// What somebody may mean by a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Hit {
    None,
    One(i64),
    Several,
}

/// What is known of what cells refer to: by kind and text.
#[derive(Default)]
pub(super) struct Found(BTreeMap<(String, String), Hit>);

type Wanted<'w> = BTreeMap<&'w str, BTreeSet<&'w str>>;

impl Found {
    pub fn get(&self, kind: &str, text: &str) -> Hit {
        self.0.get(&(kind.to_owned(), text.to_owned())).copied().unwrap_or(Hit::None)
    }

    /// Asks for what is not known yet: two statements a kind.
    pub async fn look(&mut self, conn: &mut Conn, wanted: &Wanted<'_>, region: &str) -> Result<(), StoreError> {
        if self.0.len() > KNOWN_MAX {
            self.0.clear();
        }
        for (kind, texts) in wanted {
            let new: Vec<&str> = texts.iter().copied().filter(|text| !self.is_known(kind, text)).collect();
            let hits = if *kind == CUSTOMER {
                customers(conn, &new, region).await?
            } else {
                records(conn, kind, &new).await?
            };
            for text in new {
                let ids = hits.get(text);
                let hit = match ids.map(|ids| (ids.len(), ids.first())) {
                    Some((1, Some(id))) => Hit::One(*id),
                    Some((0, _)) | None => Hit::None,
                    Some(_) => Hit::Several,
                };
                self.0.insert(((*kind).to_owned(), text.to_owned()), hit);
            }
        }
        Ok(())
    }

    fn is_known(&self, kind: &str, text: &str) -> bool {
        self.0.contains_key(&(kind.to_owned(), text.to_owned()))
    }
}

type Hits = BTreeMap<String, BTreeSet<i64>>;

/// By number, else by title.
async fn records(conn: &mut Conn, kind: &str, texts: &[&str]) -> Result<Hits, StoreError> {
    let mut hits = Hits::new();
    for column in ["number", "title"] {
        let left: Vec<&str> = texts.iter().copied().filter(|text| !hits.contains_key(*text)).collect();
        let sql =
            format!("SELECT {column}, id FROM {} WHERE deleted IS NULL AND {column} IN ({{rows}})", table_of(kind));
        let rows: Vec<(String, i64)> = conn.all_rows_of(&sql, &[], &keys(left)).await?;
        for (text, id) in rows {
            hits.entry(text).or_default().insert(id);
        }
    }
    Ok(hits)
}

/// By a phone number or an e-mail address, else by name.
async fn customers(conn: &mut Conn, texts: &[&str], region: &str) -> Result<Hits, StoreError> {
    let mut hits = Hits::new();
    let mut asked: BTreeMap<(&str, String), &str> = BTreeMap::new();
    for text in texts {
        if text.contains('@') {
            asked.insert(("email", text.to_lowercase()), text);
        } else if let Ok(read) = Number::read(text, region) {
            asked.insert(("phone", read.number.into()), text);
        }
    }
    let points: Vec<Vec<Arg>> = asked.keys().map(|(kind, value)| args![*kind, value].to_vec()).collect();
    let sql = "SELECT p.kind, p.value, p.customer FROM ({rows}) asked
               JOIN contact_points p ON p.kind = asked.c1 AND p.value = asked.c2";
    let rows: Vec<(String, String, i64)> = conn.all_rows(sql, &[], &points).await?;
    for (kind, value, id) in rows {
        let text = asked.iter().find(|((of, point), _)| *of == kind && *point == value).map(|(_, text)| *text);
        hits.entry(text.unwrap_or_default().to_owned()).or_default().insert(id);
    }
    let left: Vec<&str> = texts.iter().copied().filter(|text| !hits.contains_key(*text)).collect();
    let sql = "SELECT name, id FROM customers WHERE name IN ({rows})";
    let rows: Vec<(String, i64)> = conn.all_rows(sql, &[], &keys(left)).await?;
    for (name, id) in rows {
        hits.entry(name).or_default().insert(id);
    }
    Ok(hits)
}

/// Records that say the same in these fields, by the place of what is asked for. One statement.
pub(super) async fn present(
    conn: &mut Conn,
    stored: &Stored,
    by: &[String],
    wanted: &[(i64, Vec<Value>)],
) -> Result<BTreeMap<i64, Vec<i64>>, StoreError> {
    let mut tests = Vec::new();
    for (at, key) in by.iter().enumerate() {
        let cell = format!("asked.c{}", at.saturating_add(2));
        tests.push(match stored.columns.fields.get(key) {
            Some(column) => format!("r.{} = {}", column.quoted(), column.taken(conn.is_postgres(), &cell)),
            None => format!("r.number = {cell}"),
        });
    }
    let row = |(place, values): &(i64, Vec<Value>)| {
        let mut row = vec![Arg::from(*place)];
        for (key, value) in by.iter().zip(values) {
            match stored.columns.fields.get(key) {
                Some(column) => row.extend(args_of(column, Some(value)).into_iter().next()),
                None => row.push(Arg::from(value.plain())),
            }
        }
        row
    };
    let rows: Vec<Vec<Arg>> = wanted.iter().map(row).collect();
    let sql = format!(
        "SELECT CAST(asked.c1 AS TEXT), CAST(r.id AS TEXT) FROM ({{rows}}) asked
         JOIN {} r ON {} WHERE r.deleted IS NULL ORDER BY r.id",
        stored.table(),
        tests.join(" AND ")
    );
    let found: Vec<(String, String)> = conn.all_rows_of(&sql, &[], &rows).await?;
    let mut present: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (place, id) in found {
        if let (Ok(place), Ok(id)) = (place.parse(), id.parse()) {
            present.entry(place).or_default().push(id);
        }
    }
    Ok(present)
}
