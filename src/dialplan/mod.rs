//! The dialplan: `dialplans/*.toml` -> checked [`Flow`] -> [`Run`], resumable, no async.
//!
//! A flow is a graph of named steps. The run of a call says what it wants as a [`Verb`]; whoever
//! drives it (the center) does that and tells it what happened as an [`Event`]. It knows no SIP, no
//! queue engine and no customer store: a queue is a key, a customer is [`Facts`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What conditions can ask about. Values are text; comparisons with numbers parse them.
/// `customer.tier`, `customer.language`, `customer.known` (`one`, `several`, `none`), `caller`,
/// `called`, `var.<name>`, `time.*` are filled by the center and by `collect` and `lookup` steps.
pub type Facts = BTreeMap<String, String>;

/// What the run wants done next.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Verb {
    /// Answer the call; tell [`Event::Answered`].
    Answer,
    /// Play sounds by name without language (`welcome` -> `zh/welcome` or `en/welcome`), or
    /// numbers to be said; tell [`Event::PlayEnded`]. Digits pressed meanwhile are told too.
    Play { prompts: Vec<Prompt> },
    /// Stop playing and wait for digits; tell [`Event::Digit`], or [`Event::Timeout`] after so long.
    Listen { timeout_ms: u64 },
    /// Look the customer up again by this number or id; tell [`Event::Found`].
    Lookup { by: String },
    /// Queue the caller. The run sleeps until the contact leaves the queue without an agent
    /// ([`Event::QueueLeft`]) or the call with the agent is over ([`Event::Finished`]).
    Queue(QueueRequest),
    /// Ring a user, an agent or an outside number; [`Event::Finished`] or [`Event::DialFailed`].
    Dial { target: String, ring_ms: u64 },
    /// Send the caller's audio back until hang-up.
    Echo,
    /// The run is over.
    Hangup { reason: String },
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Prompt {
    /// A sound of `sounds/texts.toml`.
    Sound(String),
    /// A number or a string of digits to be said.
    Number(u64),
    Digits(String),
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
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Event {
    Start,
    Answered,
    PlayEnded,
    Digit(char),
    Timeout,
    /// Facts about the customer, merged into the run's own.
    Found(Facts),
    /// `timeout`, `full`, `no_agents`, `closed`.
    QueueLeft(String),
    DialFailed(String),
    Finished,
}
