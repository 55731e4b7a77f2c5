//! Phones and desktops of an agent that come and go: whether the agent can be sent anything.

use crate::acd::{self, AgentState, Author, UNREACHABLE};
use crate::center::seat::Seat;
use crate::center::turn::Todo;

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
