//! Read-only pictures of the router's state, for the wallboard and the desktop.

use serde::{Deserialize, Serialize};

use super::router::Router;
use super::tables::contacts::{Contact, Whereabouts};
use super::tables::index::{AgentIx, ContactIx, QueueIx, Table};
use super::tables::scratch::ContactRank;
use crate::acd::{AgentState, NextState, Rules};
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
    /// Signed-in agents who may ever be asked for this queue.
    pub staffed: u32,
}

/// Of a [`QueueView`], what costs one look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineView {
    pub queue: QueueId,
    pub waiting: u32,
    pub oldest: Option<Instant>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
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

impl Router {
    pub fn rules(&self) -> &Rules {
        &self.model.rules
    }

    /// How many wait in each queue and since when; in the order of the rules.
    pub fn lines(&self) -> Vec<LineView> {
        let counted = self.model.rules.queues.iter().zip(&self.queue_counts).zip(self.oldest());
        counted.map(|((rule, count), oldest)| LineView { queue: rule.id, waiting: count.waiting, oldest }).collect()
    }

    /// By place of the queue: when the contact came that has waited longest.
    fn oldest(&self) -> Table<QueueIx, Option<Instant>> {
        let mut oldest: Table<QueueIx, Option<Instant>> = vec![None; self.queue_counts.len()].into();
        for (_, contact) in self.contacts.iter().filter(|(_, contact)| contact.is_waiting()) {
            let Some(slot) = contact.queue.and_then(|queue| oldest.get_mut(queue)) else { continue };
            *slot = Some(slot.map_or(contact.arrived, |found: Instant| found.min(contact.arrived)));
        }
        oldest
    }

    /// In the order of the rules.
    pub fn queues(&self) -> Vec<QueueView> {
        let oldest = self.oldest();
        let counted = self.model.rules.queues.iter().zip(&self.queue_counts).zip(&self.demands.all).zip(oldest);
        let view =
            |(((rule, count), demand), oldest): (((&crate::acd::QueueRule, _), &super::tables::demand::Demand), _)| {
                let count: &super::router::QueueCount = count;
                let open = demand.tiers.iter().filter(|tier| tier.is_open(demand.floor, &self.roster.ready_in_group));
                QueueView {
                    queue: rule.id,
                    waiting: count.waiting,
                    ringing: count.ringing,
                    oldest,
                    idle: open.map(|tier| tier.idle.iter(&self.roster.idle).count() as u32).sum(),
                    staffed: demand.staffed_at(u8::MAX),
                }
            };
        counted.map(view).collect()
    }

    /// The line of one queue, in the order in which its contacts are served.
    pub fn waiting(&self, queue: QueueId, now: Instant) -> Vec<WaitingView> {
        let Some(queue_ix) = self.model.queue_ix(queue) else { return Vec::new() };
        let of_queue = self.contacts.iter().filter(|(_, c)| c.is_waiting() && c.queue == Some(queue_ix));
        let mut ranked: Vec<_> = of_queue.map(|(_, contact)| (self.rank_of(contact, queue_ix, now), contact)).collect();
        ranked.sort_unstable_by_key(|(rank, _)| *rank);
        let view = |((_, contact), position): ((ContactRank, &Contact), u32)| WaitingView {
            contact: contact.id,
            queue,
            position,
            arrived: contact.arrived,
            priority: contact.urgency.priority,
            bonus_s: contact.urgency.bonus_s,
            stage: self.demands.all[contact.demand].stage(contact.arrived, now),
            ringing: self.ringing_agents(contact),
        };
        ranked.into_iter().zip(1..).map(view).collect()
    }

    fn ringing_agents(&self, contact: &Contact) -> Vec<AgentId> {
        let chain = self.reservations.chain(contact.ringing);
        let agents = chain.filter_map(|at| self.reservations.get(at)).map(|r| r.agent);
        agents.map(|agent| self.roster.agents[agent].id).collect()
    }

    pub(in crate::acd) fn rank_of(&self, contact: &Contact, queue: QueueIx, now: Instant) -> ContactRank {
        let head_start = super::tables::demand::head_start_us(self.model.queue(queue), contact.urgency);
        let key = self.contact_key(&self.demands.all[contact.demand], now).of(
            (contact.urgency, head_start),
            contact.arrived,
            0,
        );
        (key, contact.arrived, contact.seq)
    }

    /// Place in the line, 1 is next.
    pub(in crate::acd) fn position(&self, slot: ContactIx, now: Instant) -> u32 {
        let contact = &self.contacts[slot];
        let Some(queue) = contact.queue else { return 1 };
        let mine = self.rank_of(contact, queue, now);
        let mut ahead = 0;
        for demand in self.demands.of_queue(queue) {
            for line in &demand.lines {
                let line = &self.demands.lines[*line];
                ahead += line.count_before(|entry| self.rank_without_agent(line, entry, now) < mine);
            }
        }
        ahead as u32 + 1
    }

    /// Place of a contact in the line of its queue, 1 is next; `None`: it does not wait here.
    pub fn place_of(&self, contact: ContactId, now: Instant) -> Option<u32> {
        let slot = self.contacts.find(contact)?;
        self.contacts[slot].is_waiting().then(|| self.position(slot, now))
    }

    /// In the order of the rules; who left the rules while signed in comes last.
    pub fn agents(&self) -> Vec<AgentView> {
        self.roster.agents.keys(usize::MAX).map(|ix| self.agent_view(ix)).collect()
    }

    pub fn agent(&self, agent: AgentId) -> Option<AgentView> {
        self.model.agent_ix(agent).map(|ix| self.agent_view(ix))
    }

    fn agent_view(&self, ix: AgentIx) -> AgentView {
        let agent = &self.roster.agents[ix];
        AgentView {
            agent: agent.id,
            state: self.state_of(ix),
            since: agent.since,
            next: agent.next.clone(),
            contacts: agent.holds.iter().map(|slot| self.contacts[*slot].id).collect(),
        }
    }

    /// Contacts in a line or ringing, over all queues.
    pub fn waiting_count(&self) -> u32 {
        self.waiting
    }

    /// Where a contact stands: `None` when it is not known.
    pub fn is_waiting(&self, contact: ContactId) -> Option<bool> {
        let slot = self.contacts.find(contact)?;
        Some(!matches!(self.contacts[slot].whereabouts, Whereabouts::Served(_)))
    }
}
