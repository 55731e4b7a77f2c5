//! A slice of a file becomes records.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Map;

use super::cells::{self, Wrong};
use super::find::{Found, Hit, present};
use super::mapping::Target;
use super::source::TableError;
use super::source::{Row as Line, Table};
use super::{Duplicates, ImportSpec};
use crate::base::CustomerId;
use crate::record::{Asking, CUSTOMER, Draft, Field, Kind, Record, Value, Verb, Words};
use crate::store::StoreError;
use crate::store::db::Conn;
use crate::store::record::catalogue::{Catalogue, Stored};
use crate::store::record::changes::How;
use crate::store::record::error::RecordError;
use crate::store::record::jobs::SLICE;
use crate::store::record::jobs::many::{change_all, hold_all, insert_all, numbers, read_all};
use crate::store::record::jobs::rows::{Done, Row, RowHow, RowMistake};

/// Longest cell.
const CELL_MAX: usize = 100_000;

/// A file on its way into the store.
pub(in crate::store::record) struct Import {
    table: Table,
    spec: ImportSpec,
    /// Rows done.
    place: u64,
    /// Rows that were read and belong to the next slice.
    waiting: VecDeque<Line>,
    found: Found,
    /// Of a look: what earlier rows would have made, by what records are found by.
    seen: BTreeSet<Vec<String>>,
}

/// A row that can be taken.
struct Read {
    line: u64,
    draft: Draft,
    customer: Option<CustomerId>,
    /// What it is found by, if it says all of that.
    by: Option<Vec<Value>>,
}

impl Read {
    fn key(&self) -> Option<Vec<String>> {
        self.by.as_ref().map(|by| by.iter().map(Value::plain).collect())
    }
}

impl Import {
    /// `place`: so many rows are done.
    pub fn open(bytes: &[u8], spec: ImportSpec, place: u64, region: &str) -> Result<Self, RecordError> {
        let mut table = Table::again(bytes, &spec, region).map_err(|error| RecordError::Table(error.to_string()))?;
        if table.headers != spec.headers {
            return Err(RecordError::File(TableError::Empty.to_string()));
        }
        for _ in 0..place {
            let _ = table.next();
        }
        let (waiting, found, seen) = (VecDeque::new(), Found::default(), BTreeSet::new());
        Ok(Self { table, spec, place, waiting, found, seen })
    }

    pub async fn slice(
        &mut self,
        conn: &mut Conn,
        kinds: &Catalogue,
        stored: &Stored,
        dry: bool,
        asking: &Asking<'_>,
    ) -> Result<Done, RecordError> {
        let lines = self.take();
        let more = lines.len() >= SLICE;
        self.look(conn, &stored.kind, &lines, asking).await?;
        let mut done = Done::default();
        let (mut reads, mut keys) = (Vec::new(), BTreeSet::new());
        let mut lines = VecDeque::from(lines);
        while let Some((line, row)) = lines.pop_front() {
            match self.read(&stored.kind, line, &row, asking) {
                Ok(read) => {
                    if !dry && read.key().is_some_and(|key| !keys.insert(key)) {
                        // What the row before it makes must be there first.
                        lines.push_front((line, row));
                        break;
                    }
                    reads.push(read);
                }
                Err(mistakes) => done.rows.push(Row::refused(line, mistakes)),
            }
            self.place = self.place.saturating_add(1);
        }
        done.more = more || !lines.is_empty();
        self.waiting = lines;
        done.place = self.place;
        self.write(conn, (kinds, stored), reads, dry, asking, &mut done).await?;
        Ok(done)
    }

    fn take(&mut self) -> Vec<Line> {
        let mut lines: Vec<Line> = self.waiting.drain(..).collect();
        while lines.len() < SLICE {
            let Some(line) = self.table.next() else { break };
            lines.push(line);
        }
        lines
    }

    /// By column: what it is.
    fn targets<'k>(&self, kind: &'k Kind) -> Vec<Option<Target<'k>>> {
        self.spec.mapping.iter().map(|key| Target::of(kind, key.as_deref()?)).collect()
    }

    async fn look(
        &mut self,
        conn: &mut Conn,
        kind: &Kind,
        lines: &[Line],
        asking: &Asking<'_>,
    ) -> Result<(), StoreError> {
        let targets = self.targets(kind);
        let mut wanted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for cells in lines.iter().filter_map(|(_, row)| row.as_ref().ok()) {
            for (cell, target) in cells.iter().zip(&targets) {
                match target {
                    Some(Target::Customer) => drop(wanted.entry(CUSTOMER).or_default().insert(cells::plain(cell))),
                    Some(Target::Field(Field { kind: Some(of), of_type, .. })) => {
                        let several = *of_type == crate::record::FieldType::Refs;
                        let parts = if several { cells::parts(cell).collect() } else { vec![cells::plain(cell)] };
                        wanted.entry(of).or_default().extend(parts);
                    }
                    _ => {}
                }
            }
        }
        for texts in wanted.values_mut() {
            texts.remove("");
        }
        self.found.look(conn, &wanted, asking.region).await
    }

    /// One row, or everything that is wrong with it.
    fn read(
        &self,
        kind: &Kind,
        line: u64,
        row: &Result<Vec<String>, String>,
        asking: &Asking,
    ) -> Result<Read, Vec<RowMistake>> {
        let refuse = |why: &str| vec![RowMistake::whole("unreadable", Words::same(why))];
        let cells = row.as_ref().map_err(|why| refuse(why))?;
        let headers = &self.spec.headers;
        let used = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last.saturating_add(1));
        if used > headers.len() {
            let en = format!("{used} cells, but {} headers", headers.len());
            let zh = format!("有 {used} 个单元格，但只有 {} 个表头", headers.len());
            return Err(vec![RowMistake::whole("too_many_cells", Words::new(en, zh))]);
        }
        let (mut body, mut number, mut customer, mut mistakes) = (Map::new(), None, None, Vec::new());
        for (at, (cell, target)) in cells.iter().zip(self.targets(kind)).enumerate() {
            let read = match target {
                None => continue,
                _ if cells::plain(cell).is_empty() => continue,
                _ if cell.len() > CELL_MAX => Err(too_long()),
                Some(Target::Number) => {
                    number = Some(cells::plain(cell).to_owned());
                    Ok(())
                }
                Some(Target::Customer) => self.customer(cell).map(|id| customer = Some(id)),
                Some(Target::Field(field)) => {
                    let find = |kind: &str, text: &str| self.found.get(kind, text);
                    cells::read(field, cell, asking, &find).map(|json| drop(body.insert(field.key.clone(), json)))
                }
            };
            if let Err((code, message)) = read {
                mistakes.push(RowMistake { column: self.header(at), code: code.to_owned(), message });
            }
        }
        body.retain(|_, json| !json.is_null());
        let draft = kind.draft(&body, asking).unwrap_or_else(|refused| {
            mistakes.extend(refused.into_iter().map(|refused| self.mistake(refused)));
            Draft::default()
        });
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let value = |key: &String| match (draft.fields.get(key), key.as_str()) {
            (Some(value), _) => value.clone(),
            (None, "number") => number.clone().map(Value::Text),
            (None, _) => None,
        };
        let by: Option<Vec<Value>> = self.spec.by.iter().map(value).collect();
        Ok(Read { line, by: by.filter(|by| !by.is_empty()), draft, customer })
    }

    fn customer(&self, cell: &str) -> Result<CustomerId, Wrong> {
        let cell = cells::plain(cell);
        cells::whole(cell)?;
        match self.found.get(CUSTOMER, cell) {
            Hit::None => Err((
                "unknown_customer",
                Words::new(format!("there is no customer `{cell}`"), format!("没有客户“{cell}”")),
            )),
            hit => cells::hit(cell, hit).map(CustomerId),
        }
    }

    fn header(&self, at: usize) -> String {
        self.spec.headers.get(at).cloned().unwrap_or_default()
    }

    /// Told of the column that the field was read from.
    fn mistake(&self, refused: crate::record::Refused) -> RowMistake {
        let column = self.spec.mapping.iter().position(|key| key.as_ref() == Some(&refused.field));
        let mut mistake = RowMistake::of(refused);
        if let Some(at) = column {
            mistake.column = self.header(at);
        }
        mistake
    }

    /// Writes what was read, or finds out what would be written.
    async fn write(
        &mut self,
        conn: &mut Conn,
        (kinds, stored): (&Catalogue, &Stored),
        reads: Vec<Read>,
        dry: bool,
        asking: &Asking<'_>,
        done: &mut Done,
    ) -> Result<(), RecordError> {
        let keyed = reads.iter().enumerate().filter_map(|(at, read)| Some((i64::try_from(at).ok()?, read.by.clone()?)));
        let known = present(conn, stored, &self.spec.by, &keyed.collect::<Vec<_>>()).await?;
        let ids: Vec<i64> = known.values().flatten().copied().collect();
        let mut there = if dry { read_all(conn, stored, &ids).await? } else { hold_all(conn, stored, &ids).await? };
        let (mut new, mut pairs) = (Vec::new(), Vec::new());
        for (at, read) in reads.into_iter().enumerate() {
            let line = read.line;
            let ids = i64::try_from(at).ok().and_then(|at| known.get(&at)).map(Vec::as_slice).unwrap_or_default();
            let is_earlier = dry && self.is_earlier(&read);
            match (ids, self.spec.duplicates) {
                (_, Duplicates::Make) | ([], _) if !(is_earlier && self.spec.duplicates != Duplicates::Make) => {
                    match made(stored, read.draft, read.customer, asking) {
                        Ok(record) => new.push((line, record)),
                        Err(refused) => {
                            let mistakes = refused.into_iter().map(|it| self.mistake(it)).collect();
                            done.rows.push(Row::refused(line, mistakes));
                        }
                    }
                }
                ([], duplicates) => {
                    // Of a look: an earlier row would have made it.
                    let how = if duplicates == Duplicates::Skip { RowHow::Skipped } else { RowHow::Changed };
                    done.rows.push(Row { line, how, record: None, version: None, mistakes: Vec::new() });
                }
                ([id], Duplicates::Skip) => done.rows.push(row(line, RowHow::Skipped, *id)),
                ([id], _) => match there.remove(id).map(|before| (changed(stored, &before, read, asking), before)) {
                    Some((Ok(after), before)) => pairs.push((line, before, after)),
                    Some((Err(mistakes), _)) => done.rows.push(Row::refused(line, mistakes)),
                    // Of a look: an earlier row changes it, too.
                    None => done.rows.push(row(line, RowHow::Changed, *id)),
                },
                (several, _) => done.rows.push(Row::refused(line, vec![many(several.len())])),
            }
        }
        finish(conn, (kinds, stored), new, pairs, dry, asking, done).await
    }

    /// An earlier row of the file says the same.
    fn is_earlier(&mut self, read: &Read) -> bool {
        read.key().is_some_and(|key| !self.seen.insert(key))
    }
}

fn row(line: u64, how: RowHow, record: i64) -> Row {
    Row { line, how, record: Some(record), version: None, mistakes: Vec::new() }
}

fn many(count: usize) -> RowMistake {
    let en = format!("{count} records say the same: a person must say which one it is");
    RowMistake::whole("several_records", Words::new(en, format!("已有 {count} 条相同的记录，须由人指明是哪一条")))
}

fn too_long() -> Wrong {
    ("too_long", Words::new("this is too long", "内容过长"))
}

/// A new record, but for its number and id.
fn made(
    stored: &Stored,
    mut draft: Draft,
    customer: Option<CustomerId>,
    asking: &Asking,
) -> Result<Record, Vec<crate::record::Refused>> {
    let kind = &stored.kind;
    kind.complete(&mut draft, asking)?;
    let mut record = Record {
        id: 0,
        number: None,
        title: String::new(),
        state: kind.life.as_ref().map(|life| life.start.clone()),
        since: asking.now,
        version: 1,
        created: asking.now,
        created_by: asking.who.user.to_owned(),
        updated: asking.now,
        updated_by: asking.who.user.to_owned(),
        customer,
        interaction: None,
        fields: BTreeMap::new(),
        lines: BTreeMap::new(),
    };
    draft.onto(&mut record);
    Ok(record)
}

fn changed(stored: &Stored, before: &Record, read: Read, asking: &Asking) -> Result<Record, Vec<RowMistake>> {
    if !before.is_reached(&stored.kind, Verb::Write, &asking.who) {
        let message = Words::new("you may not change this record", "您无权修改这条记录");
        return Err(vec![RowMistake::whole("not_allowed", message)]);
    }
    let mut after = before.clone();
    read.draft.onto(&mut after);
    let fixed = stored.kind.fixed(before, &after);
    if !fixed.is_empty() {
        return Err(fixed.into_iter().map(RowMistake::of).collect());
    }
    after.customer = read.customer.or(after.customer);
    Ok(after)
}

async fn finish(
    conn: &mut Conn,
    (kinds, stored): (&Catalogue, &Stored),
    new: Vec<(u64, Record)>,
    pairs: Vec<(u64, Record, Record)>,
    dry: bool,
    asking: &Asking<'_>,
    done: &mut Done,
) -> Result<(), RecordError> {
    let is_same = |before: &Record, after: &Record| {
        before.fields == after.fields && before.lines == after.lines && before.customer == after.customer
    };
    let (same, pairs): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(_, before, after)| is_same(before, after));
    done.rows.extend(same.into_iter().map(|(line, before, _)| row(line, RowHow::Skipped, before.id)));
    if dry {
        done.rows.extend(pairs.into_iter().map(|(line, before, _)| row(line, RowHow::Changed, before.id)));
        let made = |(line, _)| Row { line, how: RowHow::Made, record: None, version: None, mistakes: Vec::new() };
        done.rows.extend(new.into_iter().map(made));
        return Ok(());
    }
    let numbers = numbers(conn, stored, new.len(), asking).await?;
    let (lines, mut records): (Vec<u64>, Vec<Record>) = new.into_iter().unzip();
    for (record, number) in records.iter_mut().zip(numbers) {
        record.number = number;
    }
    done.rolled = insert_all(conn, kinds, stored, &mut records, asking).await?;
    let told = |(line, record): (u64, &Record)| Row {
        line,
        how: RowHow::Made,
        record: Some(record.id),
        version: Some(record.version),
        mistakes: Vec::new(),
    };
    done.rows.extend(lines.into_iter().zip(&records).map(told));
    let lines: BTreeMap<i64, u64> = pairs.iter().map(|(line, before, _)| (before.id, *line)).collect();
    let pairs = pairs.into_iter().map(|(_, before, after)| (before, after)).collect();
    let (changed, rolled) = change_all(conn, kinds, stored, pairs, How::Changed, asking).await?;
    done.rolled.extend(rolled);
    for record in &changed {
        let line = lines.get(&record.id).copied().unwrap_or_default();
        let mut row = row(line, RowHow::Changed, record.id);
        row.version = Some(record.version);
        done.rows.push(row);
    }
    done.told = changed.into_iter().next_back().or_else(|| records.into_iter().next_back());
    Ok(())
}
