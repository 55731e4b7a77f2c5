//! Files beside records. What is in one stands in the folder of [`Files`] under its digest and is never opened; here is
//! which record has it, what it is called and who brought it.
//!
//! | what | limit |
//! | --- | --- |
//! | a file | [`ATTACHED_MAX`] bytes, of a kind that is looked at, not run |
//! | files of one record | [`FILES_MAX`] |

use std::collections::BTreeSet;

use serde::Serialize;

use super::Records;
use super::catalogue::Stored;
use super::changes::{self, Detail, How};
use super::error::RecordError;
use super::jobs::imported_since;
use super::write::hold;
use crate::base::Instant;
use crate::record::{Asking, Record, Refused, Verb, Words, attachable};
use crate::store::Files;
use crate::store::db::{args, instant, keys};

/// Bytes of a file beside a record.
pub const ATTACHED_MAX: usize = 25 << 20;
/// Files of one record.
pub const FILES_MAX: u32 = 50;

/// A file beside a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
pub struct RecordFile {
    pub id: i64,
    pub name: String,
    /// Bytes.
    pub size: u64,
    pub at: Instant,
    /// Sign-in name.
    pub by: String,
}

type Row = (i64, String, i64, i64, String);

const COLUMNS: &str = "id, name, size, at, author";

fn file((id, name, size, at, by): Row) -> RecordFile {
    RecordFile { id, name, size: u64::try_from(size).unwrap_or_default(), at: instant(at), by }
}

impl Records {
    /// Of a record, the oldest first.
    pub async fn files(&self, stored: &Stored, id: i64, asking: &Asking<'_>) -> Result<Vec<RecordFile>, RecordError> {
        self.record(stored, id, asking).await?;
        let sql = format!(
            "SELECT {COLUMNS} FROM record_files WHERE kind = $1 AND record = $2 AND deleted IS NULL ORDER BY id LIMIT $3"
        );
        let rows: Vec<Row> = self.store.read().await?.all_of(sql, args![&stored.kind.key, id, FILES_MAX]).await?;
        Ok(rows.into_iter().map(file).collect())
    }

    /// Puts a file beside a record that this one may write.
    pub async fn attach(
        &self,
        stored: &Stored,
        id: i64,
        (name, content): (&str, Vec<u8>),
        files: &Files,
        asking: &Asking<'_>,
    ) -> Result<RecordFile, RecordError> {
        // Nobody fills the disk with what would not be taken.
        writable(stored, &self.record(stored, id, asking).await?, asking)?;
        let name = attachable(name, &content).map_err(|(code, detail)| refused(code, detail))?;
        let size = content.len() as u64;
        let digest = files.put(content).await.map_err(|error| RecordError::File(error.to_string()))?;
        let mut conn = self.store.begin().await?;
        let record = hold(&mut conn, stored, id, asking).await?;
        writable(stored, &record, asking)?;
        let sql = "SELECT COUNT(*) FROM record_files WHERE kind = $1 AND record = $2 AND deleted IS NULL";
        let (present,): (i64,) = conn.one(sql, args![&stored.kind.key, id]).await?;
        if present >= i64::from(FILES_MAX) {
            let detail = Words::new("this record has as many files as one can have", "此记录的附件数量已达上限");
            return Err(refused("too_many_files", detail));
        }
        let (file,): (i64,) = conn
            .one(
                "INSERT INTO record_files (kind, record, name, size, digest, at, author)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
                args![&stored.kind.key, id, &name, size, &digest, asking.now, asking.who.user],
            )
            .await?;
        let detail = Detail { text: Some(name.clone()), ..Detail::default() };
        changes::write(&mut conn, stored, &record, How::Attached, &detail, asking).await?;
        conn.commit().await?;
        self.tell_record(stored, &record);
        Ok(RecordFile { id: file, name, size, at: asking.now, by: asking.who.user.to_owned() })
    }

    /// One file of a record that this one may read, and its digest.
    pub async fn attached(
        &self,
        stored: &Stored,
        (id, of): (i64, i64),
        asking: &Asking<'_>,
    ) -> Result<(RecordFile, String), RecordError> {
        self.record(stored, id, asking).await?;
        let sql = "SELECT id, name, size, at, author, digest FROM record_files
                   WHERE id = $1 AND kind = $2 AND record = $3 AND deleted IS NULL";
        type Whole = (i64, String, i64, i64, String, String);
        let rows: Vec<Whole> = self.store.read().await?.all(sql, args![of, &stored.kind.key, id]).await?;
        let (id, name, size, at, by, digest) = rows.into_iter().next().ok_or(RecordError::NotFound)?;
        Ok((file((id, name, size, at, by)), digest))
    }

    /// Takes a file away. What is in it is forgotten some time later.
    pub async fn detach(&self, stored: &Stored, (id, of): (i64, i64), asking: &Asking<'_>) -> Result<(), RecordError> {
        let mut conn = self.store.begin().await?;
        let record = hold(&mut conn, stored, id, asking).await?;
        writable(stored, &record, asking)?;
        let sql = "UPDATE record_files SET deleted = $4 WHERE id = $1 AND kind = $2 AND record = $3 AND deleted IS NULL
                   RETURNING name";
        let rows: Vec<(String,)> = conn.all(sql, args![of, &stored.kind.key, id, asking.now]).await?;
        let (name,) = rows.into_iter().next().ok_or(RecordError::NotFound)?;
        let detail = Detail { text: Some(name), ..Detail::default() };
        changes::write(&mut conn, stored, &record, How::Detached, &detail, asking).await?;
        conn.commit().await?;
        self.tell_record(stored, &record);
        Ok(())
    }

    /// Forgets what has been in the folder since before that time and that neither a record nor an import begun since
    /// then has; how many files that was.
    pub async fn forget_files(&self, files: &Files, before: Instant) -> Result<usize, RecordError> {
        let told = |error: std::io::Error| RecordError::File(error.to_string());
        let old = files.older(before).await.map_err(told)?;
        if old.is_empty() {
            return Ok(0);
        }
        let mut conn = self.store.read().await?;
        let mut needed: BTreeSet<String> = imported_since(&mut conn, before).await?.into_iter().collect();
        let rows: Vec<(String,)> = conn
            .all_rows(
                "SELECT f.digest FROM ({rows}) asked JOIN record_files f ON f.digest = asked.c1
                 WHERE f.deleted IS NULL OR f.deleted >= $1",
                args![before],
                &keys(old.iter().map(String::as_str)),
            )
            .await?;
        needed.extend(rows.into_iter().map(|(digest,)| digest));
        drop(conn);
        let mut gone = 0;
        for digest in old.iter().filter(|digest| !needed.contains(*digest)) {
            gone += usize::from(files.forget(digest, before).await.map_err(told)?);
        }
        if gone > 0 {
            let mut conn = self.store.begin().await?;
            conn.run("DELETE FROM record_files WHERE deleted < $1", args![before]).await?;
            conn.commit().await?;
        }
        Ok(gone)
    }
}

fn writable(stored: &Stored, record: &Record, asking: &Asking<'_>) -> Result<(), RecordError> {
    match record.is_reached(&stored.kind, Verb::Write, &asking.who) {
        true => Ok(()),
        false => Err(RecordError::NotAllowed),
    }
}

fn refused(code: &'static str, detail: Words) -> RecordError {
    RecordError::Fields(vec![Refused { field: "file".into(), code, detail }])
}
