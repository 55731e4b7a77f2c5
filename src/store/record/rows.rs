//! Records as rows: what is selected, and how values are written and read.

use std::collections::BTreeMap;

use super::catalogue::{Column, Stored};
use super::sql::{Cells, Reading, Sql, as_text, number};
use super::tables::lines_table;
use crate::base::{CustomerId, InteractionId};
use crate::record::{Class, Decimal, Field, FieldType, Line, Record, Value};
use crate::store::StoreError;
use crate::store::db::keys;
use crate::store::db::{Arg, Conn, instant, micros};

/// What every record has, in the order of [`record`], and whether it is text.
pub(super) const SYSTEM: [(&str, bool); 12] = [
    ("id", false),
    ("number", true),
    ("title", true),
    ("state", true),
    ("since", false),
    ("version", false),
    ("created", false),
    ("created_by", true),
    ("updated", false),
    ("updated_by", true),
    ("customer", false),
    ("interaction", true),
];

/// The columns of whole records, of the table `r`.
pub(super) fn selected(stored: &Stored) -> String {
    let system =
        SYSTEM.iter().map(|(name, text)| if *text { format!("r.{name}") } else { as_text(&format!("r.{name}")) });
    let fields = stored.kind.fields.iter().filter_map(|field| stored.columns.fields.get(&field.key));
    system.chain(fields.flat_map(Column::selected)).collect::<Vec<_>>().join(", ")
}

/// A row of [`selected`]; what it has several of is read by [`fill`].
pub(super) fn record(stored: &Stored, cells: Cells) -> Result<Record, StoreError> {
    let mut row = Reading::of(cells);
    let corrupt = |what: &str| StoreError::Corrupt(format!("a record of {}: {what}", stored.kind.key));
    let id = row.int().ok_or_else(|| corrupt("its id"))?;
    let mut record = Record {
        id,
        number: row.text(),
        title: row.text().unwrap_or_default(),
        state: row.text(),
        since: instant(row.int().unwrap_or_default()),
        version: number(row.int().unwrap_or_default())?,
        created: instant(row.int().unwrap_or_default()),
        created_by: row.text().unwrap_or_default(),
        updated: instant(row.int().unwrap_or_default()),
        updated_by: row.text().unwrap_or_default(),
        customer: row.int().map(CustomerId),
        interaction: row.text().and_then(|text| text.parse().ok()).map(InteractionId),
        fields: BTreeMap::new(),
        lines: BTreeMap::new(),
    };
    for field in &stored.kind.fields {
        let Some(column) = stored.columns.fields.get(&field.key) else { continue };
        if let Some(value) = read(field, column, &mut row).map_err(|what| corrupt(&what))? {
            record.fields.insert(field.key.clone(), value);
        }
    }
    Ok(record)
}

/// `Err`: what cannot be read.
pub(in crate::store::record) fn read(
    field: &Field,
    column: &Column,
    row: &mut Reading,
) -> Result<Option<Value>, String> {
    if column.class() == Class::Many {
        return Ok(None);
    }
    let (text, beside) = (row.text(), if column.class() == Class::Money { row.text() } else { None });
    let Some(text) = text else { return Ok(None) };
    let wrong = || format!("{}: {text}", field.key);
    let int = || text.parse::<i64>().map_err(|_| wrong());
    Ok(Some(match field.of_type {
        FieldType::Number => Value::Number(Decimal::told(&text).ok_or_else(wrong)?),
        FieldType::Money => Value::Money(Decimal::told(&text).ok_or_else(wrong)?, beside.unwrap_or_default()),
        FieldType::Date => Value::Day(text.parse().map_err(|_| wrong())?),
        FieldType::Time => Value::Time(instant(int()?)),
        FieldType::Span => Value::Span(u64::try_from(int()?).map_err(|_| wrong())?),
        FieldType::Flag => Value::Flag(int()? != 0),
        FieldType::Ref => Value::Ref(int()?),
        _ => Value::Text(text),
    }))
}

/// What is written of a value: one argument, of money two, of several none.
pub(super) fn args_of(column: &Column, value: Option<&Value>) -> Vec<Arg> {
    let text = |text: String| Arg::from(text);
    match column.class() {
        Class::Many => Vec::new(),
        Class::Money => match value {
            Some(Value::Money(amount, currency)) => vec![text(amount.to_string()), text(currency.clone())],
            _ => vec![Arg::Text(None), Arg::Text(None)],
        },
        Class::Int => vec![Arg::Int(value.and_then(int))],
        Class::Text | Class::Decimal | Class::Day => vec![Arg::Text(value.map(Value::plain))],
    }
}

fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Time(at) => Some(micros(*at)),
        Value::Span(seconds) => i64::try_from(*seconds).ok(),
        Value::Flag(flag) => Some(i64::from(*flag)),
        Value::Ref(id) => Some(*id),
        _ => None,
    }
}

/// What a field has several of, as rows of (record, column, position, value).
pub(super) fn many_rows(id: i64, column: &Column, value: Option<&Value>) -> Vec<Vec<Arg>> {
    let texts: Vec<String> = match value {
        Some(Value::Texts(texts)) => texts.clone(),
        Some(Value::Refs(ids)) => ids.iter().map(i64::to_string).collect(),
        _ => Vec::new(),
    };
    let row = |(position, text): (i64, String)| {
        vec![Arg::from(id), Arg::from(&column.name), Arg::from(position), Arg::from(text)]
    };
    (0..).zip(texts).map(row).collect()
}

/// One record, whole, as long as it is not deleted.
pub(super) async fn whole(conn: &mut Conn, stored: &Stored, id: i64) -> Result<Option<Record>, StoreError> {
    let sql = format!("SELECT {} FROM {} r WHERE r.id = $1 AND r.deleted IS NULL", selected(stored), stored.table());
    let rows: Vec<Cells> = conn.all_of(sql, &[Arg::from(id)]).await?;
    let Some(cells) = rows.into_iter().next() else { return Ok(None) };
    let mut records = vec![record(stored, cells)?];
    fill(conn, stored, &mut records).await?;
    fill_lines(conn, stored, &mut records).await?;
    Ok(records.pop())
}

/// Choices and references of many records; one statement, if the kind has any such field.
pub(super) async fn fill(conn: &mut Conn, stored: &Stored, records: &mut [Record]) -> Result<(), StoreError> {
    let fields: Vec<(&Field, &Column)> = stored
        .kind
        .fields
        .iter()
        .filter_map(|field| Some((field, stored.columns.fields.get(&field.key)?)))
        .filter(|(_, column)| column.class() == Class::Many)
        .collect();
    if fields.is_empty() || records.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "SELECT {}, field, value FROM {} WHERE record IN ({{rows}}) ORDER BY record, field, position",
        as_text("record"),
        stored.many_table()
    );
    let rows: Vec<(String, String, String)> =
        conn.all_rows_of(&sql, &[], &keys(records.iter().map(|it| it.id))).await?;
    let mut found: BTreeMap<(i64, String), Vec<String>> = BTreeMap::new();
    for (record, column, value) in rows {
        found.entry((record.parse().unwrap_or_default(), column)).or_default().push(value);
    }
    for record in records {
        for (field, column) in &fields {
            let Some(texts) = found.remove(&(record.id, column.name.clone())) else { continue };
            let value = match field.of_type {
                FieldType::Refs => Value::Refs(texts.iter().filter_map(|text| text.parse().ok()).collect()),
                _ => Value::Texts(texts),
            };
            record.fields.insert(field.key.clone(), value);
        }
    }
    Ok(())
}

/// The lines of records; a statement a table of them.
pub(super) async fn fill_lines(conn: &mut Conn, stored: &Stored, records: &mut [Record]) -> Result<(), StoreError> {
    for lines in &stored.kind.lines {
        let Some(columns) = stored.columns.lines.get(&lines.key) else { continue };
        let fields: Vec<(&Field, &Column)> =
            lines.fields.iter().filter_map(|field| Some((field, columns.fields.get(&field.key)?))).collect();
        let selected: Vec<String> = fields.iter().flat_map(|(_, column)| column.selected()).collect();
        let sql = format!(
            "SELECT {}, {} FROM {} WHERE record IN ({{rows}}) ORDER BY record, position",
            as_text("record"),
            selected.join(", "),
            lines_table(stored, columns)
        );
        let rows: Vec<Cells> = conn.all_rows_of(&sql, &[], &keys(records.iter().map(|it| it.id))).await?;
        let mut found: BTreeMap<i64, Vec<Line>> = BTreeMap::new();
        for cells in rows {
            let mut row = Reading::of(cells);
            let record = row.int().unwrap_or_default();
            let mut line = Line::new();
            for (field, column) in &fields {
                let value = read(field, column, &mut row).map_err(StoreError::Corrupt)?;
                line.extend(value.map(|value| (field.key.clone(), value)));
            }
            found.entry(record).or_default().push(line);
        }
        for record in records.iter_mut() {
            if let Some(of_record) = found.remove(&record.id) {
                record.lines.insert(lines.key.clone(), of_record);
            }
        }
    }
    Ok(())
}

/// Writes what is said of these fields of a record that is there: the row is the caller's.
pub(super) fn assignments(
    stored: &Stored,
    postgres: bool,
    fields: &BTreeMap<String, Option<Value>>,
    sql: &mut Sql,
) -> Vec<String> {
    let mut sets = Vec::new();
    for (key, value) in fields {
        let Some(column) = stored.columns.fields.get(key) else { continue };
        let places: Vec<String> = args_of(column, value.as_ref()).into_iter().map(|arg| sql.arg(arg)).collect();
        for (at, (name, place)) in column.names().into_iter().zip(places).enumerate() {
            let taken = if at == 0 { column.taken(postgres, &place) } else { place };
            sets.push(format!("{name} = {taken}"));
        }
    }
    sets
}
