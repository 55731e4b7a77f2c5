//! What other processes write reaches the running server by itself: a center that was applied, a password
//! that was set, a token that was revoked on the command line; and what the DNS says of the names of trunks.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::reload::Loader;
use crate::door::{Door, ProgramId, Sessions};
use crate::net::resolve::Resolver;
use crate::sip::Named;
use crate::store::{Store, StoreError};

/// A change is taken over after so long at most.
const EVERY: Duration = Duration::from_secs(1);
/// A name that was not found is looked up again after so long.
const AGAIN: Duration = Duration::from_secs(10);

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

/// Looks up the names that trunks go by, and again when the answers are old, until it is dropped. What was found holds
/// until something else is: a DNS that is away takes no trunk away.
pub async fn names(loader: Arc<Loader>, sessions: Arc<Sessions>, door: Door, server: Option<SocketAddr>) {
    let resolver = match Resolver::new(server) {
        Ok(resolver) => resolver,
        Err(error) => return tracing::warn!(%error, "names of trunks cannot be looked up"),
    };
    let mut until: BTreeMap<Named, Instant> = BTreeMap::new();
    let mut failing: BTreeSet<Named> = BTreeSet::new();
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        let wanted = loader.wanted_names();
        until.retain(|name, _| wanted.contains(name));
        let mut changed = false;
        for name in wanted {
            if until.get(&name).is_some_and(|until| *until > Instant::now()) {
                continue;
            }
            let found = resolver.find(&name).await;
            let next = found.as_ref().map_or_else(|_| Instant::now() + AGAIN, |found| found.until);
            until.insert(name.clone(), next);
            match found {
                Ok(found) => {
                    if failing.remove(&name) {
                        tracing::info!(host = name.host, "the name of a trunk is found");
                    }
                    changed |= loader.name_found(name, found.places);
                }
                Err(error) if failing.insert(name.clone()) => {
                    tracing::warn!(host = name.host, %error, "the name of a trunk is not found");
                }
                Err(_) => {}
            }
        }
        if changed && let Err(error) = loader.reload(&door, &sessions).await {
            tracing::error!("what the names of trunks stand for is not taken over: {error:#}");
        }
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
