//! A checked flow: what a run walks. Built by `read`, admitted by `check`; every name in it leads
//! somewhere.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::{Language, Mailbox, QueueRequest};
use crate::written::expression::Condition;
use crate::written::schedule::Schedule;

/// A checked flow. Share it as `Arc<Flow>`; a run is given it at each step.
#[derive(Clone, PartialEq, Debug)]
pub struct Flow {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) start: String,
    pub(super) language: Language,
    pub(super) zone: Option<TimeZone>,
    pub(super) hours: BTreeMap<String, Schedule>,
    pub(super) steps: BTreeMap<String, Step>,
}

impl Flow {
    /// `hotline` for `dialplans/hotline.toml`; what numbers are mapped to.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Keys of the queues that its steps put callers into.
    pub fn queues(&self) -> BTreeSet<&str> {
        let actions = self.steps.values().map(|step| &step.action);
        actions
            .filter_map(|action| match action {
                Action::Queue { request, .. } | Action::CallBack { request, .. } => Some(request.queue.as_str()),
                _ => None,
            })
            .collect()
    }

    /// Where it tells the time.
    pub fn zone(&self) -> Option<&TimeZone> {
        self.zone.as_ref()
    }

    /// For people; the name where the file gives no title.
    pub fn title(&self) -> &str {
        &self.title
    }
}

/// Variables that a step, choice or case sets, with the prefix `var.` already on.
pub(super) type Settings = BTreeMap<String, String>;

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Step {
    pub set: Settings,
    pub action: Action,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Action {
    Answer { next: String },
    Play { prompts: Vec<Spoken>, barge_in: bool, next: String },
    Menu(Menu),
    Collect(Collect),
    Lookup { by: Template, next: String },
    OptOut { next: String },
    Queue { request: QueueRequest, first: Option<First>, ways: QueueWays },
    CallBack { request: QueueRequest, next: String },
    Dial { target: Template, ring_ms: u64, on_finished: Option<String>, next: String },
    Voicemail(Voicemail),
    Echo,
    Hangup { reason: String },
    Goto { cases: Vec<Case>, next: String },
}

/// The agent asked first; who it is, facts say when the caller gets there.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct First {
    pub agent: Template,
    /// `None`: nobody else is asked.
    pub wait_ms: Option<u64>,
}

/// How often and how long the caller is asked.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Asking {
    pub prompts: Vec<Spoken>,
    pub tries: u8,
    pub timeout_ms: u64,
    pub invalid_prompts: Vec<Spoken>,
    pub timeout_prompts: Vec<Spoken>,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Menu {
    pub asking: Asking,
    pub choices: BTreeMap<char, MenuChoice>,
    pub on_invalid: String,
    pub on_timeout: String,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct MenuChoice {
    pub label: String,
    pub set: Settings,
    pub next: String,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Collect {
    pub asking: Asking,
    /// The fact the digits go to: `var.order`.
    pub into: String,
    /// What the digits are, for people.
    pub label: String,
    /// Nobody sees the digits: a PIN, a card.
    pub secret: bool,
    pub min: usize,
    pub max: usize,
    pub terminator: Option<char>,
    pub digit_timeout_ms: u64,
    pub on_failed: String,
    pub next: String,
}

/// A message instead of a talk.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Voicemail {
    pub mailbox: Mailbox,
    pub greeting: Vec<Spoken>,
    pub max_ms: u64,
    /// Ends the message, and the greeting before it.
    pub terminator: Option<char>,
    pub next: String,
}

/// Where a caller goes who comes back from a queue.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct QueueWays {
    /// `None`: the run is over when the talk is.
    pub on_finished: Option<String>,
    pub on_timeout: String,
    pub on_full: String,
    pub on_no_agents: String,
    pub on_closed: String,
    pub next: String,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Case {
    pub when: Condition,
    pub set: Settings,
    pub next: String,
}

/// What a `prompts` key holds; facts are looked at when it is played.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Spoken {
    Sound(String),
    Number(Source),
    Amount(Source),
    Digits(Source),
    Today,
    Now,
    /// A fact that holds a day, `2026-12-24`.
    Date(String),
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Source {
    Literal(String),
    Fact(String),
}

/// Text with facts in it: `{var.branch}`, `+4930{var.extension}`.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Template(pub Vec<Source>);

impl Template {
    /// The text, where there are no facts in it.
    pub fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Source::Literal(text)] => Some(text),
            _ => None,
        }
    }
}
