//! The journal and the history of the agents' states are kept for so many days, the journal's checkpoints
//! denser for two.

use std::time::Duration;

use super::control::Clock;
use crate::store::Store;

const EVERY: Duration = Duration::from_secs(3_600);
/// Nothing is forgotten while the server has better things to do.
const FIRST: Duration = Duration::from_secs(120);

pub async fn forget(store: Store, clock: Clock, keep: Duration) {
    let mut every = tokio::time::interval_at(tokio::time::Instant::now() + FIRST, EVERY);
    loop {
        every.tick().await;
        let now = clock();
        match store.forget_journal(now - keep, now).await {
            Ok(0) => {}
            Ok(inputs) => tracing::info!(inputs, "forgot what the journal keeps no longer"),
            Err(error) => tracing::warn!(%error, "the journal could not be shortened"),
        }
        match store.forget_agent_states(now - keep).await {
            Ok(0) => {}
            Ok(states) => tracing::info!(states, "forgot states of agents that are kept no longer"),
            Err(error) => tracing::warn!(%error, "the states of agents could not be shortened"),
        }
    }
}
