//! The numbers that keys have: what history mentions.

use std::collections::BTreeMap;

use super::CenterModel;
use crate::base::{AgentId, QueueId, SkillId};

/// The store's numbers for keys. A number is never given to another key; a key that comes back
/// after its removal gets its old number, so its history goes on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CenterIds {
    /// Of the center as applied; 0: nothing was applied yet.
    pub version: u32,
    pub skills: BTreeMap<String, SkillId>,
    pub queues: BTreeMap<String, QueueId>,
    pub agents: BTreeMap<String, AgentId>,
}

impl CenterIds {
    /// With numbers for keys that the store does not know yet, to judge rules before they are applied.
    pub fn completed(&self, model: &CenterModel) -> Self {
        let mut ids = self.clone();
        number(&mut ids.skills, model.skills.keys(), SkillId, |id| id.0);
        number(&mut ids.queues, model.queues.keys(), QueueId, |id| id.0);
        number(&mut ids.agents, model.agents.keys(), AgentId, |id| id.0);
        ids
    }
}

/// Numbers above all that are given.
fn number<'a, T>(
    known: &mut BTreeMap<String, T>,
    keys: impl Iterator<Item = &'a str>,
    make: impl Fn(u32) -> T,
    value: impl Fn(&T) -> u32,
) {
    let mut last = known.values().map(value).max().unwrap_or(0);
    for key in keys {
        known.entry(key.to_owned()).or_insert_with(|| {
            last = last.saturating_add(1);
            make(last)
        });
    }
}
