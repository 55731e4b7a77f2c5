//! What refers to a record: found in every kind, and pointed at another one.

use std::collections::BTreeSet;

use crate::record::{Class, Field, Line, Record, Value};
use crate::store::StoreError;
use crate::store::db::{Conn, args};
use crate::store::record::catalogue::Stored;
use crate::store::record::sql::as_text;
use crate::store::record::tables::lines_table;

/// Records of `of` that refer to a record of a kind; `most` of each field.
pub(super) async fn of(
    conn: &mut Conn,
    of: &Stored,
    kind: &str,
    id: i64,
    most: usize,
) -> Result<BTreeSet<i64>, StoreError> {
    let refers = |field: &&Field| field.kind.as_deref() == Some(kind);
    let mut found = BTreeSet::new();
    let mut asked = Vec::new();
    for field in of.kind.fields.iter().filter(refers) {
        let Some(column) = of.columns.fields.get(&field.key) else { continue };
        asked.push(match column.class() {
            Class::Many => {
                let text = format!(
                    "SELECT {} FROM {} m WHERE m.field = '{}' AND m.value = $1 LIMIT {most}",
                    as_text("m.record"),
                    of.many_table(),
                    column.name
                );
                (text, true)
            }
            _ => (
                format!(
                    "SELECT {} FROM {} r WHERE r.{} = $1 LIMIT {most}",
                    as_text("r.id"),
                    of.table(),
                    column.quoted()
                ),
                false,
            ),
        });
    }
    for lines in &of.kind.lines {
        let Some(columns) = of.columns.lines.get(&lines.key) else { continue };
        for field in lines.fields.iter().filter(refers) {
            let Some(column) = columns.fields.get(&field.key) else { continue };
            let table = lines_table(of, columns);
            let text = format!(
                "SELECT DISTINCT {} FROM {table} l WHERE l.{} = $1 LIMIT {most}",
                as_text("l.record"),
                column.quoted()
            );
            asked.push((text, false));
        }
    }
    for (text, by_text) in asked {
        let rows: Vec<(String,)> = match by_text {
            true => conn.all_of(text, args![id.to_string()]).await?,
            false => conn.all_of(text, args![id]).await?,
        };
        found.extend(rows.into_iter().filter_map(|(id,)| id.parse::<i64>().ok()));
    }
    Ok(found)
}

/// A record that refers to `to` where it referred to `from`.
pub(super) fn pointed(of: &Stored, kind: &str, mut record: Record, (from, to): (i64, i64)) -> Record {
    let turn = |value: &mut Value| match value {
        Value::Ref(id) if *id == from => *id = to,
        Value::Refs(ids) if ids.contains(&from) => {
            let mut new = Vec::new();
            for id in ids.iter().map(|id| if *id == from { to } else { *id }) {
                if !new.contains(&id) {
                    new.push(id);
                }
            }
            *ids = new;
        }
        _ => {}
    };
    each(of, kind, &mut record, |line, key| line.get_mut(key).into_iter().for_each(turn));
    record
}

/// A record that refers to none of these.
pub(super) fn without(of: &Stored, kind: &str, mut record: Record, ids: &[i64]) -> Record {
    each(of, kind, &mut record, |line, key| {
        let is_empty = match line.get_mut(key) {
            Some(Value::Ref(id)) => ids.contains(id),
            Some(Value::Refs(all)) => {
                all.retain(|id| !ids.contains(id));
                all.is_empty()
            }
            _ => false,
        };
        if is_empty {
            line.remove(key);
        }
    });
    record
}

/// Every field of a record and its lines that refers to a kind; a record's fields are held as those of a line.
fn each(of: &Stored, kind: &str, record: &mut Record, mut turn: impl FnMut(&mut Line, &str)) {
    let refers = |field: &&Field| field.kind.as_deref() == Some(kind);
    for field in of.kind.fields.iter().filter(refers) {
        turn(&mut record.fields, &field.key);
    }
    for lines in &of.kind.lines {
        for field in lines.fields.iter().filter(refers) {
            for line in record.lines.get_mut(&lines.key).into_iter().flatten() {
                turn(line, &field.key);
            }
        }
    }
}
