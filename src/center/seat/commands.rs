//! What desktops and supervisors ask of a seat; and which call on hand they mean.

use std::collections::BTreeSet;

use crate::acd::{self, AgentState, Author};
use crate::base::{AgentId, CallId, InteractionId};
use crate::center::answer::{Done, Obeyed, Refused};
use crate::center::desk::{CommandOutcome, LeftOut, Refusal};
use crate::center::seat::{Seat, Seats};
use crate::center::turn::{Todo, Turn};
use crate::center::visit::{Other, Visits};

impl Seats {
    pub fn set_ready(&self, agent: AgentId, author: Author, todo: &mut Todo) -> Done {
        self.known(agent)?.may_be_ready()?;
        self.sign_in_if_needed(agent, todo);
        Ok(Obeyed::ByRouter(acd::Input::Ready { agent, author }))
    }

    /// One board: the router sees them all before it gives a contact to any.
    pub fn set_ready_together(&self, agents: &[AgentId], author: Author, todo: &mut Todo) -> CommandOutcome {
        let (mut able, mut left_out) = (Vec::new(), Vec::new());
        for agent in agents.iter().copied().collect::<BTreeSet<_>>() {
            match self.known(agent).and_then(Seat::may_be_ready) {
                Ok(state) if *state == AgentState::Ready => {}
                Ok(_) => able.push(agent),
                Err((code, message)) => left_out.push(LeftOut { agent, code, message: message.to_owned() }),
            }
        }
        able.iter().for_each(|agent| self.sign_in_if_needed(*agent, todo));
        if !able.is_empty() {
            todo.to_router(acd::Input::ReadyTogether { agents: able, author });
        }
        if left_out.is_empty() { CommandOutcome::Done } else { CommandOutcome::Partly { left_out } }
    }

    pub fn set_not_ready(&self, agent: AgentId, reason: String, author: Author, turn: &mut Turn<'_>) -> Done {
        self.known(agent)?;
        if !turn.rules.configuration.reasons.iter().any(|known| known.key == reason) {
            return Err((Refusal::UnknownReason, "there is no such reason"));
        }
        self.sign_in_if_needed(agent, turn.todo);
        Ok(Obeyed::ByRouter(acd::Input::NotReady { agent, reason, author }))
    }

    pub fn sign_out(&self, agent: AgentId, author: Author) -> Done {
        self.known(agent)?.expect(|state| *state != AgentState::SignedOut, "the agent is not signed in")?;
        Ok(Obeyed::ByRouter(acd::Input::SignOut { agent, author }))
    }

    pub fn extend_wrap_up(&self, agent: AgentId) -> Done {
        let wraps_up = |state: &AgentState| matches!(state, AgentState::WrapUp { .. });
        self.known(agent)?.expect(wraps_up, "no wrap-up is on")?;
        Ok(Obeyed::ByRouter(acd::Input::ExtendWrapUp { agent }))
    }

    /// The call this agent talks on (held and parked ones included); of several the one that is named.
    pub fn call_in_talk(
        &self,
        agent: AgentId,
        named: Option<InteractionId>,
        visits: &Visits,
    ) -> Result<CallId, Refused> {
        let mut calls = self.known(agent)?.hand.meant(named).filter(|call| visits.has(*call, agent));
        match (calls.next(), calls.next()) {
            (Some(call), None) => Ok(call),
            (Some(_), Some(_)) => Err((Refusal::WrongState, "several contacts are on hand: name one")),
            (None, _) => Err((Refusal::NoCall, "there is no call on hand")),
        }
    }

    /// A colleague's call in which this agent is.
    pub fn call_of_colleague(&self, agent: AgentId, named: Option<InteractionId>, visits: &Visits) -> Option<CallId> {
        let is = |other: &Other| other.who.agent() == Some(agent) && other.leg().is_some();
        let in_it = |call: &CallId| visits.get(call).is_some_and(|visit| visit.others.iter().any(is));
        self.get(&agent)?.hand.meant(named).find(in_it)
    }
}
