//! All records that a list shows changed at once: fields written, or a step taken.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::many::{change_all, hold_all, read_all};
use super::rows::{Done, Row, RowHow, RowMistake, put};
use super::{Job, SLICE, Spec, insert};
use crate::record::{Asking, Draft, Record, Refused, StepRefused, Verb, Words};
use crate::store::db::{Conn, args};
use crate::store::record::catalogue::{Catalogue, Stored};
use crate::store::record::changes::How;
use crate::store::record::error::RecordError;
use crate::store::record::write::are_there;
use crate::store::record::{Query, Records};

/// Records changed at once.
pub const EDIT_MAX: u32 = 50_000;

/// What becomes of each of them.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct EditSpec {
    /// As in a change of one record; `null` empties.
    #[serde(default)]
    pub fields: Map<String, Json>,
    /// A step of their life to be taken.
    #[serde(default)]
    pub step: Option<String>,
}

impl Records {
    /// Takes down which records are meant: those that the asker sees now. Nothing is written to them yet.
    pub async fn begin_edit(
        &self,
        stored: &Stored,
        query: &Query,
        spec: EditSpec,
        asking: &Asking<'_>,
    ) -> Result<Job, RecordError> {
        stored.kind.draft(&spec.fields, asking).map_err(RecordError::Fields)?;
        let knows = |key: &str| stored.kind.life.as_ref().is_some_and(|life| life.step(key).is_some());
        match &spec.step {
            Some(step) if !knows(step) => return Err(RecordError::Step(StepRefused::Unknown)),
            None if spec.fields.is_empty() => {
                let detail = Words::new("say what is to become of them", "请说明要修改什么");
                return Err(RecordError::Fields(vec![Refused { field: "fields".into(), code: "required", detail }]));
            }
            _ => {}
        }
        let ids = self.ids(stored, query, EDIT_MAX.saturating_add(1), asking).await?;
        if ids.len() > EDIT_MAX as usize {
            return Err(RecordError::Question(format!("more than {EDIT_MAX} records: narrow the list")));
        }
        let mut conn = self.store.begin().await?;
        let total = u64::try_from(ids.len()).unwrap_or_default();
        let id = insert(&mut conn, &stored.kind.key, &Spec::Edit(spec), Some(total), asking).await?;
        let row = |(line, record): (u64, i64)| Row {
            line,
            how: RowHow::Waiting,
            record: Some(record),
            version: None,
            mistakes: Vec::new(),
        };
        put(&mut conn, id, &(1..).zip(ids).map(row).collect::<Vec<_>>()).await?;
        conn.commit().await?;
        self.job(&stored.kind.key, id).await
    }
}

/// A change on its way through its records.
pub(super) struct Edit {
    spec: EditSpec,
}

impl Edit {
    pub fn new(spec: EditSpec) -> Self {
        Self { spec }
    }

    pub async fn slice(
        &self,
        conn: &mut Conn,
        kinds: &Catalogue,
        stored: &Stored,
        job: &Job,
        asking: &Asking<'_>,
    ) -> Result<Done, RecordError> {
        let most = i64::try_from(SLICE).unwrap_or(i64::MAX);
        let rows: Vec<(i64, i64)> = conn
            .all(
                "SELECT line, record FROM record_job_rows WHERE job = $1 AND line > $2 AND record IS NOT NULL
                 ORDER BY line LIMIT $3",
                args![job.id, job.place, most],
            )
            .await?;
        let ids: Vec<i64> = rows.iter().map(|(_, id)| *id).collect();
        let mut there =
            if job.dry { read_all(conn, stored, &ids).await? } else { hold_all(conn, stored, &ids).await? };
        let draft = stored.kind.draft(&self.spec.fields, asking);
        let draft = match draft {
            Ok(draft) => are_there(conn, stored, &draft, None).await.map(|()| draft),
            Err(refused) => Err(RecordError::Fields(refused)),
        };
        let draft = match draft {
            Ok(draft) => Ok(draft),
            Err(RecordError::Fields(refused)) => Err(refused),
            Err(error) => return Err(error),
        };
        let mut done = Done { place: job.place, more: rows.len() >= SLICE, ..Done::default() };
        let mut pairs = Vec::new();
        for (line, id) in rows {
            let line = u64::try_from(line).unwrap_or_default();
            done.place = line;
            let judged = match (there.remove(&id), &draft) {
                (None, _) => {
                    let gone = Words::new("it is not there any more", "记录已不存在");
                    Err(vec![RowMistake::whole("not_found", gone)])
                }
                (_, Err(refused)) => Err(refused.iter().cloned().map(RowMistake::of).collect()),
                (Some(before), Ok(draft)) => self.judged(stored, &before, draft, asking).map(|after| (before, after)),
            };
            match judged {
                Ok((before, after)) => {
                    let is_same =
                        before.fields == after.fields && before.state == after.state && before.lines == after.lines;
                    let how = if is_same { RowHow::Skipped } else { RowHow::Changed };
                    let version = before.version.saturating_add(1);
                    let mistakes = Vec::new();
                    done.rows.push(Row { line, how, record: Some(id), version: Some(version), mistakes });
                    if !is_same && !job.dry {
                        pairs.push((before, after));
                    }
                }
                Err(mistakes) => {
                    done.rows.push(Row { record: Some(id), ..Row::refused(line, mistakes) });
                }
            }
        }
        let how = self.spec.step.as_deref().map_or(How::Changed, How::Step);
        let (changed, rolled) = change_all(conn, kinds, stored, pairs, how, asking).await?;
        (done.told, done.rolled) = (changed.into_iter().next_back(), rolled);
        Ok(done)
    }

    /// What becomes of a record, or why it does not.
    fn judged(
        &self,
        stored: &Stored,
        before: &Record,
        draft: &Draft,
        asking: &Asking<'_>,
    ) -> Result<Record, Vec<RowMistake>> {
        let refuse = |code: &str, en: &str, zh: &str| Err(vec![RowMistake::whole(code, Words::new(en, zh))]);
        let only_step = self.spec.step.is_some() && self.spec.fields.is_empty();
        if !only_step && !before.is_reached(&stored.kind, Verb::Write, &asking.who) {
            return refuse("not_allowed", "you may not change this record", "您无权修改这条记录");
        }
        let mut after = before.clone();
        draft.onto(&mut after);
        let fixed = stored.kind.fixed(before, &after);
        if !fixed.is_empty() {
            return Err(fixed.into_iter().map(RowMistake::of).collect());
        }
        let Some(key) = &self.spec.step else { return Ok(after) };
        let Some(step) = stored.kind.life.as_ref().and_then(|life| life.step(key)) else {
            return refuse("step_refused", "there is no such step any more", "该步骤已不存在");
        };
        if !step.make.is_empty() {
            return refuse(
                "step_refused",
                "this step makes other records: take it one by one",
                "此步骤会生成其他记录，请逐条执行",
            );
        }
        let judged = step.is_open(&stored.kind, before, asking).and_then(|()| step.judge(&stored.kind, &after, asking));
        judged.map_err(|why| vec![RowMistake::whole("step_refused", told(&why))])?;
        after.state = Some(step.to.clone());
        after.since = asking.now;
        Ok(after)
    }
}

fn told(why: &StepRefused) -> Words {
    match why {
        StepRefused::Unknown => Words::new("there is no such step", "没有这个步骤"),
        StepRefused::State { state } => Words::new(
            format!("this step does not begin in the state `{state}`"),
            format!("当前状态“{state}”不能执行此步骤"),
        ),
        StepRefused::NotAllowed => Words::new("you may not take this step", "您无权执行此步骤"),
        StepRefused::When { condition } => {
            Words::new(format!("this step is only taken when: {condition}"), format!("此步骤须满足条件：{condition}"))
        }
        StepRefused::TooLate => Words::new("the time for this step has passed", "已超过此步骤的时限"),
        StepRefused::Needs(fields) => {
            let fields = fields.join(", ");
            Words::new(format!("this step needs filled: {fields}"), format!("执行此步骤须填写：{fields}"))
        }
    }
}
