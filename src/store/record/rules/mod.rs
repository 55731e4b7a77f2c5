//! What rules do, in the transaction of the write that they follow: the record itself is changed before it is written
//! ([`follow`]), everything else after it ([`settle`]): who is told, what is to be made beside it (`outbox`), when they
//! act next (`timers`). So nothing is lost and nothing is done twice, whenever the server dies.
//!
//! Which rule is next and what it means is said by [`crate::record`].

mod answer;
mod assign;
mod inbox;
mod outbox;
mod taken;
mod timers;

use super::catalogue::{Catalogue, Stored};
use super::{RecordError, Told, rolls};
use crate::record::{Answer, Asking, DEPTH_MAX, Effect, Happened, Record, Role};
use crate::store::db::Conn;
pub use inbox::Notice;
use outbox::Work;
pub(super) use outbox::{Waiting, taken as taken_out, waiting};
use timers::arm;
pub(super) use timers::{DueRule, armed, due_now, forget};

/// What a write follows from.
#[derive(Clone, Copy)]
pub(in crate::store::record) struct Cause<'a> {
    /// `None`: the record is new.
    pub before: Option<&'a Record>,
    pub happened: Happened<'a>,
    /// Rules that made records until this one was made: `ticket.late`.
    pub trail: &'a [String],
}

/// What rules did, and are still to do once the record is written.
#[derive(Default)]
pub(in crate::store::record) struct Followed {
    /// Those that acted, in order.
    pub rules: Vec<String>,
    /// Why some did not: the way that went round.
    pub stopped: Option<String>,
    /// Rule and person.
    told: Vec<(String, String)>,
    works: Vec<(String, Work)>,
    answer: Answer,
    /// The due time follows from another record than before.
    answered: bool,
}

/// Lets rules act on a record that is about to be written.
pub(in crate::store::record) async fn follow(
    conn: &mut Conn,
    kinds: &Catalogue,
    stored: &Stored,
    record: &mut Record,
    cause: Cause<'_>,
    asking: &Asking<'_>,
) -> Result<Followed, RecordError> {
    let kind = &stored.kind;
    let mut followed = Followed::default();
    if cause.before.is_none() {
        kind.reckon_none(record);
    }
    taken::take(conn, kinds, stored, cause.before, record).await?;
    kind.reckon(record);
    let mut answers = answer::both(conn, kinds, stored, cause.before, record).await?;
    followed.answered = answers.0 != answers.1;
    let due = |record: &Record| kind.due.as_ref().and_then(|due| record.fields.get(&due.field)).cloned();
    let said = |before: Option<&Record>, record: &Record| before.is_some_and(|before| due(before) != due(record));
    kind.set_due(cause.before, record, said(cause.before, record), answers, asking);
    while let Some(rule) = kind.next_rule(cause.before, record, cause.happened, &followed.rules, asking) {
        followed.rules.push(rule.key.clone());
        let before = record.clone();
        for effect in &rule.effects {
            match effect {
                Effect::Assign { field, among, by } => {
                    let people = kind.people(among, record, asking);
                    let share = assign::Turn { rule: &rule.key, field, by: *by };
                    assign::assign(conn, stored, record, &share, &people).await?;
                }
                Effect::Tell { whom } => {
                    let people = kind.people(whom, record, asking);
                    followed.told.extend(people.into_iter().map(|person| (rule.key.clone(), person)));
                }
                Effect::Create { kind: made, set, link } => {
                    let step = format!("{}.{}", kind.key, rule.key);
                    let trail: Vec<String> = cause.trail.iter().cloned().chain([step]).collect();
                    if trail.len() > DEPTH_MAX {
                        followed.stop(&trail, asking);
                        continue;
                    }
                    let fields = kind.made(set, record, asking).fields;
                    let work = Work { kind: made.clone(), fields, link: link.clone(), trail };
                    followed.works.push((rule.key.clone(), work));
                }
                of_record => kind.act(of_record, record, asking),
            }
        }
        taken::take(conn, kinds, stored, Some(&before), record).await?;
        kind.reckon(record);
        answers = answer::both(conn, kinds, stored, Some(&before), record).await?;
        kind.set_due(Some(&before), record, said(Some(&before), record), answers, asking);
    }
    kind.reckon(record);
    let outside = kind.outside(cause.before, record);
    if !outside.is_empty() {
        return Err(RecordError::Fields(outside));
    }
    followed.answer = answers.1;
    Ok(followed)
}

impl Followed {
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Records that make each other: it ends here, and administrators hear of it.
    fn stop(&mut self, trail: &[String], asking: &Asking<'_>) {
        let path = trail.join(" → ");
        tracing::warn!(path, "rules make records in a circle: stopped");
        let rule = self.rules.last().cloned().unwrap_or_default();
        self.told.extend(asking.people.of_role(Role::Admin).into_iter().map(|person| (rule.clone(), person)));
        self.stopped = Some(path);
    }
}

/// Writes down what is to be done beside the record, which is written by now, and what others say of it; gives those
/// others, to be told.
pub(in crate::store::record) async fn settle(
    conn: &mut Conn,
    kinds: &Catalogue,
    stored: &Stored,
    record: &Record,
    (cause, followed): (Cause<'_>, &Followed),
    asking: &Asking<'_>,
) -> Result<Vec<Told>, RecordError> {
    let told = rolls::update(conn, kinds, stored, (cause.before, Some(record)), asking).await?;
    inbox::tell(conn, stored, record, &followed.told, followed.stopped.as_deref(), asking).await?;
    outbox::put(conn, stored, record, &followed.works, asking).await?;
    let kind = &stored.kind;
    let moved = cause.before.is_none_or(|before| {
        let due = |record: &Record| kind.due.as_ref().and_then(|due| record.fields.get(&due.field)).cloned();
        before.state != record.state || due(before) != due(record)
    });
    if kind.has_timers() && (moved || followed.answered) {
        let timers = kind.timers(record, followed.answer, asking);
        arm(conn, stored, record.id, &timers).await?;
    }
    Ok(told)
}
