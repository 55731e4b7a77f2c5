//! How calls are started: one list of modes, as data.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Who or what decides that a call is made now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = CampaignMode)]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
pub enum Mode {
    /// The agent asks for each call.
    Manual,
    /// The agent reads the record first; the call is made when they say so, at the latest after `limit_s` seconds.
    Preview { limit_s: u32 },
    /// One call for each agent who is free: every call holds an agent.
    Progressive,
    /// So many calls in the air for each free agent, in percent (150: three calls for two agents), as far as the
    /// budget carries.
    Power { ratio_percent: u32 },
    /// As many calls as make the agents' idle time least, as far as the budget carries.
    Predictive,
    /// No agent is wanted: the call plays a message and listens to digits. At most `lines` calls at once.
    Agentless { lines: u32 },
}

impl Mode {
    /// Every call is one agent's, from the decision to the end.
    pub fn binds(self) -> bool {
        matches!(self, Self::Manual | Self::Preview { .. } | Self::Progressive)
    }

    /// How long an agent may read before the call is made.
    pub(super) fn preview(self) -> Option<Duration> {
        match self {
            Self::Preview { limit_s } => Some(Duration::from_secs(limit_s.into())),
            _ => None,
        }
    }

    /// Whether a call may be made for which no agent is free yet.
    pub(super) fn over_dials(self) -> bool {
        matches!(self, Self::Power { .. } | Self::Predictive)
    }
}
