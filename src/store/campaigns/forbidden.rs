//! Numbers that no campaign calls.

use crate::base::{Instant, Number};
use crate::center::calling::NotToBeCalled;
use crate::store::db::{Conn, args, instant};
use crate::store::{Store, StoreError};

/// A number that is not to be called, as it was written down first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    pub at: Instant,
    pub by: String,
    pub why: String,
}

impl Store {
    /// Nobody calls this number any more: entries that have it are over.
    pub async fn forbid_number(&self, row: &NotToBeCalled) -> Result<(), StoreError> {
        let mut conn = self.begin().await?;
        forbid(&mut conn, [row]).await?;
        conn.commit().await
    }

    /// Since when and why a number is not to be called; `None`: it may be.
    pub async fn forbidden(&self, number: &Number) -> Result<Option<Listed>, StoreError> {
        let found: Option<(i64, String, String)> = self
            .read()
            .await?
            .optional("SELECT at, author, why FROM do_not_call WHERE number = $1", args![number])
            .await?;
        Ok(found.map(|(at, by, why)| Listed { at: instant(at), by, why }))
    }
}

/// One that is written down stays as it is.
pub(in crate::store) async fn forbid<'a>(
    conn: &mut Conn,
    rows: impl IntoIterator<Item = &'a NotToBeCalled>,
) -> Result<(), StoreError> {
    let rows: Vec<_> = rows.into_iter().map(|row| args![&row.number, row.at, &row.by, &row.why].to_vec()).collect();
    conn.insert("INSERT INTO do_not_call (number, at, author, why)", "ON CONFLICT (number) DO NOTHING", &rows).await?;
    conn.run_rows(
        "UPDATE campaign_entries SET ended_as = 'do_not_call', due = NULL
         WHERE ended_as IS NULL AND number IN (SELECT r.c1 FROM ({rows}) AS r)",
        &[],
        &rows,
    )
    .await
    .map(|_| ())
}
