//! Until when: due times in working hours, standing still while somebody else's turn it is, and the times of rules that
//! follow from them.

use super::super::draft::Asking;
use super::super::facts::Record;
use super::super::kind::{Due, Kind, On, Within};
use super::super::value::Value;
use crate::base::Instant;
use crate::written::hours::Hours;
use std::time::Duration;

/// What the record says that a due time is promised by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Answer {
    /// Seconds.
    pub within: Option<u64>,
    /// The clock runs day and night.
    pub always: bool,
}

/// A rule that acts on a record at a time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Timer {
    pub rule: String,
    /// The due time that it belongs to: for each of them the rule acts once.
    pub due: Instant,
    pub at: Instant,
}

/// A clock that counts working time, or all of it.
struct DueClock(Option<Hours>);

impl DueClock {
    fn of(due: &Due, answer: Answer, asking: &Asking<'_>) -> Self {
        let hours = due.hours.as_ref().filter(|_| !answer.always);
        Self(hours.and_then(|key| asking.people.hours(key)))
    }

    fn after(&self, from: Instant, seconds: u64) -> Option<Instant> {
        match &self.0 {
            Some(hours) => hours.after(from, seconds),
            None => Some(from + Duration::from_secs(seconds)),
        }
    }

    fn between(&self, from: Instant, to: Instant) -> u64 {
        self.0.as_ref().map_or_else(|| to.since(from).as_secs(), |hours| hours.between(from, to))
    }

    fn shifted(&self, from: Instant, seconds: i64) -> Option<Instant> {
        match (&self.0, seconds) {
            (_, 0) => Some(from),
            (Some(hours), ..0) => hours.before(from, seconds.unsigned_abs()),
            (None, ..0) => Some(from - Duration::from_secs(seconds.unsigned_abs())),
            (_, seconds) => self.after(from, seconds.unsigned_abs()),
        }
    }
}

fn time(record: &Record, key: &str) -> Option<Instant> {
    match record.fields.get(key) {
        Some(Value::Time(at)) => Some(*at),
        _ => None,
    }
}

impl Due {
    /// Fields of the record that its due time follows from.
    fn moved(&self, before: &Record, after: &Record) -> bool {
        let by = if let Within::By { field, .. } = &self.within { Some(field.as_str()) } else { None };
        let refs = [&self.promise, &self.always].map(|it| it.as_ref().map(|it| it.by.as_str()));
        let keys = [by, Some(self.from.as_str())].into_iter().chain(refs).flatten();
        keys.into_iter().any(|key| before.fields.get(key) != after.fields.get(key))
    }

    /// By when a record is to be done, as it is written.
    fn promised(&self, record: &Record, answer: Answer, clock: &DueClock) -> Option<Instant> {
        let own = match &self.within {
            Within::Same(seconds) => Some(*seconds),
            Within::By { field, spans } => {
                record.fields.get(field).and_then(Value::as_text).and_then(|choice| spans.get(choice)).copied()
            }
        };
        let from = if self.from == "created" { Some(record.created) } else { time(record, &self.from) };
        clock.after(from?, answer.within.or(own)?)
    }
}

impl Kind {
    /// Fills the field of the due time of a record that becomes `record` in this write. `said`: somebody wrote it
    /// himself; `answers`: of the record as it was, and as it becomes.
    pub fn set_due(
        &self,
        before: Option<&Record>,
        record: &mut Record,
        said: bool,
        answers: (Answer, Answer),
        asking: &Asking<'_>,
    ) {
        let Some(due) = self.due.as_ref().filter(|_| !said) else { return };
        let clock = DueClock::of(due, answers.1, asking);
        let stands = time(record, &due.field);
        let Some(before) = before else {
            if stands.is_none() {
                put(record, due, due.promised(record, answers.1, &clock));
            }
            return;
        };
        let mut at = stands;
        if due.moved(before, record) || answers.0 != answers.1 {
            let was = due.promised(before, answers.0, &DueClock::of(due, answers.0, asking));
            let becomes = due.promised(record, answers.1, &clock);
            at = match (at, was) {
                (None, _) => becomes,
                // What is late is late: it is not made so once more.
                (Some(late), _) if late <= asking.now => at,
                // What was waited for stays waited for.
                (Some(at), Some(was)) if at >= was => {
                    becomes.and_then(|becomes| clock.after(becomes, clock.between(was, at)))
                }
                // Somebody has put it otherwise.
                (at, _) => at,
            };
        }
        let counted = |state: Option<&str>| self.life.as_ref().is_none_or(|life| life.counts(state));
        if before.state != record.state && !counted(before.state.as_deref()) {
            // Since then the clock stood still; what was late before stays so.
            at = match at {
                Some(at) if at > before.since => clock.after(asking.now, clock.between(before.since, at)),
                at => at,
            };
        }
        if at != stands {
            put(record, due, at);
        }
    }

    /// When rules act on a record as it is, each due time's once.
    pub fn timers(&self, record: &Record, answer: Answer, asking: &Asking<'_>) -> Vec<Timer> {
        let Some(due) = &self.due else { return Vec::new() };
        let Some(at) = time(record, &due.field) else { return Vec::new() };
        if self.life.as_ref().is_some_and(|life| !life.counts(record.state.as_deref())) {
            return Vec::new();
        }
        let clock = DueClock::of(due, answer, asking);
        let timer = |rule: &super::Rule| match rule.on {
            On::Due(offset) => Some(Timer { rule: rule.key.clone(), due: at, at: clock.shifted(at, offset)? }),
            _ => None,
        };
        self.rules.iter().filter_map(timer).collect()
    }

    /// Whether any rule waits for due times.
    pub fn has_timers(&self) -> bool {
        self.rules.iter().any(|rule| matches!(rule.on, On::Due(_)))
    }
}

fn put(record: &mut Record, due: &Due, at: Option<Instant>) {
    match at {
        Some(at) => drop(record.fields.insert(due.field.clone(), Value::Time(at))),
        None => drop(record.fields.remove(&due.field)),
    }
}
