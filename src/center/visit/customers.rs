//! What the store says of the customer.

use crate::base::{CustomerId, Number};
use crate::crm::{CustomerCard, Interaction};
use crate::dialplan::Facts;

/// What the store said about the caller.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::center) enum Customers {
    /// No number to look up.
    NotAsked,
    Asked,
    Found(Vec<CustomerCard>),
    Unavailable,
}

impl Customers {
    pub fn cards(&self) -> &[CustomerCard] {
        match self {
            Self::Found(cards) => cards,
            Self::NotAsked | Self::Asked | Self::Unavailable => &[],
        }
    }

    pub fn card(&self, id: CustomerId) -> Option<&CustomerCard> {
        self.cards().iter().find(|card| card.id == id)
    }
}

pub(in crate::center) fn customer_facts(customers: &Customers) -> Facts {
    let mut facts = Facts::new();
    let mut put = |key: &str, value: &str| {
        facts.insert(key.to_owned(), value.to_owned());
    };
    match customers.cards() {
        [] => put("customer.known", "none"),
        [only] => {
            put("customer.known", "one");
            put("customer.tier", only.tier.as_deref().unwrap_or_default());
            put("customer.language", only.language.as_deref().unwrap_or_default());
            put("customer.name", &only.name);
            put("customer.value", &only.value_minor().to_string());
            put("customer.last_agent", only.last_agent().unwrap_or_default());
        }
        _ => put("customer.known", "several"),
    }
    facts
}

/// What a flow knows of a call from the beginning.
pub(in crate::center) fn call_facts(record: &Interaction, language: &str) -> Facts {
    let caller = record.caller.as_ref().map_or(record.caller_text.as_str(), Number::as_str);
    [("caller", caller), ("called", &record.called), ("customer.known", "none"), ("var.language", language)]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}
