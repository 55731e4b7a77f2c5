//! One contact, and the agents who are in its call, come to it or leave it: what it takes of the center to decide who
//! talks with whom. What follows for the call itself is told: `visit::Then`.
//!
//! Others in a call, beside the customer and the agent who has it: colleagues and people outside who are asked,
//! supervisors.
//!
//! | part | input | next | who hears whom |
//! | --- | --- | --- | --- |
//! | - | `call.consult` | `Consulted`, rings | the customer hears music, the agent ringback |
//! | `Consulted` | answers | same | agent and consulted hear each other |
//! | `Consulted` | `call.swap`, `call.resume` | `Waiting` | agent and customer; the consulted hears music |
//! | `Waiting` | `call.swap`, `call.hold` | `Consulted` | the other way round |
//! | `Consulted`, `Waiting` | `call.merge` | `Joined` | all |
//! | any of these | `call.complete`, the agent's phone hangs up | has the call, or talks with the customer | those who are left |
//! | `Joined` | `call.mute_other` | same | hears all, nobody hears it; or as before |
//! | any of these | not reached, hangs up, `call.drop_other` | - | as if they had not been there |
//! | - | `agent.supervise` | `Supervisor`, rings | by the mode: see `call::party` |
//!
//! Out of the call:
//!
//! | phase | input | next | the customer |
//! | --- | --- | --- | --- |
//! | `Talking` | `call.transfer` to an agent or a number | `Handing` | hears music |
//! | `Talking` | `call.transfer` to a line | `Queued` | hears its music |
//! | `Talking` | `call.transfer` to a flow or a mailbox | `Flow` | is led by it |
//! | `Talking` | `call.park` | `InSlot` | hears the music of the lot |
//! | `InSlot` | `call.pick_up`, the slot is dialled | `Handing` | as before |
//! | `InSlot` | nobody picked it up in time | `Parked`, `Queued` | returns to the agent, or into the agent's line |
//! | `Handing` | answered | `Talking`, `PassedOn` | talks |
//! | `Handing` | not answered | as out of `InSlot` in time; out of a slot back into it | hears music |
//!
//! Whom a campaign calls without an agent on the line:
//!
//! | phase | input | next | the customer |
//! | --- | --- | --- | --- |
//! | `Placing` | answered | `Offered`, nobody comes yet | hears nothing |
//! | `Offered` | the campaign names an agent | `Offered`, the agent's own phone rings | for two seconds at most |
//! | `Offered` | the agent's phone is up | `Talking` | talks |
//! | `Offered` | the phone is not answered, or the time is over | `Offered`, nobody comes | the campaign says what follows |
//! | `Offered` | the campaign wants no agent, or there is none | `Flow` | hears the message |
//!
//! An agent who is asked is occupied for the router from the first ring on. Limits: [`MAX`] others in a call, one
//! of them at a time not joined.

mod answered;
mod consult;
mod ending;
mod line;
mod offer;
mod others;
mod park;
mod refer;
mod rejoin;
mod ring;
mod supervise;
mod transfer;

#[cfg(test)]
mod tests;

pub(in crate::center) use answered::RING_MAX_S;
pub(in crate::center) use park::NOTHING;
pub(in crate::center) use refer::{Move, status, turn_away};

use crate::base::{AgentId, ContactId, QueueId, ReservationId};
use crate::center::desk::RingEnd;
use crate::center::seat::Seats;
use crate::center::turn::Turn;
use crate::center::visit::{Contacts, Visit, Who};

/// Others in one call.
const MAX: usize = 8;

/// How long somebody who is asked is rung.
const RING_MS: u64 = 30_000;

/// See the module's head.
pub(in crate::center) struct Circle<'a> {
    pub visit: &'a mut Visit,
    pub contacts: &'a mut Contacts,
    pub seats: &'a mut Seats,
    pub turn: Turn<'a>,
}

impl Circle<'_> {
    /// A ring is over without this agent.
    fn withdraw_pop(&mut self, agent: AgentId, pop: ReservationId, why: RingEnd) {
        self.seats.withdraw_pop(agent, pop, self.visit.record.id, why, &mut self.turn);
    }

    /// Whoever was to get the call has nothing more to do with it.
    fn withdraw(&mut self, to: &Who, pop: ReservationId, why: RingEnd) {
        if let Who::Agent { agent, contact } = *to {
            self.withdraw_pop(agent, pop, why);
            self.contacts.free(contact, self.turn.todo);
        }
    }

    /// What the agent was only asked into is the agent's own now: what comes after the call, the queue says, or the
    /// rule of own calls.
    fn take_on(&mut self, agent: AgentId, asked: Option<ContactId>, queue: Option<QueueId>) -> ContactId {
        let contact = self.contacts.take_on(agent, self.visit.call, queue, self.turn.todo);
        self.contacts.free(asked, self.turn.todo);
        if let Some(seat) = self.seats.get_mut(&agent) {
            seat.hand.own(self.visit.call, contact);
        }
        contact
    }
}
