//! Rules whose time has come, and what is still to be done beside records: looked for by the clock, each done in a
//! transaction of its own together with the note that it was. A server that dies in between finds it undone, and does
//! it; one that dies after finds it done.
//!
//! | what | found by | done once by |
//! | --- | --- | --- |
//! | a rule on a due time | `record_timers.at` | its row, kept as done: one a record, rule and due time |
//! | a rule at a time of the day | `record_schedules.at` | the last record it was done to, in the same row |
//! | a record that a rule makes | `record_outbox` | its row, which goes |
//! | what a new version wants of the records of before | `record_passes` | the last record that was looked at |

use std::collections::BTreeMap;
use std::time::Duration;

use super::Records;
use super::catalogue::Stored;
use super::changes::{self, Detail, How};
use super::error::RecordError;
use super::filter::Filter;
use super::rolls::reckoned;
use super::rows::whole;
use super::rules::{DueRule, Waiting, armed, due_now, taken_out, waiting};
use super::sql::{Sql, as_text};
use super::write::{About, hold, hold_kind};
use crate::base::Instant;
use crate::record::{Asking, FieldType, On, Rule};
use crate::store::db::{args, instant};

/// Records of one turn.
const TURN: u32 = 100;
/// What could not be done is tried again after this time.
const LATER: Duration = Duration::from_secs(300);
/// `record_passes.after` of a kind whose records are all known.
const ALL: i64 = -1;

impl Records {
    /// Does what is due by now; how much that was. Call it again at once unless it was nothing. `asking`: a program
    /// that may do everything.
    pub async fn follow_rules(&self, asking: &Asking<'_>) -> Result<usize, RecordError> {
        let mut done = self.pass_kinds(asking).await?;
        let due = due_now(&mut self.store.read().await?, asking.now, TURN).await?;
        done += due.len();
        for rule in due {
            self.act_or_put_off(&rule, asking).await?;
        }
        done += self.follow_schedules(asking).await?;
        let works = waiting(&mut self.store.read().await?, asking.now, TURN).await?;
        done += works.len();
        for work in works {
            self.carry_out(&work, asking).await?;
        }
        Ok(done)
    }

    /// One rule that cannot be done holds up no other.
    async fn act_or_put_off(&self, due: &DueRule, asking: &Asking<'_>) -> Result<(), RecordError> {
        match self.act_when_due(due, asking).await {
            Ok(()) => Ok(()),
            Err(RecordError::KindChanged { .. }) => self.reload().await,
            Err(error) => {
                tracing::warn!(kind = due.kind, record = due.record, rule = due.rule, %error, "a rule could not act");
                let mut conn = self.store.begin().await?;
                due.put_off(&mut conn, asking.now + LATER).await?;
                Ok(conn.commit().await?)
            }
        }
    }

    async fn act_when_due(&self, due: &DueRule, asking: &Asking<'_>) -> Result<(), RecordError> {
        let stored = self.kind(&due.kind)?;
        let mut conn = self.store.begin().await?;
        hold_kind(&mut conn, &stored).await?;
        if !due.taken(&mut conn, asking.now).await? {
            return Ok(conn.commit().await?);
        }
        let record = match hold(&mut conn, &stored, due.record, asking).await {
            // Deleted, or the rule is gone: its time passes.
            Err(RecordError::NotFound) => return Ok(conn.commit().await?),
            record => record?,
        };
        self.update(conn, &stored, &record, record.clone(), How::Rule(&due.rule), asking).await?;
        Ok(())
    }

    async fn follow_schedules(&self, asking: &Asking<'_>) -> Result<usize, RecordError> {
        let kinds = self.kinds();
        let timed = kinds.values().flat_map(|stored| stored.kind.rules.iter().map(move |rule| (stored, rule)));
        let timed: Vec<_> = timed.filter(|(_, rule)| matches!(rule.on, On::Time(_))).collect();
        if timed.is_empty() {
            return Ok(0);
        }
        type Row = (String, String, String, i64, i64);
        let sql = "SELECT kind, rule, text, at, after FROM record_schedules";
        let rows: Vec<Row> = self.store.read().await?.all(sql, &[]).await?;
        let mut known: BTreeMap<(String, String), (String, i64, i64)> = BTreeMap::new();
        known.extend(rows.into_iter().map(|(kind, rule, text, at, after)| ((kind, rule), (text, at, after))));
        let mut done = 0;
        for (stored, rule) in timed {
            let On::Time(when) = &rule.on else { continue };
            let Some(next) = when.next(asking.now, asking.zone) else { continue };
            match known.get(&(stored.kind.key.clone(), rule.key.clone())) {
                Some((text, at, after)) if *text == when.to_string() => {
                    if instant(*at) <= asking.now {
                        done += self.scheduled(stored, rule, (*at, *after, next), asking).await?;
                    }
                }
                // Said otherwise by now: from now on.
                _ => self.schedule(stored, rule, next).await?,
            }
        }
        Ok(done)
    }

    async fn schedule(&self, stored: &Stored, rule: &Rule, at: Instant) -> Result<(), RecordError> {
        let On::Time(when) = &rule.on else { return Ok(()) };
        let mut conn = self.store.begin().await?;
        conn.run(
            "INSERT INTO record_schedules (kind, rule, text, at, after) VALUES ($1, $2, $3, $4, 0)
             ON CONFLICT (kind, rule) DO UPDATE SET text = excluded.text, at = excluded.at, after = 0",
            args![&stored.kind.key, &rule.key, when.to_string(), at],
        )
        .await?;
        Ok(conn.commit().await?)
    }

    /// The next records of a rule whose time has come: those that there are by then, each once.
    async fn scheduled(
        &self,
        stored: &Stored,
        rule: &Rule,
        (at, after, next): (i64, i64, Instant),
        asking: &Asking<'_>,
    ) -> Result<usize, RecordError> {
        let mut conn = self.store.read().await?;
        let mut sql = Sql::default();
        let last = sql.arg(after);
        sql.push(&format!(
            "SELECT {} FROM {} r WHERE r.deleted IS NULL AND r.id > {last}",
            as_text("r.id"),
            stored.table()
        ));
        if let Some(guard) = &rule.when {
            let filter = Filter { stored, asker: asking.asker(), postgres: conn.is_postgres() };
            sql.push(" AND ");
            filter.condition(&guard.condition, &mut sql);
        }
        sql.push(&format!(" ORDER BY r.id LIMIT {TURN}"));
        let rows: Vec<(String,)> = conn.all_of(std::mem::take(&mut sql.text), &sql.args).await?;
        drop(conn);
        for id in rows.iter().filter_map(|(id,)| id.parse::<i64>().ok()) {
            match self.act_at(stored, rule, (at, id), asking).await {
                Err(RecordError::KindChanged { .. }) => return self.reload().await.map(|()| rows.len()),
                Err(error) => {
                    tracing::warn!(kind = stored.kind.key, record = id, rule = rule.key, %error, "a rule could not act");
                    self.passed(stored, rule, at, id).await?;
                }
                Ok(()) => {}
            }
        }
        if rows.len() < TURN as usize {
            let mut conn = self.store.begin().await?;
            let sql = "UPDATE record_schedules SET at = $4, after = 0 WHERE kind = $1 AND rule = $2 AND at = $3";
            conn.run(sql, args![&stored.kind.key, &rule.key, at, next]).await?;
            conn.commit().await?;
        }
        Ok(rows.len())
    }

    async fn act_at(
        &self,
        stored: &Stored,
        rule: &Rule,
        (at, id): (i64, i64),
        asking: &Asking<'_>,
    ) -> Result<(), RecordError> {
        let mut conn = self.store.begin().await?;
        hold_kind(&mut conn, stored).await?;
        let sql = "UPDATE record_schedules SET after = $4 WHERE kind = $1 AND rule = $2 AND at = $3 AND after < $4";
        if conn.run(sql, args![&stored.kind.key, &rule.key, at, id]).await? == 0 {
            return Ok(conn.commit().await?);
        }
        let record = match hold(&mut conn, stored, id, asking).await {
            Err(RecordError::NotFound) => return Ok(conn.commit().await?),
            record => record?,
        };
        self.update(conn, stored, &record, record.clone(), How::Rule(&rule.key), asking).await?;
        Ok(())
    }

    /// One that it cannot be done to holds up no other.
    async fn passed(&self, stored: &Stored, rule: &Rule, at: i64, id: i64) -> Result<(), RecordError> {
        let mut conn = self.store.begin().await?;
        let sql = "UPDATE record_schedules SET after = $4 WHERE kind = $1 AND rule = $2 AND at = $3 AND after < $4";
        conn.run(sql, args![&stored.kind.key, &rule.key, at, id]).await?;
        Ok(conn.commit().await?)
    }

    async fn carry_out(&self, waiting: &Waiting, asking: &Asking<'_>) -> Result<(), RecordError> {
        match self.make_beside(waiting, asking).await {
            Ok(()) => Ok(()),
            Err(RecordError::KindChanged { .. }) => self.reload().await,
            // The database is away: it waits.
            Err(RecordError::Store(error)) => Err(error.into()),
            Err(error) => self.give_up(waiting, &error, asking).await,
        }
    }

    async fn make_beside(&self, waiting: &Waiting, asking: &Asking<'_>) -> Result<(), RecordError> {
        let (from, work) = (self.kind(&waiting.kind)?, &waiting.work);
        let stored = self.kind(&work.kind)?;
        let mut conn = self.store.begin().await?;
        hold_kind(&mut conn, &stored).await?;
        if !taken_out(&mut conn, waiting.id).await? {
            return Ok(conn.commit().await?);
        }
        let source = whole(&mut conn, &from, waiting.record).await?;
        let mut fields = work.fields.clone();
        if let Some(link) = work.link.as_ref().filter(|_| source.is_some()) {
            let several = stored.kind.field(link).is_some_and(|field| field.of_type == FieldType::Refs);
            let id = serde_json::json!(waiting.record);
            fields.insert(link.clone(), if several { serde_json::json!([id]) } else { id });
        }
        let about = About {
            customer: source.as_ref().and_then(|source| source.customer),
            interaction: source.as_ref().and_then(|source| source.interaction),
        };
        let (record, rolled) = self.make(&mut conn, &stored, &fields, (about, &work.trail), asking).await?;
        conn.commit().await?;
        self.tell_record(&stored, &record);
        self.tell_all(rolled);
        Ok(())
    }

    /// It can never be done: the history of the record says so.
    async fn give_up(&self, waiting: &Waiting, error: &RecordError, asking: &Asking<'_>) -> Result<(), RecordError> {
        let why = match error {
            RecordError::Fields(refused) => {
                refused.iter().map(|it| format!("{}: {}", it.field, it.code)).collect::<Vec<_>>().join(", ")
            }
            error => error.to_string(),
        };
        tracing::warn!(kind = waiting.kind, record = waiting.record, rule = waiting.rule, why, "a rule made no record");
        let mut conn = self.store.begin().await?;
        if taken_out(&mut conn, waiting.id).await?
            && let Ok(stored) = self.kind(&waiting.kind)
            && let Some(record) = whole(&mut conn, &stored, waiting.record).await?
        {
            let text = Some(format!("{}: {why}", waiting.work.kind));
            let detail = Detail { text, rules: vec![waiting.rule.clone()], ..Detail::default() };
            changes::write(&mut conn, &stored, &record, How::Rule(&waiting.rule), &detail, asking).await?;
        }
        Ok(conn.commit().await?)
    }

    /// What a new version wants of records that were there before: rules on due times that are still to come wait for
    /// them, and what is reckoned is reckoned.
    async fn pass_kinds(&self, asking: &Asking<'_>) -> Result<usize, RecordError> {
        let kinds = self.kinds();
        let wanted = kinds.values().flat_map(|stored| Pass::ALL.into_iter().map(move |pass| (stored, pass)));
        let wanted: Vec<_> = wanted.filter(|(stored, pass)| pass.is_wanted(stored)).collect();
        if wanted.is_empty() {
            return Ok(0);
        }
        let sql = "SELECT kind, what, version, after FROM record_passes";
        let rows: Vec<(String, String, i64, i64)> = self.store.read().await?.all(sql, &[]).await?;
        let mut done = 0;
        for (stored, pass) in wanted {
            let (kind, present) = (&stored.kind.key, i64::from(stored.version));
            let known =
                rows.iter().find(|(of, what, version, _)| of == kind && what == pass.word() && *version == present);
            match known.map_or(0, |(.., after)| *after) {
                ALL => {}
                after => done += self.pass(stored, pass, after, asking).await?,
            }
        }
        Ok(done)
    }

    async fn pass(&self, stored: &Stored, pass: Pass, after: i64, asking: &Asking<'_>) -> Result<usize, RecordError> {
        let mut sql = Sql::default();
        let last = sql.arg(after);
        sql.push(&format!(
            "SELECT {} FROM {} r WHERE r.deleted IS NULL AND r.id > {last}",
            as_text("r.id"),
            stored.table()
        ));
        let due = stored.kind.due.as_ref().and_then(|due| stored.columns.fields.get(&due.field));
        if let Some(column) = due.filter(|_| pass == Pass::Due) {
            let now = sql.arg(asking.now);
            sql.push(&format!(" AND r.{} > {now}", column.quoted()));
        }
        sql.push(&format!(" ORDER BY r.id LIMIT {TURN}"));
        let rows: Vec<(String,)> = self.store.read().await?.all_of(std::mem::take(&mut sql.text), &sql.args).await?;
        let ids: Vec<i64> = rows.iter().filter_map(|(id,)| id.parse().ok()).collect();
        for id in &ids {
            let mut conn = self.store.begin().await?;
            match hold(&mut conn, stored, *id, asking).await {
                Err(RecordError::NotFound) => {}
                record => match pass {
                    Pass::Due => armed(&mut conn, &self.kinds(), stored, &record?, asking).await?,
                    Pass::Value => drop(reckoned(&mut conn, &self.kinds(), stored, &record?, asking).await?),
                },
            }
            conn.commit().await?;
        }
        let after = ids.last().copied().filter(|_| ids.len() >= TURN as usize).unwrap_or(ALL);
        let mut conn = self.store.begin().await?;
        conn.run(
            "INSERT INTO record_passes (kind, what, version, after) VALUES ($1, $2, $3, $4)
             ON CONFLICT (kind, what) DO UPDATE SET version = excluded.version, after = excluded.after",
            args![&stored.kind.key, pass.word(), stored.version, after],
        )
        .await?;
        conn.commit().await?;
        Ok(ids.len())
    }
}

/// What is done to all records of a kind, once a version.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    Due,
    Value,
}

impl Pass {
    const ALL: [Self; 2] = [Self::Due, Self::Value];

    const fn word(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Value => "value",
        }
    }

    fn is_wanted(self, stored: &Stored) -> bool {
        match self {
            Self::Due => stored.kind.has_timers(),
            Self::Value => stored.kind.fields.iter().any(crate::record::Field::is_reckoned),
        }
    }
}
