//! A call as an agent sees it, and who is in it.

use serde::{Deserialize, Serialize};

use crate::base::{AgentId, CallDirection, Instant, InteractionId, ReservationId};
use crate::call::Cause;

/// The call as the agent sees it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CallView {
    pub interaction: InteractionId,
    pub state: CallState,
    pub since: Instant,
    pub caller_shown: String,
    pub recording: bool,
    /// Nothing is kept until it goes on.
    #[serde(default, skip_serializing_if = "is_false")]
    pub recording_paused: bool,
    /// Set with `ended`.
    #[schema(value_type = Option<crate::crm::EndedBy>)]
    pub ended_by: Option<String>,
    pub direction: CallDirection,
    /// Why the customer, or whom the agent asked for last, was not reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cause: Option<Cause>,
    /// How this agent takes part in a call that is a colleague's; `None`: it is the agent's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub part: Option<OtherState>,
    /// Who is in the call beside the customer and the agent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<OtherView>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Somebody in a call beside the customer and the agent who has it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OtherView {
    /// Names it in commands.
    pub id: ReservationId,
    /// An agent of the center; `None`: somebody outside, or a supervisor without a seat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub agent: Option<AgentId>,
    /// The agent's name, the number as people read it, or the supervisor's user name.
    pub name: String,
    pub state: OtherState,
    pub since: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OtherState {
    /// Is being rung.
    Ringing,
    /// Hears the agent alone, and is heard by the agent alone.
    Consulted,
    /// Waits while the agent talks with the customer.
    Waiting,
    /// All hear each other.
    Joined,
    /// Hears all, and is heard by nobody: the agent wants it.
    Muted,
    /// A supervisor who hears all and is not heard.
    Listening,
    /// A supervisor whom only the agent hears.
    Whispering,
    /// A supervisor whom all hear.
    Barging,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    Ringing,
    Connecting,
    Talking,
    Held,
    /// The agent's phone is gone, the caller is kept: waits for the phone to come back.
    Parked,
    Ended,
}
