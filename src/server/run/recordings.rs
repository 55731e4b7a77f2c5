//! What is known of recordings is written down: of those that ended just now, and of those that a kill left.

use std::time::Duration;

use tokio::sync::mpsc;

use super::control::Clock;
use crate::base::InteractionId;
use crate::config::Settings;
use crate::store::Store;
use crate::store::recordings::{Keys, KeysError, Recorded, Shelf, SoundError};

/// Ended recordings that may wait for the store.
pub const WAITING: usize = 1_024;
const LOOK_FIRST: Duration = Duration::from_secs(15);
const LOOK_EVERY: Duration = Duration::from_secs(600);
/// Files read in one turn.
const TURN: u32 = 20;
/// Between two turns.
const PAUSE: Duration = Duration::from_secs(1);

/// Where recordings are kept, and the keys of the settings.
pub fn shelf(settings: &Settings) -> Result<Shelf, KeysError> {
    let keys = settings.recordings.key_file.as_deref().map(Keys::open).transpose()?;
    match &keys {
        Some(keys) => tracing::info!(key = keys.now().newest().id(), "recordings are sealed"),
        None => tracing::info!("recordings are kept in clear: recordings.key_file is empty"),
    }
    Ok(Shelf { folder: settings.folders.recordings.clone(), keys: keys.map(std::sync::Arc::new) })
}

/// Those that ended just now. One that cannot be written is found by [`look`] later.
pub async fn keep(store: Store, clock: Clock, mut ended: mpsc::Receiver<Recorded>) {
    while let Some(recorded) = ended.recv().await {
        if let Err(error) = store.keep_recording(&recorded, clock()).await {
            tracing::warn!(%error, interaction = %recorded.interaction, "what is known of a recording is written later");
        }
    }
}

/// Those of which nothing is known.
pub async fn look(store: Store, clock: Clock, shelf: Shelf) {
    let mut every = tokio::time::interval_at(tokio::time::Instant::now() + LOOK_FIRST, LOOK_EVERY);
    loop {
        every.tick().await;
        // A minute for what is on its way.
        let before = clock() - Duration::from_secs(60);
        loop {
            let unknown = store.unknown_recordings(before, TURN).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "recordings could not be looked for");
                Vec::new()
            });
            if unknown.is_empty() {
                break;
            }
            for (interaction, name) in unknown {
                let recorded = read(&shelf, interaction, name).await;
                if let Err(error) = store.keep_recording(&recorded, clock()).await {
                    tracing::warn!(%error, %interaction, "what is known of a recording is written later");
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// What there is to know; of a file that cannot be read: nothing but that.
async fn read(shelf: &Shelf, interaction: InteractionId, name: String) -> Recorded {
    let (shelf, of) = (shelf.clone(), name.clone());
    let read = tokio::task::spawn_blocking(move || shelf.sum_up(&of, interaction)).await;
    let why = match read {
        Ok(Ok(recorded)) => return recorded,
        Ok(Err(error)) => error,
        Err(error) => SoundError::Io(std::io::Error::other(error)),
    };
    tracing::warn!(%why, recording = name, "recording cannot be read");
    let key = if let SoundError::NoKey(id) = why { Some(id) } else { None };
    Recorded { interaction, name, duration_ms: 0, bytes: 0, sha256: String::new(), complete: false, channels: 0, key }
}
