//! Who gets a record: by turns, or whoever has the fewest.

use std::collections::BTreeMap;

use crate::record::{Record, Share, StateKind, Value, pick};
use crate::store::StoreError;
use crate::store::db::{Conn, args, keys};
use crate::store::record::catalogue::Stored;
use crate::store::record::sql::as_text;

/// Whose turn is asked for.
pub(super) struct Turn<'a> {
    pub rule: &'a str,
    pub field: &'a str,
    pub by: Share,
}

/// Puts somebody into the field; nobody where there is nobody.
pub(super) async fn assign(
    conn: &mut Conn,
    stored: &Stored,
    record: &mut Record,
    turn: &Turn<'_>,
    people: &[String],
) -> Result<(), StoreError> {
    if people.is_empty() {
        return Ok(());
    }
    let (mut last, mut loads) = (None, BTreeMap::new());
    match turn.by {
        Share::Turn => last = held(conn, stored, turn.rule).await?,
        Share::Load => loads = counted(conn, stored, turn.field, people).await?,
    }
    let Some(name) = pick(turn.by, people, last.as_deref(), &loads) else { return Ok(()) };
    if turn.by == Share::Turn {
        let sql = "UPDATE record_turns SET person = $3 WHERE kind = $1 AND rule = $2";
        conn.run(sql, args![&stored.kind.key, turn.rule, name]).await?;
    }
    record.fields.insert(turn.field.to_owned(), Value::Text(name.clone()));
    Ok(())
}

/// Who had it last. Held until the transaction ends, so that two who come at once do not get the same.
async fn held(conn: &mut Conn, stored: &Stored, rule: &str) -> Result<Option<String>, StoreError> {
    let (person,): (String,) = conn
        .one(
            "INSERT INTO record_turns (kind, rule, person) VALUES ($1, $2, '')
             ON CONFLICT (kind, rule) DO UPDATE SET person = record_turns.person RETURNING person",
            args![&stored.kind.key, rule],
        )
        .await?;
    Ok(Some(person).filter(|person| !person.is_empty()))
}

/// How many each has that are not done.
async fn counted(
    conn: &mut Conn,
    stored: &Stored,
    field: &str,
    people: &[String],
) -> Result<BTreeMap<String, i64>, StoreError> {
    let Some(column) = stored.columns.fields.get(field) else { return Ok(BTreeMap::new()) };
    let done: Vec<String> = stored
        .kind
        .life
        .iter()
        .flat_map(|life| &life.states)
        .filter(|state| state.kind == StateKind::Done)
        // Names of states are made of small letters, digits and `_`.
        .map(|state| format!("'{}'", state.key))
        .collect();
    let open = if done.is_empty() {
        String::new()
    } else {
        format!(" AND (state IS NULL OR state NOT IN ({}))", done.join(", "))
    };
    let name = column.quoted();
    let sql = format!(
        "SELECT {name}, {} FROM {} WHERE deleted IS NULL{open} AND {name} IN ({{rows}}) GROUP BY {name}",
        as_text("COUNT(*)"),
        stored.table()
    );
    let rows: Vec<(String, String)> = conn.all_rows_of(&sql, &[], &keys(people.iter())).await?;
    Ok(rows.into_iter().filter_map(|(name, count)| Some((name, count.parse().ok()?))).collect())
}
