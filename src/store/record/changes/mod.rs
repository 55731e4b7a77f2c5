//! What was changed, by whom, with what stood there before and after.

mod back;
mod comments;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::catalogue::Stored;
use super::error::RecordError;
use super::rows::whole;
use super::sql::number;
use super::{FieldChange, RecordChange, Records};
use crate::record::{Asking, Happened, Line, Record, Role, Verb};
use crate::store::db::{Conn, args, instant};
use crate::store::{PAGE_MAX, StoreError};
pub(super) use back::back;
pub use comments::Comment;

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Detail {
    pub fields: Vec<FieldChange>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Of a join: what is to be done to take it back; see `join`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joined: Option<Json>,
}

/// What kind of a change it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum How<'a> {
    Made,
    Changed,
    Step(&'a str),
    Deleted,
    Undone,
    /// A rule whose time has come.
    Rule(&'a str),
    Comment,
    /// A file was put beside it, or taken away.
    Attached,
    Detached,
    /// Another record became one with it.
    Joined,
}

impl<'a> How<'a> {
    /// What rules see of it. What is taken back is taken back: none does it again.
    pub fn happened(self) -> Happened<'a> {
        match self {
            Self::Made => Happened::Created,
            Self::Changed | Self::Step(_) => Happened::Changed,
            Self::Rule(key) => Happened::Time(key),
            Self::Deleted | Self::Undone | Self::Comment | Self::Attached | Self::Detached | Self::Joined => {
                Happened::Quietly
            }
        }
    }
}

impl How<'_> {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Changed => "changed",
            Self::Step(_) => "step",
            Self::Deleted => "deleted",
            Self::Undone => "undone",
            Self::Rule(_) => "rule",
            Self::Comment => "comment",
            Self::Attached => "attached",
            Self::Detached => "detached",
            Self::Joined => "joined",
        }
    }
}

/// What differs between two states of a record.
pub(super) fn difference(stored: &Stored, before: Option<&Record>, after: &Record) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    let mut add = |field: &str, before: Json, after: Json| {
        if before != after {
            changes.push(FieldChange { field: field.to_owned(), before, after });
        }
    };
    add("state", json!(before.and_then(|it| it.state.as_ref())), json!(after.state));
    add("customer", json!(before.and_then(|it| it.customer)), json!(after.customer));
    let value = |record: &Record, key: &str| record.fields.get(key).map_or(Json::Null, crate::record::Value::json);
    for field in &stored.kind.fields {
        add(&field.key, before.map_or(Json::Null, |it| value(it, &field.key)), value(after, &field.key));
    }
    let rows = |record: &Record, key: &str| json_lines(record.lines.get(key).map(Vec::as_slice).unwrap_or_default());
    for lines in &stored.kind.lines {
        add(&lines.key, before.map_or(Json::Null, |it| rows(it, &lines.key)), rows(after, &lines.key));
    }
    changes
}

/// `null` of none.
fn json_lines(lines: &[Line]) -> Json {
    if lines.is_empty() {
        return Json::Null;
    }
    let line = |line: &Line| line.iter().map(|(key, value)| (key.clone(), value.json())).collect::<Json>();
    lines.iter().map(line).collect()
}

pub(super) async fn write(
    conn: &mut Conn,
    stored: &Stored,
    record: &Record,
    how: How<'_>,
    detail: &Detail,
    asking: &Asking<'_>,
) -> Result<i64, StoreError> {
    let detail = serde_json::to_string(detail).map_err(|error| StoreError::Invalid(error.to_string()))?;
    let step = if let How::Step(step) = how { Some(step) } else { None };
    let (id,): (i64,) = conn
        .one(
            "INSERT INTO record_changes (kind, record, version, at, author, verb, step, detail)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
            args![&stored.kind.key, record.id, record.version, asking.now, asking.who.user, how.word(), step, detail],
        )
        .await?;
    Ok(id)
}

type Row = (i64, i64, i64, String, String, Option<String>, String);

const COLUMNS: &str = "id, version, at, author, verb, step, detail";

fn change(stored: &Stored, row: Row, role: Role) -> Result<RecordChange, StoreError> {
    let (id, version, at, by, kind, step, detail) = row;
    let detail: Detail =
        serde_json::from_str(&detail).map_err(|error| StoreError::Corrupt(format!("change {id}: {error}")))?;
    let hidden = |key: &str| stored.kind.field(key).is_some_and(|field| !field.may_read(role));
    let fields = detail.fields.into_iter().filter(|it| !hidden(&it.field)).collect();
    Ok(RecordChange {
        id,
        at: instant(at),
        by,
        kind,
        step,
        version: number(version)?,
        fields,
        text: detail.text,
        rules: detail.rules,
    })
}

/// Everything that was done to a record since a version, the oldest first.
pub(super) async fn since(
    conn: &mut Conn,
    stored: &Stored,
    id: i64,
    version: u32,
    role: Role,
) -> Result<Vec<RecordChange>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM record_changes WHERE kind = $1 AND record = $2 AND version > $3 ORDER BY id LIMIT $4"
    );
    let rows: Vec<Row> = conn.all_of(sql, args![&stored.kind.key, id, version, PAGE_MAX]).await?;
    rows.into_iter().map(|row| change(stored, row, role)).collect()
}

/// One change; fields are told whoever asks.
pub(super) async fn one(
    conn: &mut Conn,
    stored: &Stored,
    record: i64,
    id: i64,
) -> Result<Option<RecordChange>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM record_changes WHERE kind = $1 AND record = $2 AND id = $3");
    let rows: Vec<Row> = conn.all_of(sql, args![&stored.kind.key, record, id]).await?;
    rows.into_iter().next().map(|row| change(stored, row, Role::Admin)).transpose()
}

/// What is kept of a join beside its fields, to take it back.
pub(super) async fn parted(conn: &mut Conn, id: i64) -> Result<Option<Json>, StoreError> {
    let row: Option<(String,)> = conn.optional("SELECT detail FROM record_changes WHERE id = $1", args![id]).await?;
    let Some((detail,)) = row else { return Ok(None) };
    let detail: Detail =
        serde_json::from_str(&detail).map_err(|error| StoreError::Corrupt(format!("change {id}: {error}")))?;
    Ok(detail.joined)
}

impl Records {
    /// What was done to a record, the newest first, below `before`; fields that this one may read.
    pub async fn history(
        &self,
        stored: &Stored,
        id: i64,
        before: Option<i64>,
        limit: u32,
        asking: &Asking<'_>,
    ) -> Result<(Vec<RecordChange>, Option<i64>), RecordError> {
        let limit = limit.clamp(1, PAGE_MAX);
        let mut conn = self.store.read().await?;
        let record = whole(&mut conn, stored, id).await?;
        record
            .filter(|record| record.is_reached(&stored.kind, Verb::Read, &asking.who))
            .ok_or(RecordError::NotFound)?;
        let sql = format!(
            "SELECT {COLUMNS} FROM record_changes WHERE kind = $1 AND record = $2 AND id < $3 ORDER BY id DESC LIMIT $4"
        );
        let args = args![&stored.kind.key, id, before.unwrap_or(i64::MAX), limit.saturating_add(1)];
        let rows: Vec<Row> = conn.all_of(sql, args).await?;
        let more = rows.len() > limit as usize;
        let role = asking.who.role;
        let changes: Vec<_> =
            rows.into_iter().take(limit as usize).map(|row| change(stored, row, role)).collect::<Result<_, _>>()?;
        let next = changes.last().filter(|_| more).map(|last| last.id);
        Ok((changes, next))
    }
}
