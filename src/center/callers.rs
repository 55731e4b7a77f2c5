//! Whose the contacts of the router are: what a list of who waits shows beside the router's numbers.

use serde::{Deserialize, Serialize};

use super::Center;
use crate::base::{ContactId, InteractionId};

/// Who a contact is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Caller {
    pub contact: ContactId,
    /// Of a call-back: the call in which it was asked for.
    pub interaction: InteractionId,
    pub call_back: bool,
    /// The number for people; empty when it is withheld.
    pub caller_shown: String,
    /// The only customer who was found.
    pub customer_name: Option<String>,
}

impl Center {
    /// Those of `contacts` that are here.
    pub fn callers(&self, contacts: &[ContactId]) -> Vec<Caller> {
        contacts.iter().filter_map(|contact| self.caller(*contact)).collect()
    }

    fn caller(&self, contact: ContactId) -> Option<Caller> {
        let Some(call) = self.contacts.get(&contact) else {
            return self.call_backs.caller(contact, &self.rules.configuration.region);
        };
        let visit = self.visits.get(call)?;
        let linked = visit.customers.cards().iter().find(|card| Some(card.id) == visit.record.customer);
        Some(Caller {
            contact,
            interaction: visit.record.id,
            call_back: false,
            caller_shown: visit.record.caller_shown(&self.rules.configuration.region),
            customer_name: linked.map(|card| card.name.clone()),
        })
    }
}
