//! What records are found by: words, pairs of Chinese characters, pieces of numbers. Made here, so that both
//! databases find the same.

use std::collections::BTreeSet;

use super::catalogue::Stored;
use super::sql::Sql;
use crate::crm::{piece_terms, text_terms};
use crate::record::{FieldType, Record, Value};
use crate::store::StoreError;
use crate::store::db::keys;
use crate::store::db::{Conn, args};

/// Terms kept for one record.
const TERMS_MAX: usize = 2_000;
const TERM_BYTES: usize = 64;

fn terms(stored: &Stored, record: &Record) -> BTreeSet<String> {
    let mut terms: BTreeSet<String> = text_terms(&record.title, true).into_iter().collect();
    terms.extend(record.number.iter().flat_map(|number| text_terms(number, true)));
    for field in stored.kind.fields.iter().filter(|field| field.search) {
        let Some(text) = record.fields.get(&field.key).and_then(Value::as_text) else { continue };
        match field.of_type {
            FieldType::Phone => terms.extend(piece_terms(text.trim_start_matches('+'))),
            _ => terms.extend(text_terms(text, true)),
        }
    }
    terms.into_iter().filter(|term| term.len() <= TERM_BYTES).take(TERMS_MAX).collect()
}

/// Those that are gone, and those that are new.
pub(super) async fn save(
    conn: &mut Conn,
    stored: &Stored,
    before: Option<&Record>,
    after: &Record,
) -> Result<(), StoreError> {
    let known = before.map(|record| terms(stored, record)).unwrap_or_default();
    let wanted = terms(stored, after);
    let (kind, id) = (&stored.kind.key, after.id);
    let gone = keys(known.difference(&wanted));
    conn.run_rows(
        "DELETE FROM record_terms WHERE kind = $1 AND record = $2 AND term IN ({rows})",
        args![kind, id],
        &gone,
    )
    .await?;
    let new: Vec<_> = wanted.difference(&known).map(|term| args![term, kind, id].to_vec()).collect();
    conn.insert("INSERT INTO record_terms (term, kind, record)", "ON CONFLICT (term, kind, record) DO NOTHING", &new)
        .await
}

/// Of records that were not there.
pub(super) async fn save_new(conn: &mut Conn, stored: &Stored, records: &[Record]) -> Result<(), StoreError> {
    let kind = &stored.kind.key;
    let of = |record| terms(stored, record).into_iter().map(move |term| args![term, kind, record.id].to_vec());
    let rows: Vec<_> = records.iter().flat_map(of).collect();
    conn.insert("INSERT INTO record_terms (term, kind, record)", "ON CONFLICT (term, kind, record) DO NOTHING", &rows)
        .await
}

/// Appends that a record is found by each of the groups: by one of its terms at least.
pub(super) fn found(stored: &Stored, groups: &[Vec<String>], sql: &mut Sql) {
    let kind = sql.arg(&stored.kind.key);
    let mut each = Vec::new();
    for group in groups {
        let ranges: Vec<String> = group
            .iter()
            .map(|term| {
                let (from, to) = (sql.arg(term), sql.arg(format!("{term}{}", char::MAX)));
                format!("(term >= {from} AND term < {to})")
            })
            .collect();
        each.push(format!("SELECT record FROM record_terms WHERE kind = {kind} AND ({})", ranges.join(" OR ")));
    }
    sql.push(&format!("r.id IN ({})", each.join(" INTERSECT ")));
}
