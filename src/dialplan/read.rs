//! Values -> steps, by the tables in `keys`. Reads on after a mistake, so that all are found; what
//! names lead to is `check`'s business, so every name is kept here with its place.

use std::collections::BTreeMap;

use super::Language;
use super::error::{Mistakes, Problem, nearest};
use super::flow::Step;
use super::keys::{self, Key, Kind, Shape};
use crate::written::schedule::{self, Schedule};
use crate::written::source::{Node, Span, Table, Value};

mod step;
mod values;

/// A flow as written: whole where it could be read, with every name it mentions.
pub(super) struct Draft {
    pub title: Option<String>,
    pub start: Option<(String, Span)>,
    pub language: Language,
    pub zone: Option<jiff::tz::TimeZone>,
    /// The file has the key `zone`, right or wrong.
    pub names_zone: bool,
    pub hours: BTreeMap<String, Schedule>,
    pub steps: Vec<DraftStep>,
}

pub(super) struct DraftStep {
    pub name: String,
    pub name_span: Span,
    /// `None`: it does nothing that is known.
    pub kind: Option<Kind>,
    /// `None`: there are mistakes in it.
    pub step: Option<Step>,
    pub links: Vec<(String, Span)>,
    pub mentions: Vec<(Mention, Span)>,
    /// Facts it may set: `var.order`.
    pub sets: Vec<String>,
    /// The call may end here.
    pub may_end: bool,
}

/// A name whose meaning lies elsewhere.
pub(super) enum Mention {
    Sound(String),
    Queue(String),
    /// An agent named outright, without facts.
    Agent(String),
    Fact(String),
    Hours(String),
    /// The local time.
    Clock,
}

pub(super) fn read(root: &Table, mistakes: &mut Mistakes) -> Draft {
    let flow = Fields::new(root, 0..0, "the flow", keys::FLOW, mistakes);
    let zone_name = flow.read("zone", values::text, mistakes);
    let zone = zone_name.as_ref().and_then(|(name, span)| {
        let zone = schedule::zone(name);
        if zone.is_none() {
            mistakes.add(span.clone(), Problem::UnknownZone(name.clone()));
        }
        zone
    });
    Draft {
        title: flow.read("title", values::text, mistakes).map(|(title, _)| title),
        start: flow.read("start", values::text, mistakes),
        language: flow.read("language", values::language, mistakes).map(|(l, _)| l).unwrap_or_default(),
        zone,
        names_zone: root.get("zone").is_some(),
        hours: hours(&flow, mistakes),
        steps: steps(&flow, mistakes),
    }
}

fn hours(flow: &Fields, mistakes: &mut Mistakes) -> BTreeMap<String, Schedule> {
    let mut all = BTreeMap::new();
    for entry in flow.read("hours", values::table, mistakes).iter().flat_map(|(table, _)| &table.entries) {
        // A schedule with mistakes is kept: its name is known.
        let mut schedule = Schedule::default();
        if !values::is_name(&entry.key) {
            mistakes.add(entry.key_span.clone(), Problem::BadName(entry.key.clone()));
        }
        match &entry.node.value {
            Value::Table(table) => read_hours(table, &entry.key_span, &mut schedule, mistakes),
            _ => mistakes.add(entry.node.span.clone(), Shape::Table.wrong()),
        }
        all.insert(entry.key.clone(), schedule);
    }
    all
}

fn read_hours(table: &Table, at: &Span, schedule: &mut Schedule, mistakes: &mut Mistakes) {
    let fields = Fields::new(table, at.clone(), "hours", keys::HOURS, mistakes);
    for (text, span) in fields.read("open", values::texts, mistakes).unwrap_or_default().0 {
        if let Err(why) = schedule.open(&text) {
            mistakes.add(span, Problem::Schedule(why));
        }
    }
    for (text, span) in fields.read("closed", values::texts, mistakes).unwrap_or_default().0 {
        if let Err(why) = schedule.close(&text) {
            mistakes.add(span, Problem::Schedule(why));
        }
    }
}

fn steps(flow: &Fields, mistakes: &mut Mistakes) -> Vec<DraftStep> {
    const LIMIT: usize = 200;
    let Some((table, span)) = flow.read("step", values::table, mistakes) else { return Vec::new() };
    if table.entries.len() > LIMIT {
        mistakes.add(span, Problem::TooManySteps(table.entries.len()));
    }
    table.entries.iter().take(LIMIT).map(|entry| step::read(entry, mistakes)).collect()
}

/// One table of the file against its table of keys.
struct Fields<'t> {
    table: &'t Table,
    keys: &'static [Key],
}

impl<'t> Fields<'t> {
    /// Reports unknown and missing keys. `at`: where to show that one is missing.
    fn new(table: &'t Table, at: Span, place: &str, keys: &'static [Key], mistakes: &mut Mistakes) -> Self {
        for entry in &table.entries {
            if !keys.iter().any(|key| key.name == entry.key) {
                mistakes.add(entry.key_span.clone(), unknown_key(&entry.key, place, keys));
            }
        }
        for key in keys.iter().filter(|key| key.needed && table.get(key.name).is_none()) {
            mistakes.add(at.clone(), Problem::MissingKey { key: key.name, place: place.to_owned() });
        }
        Self { table, keys }
    }

    /// The value of a key, if it is there and has the key's shape.
    fn read<T>(
        &self,
        name: &str,
        convert: impl Fn(&'t Node, Shape) -> Option<T>,
        mistakes: &mut Mistakes,
    ) -> Option<(T, Span)> {
        let node = self.table.get(name)?;
        let shape = self.keys.iter().find(|key| key.name == name)?.shape;
        let value = convert(node, shape);
        if value.is_none() {
            mistakes.add(node.span.clone(), shape.wrong());
        }
        value.map(|value| (value, node.span.clone()))
    }
}

fn unknown_key(key: &str, place: &str, keys: &[Key]) -> Problem {
    let known = match nearest(key, keys.iter().map(|key| key.name)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", keys.iter().map(|key| key.name).collect::<Vec<_>>().join(", ")),
    };
    Problem::UnknownKey { key: key.to_owned(), place: place.to_owned(), known }
}
