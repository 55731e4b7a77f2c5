//! What is done by itself, as values: which rule is next ([`Kind::next_rule`]), what it does to the record it is about
//! ([`Kind::act`]), whom it means ([`Kind::people`]), whose turn it is ([`pick`]), what a record that it makes holds
//! ([`Kind::made`]), and until when something is due (`due`).
//!
//! The shell that writes a record asks for one rule after the other until there is none, and writes what they do in the
//! same transaction. In one write a rule acts once at most, so none sets itself off again. Records that rules make out
//! of each other are counted: [`DEPTH_MAX`] deep, then it is told.
//!
//! | happens | rules that act |
//! | --- | --- |
//! | a record is made | `created`, `entered(start)` |
//! | it is written or led on | `changed`, `changed(field)` of what differs, `entered(state)` where it came to |
//! | its due time comes, or so long before or after | `due`, while the clock of its state runs; each due time once |
//! | the time of the rule comes | `time(…)`, for every record of which `when` holds |
//!
//! What a rule writes is a change like any other: rules of the rows above follow it.

mod due;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::draft::Asking;
use super::facts::{Line, Record};
use super::kind::{Effect, Field, FieldType, Kind, Make, On, Rule, Share, Whom};
use super::pattern::Pattern;
use super::value::Value;
use crate::base::Instant;
use crate::written::expression::{Day, micros_after, read_span};
pub use due::{Answer, Timer};

/// Records made by rules of records made by rules.
pub const DEPTH_MAX: usize = 5;

/// What happens to a record in one write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Happened<'a> {
    Created,
    Changed,
    /// The time of this rule has come.
    Time(&'a str),
    /// Nothing that a rule follows.
    Quietly,
}

/// What a record that a rule makes is to hold, as somebody would send it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Made {
    pub fields: Map<String, Json>,
}

impl Kind {
    /// The next rule that acts in this write, after those that did. `before`: `None` of a new record.
    pub fn next_rule(
        &self,
        before: Option<&Record>,
        record: &Record,
        happened: Happened<'_>,
        acted: &[String],
        asking: &Asking<'_>,
    ) -> Option<&Rule> {
        let is_on = |rule: &&Rule| match (&rule.on, happened) {
            (_, Happened::Quietly) => false,
            (On::Created, Happened::Created) => true,
            (On::Changed(field), _) => before.is_some_and(|before| differs(before, record, field.as_deref())),
            (On::Entered(state), _) => {
                record.state.as_ref() == Some(state) && before.is_none_or(|before| before.state != record.state)
            }
            (On::Due(_) | On::Time(_), Happened::Time(key)) => rule.key == key,
            _ => false,
        };
        let holds = |rule: &&Rule| rule.when.as_ref().is_none_or(|guard| asking.holds(&guard.condition, record));
        self.rules.iter().filter(|rule| !acted.contains(&rule.key)).find(|rule| is_on(rule) && holds(rule))
    }

    /// What an effect does to the record itself; of the others nothing.
    pub fn act(&self, effect: &Effect, record: &mut Record, asking: &Asking<'_>) {
        match effect {
            Effect::Set { field, value: None } => drop(record.fields.remove(field)),
            Effect::Set { field, value: Some(preset) } => {
                let Some(of_type) = self.field(field).map(|field| field.of_type) else { return };
                // Nobody who is there is put there.
                let value = preset.value(of_type, asking).filter(|value| is_there(of_type, value, asking));
                record.fields.extend(value.map(|value| (field.clone(), value)));
            }
            Effect::State { state } if record.state.as_ref() != Some(state) => {
                record.state = Some(state.clone());
                record.since = asking.now;
            }
            _ => {}
        }
    }

    /// Sign-in names of those who are meant, each once.
    pub fn people(&self, whom: &[Whom], record: &Record, asking: &Asking<'_>) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for whom in whom {
            let names = match whom {
                Whom::Person(name) => vec![name.clone()],
                Whom::Team(key) => asking.people.members(key),
                Whom::Role(role) => asking.people.of_role(*role),
                Whom::Field(key) => self.in_field(key, record, asking),
            };
            for name in names {
                if asking.people.is_person(&name) && !found.contains(&name) {
                    found.push(name);
                }
            }
        }
        found
    }

    fn in_field(&self, key: &str, record: &Record, asking: &Asking<'_>) -> Vec<String> {
        let name = match key {
            "created_by" => Some(record.created_by.as_str()),
            "updated_by" => Some(record.updated_by.as_str()),
            key => record.fields.get(key).and_then(Value::as_text),
        };
        match name {
            Some(team) if self.field(key).is_some_and(|field| field.of_type == FieldType::Team) => {
                asking.people.members(team)
            }
            name => name.into_iter().map(str::to_owned).collect(),
        }
    }

    /// What a new record holds that is made out of this one.
    pub fn made(&self, set: &BTreeMap<String, String>, record: &Record, asking: &Asking<'_>) -> Made {
        let value = |text: &String| {
            dated(text, asking).unwrap_or_else(|| {
                // One place alone is the value itself, not what it looks like.
                match sole_place(text).and_then(|key| record.fields.get(key)) {
                    Some(value) => value.json(),
                    None => json!(self.filled(text, record)),
                }
            })
        };
        Made { fields: set.iter().map(|(key, text)| (key.clone(), value(text))).collect() }
    }

    /// What a record of `other` holds that a step makes of this one, and what a customer is made of.
    pub fn make(&self, make: &Make, other: Option<&Self>, record: &Record, asking: &Asking<'_>) -> Made {
        let mut made = self.made(&make.set, record, asking);
        for (to, from) in &make.lines {
            let Some(lines) = other.and_then(|other| other.lines_of(to)) else { continue };
            // What stands in a field of the same name and type; what is reckoned there is reckoned there.
            let of = self.lines_of(from).map(|lines| lines.fields.as_slice()).unwrap_or_default();
            let shared = |field: &&Field| {
                !field.is_reckoned() && of.iter().any(|it| it.key == field.key && it.of_type == field.of_type)
            };
            let taken = |line: &Line| -> Json {
                let fields = lines.fields.iter().filter(shared);
                fields.filter_map(|field| Some((field.key.clone(), line.get(&field.key)?.json()))).collect()
            };
            let rows: Json = record.lines.get(from).into_iter().flatten().map(taken).collect();
            made.fields.insert(to.clone(), rows);
        }
        made
    }

    fn filled(&self, text: &str, record: &Record) -> String {
        let place = |name: &str| match name {
            "number" => record.number.clone().unwrap_or_default(),
            "title" => record.titled(self),
            key => record.fields.get(key).map(Value::shown).unwrap_or_default(),
        };
        Pattern::read(text).map_or_else(|| text.to_owned(), |pattern| pattern.fill(place))
    }

    /// Rules of this key's time.
    pub fn rule(&self, key: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.key == key)
    }
}

/// `now + 2h` and `today + 7d`, as a program would send it; `None`: it is something else.
pub fn dated(text: &str, asking: &Asking<'_>) -> Option<Json> {
    let offset = |rest: &str| match rest.trim().strip_prefix('+') {
        Some(span) => read_span(span.trim()).and_then(|span| i64::try_from(span).ok()),
        None => rest.trim().is_empty().then_some(0),
    };
    if let Some(seconds) = text.strip_prefix("now").and_then(offset) {
        let at = u64::try_from(micros_after(asking.now, seconds)?).ok()?;
        return Some(json!(Instant::from_micros(at).utc()));
    }
    let seconds = text.strip_prefix("today").and_then(offset).filter(|seconds| seconds % 86_400 == 0)?;
    let day = Day::Today(seconds / 86_400).date(asking.now.date_in(asking.zone)?)?;
    Some(json!(day.to_string()))
}

/// `{product}`
fn sole_place(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    (!inner.contains(['{', '}'])).then_some(inner)
}

fn is_there(of_type: FieldType, value: &Value, asking: &Asking<'_>) -> bool {
    let name = value.as_text().unwrap_or_default();
    match of_type {
        FieldType::Person => asking.people.is_person(name),
        FieldType::Team => asking.people.is_team(name),
        _ => true,
    }
}

/// `field`: a field or a table of lines; `None`: anything at all.
fn differs(before: &Record, after: &Record, field: Option<&str>) -> bool {
    match field {
        Some(key) => (before.fields.get(key), before.lines.get(key)) != (after.fields.get(key), after.lines.get(key)),
        None => {
            (&before.fields, &before.lines, &before.state) != (&after.fields, &after.lines, &after.state)
                || before.customer != after.customer
        }
    }
}

/// Who gets it. `people`: in order; `last`: who had it last, by turns; `loads`: how many each has.
pub fn pick<'p>(
    by: Share,
    people: &'p [String],
    last: Option<&str>,
    loads: &BTreeMap<String, i64>,
) -> Option<&'p String> {
    let mut sorted: Vec<&String> = people.iter().collect();
    sorted.sort();
    match by {
        Share::Turn => {
            let next = sorted.iter().copied().find(|name| last.is_none_or(|last| name.as_str() > last));
            next.or_else(|| sorted.first().copied())
        }
        Share::Load => {
            let load = |name: &&String| loads.get(name.as_str()).copied().unwrap_or_default();
            sorted.into_iter().min_by_key(load)
        }
    }
}
