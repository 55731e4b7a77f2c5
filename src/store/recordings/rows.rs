//! What is known of recordings, who heard them, and what is held.

use serde::Serialize;
use sqlx::FromRow;
use tokio::task::spawn_blocking;
use utoipa::ToSchema;

use super::{Recorded, Shelf};
use crate::base::{Instant, InteractionId, QueueId};
use crate::store::db::{Arg, Conn, args, instant, micros};
use crate::store::interactions::{parse_id, read_word};
use crate::store::{PAGE_MAX, Store, StoreError};

/// Name of the mark: recordings of contacts that began before it are known.
const KNOWN: &str = "recordings";
/// A contact does not last so long.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(2 * 86_400);
/// Uses of the same kind by the same user within this time are one: players ask in parts.
const ONE_USE: std::time::Duration = std::time::Duration::from_secs(300);

/// A recording as the store knows it.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub struct RecordingRow {
    #[serde(skip)]
    pub path: String,
    pub duration_ms: u64,
    /// Of the WAV.
    pub bytes: u64,
    /// Of the WAV, in hexadecimal: what `sha256sum` says of the downloaded file.
    pub sha256: String,
    /// Nothing of it was lost.
    pub complete: bool,
    pub channels: u32,
    /// Id of the master key that opens it; `null`: it is in clear.
    pub key: Option<String>,
    /// When it was whole.
    pub at: Instant,
    pub deleted: Option<Instant>,
    /// `retention`, or who did it.
    pub deleted_by: Option<String>,
}

/// Nothing of a contact that is held is deleted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub struct Hold {
    pub at: Instant,
    /// Who holds it.
    pub user: String,
    pub reason: String,
}

/// What can be done with a recording, as it is written down.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, serde::Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordingUse {
    Played,
    Downloaded,
    /// Its sum was compared with its file.
    Verified,
    Held,
    Freed,
    Deleted,
}

impl RecordingUse {
    fn word(self) -> &'static str {
        match self {
            Self::Played => "played",
            Self::Downloaded => "downloaded",
            Self::Verified => "verified",
            Self::Held => "held",
            Self::Freed => "freed",
            Self::Deleted => "deleted",
        }
    }
}

/// A recording that may be due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptRecording {
    pub interaction: InteractionId,
    /// When it was whole.
    pub at: Instant,
    pub queue: Option<QueueId>,
    /// The number called.
    pub called: String,
}

/// What became of a deletion.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deletion {
    Done,
    /// It is held: nothing was done.
    Held,
    /// Nothing is known of such a recording, or it is deleted already.
    Unknown,
}

/// One line of the log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub struct RecordingLine {
    pub at: Instant,
    pub user: String,
    pub what: RecordingUse,
    /// Why, where somebody said why.
    pub detail: String,
}

impl Store {
    /// Writes down what is known of a file that is whole. One that was deleted stays deleted.
    pub async fn keep_recording(&self, recorded: &Recorded, now: Instant) -> Result<(), StoreError> {
        let mut conn = self.begin().await?;
        let Recorded { interaction, name, duration_ms, bytes, sha256, complete, channels, key } = recorded;
        conn.run(
            "INSERT INTO recordings (interaction, path, duration_ms, bytes, sha256, complete, channels, key, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (interaction) DO UPDATE SET path = excluded.path, duration_ms = excluded.duration_ms,
                bytes = excluded.bytes, sha256 = excluded.sha256, complete = excluded.complete,
                channels = excluded.channels, key = excluded.key
             WHERE recordings.deleted IS NULL",
            args![
                *interaction,
                name,
                *duration_ms,
                *bytes,
                sha256,
                i64::from(*complete),
                u32::from(*channels),
                key.as_deref(),
                now
            ],
        )
        .await?;
        conn.commit().await
    }

    pub async fn recording(&self, interaction: InteractionId) -> Result<Option<RecordingRow>, StoreError> {
        let row: Option<KeptRow> =
            self.read().await?.optional("SELECT * FROM recordings WHERE interaction = $1", args![interaction]).await?;
        Ok(row.map(KeptRow::recording))
    }

    /// A page of those that were whole before `before` and that nothing holds, the oldest first, behind `after`.
    pub async fn recordings_before(
        &self,
        before: Instant,
        after: Option<(Instant, InteractionId)>,
        limit: u32,
    ) -> Result<Vec<KeptRecording>, StoreError> {
        let (at, id) = after.map_or((0, String::new()), |(at, id)| (micros(at), id.to_string()));
        let rows: Vec<(String, i64, Option<i64>, String)> = self
            .read()
            .await?
            .all(
                "SELECT r.interaction, r.at, i.queue, i.called FROM recordings r JOIN interactions i ON i.id = r.interaction
                 WHERE r.deleted IS NULL AND r.at < $1 AND (r.at > $2 OR (r.at = $2 AND r.interaction > $3))
                    AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.interaction = r.interaction)
                 ORDER BY r.at, r.interaction LIMIT $4",
                args![before, at, id, limit.min(PAGE_MAX)],
            )
            .await?;
        let row = |(id, at, queue, called): (String, i64, Option<i64>, String)| {
            let queue = queue.and_then(|queue| u32::try_from(queue).ok()).map(QueueId);
            Ok(KeptRecording { interaction: parse_id(&id)?, at: instant(at), queue, called })
        };
        rows.into_iter().map(row).collect()
    }

    /// Deletes the file of a recording and notes it; what is known of it stays. Nothing is deleted of what is held.
    pub async fn delete_recording(
        &self,
        shelf: &Shelf,
        interaction: InteractionId,
        by: &str,
        why: &str,
        now: Instant,
    ) -> Result<Deletion, StoreError> {
        let mut conn = self.begin().await?;
        // First, so that nobody holds it meanwhile.
        if lock(&mut conn, interaction).await? == 0 {
            return Ok(Deletion::Unknown);
        }
        let held: Option<(i64,)> =
            conn.optional("SELECT at FROM holds WHERE interaction = $1", args![interaction]).await?;
        if held.is_some() {
            return Ok(Deletion::Held);
        }
        let (path,): (String,) =
            conn.one("SELECT path FROM recordings WHERE interaction = $1", args![interaction]).await?;
        conn.run(
            "UPDATE recordings SET deleted = $2, deleted_by = $3 WHERE interaction = $1",
            args![interaction, now, by],
        )
        .await?;
        line(&mut conn, interaction, by, RecordingUse::Deleted, why, now).await?;
        // Before the commit: a kill in between leaves a row whose file is gone, and that is deleted again.
        let shelf = shelf.clone();
        let removed = spawn_blocking(move || shelf.remove(&path)).await;
        let removed = removed.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        removed.map_err(|error| StoreError::Refused(format!("recording of {interaction}: {error}")))?;
        conn.commit().await?;
        Ok(Deletion::Done)
    }

    /// The keys of these were wrapped anew.
    pub async fn recordings_rewrapped(&self, interactions: &[InteractionId], key: &str) -> Result<(), StoreError> {
        let mut conn = self.begin().await?;
        let rows: Vec<Vec<Arg>> = interactions.iter().map(|id| args![*id].to_vec()).collect();
        conn.run_rows("UPDATE recordings SET key = $1 WHERE interaction IN ({rows})", args![key], &rows).await?;
        conn.commit().await
    }

    /// A page of those that are not deleted, with path and sum, by their ids.
    pub async fn kept_recordings(
        &self,
        after: Option<InteractionId>,
    ) -> Result<Vec<(InteractionId, String, String)>, StoreError> {
        let rows: Vec<(String, String, String)> = self
            .read()
            .await?
            .all(
                "SELECT interaction, path, sha256 FROM recordings WHERE deleted IS NULL AND interaction > $1
                 ORDER BY interaction LIMIT $2",
                args![after.map_or_else(String::new, |id| id.to_string()), PAGE_MAX],
            )
            .await?;
        rows.into_iter().map(|(id, path, sum)| Ok((parse_id(&id)?, path, sum))).collect()
    }

    /// Ended contacts with a recording of which nothing is known, the oldest first: their file was mended after a
    /// kill, or is gone. An empty answer is remembered: it is not looked there again.
    pub async fn unknown_recordings(
        &self,
        now: Instant,
        limit: u32,
    ) -> Result<Vec<(InteractionId, String)>, StoreError> {
        let mut conn = self.begin().await?;
        let mark: Option<(i64,)> = conn.optional("SELECT at FROM marks WHERE name = $1", args![KNOWN]).await?;
        let rows: Vec<(String, String)> = conn
            .all(
                "SELECT i.id, i.recording FROM interactions i LEFT JOIN recordings r ON r.interaction = i.id
                 WHERE i.started >= $1 AND i.ended < $2 AND i.recording IS NOT NULL AND r.interaction IS NULL
                 ORDER BY i.started, i.id LIMIT $3",
                args![mark.map_or(0, |(at,)| at), now, limit.min(PAGE_MAX)],
            )
            .await?;
        if rows.is_empty() {
            conn.run(
                "INSERT INTO marks (name, at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET at = excluded.at",
                args![KNOWN, now - LONGEST],
            )
            .await?;
        }
        conn.commit().await?;
        rows.into_iter().map(|(id, path)| Ok((parse_id(&id)?, path))).collect()
    }

    /// Writes a use down; several within five minutes are one.
    pub async fn note_recording_use(
        &self,
        interaction: InteractionId,
        user: &str,
        what: RecordingUse,
        now: Instant,
    ) -> Result<(), StoreError> {
        let known: Option<(i64,)> = self
            .read()
            .await?
            .optional(
                "SELECT seq FROM recording_log WHERE interaction = $1 AND user_name = $2 AND what = $3 AND at > $4
                 LIMIT 1",
                args![interaction, user, what.word(), now - ONE_USE],
            )
            .await?;
        if known.is_some() {
            return Ok(());
        }
        let mut conn = self.begin().await?;
        line(&mut conn, interaction, user, what, "", now).await?;
        conn.commit().await
    }

    /// Who did what, the newest first.
    pub async fn recording_log(
        &self,
        interaction: InteractionId,
        limit: u32,
    ) -> Result<Vec<RecordingLine>, StoreError> {
        let rows: Vec<(i64, String, String, String)> = self
            .read()
            .await?
            .all(
                "SELECT at, user_name, what, detail FROM recording_log WHERE interaction = $1
                 ORDER BY seq DESC LIMIT $2",
                args![interaction, limit.min(PAGE_MAX)],
            )
            .await?;
        let line = |(at, user, what, detail): (i64, String, String, String)| {
            Ok(RecordingLine { at: instant(at), user, what: read_word(&what)?, detail })
        };
        rows.into_iter().map(line).collect()
    }

    pub async fn hold(&self, interaction: InteractionId) -> Result<Option<Hold>, StoreError> {
        let row: Option<(i64, String, String)> = self
            .read()
            .await?
            .optional("SELECT at, user_name, reason FROM holds WHERE interaction = $1", args![interaction])
            .await?;
        Ok(row.map(|(at, user, reason)| Hold { at: instant(at), user, reason }))
    }

    /// Holds a contact, or changes why it is held.
    pub async fn put_hold(&self, interaction: InteractionId, hold: &Hold) -> Result<(), StoreError> {
        let mut conn = self.begin().await?;
        lock(&mut conn, interaction).await?;
        let Hold { at, user, reason } = hold;
        conn.run(
            "INSERT INTO holds (interaction, at, user_name, reason) VALUES ($1, $2, $3, $4)
             ON CONFLICT (interaction) DO UPDATE SET at = excluded.at, user_name = excluded.user_name,
                reason = excluded.reason",
            args![interaction, *at, user, reason],
        )
        .await?;
        line(&mut conn, interaction, user, RecordingUse::Held, reason, *at).await?;
        conn.commit().await
    }

    /// Nothing holds it any more.
    pub async fn free_hold(&self, interaction: InteractionId, user: &str, now: Instant) -> Result<(), StoreError> {
        let mut conn = self.begin().await?;
        if conn.run("DELETE FROM holds WHERE interaction = $1", args![interaction]).await? == 0 {
            return Err(StoreError::NotFound("hold"));
        }
        line(&mut conn, interaction, user, RecordingUse::Freed, "", now).await?;
        conn.commit().await
    }
}

/// Makes others who would change what is known of it wait. 0: nothing is known, or it is deleted.
async fn lock(conn: &mut Conn, interaction: InteractionId) -> Result<u64, StoreError> {
    conn.run("UPDATE recordings SET at = at WHERE interaction = $1 AND deleted IS NULL", args![interaction]).await
}

async fn line(
    conn: &mut Conn,
    interaction: InteractionId,
    user: &str,
    what: RecordingUse,
    detail: &str,
    now: Instant,
) -> Result<(), StoreError> {
    conn.run(
        "INSERT INTO recording_log (interaction, at, user_name, what, detail) VALUES ($1, $2, $3, $4, $5)",
        args![interaction, micros(now), user, what.word(), detail],
    )
    .await
    .map(|_| ())
}

#[derive(FromRow)]
struct KeptRow {
    path: String,
    duration_ms: i64,
    bytes: i64,
    sha256: String,
    complete: i64,
    channels: i64,
    key: Option<String>,
    at: i64,
    deleted: Option<i64>,
    deleted_by: Option<String>,
}

impl KeptRow {
    fn recording(self) -> RecordingRow {
        let count = |value: i64| u64::try_from(value).unwrap_or(0);
        RecordingRow {
            path: self.path,
            duration_ms: count(self.duration_ms),
            bytes: count(self.bytes),
            sha256: self.sha256,
            complete: self.complete != 0,
            channels: u32::try_from(self.channels).unwrap_or(0),
            key: self.key,
            at: instant(self.at),
            deleted: self.deleted.map(instant),
            deleted_by: self.deleted_by,
        }
    }
}
