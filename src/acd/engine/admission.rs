//! Whether a queue takes a contact, and where it goes instead: closed, full, nobody at work, a wait too long,
//! or its time is over.

use super::router::Router;
use super::tables::contacts::Whereabouts;
use super::tables::demand::MAX_DEMANDS;
use super::tables::index::{ContactIx, DemandIx, QueueIx};
use crate::acd::output::rejected;
use crate::acd::rules::OverflowWhen;
use crate::acd::why::Rejection;
use crate::acd::{Left, Output};
use crate::base::{ContactId, Instant, QueueId};
use std::time::Duration;

/// Queues a contact may pass by overflow before it must leave.
const MAX_HOPS: u8 = 8;

impl Router {
    /// Takes a contact into a queue, or passes it on to the first that has room; false: it has left.
    pub(in crate::acd) fn enter_queue(
        &mut self,
        now: Instant,
        slot: ContactIx,
        queue: QueueIx,
        timeout: Option<Duration>,
        out: &mut Vec<Output>,
    ) -> bool {
        let mut queue = queue;
        let mut passed = Vec::new();
        while let Some(why) = self.refusal(now, slot, queue, &passed) {
            passed.push(queue);
            match self.overflow_target(slot, queue, why, &passed) {
                Some(next) => self.push_moved(slot, queue, next, why.left(), out),
                None => {
                    let queue = self.model.queue(queue).id;
                    if let Some(contact) = self.contacts.remove(slot) {
                        out.push(Output::LeftQueue { contact: contact.id, queue, why: why.left() });
                    }
                    return false;
                }
            }
            queue = self.contacts[slot].queue.unwrap_or(queue);
        }
        let rule = self.model.queue(queue);
        let limit = timeout.or(rule.max_wait_s.map(|seconds| Duration::from_secs(u64::from(seconds))));
        let announce = Duration::from_secs(u64::from(rule.announce_first_s.unwrap_or(rule.announce_s)));
        let contact = &mut self.contacts[slot];
        if contact.urgency.priority == 0 {
            contact.urgency.priority = rule.priority;
        }
        contact.timeout_at = limit.map_or(Instant::FAR_FUTURE, |limit| contact.arrived.max(now) + limit);
        contact.announce_at = if announce.is_zero() { Instant::FAR_FUTURE } else { now + announce };
        if contact.is_call_back() {
            (contact.timeout_at, contact.announce_at) = (Instant::FAR_FUTURE, Instant::FAR_FUTURE);
        }
        self.contacts[slot].demand = self.demand_of(now, slot, queue);
        self.waiting += 1;
        self.queue_counts[queue].waiting += 1;
        true
    }

    /// Into this line as somebody of the center wants it, or to another place in the line that it is in.
    pub(in crate::acd) fn relocate(
        &mut self,
        now: Instant,
        contact: ContactId,
        (to, priority): (QueueId, Option<u8>),
        out: &mut Vec<Output>,
    ) {
        let Some(slot) = self.contacts.find(contact) else { return out.push(rejected(Rejection::UnknownContact)) };
        if !self.contacts[slot].is_waiting() {
            return out.push(rejected(Rejection::InConversation));
        }
        if self.is_ringing(slot) {
            return out.push(rejected(Rejection::BeingRung));
        }
        let there = self.model.queue_ix(to).zip(self.contacts[slot].queue);
        let Some((to, from)) = there else { return out.push(rejected(Rejection::UnknownQueue)) };
        let priority = priority.filter(|priority| *priority > 0).unwrap_or(self.model.queue(to).priority);
        if from == to {
            return self.raise(slot, priority);
        }
        // From here on it may overflow as often as one that has just come.
        let hops = std::mem::take(&mut self.contacts[slot].hops);
        if self.refusal(now, slot, to, &[]).is_some() {
            self.contacts[slot].hops = hops;
            return out.push(rejected(Rejection::QueueRefuses));
        }
        self.uncount(slot);
        self.take_from_place(slot);
        let contact = &mut self.contacts[slot];
        (contact.whereabouts, contact.urgency.priority) = (Whereabouts::Moving, priority);
        self.push_moved(slot, from, to, Left::Removed, out);
        if self.enter_queue(now, slot, to, None, out) {
            self.line_up(now, slot, out);
        }
        self.conditions_changed(now, out);
    }

    /// Nobody who is free could have it: it stands elsewhere in its line, or waits for its agent as before.
    fn raise(&mut self, slot: ContactIx, priority: u8) {
        let in_line = matches!(self.contacts[slot].whereabouts, Whereabouts::Line(_));
        if in_line {
            self.take_from_place(slot);
        }
        self.contacts[slot].urgency.priority = priority;
        if in_line {
            self.stand_in_line(slot);
        }
    }

    /// Why this queue does not take the contact now, which has passed these queues on its way here.
    fn refusal(&mut self, now: Instant, slot: ContactIx, queue: QueueIx, passed: &[QueueIx]) -> Option<Refusal> {
        if self.demands.all.len() >= MAX_DEMANDS && self.demands.find(queue, &self.contacts[slot].extra).is_none() {
            return Some(Refusal::Full);
        }
        if self.contacts[slot].is_call_back() {
            return None;
        }
        let rule = self.model.queue(queue);
        if !self.is_open(queue, now) {
            return Some(Refusal::Closed);
        }
        if rule.max_waiting.is_some_and(|max| self.queue_counts[queue].waiting >= max) {
            return Some(Refusal::Full);
        }
        // A long wait sends nobody away: who has nowhere else to go waits here.
        let too_long = self.exceeded_estimate(queue, now).map(Refusal::TooLong);
        if too_long.is_some_and(|why| self.overflow_target(slot, queue, why, passed).is_some_and(|to| to != queue)) {
            return too_long;
        }
        if rule.leave_without_agents {
            let demand = self.demand_of(now, slot, queue);
            if self.demands.all[demand].staffed_at(u8::MAX) == 0 {
                return Some(Refusal::NoAgents);
            }
        }
        None
    }

    /// The first limit among the overflow rules below the estimate.
    fn exceeded_estimate(&self, queue: QueueIx, now: Instant) -> Option<u32> {
        let limits = self.model.queue(queue).overflow.iter().filter_map(|overflow| match overflow.when {
            OverflowWhen::EstimateAbove(seconds) => Some(seconds),
            _ => None,
        });
        let stage = self.demands.all[DemandIx::of_queue(queue)].floor;
        let mut estimate = None;
        limits.into_iter().find(|limit| {
            estimate
                .get_or_insert_with(|| self.estimate_for_newcomer(stage, queue, now))
                .is_some_and(|seconds| seconds > *limit)
        })
    }

    /// Where the contact goes instead; not back to a queue that it has passed on its way.
    pub(in crate::acd) fn overflow_target(
        &self,
        slot: ContactIx,
        queue: QueueIx,
        why: Refusal,
        passed: &[QueueIx],
    ) -> Option<QueueIx> {
        if self.contacts[slot].hops >= MAX_HOPS {
            return None;
        }
        let to = self.model.queue(queue).overflow.iter().find(|overflow| overflow.when == why.when())?.to;
        self.model.queue_ix(to).filter(|to| !passed.contains(to))
    }

    pub(in crate::acd) fn push_moved(
        &mut self,
        slot: ContactIx,
        from: QueueIx,
        to: QueueIx,
        why: Left,
        out: &mut Vec<Output>,
    ) {
        let contact = &mut self.contacts[slot];
        contact.hops += 1;
        contact.queue = Some(to);
        let contact = contact.id;
        out.push(Output::Moved { contact, from: self.model.queue(from).id, to: self.model.queue(to).id, why });
    }
}

/// Why a queue does not take or keep a contact.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::acd) enum Refusal {
    Closed,
    Full,
    NoAgents,
    Timeout,
    /// The estimate is above so many seconds.
    TooLong(u32),
}

impl Refusal {
    pub fn left(self) -> Left {
        match self {
            Self::Closed => Left::Closed,
            Self::Full | Self::TooLong(_) => Left::Full,
            Self::NoAgents => Left::NoAgents,
            Self::Timeout => Left::Timeout,
        }
    }

    fn when(self) -> OverflowWhen {
        match self {
            Self::Closed => OverflowWhen::Closed,
            Self::Full => OverflowWhen::Full,
            Self::TooLong(limit) => OverflowWhen::EstimateAbove(limit),
            Self::NoAgents => OverflowWhen::NoAgents,
            Self::Timeout => OverflowWhen::Timeout,
        }
    }
}
