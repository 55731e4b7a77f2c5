//! The reservations: which contact rings which agent until when.

use super::contacts::NONE;
use super::id_map::IdMap;
use super::timers::Ticket;
use crate::base::{Instant, ReservationId};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::acd) struct Reservation {
    pub id: ReservationId,
    pub contact: u32,
    pub agent: u32,
    pub until: Instant,
    pub timer: Ticket,
    /// The next reservation of the same contact.
    pub next: u32,
    /// What the agent gets back when it was not the agent's fault.
    pub idle_stamp: u64,
    pub ready_since: Instant,
    pub was_busy: bool,
}

#[derive(Debug, Default)]
pub(in crate::acd) struct Reservations {
    slots: Vec<Option<Reservation>>,
    free: Vec<u32>,
    by_id: IdMap<ReservationId, u32>,
}

impl Reservations {
    pub fn insert(&mut self, reservation: Reservation) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() as u32 - 1
        });
        self.by_id.insert(reservation.id, slot);
        self.slots[slot as usize] = Some(reservation);
        slot
    }

    /// Into a slot of its own, as in a snapshot. [`Reservations::set_free_slots`] ends it.
    pub fn insert_at(&mut self, slot: u32, reservation: Reservation) {
        if self.slots.len() <= slot as usize {
            self.slots.resize(slot as usize + 1, None);
        }
        self.by_id.insert(reservation.id, slot);
        self.slots[slot as usize] = Some(reservation);
    }

    /// The last is given out next.
    pub fn free_slots(&self) -> &[u32] {
        &self.free
    }

    pub fn set_free_slots(&mut self, free: Vec<u32>) {
        let highest = free.iter().max().map_or(0, |slot| *slot as usize + 1);
        if self.slots.len() < highest {
            self.slots.resize(highest, None);
        }
        self.free = free;
    }

    pub fn remove(&mut self, slot: u32) -> Option<Reservation> {
        let reservation = self.slots.get_mut(slot as usize)?.take()?;
        self.by_id.remove(&reservation.id);
        self.free.push(slot);
        Some(reservation)
    }

    pub fn find(&self, id: ReservationId) -> Option<u32> {
        self.by_id.get(&id).copied()
    }

    pub fn get(&self, slot: u32) -> Option<&Reservation> {
        self.slots.get(slot as usize)?.as_ref()
    }

    pub fn get_mut(&mut self, slot: u32) -> Option<&mut Reservation> {
        self.slots.get_mut(slot as usize)?.as_mut()
    }

    /// The slots that ring for one contact, from its first on.
    pub fn chain(&self, first: u32) -> impl Iterator<Item = u32> + '_ {
        std::iter::successors((first != NONE).then_some(first), |slot| {
            self.get(*slot).map(|r| r.next).filter(|next| *next != NONE)
        })
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Reservation> {
        self.slots.iter_mut().flatten()
    }

    pub fn slots(&self) -> std::ops::Range<u32> {
        0..self.slots.len() as u32
    }
}
