//! The seats of all agents. Whoever is handed out to be changed is noted, so that the wallboard looks at
//! nobody else.

use std::collections::{BTreeMap, BTreeSet};

use super::seat::{Closed, Seat};
use crate::base::{AgentId, Instant, InteractionId};

#[derive(Debug, Default)]
pub(super) struct Seats {
    all: BTreeMap<AgentId, Seat>,
    touched: BTreeSet<AgentId>,
}

impl Seats {
    pub fn get(&self, agent: &AgentId) -> Option<&Seat> {
        self.all.get(agent)
    }

    pub fn get_mut(&mut self, agent: &AgentId) -> Option<&mut Seat> {
        let seat = self.all.get_mut(agent)?;
        self.touched.insert(*agent);
        Some(seat)
    }

    pub fn contains_key(&self, agent: &AgentId) -> bool {
        self.all.contains_key(agent)
    }

    pub fn values(&self) -> impl Iterator<Item = &Seat> {
        self.all.values()
    }

    /// An empty one where there is none.
    pub fn make(&mut self, agent: AgentId, now: Instant) {
        self.all.entry(agent).or_insert_with(|| Seat::new(now));
        self.touched.insert(agent);
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&AgentId, &mut Seat)> {
        self.touched.extend(self.all.keys());
        self.all.iter_mut()
    }

    pub fn retain(&mut self, mut keep: impl FnMut(&AgentId, &Seat) -> bool) {
        self.all.retain(|agent, seat| keep(agent, seat));
    }

    /// The open form of an interaction: nothing that the wallboard shows.
    pub fn closed_mut(&mut self, interaction: InteractionId) -> Option<&mut Closed> {
        self.all.values_mut().find_map(|seat| seat.closed_mut(interaction))
    }

    /// Who was handed out since this was asked last.
    pub fn take_touched(&mut self) -> BTreeSet<AgentId> {
        std::mem::take(&mut self.touched)
    }
}
