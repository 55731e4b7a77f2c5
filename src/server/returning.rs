//! What the agents were when the last process ended, for [`Input::AgentsWere`](crate::center::Input::AgentsWere).

use std::time::Duration;

use crate::acd::AgentState;
use crate::base::{AgentId, Instant};
use crate::center::{AgentWas, OpenWork};
use crate::store::{InteractionFilter, Store, StoreError};

/// A contact that ended longer ago is no longer open for notes.
const OPEN: Duration = Duration::from_secs(3_600);

/// Everybody who was at work, with the last contact. Ask after interrupted calls were closed.
pub async fn agents_were(store: &Store, now: Instant) -> Result<Vec<AgentWas>, StoreError> {
    let mut found = Vec::new();
    for entry in store.last_agent_states().await? {
        if entry.state == AgentState::SignedOut {
            continue;
        }
        let work = open_work(store, entry.agent, now).await?.map(Box::new);
        found.push(AgentWas { agent: entry.agent, state: entry.state, since: entry.at, work });
    }
    Ok(found)
}

async fn open_work(store: &Store, agent: AgentId, now: Instant) -> Result<Option<OpenWork>, StoreError> {
    let filter = InteractionFilter { agent: Some(agent), ..InteractionFilter::default() };
    let Some(record) = store.interactions(&filter, None, 1).await?.rows.pop() else { return Ok(None) };
    if record.ended.is_none_or(|ended| now.since(ended) > OPEN) {
        return Ok(None);
    }
    let customer = match record.customer {
        Some(id) => match store.customer(id).await {
            Ok(card) => Some(card),
            Err(StoreError::NotFound(_)) => None,
            Err(error) => return Err(error),
        },
        None => None,
    };
    let next_seq = store.last_event(record.id).await?.saturating_add(1);
    Ok(Some(OpenWork { record, next_seq, customer }))
}
