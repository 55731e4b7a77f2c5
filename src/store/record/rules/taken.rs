//! What stood in the records that a record names, taken when they are named: the price of an article in the lines of a
//! quote. It stays as it was while the same one is named.

use std::collections::{BTreeMap, BTreeSet};

use crate::record::{Field, Line, Record, Value};
use crate::store::StoreError;
use crate::store::db::{Conn, keys};
use crate::store::record::catalogue::{Catalogue, Stored};
use crate::store::record::rows::read;
use crate::store::record::sql::{Cells, Reading, as_text};

/// What was found, by kind, field and record.
type Found = BTreeMap<(String, String, i64), Value>;

/// Fills what a record that is about to be written takes from others. A statement a kind and field that it takes from.
pub(super) async fn take(
    conn: &mut Conn,
    kinds: &Catalogue,
    stored: &Stored,
    before: Option<&Record>,
    record: &mut Record,
) -> Result<(), StoreError> {
    let kind = &stored.kind;
    let mut wanted: BTreeMap<(String, String), BTreeSet<i64>> = BTreeMap::new();
    let mut want = |fields: &[Field], field: &Field, id: i64| {
        if let Some(place) = place(fields, field) {
            wanted.entry(place).or_default().insert(id);
        }
    };
    for field in kind.fields.iter().filter(|field| field.from.is_some()) {
        match named(field, &record.fields) {
            None => drop(record.fields.remove(&field.key)),
            id if id == before.and_then(|before| named(field, &before.fields)) => {}
            Some(id) => want(&kind.fields, field, id),
        }
    }
    for lines in &kind.lines {
        let of = |record: &Record| record.lines.get(&lines.key).cloned().unwrap_or_default();
        let earlier = before.map(of).unwrap_or_default();
        for line in record.lines.get_mut(&lines.key).into_iter().flatten() {
            for field in lines.fields.iter().filter(|field| field.from.is_some()) {
                let Some(id) = named(field, line) else {
                    line.remove(&field.key);
                    continue;
                };
                let kept = || earlier.iter().find(|it| named(field, it) == Some(id))?.get(&field.key).cloned();
                match line.get(&field.key).cloned().or_else(kept) {
                    Some(value) => drop(line.insert(field.key.clone(), value)),
                    None => want(&lines.fields, field, id),
                }
            }
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let found = found(conn, kinds, wanted).await?;
    put(stored, before, record, &found);
    Ok(())
}

/// The record that a field takes from.
fn named(field: &Field, cells: &Line) -> Option<i64> {
    match cells.get(&field.from.as_ref()?.by) {
        Some(Value::Ref(id)) => Some(*id),
        _ => None,
    }
}

/// From which kind, and which field of it.
fn place(fields: &[Field], field: &Field) -> Option<(String, String)> {
    let from = field.from.as_ref()?;
    let by = fields.iter().find(|it| it.key == from.by)?;
    Some((by.kind.clone()?, from.field.clone()))
}

async fn found(
    conn: &mut Conn,
    kinds: &Catalogue,
    wanted: BTreeMap<(String, String), BTreeSet<i64>>,
) -> Result<Found, StoreError> {
    let mut found = Found::new();
    for ((of, key), ids) in wanted {
        let Some(other) = kinds.get(&of) else { continue };
        let (Some(field), Some(column)) = (other.kind.field(&key), other.columns.fields.get(&key)) else { continue };
        let sql = format!(
            "SELECT {}, {} FROM {} WHERE deleted IS NULL AND id IN ({{rows}})",
            as_text("id"),
            column.selected().join(", "),
            other.table()
        );
        let rows: Vec<Cells> = conn.all_rows_of(&sql, &[], &keys(ids)).await?;
        for cells in rows {
            let mut row = Reading::of(cells);
            let id = row.int().unwrap_or_default();
            if let Some(value) = read(field, column, &mut row).map_err(StoreError::Corrupt)? {
                found.insert((of.clone(), key.clone(), id), value);
            }
        }
    }
    Ok(found)
}

fn put(stored: &Stored, before: Option<&Record>, record: &mut Record, found: &Found) {
    let kind = &stored.kind;
    let value = |fields: &[Field], field: &Field, id: i64| {
        let (of, key) = place(fields, field)?;
        found.get(&(of, key, id)).cloned()
    };
    for field in kind.fields.iter().filter(|field| field.from.is_some()) {
        let Some(id) = named(field, &record.fields) else { continue };
        if before.and_then(|before| named(field, &before.fields)) == Some(id) {
            continue;
        }
        match value(&kind.fields, field, id) {
            Some(value) => drop(record.fields.insert(field.key.clone(), value)),
            None => drop(record.fields.remove(&field.key)),
        }
    }
    for lines in &kind.lines {
        for line in record.lines.get_mut(&lines.key).into_iter().flatten() {
            for field in lines.fields.iter().filter(|field| field.from.is_some()) {
                let Some(id) = named(field, line).filter(|_| !line.contains_key(&field.key)) else { continue };
                line.extend(value(&lines.fields, field, id).map(|value| (field.key.clone(), value)));
            }
        }
    }
}
