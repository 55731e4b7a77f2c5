//! The screen pop: the caller's record on the screen.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::acd::Kept;
use crate::base::{AgentId, CallDirection, Instant, InteractionId, ReservationId};
use crate::crm::{CustomerCard, Entered};

/// The caller's record on the screen before "hello".
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ScreenPop {
    pub reservation: ReservationId,
    pub interaction: InteractionId,
    /// Whether the customer called or is called.
    #[serde(default = "inbound")]
    pub direction: CallDirection,
    /// Who sent or asked for the call, and what for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub handed: Option<Handed>,
    /// E.164, or `None` when withheld.
    pub caller: Option<String>,
    /// As people read it: `+49 30 12345678`, a user name, or empty.
    pub caller_shown: String,
    pub called: String,
    /// As people read it.
    #[serde(default)]
    #[schema(required = true)]
    pub called_shown: String,
    pub queue: String,
    pub queue_name: String,
    pub waited_ms: u64,
    /// Why the contact stood ahead of its own coming: the caller called before, or is called back.
    #[serde(default)]
    pub place_kept: Option<PlaceKept>,
    /// Exactly one customer has this number, or the agent chose one.
    pub customer: Option<CustomerCard>,
    /// Several customers share it.
    pub candidates: Vec<CustomerCard>,
    /// The store has not answered yet; a `pop.updated` follows.
    pub looking_up: bool,
    /// What the caller chose: names of dialplan steps or digits.
    pub menu_path: Vec<String>,
    /// What the caller typed in the flow.
    #[serde(default)]
    #[schema(required = true)]
    pub entered: Vec<Entered>,
    /// Why this agent, in words.
    pub why: Words,
    /// The campaign that the call is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub campaign: Option<CampaignPop>,
}

fn inbound() -> CallDirection {
    CallDirection::Inbound
}

/// A call that comes from a colleague.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Handed {
    pub how: HandedHow,
    pub by: AgentId,
    /// The colleague's name.
    pub name: String,
    pub note: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HandedHow {
    /// The customer is sent on.
    Transferred,
    /// The colleague asks; the customer waits.
    Consulted,
    /// What the agent had sent on comes back: nobody took it.
    Returned,
    /// The colleague parked it, and the agent picks it up.
    Parked,
}

/// A place in the line that is older than the call.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PlaceKept {
    /// `recall`: gave up and rang again in time; `call_back`: asked to be called back.
    pub by: Kept,
    /// Waiting counts from here.
    pub since: Instant,
}

/// A sentence in both languages.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Words {
    pub en: String,
    pub zh: String,
}

/// What the agent sees of the campaign that a call is for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CampaignPop {
    pub key: String,
    pub name: Words,
    /// What the agent reads to the called.
    pub script: Words,
    /// The called, as the list says.
    pub person: String,
    /// What else the list says, by column.
    pub fields: BTreeMap<String, String>,
}

/// Somebody whom the agent is about to call.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Preview {
    pub campaign: CampaignPop,
    /// As people read it.
    pub number_shown: String,
    /// Then the call is made by itself.
    pub until: Instant,
}
