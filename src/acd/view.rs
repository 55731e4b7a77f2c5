//! Read-only pictures of the router's state, for the wallboard and the desktop.

use serde::{Deserialize, Serialize};

use super::{AgentState, NextState};
use crate::base::{AgentId, ContactId, Instant, QueueId};

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct QueueView {
    pub queue: QueueId,
    /// Contacts in the line, those that ring an agent included.
    pub waiting: u32,
    pub ringing: u32,
    /// Arrival of the contact that has waited longest.
    pub oldest: Option<Instant>,
    /// Agents who could take a contact of this queue now.
    pub idle: u32,
    /// Signed-in agents who serve this queue.
    pub staffed: u32,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct WaitingView {
    pub contact: ContactId,
    pub queue: QueueId,
    /// 1 is next.
    pub position: u32,
    pub arrived: Instant,
    pub priority: u8,
    pub bonus_s: u32,
    /// Relaxation steps in force.
    pub stage: u8,
    /// The agents it rings now.
    pub ringing: Vec<AgentId>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AgentView {
    pub agent: AgentId,
    pub state: AgentState,
    pub since: Instant,
    pub next: Option<NextState>,
    /// Contacts in conversation with this agent.
    pub contacts: Vec<ContactId>,
}
