//! Who may register a phone beside what is configured, and the phones of people without a seat.

use std::collections::BTreeMap;

use crate::call::Branch;
use crate::center::desk::Target;
use crate::center::parking::Spot;
use crate::center::rules::Rules;
use crate::center::turn::Todo;
use crate::sip::{Contact, User, endpoint};

/// What a phone means by what was dialled.
pub(in crate::center) enum Meant {
    To(Target),
    /// Where calls are parked.
    Spot(Spot),
}

#[derive(Debug, Default)]
pub(in crate::center) struct Phones {
    /// Credentials of desktop sessions, by name.
    users: BTreeMap<String, User>,
    /// Registered contacts of people without a seat, by SIP user.
    seatless: BTreeMap<String, Vec<Contact>>,
}

impl Phones {
    pub fn allow(&mut self, user: User, rules: &Rules, todo: &mut Todo) {
        self.users.insert(user.name.clone(), user);
        self.configure(rules, todo);
    }

    pub fn take_back(&mut self, user: &str, rules: &Rules, todo: &mut Todo) {
        if self.users.remove(user).is_some() {
            self.configure(rules, todo);
        }
    }

    /// Who may register, and through which trunks calls come and go.
    pub fn configure(&self, rules: &Rules, todo: &mut Todo) {
        let users = self.all(rules).cloned().collect();
        let trunks = rules.configuration.trunks.clone();
        todo.to_sip(endpoint::Input::Configure { users, trunks });
    }

    fn all<'a>(&'a self, rules: &'a Rules) -> impl Iterator<Item = &'a User> {
        rules.configuration.users.iter().chain(self.users.values())
    }

    /// A SIP user or the key of an agent, the key of a line, a number of our own (its flow), a lot or a slot, a number.
    pub fn means(&self, called: &str, whole: Option<&str>, rules: &Rules) -> Meant {
        let configuration = &rules.configuration;
        let user = self.all(rules).filter(|user| user.name == called).find_map(|user| user.agent);
        let key = || configuration.rules.agents.iter().find(|agent| agent.key == called).map(|agent| agent.id);
        if let Some(agent) = user.or_else(key) {
            return Meant::To(Target::Agent { agent });
        }
        if rules.queue_id(called).is_some() {
            return Meant::To(Target::Queue { queue: called.to_owned(), priority: None });
        }
        if let Some(own) = rules.number(called, None) {
            return Meant::To(Target::Flow { flow: own.flow.clone() });
        }
        match configuration.parking.spot(called) {
            Some(spot) => Meant::Spot(spot),
            None => Meant::To(Target::Number { number: whole.unwrap_or(called).to_owned() }),
        }
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
