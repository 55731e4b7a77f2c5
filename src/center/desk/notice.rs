//! What agents and supervisors tell each other beside the calls.

use serde::{Deserialize, Serialize};

use crate::base::{AgentId, Instant, NoticeId};

/// An agent asks for a supervisor.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Help {
    pub since: Instant,
    /// What for; may be empty.
    pub words: String,
    /// The supervisor, by user name, who listens since, or has written to the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub seen_by: Option<String>,
}

/// A message of a supervisor to an agent; on the desktop until the agent has read it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Notice {
    pub id: NoticeId,
    pub at: Instant,
    /// The supervisor, by user name.
    pub by: String,
    pub words: String,
}

/// To whom a supervisor writes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Addressees {
    /// These, at work or not.
    Agents { agents: Vec<AgentId> },
    /// Of this group, by its key, who are at work.
    Group { group: String },
    /// All who are at work.
    Everybody,
}
