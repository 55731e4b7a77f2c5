//! A kind as it is once checked: fields, lines, life, views, access.

use serde::{Serialize, Serializer};

use super::access::{Grant, Role, Scope, Who};
use super::pattern::{Numbering, Pattern};
use super::value::Value;
use super::words::Words;
use crate::written::expression::{Condition, Sort};

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
    pub life: Option<Life>,
    pub list: ListView,
    pub form: Vec<Section>,
    pub pop: Option<Pop>,
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
    /// Of choices, in their order.
    pub choices: Vec<Choice>,
    /// Of references: to what.
    pub kind: Option<String>,
    /// Of money without one.
    pub currency: Option<String>,
    /// Of a new record of which nothing else is said: a value, `me`, `now + 8h`, `today + 7d`.
    #[schema(value_type = Option<String>)]
    pub default: Option<Preset>,
    /// Said below the field.
    pub help: Option<Words>,
    pub access: FieldAccess,
    /// What it was called before.
    #[serde(skip)]
    pub was: Option<String>,
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

    pub fn may_read(&self, role: Role) -> bool {
        role >= self.access.read
    }

    pub fn may_write(&self, role: Role) -> bool {
        self.may_read(role) && role >= self.access.write
    }
}
