//! All contacts with a call: by call, and by the contact of the router.

use std::collections::BTreeMap;

use crate::acd;
use crate::base::{AgentId, CallId, ContactId, Instant, InteractionId, LegId, QueueId, ReservationId};
use crate::center::answer::Refused;
use crate::center::desk::Refusal;
use crate::center::event::Event;
use crate::center::log::written;
use crate::center::output::Output;
use crate::center::turn::Todo;
use crate::center::visit::{Other, Phase, Ringing, Talking, Visit};

/// Calls that are gone and may still be measured; beyond it the oldest are given up.
const LATE_MAX: usize = 1_024;

/// A call that is gone, while the counters of its media may still come.
#[derive(Debug)]
pub(in crate::center) struct Late {
    pub interaction: InteractionId,
    pub caller_leg: Option<LegId>,
    pub next_seq: u32,
}

#[derive(Debug, Default)]
pub(in crate::center) struct Visits {
    all: BTreeMap<CallId, Visit>,
    contacts: BTreeMap<ContactId, CallId>,
    late: BTreeMap<CallId, Late>,
}

impl Visits {
    pub fn get(&self, call: &CallId) -> Option<&Visit> {
        self.all.get(call)
    }

    pub fn get_mut(&mut self, call: &CallId) -> Option<&mut Visit> {
        self.all.get_mut(call)
    }

    pub fn values(&self) -> impl Iterator<Item = &Visit> {
        self.all.values()
    }

    pub fn calls(&self) -> Vec<CallId> {
        self.all.keys().copied().collect()
    }

    /// Calls that are up to this number of ours.
    pub fn up_to(&self, called: &str) -> usize {
        self.all.values().filter(|visit| visit.caller_leg.is_some() && visit.record.called == called).count()
    }

    pub fn insert(&mut self, visit: Visit) {
        self.all.insert(visit.call, visit);
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Contacts of the router, and calls that are gone: what is kept beside the calls.
    pub fn held(&self) -> (usize, usize) {
        (self.contacts.len(), self.late.len())
    }

    /// The router knows the call as this contact.
    pub fn name(&mut self, contact: ContactId, call: CallId) {
        self.contacts.insert(contact, call);
    }

    /// Not any more.
    pub fn unname(&mut self, contact: ContactId) -> Option<CallId> {
        self.contacts.remove(&contact)
    }

    /// The agent is busy with this call from now on.
    pub fn occupy(&mut self, agent: AgentId, call: CallId, queue: Option<QueueId>, todo: &mut Todo) -> ContactId {
        let contact = ContactId(todo.ids.take());
        self.name(contact, call);
        todo.to_router(acd::Input::Occupy { agent, contact, queue });
        contact
    }

    /// Not busy with it any more.
    pub fn free(&mut self, contact: Option<ContactId>, todo: &mut Todo) {
        if let Some(contact) = contact {
            self.unname(contact);
            todo.to_router(acd::Input::Ended { contact });
        }
    }

    /// A ring that the router asked for.
    pub fn ringing(&mut self, call: CallId, reservation: ReservationId) -> Option<&mut Ringing> {
        match &mut self.get_mut(&call)?.phase {
            Phase::Queued(queued) => queued.rings.get_mut(&reservation),
            _ => None,
        }
    }

    pub fn call_of(&self, contact: ContactId) -> Option<CallId> {
        self.contacts.get(&contact).copied()
    }

    pub fn of(&self, contact: ContactId) -> Option<&Visit> {
        self.all.get(self.contacts.get(&contact)?)
    }

    pub fn with_interaction(&self, interaction: InteractionId) -> Option<&Visit> {
        self.all.values().find(|visit| visit.record.id == interaction)
    }

    pub fn with_interaction_mut(&mut self, interaction: InteractionId) -> Option<&mut Visit> {
        self.all.values_mut().find(|visit| visit.record.id == interaction)
    }

    /// The agent's part in a call that is talked, and the others in it.
    pub fn in_talk(&self, call: CallId) -> Result<(&Talking, &[Other]), Refused> {
        let visit = self.get(&call).ok_or((Refusal::NoCall, "there is no call on hand"))?;
        match &visit.phase {
            Phase::Talking(talk) => Ok((talk, &visit.others)),
            _ => Err((Refusal::WrongState, "nobody is on the line yet")),
        }
    }

    /// Does this agent have this call (held and parked ones included)?
    pub fn has(&self, call: CallId, agent: AgentId) -> bool {
        let talk = self.get(&call).and_then(|visit| visit.phase.talk());
        talk.is_some_and(|talk| talk.agent == agent)
    }

    /// The call that this agent has, and as what.
    pub fn talk_of(&self, agent: AgentId) -> Option<(CallId, ContactId)> {
        let mut talks = self.all.values().filter_map(|visit| Some((visit.call, visit.phase.talk()?)));
        talks.find(|(_, talk)| talk.agent == agent).map(|(call, talk)| (call, talk.contact))
    }

    /// The customer's leg and the interaction of a call that is up, or was a moment ago.
    pub fn measured(&self, call: CallId) -> Option<(Option<LegId>, InteractionId)> {
        let visit = self.all.get(&call).map(|visit| (visit.caller_leg, visit.record.id));
        visit.or_else(|| self.late.get(&call).map(|late| (late.caller_leg, late.interaction)))
    }

    /// Notes a step of a call that is up, or was a moment ago. `false`: it is forgotten.
    pub fn log(&mut self, now: Instant, interaction: InteractionId, event: Event, out: &mut Vec<Output>) -> bool {
        if let Some(visit) = self.with_interaction_mut(interaction) {
            visit.log(now, event, out);
        } else if let Some(late) = self.late.values_mut().find(|late| late.interaction == interaction) {
            out.push(written(interaction, &mut late.next_seq, now, &event));
        } else {
            return false;
        }
        true
    }

    /// Whoever numbered the events of a call that is gone does it no more. `false`: it is forgotten here, too.
    pub fn number_late(&mut self, interaction: InteractionId, next_seq: u32) -> bool {
        let late = self.late.values_mut().find(|late| late.interaction == interaction);
        late.map(|late| late.next_seq = next_seq).is_some()
    }

    /// The last leg is gone; only counters may come. Gives the one that nobody can measure any more.
    pub fn gone(&mut self, call: CallId) -> Option<Late> {
        let left = self.all.remove(&call).and_then(|visit| {
            let late = Late { interaction: visit.record.id, caller_leg: visit.caller_leg, next_seq: visit.next_seq };
            self.late.insert(visit.call, late);
            if self.late.len() > LATE_MAX { self.late.pop_first() } else { None }
        });
        self.contacts.retain(|_, of| *of != call);
        left.map(|(_, late)| late)
    }
}
