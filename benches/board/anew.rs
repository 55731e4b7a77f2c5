//! The board as it would be made without an index: every queue looks at every agent.

use carillon::acd::{AgentRule, AgentState, QueueRule, Router, Rules};
use carillon::center::board::Board;

fn may_serve(agent: &AgentRule, queue: &QueueRule) -> bool {
    agent.queues.is_empty() || agent.queues.contains(&queue.id)
}

/// Ready agents of each queue, each one looked for among the rows.
pub fn ready(rules: &Rules, board: &Board) -> Vec<u32> {
    let is_ready = |agent: &&AgentRule| {
        let row = board.agents.iter().find(|row| row.id == agent.id);
        row.is_some_and(|row| row.state == AgentState::Ready)
    };
    let count = |queue: &QueueRule| {
        let serving = board.agents.iter().filter_map(|row| rules.agents.iter().find(|agent| agent.id == row.id));
        serving.filter(|agent| may_serve(agent, queue)).filter(is_ready).count()
    };
    rules.queues.iter().map(|queue| u32::try_from(count(queue)).unwrap_or(0)).collect()
}

/// The same of a router.
pub fn past(rules: &Rules, router: &Router) -> Vec<usize> {
    let agents = router.agents();
    let known: Vec<_> = rules.agents.iter().zip(&agents).collect();
    let is_ready = |queue: &QueueRule| {
        let serving = known.iter().filter(|(agent, _)| may_serve(agent, queue));
        serving.filter(|(_, view)| view.state == AgentState::Ready).count()
    };
    rules.queues.iter().map(is_ready).collect()
}
