//! New rules, and phones that may register.

use std::collections::{BTreeMap, BTreeSet};

use crate::acd;
use crate::base::{AgentId, Instant};
use crate::call::{Branch, SrtpRules};
use crate::center::Center;
use crate::center::input::Configuration;
use crate::center::rules::Rules;
use crate::sip::{self, Destination, Target, Transport, endpoint};

impl Center {
    /// Takes a new configuration: calls and signed-in agents stay, decisions follow the new rules.
    pub(in crate::center) fn configure(&mut self, now: Instant, configuration: Configuration) {
        self.rules = Rules::new(configuration);
        self.crowd.configure(&self.rules.configuration.numbers);
        let configuration = &self.rules.configuration;
        let known: BTreeSet<AgentId> = configuration.rules.agents.iter().map(|agent| agent.id).collect();
        for agent in &known {
            self.seats.make(*agent, now);
        }
        self.todo.to_router(acd::Input::Configure(Box::new(configuration.rules.clone())));
        let static_phones: BTreeMap<AgentId, Branch> = configuration
            .static_phones
            .iter()
            .map(|phone| (phone.agent, static_branch(&phone.uri, phone.addr)))
            .collect();
        let mut staffed = Vec::new();
        for (agent, seat) in self.seats.iter_mut() {
            let phone = static_phones.get(agent).cloned();
            let appeared = phone.is_some() && seat.static_phone.is_none();
            seat.static_phone = phone;
            if appeared && !seat.desktop {
                // A phone without a desktop is staffed for good.
                self.todo.to_router(acd::Input::SignIn { agent: *agent });
                staffed.push(*agent);
            }
        }
        if !staffed.is_empty() {
            let author = acd::Author::System;
            self.todo.to_router(acd::Input::ReadyTogether { agents: staffed, author });
        }
        self.seats.retain(|agent, seat| known.contains(agent) || seat.hand.has_call());
        self.configure_sip();
        self.calls.configure(SrtpRules {
            phones: self.rules.configuration.srtp,
            trunks: self.rules.configuration.trunks.iter().map(|trunk| (trunk.name.clone(), trunk.srtp)).collect(),
        });
        self.wall.forget();
        self.todo.board_changed = true;
    }

    pub(in crate::center) fn phone_user(&mut self, user: sip::User) {
        self.phones.allow(user);
        self.configure_sip();
    }

    pub(in crate::center) fn phone_user_gone(&mut self, user: &str) {
        if self.phones.take_back(user) {
            self.configure_sip();
        }
    }

    fn configure_sip(&mut self) {
        let users = self.rules.configuration.users.iter().chain(self.phones.users()).cloned().collect();
        let trunks = self.rules.configuration.trunks.clone();
        self.todo.to_sip(endpoint::Input::Configure { users, trunks });
    }
}

fn static_branch(uri: &str, addr: std::net::SocketAddr) -> Branch {
    let transport = Transport::Udp;
    let destination = Destination { transport, addr, flow: None };
    Branch { target: Target::Uri { uri: uri.to_owned(), destination }, webrtc: false, addr, transport }
}
