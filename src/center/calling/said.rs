//! What the center is told of campaigns, and what it wants written down of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::CampaignRule;
use crate::base::{AgentId, Instant, InteractionId, Number};
use crate::campaign::{Attempted, CampaignId, DialId, Kept, Line, NotNow, PersonKey, Tries};
use crate::center::desk::CampaignPop;

/// How far a campaign is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    /// It was never started: lists are loaded.
    #[default]
    Draft,
    Running,
    /// No call is made; talks go on.
    Paused,
    /// Over for good.
    Finished,
}

impl CampaignState {
    pub const ALL: [Self; 4] = [Self::Draft, Self::Running, Self::Paused, Self::Finished];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Finished => "finished",
        }
    }

    /// Whether a campaign may go from this state to that.
    pub fn may_become(self, next: Self) -> bool {
        match next {
            Self::Draft => false,
            Self::Running => matches!(self, Self::Draft | Self::Paused),
            Self::Paused => self == Self::Running,
            Self::Finished => self != Self::Finished,
        }
    }
}

/// For `Input::Campaign`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Told {
    Run(Box<CampaignRun>),
    /// Entries of its lists that are not over. One that is known already changes nothing.
    Entries {
        campaign: CampaignId,
        entries: Vec<ListEntry>,
    },
    DoNotCall(Number),
}

/// A campaign as the store has it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CampaignRun {
    pub id: CampaignId,
    /// Of its rule ([`super::CampaignRule::key`]).
    pub key: String,
    pub state: CampaignState,
    /// When it was started first: the windows of the law count from here.
    pub began: Instant,
    /// What its pacer had to remember; `None`: nothing yet.
    pub kept: Option<Box<Kept>>,
    /// Of the last [`KeptPace`].
    pub seq: u64,
}

/// One of a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ListEntry {
    /// As the store numbers them.
    pub row: i64,
    /// Of the lists of the campaign; chances are learned by it.
    pub list: u16,
    pub person: PersonKey,
    pub kind: u8,
    /// IANA zones in which the number may be.
    pub zones: Vec<String>,
    pub tries: Tries,
    /// Not to be called before.
    pub due: Option<Instant>,
}

/// A call that is to be made, once it is written down.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct NewAttempt {
    pub dial: DialId,
    /// [`ListEntry::row`].
    pub row: i64,
    pub person: PersonKey,
    /// Who is held for it; `None`: whoever is free when it is answered.
    pub agent: Option<AgentId>,
    pub at: Instant,
    /// Written down with it: the call has its claim on the budget before it is made.
    pub pace: KeptPace,
}

/// Whom an entry calls.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Called {
    pub number: Number,
    pub name: String,
    /// What else the list says, by column.
    pub fields: BTreeMap<String, String>,
}

/// What a pacer has to remember. Of two the one with the higher `seq` counts.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct KeptPace {
    pub campaign: CampaignId,
    pub seq: u64,
    pub at: Instant,
    pub kept: Box<Kept>,
    /// The certificate since the `seq` before.
    pub lines: Vec<Line>,
}

impl CampaignPop {
    pub fn of(rule: &CampaignRule, called: &Called) -> Self {
        Self {
            key: rule.key.clone(),
            name: rule.name.clone(),
            script: rule.script.clone(),
            person: called.name.clone(),
            fields: called.fields.clone(),
        }
    }
}

/// An attempt that is over.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AttemptOver {
    pub campaign: CampaignId,
    pub dial: DialId,
    pub row: i64,
    pub at: Instant,
    pub ended: Attempted,
    pub interaction: Option<InteractionId>,
    pub tries: Tries,
    /// When the entry is called again at the earliest; `None`: it is over.
    pub due: Option<Instant>,
}

/// A number that nobody calls any more.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NotToBeCalled {
    pub number: Number,
    pub at: Instant,
    /// Who wrote it down: a user, `agent:7`.
    pub by: String,
    pub why: String,
}

/// A running campaign at this moment.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CampaignFigures {
    /// Calls since the start of the server.
    pub dials: u64,
    /// Of these, answered by somebody who spoke with an agent.
    pub connected: u64,
    /// In the air now, and in conversation.
    pub calling: u32,
    pub talking: u32,
    /// Of those who answered: who waits for an agent at this moment, and who hears a message.
    pub waiting: u32,
    pub led: u32,
    /// Agents who are ready for it or held by it.
    pub agents: u32,
    /// Conversations that began within the last hour.
    pub contacts_hour: u32,
    /// Of the agents' time of the last hour the share in which they waited for a call; `null`: nobody was there.
    pub idle_percent: Option<u8>,
    /// Of this window of the law: machines that were met.
    pub machines: u64,
    /// Of this window of the law: people who spoke with an agent, calls abandoned, and lost.
    pub served: u64,
    pub abandoned: u64,
    pub lost: u64,
    /// What may still be abandoned, in millionths of a call.
    pub budget: i64,
    /// Why no call is made at this moment.
    pub not_now: Option<NotNow>,
}
