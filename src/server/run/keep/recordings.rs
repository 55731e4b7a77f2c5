//! What is known of recordings is written down: of those that ended just now, and of those that a kill left. What
//! is kept no longer is deleted.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::base::{Instant, InteractionId};
use crate::config::Settings;
use crate::server::run::control::Clock;
use crate::store::recordings::{Deletion, Keys, KeysError, Recorded, Shelf, SoundError};
use crate::store::{Store, StoreError};
use crate::web::{Directory, Listed};

/// Ended recordings that may wait for the store.
pub const WAITING: usize = 1_024;
const LOOK_FIRST: Duration = Duration::from_secs(15);
const LOOK_EVERY: Duration = Duration::from_secs(600);
/// Files read in one turn.
const TURN: u32 = 20;
/// Who deletes by rule, as it is written down.
const BY: &str = "retention";
const DAY: Duration = Duration::from_secs(86_400);
const RETAIN_FIRST: Duration = Duration::from_secs(180);
const RETAIN_EVERY: Duration = Duration::from_secs(3_600);
/// Recordings judged in one turn.
const RETAIN_TURN: u32 = 100;
/// Between two turns.
const PAUSE: Duration = Duration::from_secs(1);

/// Where recordings are kept, and the keys of the settings.
pub fn shelf(settings: &Settings) -> Result<Shelf, KeysError> {
    let keys = settings.recordings.key_file.as_deref().map(Keys::open).transpose()?;
    match &keys {
        Some(keys) => tracing::info!(key = keys.now().newest().id(), "recordings are sealed"),
        None => tracing::info!("recordings are kept in clear: recordings.key_file is empty"),
    }
    Ok(Shelf { folder: settings.folders.recordings.clone(), keys: keys.map(Arc::new) })
}

/// Those that ended just now. One that cannot be written is found by [`look`] later.
pub async fn keep(store: Store, clock: Clock, mut ended: mpsc::Receiver<Recorded>) {
    while let Some(recorded) = ended.recv().await {
        if let Err(error) = store.keep_recording(&recorded, clock()).await {
            tracing::warn!(%error, interaction = %recorded.interaction, "what is known of a recording is written later");
        }
    }
}

/// Deletes what is kept no longer by the rules of the center as they are now.
pub async fn retain(store: Store, clock: Clock, directory: Arc<Directory>, shelf: Shelf) {
    let mut every = tokio::time::interval_at(tokio::time::Instant::now() + RETAIN_FIRST, RETAIN_EVERY);
    loop {
        every.tick().await;
        let mut after = None;
        loop {
            match retain_turn(&store, &directory.now(), &shelf, clock(), after).await {
                Ok(Turn { deleted, next }) => {
                    if deleted > 0 {
                        tracing::info!(deleted, "deleted recordings that are kept no longer");
                    }
                    after = next;
                }
                Err(error) => {
                    tracing::warn!(%error, "recordings could not be deleted");
                    after = None;
                }
            }
            if after.is_none() {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// What came of a turn.
struct Turn {
    deleted: usize,
    /// Where the next one goes on.
    next: Option<(Instant, InteractionId)>,
}

async fn retain_turn(
    store: &Store,
    listed: &Listed,
    shelf: &Shelf,
    now: Instant,
    after: Option<(Instant, InteractionId)>,
) -> Result<Turn, StoreError> {
    let rows = store.recordings_before(now - DAY, after, RETAIN_TURN).await?;
    let mut turn = Turn { deleted: 0, next: rows.last().map(|row| (row.at, row.interaction)) };
    for row in rows {
        let queue = row.queue.and_then(|id| listed.queue_key(id));
        let Some(days) = listed.model.keep_days(queue, &row.called) else { continue };
        if now.since(row.at) < DAY * days {
            continue;
        }
        let why = format!("kept {days} days");
        match store.delete_recording(shelf, row.interaction, BY, &why, now).await {
            Ok(Deletion::Done) => turn.deleted += 1,
            Ok(Deletion::Held | Deletion::Unknown) => {}
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => tracing::warn!(%error, interaction = %row.interaction, "recording cannot be deleted"),
        }
    }
    Ok(turn)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{CallDirection, QueueId, Rng};
    use crate::crm::Interaction;
    use crate::setup::CenterIds;
    use crate::store::StoreSettings;
    use crate::store::recordings::{Hold, Made, Tape};

    const NOW: Instant = Instant::from_micros(1_767_605_400_000_000);

    /// Sales keep 30 days, the number 4001 ten, all else 90; who asks nothing of it: for ever.
    fn listed(rest: Option<u32>) -> Listed {
        let center = "[center]\nlanguages = [\"en\"]\n[queue.sales]\nrecording = { keep_days = 30 }\n[queue.care]\n\
                      [number.4001]\nflow = \"main\"\nrecording = { keep_days = 10 }\n";
        let mut model = crate::setup::read(center).unwrap();
        model.center.recording.keep_days = rest;
        let mut ids = CenterIds::default();
        ids.queues.extend([("sales".to_owned(), QueueId(1)), ("care".to_owned(), QueueId(2))]);
        Listed { model, ids }
    }

    /// A recording that was whole so many days ago.
    async fn recorded(store: &Store, shelf: &Shelf, days: u32, queue: u32, called: &str) -> InteractionId {
        let at = NOW - DAY * days;
        let seed = u64::from(days * 100 + queue) * 10_000 + called.parse::<u64>().unwrap();
        let id = InteractionId::new(at, &mut Rng::new(seed));
        let mut record = Interaction::call(id, CallDirection::Inbound, at);
        record.queue = Some(QueueId(queue));
        record.called = called.to_owned();
        let name = format!("{id}.wav");
        record.recording = Some(name.clone());
        store.save_interactions(&[record]).await.unwrap();
        let made = Made { interaction: id, channels: 2, sample_rate: 8_000 };
        let mut tape = Tape::create(&shelf.folder.join(&name), made, None).unwrap();
        tape.write(0, &[1; 800]).unwrap();
        tape.finish().unwrap();
        store.keep_recording(&shelf.sum_up(&name, id).unwrap(), at).await.unwrap();
        id
    }

    #[tokio::test]
    async fn recordings_go_by_the_rule_of_their_queue_or_number_and_never_while_they_are_held() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("t.db").display());
        let store = Store::open(&StoreSettings::new(&url)).await.unwrap();
        let shelf = Shelf { folder: folder.path().join("r"), keys: None };
        let kept = |id| {
            let (store, shelf) = (store.clone(), shelf.clone());
            async move {
                let row = store.recording(id).await.unwrap().unwrap();
                assert_eq!(row.deleted.is_none(), shelf.open(&row.path, id).is_ok(), "row and file agree");
                row.deleted.is_none()
            }
        };
        let mut all = Vec::new();
        for (days, queue, called, stays) in [
            (31, 1, "4000", false),
            (29, 1, "4000", true),
            (29, 1, "4001", true),
            (11, 2, "4001", false),
            (9, 2, "4001", true),
            (91, 2, "4000", false),
            (89, 2, "4000", true),
            (400, 2, "4000", true),
        ] {
            all.push((recorded(&store, &shelf, days, queue, called).await, days, stays));
        }
        let held = all.last().unwrap().0;
        let hold = Hold { at: NOW, user: "sue".to_owned(), reason: "court".to_owned() };
        store.put_hold(held, &hold).await.unwrap();
        let mut after = None;
        loop {
            after = retain_turn(&store, &listed(Some(90)), &shelf, NOW, after).await.unwrap().next;
            if after.is_none() {
                break;
            }
        }
        for (id, days, stays) in &all {
            assert_eq!(kept(*id).await, *stays, "{days} days");
        }
        let line = &store.recording_log(all[0].0, 1).await.unwrap()[0];
        assert_eq!((line.user.as_str(), line.detail.as_str()), ("retention", "kept 30 days"));
        assert_eq!(store.delete_recording(&shelf, held, "root", "", NOW).await.unwrap(), Deletion::Held);
        store.free_hold(held, "root", NOW).await.unwrap();
        assert_eq!(retain_turn(&store, &listed(None), &shelf, NOW, None).await.unwrap().deleted, 0, "for ever");
        assert_eq!(retain_turn(&store, &listed(Some(90)), &shelf, NOW, None).await.unwrap().deleted, 1);
        assert_eq!(store.delete_recording(&shelf, held, "root", "", NOW).await.unwrap(), Deletion::Unknown);
    }
}
