//! Something to do for a customer.

use serde::{Deserialize, Serialize};

use crate::base::{CustomerId, Instant, InteractionId, Number};

/// The kind of a task that asks to ring the customer back.
pub const CALLBACK: &str = "callback";

/// The kind of a task that asks to hear a message and to answer it; its note is the key of the queue it was left
/// for, or [`OF_AGENT`] and the key of the agent.
pub const VOICEMAIL: &str = "voicemail";

/// How the note of a message for an agent begins. No key has a colon.
pub const OF_AGENT: &str = "agent:";

/// Something to do for a customer, such as calling back after an interruption. An interaction has
/// at most one task of a kind.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = TaskRecord)]
pub struct Task {
    pub interaction: InteractionId,
    pub customer: Option<CustomerId>,
    pub number: Option<Number>,
    /// [`CALLBACK`], [`VOICEMAIL`].
    pub kind: String,
    pub due: Instant,
    pub note: String,
}
