//! The board of a moment that is over, as far as the router's state tells it: who waited and who did what.
//! The day's sums and the phones are not in it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::acd::{AgentRule, AgentState, AgentView, NextState, QueueRule, QueueView, Router};
use crate::base::{AgentId, Instant, QueueId};
use crate::center::board::served;

#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
pub struct PastBoard {
    pub at: Instant,
    /// The last thing that happened by then; long before `at` when the server was not running.
    pub last_input: Instant,
    /// Version of the center's rules in force.
    pub rules: u32,
    pub queues: Vec<PastQueue>,
    pub agents: Vec<PastAgent>,
}

/// Fields of [`crate::center::board::QueueTile`] have the same meaning here.
#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = PastTile)]
pub struct PastQueue {
    pub id: QueueId,
    pub key: String,
    pub name: String,
    pub waiting: u32,
    /// Of those, who rings an agent.
    pub ringing: u32,
    pub longest_since: Option<Instant>,
    pub longest_ms: u64,
    pub ready: u32,
    pub reserved: u32,
    pub busy: u32,
    pub wrap_up: u32,
    pub not_ready: u32,
}

#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
pub struct PastAgent {
    pub id: AgentId,
    pub key: String,
    pub name: String,
    pub state: AgentState,
    pub since: Instant,
    pub next: Option<NextState>,
}

impl PastBoard {
    /// `last_input`: the time of the last thing the router was told.
    pub fn of(router: &Router, at: Instant, last_input: Instant) -> Self {
        let rules = router.rules();
        let agents = router.agents();
        let by_id: BTreeMap<AgentId, &AgentView> = agents.iter().map(|view| (view.agent, view)).collect();
        let views = router.queues();
        let mut queues: Vec<_> = rules.queues.iter().zip(&views).map(|(rule, view)| queue(rule, view, at)).collect();
        let mut told = Vec::with_capacity(agents.len());
        for (rule, places) in rules.agents.iter().zip(served(rules)) {
            let Some(view) = by_id.get(&rule.id) else { continue };
            for place in places {
                if let Some(queue) = queues.get_mut(place as usize) {
                    queue.count(&view.state);
                }
            }
            told.push(agent((rule, view)));
        }
        Self { at, last_input, rules: rules.version, queues, agents: told }
    }
}

fn agent((rule, view): (&AgentRule, &AgentView)) -> PastAgent {
    PastAgent {
        id: rule.id,
        key: rule.key.clone(),
        name: rule.name.clone(),
        state: view.state.clone(),
        since: view.since,
        next: view.next.clone(),
    }
}

fn queue(rule: &QueueRule, view: &QueueView, at: Instant) -> PastQueue {
    PastQueue {
        id: rule.id,
        key: rule.key.clone(),
        name: rule.name.clone(),
        waiting: view.waiting,
        ringing: view.ringing,
        longest_since: view.oldest,
        longest_ms: view.oldest.map_or(0, |oldest| at.since(oldest).as_millis() as u64),
        ready: 0,
        reserved: 0,
        busy: 0,
        wrap_up: 0,
        not_ready: 0,
    }
}

impl PastQueue {
    /// One agent more who may serve it.
    fn count(&mut self, state: &AgentState) {
        match state {
            AgentState::Ready => self.ready += 1,
            AgentState::Reserved { .. } => self.reserved += 1,
            AgentState::Busy { .. } => self.busy += 1,
            AgentState::WrapUp { .. } => self.wrap_up += 1,
            AgentState::NotReady { .. } => self.not_ready += 1,
            AgentState::SignedOut => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acd::{Arrival, Author, Input, Rules, Settings};
    use crate::base::ContactId;

    #[test]
    fn it_says_who_waited_and_who_worked() {
        let queue = |id: u32| QueueRule { id: QueueId(id), key: format!("q{id}"), ..QueueRule::default() };
        let agent = |id: u32| AgentRule { id: AgentId(id), queues: vec![QueueId(1)], ..AgentRule::default() };
        let rules = Rules { queues: vec![queue(1), queue(2)], agents: vec![agent(1), agent(2)], ..Rules::default() };
        let mut router = Router::new(Settings::default(), 1);
        let at = |seconds: u64| Instant::from_micros(seconds * 1_000_000);
        let mut tell = |seconds: u64, input: Input| router.handle(at(seconds), input, &mut Vec::new());
        tell(1, Input::Configure(Box::new(rules)));
        tell(2, Input::SignIn { agent: AgentId(1) });
        tell(2, Input::SignIn { agent: AgentId(2) });
        tell(3, Input::Ready { agent: AgentId(1), author: Author::Agent });
        for (contact, queue) in [(7, 1), (8, 1), (9, 2)] {
            let arrival = Arrival::new(ContactId(contact), QueueId(queue), at(contact));
            tell(contact, Input::Arrive(arrival));
        }
        let board = PastBoard::of(&router, at(20), at(9));
        let [first, second] = &board.queues[..] else { panic!("{board:?}") };
        assert_eq!((first.waiting, first.ringing, first.longest_since), (2, 1, Some(at(7))));
        assert_eq!((first.reserved, first.not_ready, first.longest_ms), (1, 1, 13_000));
        assert_eq!((second.waiting, second.reserved, second.not_ready), (1, 0, 0), "nobody serves it");
        assert!(matches!(board.agents[0].state, AgentState::Reserved { .. }));
        assert_eq!((board.rules, board.last_input), (1, at(9)));
    }
}
