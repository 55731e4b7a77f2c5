//! The router's deadlines: a heap with lazy removal, because the steady state must not allocate
//! (`base::Deadlines` does, once per deadline). The rule is the same: a deadline that exists is in it.
//!
//! Every deadline has a ticket; its owner keeps the ticket and thereby says which one counts.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::base::Instant;

/// Whose deadline it is. At the same instant the earlier variant goes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Owner {
    /// A reservation's slot.
    Ring(u32),
    /// An agent's wrap-up.
    WrapUp(u32),
    /// A waiting contact's slot.
    Contact(u32),
}

/// 0 is no ticket.
pub(super) type Ticket = u64;

#[derive(Clone, Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Instant, Owner, Ticket)>>,
    next: Ticket,
    /// Deadlines that still count.
    live: usize,
}

impl Timers {
    pub fn set(&mut self, at: Instant, owner: Owner) -> Ticket {
        self.next += 1;
        self.live += 1;
        self.heap.push(Reverse((at, owner, self.next)));
        self.next
    }

    /// The owner gives its ticket back unused.
    pub fn clear(&mut self, ticket: &mut Ticket) {
        if std::mem::take(ticket) != 0 {
            self.live -= 1;
        }
    }

    pub fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, ..))| *at)
    }

    /// Takes the first that is due. The caller has kept the top counting by [`Timers::prune`].
    pub fn pop_due(&mut self, now: Instant) -> Option<(Owner, Ticket)> {
        if self.next()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse((_, owner, ticket))| (owner, ticket))
    }

    /// Drops what no longer counts from the top, and everywhere when more than half of it is such.
    pub fn prune(&mut self, counts: impl Fn(Owner, Ticket) -> bool) {
        while let Some(Reverse((_, owner, ticket))) = self.heap.peek() {
            if counts(*owner, *ticket) {
                break;
            }
            self.heap.pop();
        }
        if self.heap.len() > 64 + 2 * self.live {
            self.heap.retain(|Reverse((_, owner, ticket))| counts(*owner, *ticket));
        }
    }

    /// A popped deadline was acted on.
    pub fn fired(&mut self, ticket: &mut Ticket) {
        self.clear(ticket);
    }
}
