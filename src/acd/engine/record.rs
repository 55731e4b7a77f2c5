//! Writing down why: the bounded record of a decision, made before the decision changes anything.

use std::sync::Arc;

use super::router::Router;
use super::tables::eligibility::{Lack, lack};
use super::tables::index::{AgentIx, ContactIx};
use super::tables::roster::Duty;
use crate::acd::why::{Because, Excluded, Pick, Who, Why};
use crate::base::Instant;

/// Agents, or queues and heads of their lines, looked at for the list of those who could not be chosen; in
/// a larger center only these.
const LOOKED_AT: usize = 48;

impl Router {
    /// No record is kept in simulations (`Settings::explain` 0).
    pub(in crate::acd) fn why(&mut self, now: Instant, slot: ContactIx, agent: AgentIx, pick: (Pick, u32)) -> Arc<Why> {
        if self.settings.explain == 0 {
            return self.records.unrecorded();
        }
        let (pick, unlisted) = pick;
        let contact = &self.contacts[slot];
        let stage = self.demands.all[contact.demand].stage(contact.arrived, now);
        let limit = self.settings.explain as usize;
        let mut excluded = self.records.excluded();
        match &pick {
            Pick::Contact { .. } => self.contacts_out_of_reach(agent, now, limit, &mut excluded),
            _ => self.agents_out_of_reach(slot, agent, stage, limit, &mut excluded),
        }
        if let Pick::Together(together) = &pick {
            // Who was given to an earlier contact a moment ago is reserved by now, but was a candidate.
            excluded.retain(|entry| together.candidates.iter().all(|c| Who::Agent(c.agent) != entry.who));
        }
        let (rules, kept) = (self.model.rules.version, self.contacts[slot].kept);
        self.records.write(Why { rules, at: now, pick, stage, kept, excluded, unlisted })
    }

    pub(in crate::acd) fn agent_pick(
        &mut self,
        now: Instant,
        slot: ContactIx,
        agent: AgentIx,
        limit: usize,
    ) -> (Pick, u32) {
        let policy = self.model.queue(self.demands.all[self.contacts[slot].demand].queue).agent_selection;
        self.records.reclaim();
        let (candidates, more) = self.agent_candidates(slot, now, limit);
        (Pick::Agent { policy, candidates, chosen: self.roster.agents[agent].id }, more)
    }

    pub(in crate::acd) fn contact_pick(&mut self, now: Instant, slot: ContactIx, limit: usize) -> (Pick, u32) {
        let policy = self.model.rules.contact_selection;
        self.records.reclaim();
        let (candidates, more) = self.contact_candidates(now, limit);
        (Pick::Contact { policy, candidates, chosen: self.contacts[slot].id }, more)
    }

    /// Agents who could not get this contact, one entry each until the list is full, then counted.
    pub(in crate::acd) fn agents_out_of_reach(
        &self,
        slot: ContactIx,
        chosen: AgentIx,
        stage: u8,
        limit: usize,
        list: &mut Vec<Excluded>,
    ) {
        for ix in self.roster.agents.keys(LOOKED_AT).filter(|ix| *ix != chosen) {
            if let Some(because) = self.agent_lacks(slot, ix, stage) {
                note(list, limit, Who::Agent(self.roster.agents[ix].id), because);
            }
        }
    }

    /// Why this agent cannot get this contact at this stage; `None`: could.
    pub(in crate::acd) fn agent_lacks(&self, slot: ContactIx, agent: AgentIx, stage: u8) -> Option<Because> {
        let contact = &self.contacts[slot];
        let demand = &self.demands.all[contact.demand];
        let found = &self.roster.agents[agent];
        if found.duty == Duty::SignedOut {
            return Some(Because::SignedOut);
        }
        let profile = self.profile_of(agent);
        match lack(profile, demand.queue, self.model.queue(demand.queue), &demand.extra, stage as usize) {
            Some(Lack::Queue) => return Some(Because::Queue),
            Some(Lack::Skill) => return Some(Because::Skill),
            Some(Lack::Level) => return Some(Because::Level),
            None => {}
        }
        match found.duty {
            Duty::NotReady(_) => return Some(Because::NotReady),
            Duty::Reserved { .. } => return Some(Because::Reserved),
            Duty::WrapUp { .. } => return Some(Because::WrapUp),
            Duty::SignedOut | Duty::Ready | Duty::Busy => {}
        }
        if !self.roster.idle[agent].free_for(demand.channel) {
            let several = matches!(profile.capacity, super::tables::model::Capacity::Each(_));
            return Some(if several { Because::Capacity } else { Because::Busy });
        }
        let serves = profile.serves.iter().find(|serves| serves.demand == contact.demand)?;
        let tier = &demand.tiers[serves.tier as usize];
        (!tier.reserve_allows(&self.roster.ready_in_group)).then_some(Because::Reserve)
    }

    /// Heads of lines that this agent could not get.
    fn contacts_out_of_reach(&mut self, agent: AgentIx, now: Instant, limit: usize, list: &mut Vec<Excluded>) {
        let mut heads = std::mem::take(&mut self.scratch.heads);
        heads.clear();
        for queue in self.queue_counts.keys(LOOKED_AT) {
            for demand in self.demands.of_queue(queue) {
                for line in &demand.lines {
                    heads.extend(self.demands.lines[*line].head());
                }
            }
        }
        // Those who have waited longest are listed, and as many again are counted.
        if heads.len() > 2 * limit {
            heads.select_nth_unstable(2 * limit);
            heads.truncate(2 * limit);
        }
        heads.sort_unstable();
        for head in &heads {
            let demand = &self.demands.all[self.contacts[head.contact].demand];
            let profile = self.profile_of(agent);
            let stage = demand.stage(head.arrived, now) as usize;
            let because = match lack(profile, demand.queue, self.model.queue(demand.queue), &demand.extra, stage) {
                Some(Lack::Queue) => Because::Queue,
                Some(Lack::Skill) => Because::Skill,
                Some(Lack::Level) => Because::Level,
                None if !self.reserve_lets(agent, head.contact) => Because::Reserve,
                None => continue,
            };
            note(list, limit, Who::Contact(self.contacts[head.contact].id), because);
        }
        self.scratch.heads = heads;
    }

    fn reserve_lets(&self, agent: AgentIx, slot: ContactIx) -> bool {
        let demand_ix = self.contacts[slot].demand;
        let serves = self.profile_of(agent).serves.iter().find(|serves| serves.demand == demand_ix);
        serves.is_none_or(|serves| {
            self.demands.all[demand_ix].tiers[serves.tier as usize].reserve_allows(&self.roster.ready_in_group)
        })
    }
}

pub(in crate::acd) fn note(list: &mut Vec<Excluded>, limit: usize, who: Who, because: Because) {
    if list.len() < limit {
        return list.push(Excluded { who, because, count: 1 });
    }
    match list.iter_mut().rev().find(|entry| entry.because == because) {
        Some(entry) => entry.count += 1,
        None => list.push(Excluded { who, because, count: 1 }),
    }
}
