//! Many at one time (docs/fairness.md), by trying.

use super::*;

impl Naive {
    /// As many contacts as can be served, earlier ones first; where agents are kept free, one by one.
    pub(super) fn match_all(&mut self) {
        let order = self.in_order(|contact| contact.is_waiting() && contact.rings.is_empty());
        let one_by_one = order.iter().any(|id| self.is_about_kept_agents(*id));
        let mut several = Vec::new();
        if one_by_one {
            for contact in order {
                let asks_for_one = self.look_at(contact).wants.is_some();
                let Some(agent) = self.choose(contact, &self.wishes(contact)) else { continue };
                self.ring(contact, agent);
                several.extend((!asks_for_one).then_some(contact));
            }
        } else {
            // All is decided by how things stand before.
            for (contact, agent) in self.share_out(&self.largest(&order)) {
                several.extend(self.look_at(contact).wants.is_none().then_some(contact));
                self.ring(contact, agent);
            }
        }
        for contact in several {
            for _ in 1..self.queue_of(self.look_at(contact)).ring_several {
                let Some(agent) = self.best_agent(contact) else { break };
                self.ring(contact, agent);
            }
        }
    }

    fn is_about_kept_agents(&self, contact: ContactId) -> bool {
        let found = self.look_at(contact);
        found.wants.is_none() && self.wishes(contact).iter().any(|agent| self.is_kept(*agent, self.queue_of(found)))
    }

    /// Best first.
    fn wishes(&self, contact: ContactId) -> Vec<AgentId> {
        match self.look_at(contact).wants {
            Some((agent, _)) if self.agents.iter().any(|a| a.id == agent) && self.has_room(agent, contact) => {
                vec![agent]
            }
            Some(_) => Vec::new(),
            None => self.agents_for(contact),
        }
    }

    fn choose(&self, contact: ContactId, good: &[AgentId]) -> Option<AgentId> {
        let found = self.look_at(contact);
        let chosen = self.hints.iter().find_map(|hint| match hint {
            Output::Reserve { contact: rung, agent, .. } if *rung == contact => Some(*agent),
            _ => None,
        });
        match chosen.filter(|chosen| good.contains(chosen)) {
            Some(chosen) if Self::is_random(self.queue_of(found)) => Some(chosen),
            _ => good.first().copied(),
        }
    }

    /// One after the other, each if all before it can still be served.
    fn largest(&self, order: &[ContactId]) -> Vec<ContactId> {
        let mut served: Vec<ContactId> = Vec::new();
        for contact in order {
            served.push(*contact);
            let wishes: Vec<Vec<AgentId>> = served.iter().map(|id| self.wishes(*id)).collect();
            if !can_all(&wishes) {
                served.pop();
            }
        }
        served
    }

    /// Each gets the best that leaves one for everybody behind.
    fn share_out(&self, served: &[ContactId]) -> Vec<(ContactId, AgentId)> {
        let mut given: Vec<(ContactId, AgentId)> = Vec::new();
        for (at, contact) in served.iter().copied().enumerate() {
            let taken: Vec<AgentId> = given.iter().map(|(_, agent)| *agent).collect();
            let free = self.wishes(contact).into_iter().filter(|agent| !taken.contains(agent));
            let good = free.filter(|agent| self.all_find_one(&served[at + 1..], &[&taken[..], &[*agent]].concat()));
            let good: Vec<AgentId> = good.collect();
            given.extend(self.choose(contact, &good).map(|agent| (contact, agent)));
        }
        given
    }

    fn all_find_one(&self, contacts: &[ContactId], without: &[AgentId]) -> bool {
        let others = |id: &ContactId| self.wishes(*id).into_iter().filter(|agent| !without.contains(agent)).collect();
        can_all(&contacts.iter().map(others).collect::<Vec<_>>())
    }
}

/// Each list can give up one agent to its contact, all different.
fn can_all(wishes: &[Vec<AgentId>]) -> bool {
    let mut has: Vec<(AgentId, usize)> = Vec::new();
    (0..wishes.len()).all(|at| finds(at, wishes, &mut has, &mut Vec::new()))
}

fn finds(at: usize, wishes: &[Vec<AgentId>], has: &mut Vec<(AgentId, usize)>, tried: &mut Vec<AgentId>) -> bool {
    for agent in &wishes[at] {
        if tried.contains(agent) {
            continue;
        }
        tried.push(*agent);
        let holder = has.iter().position(|(taken, _)| taken == agent);
        if let Some(place) = holder {
            let other = has[place].1;
            if !finds(other, wishes, has, tried) {
                continue;
            }
            has.retain(|(taken, by)| (taken, *by) != (agent, other));
        }
        has.push((*agent, at));
        return true;
    }
    false
}
