//! Two records of a kind that are one: what one lacks it gets from the other, which goes; whoever referred to the other
//! refers to the one. All of it can be taken back.
//!
//! | what | becomes |
//! | --- | --- |
//! | a field, a table of lines | that of the one; where it is empty, that of the other |
//! | choices, references | those of both |
//! | files, comments | of the one |
//! | references to the other | to the one |
//!
//! No rule follows it. At most [`REFERRERS_MAX`] records may refer to the other.

mod alike;
mod referrers;

use serde::{Deserialize, Serialize};

use super::catalogue::Stored;
use super::changes::{Detail, How, back, one, parted, write};
use super::error::RecordError;
use super::jobs::many::{change_all, delete_all, hold_all};
use super::rows::whole;
use super::rules::armed;
use super::write::{TRIES, agreed, hold, hold_kind};
use super::{FieldChange, Records, Told, changes, rolls, terms};
use crate::record::{Asking, Record, Refused, Role, Value, Verb, Who, Words};
use crate::store::StoreError;
use crate::store::db::{Conn, args, keys};

/// Records that may refer to one that goes.
pub const REFERRERS_MAX: usize = 200;

/// What was done beside the record that stays.
#[derive(Serialize, Deserialize, Default)]
pub(super) struct Joined {
    /// The record that went.
    pub record: i64,
    /// What refers to the one now.
    pub moved: Vec<Moved>,
    pub files: Vec<i64>,
    /// Comments, by their changes.
    pub comments: Vec<i64>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Moved {
    pub kind: String,
    pub record: i64,
    pub fields: Vec<FieldChange>,
}

impl Records {
    /// Joins `other` into a record that was seen in this version; both must be such that this one may write them.
    pub async fn join(
        &self,
        key: &str,
        (id, version): (i64, Option<u32>),
        other: i64,
        asking: &Asking<'_>,
    ) -> Result<Record, RecordError> {
        for _ in 0..TRIES {
            match self.join_in(&*self.kind(key)?, (id, version), other, asking).await {
                Err(RecordError::KindChanged { .. }) => self.reload().await?,
                done => return done,
            }
        }
        self.join_in(&*self.kind(key)?, (id, version), other, asking).await
    }

    async fn join_in(
        &self,
        stored: &Stored,
        (id, version): (i64, Option<u32>),
        other: i64,
        asking: &Asking<'_>,
    ) -> Result<Record, RecordError> {
        if id == other {
            return Err(refused("same_record", Words::new("this is the same record", "这是同一条记录")));
        }
        let mut conn = self.store.begin().await?;
        hold_kind(&mut conn, stored).await?;
        // In the same order whoever joins them the other way round.
        hold(&mut conn, stored, id.min(other), asking).await?;
        let later = hold(&mut conn, stored, id.max(other), asking).await?;
        let earlier = whole(&mut conn, stored, id.min(other)).await?.ok_or(RecordError::NotFound)?;
        let (kept, gone) = if id < other { (earlier, later) } else { (later, earlier) };
        if ![&kept, &gone].into_iter().all(|it| it.is_reached(&stored.kind, Verb::Write, &asking.who)) {
            return Err(RecordError::NotAllowed);
        }
        if version.is_some_and(|version| version != kept.version) {
            let since = changes::since(&mut conn, stored, id, version.unwrap_or_default(), asking.who.role).await?;
            return Err(RecordError::Changed { present: Box::new(kept), since });
        }
        let (moved, mut told) = self.refer(&mut conn, stored, (id, other), asking).await?;
        let (files, comments) = carried(&mut conn, stored, (other, id)).await?;
        let title = [gone.number.as_deref(), Some(gone.title.as_str())].into_iter().flatten().collect::<Vec<_>>();
        let text = Some(title.join(" "));
        let after = united(stored, &kept, &gone);
        agreed(stored, &kept, &after)?;
        told.extend(delete_all(&mut conn, &self.kinds(), stored, vec![gone], asking).await?);
        let joined = Joined { record: other, moved, files, comments };
        let joined = serde_json::to_value(joined).map_err(|error| StoreError::Invalid(error.to_string()))?;
        let extra = Detail { text, joined: Some(joined), ..Detail::default() };
        let record = self.update_and_say(conn, stored, (&kept, after), How::Joined, extra, asking).await?;
        told.push(Told::Record { kind: stored.kind.key.clone(), id: other, version: record.version, state: None });
        self.tell_all(told);
        Ok(record)
    }

    /// Lets everything that refers to one record refer to another.
    async fn refer(
        &self,
        conn: &mut Conn,
        stored: &Stored,
        (id, other): (i64, i64),
        asking: &Asking<'_>,
    ) -> Result<(Vec<Moved>, Vec<Told>), RecordError> {
        let (mut moved, mut told) = (Vec::new(), Vec::new());
        for of in self.kinds().values() {
            let found = referrers::of(conn, of, &stored.kind.key, other, REFERRERS_MAX + 1).await?;
            let ids: Vec<i64> =
                found.into_iter().filter(|it| of.kind.key != stored.kind.key || (*it != id && *it != other)).collect();
            if moved.len() + ids.len() > REFERRERS_MAX {
                let detail = Words::new("too many records refer to it", "引用它的记录过多");
                return Err(refused("too_many_references", detail));
            }
            if ids.is_empty() {
                continue;
            }
            let records = hold_all(conn, of, &ids).await?;
            let pairs: Vec<(Record, Record)> = records
                .into_values()
                .map(|record| (record.clone(), referrers::pointed(of, &stored.kind.key, record, (other, id))))
                .collect();
            for (before, after) in &pairs {
                let fields = changes::difference(of, Some(before), after);
                moved.push(Moved { kind: of.kind.key.clone(), record: before.id, fields });
            }
            let (changed, rolled) = change_all(conn, &self.kinds(), of, pairs, How::Joined, asking).await?;
            told.extend(changed.into_iter().map(|record| Told::Record {
                kind: of.kind.key.clone(),
                id: record.id,
                version: record.version,
                state: record.state,
            }));
            told.extend(rolled);
        }
        Ok((moved, told))
    }

    /// Takes a join back: the other record is there again with what was its own, and what was filled in is empty.
    pub(super) async fn part(
        &self,
        mut conn: Conn,
        stored: &Stored,
        present: Record,
        change: i64,
        asking: &Asking<'_>,
    ) -> Result<Record, RecordError> {
        // What a record that referred to the other says of it is no join of its own.
        let Some(joined) = parted(&mut conn, change).await? else {
            return Err(RecordError::Overwritten("joined".to_owned()));
        };
        let Joined { record: other, moved, files, comments } =
            serde_json::from_value(joined).map_err(|error| StoreError::Corrupt(format!("change {change}: {error}")))?;
        let done = one(&mut conn, stored, present.id, change).await?.ok_or(RecordError::NotFound)?;
        // What follows from the join is taken back by whoever may take the join back.
        let program = Asking { who: Who { role: Role::Admin, ..asking.who }, ..*asking };
        let (after, _) = back(stored, &present, done.fields, &program)?;
        let sql = format!(
            "UPDATE {} SET deleted = NULL, version = version + 1 WHERE id = $1 AND deleted IS NOT NULL",
            stored.table()
        );
        if conn.run_of(sql, args![other]).await? == 0 {
            return Err(RecordError::Overwritten("joined".to_owned()));
        }
        let kinds = self.kinds();
        let again = whole(&mut conn, stored, other).await?.ok_or(RecordError::NotFound)?;
        terms::save(&mut conn, stored, None, &again).await?;
        armed(&mut conn, &kinds, stored, &again, asking).await?;
        let mut told = rolls::update(&mut conn, &kinds, stored, (None, Some(&again)), asking).await?;
        write(&mut conn, stored, &again, How::Undone, &Detail::default(), asking).await?;
        for Moved { kind, record, fields } in moved {
            let Some(of) = kinds.get(&kind) else { continue };
            let Some(before) = hold_all(&mut conn, of, &[record]).await?.remove(&record) else { continue };
            // What refers to something else by now stays so.
            let Ok((after, _)) = back(of, &before, fields, &program) else { continue };
            let pairs = vec![(before, after)];
            let (changed, rolled) = change_all(&mut conn, &kinds, of, pairs, How::Undone, asking).await?;
            let telling =
                |it: Record| Told::Record { kind: kind.clone(), id: it.id, version: it.version, state: it.state };
            told.extend(changed.into_iter().map(telling));
            told.extend(rolled);
        }
        carried_back(&mut conn, stored, (present.id, other), &files, &comments).await?;
        let record =
            self.update_and_say(conn, stored, (&present, after), How::Undone, Detail::default(), asking).await?;
        told.push(Told::Record {
            kind: stored.kind.key.clone(),
            id: other,
            version: again.version,
            state: again.state.clone(),
        });
        self.tell_all(told);
        Ok(record)
    }
}

fn refused(code: &'static str, detail: Words) -> RecordError {
    RecordError::Fields(vec![Refused { field: "other".into(), code, detail }])
}

/// What one record says with what another says of which it says nothing.
fn united(stored: &Stored, kept: &Record, gone: &Record) -> Record {
    let mut after = kept.clone();
    after.customer = kept.customer.or(gone.customer);
    for field in stored.kind.fields.iter().filter(|field| !field.is_reckoned()) {
        let Some(more) = gone.fields.get(&field.key) else { continue };
        match after.fields.get_mut(&field.key) {
            None => drop(after.fields.insert(field.key.clone(), more.clone())),
            Some(value) => unite(value, more),
        }
    }
    for (key, lines) in &gone.lines {
        after.lines.entry(key.clone()).or_insert_with(|| lines.clone());
    }
    // It refers neither to what goes nor to itself.
    referrers::without(stored, &stored.kind.key, after, &[kept.id, gone.id])
}

fn unite(value: &mut Value, more: &Value) {
    let most = crate::record::MANY_MAX;
    match (value, more) {
        (Value::Texts(own), Value::Texts(more)) => {
            let new: Vec<_> = more.iter().filter(|it| !own.contains(it)).cloned().collect();
            own.extend(new);
            own.truncate(most);
        }
        (Value::Refs(own), Value::Refs(more)) => {
            let new: Vec<_> = more.iter().filter(|it| !own.contains(it)).copied().collect();
            own.extend(new);
            own.truncate(most);
        }
        _ => {}
    }
}

/// Files and comments become another record's; which ones.
async fn carried(
    conn: &mut Conn,
    stored: &Stored,
    (from, to): (i64, i64),
) -> Result<(Vec<i64>, Vec<i64>), RecordError> {
    let sql = "UPDATE record_files SET record = $3 WHERE kind = $1 AND record = $2 AND deleted IS NULL RETURNING id";
    let files: Vec<(i64,)> = conn.all(sql, args![&stored.kind.key, from, to]).await?;
    let sql = "UPDATE record_changes SET record = $3 WHERE kind = $1 AND record = $2 AND verb = 'comment' RETURNING id";
    let comments: Vec<(i64,)> = conn.all(sql, args![&stored.kind.key, from, to]).await?;
    let ids = |rows: Vec<(i64,)>| rows.into_iter().map(|(id,)| id).collect();
    Ok((ids(files), ids(comments)))
}

async fn carried_back(
    conn: &mut Conn,
    stored: &Stored,
    (from, to): (i64, i64),
    files: &[i64],
    comments: &[i64],
) -> Result<(), RecordError> {
    let args = args![&stored.kind.key, from, to];
    let sql = "UPDATE record_files SET record = $3 WHERE kind = $1 AND record = $2 AND id IN ({rows})";
    conn.run_rows(sql, args, &keys(files.iter().copied())).await?;
    let sql = "UPDATE record_changes SET record = $3 WHERE kind = $1 AND record = $2 AND id IN ({rows})";
    conn.run_rows(sql, args, &keys(comments.iter().copied())).await?;
    Ok(())
}
