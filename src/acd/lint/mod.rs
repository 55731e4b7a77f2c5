//! The linter: what rules say that they cannot, or can hardly, mean. Run by `carillon check`, by the API
//! before it saves, and on the rules of a shadow.
//!
//! A finding is a fault at an object. Its code and severity are frozen words (`docs/reference/findings.md`);
//! its sentence is for people, in English and Chinese. It judges rules alone: keys and ranges of a center
//! file are `setup`'s business, flows are the dialplan's.

mod checks;
mod words;

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::acd::rules::{OverflowWhen, Rules};
use crate::acd::{Condition, Language};
use crate::base::{QueueId, SkillId};

/// Keys of the queues into which contacts come from outside: by a number and its flow.
pub type Doors = BTreeSet<String>;

/// All findings, errors first, then in the order of the rules. `doors`: `None` where they are not known.
pub fn lint(rules: &Rules, doors: Option<&Doors>) -> Vec<Finding> {
    checks::run(rules, doors)
}

/// Rules as they are judged: beside the doors of their center.
pub type Judging<'a> = (&'a Rules, Option<&'a Doors>);

/// The findings of `after`, and which of them `before` does not have: what a change brings in. A queue that
/// is new needs no door yet, since a flow can name it only when it is there.
pub fn lint_change(before: Judging<'_>, after: Judging<'_>) -> Vec<Judged> {
    let known = lint(before.0, before.1);
    let is_new_queue = |key: &str| before.0.queues.iter().all(|queue| queue.key != key);
    let findings = lint(after.0, after.1).into_iter();
    let findings = findings.filter(|it| it.fault != Fault::NothingLeadsHere || !is_new_queue(&it.place.key));
    findings.map(|finding| Judged { is_new: !known.contains(&finding), finding }).collect()
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The rules cannot be taken.
    Error,
    /// They can, but somebody will be surprised.
    Warning,
}

/// The thing that is wrong: a kind and its key. The rules as a whole have no key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = FindingObject)]
pub struct Location {
    pub kind: LocationKind,
    pub key: String,
}

/// Words as in a center file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = FindingObjectKind)]
#[serde(rename_all = "snake_case")]
pub enum LocationKind {
    Center,
    Skill,
    Queue,
    Agent,
    Hours,
}

impl LocationKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Center => "center",
            Self::Skill => "skill",
            Self::Queue => "queue",
            Self::Agent => "agent",
            Self::Hours => "hours",
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.as_str() {
            "" => f.write_str(self.kind.word()),
            key => write!(f, "{} {key}", self.kind.word()),
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    pub place: Location,
    pub fault: Fault,
}

/// A finding of changed rules.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judged {
    pub finding: Finding,
    /// The rules before the change did not have it.
    pub is_new: bool,
}

/// What is wrong. Numbers of steps and days count from 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    IdTwice { id: u32 },
    KeyTwice,
    NoSkill { id: SkillId },
    NoQueue { id: QueueId },
    NoGroup { key: String },
    NoCalendar { key: String },
    Level,
    Priority,
    RingTime,
    TooManySteps { most: usize },
    ShortAboveThreshold,
    UnreachableQueue,
    SkillNobodyHas { skill: String },
    StepWidensNothing { step: usize },
    StepsOutOfOrder,
    StepAfterMaxWait { step: usize },
    StrictPriority,
    BestFirst,
    NoAgeing,
    OverflowLoop { when: OverflowWhen },
    UnknownZone { zone: String },
    BrokenHours,
    OverlappingHours { day: u8 },
    NeverOpen,
    ClosedMidweek { day: u8 },
    ReserveTakesAll { group: String, members: usize },
    PriorityHasNoEffect,
    NoShare,
    AgentWithoutQueue,
    ConditionAtOnce { step: usize, when: Condition },
    NothingLeadsHere,
}

/// Frozen once released.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    DuplicateId,
    UnknownReference,
    OutOfRange,
    UnreachableQueue,
    SkillNobodyHas,
    RelaxationNeverWidens,
    Starvation,
    OverflowLoop,
    CalendarHole,
    ReserveTakesAll,
    NoEffect,
    AgentWithoutQueue,
    QueueWithoutDoor,
}

impl Code {
    pub const ALL: [Self; 13] = [
        Self::DuplicateId,
        Self::UnknownReference,
        Self::OutOfRange,
        Self::UnreachableQueue,
        Self::SkillNobodyHas,
        Self::RelaxationNeverWidens,
        Self::Starvation,
        Self::OverflowLoop,
        Self::CalendarHole,
        Self::ReserveTakesAll,
        Self::NoEffect,
        Self::AgentWithoutQueue,
        Self::QueueWithoutDoor,
    ];

    /// As in the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::DuplicateId => "duplicate_id",
            Self::UnknownReference => "unknown_reference",
            Self::OutOfRange => "out_of_range",
            Self::UnreachableQueue => "unreachable_queue",
            Self::SkillNobodyHas => "skill_nobody_has",
            Self::RelaxationNeverWidens => "relaxation_never_widens",
            Self::Starvation => "starvation",
            Self::OverflowLoop => "overflow_loop",
            Self::CalendarHole => "calendar_hole",
            Self::ReserveTakesAll => "reserve_takes_all",
            Self::NoEffect => "no_effect",
            Self::AgentWithoutQueue => "agent_without_queue",
            Self::QueueWithoutDoor => "queue_without_door",
        }
    }
}

impl Fault {
    pub fn code(&self) -> Code {
        match self {
            Self::IdTwice { .. } | Self::KeyTwice => Code::DuplicateId,
            Self::NoSkill { .. } | Self::NoQueue { .. } | Self::NoGroup { .. } | Self::NoCalendar { .. } => {
                Code::UnknownReference
            }
            Self::Level | Self::Priority | Self::RingTime | Self::TooManySteps { .. } | Self::ShortAboveThreshold => {
                Code::OutOfRange
            }
            Self::UnreachableQueue => Code::UnreachableQueue,
            Self::SkillNobodyHas { .. } => Code::SkillNobodyHas,
            Self::StepWidensNothing { .. } | Self::StepsOutOfOrder | Self::StepAfterMaxWait { .. } => {
                Code::RelaxationNeverWidens
            }
            Self::StrictPriority | Self::BestFirst | Self::NoAgeing => Code::Starvation,
            Self::OverflowLoop { .. } => Code::OverflowLoop,
            Self::UnknownZone { .. }
            | Self::BrokenHours
            | Self::OverlappingHours { .. }
            | Self::NeverOpen
            | Self::ClosedMidweek { .. } => Code::CalendarHole,
            Self::ReserveTakesAll { .. } => Code::ReserveTakesAll,
            Self::PriorityHasNoEffect | Self::NoShare | Self::ConditionAtOnce { .. } => Code::NoEffect,
            Self::AgentWithoutQueue => Code::AgentWithoutQueue,
            Self::NothingLeadsHere => Code::QueueWithoutDoor,
        }
    }

    pub fn severity(&self) -> Severity {
        match self {
            Self::IdTwice { .. }
            | Self::KeyTwice
            | Self::NoSkill { .. }
            | Self::NoQueue { .. }
            | Self::NoGroup { .. }
            | Self::NoCalendar { .. }
            | Self::Level
            | Self::Priority
            | Self::RingTime
            | Self::TooManySteps { .. }
            | Self::UnknownZone { .. }
            | Self::BrokenHours => Severity::Error,
            _ => Severity::Warning,
        }
    }
}

impl Finding {
    pub fn severity(&self) -> Severity {
        self.fault.severity()
    }

    pub fn code(&self) -> Code {
        self.fault.code()
    }

    /// One sentence, without the place.
    pub fn words(&self, language: Language) -> String {
        words::words(&self.fault, language)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity} {}: {}: {}", self.code().word(), self.place, self.words(Language::En))
    }
}

/// A finding as the API tells it.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Finding)]
pub struct ToldFinding {
    /// Frozen (`docs/reference/findings.md`).
    code: &'static str,
    severity: Severity,
    object: Location,
    en: String,
    zh: String,
    /// The rules before the change did not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    new: Option<bool>,
}

impl ToldFinding {
    fn of(finding: &Finding, new: Option<bool>) -> Self {
        Self {
            code: finding.code().word(),
            severity: finding.severity(),
            object: finding.place.clone(),
            en: finding.words(Language::En),
            zh: finding.words(Language::Zh),
            new,
        }
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ToldFinding::of(self, None).serialize(serializer)
    }
}

impl Serialize for Judged {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ToldFinding::of(&self.finding, Some(self.is_new)).serialize(serializer)
    }
}
