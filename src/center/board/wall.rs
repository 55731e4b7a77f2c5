//! The wallboard kept up to date: an agent counts in the queues that it may serve, found once for a set of
//! rules; afterwards only who was touched is looked at again. The tiles are made anew from counts, one look-up
//! for each figure.

use std::collections::{BTreeMap, BTreeSet};

use crate::acd::{self, AgentState};
use crate::base::AgentId;
use crate::center::alert::Alerts;
use crate::center::board::served;

/// Agents of a queue who are signed in: ready, reserved, busy, in wrap-up, not ready.
pub(in crate::center) type Present = [u32; 5];

#[derive(Debug, Default)]
pub(in crate::center) struct Wall {
    /// `None`: the rules are new.
    pub staff: Option<Staff>,
    /// Whose rows may have changed since the changes were asked for last; `None`: everything.
    pub changed: Option<BTreeSet<AgentId>>,
    pub alerts: Alerts,
    /// Not told yet.
    pub alerts_changed: bool,
}

#[derive(Debug, Default)]
pub(in crate::center) struct Staff {
    members: BTreeMap<AgentId, Member>,
    /// In the order of the rules.
    pub present: Vec<Present>,
}

#[derive(Debug)]
struct Member {
    /// Places in the rules of the queues this agent may serve.
    queues: Box<[u32]>,
    /// Counted in each of them under this place; `None`: signed out.
    counted: Option<usize>,
}

impl Wall {
    /// The rules are new: who serves what, and in which order they stand.
    pub fn forget(&mut self) {
        (self.staff, self.changed) = (None, None);
    }
}

impl Staff {
    pub(in crate::center) fn of(rules: &acd::Rules) -> Self {
        let member = |(agent, queues): (&acd::AgentRule, _)| (agent.id, Member { queues, counted: None });
        Self {
            members: rules.agents.iter().zip(served(rules)).map(member).collect(),
            present: vec![Present::default(); rules.queues.len()],
        }
    }

    pub(in crate::center) fn count(&mut self, agent: AgentId, state: &AgentState) {
        let Some(member) = self.members.get_mut(&agent) else { return };
        let is = place_of(state);
        let was = std::mem::replace(&mut member.counted, is);
        if was == is {
            return;
        }
        for queue in &member.queues {
            let present = &mut self.present[*queue as usize];
            if let Some(was) = was {
                present[was] -= 1;
            }
            if let Some(is) = is {
                present[is] += 1;
            }
        }
    }
}

fn place_of(state: &AgentState) -> Option<usize> {
    match state {
        AgentState::Ready => Some(0),
        AgentState::Reserved { .. } => Some(1),
        AgentState::Busy { .. } => Some(2),
        AgentState::WrapUp { .. } => Some(3),
        AgentState::NotReady { .. } => Some(4),
        AgentState::SignedOut => None,
    }
}
