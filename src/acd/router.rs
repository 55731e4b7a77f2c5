//! The machine: [`Router::handle`] takes one input and pushes what follows from it.

use serde::{Deserialize, Serialize};

use super::view::{AgentView, QueueView, WaitingView};
use super::{Input, Output};
use crate::base::{AgentId, Instant, QueueId};

/// Bounds and choices that are not the center's rules.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Candidates listed in a decision's record; 0: no record is made (simulation).
    pub explain: u16,
    /// Contacts known at once; one more is turned away with `Left::Full`.
    pub max_contacts: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { explain: 12, max_contacts: 100_000 }
    }
}

pub struct Router {
    settings: Settings,
    seed: u64,
}

impl Router {
    /// No rules yet: the first input is `Input::Configure`.
    pub fn new(settings: Settings, seed: u64) -> Self {
        Self { settings, seed }
    }

    pub fn handle(&mut self, now: Instant, input: Input, out: &mut Vec<Output>) {
        let _ = (now, input, out, self.seed, &self.settings);
    }

    /// When `Input::Deadline` is due.
    pub fn next_deadline(&self) -> Option<Instant> {
        None
    }

    /// In the order of the rules.
    pub fn queues(&self) -> Vec<QueueView> {
        Vec::new()
    }

    /// The line of one queue, in the order in which its contacts are served.
    pub fn waiting(&self, queue: QueueId) -> Vec<WaitingView> {
        let _ = queue;
        Vec::new()
    }

    /// In the order of the rules.
    pub fn agents(&self) -> Vec<AgentView> {
        Vec::new()
    }

    pub fn agent(&self, agent: AgentId) -> Option<AgentView> {
        let _ = agent;
        None
    }
}
