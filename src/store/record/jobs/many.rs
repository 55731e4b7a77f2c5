//! Many records written at once: a slice of a job costs about as many statements as one record, but for what rules
//! do, who act on each as on any other write.

use std::collections::BTreeMap;

use crate::record::{Asking, Happened, Record};
use crate::store::StoreError;
use crate::store::db::{Arg, Conn, args, keys};
use crate::store::record::catalogue::{Catalogue, Stored};
use crate::store::record::changes::{Detail, How, difference};
use crate::store::record::error::RecordError;
use crate::store::record::rows::{SYSTEM, args_of, fill, fill_lines, many_rows, record, selected};
use crate::store::record::rules::{Cause, Followed, follow, forget, settle};
use crate::store::record::sql::Cells;
use crate::store::record::write::{update_row, write_lines, write_many};
use crate::store::record::{FieldChange, Told, rolls, terms};

/// Numbers for so many new records, one after the other. Whoever makes another record waits until these are made.
pub(super) async fn numbers(
    conn: &mut Conn,
    stored: &Stored,
    count: usize,
    asking: &Asking<'_>,
) -> Result<Vec<Option<String>>, StoreError> {
    let day = asking.now.date_in(asking.zone);
    let (Some(numbering), Some(day), true) = (&stored.kind.number, day, count > 0) else {
        return Ok(vec![None; count]);
    };
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    let (last,): (i64,) = conn
        .one(
            "INSERT INTO record_numbers (kind, scope, last) VALUES ($1, $2, $3)
             ON CONFLICT (kind, scope) DO UPDATE SET last = record_numbers.last + $3 RETURNING last",
            args![&stored.kind.key, numbering.scope(day), count],
        )
        .await?;
    let first = u64::try_from(last).unwrap_or_default().saturating_sub(count);
    Ok((1..=count).map(|at| Some(numbering.number(day, first.saturating_add(at)))).collect())
}

/// Writes new records, whose ids are given here; without lines. Gives what others say of them now.
pub(super) async fn insert_all(
    conn: &mut Conn,
    kinds: &Catalogue,
    stored: &Stored,
    records: &mut [Record],
    asking: &Asking<'_>,
) -> Result<Vec<Told>, RecordError> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let cause = Cause { before: None, happened: Happened::Created, trail: &[] };
    let mut followed = Vec::new();
    for record in records.iter_mut() {
        followed.push(follow(conn, kinds, stored, record, cause, asking).await?);
        record.title = record.titled(&stored.kind);
    }
    let ids = ids(conn, stored, records.len()).await?;
    for (record, id) in records.iter_mut().zip(ids) {
        record.id = id;
    }
    let rows: Vec<Vec<Arg>> = records.iter().map(|record| row(stored, record)).collect();
    let sql = inserted(stored, conn.is_postgres());
    conn.run_rows_of(&sql, &[], &rows).await?;
    let many = records.iter().flat_map(|record| {
        let of = move |(key, column)| many_rows(record.id, column, record.fields.get(key));
        stored.columns.fields.iter().flat_map(of)
    });
    let sql = format!(
        "INSERT INTO {} (record, field, position, value) SELECT c1, c2, c3, c4 FROM ({{rows}}) new",
        stored.many_table()
    );
    conn.run_rows_of(&sql, &[], &many.collect::<Vec<_>>()).await?;
    terms::save_new(conn, stored, records).await?;
    let (mut made, mut rolled) = (Vec::new(), Vec::new());
    for (record, followed) in records.iter().zip(followed) {
        rolled.extend(settle(conn, kinds, stored, record, (cause, &followed), asking).await?);
        made.push((record, detail(difference(stored, None, record), followed)));
    }
    written(conn, stored, made, How::Made, asking).await?;
    Ok(rolled)
}

/// Ids that nobody else gets.
async fn ids(conn: &mut Conn, stored: &Stored, count: usize) -> Result<Vec<i64>, StoreError> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    if conn.is_postgres() {
        let sql = "SELECT nextval(pg_get_serial_sequence($1, 'id')) FROM generate_series(1, $2)";
        let rows: Vec<(i64,)> = conn.all(sql, args![stored.table(), count]).await?;
        return Ok(rows.into_iter().map(|(id,)| id).collect());
    }
    // There is one writer, and it is us.
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = $1";
    let row: Option<(i64,)> = conn.optional(sql, args![stored.table().trim_matches('"')]).await?;
    let last = row.map_or(0, |(last,)| last);
    Ok((1..=count).map(|at| last.saturating_add(at)).collect())
}

/// The values of a record: those of [`SYSTEM`] in its order, then those of its fields.
fn row(stored: &Stored, record: &Record) -> Vec<Arg> {
    let mut row = vec![
        Arg::from(record.id),
        Arg::from(record.number.as_deref()),
        Arg::from(&record.title),
        Arg::from(record.state.as_deref()),
        Arg::from(record.since),
        Arg::from(record.version),
        Arg::from(record.created),
        Arg::from(&record.created_by),
        Arg::from(record.updated),
        Arg::from(&record.updated_by),
        Arg::from(record.customer),
        Arg::from(record.interaction),
    ];
    row.extend(stored.columns.fields.iter().flat_map(|(key, column)| args_of(column, record.fields.get(key))));
    row
}

fn inserted(stored: &Stored, postgres: bool) -> String {
    let mut names: Vec<String> = SYSTEM.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut taken: Vec<String> = (1..=SYSTEM.len()).map(|at| format!("c{at}")).collect();
    for column in stored.columns.fields.values() {
        for (at, name) in column.names().into_iter().enumerate() {
            names.push(name);
            let cell = format!("c{}", names.len());
            taken.push(if at == 0 { column.taken(postgres, &cell) } else { cell });
        }
    }
    format!("INSERT INTO {} ({}) SELECT {} FROM ({{rows}}) new", stored.table(), names.join(", "), taken.join(", "))
}

/// Records by their ids, held until the transaction ends; those that are there, with their lines.
pub(in crate::store::record) async fn hold_all(
    conn: &mut Conn,
    stored: &Stored,
    ids: &[i64],
) -> Result<BTreeMap<i64, Record>, StoreError> {
    let sql = format!("UPDATE {} SET version = version WHERE deleted IS NULL AND id IN ({{rows}})", stored.table());
    conn.run_rows_of(&sql, &[], &keys(ids.iter().copied())).await?;
    read_all(conn, stored, ids).await
}

/// As [`hold_all`], only looked at.
pub(super) async fn read_all(
    conn: &mut Conn,
    stored: &Stored,
    ids: &[i64],
) -> Result<BTreeMap<i64, Record>, StoreError> {
    let sql =
        format!("SELECT {} FROM {} r WHERE r.deleted IS NULL AND r.id IN ({{rows}})", selected(stored), stored.table());
    let rows: Vec<Cells> = conn.all_rows_of(&sql, &[], &keys(ids.iter().copied())).await?;
    let mut records = rows.into_iter().map(|cells| record(stored, cells)).collect::<Result<Vec<_>, _>>()?;
    fill(conn, stored, &mut records).await?;
    fill_lines(conn, stored, &mut records).await?;
    Ok(records.into_iter().map(|record| (record.id, record)).collect())
}

/// Writes what became of records that are held. Gives those that are different now, and what others say of them.
pub(in crate::store::record) async fn change_all(
    conn: &mut Conn,
    kinds: &Catalogue,
    stored: &Stored,
    pairs: Vec<(Record, Record)>,
    how: How<'_>,
    asking: &Asking<'_>,
) -> Result<(Vec<Record>, Vec<Told>), RecordError> {
    let (mut changed, mut details, mut rolled) = (Vec::new(), Vec::new(), Vec::new());
    for (before, mut after) in pairs {
        let cause = Cause { before: Some(&before), happened: how.happened(), trail: &[] };
        let followed = follow(conn, kinds, stored, &mut after, cause, asking).await?;
        after.title = after.titled(&stored.kind);
        let fields = difference(stored, Some(&before), &after);
        if fields.is_empty() {
            continue;
        }
        after.version = after.version.saturating_add(1);
        after.updated = asking.now;
        asking.who.user.clone_into(&mut after.updated_by);
        update_row(conn, stored, &before, &after).await?;
        write_many(conn, stored, &after, Some(&before)).await?;
        write_lines(conn, stored, &after, Some(&before)).await?;
        terms::save(conn, stored, Some(&before), &after).await?;
        rolled.extend(settle(conn, kinds, stored, &after, (cause, &followed), asking).await?);
        details.push(detail(fields, followed));
        changed.push(after);
    }
    written(conn, stored, changed.iter().zip(details), how, asking).await?;
    Ok((changed, rolled))
}

/// Deletes records that are held. Gives what others say without them.
pub(in crate::store::record) async fn delete_all(
    conn: &mut Conn,
    kinds: &Catalogue,
    stored: &Stored,
    mut records: Vec<Record>,
    asking: &Asking<'_>,
) -> Result<Vec<Told>, RecordError> {
    let mut rolled = Vec::new();
    let ids = keys(records.iter().map(|record| record.id));
    let sql = format!("UPDATE {} SET deleted = $1, version = version + 1 WHERE id IN ({{rows}})", stored.table());
    conn.run_rows_of(&sql, args![asking.now], &ids).await?;
    let sql = "DELETE FROM record_terms WHERE kind = $1 AND record IN ({rows})";
    conn.run_rows(sql, args![&stored.kind.key], &ids).await?;
    for record in &mut records {
        forget(conn, stored, record.id).await?;
        rolled.extend(rolls::update(conn, kinds, stored, (Some(record), None), asking).await?);
        record.version = record.version.saturating_add(1);
    }
    written(conn, stored, records.iter().map(|record| (record, Detail::default())), How::Deleted, asking).await?;
    Ok(rolled)
}

fn detail(fields: Vec<FieldChange>, mut followed: Followed) -> Detail {
    Detail { fields, text: followed.stopped.take(), rules: std::mem::take(&mut followed.rules), ..Detail::default() }
}

/// The history of many.
async fn written<'r>(
    conn: &mut Conn,
    stored: &Stored,
    changes: impl IntoIterator<Item = (&'r Record, Detail)>,
    how: How<'_>,
    asking: &Asking<'_>,
) -> Result<(), StoreError> {
    let step = if let How::Step(step) = how { Some(step) } else { None };
    let mut rows = Vec::new();
    for (record, detail) in changes {
        let detail = serde_json::to_string(&detail);
        let detail = detail.map_err(|error| StoreError::Invalid(error.to_string()))?;
        let row =
            args![&stored.kind.key, record.id, record.version, asking.now, asking.who.user, how.word(), step, detail];
        rows.push(row.to_vec());
    }
    let head = "INSERT INTO record_changes (kind, record, version, at, author, verb, step, detail)";
    conn.insert(head, "", &rows).await
}
