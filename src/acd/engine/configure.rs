//! New rules over a running center: agents and contacts stay, everything derived is built anew.

use std::collections::BTreeSet;

use super::router::{QueueCount, Router};
use super::tables::contacts::Whereabouts;
use super::tables::demand::Demands;
use super::tables::idle::{IdleEntry, IdleWord, IdleWords};
use super::tables::index::{AgentIx, ContactIx, DemandIx, Ix as _, QueueIx, Table};
use super::tables::model::Model;
use super::tables::roster::{Agent, Duty};
use super::tables::timers::{Owner, Timers};
use crate::acd::rules::{QueueRule, Rules};
use crate::acd::{Left, NextState, Output, Withdrawn};
use crate::base::{AgentId, FastMap, Instant, QueueId, SkillId};

impl Router {
    pub(in crate::acd) fn configure(&mut self, now: Instant, rules: Rules, out: &mut Vec<Output>) {
        let old_queues: Vec<QueueId> = self.model.rules.queues.iter().map(|queue| queue.id).collect();
        let old_agents = std::mem::take(&mut self.roster.agents);
        let old_idle = std::mem::take(&mut self.roster.idle);
        self.model = Model::new(without_twins(rules));
        let moved = self.seat_agents(now, old_agents, &old_idle);
        let lost = self.renumber(&old_queues, &moved);
        self.reindex(now);
        // Who is freed by a queue or an agent that is gone is given to nobody before all are free.
        self.gathering = true;
        self.drop_orphans(now, &lost, out);
        self.gathering = false;
        self.set_floors(now, &mut Vec::new());
        self.match_all(now, out);
        self.conditions_changed(now, out);
    }

    /// Agents in the order of the rules; who is no longer in them but still signed in comes after.
    /// Returns the new index of each old one.
    fn seat_agents(
        &mut self,
        now: Instant,
        old: Table<AgentIx, Agent>,
        old_idle: &IdleWords,
    ) -> Table<AgentIx, AgentIx> {
        let ids: Vec<AgentId> = old.iter().map(|agent| agent.id).collect();
        let mut known: FastMap<AgentId, (Agent, IdleWord)> =
            old.into_iter().zip(old_idle).map(|(agent, word)| (agent.id, (agent, *word))).collect();
        let mut seats = Vec::new();
        for rule in &self.model.rules.agents {
            let fresh = || (Agent::new(rule.id, now), IdleWord::NOT_IDLE);
            seats.push(known.remove(&rule.id).unwrap_or_else(fresh));
        }
        for id in &ids {
            if let Some(seat) = known.remove(id).filter(|(agent, _)| agent.duty != Duty::SignedOut) {
                self.model.add_orphan(*id);
                seats.push(seat);
            }
        }
        // Vectors first: they take their room at once.
        let (agents, idle): (Vec<_>, Vec<_>) = seats.into_iter().unzip();
        (self.roster.agents, self.roster.idle) = (agents.into(), idle.into());
        ids.iter().map(|id| self.model.agent_ix(*id).unwrap_or(AgentIx::NONE)).collect()
    }

    /// Gives contacts and reservations, and what was learnt, the new numbers of queues and agents. Returns the
    /// contacts that wait for a queue which is gone, with that queue.
    fn renumber(&mut self, old_queues: &[QueueId], moved: &Table<AgentIx, AgentIx>) -> Vec<(ContactIx, QueueId)> {
        let agent = |old: AgentIx| moved.get(old).copied().unwrap_or(AgentIx::NONE);
        let known = |queue: &QueueRule| old_queues.iter().position(|id| *id == queue.id);
        let was: Vec<Option<QueueIx>> =
            self.model.rules.queues.iter().map(|queue| known(queue).map(|at| QueueIx(at as u32))).collect();
        self.recent =
            was.iter().map(|old| old.and_then(|old| self.recent.get(old).copied()).unwrap_or_default()).collect();
        self.pace = was.iter().map(|old| old.and_then(|old| self.pace.get(old).cloned()).unwrap_or_default()).collect();
        let last =
            |old: &Option<QueueIx>| old.and_then(|old| self.last_agent.get(old).copied()).map_or(AgentIx::NONE, agent);
        self.last_agent = was.iter().map(last).collect();
        let mut lost = Vec::new();
        for (slot, contact) in self.contacts.iter_mut() {
            let id = contact.queue.and_then(|queue| old_queues.get(queue.row()));
            contact.queue = id.and_then(|id| self.model.queue_ix(*id));
            lost.extend(id.filter(|_| contact.queue.is_none() && contact.is_waiting()).map(|id| (slot, *id)));
            match &mut contact.whereabouts {
                Whereabouts::Wants { agent: wanted, .. } => *wanted = agent(*wanted),
                Whereabouts::Served(by) => *by = agent(*by),
                _ => {}
            }
        }
        for reservation in self.reservations.iter_mut() {
            reservation.agent = agent(reservation.agent);
        }
        lost
    }

    /// Builds everything that follows from rules, agents, contacts and reservations.
    pub(in crate::acd) fn reindex(&mut self, now: Instant) {
        self.reindex_agents();
        self.index_contacts(now);
    }

    /// The first half: the queues' own demands, and who is idle for them.
    pub(in crate::acd) fn reindex_agents(&mut self) {
        self.demands = Demands::default();
        self.timers = Timers::default();
        for profile in &mut self.model.profiles {
            profile.serves.clear();
        }
        self.roster.ready_in_group = vec![0; self.model.group_count()];
        self.reserving = vec![Vec::new(); self.model.group_count()];
        self.queue_counts = vec![QueueCount::default(); self.model.rules.queues.len()].into();
        self.last_agent.resize(self.model.rules.queues.len(), AgentIx::NONE);
        self.recent.resize(self.model.rules.queues.len(), Default::default());
        self.pace.resize(self.model.rules.queues.len(), Default::default());
        self.conditional.clear();
        self.waiting = 0;
        for queue in self.queue_counts.keys(usize::MAX) {
            self.add_demand(queue, Vec::new());
        }
        self.model.profiles.iter_mut().for_each(|profile| profile.serves.shrink_to_fit());
        self.index_agents();
    }

    fn index_agents(&mut self) {
        let (mut idle, mut fresh) = (Vec::new(), Vec::new());
        for ix in self.roster.agents.keys(usize::MAX) {
            let profile = self.model.profile_of[ix];
            let profile = &self.model.profiles[profile as usize];
            let agent = &mut self.roster.agents[ix];
            agent.timer = 0;
            agent.wanted_by.clear();
            if agent.duty != Duty::SignedOut {
                self.demands.count_staff(profile, true);
            }
            if let (Duty::Ready, Some(group)) = (&agent.duty, profile.group) {
                self.roster.ready_in_group[group as usize] += 1;
            }
            if let Duty::WrapUp { until: Some(until), .. } = agent.duty {
                agent.timer = self.timers.set(until, Owner::WrapUp(ix), agent.id.0.into());
            }
            let channels = if agent.is_open() { profile.capacity.free_channels(&agent.load) } else { 0 };
            let stamp = self.roster.idle[ix].stamp();
            self.roster.idle[ix] = IdleWord::new(stamp, if stamp == 0 { 0 } else { channels });
            match (channels, stamp) {
                (0, _) => {}
                (_, 0) => fresh.push((agent.since, agent.id, ix, channels)),
                _ => idle.push(IdleEntry { stamp, agent: ix }),
            }
        }
        // Whom new rules give room is idle from now on.
        fresh.sort_unstable();
        for (_, _, ix, channels) in fresh {
            self.roster.stamp += 1;
            self.roster.idle[ix] = IdleWord::new(self.roster.stamp, channels);
            idle.push(IdleEntry { stamp: self.roster.stamp, agent: ix });
        }
        idle.sort_unstable_by_key(|entry| entry.stamp);
        for entry in idle {
            let profile = &self.model.profiles[self.model.profile_of[entry.agent] as usize];
            self.demands.admit(entry, profile, &self.roster.idle);
        }
    }

    pub(in crate::acd) fn index_contacts(&mut self, now: Instant) {
        let slots: Vec<ContactIx> = self.contacts.iter().map(|(slot, _)| slot).collect();
        for slot in slots {
            self.contacts[slot].timer = 0;
            let Some(queue) = self.contacts[slot].queue else { continue };
            if matches!(self.contacts[slot].whereabouts, Whereabouts::Served(_)) {
                continue;
            }
            self.contacts[slot].demand = self.demand_of(now, slot, queue);
            self.waiting += 1;
            self.queue_counts[queue].waiting += 1;
            match self.contacts[slot].whereabouts {
                Whereabouts::Ringing => self.queue_counts[queue].ringing += 1,
                Whereabouts::Wants { agent, .. } if agent != AgentIx::NONE => {
                    self.roster.agents[agent].wanted_by.push(slot);
                    self.set_contact_timer(now, slot);
                }
                _ => {
                    self.stand_in_line(slot);
                    self.set_contact_timer(now, slot);
                }
            }
        }
        for at in self.reservations.slots() {
            let Some(reservation) = self.reservations.get_mut(at) else { continue };
            reservation.timer = self.timers.set(reservation.until, Owner::Ring(at), reservation.id.0);
        }
    }

    /// Contacts whose queue is gone leave; agents who are gone finish and leave.
    fn drop_orphans(&mut self, now: Instant, lost: &[(ContactIx, QueueId)], out: &mut Vec<Output>) {
        for (slot, queue) in lost.iter().copied() {
            let rang = self.withdraw_all(slot);
            for reservation in rang {
                self.release(now, reservation, Withdrawn::ContactGone, out);
            }
            if let Some(contact) = self.contacts.remove(slot) {
                out.push(Output::LeftQueue { contact: contact.id, queue, why: Left::Closed });
            }
        }
        for ix in self.roster.agents.keys(usize::MAX).skip(self.model.rules.agents.len()) {
            self.line_up_together(now, &self.wanting_others_too(ix), out);
            match self.roster.agents[ix].duty {
                Duty::SignedOut => {}
                Duty::Busy | Duty::Reserved { .. } => {
                    self.roster.agents[ix].next = Some(NextState::SignedOut);
                    self.withdraw_idle(ix);
                    self.publish(ix, out);
                }
                _ => self.leave_shift(now, ix, None, out),
            }
        }
    }

    pub(in crate::acd) fn add_demand(&mut self, queue: QueueIx, extra: Vec<(SkillId, u8)>) -> DemandIx {
        let dynamic = !extra.is_empty();
        let ix = self.demands.add(queue, extra, &mut self.model);
        for reserve in &self.model.rules.queues[queue.row()].reserve {
            if let Some(group) = self.model.group(&reserve.group) {
                self.demands.insert_in_order(&mut self.reserving[group as usize], ix);
            }
        }
        if self.demands.all[ix].conditions.iter().any(Option::is_some) {
            self.demands.insert_in_order(&mut self.conditional, ix);
        }
        if dynamic {
            self.admit_all(ix);
        }
        ix
    }

    /// A demand that came up at run time learns who is signed in and who is idle.
    fn admit_all(&mut self, demand: DemandIx) {
        let mut idle = Vec::new();
        for (ix, agent) in self.roster.agents.pairs() {
            let profile = &self.model.profiles[self.model.profile_of[ix] as usize];
            let Some(serves) = profile.serves.last().filter(|serves| serves.demand == demand) else { continue };
            if agent.duty != Duty::SignedOut {
                self.demands.all[demand].staffed[serves.ring as usize] += 1;
            }
            let word = self.roster.idle[ix];
            if word != IdleWord::NOT_IDLE {
                idle.push(IdleEntry { stamp: word.stamp(), agent: ix });
            }
        }
        idle.sort_unstable_by_key(|entry| entry.stamp);
        for entry in idle {
            let profile = &self.model.profiles[self.model.profile_of[entry.agent] as usize];
            self.demands.admit_to(demand, entry, profile, &self.roster.idle);
        }
    }
}

/// Of an id that stands twice the first counts. The linter refuses such rules; they must not confuse the rest.
fn without_twins(mut rules: Rules) -> Rules {
    let (mut agents, mut queues) = (BTreeSet::new(), BTreeSet::new());
    rules.agents.retain(|agent| agents.insert(agent.id));
    rules.queues.retain(|queue| queues.insert(queue.id));
    rules
}
