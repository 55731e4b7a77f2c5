//! A kind as it is once checked: fields, lines, life, views, access.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::access::{Grant, Role, Scope, Who};
use super::pattern::{Numbering, Pattern};
use super::value::Value;
use super::words::Words;
use crate::written::expression::{Condition, Sort, spoken_span};
use crate::written::formula::Formula;
use crate::written::hours::Recurring;

/// A checked definition.
#[derive(Clone, PartialEq, Debug)]
pub struct Kind {
    pub key: String,
    pub name: Words,
    /// Of many of them.
    pub names: Words,
    /// Where menus put it: `service`.
    pub group: Option<String>,
    /// Its place among those of its group; the first is offered first during a call.
    pub rank: i64,
    /// The name of a picture of the desktop.
    pub icon: Option<String>,
    pub number: Option<Numbering>,
    pub title: Pattern,
    /// Stands on the timeline and the pop of a customer.
    pub of_customer: bool,
    /// In the order of the definition.
    pub fields: Vec<Field>,
    pub lines: Vec<Lines>,
    /// Fields with a formula, each after those that it names.
    pub reckoned: Vec<String>,
    pub life: Option<Life>,
    pub due: Option<Due>,
    pub rules: Vec<Rule>,
    pub list: ListView,
    pub form: Vec<Section>,
    pub pop: Option<Pop>,
    pub call: Option<Beside>,
    pub access: Access,
}

/// Kinds that fields may refer to and that are no data.
pub const CUSTOMER: &str = "customer";

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    Text,
    LongText,
    Number,
    Money,
    Date,
    Time,
    Span,
    Flag,
    Choice,
    Choices,
    Person,
    Team,
    Ref,
    Refs,
    Phone,
    Email,
    Url,
    Place,
}

impl FieldType {
    pub const ALL: [Self; 18] = [
        Self::Text,
        Self::LongText,
        Self::Number,
        Self::Money,
        Self::Date,
        Self::Time,
        Self::Span,
        Self::Flag,
        Self::Choice,
        Self::Choices,
        Self::Person,
        Self::Team,
        Self::Ref,
        Self::Refs,
        Self::Phone,
        Self::Email,
        Self::Url,
        Self::Place,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::LongText => "longtext",
            Self::Number => "number",
            Self::Money => "money",
            Self::Date => "date",
            Self::Time => "time",
            Self::Span => "span",
            Self::Flag => "flag",
            Self::Choice => "choice",
            Self::Choices => "choices",
            Self::Person => "person",
            Self::Team => "team",
            Self::Ref => "ref",
            Self::Refs => "refs",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Url => "url",
            Self::Place => "place",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }

    /// What it is kept as.
    pub const fn class(self) -> Class {
        match self {
            Self::Number => Class::Decimal,
            Self::Money => Class::Money,
            Self::Date => Class::Day,
            Self::Time | Self::Span | Self::Flag | Self::Ref => Class::Int,
            Self::Choices | Self::Refs => Class::Many,
            _ => Class::Text,
        }
    }

    /// What conditions may ask of it.
    pub const fn sort(self) -> Sort {
        match self {
            Self::Number | Self::Money | Self::Span | Self::Ref => Sort::Number,
            Self::Date => Sort::Day,
            Self::Time => Sort::Time,
            Self::Flag => Sort::Flag,
            Self::Person => Sort::Person,
            Self::Choices | Self::Refs => Sort::Many,
            _ => Sort::Text,
        }
    }
}

/// What a field is kept as in a database.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Class {
    Text,
    Int,
    Decimal,
    Day,
    /// An amount, and a currency beside it.
    Money,
    /// Rows of their own.
    Many,
}

impl Class {
    pub const ALL: [Self; 6] = [Self::Text, Self::Int, Self::Decimal, Self::Day, Self::Money, Self::Many];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Int => "int",
            Self::Decimal => "decimal",
            Self::Day => "day",
            Self::Money => "money",
            Self::Many => "many",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }
}

/// One field of a kind, or of the lines in it.
#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindField)]
pub struct Field {
    pub key: String,
    pub name: Words,
    #[serde(rename = "type")]
    pub of_type: FieldType,
    pub required: bool,
    /// Found by its words.
    pub search: bool,
    /// Two records that say the same here are probably one.
    #[serde(rename = "match")]
    pub is_match: bool,
    /// Of choices, in their order.
    pub choices: Vec<Choice>,
    /// Of references: to what.
    pub kind: Option<String>,
    /// Of money without one.
    pub currency: Option<String>,
    /// Of a new record of which nothing else is said: a value, `me`, `now + 8h`, `today + 7d`.
    #[schema(value_type = Option<String>)]
    pub default: Option<Preset>,
    /// What it is reckoned from; nobody writes it.
    #[schema(value_type = Option<String>)]
    pub value: Option<Reckoned>,
    /// What it says of other records; nobody writes it.
    pub roll: Option<Roll>,
    /// Said below the field.
    pub help: Option<Words>,
    pub access: FieldAccess,
    /// What it was called before.
    #[serde(skip)]
    pub was: Option<String>,
}

/// A formula, and how it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reckoned {
    pub text: String,
    pub formula: Formula,
}

impl Serialize for Reckoned {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// What a field says of all records that refer to its own.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindRoll)]
pub struct Roll {
    pub take: Take,
    /// Their kind.
    pub of: String,
    /// Their field that refers to this record.
    pub by: String,
    /// Their field that is taken; `null` of a count.
    pub field: Option<String>,
    /// Only those of which it holds: a condition about their kind.
    pub when: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindRollTake)]
#[serde(rename_all = "snake_case")]
pub enum Take {
    Count,
    Sum,
    Min,
    Max,
}

impl Take {
    pub const ALL: [(&str, Self); 4] =
        [("count", Self::Count), ("sum", Self::Sum), ("min", Self::Min), ("max", Self::Max)];
}

/// Who may read and write a field, beside who may the record.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindFieldAccess)]
pub struct FieldAccess {
    pub read: Role,
    pub write: Role,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindChoice)]
pub struct Choice {
    pub key: String,
    pub name: Words,
}

/// What a new record begins with.
#[derive(Clone, PartialEq, Debug)]
pub enum Preset {
    Value(Value),
    /// Whoever makes it.
    Me,
    /// So many seconds from then.
    Now(i64),
    /// So many days from then.
    Today(i64),
}

impl Serialize for Preset {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.json().serialize(serializer),
            Self::Me => serializer.serialize_str("me"),
            Self::Now(0) => serializer.serialize_str("now"),
            Self::Now(seconds) => serializer.collect_str(&format_args!("now + {seconds}s")),
            Self::Today(0) => serializer.serialize_str("today"),
            Self::Today(days) => serializer.collect_str(&format_args!("today + {days}d")),
        }
    }
}

/// A table inside of a record.
#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindLines)]
pub struct Lines {
    pub key: String,
    pub name: Words,
    pub fields: Vec<Field>,
    /// What it was called before.
    #[serde(skip)]
    pub was: Option<String>,
}

/// The states of a kind and who may lead from one to another.
#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindLife)]
pub struct Life {
    pub start: String,
    pub states: Vec<State>,
    pub steps: Vec<Step>,
}

impl Life {
    pub fn state(&self, key: &str) -> Option<&State> {
        self.states.iter().find(|state| state.key == key)
    }

    /// Whether the clock of due times runs in a state.
    pub fn counts(&self, state: Option<&str>) -> bool {
        state.and_then(|state| self.state(state)).is_none_or(|state| state.kind == StateKind::Open)
    }

    pub fn step(&self, key: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.key == key)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StateKind {
    Open,
    /// For somebody else.
    Waiting,
    Done,
}

impl StateKind {
    pub const ALL: [(&str, Self); 3] = [("open", Self::Open), ("waiting", Self::Waiting), ("done", Self::Done)];
}

#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindState)]
pub struct State {
    pub key: String,
    pub name: Words,
    pub kind: StateKind,
}

/// A way from states to another.
#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindStep)]
pub struct Step {
    pub key: String,
    pub name: Words,
    pub from: Vec<String>,
    pub to: String,
    /// Fields that must be filled by then.
    pub needs: Vec<String>,
    #[schema(value_type = Option<String>)]
    pub when: Option<Guard>,
    #[schema(value_type = String)]
    pub by: Grant,
    /// So many seconds after the record came to its state, and no later.
    #[serde(rename = "within_s")]
    pub within: Option<u64>,
}

/// A condition, and how it was written.
#[derive(Clone, PartialEq, Debug)]
pub struct Guard {
    pub text: String,
    pub condition: Condition,
}

impl Serialize for Guard {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// By when a record must be done: what fills its field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindDue)]
pub struct Due {
    /// Of the type `time`.
    pub field: String,
    /// `created`, or a field of the type `time`.
    pub from: String,
    #[serde(rename = "within_s")]
    pub within: Within,
    /// What another record promises goes before `within`: `contract.solve`, a span.
    #[schema(value_type = Option<String>)]
    pub promise: Option<Beyond>,
    /// Opening hours of the center; without them, day and night.
    pub hours: Option<String>,
    /// Where this choice of another record is `always`, the clock runs day and night: `contract.clock`.
    #[schema(value_type = Option<String>)]
    pub always: Option<Beyond>,
}

/// Seconds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindDueWithin)]
#[serde(rename_all = "snake_case")]
pub enum Within {
    Same(u64),
    /// By a choice of the record; one that is not named has no due time.
    By {
        field: String,
        spans: BTreeMap<String, u64>,
    },
}

/// A field of the record that a reference leads to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Beyond {
    /// The reference.
    pub by: String,
    pub field: String,
}

impl Serialize for Beyond {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}.{}", self.by, self.field))
    }
}

/// What is done by itself.
#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindRule)]
pub struct Rule {
    /// What it is called in the history; one of its kind.
    pub key: String,
    pub name: Words,
    #[schema(value_type = String)]
    pub on: On,
    #[schema(value_type = Option<String>)]
    pub when: Option<Guard>,
    #[serde(rename = "do")]
    pub effects: Vec<Effect>,
}

/// When a rule acts.
#[derive(Clone, PartialEq, Debug)]
pub enum On {
    Created,
    /// Anything of it, or this field, became something else.
    Changed(Option<String>),
    /// `entered(solved)`: it came to that state, whatever step led there.
    Entered(String),
    /// `due + 4h`: so many seconds after it was due, in the hours of its clock.
    Due(i64),
    /// `time(mon-fri 09:00)`: every record, then.
    Time(Recurring),
}

impl std::fmt::Display for On {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Created => f.write_str("created"),
            Self::Changed(None) => f.write_str("changed"),
            Self::Changed(Some(field)) => write!(f, "changed({field})"),
            Self::Entered(state) => write!(f, "entered({state})"),
            Self::Due(0) => f.write_str("due"),
            Self::Due(seconds) => {
                let sign = if *seconds < 0 { '-' } else { '+' };
                write!(f, "due {sign} {}", spoken_span(seconds.unsigned_abs()))
            }
            Self::Time(when) => write!(f, "time({when})"),
        }
    }
}

impl Serialize for On {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a rule does.
#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindEffect)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Effect {
    /// `null` empties the field.
    Set {
        field: String,
        #[schema(value_type = Option<String>)]
        value: Option<Preset>,
    },
    /// Whatever the steps say.
    State { state: String },
    /// One of several people is put into a field.
    Assign {
        field: String,
        #[schema(value_type = Vec<String>)]
        among: Vec<Whom>,
        by: Share,
    },
    /// A note in the inbox of people.
    Tell {
        #[schema(value_type = Vec<String>)]
        whom: Vec<Whom>,
    },
    /// Another record. Texts with places: `{subject}`.
    Create {
        kind: String,
        set: BTreeMap<String, String>,
        /// The field of the new record that refers to this one.
        link: Option<String>,
    },
}

/// Whose turn it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindShare)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// One after the other.
    Turn,
    /// Whoever has the fewest that are not done.
    Load,
}

impl Share {
    pub const ALL: [(&str, Self); 2] = [("turn", Self::Turn), ("load", Self::Load)];
}

/// People as a rule names them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Whom {
    /// Who, or whose group, stands in a field of the record; also `created_by` and `updated_by`.
    Field(String),
    /// Everybody of this role.
    Role(Role),
    /// Sign-in name.
    Person(String),
    /// Everybody of a group.
    Team(String),
}

impl std::fmt::Display for Whom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Field(field) => f.write_str(field),
            Self::Role(role) => f.write_str(role.as_str()),
            Self::Person(name) => write!(f, "person {name}"),
            Self::Team(key) => write!(f, "team {key}"),
        }
    }
}

impl Serialize for Whom {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a list shows of itself; the keys of fields, or of what every record has ([`super::SYSTEM`]).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindList)]
pub struct ListView {
    pub columns: Vec<String>,
    /// `-due`: the latest first.
    pub sort: String,
    pub board_by: Option<String>,
    pub calendar_by: Option<String>,
}

/// A part of the form.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindSection)]
pub struct Section {
    pub name: Words,
    /// Keys of fields and of lines.
    pub fields: Vec<String>,
}

/// What the pop of a customer shows.
#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindPop)]
pub struct Pop {
    pub show: Vec<String>,
    #[schema(value_type = Option<String>)]
    pub when: Option<Guard>,
}

/// What the desktop does with the records of a kind beside a call; the keys of fields, and of one table of lines.
#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindCall)]
pub struct Beside {
    #[serde(rename = "as")]
    pub role: Use,
    /// Of those that are offered.
    #[schema(value_type = Option<String>)]
    pub when: Option<Guard>,
    /// A text with queues and menu choices, between commas; where it is empty, every one.
    pub about: Option<String>,
    /// A choice of `en` or `zh`.
    pub language: Option<String>,
    /// The line above the words.
    pub head: Option<String>,
    /// The words: what is said first, the answer, the text.
    pub body: String,
    /// Lines with `key`, `say`, and where there are any `answer` and `choices`.
    pub steps: Option<String>,
    /// A number that grows each time one has helped.
    pub helped: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = KindUse)]
pub enum Use {
    /// Suggested, read, judged.
    Article,
    /// Gone through step by step.
    Script,
    /// Filled with what is known of the customer.
    Template,
}

impl Use {
    pub const ALL: [(&str, Self); 3] =
        [("article", Self::Article), ("script", Self::Script), ("template", Self::Template)];
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KindAccess)]
pub struct Access {
    #[schema(value_type = String)]
    pub read: Grant,
    #[schema(value_type = String)]
    pub create: Grant,
    #[schema(value_type = String)]
    pub write: Grant,
    #[schema(value_type = String)]
    pub delete: Grant,
}

/// What somebody wants with a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    Read,
    Create,
    Write,
    Delete,
}

impl Kind {
    pub fn field(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.key == key)
    }

    pub fn lines_of(&self, key: &str) -> Option<&Lines> {
        self.lines.iter().find(|lines| lines.key == key)
    }

    /// Which records somebody reaches with a verb; what cannot be read cannot be written.
    pub fn scope(&self, verb: Verb, who: &Who) -> Scope {
        let (read, access) = (self.access.read.scope(who), &self.access);
        match verb {
            Verb::Read => read,
            _ if read == Scope::None => Scope::None,
            Verb::Create => access.create.scope(who),
            Verb::Write => access.write.scope(who),
            Verb::Delete => access.delete.scope(who),
        }
    }
}

impl Field {
    pub fn choice(&self, key: &str) -> Option<&Choice> {
        self.choices.iter().find(|choice| choice.key == key)
    }

    /// Whether the program writes it, and nobody else.
    pub fn is_reckoned(&self) -> bool {
        self.value.is_some() || self.roll.is_some()
    }

    pub fn may_read(&self, role: Role) -> bool {
        role >= self.access.read
    }

    pub fn may_write(&self, role: Role) -> bool {
        self.may_read(role) && role >= self.access.write
    }
}
