//! A record, and what conditions and titles see of it.

use std::collections::BTreeMap;

use super::access::Scope;
use super::access::Who;
use super::kind::{Field, Kind, Verb};
use super::value::Value;
use crate::base::{CustomerId, Instant, InteractionId};
use crate::written::expression::{Sort, Vocabulary};

/// What every record has beside its fields, and what conditions may ask of it.
pub const SYSTEM: [(&str, Sort); 8] = [
    ("number", Sort::Text),
    ("title", Sort::Text),
    ("state", Sort::Text),
    ("customer", Sort::Number),
    ("created", Sort::Time),
    ("created_by", Sort::Person),
    ("updated", Sort::Time),
    ("updated_by", Sort::Person),
];

/// One line of [`super::Lines`].
pub type Line = BTreeMap<String, Value>;

/// One record as it is kept.
#[derive(Clone, PartialEq, Debug)]
pub struct Record {
    pub id: i64,
    pub number: Option<String>,
    pub title: String,
    /// Of a kind with a life.
    pub state: Option<String>,
    /// When it came to that state.
    pub since: Instant,
    pub version: u32,
    pub created: Instant,
    pub created_by: String,
    pub updated: Instant,
    pub updated_by: String,
    pub customer: Option<CustomerId>,
    pub interaction: Option<InteractionId>,
    pub fields: BTreeMap<String, Value>,
    pub lines: BTreeMap<String, Vec<Line>>,
}

impl Record {
    /// The one in the field `owner`.
    pub fn owner(&self) -> Option<&str> {
        self.fields.get("owner").and_then(Value::as_text)
    }

    /// The group in the field `team`.
    pub fn team(&self) -> Option<&str> {
        self.fields.get("team").and_then(Value::as_text)
    }

    pub fn is_reached(&self, kind: &Kind, verb: Verb, who: &Who) -> bool {
        match kind.scope(verb, who) {
            scope @ Scope::Own { .. } => scope.has(who, self.owner(), self.team()),
            scope => scope == Scope::All,
        }
    }

    /// What conditions are asked of.
    pub fn facts(&self) -> BTreeMap<String, String> {
        let mut facts: BTreeMap<String, String> =
            self.fields.iter().map(|(key, value)| (key.clone(), value.plain())).collect();
        let system = [
            ("number", self.number.clone().unwrap_or_default()),
            ("title", self.title.clone()),
            ("state", self.state.clone().unwrap_or_default()),
            ("customer", self.customer.map(|id| id.0.to_string()).unwrap_or_default()),
            ("created", self.created.as_micros().to_string()),
            ("created_by", self.created_by.clone()),
            ("updated", self.updated.as_micros().to_string()),
            ("updated_by", self.updated_by.clone()),
        ];
        facts.extend(system.map(|(key, text)| (key.to_owned(), text)));
        facts
    }

    /// By the pattern of its kind; bounded.
    pub fn titled(&self, kind: &Kind) -> String {
        const MOST: usize = 200;
        let text = kind.title.fill(|name| match name {
            "number" => self.number.clone().unwrap_or_default(),
            key => self.fields.get(key).map(|value| shown(kind.field(key), value)).unwrap_or_default(),
        });
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MOST).collect()
    }
}

fn shown(field: Option<&Field>, value: &Value) -> String {
    let choice = |key: &str| {
        let name = &field?.choice(key)?.name;
        Some(if name.en == name.zh { name.en.clone() } else { format!("{} {}", name.zh, name.en) })
    };
    value.as_text().and_then(choice).unwrap_or_else(|| value.shown())
}

impl Kind {
    /// What conditions about its records may ask; `reads`: whether a field may be looked at.
    pub fn vocabulary(&self, reads: impl Fn(&Field) -> bool) -> Vocabulary<'_> {
        let mut words = Vocabulary { facts: SYSTEM.into(), example: "`state`", ..Vocabulary::default() };
        for field in self.fields.iter().filter(|field| reads(field)) {
            words.facts.insert(&field.key, field.of_type.sort());
            if !field.choices.is_empty() {
                words.values.insert(&field.key, field.choices.iter().map(|choice| choice.key.as_str()).collect());
            }
        }
        match &self.life {
            Some(life) => {
                words.values.insert("state", life.states.iter().map(|state| state.key.as_str()).collect());
            }
            None => {
                words.facts.remove("state");
            }
        }
        words
    }
}
