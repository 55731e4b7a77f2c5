//! What other records promise about the due time of one.

use crate::record::{Answer, Beyond, Record, Value};
use crate::store::StoreError;
use crate::store::db::{Conn, args};
use crate::store::record::catalogue::{Catalogue, Stored};
use crate::store::record::sql::as_text;

/// Of a record as it was, and as it becomes; a statement each that the kind names, twice only where the references
/// differ.
pub(super) async fn both(
    conn: &mut Conn,
    kinds: &Catalogue,
    stored: &Stored,
    before: Option<&Record>,
    after: &Record,
) -> Result<(Answer, Answer), StoreError> {
    let Some(due) = &stored.kind.due else { return Ok(Default::default()) };
    let becomes = one(conn, kinds, stored, after).await?;
    let named = || [&due.promise, &due.always].into_iter().flatten().map(|it| &it.by);
    let same = |before: &Record| named().all(|by| before.fields.get(by) == after.fields.get(by));
    let was = match before {
        Some(before) if !same(before) => one(conn, kinds, stored, before).await?,
        _ => becomes,
    };
    Ok((was, becomes))
}

/// Of a record as it is.
pub(super) async fn one(
    conn: &mut Conn,
    kinds: &Catalogue,
    stored: &Stored,
    record: &Record,
) -> Result<Answer, StoreError> {
    let Some(due) = &stored.kind.due else { return Ok(Answer::default()) };
    let promised = told(conn, kinds, stored, record, due.promise.as_ref()).await?;
    let always = told(conn, kinds, stored, record, due.always.as_ref()).await?;
    Ok(Answer {
        within: promised.and_then(|seconds| seconds.parse().ok()),
        always: always.as_deref() == Some("always"),
    })
}

/// What stands in a field of the record that a reference leads to. A field that is gone says nothing.
async fn told(
    conn: &mut Conn,
    kinds: &Catalogue,
    stored: &Stored,
    record: &Record,
    beyond: Option<&Beyond>,
) -> Result<Option<String>, StoreError> {
    let Some(beyond) = beyond else { return Ok(None) };
    let Some(Value::Ref(id)) = record.fields.get(&beyond.by) else { return Ok(None) };
    let kind = stored.kind.field(&beyond.by).and_then(|field| field.kind.as_deref());
    let Some(other) = kind.and_then(|kind| kinds.get(kind)) else { return Ok(None) };
    let Some(column) = other.columns.fields.get(&beyond.field) else { return Ok(None) };
    let sql = format!("SELECT {} FROM {} WHERE id = $1 AND deleted IS NULL", as_text(&column.quoted()), other.table());
    let rows: Vec<(Option<String>,)> = conn.all_of(sql, args![*id]).await?;
    Ok(rows.into_iter().next().and_then(|(text,)| text))
}
