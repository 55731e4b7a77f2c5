//! Phones and desktops of an agent that come and go: whether the agent can be sent anything.

use std::collections::{BTreeMap, BTreeSet};

use crate::acd::{self, AgentState, Author, UNREACHABLE};
use crate::base::{AgentId, CallId};
use crate::call::Branch;
use crate::center::answer::Refused;
use crate::center::desk::{DeskEvent, Refusal};
use crate::center::seat::{Seat, Seats};
use crate::center::turn::{Due, Todo, Turn, seconds};
use crate::sip::{Contact, Destination, Target, Transport};

impl Seat {
    /// The first phone is there, or the last one is gone.
    pub fn phone_changed(&mut self, reachable: bool, todo: &mut Todo) {
        if reachable {
            self.ready_again(todo);
        } else if matches!(self.state, AgentState::Ready | AgentState::Reserved { .. }) {
            self.ready_with_phone = true;
            self.set_aside(todo);
        }
    }

    /// A desktop is there: the agent signs in with it.
    pub fn desktop_came(&mut self, todo: &mut Todo) {
        self.desktop = true;
        if self.state == AgentState::SignedOut {
            todo.to_router(acd::Input::SignIn { agent: self.agent });
        }
        self.ready_again(todo);
    }

    /// The desktop did not come back. A running call goes on; the agent gets no new one.
    pub fn desktop_gone(&mut self, todo: &mut Todo) {
        if !self.desktop && self.state != AgentState::SignedOut {
            // Away for so long: back at work only by the agent's own word.
            self.ready_with_phone = false;
            self.microphone_lost = false;
            self.set_aside(todo);
        }
    }

    /// An agent who was ready when the phone vanished is ready again with it.
    pub fn ready_again(&mut self, todo: &mut Todo) {
        if self.ready_with_phone && self.is_back() {
            self.ready_with_phone = false;
            if self.microphone_lost {
                return self.set_aside_without_microphone(todo);
            }
            todo.to_router(acd::Input::Ready { agent: self.agent, author: Author::System });
        }
    }

    /// The router made somebody ready whose phone is not there: nobody shall be sent to it.
    pub fn set_aside_without_phone(&mut self, todo: &mut Todo) {
        if !self.is_reachable() {
            self.ready_with_phone = true;
            self.set_aside(todo);
        }
    }

    fn set_aside(&self, todo: &mut Todo) {
        let (agent, reason, author) = (self.agent, UNREACHABLE.to_owned(), Author::System);
        todo.to_router(acd::Input::NotReady { agent, reason, author });
    }

    /// The phone is there; in a browser its desktop is, too.
    fn is_back(&self) -> bool {
        self.is_reachable() && (self.desktop || self.branches().iter().any(|branch| !branch.webrtc))
    }
}

impl Seats {
    /// Agents come and go with a new configuration; who is in a call stays until its end.
    pub fn configure(&mut self, turn: &mut Turn<'_>) {
        let configuration = &turn.rules.configuration;
        let known: BTreeSet<AgentId> = configuration.rules.agents.iter().map(|agent| agent.id).collect();
        known.iter().for_each(|agent| self.make(*agent, turn.now));
        turn.todo.to_router(acd::Input::Configure(Box::new(configuration.rules.clone())));
        let phones = configuration.static_phones.iter();
        let phones: BTreeMap<AgentId, Branch> =
            phones.map(|phone| (phone.agent, static_branch(&phone.uri, phone.addr))).collect();
        let mut staffed = Vec::new();
        for (agent, seat) in self.iter_mut() {
            let phone = phones.get(agent).cloned();
            let appeared = phone.is_some() && seat.static_phone.is_none();
            seat.static_phone = phone;
            if appeared && !seat.desktop {
                // A phone without a desktop is staffed for good.
                turn.todo.to_router(acd::Input::SignIn { agent: *agent });
                staffed.push(*agent);
            }
        }
        if !staffed.is_empty() {
            let author = Author::System;
            turn.todo.to_router(acd::Input::ReadyTogether { agents: staffed, author });
        }
        self.retain(|agent, seat| known.contains(agent) || seat.hand.has_call());
        self.phones.configure(turn.rules, turn.todo);
    }

    /// Phones of this user came, or went. Gives the calls on hand for which the agent's phones may be rung again.
    pub fn registered(
        &mut self,
        user: String,
        agent: Option<AgentId>,
        contacts: Vec<Contact>,
        turn: &mut Turn<'_>,
    ) -> Vec<CallId> {
        let Some(agent) = agent else {
            self.phones.register(user, contacts);
            return Vec::new();
        };
        let Some(seat) = self.get_mut(&agent) else { return Vec::new() };
        let was = seat.is_reachable();
        seat.register(user, contacts);
        let reachable = seat.is_reachable();
        let calls = seat.hand.meant(None).filter(|_| reachable).collect();
        if was != reachable {
            turn.todo.board_changed = true;
            turn.push(agent, DeskEvent::PhoneStateChanged { reachable });
            seat.phone_changed(reachable, turn.todo);
        }
        calls
    }

    pub fn desktop_came(&mut self, agent: AgentId, todo: &mut Todo) {
        todo.deadlines.clear(&Due::Desktop(agent));
        if let Some(seat) = self.get_mut(&agent) {
            seat.desktop_came(todo);
        }
    }

    /// It may be back in a moment.
    pub fn desktop_lost(&mut self, agent: AgentId, turn: &mut Turn<'_>) {
        if let Some(seat) = self.get_mut(&agent) {
            seat.desktop = false;
            let grace = seconds(turn.times.desktop_grace_s);
            turn.todo.deadlines.set(Due::Desktop(agent), turn.now + grace);
        }
    }

    pub fn desktop_gone(&mut self, agent: AgentId, todo: &mut Todo) {
        if let Some(seat) = self.get_mut(&agent) {
            seat.desktop_gone(todo);
        }
    }

    /// Registered under this SIP user; the seat whose phone it is, if any.
    pub fn phone_of_user(&self, phone: &str, turn: &Turn<'_>) -> Result<(Option<AgentId>, Vec<Branch>), Refused> {
        let none = (Refusal::UnknownPhone, "no such phone is registered");
        let configured = turn.rules.configuration.users.iter().find(|user| user.name == phone);
        let user = self.phones.user(phone).or(configured).ok_or(none)?;
        let branches: Vec<Branch> = match user.agent {
            Some(agent) => {
                let all = self.known(agent)?.branches();
                all.into_iter().filter(|branch| branch.user() == Some(phone)).collect()
            }
            None => self.phones.branches(phone),
        };
        if branches.is_empty() { Err(none) } else { Ok((user.agent, branches)) }
    }
}

fn static_branch(uri: &str, addr: std::net::SocketAddr) -> Branch {
    let transport = Transport::Udp;
    let destination = Destination { transport, addr, flow: None };
    Branch { target: Target::Uri { uri: uri.to_owned(), destination }, webrtc: false, addr, transport }
}
