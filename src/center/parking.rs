//! Where calls wait outside of any line: lots with slots, and mailboxes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Where calls are parked, and what is dialled to pick calls up.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Parking {
    pub lots: Vec<Lot>,
    /// Dialled by an agent's phone: takes what rings at a colleague of the group. Empty: nothing does.
    pub pick_up: String,
}

/// Slots, each for one call. A phone parks by sending its call (REFER) to `code` or to a slot, and picks up by
/// dialling the slot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lot {
    pub key: String,
    /// The first free slot; empty: there is no such code.
    pub code: String,
    pub first: u16,
    /// How many. 1-100.
    pub slots: u16,
    /// Sound that parked callers hear.
    pub music: String,
    /// After so long the call returns to whoever parked it, seconds. 10-3,600.
    pub return_s: u32,
}

impl Default for Parking {
    fn default() -> Self {
        Self { lots: vec![Lot::default()], pick_up: "*8".to_owned() }
    }
}

impl Default for Lot {
    fn default() -> Self {
        let (key, code) = ("main".to_owned(), "700".to_owned());
        Self { key, code, first: 701, slots: 9, music: "music/hold".to_owned(), return_s: 120 }
    }
}

impl Lot {
    /// In the order in which they are filled.
    pub fn numbers(&self) -> impl Iterator<Item = u16> + use<> {
        self.first..self.first.saturating_add(self.slots)
    }
}

/// Where a phone sends a call to be parked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Spot {
    /// The first free one of this lot, by key.
    Anywhere(String),
    Slot(u16),
}

impl Parking {
    pub fn lot(&self, key: &str) -> Option<&Lot> {
        self.lots.iter().find(|lot| lot.key == key)
    }

    pub fn lot_of(&self, slot: u16) -> Option<&Lot> {
        self.lots.iter().find(|lot| lot.numbers().any(|number| number == slot))
    }

    /// What a dialled code means.
    pub fn spot(&self, code: &str) -> Option<Spot> {
        let anywhere = self.lots.iter().find(|lot| !lot.code.is_empty() && lot.code == code);
        let slot = || code.parse().ok().filter(|slot: &u16| slot.to_string() == code && self.lot_of(*slot).is_some());
        anywhere.map(|lot| Spot::Anywhere(lot.key.clone())).or_else(|| slot().map(Spot::Slot))
    }
}

/// The mailboxes that every queue and every agent has: what is said before the tone, and after the message.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Voicemail {
    /// The greeting of whoever has none of the own. Empty: who has none has no mailbox.
    pub greeting: Vec<String>,
    pub thanks: Vec<String>,
    /// The longest message, seconds. 5-3,600.
    pub max_s: u32,
    /// Greetings by the key of the queue,
    pub queues: BTreeMap<String, Vec<String>>,
    /// and of the agent.
    pub agents: BTreeMap<String, Vec<String>>,
}

impl Default for Voicemail {
    fn default() -> Self {
        let one = |sound: &str| vec![sound.to_owned()];
        let (queues, agents) = (BTreeMap::new(), BTreeMap::new());
        Self { greeting: one("leave-message"), thanks: one("message-thanks"), max_s: 120, queues, agents }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_code_means() {
        let mut parking = Parking::default();
        parking.lots.push(Lot { key: "vip".to_owned(), code: String::new(), first: 801, slots: 2, ..Lot::default() });
        for (code, spot) in [
            ("700", Some(Spot::Anywhere("main".to_owned()))),
            ("701", Some(Spot::Slot(701))),
            ("709", Some(Spot::Slot(709))),
            ("710", None),
            ("802", Some(Spot::Slot(802))),
            ("0701", None),
            ("+701", None),
            ("", None),
            ("*8", None),
        ] {
            assert_eq!(parking.spot(code), spot, "{code}");
        }
    }
}
