//! Who asks.

use serde::{Deserialize, Serialize};

use crate::base::{AgentId, Redacted};

/// Each may do what the ones before it may.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Agent,
    Supervisor,
    Admin,
}

/// Given once as long as the server runs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SessionId(pub u64);

/// How somebody proved who they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Via {
    /// A browser: writes need the CSRF header.
    Cookie,
    /// A program.
    Bearer,
}

/// Somebody who is signed in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    pub session: SessionId,
    pub via: Via,
    /// Sign-in name.
    pub user: String,
    pub name: Redacted<String>,
    pub role: Role,
    /// `en` or `zh`.
    pub language: String,
    /// The seat, with its key in the center.
    pub agent: Option<(AgentId, String)>,
    pub csrf: Redacted<String>,
    pub phone: Option<PhoneAccount>,
}

impl Identity {
    pub fn agent_id(&self) -> Option<AgentId> {
        self.agent.as_ref().map(|(id, _)| *id)
    }

    /// May this one act for that seat?
    pub fn may_act_for(&self, agent: AgentId) -> bool {
        self.role >= Role::Supervisor || self.agent_id() == Some(agent)
    }
}

/// The SIP account of a browser's phone; lives and dies with the session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PhoneAccount {
    pub user: String,
    pub password: Redacted<String>,
}
