//! A kind as it is once checked: fields, lines, life, views, access.

mod field;
mod life;
mod print;

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::access::{Grant, Role, Scope, Who};
use super::pattern::{Numbering, Pattern};
use super::words::Words;
use crate::written::expression::spoken_span;
use crate::written::hours::Recurring;
pub use field::{Beyond, Choice, Class, Field, FieldAccess, FieldType, Lines, Preset, Reckoned, Roll, Take};
pub use life::{Guard, Life, Make, State, StateKind, Step};
pub use print::{Print, PrintPart};

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
    pub print: Option<Print>,
    pub access: Access,
}

/// Kinds that fields may refer to and that are no data.
pub const CUSTOMER: &str = "customer";
/// What a step can say of a customer that it makes.
pub const CUSTOMER_KEYS: &[&str] = &["name", "organisation", "phone", "email", "language", "notes"];

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
    /// What a board says of each column: the sum of this field.
    pub sum: Option<String>,
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
