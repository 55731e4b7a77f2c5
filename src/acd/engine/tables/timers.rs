//! The router's deadlines: a heap of four children a node that knows where each deadline stands, so
//! that clearing one takes it out at once. Nothing stale piles up, nothing is swept up later, and the
//! steady state does not allocate (`base::Deadlines` does, once per deadline). The rule is the same: a
//! deadline that exists is in it.
//!
//! Every deadline has a ticket, which its owner keeps.

use super::index::{AgentIx, ContactIx, ReservationIx};
use crate::base::Instant;

/// Whose deadline it is. At the same instant the earlier variant goes first, then the smaller `order`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::acd) enum Owner {
    /// A reservation's slot.
    Ring(ReservationIx),
    /// An agent's wrap-up.
    WrapUp(AgentIx),
    /// A waiting contact's slot.
    Contact(ContactIx),
}

impl Owner {
    /// Slots are handed out anew after a restart and must not decide, so that `order` does.
    fn rank(self, order: u64) -> u64 {
        let kind = match self {
            Self::Ring(_) => 0,
            Self::WrapUp(_) => 1,
            Self::Contact(_) => 2,
        };
        kind << 62 | (order & (u64::MAX >> 2))
    }
}

/// 0 is no ticket.
pub(in crate::acd) type TimerId = u32;

#[derive(Clone, Copy, Debug)]
struct Entry {
    at: Instant,
    rank: u64,
    owner: Owner,
    ticket: TimerId,
}

impl Entry {
    fn is_before(&self, other: &Self) -> bool {
        (self.at, self.rank) < (other.at, other.rank)
    }
}

#[derive(Clone, Debug, Default)]
pub(in crate::acd) struct Timers {
    heap: Vec<Entry>,
    /// By ticket less one: where its deadline stands in the heap.
    place: Vec<u32>,
    free: Vec<TimerId>,
}

const CHILDREN: usize = 4;

impl Timers {
    /// `order` settles deadlines of one kind at the same instant: a number that outlives a restart.
    pub fn set(&mut self, at: Instant, owner: Owner, order: u64) -> TimerId {
        let ticket = self.free.pop().unwrap_or_else(|| {
            self.place.push(0);
            self.place.len() as TimerId
        });
        self.heap.push(Entry { at, rank: owner.rank(order), owner, ticket });
        self.rise(self.heap.len() - 1);
        ticket
    }

    /// The owner gives its ticket back unused.
    pub fn clear(&mut self, ticket: &mut TimerId) {
        let ticket = std::mem::take(ticket);
        if ticket != 0 {
            self.remove(self.place[ticket as usize - 1] as usize);
        }
    }

    pub fn next(&self) -> Option<Instant> {
        self.heap.first().map(|entry| entry.at)
    }

    /// Takes the first that is due; its ticket is void from here on.
    pub fn pop_due(&mut self, now: Instant) -> Option<(Owner, TimerId)> {
        let first = self.heap.first().filter(|first| first.at <= now).map(|first| (first.owner, first.ticket))?;
        self.remove(0);
        Some(first)
    }

    fn remove(&mut self, at: usize) {
        let gone = self.heap.swap_remove(at);
        self.free.push(gone.ticket);
        if at < self.heap.len() {
            self.rise(at);
            self.sink(self.place[self.heap[at].ticket as usize - 1] as usize);
        }
    }

    fn put(&mut self, at: usize, entry: Entry) {
        self.heap[at] = entry;
        self.place[entry.ticket as usize - 1] = at as u32;
    }

    fn rise(&mut self, from: usize) {
        let (mut at, entry) = (from, self.heap[from]);
        while at > 0 {
            let above = (at - 1) / CHILDREN;
            if !entry.is_before(&self.heap[above]) {
                break;
            }
            self.put(at, self.heap[above]);
            at = above;
        }
        self.put(at, entry);
    }

    fn sink(&mut self, from: usize) {
        let (mut at, entry) = (from, self.heap[from]);
        loop {
            let first = at * CHILDREN + 1;
            let last = (first + CHILDREN).min(self.heap.len());
            let mut least = first;
            for child in first + 1..last {
                if self.heap[child].is_before(&self.heap[least]) {
                    least = child;
                }
            }
            if least >= last || !self.heap[least].is_before(&entry) {
                break;
            }
            self.put(at, self.heap[least]);
            at = least;
        }
        self.put(at, entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    #[test]
    fn the_same_instant_fires_by_kind_and_order() {
        let at = Instant::from_micros;
        let mut timers = Timers::default();
        timers.set(at(10), Owner::Contact(ContactIx(1)), 7);
        timers.set(at(10), Owner::Contact(ContactIx(9)), 3);
        timers.set(at(10), Owner::Ring(ReservationIx(5)), 8);
        let mut cleared = timers.set(at(1), Owner::WrapUp(AgentIx(2)), 0);
        timers.clear(&mut cleared);
        timers.clear(&mut cleared);
        assert_eq!((cleared, timers.next()), (0, Some(at(10))));
        assert_eq!(timers.pop_due(at(9)), None);
        let order: Vec<Owner> = std::iter::from_fn(|| timers.pop_due(at(10)).map(|(owner, _)| owner)).collect();
        assert_eq!(order, [Owner::Ring(ReservationIx(5)), Owner::Contact(ContactIx(9)), Owner::Contact(ContactIx(1))]);
    }

    #[test]
    fn it_fires_as_a_sorted_list_does() {
        let mut rng = Rng::new(5);
        let (mut timers, mut list) = (Timers::default(), Vec::new());
        for step in 0..20_000u64 {
            match rng.below(5) {
                0..=2 => {
                    let at = Instant::from_micros(step + rng.below(500));
                    let ticket = timers.set(at, Owner::Contact(ContactIx(step as u32)), step);
                    list.push((at, step, ticket));
                }
                3 if !list.is_empty() => {
                    let (_, _, mut ticket) = list.swap_remove(rng.below(list.len() as u64) as usize);
                    timers.clear(&mut ticket);
                }
                _ => {
                    let due = list.iter().copied().filter(|(at, ..)| at.as_micros() <= step).min();
                    let fired = timers.pop_due(Instant::from_micros(step));
                    assert_eq!(fired, due.map(|(_, order, ticket)| (Owner::Contact(ContactIx(order as u32)), ticket)));
                    list.retain(|entry| Some(*entry) != due);
                }
            }
            assert_eq!(timers.next(), list.iter().map(|(at, ..)| *at).min());
        }
        assert!(timers.place.len() <= 20_000 && timers.heap.len() == list.len());
    }
}
