//! What records say of others: written with every write of one of those others, in its transaction, while the record
//! that says it is held. A record is not written by it (no version, no history): nobody has done anything to it.

use std::collections::{BTreeMap, BTreeSet};

use super::catalogue::{Catalogue, Column, Stored};
use super::filter::Filter;
use super::rows::{assignments, whole};
use super::sql::{Sql, as_text, exact_sum, summed};
use super::{RecordError, Told};
use crate::base::Instant;
use crate::record::{Asking, Class, Decimal, Field, FieldType, Record, Refused, Roll, Take, Value, nothing};
use crate::store::StoreError;
use crate::store::db::{Conn, args, instant};
use crate::written::expression::{self, Condition};

/// Brings up to date what other records say of one; `before`, `after`: as it was and is. Gives those that say something
/// else now, to be told.
pub(super) async fn update(
    conn: &mut Conn,
    kinds: &Catalogue,
    stored: &Stored,
    (before, after): (Option<&Record>, Option<&Record>),
    asking: &Asking<'_>,
) -> Result<Vec<Told>, RecordError> {
    let mut told = Vec::new();
    for other in kinds.values() {
        let of = |field: &&Field| field.roll.as_ref().is_some_and(|roll| roll.of == stored.kind.key);
        let mut ids = BTreeSet::new();
        for roll in other.kind.fields.iter().filter(of).filter_map(|field| field.roll.as_ref()) {
            ids.extend(before.into_iter().chain(after).flat_map(|record| referred(record, &roll.by)));
        }
        for id in ids {
            hold(conn, other, id).await?;
            if let Some(record) = whole(conn, other, id).await? {
                let Some(after) = reckoned(conn, kinds, other, &record, asking).await? else { continue };
                within(stored, other, &record, &after)?;
                let (kind, version, state) = (other.kind.key.clone(), record.version, record.state);
                told.push(Told::Record { kind, id, version, state });
            }
        }
    }
    Ok(told)
}

/// What another record says may have a least or a most: whoever writes what would break it is refused, on the field that
/// leads there.
fn within(stored: &Stored, other: &Stored, before: &Record, after: &Record) -> Result<(), RecordError> {
    let by = |key: &str| {
        let rolls = || other.kind.fields.iter().filter_map(|field| Some((field, field.roll.as_ref()?)));
        let own = rolls().find(|(field, roll)| field.key == key && roll.of == stored.kind.key);
        let roll = own.or_else(|| rolls().find(|(_, roll)| roll.of == stored.kind.key));
        roll.map_or_else(|| key.to_owned(), |(_, roll)| roll.by.clone())
    };
    let outside = other.kind.outside(Some(before), after);
    let refused: Vec<_> = outside.into_iter().map(|it| Refused { field: by(&it.field), ..it }).collect();
    if refused.is_empty() { Ok(()) } else { Err(RecordError::Fields(refused)) }
}

fn referred(record: &Record, field: &str) -> Vec<i64> {
    match record.fields.get(field) {
        Some(Value::Ref(id)) => vec![*id],
        Some(Value::Refs(ids)) => ids.clone(),
        _ => Vec::new(),
    }
}

/// Two that change what a record says wait for each other: the second one sees what the first one did.
async fn hold(conn: &mut Conn, stored: &Stored, id: i64) -> Result<(), StoreError> {
    let sql = format!("UPDATE {} SET version = version WHERE id = $1", stored.table());
    conn.run_of(sql, args![id]).await.map(|_| ())
}

/// Reckons a record that is held anew, and what it says of others; `None`: nothing is different.
pub(super) async fn reckoned(
    conn: &mut Conn,
    kinds: &Catalogue,
    stored: &Stored,
    record: &Record,
    asking: &Asking<'_>,
) -> Result<Option<Record>, StoreError> {
    let mut after = record.clone();
    for field in &stored.kind.fields {
        let Some(roll) = &field.roll else { continue };
        // What is said of a kind or a field that is gone stays as it was.
        let Some(found) = rolled(conn, kinds, (field, roll), record.id, asking).await? else { continue };
        match found {
            Some(value) => drop(after.fields.insert(field.key.clone(), value)),
            None => drop(after.fields.remove(&field.key)),
        }
    }
    stored.kind.reckon(&mut after);
    let differs = |key: &&String| record.fields.get(*key) != after.fields.get(*key);
    let keys = stored.kind.fields.iter().map(|field| &field.key).filter(differs);
    let changed: BTreeMap<_, _> = keys.map(|key| (key.clone(), after.fields.get(key).cloned())).collect();
    if changed.is_empty() {
        return Ok(None);
    }
    let mut sql = Sql::default();
    let sets = assignments(stored, conn.is_postgres(), &changed, &mut sql);
    let id = sql.arg(record.id);
    let text = format!("UPDATE {} SET {} WHERE id = {id}", stored.table(), sets.join(", "));
    conn.run_of(text, &sql.args).await.map(|_| Some(after))
}

/// `None`: it cannot be told.
async fn rolled(
    conn: &mut Conn,
    kinds: &Catalogue,
    (field, roll): (&Field, &Roll),
    id: i64,
    asking: &Asking<'_>,
) -> Result<Option<Option<Value>>, StoreError> {
    let Some(of) = kinds.get(&roll.of) else { return Ok(None) };
    let Some(by) = of.columns.fields.get(&roll.by) else { return Ok(None) };
    let Ok(condition) =
        roll.when.as_ref().map(|text| expression::parse(text, &of.kind.vocabulary(|_| true))).transpose()
    else {
        return Ok(None);
    };
    let taken = match (&roll.field, roll.take) {
        (_, Take::Count) => None,
        (Some(key), _) => match of.columns.fields.get(key) {
            Some(column) => Some(column),
            None => return Ok(None),
        },
        (None, _) => return Ok(None),
    };
    let asked = Asked { of, by, taken, take: roll.take, currency: field.currency.as_deref() };
    let condition = condition.map(|(condition, _)| condition);
    let sql = asked.statement(id, condition.as_ref(), conn.is_postgres(), asking);
    let rows: Vec<(Option<String>,)> = conn.all_of(sql.text, &sql.args).await?;
    let text = rows.into_iter().next().and_then(|(text,)| text);
    let read = |text: &str| match (roll.take, field.of_type) {
        (Take::Sum, FieldType::Number) => summed(text).map(Value::Number),
        (Take::Sum, FieldType::Money) => Some(Value::Money(summed(text)?, field.currency.clone()?)),
        _ => value(field, text),
    };
    Ok(Some(text.and_then(|text| read(&text)).or_else(|| nothing(field, roll.take))))
}

/// What is asked of records that refer to one.
struct Asked<'a> {
    of: &'a Stored,
    by: &'a Column,
    taken: Option<&'a Column>,
    take: Take,
    currency: Option<&'a str>,
}

impl Asked<'_> {
    fn is_decimal(&self) -> bool {
        self.taken.is_some_and(|column| matches!(column.class(), Class::Decimal | Class::Money))
    }

    fn statement(&self, id: i64, when: Option<&Condition>, postgres: bool, asking: &Asking<'_>) -> Sql {
        let mut sql = Sql::default();
        let column = self.taken.map(|column| format!("r.{}", column.quoted()));
        let what = match (self.take, &column) {
            (Take::Sum, Some(column)) if self.is_decimal() => exact_sum(column, postgres),
            (Take::Sum, Some(column)) => format!("SUM({column})"),
            (Take::Min, Some(column)) => format!("MIN({column})"),
            (Take::Max, Some(column)) => format!("MAX({column})"),
            _ => "COUNT(*)".to_owned(),
        };
        sql.push(&format!("SELECT {} FROM {} r WHERE r.deleted IS NULL AND ", as_text(&what), self.of.table()));
        if self.by.class() == Class::Many {
            let (name, value) = (sql.arg(&self.by.name), sql.arg(id.to_string()));
            let many = self.of.many_table();
            sql.push(&format!("r.id IN (SELECT m.record FROM {many} m WHERE m.field = {name} AND m.value = {value})"));
        } else {
            let place = sql.arg(id);
            sql.push(&format!("r.{} = {place}", self.by.quoted()));
        }
        if let (Some(column), Some(currency)) = (self.taken.filter(|it| it.class() == Class::Money), self.currency) {
            let place = sql.arg(currency);
            sql.push(&format!(" AND r.{} = {place}", column.currency()));
        }
        if let Some(condition) = when {
            sql.push(" AND ");
            Filter { stored: self.of, asker: asking.asker(), postgres }.condition(condition, &mut sql);
        }
        sql
    }
}

fn value(field: &Field, text: &str) -> Option<Value> {
    let at = |text: &str| -> Option<Instant> { Some(instant(text.parse().ok()?)) };
    match field.of_type {
        FieldType::Number => Decimal::told(text).map(Value::Number),
        FieldType::Money => Some(Value::Money(Decimal::told(text)?, field.currency.clone()?)),
        FieldType::Span => text.parse().ok().map(Value::Span),
        FieldType::Time => at(text).map(Value::Time),
        FieldType::Date => text.parse().ok().map(Value::Day),
        _ => None,
    }
}
