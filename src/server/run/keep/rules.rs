//! Rules of records act when their time comes.

use std::sync::Arc;
use std::time::Duration;

use crate::server::run::control::Clock;
use crate::store::Files;
use crate::store::record::Records;
use crate::web::{Directory, House};

/// So late they are at most, as long as they are not too many.
const EVERY: Duration = Duration::from_secs(1);
/// A database that is away is left alone for a while.
const AWAY: Duration = Duration::from_secs(10);
const FORGET_EVERY: Duration = Duration::from_secs(3_600);
/// What people were told is kept for so long.
const KEPT: Duration = Duration::from_secs(180 * 86_400);
/// A file that was taken away from a record, or taken in, is kept for so long.
const FILES_KEPT: Duration = Duration::from_secs(30 * 86_400);

pub async fn follow(records: Records, clock: Clock, directory: Arc<Directory>) {
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        loop {
            let house = House::new(directory.now());
            match records.follow_rules(&house.asking(clock())).await {
                Ok(0) => break,
                Ok(done) => tracing::debug!(done, "rules of records"),
                Err(error) => {
                    tracing::warn!(%error, "rules of records wait");
                    tokio::time::sleep(AWAY).await;
                    break;
                }
            }
        }
    }
}

pub async fn forget(records: Records, files: Files, clock: Clock) {
    let mut every = tokio::time::interval_at(tokio::time::Instant::now() + FORGET_EVERY, FORGET_EVERY);
    loop {
        every.tick().await;
        match records.forget_notices(clock() - KEPT).await {
            Ok(0) => {}
            Ok(notices) => tracing::info!(notices, "forgot what people were told long ago"),
            Err(error) => tracing::warn!(%error, "what people were told could not be forgotten"),
        }
        match records.forget_files(&files, clock() - FILES_KEPT).await {
            Ok(0) => {}
            Ok(gone) => tracing::info!(gone, "forgot files that nothing needs any more"),
            Err(error) => tracing::warn!(%error, "files that nothing needs any more stay"),
        }
    }
}
