//! Fields of a kind, and of the lines in it.

use serde::{Serialize, Serializer};

use crate::record::access::Role;
use crate::record::decimal::Decimal;
use crate::record::value::Value;
use crate::record::words::Words;
use crate::written::expression::Sort;
use crate::written::formula::Formula;

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
    /// `item.price`: what stood in a field of the record that a reference leads to when it was named; nobody writes it.
    #[schema(value_type = Option<String>)]
    pub from: Option<Beyond>,
    /// Of numbers and money: never below, never above, whoever writes it and whatever is reckoned.
    #[schema(value_type = Option<String>)]
    pub least: Option<Decimal>,
    #[schema(value_type = Option<String>)]
    pub most: Option<Decimal>,
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
    /// What it is in a formula.
    #[schema(value_type = Option<String>)]
    pub points: Option<Decimal>,
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
    /// Fields with a formula, each after those that it names.
    #[serde(skip)]
    pub reckoned: Vec<String>,
    /// What it was called before.
    #[serde(skip)]
    pub was: Option<String>,
}

/// A field of the record that a reference leads to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
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

impl Field {
    pub fn choice(&self, key: &str) -> Option<&Choice> {
        self.choices.iter().find(|choice| choice.key == key)
    }

    /// Whether the program writes it, and nobody else.
    pub fn is_reckoned(&self) -> bool {
        self.value.is_some() || self.roll.is_some() || self.from.is_some()
    }

    pub fn may_read(&self, role: Role) -> bool {
        role >= self.access.read
    }

    pub fn may_write(&self, role: Role) -> bool {
        self.may_read(role) && role >= self.access.write
    }
}
