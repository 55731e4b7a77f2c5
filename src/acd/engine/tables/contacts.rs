//! The contacts the router knows: waiting, ringing or in conversation. Slots are reused.

use super::id_map::IdMap;
use super::index::{AgentIx, ContactIx, DemandIx, Ix as _, LineIx, QueueIx, ReservationIx, Table};
use super::line::Urgency;
use super::timers::TimerId;
use crate::acd::why::Kept;
use crate::base::{CallDirection, Channel, ContactId, Instant, SkillId};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::acd) enum Whereabouts {
    /// In this line.
    Line(LineIx),
    /// Waits for a preferred agent (by index) until then; not in a line.
    Wants { agent: AgentIx, until: Instant },
    /// On the way between two of the others.
    Moving,
    /// Rings at least one agent.
    Ringing,
    /// In conversation with this agent (by index).
    Served(AgentIx),
}

#[derive(Clone, Debug)]
pub(in crate::acd) struct Contact {
    pub id: ContactId,
    /// `None`: of no queue (an agent's own call).
    pub queue: Option<QueueIx>,
    pub demand: DemandIx,
    pub whereabouts: Whereabouts,
    pub arrived: Instant,
    pub seq: u64,
    pub urgency: Urgency,
    pub extra: Vec<(SkillId, u8)>,
    pub timeout_at: Instant,
    pub announce_at: Instant,
    pub timer: TimerId,
    /// Of the deadline that runs, while there is a ticket.
    pub due_at: Instant,
    pub caller: Option<u64>,
    pub kept: Option<Kept>,
    /// First of the reservations that ring for it.
    pub ringing: ReservationIx,
    /// Smallest estimate spoken so far; none larger is spoken later.
    pub spoken_s: Option<u32>,
    /// Queues left by overflow, so that no contact goes in circles.
    pub hops: u8,
    /// Of the conversation, whatever becomes of its queue.
    pub channel: Channel,
    /// Outbound: an agent's own call, which the router did not assign.
    pub direction: CallDirection,
    /// Not assigned, and the agent's own: of no queue, the rule of such contacts says what comes after it.
    pub is_own: bool,
    /// What the predictors said on arrival, for their score.
    pub predicted: super::pace::Remembered,
    pub answered_at: Instant,
}

impl Contact {
    /// In a line, wanting an agent, or ringing.
    pub fn is_waiting(&self) -> bool {
        !matches!(self.whereabouts, Whereabouts::Served(_))
    }

    pub fn is_call_back(&self) -> bool {
        self.kept == Some(Kept::CallBack)
    }
}

#[derive(Debug, Default)]
pub(in crate::acd) struct Contacts {
    slots: Table<ContactIx, Option<Contact>>,
    free: Vec<ContactIx>,
    by_id: IdMap<ContactId, ContactIx>,
}

impl Contacts {
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    pub fn find(&self, id: ContactId) -> Option<ContactIx> {
        self.by_id.get(&id).copied()
    }

    pub fn insert(&mut self, contact: Contact) -> ContactIx {
        let id = contact.id;
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot] = Some(contact);
                slot
            }
            None => self.slots.add(Some(contact)),
        };
        self.by_id.insert(id, slot);
        slot
    }

    /// Into a slot of its own, as in a snapshot. [`Contacts::set_free_slots`] ends it.
    pub fn insert_at(&mut self, slot: ContactIx, contact: Contact) {
        if self.slots.len() <= slot.row() {
            self.slots.resize_with(slot.row() + 1, || None);
        }
        self.by_id.insert(contact.id, slot);
        self.slots[slot] = Some(contact);
    }

    /// The last is given out next.
    pub fn free_slots(&self) -> &[ContactIx] {
        &self.free
    }

    pub fn set_free_slots(&mut self, free: Vec<ContactIx>) {
        let highest = free.iter().max().map_or(0, |slot| slot.row() + 1);
        if self.slots.len() < highest {
            self.slots.resize_with(highest, || None);
        }
        self.free = free;
    }

    pub fn remove(&mut self, slot: ContactIx) -> Option<Contact> {
        let contact = self.slots.get_mut(slot)?.take()?;
        self.by_id.remove(&contact.id);
        self.free.push(slot);
        Some(contact)
    }

    pub fn get(&self, slot: ContactIx) -> Option<&Contact> {
        self.slots.get(slot)?.as_ref()
    }

    pub fn get_mut(&mut self, slot: ContactIx) -> Option<&mut Contact> {
        self.slots.get_mut(slot)?.as_mut()
    }

    /// In slot order.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (ContactIx, &mut Contact)> {
        (0..).map(ContactIx).zip(self.slots.iter_mut()).filter_map(|(slot, contact)| Some((slot, contact.as_mut()?)))
    }

    /// In slot order.
    pub fn iter(&self) -> impl Iterator<Item = (ContactIx, &Contact)> {
        self.slots.pairs().filter_map(|(slot, contact)| Some((slot, contact.as_ref()?)))
    }
}

impl std::ops::Index<ContactIx> for Contacts {
    type Output = Contact;

    /// A slot that the router's own tables hold is in use: slots leave all tables before they are freed.
    fn index(&self, slot: ContactIx) -> &Contact {
        match &self.slots[slot] {
            Some(contact) => contact,
            None => unreachable!("slot {slot:?} is in a table but free"),
        }
    }
}

impl std::ops::IndexMut<ContactIx> for Contacts {
    fn index_mut(&mut self, slot: ContactIx) -> &mut Contact {
        match &mut self.slots[slot] {
            Some(contact) => contact,
            None => unreachable!("slot {slot:?} is in a table but free"),
        }
    }
}
