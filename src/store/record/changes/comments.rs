//! What people say about a record. A comment is a change that changes nothing: it stands in the history.

use serde::Serialize;

use super::{Detail, How, write};
use crate::base::Instant;
use crate::record::{Asking, LONG_MAX, Refused, Verb, Words};
use crate::store::db::{args, instant};
use crate::store::record::catalogue::Stored;
use crate::store::record::error::RecordError;
use crate::store::record::rows::whole;
use crate::store::record::{Records, Told};
use crate::store::{PAGE_MAX, StoreError};

/// One thing that was said.
#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RecordComment)]
pub struct Comment {
    pub id: i64,
    pub at: Instant,
    /// Sign-in name.
    pub by: String,
    pub text: String,
}

impl Records {
    /// The oldest first.
    pub async fn comments(&self, stored: &Stored, id: i64, asking: &Asking<'_>) -> Result<Vec<Comment>, RecordError> {
        self.record(stored, id, asking).await?;
        let sql = "SELECT id, at, author, detail FROM record_changes
                   WHERE kind = $1 AND record = $2 AND verb = 'comment' ORDER BY id DESC LIMIT $3";
        let rows: Vec<(i64, i64, String, String)> =
            self.store.read().await?.all(sql, args![&stored.kind.key, id, PAGE_MAX]).await?;
        let comment = |(id, at, by, detail): (i64, i64, String, String)| {
            let detail: Detail =
                serde_json::from_str(&detail).map_err(|error| StoreError::Corrupt(format!("change {id}: {error}")))?;
            Ok(Comment { id, at: instant(at), by, text: detail.text.unwrap_or_default() })
        };
        rows.into_iter().rev().map(comment).collect()
    }

    /// Whoever may read a record may say something about it.
    pub async fn comment(
        &self,
        stored: &Stored,
        id: i64,
        text: &str,
        asking: &Asking<'_>,
    ) -> Result<Comment, RecordError> {
        let text = text.trim();
        let refuse = |code, en: &str, zh: &str| {
            Err(RecordError::Fields(vec![Refused { field: "text".into(), code, detail: Words::new(en, zh) }]))
        };
        if text.is_empty() {
            return refuse("required", "this must be filled", "此项必填");
        }
        if text.chars().count() > LONG_MAX {
            return refuse("too_long", "this is too long", "内容过长");
        }
        let mut conn = self.store.begin().await?;
        let record = whole(&mut conn, stored, id).await?;
        let record = record.filter(|record| record.is_reached(&stored.kind, Verb::Read, &asking.who));
        let record = record.ok_or(RecordError::NotFound)?;
        let detail = Detail { text: Some(text.to_owned()), ..Detail::default() };
        let change = write(&mut conn, stored, &record, How::Comment, &detail, asking).await?;
        conn.commit().await?;
        let (kind, state) = (stored.kind.key.clone(), record.state.clone());
        self.tell(stored, Told::Record { kind, id, version: record.version, state });
        Ok(Comment { id: change, at: asking.now, by: asking.who.user.to_owned(), text: text.to_owned() })
    }
}
