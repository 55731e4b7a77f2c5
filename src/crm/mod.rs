//! The customer side in values: who calls, what happened before, what came of it. Matching and
//! life-cycle rules; no SQL.

use serde::{Deserialize, Serialize};

use crate::base::{AgentId, CustomerId, Instant, InteractionId, Number, QueueId};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Voice,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallDirection {
    Inbound,
    Outbound,
}

/// How a contact ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// An agent spoke with the customer.
    Handled,
    /// The caller hung up before an agent answered: in the menu, in the queue, or while it rang.
    Abandoned,
    /// The flow ended it without an agent: self-service, closed, announcement.
    SelfService,
    /// We refused it: unknown number, over capacity, not allowed.
    Refused,
    /// It broke: media lost, no codec, internal error.
    Failed,
    /// The server died with the call up.
    Interrupted,
}

/// Who ended a call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    Customer,
    Agent,
    Supervisor,
    Flow,
    Network,
    System,
}

/// The business record of one contact. Written when it opens, when it changes and when it ends.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Interaction {
    pub id: InteractionId,
    pub channel: Channel,
    pub direction: CallDirection,
    /// `None`: anonymous or not a number (a user, a broken From).
    pub caller: Option<Number>,
    /// The caller as the network told it.
    pub caller_text: String,
    pub called: String,
    pub customer: Option<CustomerId>,
    pub queue: Option<QueueId>,
    pub agent: Option<AgentId>,
    pub started: Instant,
    /// First entry into a queue.
    pub queued: Option<Instant>,
    /// An agent answered.
    pub answered: Option<Instant>,
    pub ended: Option<Instant>,
    pub wrap_up_ended: Option<Instant>,
    pub hold_ms: u64,
    pub outcome: Option<Outcome>,
    pub ended_by: Option<EndedBy>,
    /// Cause in words of the network: `486 Busy Here`, `media lost`.
    pub end_reason: Option<String>,
    /// File below the recordings folder.
    pub recording: Option<String>,
    pub disposition: Option<String>,
    pub notes: String,
    /// Steps chosen in the menu, for the pop.
    pub menu_path: Vec<String>,
}

/// One step of an interaction, never overwritten.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct InteractionEvent {
    pub interaction: InteractionId,
    /// 1, 2, 3 … within the interaction.
    pub seq: u32,
    pub at: Instant,
    /// Dotted, past tense: `call.started`, `queue.entered`, `agent.reserved`.
    pub kind: String,
    /// JSON object.
    pub detail: serde_json::Value,
}

/// Something to do for a customer, such as calling back after an interruption.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Task {
    pub interaction: InteractionId,
    pub customer: Option<CustomerId>,
    pub number: Option<Number>,
    /// `callback`.
    pub kind: String,
    pub due: Instant,
    pub note: String,
}

/// What the pop shows of one customer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CustomerCard {
    pub id: CustomerId,
    pub name: String,
    pub organisation: Option<String>,
    /// `platinum`, `gold`, `silver`, `standard`: free text of the center.
    pub tier: Option<String>,
    /// BCP 47, such as `zh` or `en`.
    pub language: Option<String>,
    pub tags: Vec<String>,
    pub notes: String,
    pub contact_points: Vec<ContactPoint>,
    pub orders: Vec<Order>,
    /// Important dates: `("birthday", "05-17")`, `("wedding anniversary", "2014-10-02")`.
    pub dates: Vec<(String, String)>,
    /// The newest first, at most ten.
    pub timeline: Vec<TimelineEntry>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ContactPoint {
    /// `phone`, `email`.
    pub kind: String,
    pub value: String,
    pub label: String,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Order {
    pub number: String,
    pub placed: String,
    pub item: String,
    /// In the smallest unit of the currency.
    pub amount_minor: i64,
    pub currency: String,
    pub status: String,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TimelineEntry {
    pub interaction: InteractionId,
    pub at: Instant,
    pub channel: Channel,
    pub direction: CallDirection,
    pub outcome: Option<Outcome>,
    pub queue: Option<String>,
    pub agent: Option<String>,
    pub disposition: Option<String>,
    pub notes: String,
    pub talk_ms: u64,
}
