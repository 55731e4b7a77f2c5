//! Links that open something once, by the digests of their tokens.

use super::db::{args, instant};
use super::{Store, StoreError};
use crate::base::Instant;

/// Links that wait to be used, at once.
const LINKS_MAX: i64 = 10_000;

/// What a link opens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Opens {
    /// A center without an administrator: its first one is made.
    SetUp,
    /// The choice of an own password, for this user.
    Invitation(String),
}

/// A link as it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LinkRow {
    /// SHA-256 of the token, hexadecimal.
    pub digest: String,
    pub opens: Opens,
    pub made: Instant,
    /// It opens nothing from then on.
    pub expires: Instant,
}

type Columns = (String, String, Option<String>, i64, i64);

impl LinkRow {
    fn of((digest, opens, user, made, expires): Columns) -> Result<Self, StoreError> {
        let opens = match (opens.as_str(), user) {
            (SET_UP, None) => Opens::SetUp,
            (INVITATION, Some(user)) => Opens::Invitation(user),
            (other, _) => return Err(StoreError::Corrupt(format!("a link opens `{other}`"))),
        };
        Ok(Self { digest, opens, made: instant(made), expires: instant(expires) })
    }
}

const SET_UP: &str = "set_up";
const INVITATION: &str = "invitation";

impl Opens {
    fn columns(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::SetUp => (SET_UP, None),
            Self::Invitation(user) => (INVITATION, Some(user)),
        }
    }
}

impl Store {
    /// Keeps a link, in place of all others that open the same. Those that have expired by `now` go.
    pub async fn add_link(&self, row: &LinkRow, now: Instant) -> Result<(), StoreError> {
        let (opens, user) = row.opens.columns();
        let mut conn = self.begin().await?;
        conn.run("DELETE FROM links WHERE expires <= $1", args![now]).await?;
        let same = "DELETE FROM links WHERE opens = $1 AND COALESCE(user_name, '') = $2";
        conn.run(same, args![opens, user.unwrap_or_default()]).await?;
        let (waiting,): (i64,) = conn.one("SELECT COUNT(*) FROM links", &[]).await?;
        if waiting >= LINKS_MAX {
            return Err(StoreError::Invalid("too many links wait to be used".to_owned()));
        }
        conn.run(
            "INSERT INTO links (digest, opens, user_name, made, expires) VALUES ($1, $2, $3, $4, $5)",
            args![&row.digest, opens, user, row.made, row.expires],
        )
        .await?;
        conn.commit().await
    }

    /// What a link opens at `now`; `None`: it is unknown, used or expired.
    pub async fn link(&self, digest: &str, now: Instant) -> Result<Option<LinkRow>, StoreError> {
        let sql = "SELECT digest, opens, user_name, made, expires FROM links WHERE digest = $1 AND expires > $2";
        let row: Option<Columns> = self.read().await?.optional(sql, args![digest, now]).await?;
        row.map(LinkRow::of).transpose()
    }

    /// Uses a link up: of many who try at once, one gets it.
    pub async fn take_link(&self, digest: &str, now: Instant) -> Result<Option<LinkRow>, StoreError> {
        let mut conn = self.begin().await?;
        let sql = "DELETE FROM links WHERE digest = $1 AND expires > $2
                   RETURNING digest, opens, user_name, made, expires";
        let row: Option<Columns> = conn.optional(sql, args![digest, now]).await?;
        conn.commit().await?;
        row.map(LinkRow::of).transpose()
    }

    /// No link opens the set-up any more.
    pub async fn forget_set_up(&self) -> Result<(), StoreError> {
        let mut conn = self.begin().await?;
        conn.run("DELETE FROM links WHERE opens = $1", args![SET_UP]).await?;
        conn.commit().await
    }
}
