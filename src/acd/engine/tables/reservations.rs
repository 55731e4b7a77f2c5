//! The reservations: which contact rings which agent until when.

use super::id_map::IdMap;
use super::index::{AgentIx, ContactIx, Ix as _, ReservationIx, Table};
use super::timers::TimerId;
use crate::base::{Instant, ReservationId};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::acd) struct Reservation {
    pub id: ReservationId,
    pub contact: ContactIx,
    pub agent: AgentIx,
    pub until: Instant,
    pub timer: TimerId,
    /// The next reservation of the same contact.
    pub next: ReservationIx,
    /// What the agent gets back when it was not the agent's fault.
    pub idle_stamp: u64,
    pub ready_since: Instant,
    pub was_busy: bool,
}

#[derive(Debug, Default)]
pub(in crate::acd) struct Reservations {
    slots: Table<ReservationIx, Option<Reservation>>,
    free: Vec<ReservationIx>,
    by_id: IdMap<ReservationId, ReservationIx>,
}

impl Reservations {
    pub fn insert(&mut self, reservation: Reservation) -> ReservationIx {
        let slot = self.free.pop().unwrap_or_else(|| self.slots.add(None));
        self.by_id.insert(reservation.id, slot);
        self.slots[slot] = Some(reservation);
        slot
    }

    /// Into a slot of its own, as in a snapshot. [`Reservations::set_free_slots`] ends it.
    pub fn insert_at(&mut self, slot: ReservationIx, reservation: Reservation) {
        if self.slots.len() <= slot.row() {
            self.slots.resize(slot.row() + 1, None);
        }
        self.by_id.insert(reservation.id, slot);
        self.slots[slot] = Some(reservation);
    }

    /// The last is given out next.
    pub fn free_slots(&self) -> &[ReservationIx] {
        &self.free
    }

    pub fn set_free_slots(&mut self, free: Vec<ReservationIx>) {
        let highest = free.iter().max().map_or(0, |slot| slot.row() + 1);
        if self.slots.len() < highest {
            self.slots.resize(highest, None);
        }
        self.free = free;
    }

    pub fn remove(&mut self, slot: ReservationIx) -> Option<Reservation> {
        let reservation = self.slots.get_mut(slot)?.take()?;
        self.by_id.remove(&reservation.id);
        self.free.push(slot);
        Some(reservation)
    }

    pub fn find(&self, id: ReservationId) -> Option<ReservationIx> {
        self.by_id.get(&id).copied()
    }

    pub fn get(&self, slot: ReservationIx) -> Option<&Reservation> {
        self.slots.get(slot)?.as_ref()
    }

    pub fn get_mut(&mut self, slot: ReservationIx) -> Option<&mut Reservation> {
        self.slots.get_mut(slot)?.as_mut()
    }

    /// The slots that ring for one contact, from its first on.
    pub fn chain(&self, first: ReservationIx) -> impl Iterator<Item = ReservationIx> + '_ {
        std::iter::successors((first != ReservationIx::NONE).then_some(first), |slot| {
            self.get(*slot).map(|r| r.next).filter(|next| *next != ReservationIx::NONE)
        })
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Reservation> {
        self.slots.iter_mut().flatten()
    }

    pub fn slots(&self) -> impl Iterator<Item = ReservationIx> + use<> {
        self.slots.keys(usize::MAX)
    }
}
