//! The wallboard and the list of who waits, read from the parts.

use std::collections::{BTreeMap, BTreeSet};

use crate::acd::{self, AgentState, Router};
use crate::base::{AgentId, ContactId, Instant};
use crate::center::board::tally::{Tallies, tile};
use crate::center::board::wall::{Present, Staff, Wall};
use crate::center::board::{AgentRow, Board, BoardChanges, QueueTile};
use crate::center::call_back::CallBacks;
use crate::center::caller::Caller;
use crate::center::rules::Rules;
use crate::center::seat::Seats;
use crate::center::visit::Visits;

/// What the board is read from.
pub(in crate::center) struct Sight<'a> {
    pub rules: &'a Rules,
    pub router: &'a Router,
    pub seats: &'a Seats,
    pub visits: &'a Visits,
    pub call_backs: &'a CallBacks,
    pub tallies: &'a Tallies,
}

impl Wall {
    /// The whole board at this moment. `touched`: agents whose seats may have changed since it was read last.
    pub fn board(&mut self, now: Instant, touched: BTreeSet<AgentId>, sight: &Sight<'_>) -> Board {
        self.catch_up(touched, sight);
        let (queues, agents) = (self.tiles(now, sight), sight.rows());
        Board { at: now, queues, agents, calls_active: sight.calls_active(), alerts: self.alerts.open() }
    }

    /// What may have changed since this was asked last; everything at first, and under new rules.
    pub fn changes(&mut self, now: Instant, touched: BTreeSet<AgentId>, sight: &Sight<'_>) -> BoardChanges {
        self.catch_up(touched, sight);
        let changed = self.changed.replace(BTreeSet::new());
        let whole = changed.is_none();
        let row = |agent| sight.row(sight.rules.agent(agent)?);
        let agents = changed.map_or_else(|| sight.rows(), |changed| changed.into_iter().filter_map(row).collect());
        let (queues, calls_active) = (self.tiles(now, sight), sight.calls_active());
        let told = whole | std::mem::take(&mut self.alerts_changed);
        BoardChanges { at: now, whole, queues, agents, calls_active, alerts: told.then(|| self.alerts.open()) }
    }

    /// The figures of all queues at this moment.
    pub fn figures(&mut self, now: Instant, touched: BTreeSet<AgentId>, sight: &Sight<'_>) -> Vec<QueueTile> {
        self.catch_up(touched, sight);
        self.tiles(now, sight)
    }

    fn catch_up(&mut self, touched: BTreeSet<AgentId>, sight: &Sight<'_>) {
        let count = |staff: &mut Staff, agent: AgentId| {
            if let Some(seat) = sight.seats.get(&agent) {
                staff.count(agent, &seat.state);
            }
        };
        match &mut self.staff {
            Some(staff) => touched.iter().for_each(|agent| count(staff, *agent)),
            None => {
                let rules = &sight.rules.configuration.rules;
                let staff = self.staff.insert(Staff::of(rules));
                rules.agents.iter().for_each(|agent| count(staff, agent.id));
            }
        }
        if let Some(changed) = &mut self.changed {
            changed.extend(touched);
        }
    }

    fn tiles(&self, now: Instant, sight: &Sight<'_>) -> Vec<QueueTile> {
        let rules = &sight.rules.configuration.rules;
        let lines: BTreeMap<_, _> = sight.router.lines().into_iter().map(|line| (line.queue, line)).collect();
        let (call_backs, counts) = (sight.call_backs.by_queue(), sight.tallies.counts(sight.rules.day(now)));
        let present = self.staff.as_ref().map_or(&[][..], |staff| &staff.present);
        let whole = |(rule, present): (&acd::QueueRule, &Present)| {
            let line = lines.get(&rule.id);
            let [ready, reserved, busy, wrap_up, not_ready] = *present;
            QueueTile {
                waiting: line.map_or(0, |line| line.waiting),
                call_backs: call_backs.get(&rule.id).copied().unwrap_or(0),
                longest_since: line.and_then(|line| line.oldest),
                estimate_hit_rate: sight.router.estimate_hit_rate(rule.id),
                ready,
                reserved,
                busy,
                wrap_up,
                not_ready,
                ..tile(rule, sight.rules.queue_settings(rule.id), counts.get(&rule.id).copied().unwrap_or_default())
            }
        };
        rules.queues.iter().zip(present).map(whole).collect()
    }
}

impl Sight<'_> {
    fn calls_active(&self) -> u32 {
        u32::try_from(self.visits.len()).unwrap_or(u32::MAX)
    }

    fn rows(&self) -> Vec<AgentRow> {
        self.rules.configuration.rules.agents.iter().filter_map(|rule| self.row(rule)).collect()
    }

    fn row(&self, rule: &acd::AgentRule) -> Option<AgentRow> {
        let seat = self.seats.get(&rule.id)?;
        let contact = match &seat.state {
            AgentState::Reserved { contact, .. } | AgentState::Busy { contact } => Some(*contact),
            _ => None,
        };
        let visit = contact.and_then(|contact| self.visits.of(contact));
        let queue = visit.and_then(|visit| self.rules.queue(visit.record.queue?)).map(|queue| queue.key.clone());
        Some(AgentRow {
            id: rule.id,
            key: rule.key.clone(),
            name: rule.name.clone(),
            state: seat.state.clone(),
            since: seat.since,
            next: seat.next.clone(),
            by: seat.by.clone(),
            queue,
            phone_reachable: seat.is_reachable(),
            help: seat.help.clone(),
            unread: u32::try_from(seat.notices.len()).unwrap_or(u32::MAX),
        })
    }

    /// Whose contact that is, if it is here.
    pub fn caller(&self, contact: ContactId) -> Option<Caller> {
        let region = &self.rules.configuration.region;
        if self.visits.contacts.call_of(contact).is_none() {
            return self.call_backs.caller(contact, region);
        }
        let visit = self.visits.of(contact)?;
        let linked = visit.customers.cards().iter().find(|card| Some(card.id) == visit.record.customer);
        Some(Caller {
            contact,
            interaction: visit.record.id,
            call_back: false,
            caller_shown: visit.caller_shown(self.rules),
            customer_name: linked.map(|card| card.name.clone()),
        })
    }
}
