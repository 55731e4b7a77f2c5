//! The journal and the history of the agents' states are kept for so many days, the journal's checkpoints
//! denser for two. Figures of what is over are put away before, and kept for longer, as alerts are.

use std::time::Duration;

use crate::server::run::control::Clock;
use crate::store::Store;

const EVERY: Duration = Duration::from_secs(3_600);
/// Nothing is forgotten while the server has better things to do.
const FIRST: Duration = Duration::from_secs(120);

/// So long after a quarter of an hour is over for good, at most, it is settled.
const SETTLE_EVERY: Duration = Duration::from_secs(900);
const SETTLE_FIRST: Duration = Duration::from_secs(60);

/// Figures of times that are over for good are put away.
pub async fn settle(store: Store, clock: Clock) {
    let mut every = tokio::time::interval_at(tokio::time::Instant::now() + SETTLE_FIRST, SETTLE_EVERY);
    loop {
        every.tick().await;
        loop {
            match store.settle_figures(clock()).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::warn!(%error, "figures could not be put away");
                    break;
                }
            }
        }
    }
}

pub async fn forget(store: Store, clock: Clock, keep: Duration, keep_figures: Duration) {
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
        match store.forget_figures(now - keep_figures).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "forgot figures that are kept no longer"),
            Err(error) => tracing::warn!(%error, "old figures could not be forgotten"),
        }
        match store.forget_alerts(now - keep_figures).await {
            Ok(0) => {}
            Ok(alerts) => tracing::info!(alerts, "forgot alerts that are kept no longer"),
            Err(error) => tracing::warn!(%error, "old alerts could not be forgotten"),
        }
    }
}
