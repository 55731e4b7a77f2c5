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
use crate::base::AgentId;
use crate::center::Center;
use crate::center::seat::NO_MICROPHONE;

impl Center {
    pub(in crate::center) fn microphone(&mut self, agent: AgentId, lost: bool) {
        let Some(seat) = self.seats.get_mut(&agent).filter(|seat| seat.microphone_lost != lost) else { return };
        seat.microphone_lost = lost;
        match (&seat.state, &seat.next) {
            (AgentState::Ready, _) if lost => self.set_aside_without_microphone(agent),
            (state, None | Some(NextState::Ready)) if lost && is_occupied(state) => {
                self.set_aside_without_microphone(agent);
            }
            // In wrap-up this would end it: see `mind_microphone`.
            (AgentState::Busy { .. } | AgentState::Reserved { .. }, Some(next)) if !lost && is_own(next) => {
                self.todo.to_router(acd::Input::Ready { agent, author: Author::System });
            }
            _ => {}
        }
    }

    /// The agent is something else now: `before` it was that.
    pub(in crate::center) fn mind_microphone(&mut self, agent: AgentId, before: &AgentState) {
        let Some(seat) = self.seats.get_mut(&agent) else { return };
        match &seat.state {
            AgentState::SignedOut => seat.microphone_lost = false,
            AgentState::Ready if seat.microphone_lost => self.set_aside_without_microphone(agent),
            // What was missed could not be answered.
            AgentState::NotReady { reason } if seat.microphone_lost && reason == NO_ANSWER => {
                self.set_aside_without_microphone(agent);
            }
            AgentState::NotReady { reason }
                if !seat.microphone_lost && reason == NO_MICROPHONE && is_occupied(before) =>
            {
                self.todo.to_router(acd::Input::Ready { agent, author: Author::System });
            }
            _ => {}
        }
    }

    pub(in crate::center) fn set_aside_without_microphone(&mut self, agent: AgentId) {
        let (reason, author) = (NO_MICROPHONE.to_owned(), Author::System);
        self.todo.to_router(acd::Input::NotReady { agent, reason, author });
    }
}

const fn is_occupied(state: &AgentState) -> bool {
    matches!(state, AgentState::Reserved { .. } | AgentState::Busy { .. } | AgentState::WrapUp { .. })
}

fn is_own(next: &NextState) -> bool {
    matches!(next, NextState::NotReady { reason } if reason == NO_MICROPHONE)
}
