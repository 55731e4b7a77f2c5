//! The wallboard and the list of who waits, read from the parts.

use std::collections::{BTreeMap, BTreeSet};

use crate::acd::{self, AgentState};
use crate::base::{AgentId, ContactId, Instant};
use crate::center::Center;
use crate::center::board::caller::Caller;
use crate::center::board::tally::tile;
use crate::center::board::wall::{Present, Staff};
use crate::center::board::{AgentRow, Board, BoardChanges, QueueTile};

impl Center {
    /// The wallboard at this moment.
    pub fn board(&mut self, now: Instant) -> Board {
        self.catch_up();
        let (queues, agents) = (self.tiles(now), self.rows());
        Board { at: now, queues, agents, calls_active: self.calls_active() }
    }

    /// What may have changed since this was asked last; everything at first, and under new rules.
    pub fn board_changes(&mut self, now: Instant) -> BoardChanges {
        self.catch_up();
        let changed = self.wall.changed.replace(BTreeSet::new());
        let whole = changed.is_none();
        let agents = match changed {
            None => self.rows(),
            Some(changed) => changed.into_iter().filter_map(|agent| self.row(self.rules.agent(agent)?)).collect(),
        };
        BoardChanges { at: now, whole, queues: self.tiles(now), agents, calls_active: self.calls_active() }
    }

    fn catch_up(&mut self) {
        let touched = self.seats.take_touched();
        let wall = &mut self.wall;
        let seats = &self.seats;
        let count = |staff: &mut Staff, agent: AgentId| {
            if let Some(seat) = seats.get(&agent) {
                staff.count(agent, &seat.state);
            }
        };
        match &mut wall.staff {
            Some(staff) => touched.iter().for_each(|agent| count(staff, *agent)),
            None => {
                let staff = wall.staff.insert(Staff::of(&self.rules.configuration.rules));
                self.rules.configuration.rules.agents.iter().for_each(|agent| count(staff, agent.id));
            }
        }
        if let Some(changed) = &mut wall.changed {
            changed.extend(touched);
        }
    }

    fn calls_active(&self) -> u32 {
        u32::try_from(self.visits.len()).unwrap_or(u32::MAX)
    }

    fn tiles(&self, now: Instant) -> Vec<QueueTile> {
        let rules = &self.rules.configuration.rules;
        let lines: BTreeMap<_, _> = self.router.lines().into_iter().map(|line| (line.queue, line)).collect();
        let (call_backs, counts) = (self.call_backs.by_queue(), self.tallies.counts(self.rules.day(now)));
        let present = self.wall.staff.as_ref().map_or(&[][..], |staff| &staff.present);
        let whole = |(rule, present): (&acd::QueueRule, &Present)| {
            let line = lines.get(&rule.id);
            let [ready, reserved, busy, wrap_up, not_ready] = *present;
            QueueTile {
                waiting: line.map_or(0, |line| line.waiting),
                call_backs: call_backs.get(&rule.id).copied().unwrap_or(0),
                longest_since: line.and_then(|line| line.oldest),
                estimate_hit_rate: self.router.estimate_hit_rate(rule.id),
                ready,
                reserved,
                busy,
                wrap_up,
                not_ready,
                ..tile(rule, self.rules.queue_settings(rule.id), counts.get(&rule.id).copied().unwrap_or_default())
            }
        };
        rules.queues.iter().zip(present).map(whole).collect()
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
        })
    }
}

impl Center {
    /// Those of `contacts` that are here.
    pub fn callers(&self, contacts: &[ContactId]) -> Vec<Caller> {
        contacts.iter().filter_map(|contact| self.caller(*contact)).collect()
    }

    fn caller(&self, contact: ContactId) -> Option<Caller> {
        if self.visits.call_of(contact).is_none() {
            return self.call_backs.caller(contact, &self.rules.configuration.region);
        }
        let visit = self.visits.of(contact)?;
        let linked = visit.customers.cards().iter().find(|card| Some(card.id) == visit.record.customer);
        Some(Caller {
            contact,
            interaction: visit.record.id,
            call_back: false,
            caller_shown: visit.record.caller_shown(&self.rules.configuration.region),
            customer_name: linked.map(|card| card.name.clone()),
        })
    }
}
