//! Drafts of flows: texts that somebody is at, beside the center, which they are no part of until they are published.

use serde::Serialize;

use super::rows::number;
use crate::base::Instant;
use crate::store::db::{Conn, args, instant};
use crate::store::{PAGE_MAX, Store, StoreError};

/// A flow that is not published.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
pub struct FlowDraft {
    /// Counts up with every save, also over drafts that went.
    pub version: u32,
    /// Version of the flow that it was begun from; 0: of none that is in the center.
    pub base: u32,
    pub at: Instant,
    /// User who saved it last.
    pub author: String,
    pub text: String,
}

type Row = (i64, i64, i64, String, Option<String>);

impl Store {
    /// Drafts by the key of their flow.
    pub async fn flow_drafts(&self) -> Result<Vec<(String, FlowDraft)>, StoreError> {
        let rows: Vec<(String, i64, i64, i64, String, Option<String>)> = self
            .read()
            .await?
            .all(
                "SELECT key, version, base, at, author, text FROM flow_drafts WHERE text IS NOT NULL
                 ORDER BY key LIMIT $1",
                args![PAGE_MAX],
            )
            .await?;
        let draft = |(key, version, base, at, author, text)| {
            Ok(draft((version, base, at, author, text))?.map(|draft| (key, draft)))
        };
        rows.into_iter().filter_map(|row| draft(row).transpose()).collect()
    }

    /// The draft of one flow, if there is one, and its version, of the last one where it is gone; 0: there never was one.
    pub async fn flow_draft(&self, key: &str) -> Result<(u32, Option<FlowDraft>), StoreError> {
        find(&mut self.read().await?, key).await
    }

    /// Saves a draft over the version that is named, 0: over none; no text: it goes. Gives the new version.
    pub async fn put_flow_draft(
        &self,
        key: &str,
        named: u32,
        text: Option<(&str, u32)>,
        (author, now): (&str, Instant),
    ) -> Result<u32, StoreError> {
        let mut conn = self.begin().await?;
        let (text, base) = text.unzip();
        let changed = match named {
            0 => {
                conn.run(
                    "INSERT INTO flow_drafts (key, version, base, at, author, text) VALUES ($1, 1, $2, $3, $4, $5)
                     ON CONFLICT (key) DO UPDATE SET version = flow_drafts.version + 1, base = excluded.base,
                        at = excluded.at, author = excluded.author, text = excluded.text
                     WHERE flow_drafts.text IS NULL",
                    args![key, base.unwrap_or(0), now, author, text],
                )
                .await?
            }
            named => {
                conn.run(
                    "UPDATE flow_drafts SET version = version + 1, base = $3, at = $4, author = $5, text = $6
                     WHERE key = $1 AND version = $2",
                    args![key, named, base.unwrap_or(0), now, author, text],
                )
                .await?
            }
        };
        let (present, _) = find(&mut conn, key).await?;
        if changed == 0 {
            return Err(StoreError::Changed { what: "draft", present });
        }
        conn.commit().await?;
        Ok(present)
    }
}

async fn find(conn: &mut Conn, key: &str) -> Result<(u32, Option<FlowDraft>), StoreError> {
    let row: Option<Row> =
        conn.optional("SELECT version, base, at, author, text FROM flow_drafts WHERE key = $1", args![key]).await?;
    let Some(row) = row else { return Ok((0, None)) };
    Ok((number(row.0)?, draft(row)?))
}

fn draft((version, base, at, author, text): Row) -> Result<Option<FlowDraft>, StoreError> {
    let (version, base) = (number(version)?, number(base)?);
    Ok(text.map(|text| FlowDraft { version, base, at: instant(at), author, text }))
}
