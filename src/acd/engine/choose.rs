//! The two choices: an agent for a contact, and a contact for an agent. Nothing changes here but
//! stale list entries and the random generator; what was compared stays in `Scratch` for the record.

use super::router::Router;
use super::tables::demand::{ContactKey, Demand, Tier, head_start_us};
use super::tables::idle::IdleEntry;
use super::tables::index::{AgentIx, ContactIx, DemandIx, Ix as _, QueueIx};
use super::tables::scratch::{AgentKey, ContactRank};
use crate::acd::rules::AgentSelection;
use crate::acd::why::{AgentCandidate, AgentFacts, ContactCandidate};
use crate::base::Instant;

impl Router {
    /// The agent this waiting contact gets now, if there is one.
    pub(in crate::acd) fn best_agent(&mut self, slot: ContactIx, now: Instant) -> Option<AgentIx> {
        let contact = &self.contacts[slot];
        let (demand, arrived) = (contact.demand, contact.arrived);
        let stage = self.demands.all[demand].stage(arrived, now);
        let policy = self.model.queue(self.demands.all[demand].queue).agent_selection;
        match policy {
            AgentSelection::LongestIdle
            | AgentSelection::LevelThenLongestIdle
            | AgentSelection::MostSkilled
            | AgentSelection::LeastSkilled
            | AgentSelection::FastestService => self.first_by_tier(demand, stage),
            AgentSelection::MostRecentlyIdle => self.most_recent(demand, stage),
            _ => self.best_by_scan(demand, stage, policy, now),
        }
    }

    /// The smallest rank; among equals the longest idle.
    fn first_by_tier(&mut self, demand: DemandIx, stage: u8) -> Option<AgentIx> {
        let demand = &mut self.demands.all[demand];
        if !demand.lists_idle {
            return None;
        }
        let mut best: Option<(i64, IdleEntry)> = None;
        for tier in &mut demand.tiers {
            let key = tier.key();
            if best.is_some_and(|(rank, _)| key.rank > rank) {
                break;
            }
            if !tier.is_open(stage, &self.roster.ready_in_group) {
                continue;
            }
            let Some(entry) = tier.idle.head(&self.roster.idle) else { continue };
            if best.is_none_or(|(_, found)| entry.stamp < found.stamp) {
                best = Some((key.rank, entry));
            }
        }
        if best.is_none() {
            demand.lists_idle = demand.tiers.iter().any(|tier| !tier.idle.is_empty());
        }
        best.map(|(_, entry)| entry.agent)
    }

    fn most_recent(&mut self, demand: DemandIx, stage: u8) -> Option<AgentIx> {
        let demand = &mut self.demands.all[demand];
        let ready = &self.roster.ready_in_group;
        let open = demand.tiers.iter_mut().filter(|tier| tier.is_open(stage, ready));
        let last = open.filter_map(|tier| tier.idle.tail(&self.roster.idle)).max_by_key(|entry| entry.stamp);
        last.map(|entry| entry.agent)
    }

    /// For policies whose ranking changes with time: all idle, eligible agents are compared.
    fn best_by_scan(&mut self, demand: DemandIx, stage: u8, policy: AgentSelection, now: Instant) -> Option<AgentIx> {
        self.scratch.agents.clear();
        let queue = self.demands.all[demand].queue;
        let tiers: &[Tier] = &self.demands.all[demand].tiers;
        for tier in tiers.iter().filter(|tier| tier.is_open(stage, &self.roster.ready_in_group)) {
            for entry in tier.idle.iter(&self.roster.idle) {
                self.scratch.agents.push(((0, entry.stamp), entry.agent, tier.key().fit));
            }
        }
        // Chance is asked in the order of idle times; the others do not depend on the order.
        if matches!(policy, AgentSelection::Random | AgentSelection::WeightedRandom) {
            self.scratch.agents.sort_unstable_by_key(|((_, stamp), ..)| *stamp);
        }
        let mut scratch = std::mem::take(&mut self.scratch.agents);
        for ((key, _), agent, _) in &mut scratch {
            *key = self.dynamic_key(policy, queue, *agent, now);
        }
        self.scratch.agents = scratch;
        self.scratch.agents.iter().min_by_key(|(key, ..)| *key).map(|(_, agent, _)| *agent)
    }

    fn dynamic_key(&mut self, policy: AgentSelection, queue: QueueIx, agent: AgentIx, now: Instant) -> i64 {
        let tally = &self.roster.agents[agent].tally;
        match policy {
            AgentSelection::FewestContacts => tally.contacts as i64,
            AgentSelection::LowestOccupancy => tally.occupancy(now),
            AgentSelection::FixedOrder => i64::from(agent.0),
            AgentSelection::RoundRobin => {
                let count = self.roster.agents.len() as i64;
                // Nobody yet is NONE, which wraps to "before the first".
                let next = i64::from(self.last_agent[queue].0.wrapping_add(1));
                (i64::from(agent.0) - next).rem_euclid(count.max(1))
            }
            AgentSelection::Random => (self.rng.next_u64() >> 1) as i64,
            AgentSelection::WeightedRandom => {
                let weight = self.model.rules.agents.get(agent.row()).map_or(1, |rule| rule.weight.max(1));
                weighted_draw(&mut self.rng, weight)
            }
            _ => 0,
        }
    }

    /// The waiting contact that this idle agent gets now, if there is one.
    pub(in crate::acd) fn best_contact(&mut self, agent: AgentIx, now: Instant) -> Option<ContactIx> {
        let mut compared = std::mem::take(&mut self.scratch.contacts);
        compared.clear();
        let best = if self.waiting == 0 { None } else { self.compare_contacts(agent, now, &mut compared) };
        self.scratch.contacts = compared;
        best
    }

    fn compare_contacts(
        &self,
        agent: AgentIx,
        now: Instant,
        compared: &mut Vec<(ContactRank, ContactIx, u16)>,
    ) -> Option<ContactIx> {
        let keep_all = self.settings.explain > 0;
        let mut best: Option<(ContactRank, ContactIx, u16)> = None;
        let word = self.roster.idle[agent];
        let profile = &self.model.profiles[self.model.profile_of[agent] as usize];
        for serves in &profile.serves {
            let demand = &self.demands.all[serves.demand];
            if demand.lines.is_empty() || !word.free_for(demand.channel) {
                continue;
            }
            if serves.is_reserved && !demand.tiers[serves.tier as usize].reserve_allows(&self.roster.ready_in_group) {
                continue;
            }
            let key = self.contact_key(demand, now);
            for line in &demand.lines {
                let line = &self.demands.lines[*line];
                let Some(head) = line.head().filter(|head| demand.stage(head.arrived, now) >= serves.ring) else {
                    continue;
                };
                let rank =
                    (key.of((line.urgency, line.head_start_us), head.arrived, serves.fit), head.arrived, head.seq);
                let candidate = (rank, head.contact, serves.fit);
                if best.is_none_or(|(found, ..)| rank < found) {
                    best = Some(candidate);
                }
                if keep_all {
                    compared.push(candidate);
                }
            }
        }
        for candidate in self.wanting(agent, now) {
            if best.is_none_or(|(found, ..)| candidate.0 < found) {
                best = Some(candidate);
            }
            compared.push(candidate);
        }
        best.map(|(_, contact, _)| contact)
    }

    /// Contacts that wait for this very agent compete with the others by the same policy.
    fn wanting(&self, agent: AgentIx, now: Instant) -> impl Iterator<Item = (ContactRank, ContactIx, u16)> + '_ {
        let word = self.roster.idle[agent];
        let profile = self.profile_of(agent);
        self.roster.agents[agent].wanted_by.iter().filter_map(move |slot| {
            let contact = &self.contacts[*slot];
            let demand = &self.demands.all[contact.demand];
            if !word.free_for(demand.channel) {
                return None;
            }
            let fit = profile.serves.iter().find(|s| s.demand == contact.demand).map_or(0, |s| s.fit);
            let line = (contact.urgency, head_start_us(self.model.queue(demand.queue), contact.urgency));
            let key = self.contact_key(demand, now).of(line, contact.arrived, fit);
            Some(((key, contact.arrived, contact.seq), *slot, fit))
        })
    }

    pub(in crate::acd) fn contact_key(&self, demand: &Demand, now: Instant) -> ContactKey {
        ContactKey {
            policy: self.model.rules.contact_selection,
            ageing_ppm: demand.ageing_ppm,
            share_ppm: demand.share_ppm,
            now,
            waiting_in_queue: self.queue_counts[demand.queue].waiting,
            waiting: self.waiting,
        }
    }

    /// Candidates of the last [`Router::best_contact`], best first, at most `limit`; and how many more.
    pub(in crate::acd) fn contact_candidates(&mut self, now: Instant, limit: usize) -> (Vec<ContactCandidate>, u32) {
        let found = &mut self.scratch.contacts;
        found.sort_unstable();
        found.dedup();
        let more = found.len().saturating_sub(limit) as u32;
        let mut listed = self.records.contacts();
        listed.extend(self.scratch.contacts.iter().take(limit).map(|((key, arrived, seq), slot, fit)| {
            let contact = &self.contacts[*slot];
            let demand = &self.demands.all[contact.demand];
            let keyed = self.contact_key(demand, now);
            ContactCandidate {
                contact: contact.id,
                queue: self.model.queue(demand.queue).id,
                arrived: *arrived,
                priority: contact.urgency.priority,
                fit: *fit,
                key: *key,
                tie: *seq,
                facts: keyed.facts(head_start_us(self.model.queue(demand.queue), contact.urgency)),
            }
        }));
        (listed, more)
    }

    /// Candidates of a choice of an agent, best first, at most `limit`; and how many more.
    pub(in crate::acd) fn agent_candidates(
        &mut self,
        slot: ContactIx,
        now: Instant,
        limit: usize,
    ) -> (Vec<AgentCandidate>, u32) {
        let demand_ix = self.contacts[slot].demand;
        let demand = &self.demands.all[demand_ix];
        let queue = demand.queue;
        if is_scanned(self.model.queue(queue).agent_selection) {
            // As they were compared: chance must not be asked twice.
            self.scratch.agents.sort_unstable();
        } else {
            self.list_agents(demand_ix, demand.stage(self.contacts[slot].arrived, now), now, limit);
        }
        let more = self.scratch.agents.len().saturating_sub(limit) as u32;
        let mut listed = self.records.agents();
        let best = self.scratch.agents.iter().take(limit);
        listed.extend(best.map(|(key, agent, fit)| self.agent_candidate(*key, *agent, *fit, queue, now)));
        (listed, more)
    }

    pub(in crate::acd) fn agent_candidate(
        &self,
        (key, tie): AgentKey,
        agent: AgentIx,
        fit: u16,
        queue: QueueIx,
        now: Instant,
    ) -> AgentCandidate {
        let found = &self.roster.agents[agent];
        let facts = match self.model.queue(queue).agent_selection {
            AgentSelection::LowestOccupancy => {
                let (busy_us, signed_in_us) = found.tally.times(now);
                AgentFacts::Times { busy_us, signed_in_us }
            }
            AgentSelection::RoundRobin => {
                let last = self.last_agent[queue];
                let before = (last != AgentIx::NONE).then_some(last.0);
                AgentFacts::Turn { place: agent.0, before, of: self.roster.agents.len() as u32 }
            }
            _ => AgentFacts::Key,
        };
        AgentCandidate { agent: found.id, fit, key, idle_since: found.since, tie, facts }
    }

    /// Idle agents whom this demand may have at this stage into the scratch list, best first. Of ranks
    /// that the policy cannot change with time at least the `most` best are listed.
    pub(in crate::acd) fn list_agents(&mut self, demand_ix: DemandIx, stage: u8, now: Instant, most: usize) {
        let demand = &self.demands.all[demand_ix];
        let policy = self.model.queue(demand.queue).agent_selection;
        if is_scanned(policy) {
            self.best_by_scan(demand_ix, stage, policy, now);
            return self.scratch.agents.sort_unstable();
        }
        let (words, ready) = (&self.roster.idle, &self.roster.ready_in_group);
        self.scratch.agents.clear();
        // Within a tier the list order is the policy's order, so the first few of each suffice.
        let mut rank = i64::MIN;
        for tier in demand.tiers.iter().filter(|tier| tier.is_open(stage, ready)) {
            let key = tier.key();
            if key.rank > rank && self.scratch.agents.len() >= most {
                break;
            }
            rank = key.rank;
            let listed = tier.idle.iter(words).map(|entry| match policy {
                AgentSelection::MostRecentlyIdle => ((-(entry.stamp as i64), entry.stamp), entry.agent, key.fit),
                _ => ((key.rank, entry.stamp), entry.agent, key.fit),
            });
            match policy {
                AgentSelection::MostRecentlyIdle => self.scratch.agents.extend(listed),
                _ => self.scratch.agents.extend(listed.take(most)),
            }
        }
        self.scratch.agents.sort_unstable();
    }
}

fn is_scanned(policy: AgentSelection) -> bool {
    matches!(
        policy,
        AgentSelection::FewestContacts
            | AgentSelection::LowestOccupancy
            | AgentSelection::FixedOrder
            | AgentSelection::RoundRobin
            | AgentSelection::Random
            | AgentSelection::WeightedRandom
    )
}

/// The smallest of such draws falls to each agent in proportion to the weights: as many plain draws
/// as the weight, the smallest counts. Whole numbers, so that every machine draws alike.
fn weighted_draw(rng: &mut crate::base::Rng, weight: u16) -> i64 {
    (0..weight.clamp(1, 100)).map(|_| (rng.next_u64() >> 1) as i64).min().unwrap_or(0)
}
