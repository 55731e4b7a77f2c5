//! Where the messages of each call are.

use std::collections::{BTreeMap, BTreeSet};

use super::{CALLS, MESSAGES};
use crate::base::InteractionId;
use crate::sip::trace::Gist;

/// A message: the number of its segment, and where in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Spot {
    pub segment: u32,
    pub at: u32,
}

#[derive(Debug, Default)]
pub struct Index {
    calls: BTreeMap<String, Vec<Spot>>,
    contacts: BTreeMap<InteractionId, Vec<String>>,
    /// Segments before this are gone.
    oldest: u32,
}

impl Index {
    pub fn has_room(&self, call_id: &str) -> bool {
        self.calls.get(call_id).is_none_or(|places| places.len() < MESSAGES)
    }

    pub fn add(&mut self, gist: &Gist<'_>, place: Spot) {
        match self.calls.get_mut(gist.call_id) {
            Some(places) if places.len() >= MESSAGES => return,
            Some(places) => places.push(place),
            None => drop(self.calls.insert(gist.call_id.to_owned(), vec![place])),
        }
        let Some(contact) = gist.interaction.and_then(|text| text.parse().ok()).map(InteractionId) else { return };
        let calls = self.contacts.entry(contact).or_default();
        if calls.len() < CALLS && !calls.iter().any(|known| known == gist.call_id) {
            calls.push(gist.call_id.to_owned());
        }
    }

    /// In no order.
    pub fn places(&self, contact: InteractionId, call_ids: &[String]) -> Vec<Spot> {
        let named = self.contacts.get(&contact).into_iter().flatten();
        let all: BTreeSet<&String> = named.chain(call_ids).take(CALLS).collect();
        all.into_iter().filter_map(|id| self.calls.get(id)).flatten().copied().collect()
    }

    /// Segments before `oldest` are gone.
    pub fn forget_before(&mut self, oldest: u32) {
        if oldest <= self.oldest {
            return;
        }
        self.oldest = oldest;
        self.calls.retain(|_, places| {
            places.retain(|place| place.segment >= oldest);
            !places.is_empty()
        });
        let calls = &self.calls;
        self.contacts.retain(|_, ids| {
            ids.retain(|id| calls.contains_key(id));
            !ids.is_empty()
        });
    }
}
