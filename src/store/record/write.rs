//! Records made, changed, taken a step on, deleted and put back: each in one transaction with what is written down
//! of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Map, Value as Json};

use super::catalogue::Stored;
use super::changes::{self, Detail, How, back, difference};
use super::error::RecordError;
use super::list::missing;
use super::rows::{args_of, assignments, many_rows, whole};
use super::rules::{Cause, follow, forget, settle};
use super::sql::Sql;
use super::tables::lines_table;
use super::{Records, Told, rolls, terms};
use crate::base::{CustomerId, InteractionId};
use crate::record::{
    Asking, CUSTOMER, Class, Draft, Happened, Line, Record, Refused, Role, Scope, StepRefused, Value, Verb, Words,
};
use crate::store::StoreError;
use crate::store::db::{Arg, Conn, args};

/// A kind that is published anew while a record of it is written: tried again so often.
pub(super) const TRIES: u32 = 20;
/// A word under which a record was made is known for so long.
const WORDS_KNOWN: Duration = Duration::from_secs(24 * 3_600);

/// What a new record is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct About {
    pub customer: Option<CustomerId>,
    pub interaction: Option<InteractionId>,
}

/// A step that somebody wants to take.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    pub key: &'a str,
    /// Of the record as it was seen; `None`: whatever it is.
    pub version: Option<u32>,
}

/// What somebody means to do with a record that is there.
#[derive(Clone, Copy)]
enum Meant<'a> {
    Change,
    Step(&'a str),
}

impl Records {
    /// Makes a record.
    pub async fn create(
        &self,
        key: &str,
        body: &Map<String, Json>,
        about: About,
        asking: &Asking<'_>,
    ) -> Result<Record, RecordError> {
        self.create_once(key, body, about, None, asking).await
    }

    /// Makes a record; the same word of the same person within a day makes nothing more, and gives the one of before.
    pub async fn create_once(
        &self,
        key: &str,
        body: &Map<String, Json>,
        about: About,
        once: Option<&str>,
        asking: &Asking<'_>,
    ) -> Result<Record, RecordError> {
        for _ in 0..TRIES {
            match self.create_in(&*self.kind(key)?, body, (about, once), asking).await {
                Err(RecordError::KindChanged { .. }) => self.reload().await?,
                done => return done,
            }
        }
        self.create_in(&*self.kind(key)?, body, (about, once), asking).await
    }

    async fn create_in(
        &self,
        stored: &Stored,
        body: &Map<String, Json>,
        (about, once): (About, Option<&str>),
        asking: &Asking<'_>,
    ) -> Result<Record, RecordError> {
        let kind = &stored.kind;
        if kind.scope(Verb::Create, &asking.who) == Scope::None {
            return Err(RecordError::NotAllowed);
        }
        let mut conn = self.store.begin().await?;
        hold_kind(&mut conn, stored).await?;
        let once = once.map(|once| format!("{}/{}/{once}", asking.who.user, kind.key));
        if let Some(before) = begun(&mut conn, once.as_deref(), asking).await? {
            let record = whole(&mut conn, stored, before).await?;
            return record.filter(|it| it.is_reached(kind, Verb::Read, &asking.who)).ok_or(RecordError::NotFound);
        }
        let (record, rolled) = self.make(&mut conn, stored, body, (about, &[]), asking).await?;
        if let Some(once) = &once {
            conn.run("UPDATE record_creations SET record = $2 WHERE key = $1", args![once, record.id]).await?;
        }
        conn.commit().await?;
        self.tell_record(stored, &record);
        self.tell_all(rolled);
        Ok(record)
    }

    /// Makes a record in a transaction of a kind that is held; with what others say of it now, to be told. `trail`: rules
    /// that it is made by, the last one last.
    pub(super) async fn make(
        &self,
        conn: &mut Conn,
        stored: &Stored,
        body: &Map<String, Json>,
        (about, trail): (About, &[String]),
        asking: &Asking<'_>,
    ) -> Result<(Record, Vec<Told>), RecordError> {
        let kind = &stored.kind;
        let mut draft = kind.draft(body, asking).map_err(RecordError::Fields)?;
        kind.complete(&mut draft, asking).map_err(RecordError::Fields)?;
        are_there(conn, stored, &draft, about.customer).await?;
        let mut record = Record {
            id: 0,
            number: number(conn, stored, asking).await?,
            title: String::new(),
            state: kind.life.as_ref().map(|life| life.start.clone()),
            since: asking.now,
            version: 1,
            created: asking.now,
            created_by: asking.who.user.to_owned(),
            updated: asking.now,
            updated_by: asking.who.user.to_owned(),
            customer: about.customer,
            interaction: about.interaction,
            fields: BTreeMap::new(),
            lines: BTreeMap::new(),
        };
        draft.onto(&mut record);
        let cause = Cause { before: None, happened: Happened::Created, trail };
        let mut followed = follow(conn, &self.kinds(), stored, &mut record, cause, asking).await?;
        record.title = record.titled(kind);
        record.id = insert(conn, stored, &record).await?;
        write_many(conn, stored, &record, None).await?;
        write_lines(conn, stored, &record, None).await?;
        terms::save(conn, stored, None, &record).await?;
        let rolled = settle(conn, &self.kinds(), stored, &record, (cause, &followed), asking).await?;
        let (rules, text) = (std::mem::take(&mut followed.rules), followed.stopped.take());
        let detail = Detail { fields: difference(stored, None, &record), text, rules, joined: None };
        changes::write(conn, stored, &record, How::Made, &detail, asking).await?;
        Ok((record, rolled))
    }

    /// Changes what is named of a record that was seen in this version.
    pub async fn change(
        &self,
        key: &str,
        id: i64,
        version: Option<u32>,
        body: &Map<String, Json>,
        asking: &Asking<'_>,
    ) -> Result<Record, RecordError> {
        self.write(key, id, version, body, Meant::Change, asking).await
    }

    /// Takes a step, and writes what is named on the way.
    pub async fn step(
        &self,
        key: &str,
        id: i64,
        step: Step<'_>,
        body: &Map<String, Json>,
        asking: &Asking<'_>,
    ) -> Result<Record, RecordError> {
        self.write(key, id, step.version, body, Meant::Step(step.key), asking).await
    }

    async fn write(
        &self,
        key: &str,
        id: i64,
        version: Option<u32>,
        body: &Map<String, Json>,
        meant: Meant<'_>,
        asking: &Asking<'_>,
    ) -> Result<Record, RecordError> {
        for _ in 0..TRIES {
            match self.write_in(&*self.kind(key)?, id, version, body, meant, asking).await {
                Err(RecordError::KindChanged { .. }) => self.reload().await?,
                done => return done,
            }
        }
        self.write_in(&*self.kind(key)?, id, version, body, meant, asking).await
    }

    async fn write_in(
        &self,
        stored: &Stored,
        id: i64,
        version: Option<u32>,
        body: &Map<String, Json>,
        meant: Meant<'_>,
        asking: &Asking<'_>,
    ) -> Result<Record, RecordError> {
        let draft = stored.kind.draft(body, asking).map_err(RecordError::Fields)?;
        let mut conn = self.store.begin().await?;
        hold_kind(&mut conn, stored).await?;
        let mut before = hold(&mut conn, stored, id, asking).await?;
        if version.is_some_and(|version| version != before.version) {
            let since = changes::since(&mut conn, stored, id, version.unwrap_or_default(), asking.who.role).await?;
            return Err(RecordError::Changed { present: Box::new(before), since });
        }
        let mut after = before.clone();
        draft.onto(&mut after);
        let (how, step) = match meant {
            Meant::Step(key) => {
                let step = stored.kind.life.as_ref().and_then(|life| life.step(key));
                let step = step.ok_or(RecordError::Step(StepRefused::Unknown))?;
                step.is_open(&stored.kind, &before, asking).map_err(RecordError::Step)?;
                step.judge(&stored.kind, &after, asking).map_err(RecordError::Step)?;
                after.state = Some(step.to.clone());
                after.since = asking.now;
                (How::Step(&step.key), Some(step))
            }
            Meant::Change => (How::Changed, None),
        };
        // A step writes nothing by itself: who may take it is said by the step.
        let only_steps = step.is_some() && body.is_empty();
        if !only_steps && !before.is_reached(&stored.kind, Verb::Write, &asking.who) {
            return Err(RecordError::NotAllowed);
        }
        agreed(stored, &before, &after)?;
        are_there(&mut conn, stored, &draft, None).await?;
        let Some(step) = step else { return self.update(conn, stored, &before, after, how, asking).await };
        let made = self.make_of(&mut conn, stored, step, (&mut before, &mut after), asking).await?;
        let record = self.update(conn, stored, &before, after, how, asking).await?;
        self.tell_all(made);
        Ok(record)
    }

    /// Writes what became of a record that is held, and what rules make of it.
    pub(super) async fn update(
        &self,
        conn: Conn,
        stored: &Stored,
        before: &Record,
        after: Record,
        how: How<'_>,
        asking: &Asking<'_>,
    ) -> Result<Record, RecordError> {
        self.update_and_say(conn, stored, (before, after), how, Detail::default(), asking).await
    }

    /// As [`Records::update`], with more to be said in the history.
    pub(super) async fn update_and_say(
        &self,
        mut conn: Conn,
        stored: &Stored,
        (before, mut after): (&Record, Record),
        how: How<'_>,
        more: Detail,
        asking: &Asking<'_>,
    ) -> Result<Record, RecordError> {
        let cause = Cause { before: Some(before), happened: how.happened(), trail: &[] };
        let mut followed = follow(&mut conn, &self.kinds(), stored, &mut after, cause, asking).await?;
        after.title = after.titled(&stored.kind);
        let fields = difference(stored, Some(before), &after);
        if fields.is_empty() && followed.is_empty() && more.joined.is_none() {
            conn.commit().await?;
            return Ok(after);
        }
        if !fields.is_empty() {
            after.version = after.version.saturating_add(1);
            after.updated = asking.now;
            asking.who.user.clone_into(&mut after.updated_by);
            update_row(&mut conn, stored, before, &after).await?;
            write_many(&mut conn, stored, &after, Some(before)).await?;
            write_lines(&mut conn, stored, &after, Some(before)).await?;
            terms::save(&mut conn, stored, Some(before), &after).await?;
        }
        let rolled = settle(&mut conn, &self.kinds(), stored, &after, (cause, &followed), asking).await?;
        let (rules, text) = (std::mem::take(&mut followed.rules), followed.stopped.take().or(more.text));
        changes::write(&mut conn, stored, &after, how, &Detail { fields, text, rules, ..more }, asking).await?;
        conn.commit().await?;
        self.tell_record(stored, &after);
        self.tell_all(rolled);
        Ok(after)
    }

    /// It is no longer found nor read; its row stays.
    pub async fn delete(&self, key: &str, id: i64, asking: &Asking<'_>) -> Result<(), RecordError> {
        let stored = self.kind(key)?;
        let mut conn = self.store.begin().await?;
        let mut record = hold(&mut conn, &stored, id, asking).await?;
        if !record.is_reached(&stored.kind, Verb::Delete, &asking.who) {
            return Err(RecordError::NotAllowed);
        }
        record.version = record.version.saturating_add(1);
        let sql = format!("UPDATE {} SET deleted = $2, version = $3 WHERE id = $1", stored.table());
        conn.run_of(sql, args![id, asking.now, record.version]).await?;
        conn.run("DELETE FROM record_terms WHERE kind = $1 AND record = $2", args![key, id]).await?;
        forget(&mut conn, &stored, id).await?;
        let rolled = rolls::update(&mut conn, &self.kinds(), &stored, (Some(&record), None), asking).await?;
        changes::write(&mut conn, &stored, &record, How::Deleted, &Detail::default(), asking).await?;
        conn.commit().await?;
        self.tell_record(&stored, &record);
        self.tell_all(rolled);
        Ok(())
    }

    /// Takes a change of fields back, with what rules made of it, or a join; a step by whoever took it, or an
    /// administrator.
    pub async fn undo(&self, key: &str, id: i64, change: i64, asking: &Asking<'_>) -> Result<Record, RecordError> {
        for _ in 0..TRIES {
            match self.undo_in(&*self.kind(key)?, id, change, asking).await {
                Err(RecordError::KindChanged { .. }) => self.reload().await?,
                done => return done,
            }
        }
        self.undo_in(&*self.kind(key)?, id, change, asking).await
    }

    async fn undo_in(&self, stored: &Stored, id: i64, change: i64, asking: &Asking<'_>) -> Result<Record, RecordError> {
        let mut conn = self.store.begin().await?;
        hold_kind(&mut conn, stored).await?;
        let present = hold(&mut conn, stored, id, asking).await?;
        if !present.is_reached(&stored.kind, Verb::Write, &asking.who) {
            return Err(RecordError::NotAllowed);
        }
        let done = changes::one(&mut conn, stored, id, change).await?.ok_or(RecordError::NotFound)?;
        match done.kind.as_str() {
            "changed" | "undone" => {}
            "step" if done.by == asking.who.user || asking.who.role == Role::Admin => {}
            "step" => return Err(RecordError::NotAllowed),
            "joined" => return self.part(conn, stored, present, change, asking).await,
            _ => return Err(RecordError::Overwritten(done.kind)),
        }
        let step = done.step.as_ref().and_then(|key| stored.kind.life.as_ref()?.step(key));
        if step.is_some_and(|step| !step.make.is_empty()) {
            // What it made is there.
            return Err(RecordError::Overwritten(done.step.unwrap_or_default()));
        }
        let (after, draft) = back(stored, &present, done.fields, asking)?;
        agreed(stored, &present, &after)?;
        // Back to what was agreed only as long as nothing else was done.
        let is_agreed = after.state != present.state && stored.kind.fixes(after.state.as_deref());
        if is_agreed && done.version != present.version {
            return Err(RecordError::Overwritten("state".to_owned()));
        }
        are_there(&mut conn, stored, &draft, None).await?;
        self.update(conn, stored, &present, after, How::Undone, asking).await
    }

    pub(super) fn tell_record(&self, stored: &Stored, record: &Record) {
        let (kind, state) = (stored.kind.key.clone(), record.state.clone());
        self.tell(stored, Told::Record { kind, id: record.id, version: record.version, state });
    }

    /// Of records of any kind.
    pub(super) fn tell_all(&self, all: Vec<Told>) {
        let kinds = self.kinds();
        for told in all {
            let (Told::Record { kind, .. } | Told::Kind { kind, .. }) = &told;
            if let Some(stored) = kinds.get(kind) {
                self.tell(stored, told);
            }
        }
    }
}

/// The record that was made under this word before; else the word is taken, and whoever comes with it waits.
async fn begun(conn: &mut Conn, once: Option<&str>, asking: &Asking<'_>) -> Result<Option<i64>, StoreError> {
    let Some(once) = once else { return Ok(None) };
    conn.run("DELETE FROM record_creations WHERE at < $1", args![asking.now - WORDS_KNOWN]).await?;
    let sql = "INSERT INTO record_creations (key, record, at) VALUES ($1, 0, $2) ON CONFLICT (key) DO NOTHING";
    if conn.run(sql, args![once, asking.now]).await? > 0 {
        return Ok(None);
    }
    let known: Option<(i64,)> =
        conn.optional("SELECT record FROM record_creations WHERE key = $1", args![once]).await?;
    Ok(known.map(|(record,)| record))
}

/// The kind stays as it is until the transaction ends; one that was published anew is told.
pub(super) async fn hold_kind(conn: &mut Conn, stored: &Stored) -> Result<(), RecordError> {
    let sql = match conn.is_postgres() {
        true => "SELECT version FROM kinds WHERE kind = $1 FOR SHARE",
        false => "SELECT version FROM kinds WHERE kind = $1",
    };
    let (present,): (i64,) = conn.one(sql, args![&stored.kind.key]).await?;
    match super::sql::number(present)? {
        present if present != stored.version => Err(RecordError::KindChanged { present }),
        _ => Ok(()),
    }
}

/// Read and held: nobody else writes it until the transaction ends.
pub(super) async fn hold(
    conn: &mut Conn,
    stored: &Stored,
    id: i64,
    asking: &Asking<'_>,
) -> Result<Record, RecordError> {
    let sql = format!("UPDATE {} SET version = version WHERE id = $1 AND deleted IS NULL", stored.table());
    if conn.run_of(sql, args![id]).await? == 0 {
        return Err(RecordError::NotFound);
    }
    let record = whole(conn, stored, id).await?;
    record.filter(|it| it.is_reached(&stored.kind, Verb::Read, &asking.who)).ok_or(RecordError::NotFound)
}

/// What is agreed in the state of a record stays as it is.
pub(super) fn agreed(stored: &Stored, before: &Record, after: &Record) -> Result<(), RecordError> {
    let refused = stored.kind.fixed(before, after);
    if refused.is_empty() { Ok(()) } else { Err(RecordError::Fields(refused)) }
}

/// Everything that a draft refers to. A statement a kind that it refers to.
pub(super) async fn are_there(
    conn: &mut Conn,
    stored: &Stored,
    draft: &Draft,
    customer: Option<CustomerId>,
) -> Result<(), RecordError> {
    // By kind: which field names which id.
    let mut named: BTreeMap<&str, Vec<(String, i64)>> = BTreeMap::new();
    for (key, value) in &draft.fields {
        let Some(kind) = stored.kind.field(key).and_then(|field| field.kind.as_deref()) else { continue };
        named.entry(kind).or_default().extend(ids(key, value.as_ref()));
    }
    for (key, lines) in &draft.lines {
        let Some(of) = stored.kind.lines_of(key) else { continue };
        for (place, line) in lines.iter().enumerate() {
            for field in &of.fields {
                let Some(kind) = field.kind.as_deref() else { continue };
                named
                    .entry(kind)
                    .or_default()
                    .extend(ids(&format!("{key}.{place}.{}", field.key), line.get(&field.key)));
            }
        }
    }
    if let Some(customer) = customer {
        named.entry(CUSTOMER).or_default().push(("customer".to_owned(), customer.0));
    }
    let mut refused = Vec::new();
    for (kind, fields) in named {
        let wanted: BTreeSet<i64> = fields.iter().map(|(_, id)| *id).collect();
        let gone = missing(conn, kind, &wanted.into_iter().collect::<Vec<_>>()).await?;
        refused.extend(fields.into_iter().filter(|(_, id)| gone.contains(id)).map(|(field, _)| Refused {
            field,
            code: "unknown_record",
            detail: Words::new("there is no such record", "没有这条记录"),
        }));
    }
    if refused.is_empty() { Ok(()) } else { Err(RecordError::Fields(refused)) }
}

fn ids(field: &str, value: Option<&Value>) -> Vec<(String, i64)> {
    let ids = match value {
        Some(Value::Ref(id)) => vec![*id],
        Some(Value::Refs(ids)) => ids.clone(),
        _ => Vec::new(),
    };
    ids.into_iter().map(|id| (field.to_owned(), id)).collect()
}

/// The next number of the kind. Whoever makes another record waits until this one is made, so that none is left out.
async fn number(conn: &mut Conn, stored: &Stored, asking: &Asking<'_>) -> Result<Option<String>, RecordError> {
    let Some(numbering) = &stored.kind.number else { return Ok(None) };
    let Some(day) = asking.now.date_in(asking.zone) else { return Ok(None) };
    let (seq,): (i64,) = conn
        .one(
            "INSERT INTO record_numbers (kind, scope, last) VALUES ($1, $2, 1)
             ON CONFLICT (kind, scope) DO UPDATE SET last = record_numbers.last + 1 RETURNING last",
            args![&stored.kind.key, numbering.scope(day)],
        )
        .await?;
    Ok(Some(numbering.number(day, u64::try_from(seq).unwrap_or_default())))
}

async fn insert(conn: &mut Conn, stored: &Stored, record: &Record) -> Result<i64, StoreError> {
    let mut sql = Sql::default();
    let (mut names, mut places) = (Vec::new(), Vec::new());
    for (name, arg) in [
        ("number", Arg::from(record.number.as_deref())),
        ("title", Arg::from(&record.title)),
        ("state", Arg::from(record.state.as_deref())),
        ("since", Arg::from(record.since)),
        ("version", Arg::from(record.version)),
        ("created", Arg::from(record.created)),
        ("created_by", Arg::from(&record.created_by)),
        ("updated", Arg::from(record.updated)),
        ("updated_by", Arg::from(&record.updated_by)),
        ("customer", Arg::from(record.customer)),
        ("interaction", Arg::from(record.interaction)),
    ] {
        names.push(name.to_owned());
        places.push(sql.arg(arg));
    }
    let postgres = conn.is_postgres();
    for (key, column) in &stored.columns.fields {
        let args = args_of(column, record.fields.get(key));
        for (at, (name, arg)) in column.names().into_iter().zip(args).enumerate() {
            let place = sql.arg(arg);
            names.push(name);
            places.push(if at == 0 { column.taken(postgres, &place) } else { place });
        }
    }
    let text =
        format!("INSERT INTO {} ({}) VALUES ({}) RETURNING id", stored.table(), names.join(", "), places.join(", "));
    let rows: Vec<(i64,)> = conn.all_of(text, &sql.args).await?;
    rows.first().map(|(id,)| *id).ok_or(StoreError::NotFound("record"))
}

pub(super) async fn update_row(
    conn: &mut Conn,
    stored: &Stored,
    before: &Record,
    after: &Record,
) -> Result<(), StoreError> {
    let mut sql = Sql::default();
    let mut sets = Vec::new();
    for (name, arg) in [
        ("title", Arg::from(&after.title)),
        ("state", Arg::from(after.state.as_deref())),
        ("since", Arg::from(after.since)),
        ("version", Arg::from(after.version)),
        ("updated", Arg::from(after.updated)),
        ("updated_by", Arg::from(&after.updated_by)),
        ("customer", Arg::from(after.customer)),
    ] {
        let place = sql.arg(arg);
        sets.push(format!("{name} = {place}"));
    }
    let changed = stored.kind.fields.iter().map(|field| &field.key);
    let changed = changed.filter(|key| before.fields.get(*key) != after.fields.get(*key));
    let fields = changed.map(|key| (key.clone(), after.fields.get(key).cloned())).collect();
    sets.extend(assignments(stored, conn.is_postgres(), &fields, &mut sql));
    let id = sql.arg(after.id);
    let text = format!("UPDATE {} SET {} WHERE id = {id}", stored.table(), sets.join(", "));
    conn.run_of(text, &sql.args).await.map(|_| ())
}

/// Choices and references: written anew where they are different. Two statements at most.
pub(super) async fn write_many(
    conn: &mut Conn,
    stored: &Stored,
    record: &Record,
    before: Option<&Record>,
) -> Result<(), StoreError> {
    let many = stored.columns.fields.iter().filter(|(_, column)| column.class() == Class::Many);
    let differs = |key: &str| before.and_then(|it| it.fields.get(key)) != record.fields.get(key);
    let many: Vec<_> = many.filter(|(key, _)| differs(key)).collect();
    let table = stored.many_table();
    if before.is_some() {
        let columns: Vec<Vec<Arg>> = many.iter().map(|(_, column)| vec![Arg::from(&column.name)]).collect();
        let sql = format!("DELETE FROM {table} WHERE record = $1 AND field IN ({{rows}})");
        conn.run_rows_of(&sql, args![record.id], &columns).await?;
    }
    let rows: Vec<Vec<Arg>> =
        many.iter().flat_map(|(key, column)| many_rows(record.id, column, record.fields.get(*key))).collect();
    let sql = format!("INSERT INTO {table} (record, field, position, value) SELECT c1, c2, c3, c4 FROM ({{rows}}) new");
    conn.run_rows_of(&sql, &[], &rows).await.map(|_| ())
}

/// Lines: written anew where they are different. Two statements a table.
pub(super) async fn write_lines(
    conn: &mut Conn,
    stored: &Stored,
    record: &Record,
    before: Option<&Record>,
) -> Result<(), StoreError> {
    let none: Vec<Line> = Vec::new();
    for (key, columns) in &stored.columns.lines {
        let old = before.and_then(|it| it.lines.get(key)).unwrap_or(&none);
        let new = record.lines.get(key).unwrap_or(&none);
        if old == new {
            continue;
        }
        let table = lines_table(stored, columns);
        if !old.is_empty() {
            conn.run_of(format!("DELETE FROM {table} WHERE record = $1"), args![record.id]).await?;
        }
        let (mut names, mut taken) =
            (vec!["record".to_owned(), "position".to_owned()], vec!["c1".to_owned(), "c2".to_owned()]);
        for column in columns.fields.values() {
            for (at, name) in column.names().into_iter().enumerate() {
                names.push(name);
                let cell = format!("c{}", names.len());
                taken.push(if at == 0 { column.taken(conn.is_postgres(), &cell) } else { cell });
            }
        }
        let row = |(position, line): (i64, &Line)| {
            let mut row = vec![Arg::from(record.id), Arg::from(position)];
            row.extend(columns.fields.iter().flat_map(|(key, column)| args_of(column, line.get(key))));
            row
        };
        let rows: Vec<Vec<Arg>> = (0..).zip(new).map(row).collect();
        let sql = format!("INSERT INTO {table} ({}) SELECT {} FROM ({{rows}}) new", names.join(", "), taken.join(", "));
        conn.run_rows_of(&sql, &[], &rows).await?;
    }
    Ok(())
}
