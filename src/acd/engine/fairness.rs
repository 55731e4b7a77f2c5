//! The bound on overtaking, see docs/fairness.md: with `ContactSelection::Score` and one ageing rate,
//! who comes later than (largest head start - own head start) / ageing rate cannot be served earlier by
//! an agent who could serve both.

use std::time::Duration;

use super::router::Router;
use super::tables::demand::head_start_us;
use super::tables::line::Urgency;
use crate::acd::rules::{ContactSelection, QueueRule, Rules};
use crate::base::{ContactId, QueueId};

impl Rules {
    /// For the least favoured contact of this queue; `None`: these rules promise nothing.
    pub fn overtaking_bound(&self, queue: QueueId) -> Option<Duration> {
        let rule = self.queues.iter().find(|rule| rule.id == queue)?;
        self.bound_from(head_start_us(rule, Urgency { priority: 10, bonus_s: 0 }))
    }

    fn bound_from(&self, own_us: i64) -> Option<Duration> {
        let ageing = self.common_ageing().filter(|ageing| *ageing > 0)?;
        let largest_us = self.queues.iter().map(largest_head_start_us).max()?;
        let gap_us = u128::try_from(largest_us.saturating_sub(own_us)).unwrap_or(0);
        u64::try_from(gap_us * 1_000_000 / u128::from(ageing)).ok().map(Duration::from_micros)
    }

    /// The ageing rate that all queues share.
    fn common_ageing(&self) -> Option<u64> {
        if self.contact_selection != ContactSelection::Score {
            return None;
        }
        let first = self.queues.first()?.score.ageing_ppm;
        self.queues.iter().all(|queue| queue.score.ageing_ppm == first).then_some(first)
    }
}

/// With the highest priority and any bonus.
fn largest_head_start_us(rule: &QueueRule) -> i64 {
    head_start_us(rule, Urgency { priority: 0, bonus_s: u32::MAX })
}

impl Router {
    /// Who comes more than this after a waiting contact is not served before it by an agent who could
    /// serve both. `None`: the rules promise nothing, or the contact does not wait.
    pub fn overtaking_bound(&self, contact: ContactId) -> Option<Duration> {
        let contact = self.contacts.get(self.contacts.find(contact)?).filter(|contact| contact.is_waiting())?;
        let rule = self.model.queue(contact.queue?);
        self.model.rules.bound_from(head_start_us(rule, contact.urgency))
    }
}
