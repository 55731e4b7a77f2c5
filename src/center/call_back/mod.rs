//! Call-backs: customers who hang up and keep their place in the line, to the microsecond.
//!
//! The place is one contact of the router from the first call to the talk: no second one is ever in the
//! line for the same wish, whether the caller has hung up or not.
//!
//! | stage | what happens | next | outputs, in order |
//! | --- | --- | --- | --- |
//! | - | the caller confirms the number | `OnLine` | journal `call_back.booked`; row; router `KeepPlace` |
//! | `OnLine` | an agent answers before the caller has hung up | over | that call has the place |
//! | `OnLine` | the caller hangs up, or the last word is said | `Waits` | an agent who rings is rung anew for the call-back |
//! | `Waits` | `Reserve` | `Under` | a visit of direction outbound, linked; pop with `call_back`; the agent's phone rings |
//! | `Under` | the agent does not answer | `Waits` | the visit ends; the place is ranked again |
//! | `Under` | the agent answers | same | `Accepted`; ringback; INVITE to the customer through the trunk |
//! | `Under` | the customer answers | same | bridge; record; journal `call.connected` |
//! | `Under` | the talk is over | over | row |
//! | `Under` | the customer is not reached | `Rests` | journal `call_back.not_reached`; row; wrap-up |
//! | `Under` | not reached the last time | over | row; task |
//! | `Rests` | due | `Waits` | `Arrive` with the first arrival time |
//! | `Waits`, `Rests`, `OnLine` | the customer rings again | over | that call has the place; journal `call_back.taken_over` |
//! | `Under`, not answered yet | the customer rings again | over | the same; the agent's part ends without wrap-up |
//! | any | asked for once more, from a later place | same | that caller leaves the line; journal `call_back.booked` |
//! | `OnLine`, `Waits`, `Rests`, `Under` while an agent rings | cancelled | over | journal `call_back.cancelled`; row; the place leaves the line |
//! | `Waits`, `Rests` | the queue or the way out is gone | over | row; task |
//!
//! Limits: `CallBackRule::max_open` a queue; a number is owed one call-back a queue; numbers outside
//! of the trunk's prefixes are never dialled.

mod booking;
mod calling;
mod life;
mod view;

pub(in crate::center) use booking::TakenOver;
pub use view::{CallBackPage, CallBackState, OpenCallBack};

use std::collections::BTreeMap;

use crate::base::{CallId, ContactId, InteractionId, QueueId};
use crate::crm::CallBack;

/// All that are not over.
#[derive(Debug, Default)]
pub(in crate::center) struct CallBacks {
    open: BTreeMap<InteractionId, Open>,
    waiting: BTreeMap<ContactId, InteractionId>,
    /// The server is about to stop.
    draining: bool,
}

impl CallBacks {
    /// How many there are.
    pub fn size(&self) -> usize {
        self.open.len() + self.waiting.len()
    }
}

impl CallBacks {
    pub fn get(&self, id: InteractionId) -> Option<&CallBack> {
        self.open.get(&id).map(|open| &open.record)
    }

    fn in_queue(&self, queue: QueueId) -> usize {
        self.open.values().filter(|open| open.record.queue == queue).count()
    }

    /// How many there are of each queue that has any.
    pub fn by_queue(&self) -> BTreeMap<QueueId, u32> {
        let mut counts = BTreeMap::new();
        self.open.values().for_each(|open| *counts.entry(open.record.queue).or_default() += 1);
        counts
    }

    pub fn waits(&self, contact: ContactId) -> Option<InteractionId> {
        self.waiting.get(&contact).copied()
    }

    /// Nobody else numbers the events of this interaction any more.
    pub fn number_events_from(&mut self, interaction: InteractionId, next_seq: u32) {
        if let Some(open) = self.open.get_mut(&interaction) {
            open.record.next_seq = next_seq;
        }
    }

    /// An agent is reserved for it, and this call made.
    pub fn is_under(&mut self, id: InteractionId, call: CallId) {
        self.set(id, Stage::Under(call));
    }

    fn set(&mut self, id: InteractionId, stage: Stage) {
        let Some(open) = self.open.get_mut(&id) else { return };
        if let Stage::Waits(contact) = open.stage {
            self.waiting.remove(&contact);
        }
        open.stage = stage;
        if let Stage::Waits(contact) = stage {
            self.waiting.insert(contact, id);
        }
    }

    fn remove(&mut self, id: InteractionId) -> Option<Open> {
        let open = self.open.remove(&id)?;
        if let Stage::Waits(contact) = open.stage {
            self.waiting.remove(&contact);
        }
        Some(open)
    }
}

#[derive(Debug)]
struct Open {
    record: CallBack,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// The customer has not hung up: that call has the place.
    OnLine,
    /// The place is in the line and nobody holds it.
    Waits(ContactId),
    /// An agent rings or is on the line for it.
    Under(CallId),
    /// Rung in vain; until it is due.
    Rests,
}
