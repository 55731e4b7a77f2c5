//! Agents whose desktop has no microphone: nobody shall be sent to them.
//!
//! The desktop watches its devices and says `microphone.lost` and `microphone.found`.
//!
//! | agent | lost | found |
//! | --- | --- | --- |
//! | ready | not ready, `no-microphone` | stays so: ready again by a press |
//! | rung, in a call | the ring and the call go on; not ready afterwards | ready afterwards, as before |
//! | in wrap-up | not ready afterwards | ready afterwards, as before |
//! | not ready, signed out | remembered | forgotten |
//!
//! While it is lost "ready" is refused, to the agent and to supervisors. It is forgotten when the shift ends
//! and when the desktop stays away: another desktop speaks for itself.

use crate::acd::{self, AgentState, Author, NO_ANSWER, NextState};
use crate::center::desk::Refusal;
use crate::center::seat::Seat;
use crate::center::turn::Todo;

/// Not-ready reason of an agent whose desktop has no microphone.
pub const NO_MICROPHONE: &str = "no-microphone";

impl Seat {
    /// The desktop says that its microphone is gone, or is there again.
    pub fn microphone(&mut self, lost: bool, todo: &mut Todo) {
        if std::mem::replace(&mut self.microphone_lost, lost) == lost {
            return;
        }
        match (&self.state, &self.next) {
            (AgentState::Ready, _) if lost => self.set_aside_without_microphone(todo),
            (state, None | Some(NextState::Ready)) if lost && is_occupied(state) => {
                self.set_aside_without_microphone(todo);
            }
            // In wrap-up this would end it: see `mind_microphone`.
            (AgentState::Busy { .. } | AgentState::Reserved { .. }, Some(next)) if !lost && is_own(next) => {
                todo.to_router(acd::Input::Ready { agent: self.agent, author: Author::System });
            }
            _ => {}
        }
    }

    /// The agent is something else now: `before` it was that.
    pub fn mind_microphone(&mut self, before: &AgentState, todo: &mut Todo) {
        match &self.state {
            AgentState::SignedOut => self.microphone_lost = false,
            AgentState::Ready if self.microphone_lost => self.set_aside_without_microphone(todo),
            // What was missed could not be answered.
            AgentState::NotReady { reason } if self.microphone_lost && reason == NO_ANSWER => {
                self.set_aside_without_microphone(todo);
            }
            AgentState::NotReady { reason }
                if !self.microphone_lost && reason == NO_MICROPHONE && is_occupied(before) =>
            {
                todo.to_router(acd::Input::Ready { agent: self.agent, author: Author::System });
            }
            _ => {}
        }
    }

    pub(super) fn set_aside_without_microphone(&self, todo: &mut Todo) {
        let (agent, reason, author) = (self.agent, NO_MICROPHONE.to_owned(), Author::System);
        todo.to_router(acd::Input::NotReady { agent, reason, author });
    }

    pub fn can_speak(&self) -> Result<(), (Refusal, &'static str)> {
        if self.microphone_lost {
            Err((Refusal::NoMicrophone, "the desktop of this agent has no microphone"))
        } else {
            Ok(())
        }
    }
}

const fn is_occupied(state: &AgentState) -> bool {
    matches!(state, AgentState::Reserved { .. } | AgentState::Busy { .. } | AgentState::WrapUp { .. })
}

fn is_own(next: &NextState) -> bool {
    matches!(next, NextState::NotReady { reason } if reason == NO_MICROPHONE)
}
