//! The keys of a flow file: one table for the parser, its messages, the forms of an editor, and the test of the manual.

use serde::Serialize;
use utoipa::ToSchema;

use super::error::Problem;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kind {
    Answer,
    Play,
    Menu,
    Collect,
    Lookup,
    OptOut,
    Queue,
    CallBack,
    Dial,
    Voicemail,
    Echo,
    Hangup,
    Goto,
}

/// What a key's value looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[schema(as = FlowShape)]
#[serde(tag = "form", rename_all = "snake_case")]
pub enum Shape {
    /// What a step does.
    Kind,
    /// The name of a step.
    Step,
    Text,
    /// The key of a queue of the center.
    Queue,
    /// The key of an agent of the center.
    Agent,
    /// Small letters, digits, `-` and `_`.
    Name,
    Language,
    /// An IANA time zone.
    Zone,
    Flag,
    /// A whole number.
    Whole {
        from: i64,
        to: i64,
    },
    /// A span of time with its unit: `500ms`, `5s`, `2m`.
    Span,
    /// A sound, something to be said, or a list of them.
    Prompts,
    /// Skills with levels.
    Levels,
    /// Variables with texts.
    Settings,
    /// One key of a telephone; empty: none.
    Digit,
    /// A text with facts in braces.
    Template,
    Condition,
    Texts,
    /// Digit -> step, or a table of the keys of a choice.
    Choices,
    /// A list of tables of the keys of a case.
    Cases,
    /// Tables by name.
    Table,
}

/// One key of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[schema(as = FlowKey)]
pub struct Key {
    #[serde(rename = "key")]
    pub name: &'static str,
    #[serde(flatten)]
    pub shape: Shape,
    /// It must be there.
    pub needed: bool,
    /// What holds without it, as it would be written; `null`: nothing, or what somebody else says.
    pub default: Option<&'static str>,
}

const fn must(name: &'static str, shape: Shape) -> Key {
    Key { name, shape, needed: true, default: None }
}

const fn may(name: &'static str, shape: Shape) -> Key {
    Key { name, shape, needed: false, default: None }
}

/// One that has a value also where it is not written.
const fn else_is(name: &'static str, shape: Shape, default: &'static str) -> Key {
    Key { name, shape, needed: false, default: Some(default) }
}

const DO: Key = must("do", Shape::Kind);
const NEXT: Key = must("next", Shape::Step);
const SET: Key = may("set", Shape::Settings);

pub(super) const FLOW: &[Key] = &[
    may("title", Shape::Text),
    must("start", Shape::Step),
    else_is("language", Shape::Language, "zh"),
    may("zone", Shape::Zone),
    may("hours", Shape::Table),
    must("step", Shape::Table),
];

pub(super) const HOURS: &[Key] = &[must("open", Shape::Texts), may("closed", Shape::Texts)];

/// A choice written as a table; the other form is the name of a step alone.
pub(super) const CHOICE: &[Key] = &[NEXT, may("label", Shape::Text), SET];

pub(super) const CASE: &[Key] = &[must("when", Shape::Condition), NEXT, SET];

const TRIES: Key = else_is("tries", Shape::Whole { from: 1, to: 10 }, "3");
const TIMEOUT: Key = else_is("timeout", Shape::Span, "5s");
const INVALID_PROMPTS: Key = may("invalid_prompts", Shape::Prompts);
const TIMEOUT_PROMPTS: Key = may("timeout_prompts", Shape::Prompts);

const ANSWER: &[Key] = &[DO, NEXT, SET];

const PLAY: &[Key] = &[DO, must("prompts", Shape::Prompts), else_is("barge_in", Shape::Flag, "false"), NEXT, SET];

const MENU: &[Key] = &[
    DO,
    must("prompts", Shape::Prompts),
    must("choices", Shape::Choices),
    TRIES,
    TIMEOUT,
    INVALID_PROMPTS,
    TIMEOUT_PROMPTS,
    may("on_invalid", Shape::Step),
    may("on_timeout", Shape::Step),
    NEXT,
    SET,
];

const COLLECT: &[Key] = &[
    DO,
    must("prompts", Shape::Prompts),
    must("into", Shape::Name),
    else_is("min", Shape::Whole { from: 1, to: 32 }, "1"),
    must("max", Shape::Whole { from: 1, to: 32 }),
    may("label", Shape::Text),
    else_is("secret", Shape::Flag, "false"),
    else_is("terminator", Shape::Digit, "#"),
    TRIES,
    TIMEOUT,
    else_is("digit_timeout", Shape::Span, "3s"),
    INVALID_PROMPTS,
    TIMEOUT_PROMPTS,
    must("on_failed", Shape::Step),
    NEXT,
    SET,
];

const LOOKUP: &[Key] = &[DO, else_is("by", Shape::Template, "{caller}"), NEXT, SET];

const QUEUE: &[Key] = &[
    DO,
    must("queue", Shape::Queue),
    may("priority", Shape::Whole { from: 1, to: 10 }),
    may("skills", Shape::Levels),
    may("bonus", Shape::Span),
    may("agent", Shape::Template),
    else_is("agent_wait", Shape::Span, "20s"),
    else_is("agent_only", Shape::Flag, "false"),
    may("timeout", Shape::Span),
    may("on_timeout", Shape::Step),
    may("on_full", Shape::Step),
    may("on_no_agents", Shape::Step),
    may("on_closed", Shape::Step),
    may("on_finished", Shape::Step),
    NEXT,
    SET,
];

const CALL_BACK: &[Key] = &[
    DO,
    must("queue", Shape::Queue),
    may("priority", Shape::Whole { from: 1, to: 10 }),
    may("skills", Shape::Levels),
    may("bonus", Shape::Span),
    NEXT,
    SET,
];

const DIAL: &[Key] = &[
    DO,
    must("target", Shape::Template),
    else_is("ring", Shape::Span, "20s"),
    may("on_finished", Shape::Step),
    NEXT,
    SET,
];

const VOICEMAIL: &[Key] = &[
    DO,
    may("queue", Shape::Queue),
    may("agent", Shape::Agent),
    must("prompts", Shape::Prompts),
    else_is("max", Shape::Span, "2m"),
    else_is("terminator", Shape::Digit, "#"),
    NEXT,
    SET,
];

const ECHO: &[Key] = &[DO, SET];

const HANGUP: &[Key] = &[DO, else_is("reason", Shape::Name, "completed"), SET];

const OPT_OUT: &[Key] = &[DO, NEXT, SET];

const GOTO: &[Key] = &[DO, may("cases", Shape::Cases), NEXT, SET];

impl Kind {
    pub const ALL: [Self; 13] = [
        Self::Answer,
        Self::Play,
        Self::Menu,
        Self::Collect,
        Self::Lookup,
        Self::OptOut,
        Self::Queue,
        Self::CallBack,
        Self::Dial,
        Self::Voicemail,
        Self::Echo,
        Self::Hangup,
        Self::Goto,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Play => "play",
            Self::Menu => "menu",
            Self::Collect => "collect",
            Self::Lookup => "lookup",
            Self::OptOut => "opt_out",
            Self::Queue => "queue",
            Self::CallBack => "call_back",
            Self::Dial => "dial",
            Self::Voicemail => "voicemail",
            Self::Echo => "echo",
            Self::Hangup => "hangup",
            Self::Goto => "goto",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    pub fn keys(self) -> &'static [Key] {
        match self {
            Self::Answer => ANSWER,
            Self::Play => PLAY,
            Self::Menu => MENU,
            Self::Collect => COLLECT,
            Self::Lookup => LOOKUP,
            Self::OptOut => OPT_OUT,
            Self::Queue => QUEUE,
            Self::CallBack => CALL_BACK,
            Self::Dial => DIAL,
            Self::Voicemail => VOICEMAIL,
            Self::Echo => ECHO,
            Self::Hangup => HANGUP,
            Self::Goto => GOTO,
        }
    }
}

impl Shape {
    pub fn wrong(self) -> Problem {
        let expected = match self {
            Self::Kind => {
                let kinds: Vec<&str> = Kind::ALL.into_iter().map(Kind::as_str).collect();
                format!("what the step does: one of {}", kinds.join(", "))
            }
            Self::Step => "the name of a step in quotes".to_owned(),
            Self::Text | Self::Queue | Self::Agent | Self::Zone => "a text in quotes".to_owned(),
            Self::Name => {
                "a name in quotes: small letters, digits, `-` and `_`, beginning with a letter, at most 64".to_owned()
            }
            Self::Language => "a language: \"zh\" or \"en\"".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Whole { from, to } => format!("a whole number from {from} to {to}"),
            Self::Span => "a span of time such as \"500ms\", \"5s\", \"2m\", at most 24h".to_owned(),
            Self::Prompts => "a sound in quotes, or a list of sounds and of { number = … }, { amount = … }, \
                              { digits = … }, { date = … }, { time = \"now\" }; at most 32"
                .to_owned(),
            Self::Levels => "skills with levels from 1 to 10, such as { jewellery = 5 }".to_owned(),
            Self::Settings => "variables with texts, such as { language = \"en\" }; `language` is zh or en".to_owned(),
            Self::Digit => "one key of the telephone in quotes (0-9, * or #), or \"\" for none".to_owned(),
            Self::Template => "a text in quotes, with facts in braces where wanted, such as \"{caller}\"".to_owned(),
            Self::Condition => "a condition in quotes".to_owned(),
            Self::Texts => "a list of texts in quotes".to_owned(),
            Self::Table | Self::Choices => "a table".to_owned(),
            Self::Cases => "a list of tables, such as [{ when = '…', next = \"…\" }], at most 32".to_owned(),
        };
        Problem::WrongShape { expected }
    }
}
