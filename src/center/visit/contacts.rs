//! Which call the router means by a contact, and what occupies agents.

use std::collections::BTreeMap;

use crate::acd;
use crate::base::{AgentId, CallId, ContactId, QueueId};
use crate::center::turn::Todo;

#[derive(Debug, Default)]
pub(in crate::center) struct Contacts {
    calls: BTreeMap<ContactId, CallId>,
}

impl Contacts {
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    pub fn call_of(&self, contact: ContactId) -> Option<CallId> {
        self.calls.get(&contact).copied()
    }

    /// The router knows the call as this contact.
    pub fn name(&mut self, contact: ContactId, call: CallId) {
        self.calls.insert(contact, call);
    }

    /// Not any more.
    pub fn unname(&mut self, contact: ContactId) -> Option<CallId> {
        self.calls.remove(&contact)
    }

    /// By none of its names.
    pub fn forget(&mut self, call: CallId) {
        self.calls.retain(|_, of| *of != call);
    }

    /// The agent is busy with this call from now on, and owes nothing for it afterwards: it is a colleague's, or none yet.
    pub fn occupy(&mut self, agent: AgentId, call: CallId, todo: &mut Todo) -> ContactId {
        let contact = ContactId(todo.ids.take());
        self.name(contact, call);
        todo.to_router(acd::Input::Occupy { agent, contact, queue: None, own: false });
        contact
    }

    /// The agent has this call from now on: what comes after it, the queue says, or the rule of own calls.
    pub fn take_on(&mut self, agent: AgentId, call: CallId, queue: Option<QueueId>, todo: &mut Todo) -> ContactId {
        let contact = ContactId(todo.ids.take());
        self.name(contact, call);
        todo.to_router(acd::Input::Occupy { agent, contact, queue, own: true });
        contact
    }

    /// Not busy with it any more.
    pub fn free(&mut self, contact: Option<ContactId>, todo: &mut Todo) {
        if let Some(contact) = contact {
            self.unname(contact);
            todo.to_router(acd::Input::Ended { contact });
        }
    }
}
