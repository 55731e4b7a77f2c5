//! Reports that people wrote: their own, and those that they share.

use serde::Serialize;

use super::ReportError;
use crate::base::Instant;
use crate::store::db::args;
use crate::store::{Store, StoreError};

/// Reports of one person.
pub const OWN_MAX: u32 = 100;
/// Shared ones of others that are listed.
const SHARED_MAX: u32 = 500;
const NAME_MAX: usize = 80;

/// A report that somebody wrote.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
pub struct OwnReport {
    /// `own-12`
    pub key: String,
    pub name: String,
    pub sql: String,
    /// Everybody who may write reports sees it.
    pub shared: bool,
    /// Sign-in name.
    pub owner: String,
}

/// What such a report is to be. Its text was read before.
#[derive(Clone, Debug)]
pub struct OwnDraft {
    pub name: String,
    pub sql: String,
    pub shared: bool,
}

type Row = (i64, String, String, String, i64);

fn report((id, owner, name, sql, shared): Row) -> OwnReport {
    OwnReport { key: format!("own-{id}"), name, sql, shared: shared != 0, owner }
}

impl OwnDraft {
    fn checked(mut self) -> Result<Self, ReportError> {
        self.name = self.name.trim().chars().filter(|c| !c.is_control()).collect();
        let fits = !self.name.is_empty() && self.name.chars().count() <= NAME_MAX;
        if fits { Ok(self) } else { Err(ReportError::Name(NAME_MAX)) }
    }
}

impl Store {
    /// The own ones of somebody and those that are shared, by name.
    pub async fn own_reports(&self, user: &str) -> Result<Vec<OwnReport>, StoreError> {
        let sql = "SELECT id, owner, name, text, shared FROM reports WHERE owner = $1 OR shared = 1
                   ORDER BY name, id LIMIT $2";
        let rows: Vec<Row> = self.read().await?.all(sql, args![user, OWN_MAX + SHARED_MAX]).await?;
        Ok(rows.into_iter().map(report).collect())
    }

    /// One that this person may see.
    pub async fn own_report(&self, id: i64, user: &str) -> Result<OwnReport, StoreError> {
        let sql = "SELECT id, owner, name, text, shared FROM reports WHERE id = $1 AND (owner = $2 OR shared = 1)";
        let row: Option<Row> = self.read().await?.optional(sql, args![id, user]).await?;
        row.map(report).ok_or(StoreError::NotFound("report"))
    }

    pub async fn make_report(&self, draft: OwnDraft, user: &str, now: Instant) -> Result<OwnReport, ReportError> {
        let OwnDraft { name, sql, shared } = draft.checked()?;
        let mut conn = self.begin().await?;
        let (present,): (i64,) = conn.one("SELECT COUNT(*) FROM reports WHERE owner = $1", args![user]).await?;
        if present >= i64::from(OWN_MAX) {
            return Err(ReportError::TooMany(OWN_MAX));
        }
        let row: Row = conn
            .one(
                "INSERT INTO reports (owner, name, text, shared, at) VALUES ($1, $2, $3, $4, $5)
                 RETURNING id, owner, name, text, shared",
                args![user, &name, &sql, i64::from(shared), now],
            )
            .await?;
        conn.commit().await?;
        Ok(report(row))
    }

    /// By whoever wrote it.
    pub async fn change_report(
        &self,
        id: i64,
        draft: OwnDraft,
        user: &str,
        now: Instant,
    ) -> Result<OwnReport, ReportError> {
        let OwnDraft { name, sql, shared } = draft.checked()?;
        if self.own_report(id, user).await?.owner != user {
            return Err(ReportError::NotYours);
        }
        let mut conn = self.begin().await?;
        let row: Option<Row> = conn
            .optional(
                "UPDATE reports SET name = $3, text = $4, shared = $5, at = $6 WHERE id = $1 AND owner = $2
                 RETURNING id, owner, name, text, shared",
                args![id, user, &name, &sql, i64::from(shared), now],
            )
            .await?;
        conn.commit().await?;
        Ok(report(row.ok_or(StoreError::NotFound("report"))?))
    }

    /// By whoever wrote it; a shared one also by administrators.
    pub async fn forget_report(&self, id: i64, user: &str, is_admin: bool) -> Result<(), ReportError> {
        let found = self.own_report(id, user).await?;
        if found.owner != user && !is_admin {
            return Err(ReportError::NotYours);
        }
        let mut conn = self.begin().await?;
        conn.run("DELETE FROM reports WHERE id = $1", args![id]).await?;
        conn.commit().await?;
        Ok(())
    }
}
