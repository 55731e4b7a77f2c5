//! Who may register a phone beside what is configured, and the phones of people without a seat.

use std::collections::BTreeMap;

use crate::call::Branch;
use crate::sip::{Contact, User};

#[derive(Debug, Default)]
pub(in crate::center) struct Phones {
    /// Credentials of desktop sessions, by name.
    users: BTreeMap<String, User>,
    /// Registered contacts of people without a seat, by SIP user.
    seatless: BTreeMap<String, Vec<Contact>>,
}

impl Phones {
    pub fn allow(&mut self, user: User) {
        self.users.insert(user.name.clone(), user);
    }

    /// `false`: was not allowed.
    pub fn take_back(&mut self, user: &str) -> bool {
        self.users.remove(user).is_some()
    }

    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    pub fn user(&self, name: &str) -> Option<&User> {
        self.users.get(name)
    }

    /// A phone without a seat came, or went.
    pub fn register(&mut self, user: String, contacts: Vec<Contact>) {
        match contacts.is_empty() {
            true => self.seatless.remove(&user),
            false => self.seatless.insert(user, contacts),
        };
    }

    /// Where this user without a seat can be rung.
    pub fn branches(&self, user: &str) -> Vec<Branch> {
        self.seatless.get(user).into_iter().flatten().map(|contact| Branch::of(user, contact)).collect()
    }
}
