//! Many at one time: a board of agents becomes ready together, or new rules change who may serve whom.
//! One by one in the order of the rules would give a contact the only agent of another although it
//! could have had a third; here as many contacts as possible are served.
//!
//! - Contacts stand in the order of the contact policy, without the agent's part in it (of `level` the
//!   priority and the wait are left). An earlier contact is never given up for a later one.
//! - Each gets the best agent by its queue's policy that leaves one for every contact that is served.
//! - Bound: at most [`MOST_PAIRS`] contacts or agents, and [`MOST_EDGES`] pairs of a demand and an agent.
//!   Above it, and where agents are kept free for others (how many are idle changes with every choice),
//!   the contacts are served one by one in the same order.

use std::collections::BTreeMap;

use super::matching::{Given, Matching, PassedOver};
use super::router::Router;
use super::tables::contacts::Whereabouts;
use super::tables::index::{AgentIx, ContactIx, DemandIx};
use super::tables::scratch::AgentKey;
use crate::acd::Output;
use crate::acd::why::{AgentCandidate, Elsewhere, Pick, Together};
use crate::base::{AgentId, Instant};

/// Contacts or idle agents, whichever are fewer.
const MOST_PAIRS: usize = 512;
/// Over all demands, each with no more agents than there are contacts.
const MOST_EDGES: usize = 32_768;

/// What is brought together. Contacts of one class are served by the same agents, in the same order.
struct Pool {
    /// By contact, in the order of the rules: its slot and class.
    slots: Vec<ContactIx>,
    class_of: Vec<u32>,
    /// By class: its agents, best first.
    lists: Vec<Vec<(AgentKey, AgentIx, u16)>>,
    /// Contacts that waited, with or without an agent for them.
    waiting: u32,
}

impl Router {
    /// These agents become ready at one time, and as many contacts as possible find one.
    pub(in crate::acd) fn ready_together(&mut self, now: Instant, agents: &[AgentId], out: &mut Vec<Output>) {
        self.gathering = true;
        for agent in agents {
            self.with_employed(*agent, out, |router, agent, out| router.ready(now, agent, out));
        }
        self.gathering = false;
        self.match_all(now, out);
        self.conditions_changed(now, out);
    }

    /// All waiting contacts against all idle agents.
    pub(in crate::acd) fn match_all(&mut self, now: Instant, out: &mut Vec<Output>) {
        let order = self.in_order(now);
        match self.pool(&order, now) {
            Some(pool) => self.serve_pool(now, &pool, out),
            None => self.serve_in_order(now, &order, out),
        }
    }

    /// Slots of all contacts that wait and do not ring, in the order of the rules.
    fn in_order(&self, now: Instant) -> Vec<ContactIx> {
        let waits = |at: Whereabouts| matches!(at, Whereabouts::Line(_) | Whereabouts::Wants { .. });
        let waiting = self.contacts.iter().filter(|(_, contact)| waits(contact.whereabouts));
        let mut ranked: Vec<_> =
            waiting.filter_map(|(slot, contact)| Some((self.rank_of(contact, contact.queue?, now), slot))).collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, slot)| slot).collect()
    }

    fn serve_in_order(&mut self, now: Instant, order: &[ContactIx], out: &mut Vec<Output>) {
        let mut several = Vec::new();
        for slot in order.iter().copied() {
            match self.contacts.get(slot).map(|contact| contact.whereabouts) {
                Some(Whereabouts::Line(_)) => several.extend(self.offer_to_one(now, slot, out).then_some(slot)),
                Some(Whereabouts::Wants { agent, .. }) => self.offer_to_wanted(now, slot, agent, out),
                _ => {}
            }
        }
        // Others ring after everybody's first.
        several.into_iter().for_each(|slot| self.ring_others(now, slot, out));
    }

    fn offer_to_wanted(&mut self, now: Instant, slot: ContactIx, agent: AgentIx, out: &mut Vec<Output>) {
        let channel = self.demands.all[self.contacts[slot].demand].channel;
        if self.roster.idle.get(agent).is_some_and(|word| word.free_for(channel)) {
            let named = Pick::Named { agent: self.roster.agents[agent].id };
            self.reserve(now, slot, agent, (named, 0), out);
        }
    }

    /// `None`: above the bound, or agents are kept free for others.
    fn pool(&mut self, order: &[ContactIx], now: Instant) -> Option<Pool> {
        let idle = self.roster.idle.iter().filter(|word| word.is_idle()).count();
        if idle.min(order.len()) > MOST_PAIRS {
            return None;
        }
        let mut pool = Pool { slots: Vec::new(), class_of: Vec::new(), lists: Vec::new(), waiting: order.len() as u32 };
        let (mut known, mut sizes, mut edges) = (BTreeMap::new(), Vec::new(), 0);
        for slot in order.iter().copied() {
            let class = match known.get(&self.class_key(slot, now)) {
                Some(class) => *class,
                None => {
                    let list = self.agents_for(slot, now, order.len())?;
                    edges += list.len();
                    if edges > MOST_EDGES {
                        return None;
                    }
                    known.insert(self.class_key(slot, now), pool.lists.len() as u32);
                    pool.lists.push(list);
                    sizes.push(0);
                    pool.lists.len() as u32 - 1
                }
            };
            // More contacts than agents of a class are never served.
            if sizes[class as usize] < pool.lists[class as usize].len() {
                sizes[class as usize] += 1;
                pool.slots.push(slot);
                pool.class_of.push(class);
            }
        }
        Some(pool)
    }

    /// Equal for contacts that the same agents may serve: demand, stage, and the one agent wanted.
    fn class_key(&self, slot: ContactIx, now: Instant) -> (DemandIx, u8, AgentIx) {
        let contact = &self.contacts[slot];
        match contact.whereabouts {
            Whereabouts::Wants { agent, .. } => (contact.demand, 0, agent),
            _ => (contact.demand, self.demands.all[contact.demand].stage(contact.arrived, now), AgentIx::NONE),
        }
    }

    /// Idle agents for this contact, best first; `None`: some of them are kept free for others.
    fn agents_for(&mut self, slot: ContactIx, now: Instant, most: usize) -> Option<Vec<(AgentKey, AgentIx, u16)>> {
        let (demand_ix, stage, wanted) = self.class_key(slot, now);
        let demand = &self.demands.all[demand_ix];
        if wanted != AgentIx::NONE {
            let word = self.roster.idle.get(wanted).filter(|word| word.free_for(demand.channel));
            return Some(word.map(|word| ((0, word.stamp()), wanted, 0)).into_iter().collect());
        }
        let ready = &self.roster.ready_in_group;
        let keeps_free = demand.tiers.iter().any(|tier| {
            tier.key().reserve.is_some() && tier.is_open(stage, ready) && tier.idle.iter(&self.roster.idle).count() > 0
        });
        if keeps_free {
            return None;
        }
        self.list_agents(demand_ix, stage, now, most);
        Some(self.scratch.agents.iter().copied().take(most).collect())
    }

    fn serve_pool(&mut self, now: Instant, pool: &Pool, out: &mut Vec<Output>) {
        let mut agents: Vec<AgentIx> = pool.lists.iter().flatten().map(|(_, agent, _)| *agent).collect();
        agents.sort_unstable();
        agents.dedup();
        let place = |agent: AgentIx| agents.binary_search(&agent).unwrap_or_default() as u32;
        let wants: Vec<Vec<u32>> =
            pool.lists.iter().map(|list| list.iter().map(|(_, agent, _)| place(*agent)).collect()).collect();
        let limit = usize::from(self.settings.explain);
        let given = Matching::new(agents.len(), &wants, &pool.class_of).solve(limit);
        // All is written down before anything changes.
        let picks: Vec<_> = given
            .iter()
            .map(|one| {
                (
                    pool.slots[one.contact as usize],
                    agents[one.agent as usize],
                    self.together(now, pool, &agents, &given, one),
                )
            })
            .collect();
        let mut several = Vec::new();
        for (slot, agent, pick) in picks {
            // Who asked for one agent rings at no other.
            several.extend(matches!(self.contacts[slot].whereabouts, Whereabouts::Line(_)).then_some(slot));
            self.reserve(now, slot, agent, pick, out);
        }
        several.into_iter().for_each(|slot| self.ring_others(now, slot, out));
    }

    /// The record of one contact's part, and how many candidates are not listed.
    fn together(&self, now: Instant, pool: &Pool, agents: &[AgentIx], given: &[Given], one: &Given) -> (Pick, u32) {
        let limit = usize::from(self.settings.explain);
        if limit == 0 {
            return (Pick::Unrecorded, 0);
        }
        let id = |agent: AgentIx| self.roster.agents[agent].id;
        let list = &pool.lists[pool.class_of[one.contact as usize] as usize];
        let chosen = agents[one.agent as usize];
        let at = list.iter().position(|(_, agent, _)| *agent == chosen).unwrap_or_default();
        let slot = pool.slots[one.contact as usize];
        if matches!(self.contacts[slot].whereabouts, Whereabouts::Wants { .. }) {
            return (Pick::Named { agent: id(chosen) }, 0);
        }
        let queue = self.demands.all[self.contacts[slot].demand].queue;
        let candidate = |((key, tie), agent, fit): &(AgentKey, AgentIx, u16)| {
            self.agent_candidate((*key, *tie), *agent, *fit, queue, now)
        };
        let before = at.min(limit - 1);
        let others = list.iter().skip(at + 1).take(limit - 1 - before);
        let listed = list[..before].iter().chain(&list[at..=at]).chain(others);
        let candidates: Vec<AgentCandidate> = listed.map(candidate).collect();
        let unlisted = (list.len() - candidates.len()) as u32;
        let passed_over = one.passed_over.iter().take(before);
        let together = Together {
            policy: self.model.queue(queue).agent_selection,
            candidates,
            chosen: id(chosen),
            passed_over: passed_over.map(|why| self.elsewhere(pool, agents, why)).collect(),
            place: one.contact + 1,
            served: given.len() as u32,
            contacts: pool.waiting,
            agents: agents.len() as u32,
        };
        (Pick::Together(Box::new(together)), unlisted)
    }

    fn elsewhere(&self, pool: &Pool, agents: &[AgentIx], why: &PassedOver) -> Elsewhere {
        let contact = |at: u32| self.contacts[pool.slots[at as usize]].id;
        match why {
            PassedOver::Earlier(at) => Elsewhere::Earlier { contact: contact(*at), place: at + 1 },
            PassedOver::Needed { contacts, .. } if contacts.len() > usize::from(self.settings.explain) => {
                Elsewhere::NeededByMany { contacts: contacts.len() as u32 }
            }
            PassedOver::Needed { contacts, agents: theirs } => Elsewhere::Needed {
                contacts: contacts.iter().map(|at| (contact(*at), at + 1)).collect(),
                agents: theirs.iter().map(|at| self.roster.agents[agents[*at as usize]].id).collect(),
            },
        }
    }
}
