//! What an agent has on hand: contacts that ring here, are talked with, or wait for their form.

use std::collections::BTreeMap;

use crate::base::{CallId, ContactId, InteractionId, ReservationId};
use crate::center::desk::ScreenPop;

/// One contact on hand.
#[derive(Debug)]
pub(in crate::center) struct OnHand {
    /// `None`: of an earlier process.
    pub call: Option<CallId>,
    pub pop: ScreenPop,
    /// Which of them came last.
    turn: u64,
}

/// By the contact that occupies the agent.
#[derive(Debug, Default)]
pub(in crate::center) struct Hand {
    contacts: BTreeMap<ContactId, OnHand>,
    turns: u64,
}

impl Hand {
    /// One more, or the same once more.
    pub fn take(&mut self, contact: ContactId, call: Option<CallId>, pop: ScreenPop) {
        self.turns += 1;
        self.contacts.insert(contact, OnHand { call, pop, turn: self.turns });
    }

    /// The agent has nothing to do with it any more.
    pub fn put_down(&mut self, contact: ContactId) {
        self.contacts.remove(&contact);
    }

    /// The ring is over without this agent.
    pub fn put_down_ring(&mut self, reservation: ReservationId) {
        self.contacts.retain(|_, on_hand| on_hand.pop.reservation != reservation);
    }

    pub fn clear(&mut self) {
        self.contacts.clear();
    }

    /// What the agent was asked into has become the agent's own, under another contact.
    pub fn own(&mut self, call: CallId, contact: ContactId) {
        let asked = self.contacts.iter().find(|(_, on_hand)| on_hand.call == Some(call)).map(|(asked, _)| *asked);
        if let Some(on_hand) = asked.and_then(|asked| self.contacts.remove(&asked)) {
            self.contacts.insert(contact, on_hand);
        }
    }

    /// The one that came last first.
    pub fn all(&self) -> Vec<&OnHand> {
        let mut all: Vec<&OnHand> = self.contacts.values().collect();
        all.sort_unstable_by_key(|on_hand| std::cmp::Reverse(on_hand.turn));
        all
    }

    /// Those that a command may mean, with their calls: all, or the one that it names.
    pub fn meant(&self, interaction: Option<InteractionId>) -> impl Iterator<Item = CallId> {
        let is = move |on_hand: &&OnHand| interaction.is_none_or(|named| named == on_hand.pop.interaction);
        self.contacts.values().filter(is).filter_map(|on_hand| on_hand.call)
    }

    pub fn of_ring(&self, reservation: ReservationId) -> Option<&OnHand> {
        self.contacts.values().find(|on_hand| on_hand.pop.reservation == reservation)
    }

    pub fn pop_of(&self, interaction: InteractionId) -> Option<&ScreenPop> {
        self.contacts.values().map(|on_hand| &on_hand.pop).find(|pop| pop.interaction == interaction)
    }

    pub fn pop_of_mut(&mut self, interaction: InteractionId) -> Option<&mut ScreenPop> {
        self.contacts.values_mut().map(|on_hand| &mut on_hand.pop).find(|pop| pop.interaction == interaction)
    }

    pub fn has_call(&self) -> bool {
        self.contacts.values().any(|on_hand| on_hand.call.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::base::{CallDirection, Instant, Rng};
    use crate::center::desk::Words;

    fn pop(interaction: InteractionId, reservation: u64) -> ScreenPop {
        ScreenPop {
            reservation: ReservationId(reservation),
            interaction,
            direction: CallDirection::Inbound,
            handed: None,
            caller: None,
            caller_shown: String::new(),
            called: String::new(),
            called_shown: String::new(),
            queue: String::new(),
            queue_name: String::new(),
            waited_ms: 0,
            place_kept: None,
            customer: None,
            candidates: Vec::new(),
            looking_up: false,
            menu_path: Vec::new(),
            entered: Vec::new(),
            why: Words::default(),
            campaign: None,
        }
    }

    #[test]
    fn one_contact_is_put_down_and_the_others_stay() {
        let (mut rng, at) = (Rng::new(1), Instant::from_micros(1));
        let (a, b) = (InteractionId::new(at, &mut rng), InteractionId::new(at, &mut rng));
        let (first, second) = (CallId(1), CallId(2));
        let mut hand = Hand::default();
        hand.take(ContactId(9), Some(first), pop(a, 1));
        hand.take(ContactId(3), Some(second), pop(b, 2));
        let meant = |hand: &Hand, named| hand.meant(named).collect::<Vec<_>>();
        assert_eq!(hand.all().first().and_then(|on_hand| on_hand.call), Some(second), "not the greater number");
        assert_eq!(meant(&hand, None), [second, first]);
        assert_eq!((meant(&hand, Some(a)), meant(&hand, Some(b))), (vec![first], vec![second]));
        hand.own(second, ContactId(12));
        hand.put_down(ContactId(3));
        assert_eq!(meant(&hand, None), [first, second], "asked before, the agent's own now");
        hand.put_down_ring(ReservationId(1));
        assert_eq!((meant(&hand, None), hand.pop_of(a).is_some()), (vec![second], false));
        hand.put_down(ContactId(12));
        assert!(hand.all().is_empty() && !hand.has_call());
    }
}
