//! What other processes write reaches the running server by itself: a center that was applied, a password
//! that was set, a token that was revoked on the command line.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::reload::Loader;
use crate::door::{Door, ProgramId, Sessions};
use crate::store::{Store, StoreError};

/// A change is taken over after so long at most.
const EVERY: Duration = Duration::from_secs(1);

/// Looks for changes until it is dropped. A center that cannot be taken over is told once.
pub async fn watch(loader: Arc<Loader>, store: Store, sessions: Arc<Sessions>, door: Door) {
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut refused = 0;
    loop {
        every.tick().await;
        // A store that is away has nothing new; whoever needs it says so.
        if let Ok(version) = store.version().await
            && version != loader.version()
            && version != refused
        {
            match loader.reload(&door, &sessions).await {
                Ok(()) => tracing::info!(version, "took the center over as it was applied"),
                Err(error) => {
                    refused = version;
                    tracing::error!(version, "the center that was applied is not taken over: {error:#}");
                }
            }
        }
        let _ = end_revoked(&store, &sessions).await;
    }
}

/// Requests ask the store themselves; this closes the sockets.
async fn end_revoked(store: &Store, sessions: &Sessions) -> Result<(), StoreError> {
    let open = sessions.programs();
    if open.is_empty() {
        return Ok(());
    }
    let known: BTreeSet<_> = store.programs().await?.into_iter().map(|token| ProgramId(token.id)).collect();
    open.difference(&known).for_each(|id| sessions.end_program(*id));
    Ok(())
}
