//! The words between a run and its driver. Which event may come when: the table in the module's head.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What conditions can ask about, as text; comparisons with numbers parse them.
///
/// Filled by the driver: `caller`, `called`, `customer.tier`, `customer.language` (`zh`, `en`),
/// `customer.known` (`one`, `several`, `none`), `customer.value` (a whole number), `customer.last_agent`
/// (a key). Filled by the run: `var.<name>` (`set` and `collect`;
/// `var.language` is the language of the prompts, `var.recording` = `yes` the caller's leave to record) and `result` (why the last `queue` or `dial` step
/// came back). The time is no fact: `Run::step` is given it and the flow has its zone.
pub type Facts = BTreeMap<String, String>;

/// What the run wants done next.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Verb {
    /// Answer the call; tell [`Event::Answered`].
    Answer,
    /// Play these, in the language of the run ([`super::Run::language`], [`super::say::sounds`]);
    /// tell [`Event::PlayEnded`]. Digits pressed meanwhile are told too.
    Play { prompts: Vec<Prompt> },
    /// Stop playing and wait for digits; tell [`Event::Digit`], or [`Event::Timeout`] after so long.
    Listen { timeout_ms: u64 },
    /// Look the customer up again by this number or id; tell [`Event::Found`].
    Lookup { by: String },
    /// No campaign calls whoever is on the line any more; tell [`Event::OptedOut`].
    OptOut,
    /// Queue the caller. The run sleeps until the contact leaves the queue without an agent
    /// ([`Event::QueueLeft`]) or the call with the agent is over ([`Event::Finished`]).
    Queue(QueueRequest),
    /// Queue the caller, and ask at once for the wish to be called back. The call ends with it; who does
    /// not want it, or cannot be called, comes back ([`Event::QueueLeft`]). An agent who becomes free
    /// meanwhile talks with the caller ([`Event::Finished`]).
    CallBack(QueueRequest),
    /// Ring a user, an agent or an outside number; [`Event::Finished`] or [`Event::DialFailed`].
    Dial { target: String, ring_ms: u64 },
    /// Record what the caller says from now on, a message for whoever this mailbox is of, until the next
    /// verb or the end of the call. Digits are told; [`Event::Timeout`] after so long.
    TakeMessage { mailbox: Mailbox, max_ms: u64 },
    /// Send the caller's audio back until hang-up.
    Echo,
    /// The run is over. `reason`: `completed`, `finished` (the talk with the agent is over),
    /// `step_limit`, `flow_changed`, or what a `hangup` step says.
    Hangup { reason: String },
    /// Nothing changes: the verb before stays in force, and its timer goes on.
    Wait,
}

/// Whose message it is, by key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Mailbox {
    /// Of the people of a queue.
    Queue(String),
    Agent(String),
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Prompt {
    /// A sound of `sounds/texts.toml`, by its name without language: `welcome`. A name with a folder
    /// (`tone/beep`, `music/hold`) belongs to no language.
    Sound(String),
    /// A number to be said as a number, counting or in order: 21, "twenty-one", 二十一.
    Number(u64),
    /// How many of something that follows: as `Number`, but 2 is 两 in Chinese.
    Amount(u64),
    /// Digits to be said one by one; other characters are left out.
    Digits(String),
    /// A day, said without its year.
    Date { month: u8, day: u8 },
    /// A time of day, 24 hours.
    Time { hour: u8, minute: u8 },
}

#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct QueueRequest {
    /// Key of the queue.
    pub queue: String,
    /// 1 is the most urgent; `None`: the queue's own.
    pub priority: Option<u8>,
    /// Further skill requirements: key -> minimum level (1-10).
    pub skills: BTreeMap<String, u8>,
    /// Seconds of head start added to the wait when contacts are compared.
    pub bonus_s: u32,
    /// Leaves the queue after so long; `None`: the queue's own limit.
    pub timeout_ms: Option<u64>,
    /// An agent who comes before all others.
    #[serde(default)]
    pub first: Option<FirstAgent>,
}

/// The agent a caller wants: who served them last, who was named.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FirstAgent {
    /// Key of the agent.
    pub agent: String,
    /// So long the caller waits for nobody else; `None`: for ever.
    pub wait_ms: Option<u64>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Event {
    Start,
    Answered,
    PlayEnded,
    /// `0`-`9`, `*`, `#`, `A`-`D`.
    Digit(char),
    Timeout,
    /// Facts about the customer, merged into the run's own.
    Found(Facts),
    OptedOut,
    QueueLeft(QueueLeft),
    DialFailed(DialFailed),
    Finished,
}

/// Why a caller comes back from a line. The word is the fact `result`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QueueLeft {
    Timeout,
    Full,
    NoAgents,
    Closed,
    /// Of a call-back: the caller does not want it.
    Declined,
    /// Of a call-back: the queue makes none.
    Impossible,
}

impl QueueLeft {
    pub const ALL: [Self; 6] =
        [Self::Timeout, Self::Full, Self::NoAgents, Self::Closed, Self::Declined, Self::Impossible];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Full => "full",
            Self::NoAgents => "no_agents",
            Self::Closed => "closed",
            Self::Declined => "declined",
            Self::Impossible => "impossible",
        }
    }
}

/// Why nobody came of a `dial` step. The word is the fact `result`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DialFailed {
    Busy,
    NoAnswer,
    Rejected,
    Unreachable,
}

impl DialFailed {
    pub const ALL: [Self; 4] = [Self::Busy, Self::NoAnswer, Self::Rejected, Self::Unreachable];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
            Self::Rejected => "rejected",
            Self::Unreachable => "unreachable",
        }
    }
}
