//! Who may come in: sessions of browsers that outlive the server, and the tokens of programs. Only
//! digests of tokens are here.

use sqlx::FromRow;

use crate::base::Instant;

use super::db::{Arg, args, instant, keys};
use super::{PAGE_MAX, Store, StoreError};
use crate::setup::Role;

/// Tokens of programs at once.
const PROGRAMS_MAX: i64 = 200;
const NAME_MAX: usize = 64;
/// A use of a token is noted once in so many microseconds.
const USE_NOTED_EVERY: i64 = 60_000_000;

/// A browser's session as it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionRow {
    /// SHA-256 of the token, hexadecimal.
    pub digest: String,
    pub user: String,
    pub stamp: String,
    /// SIP user of the browser's phone.
    pub phone: Option<String>,
    pub opened: Instant,
    pub used: Instant,
}

/// The token of a program, without the token.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ProgramToken {
    pub id: i64,
    /// What the program is called in lists and logs.
    pub name: String,
    pub role: Role,
    /// Key of the agent in whose name it acts.
    pub agent: Option<String>,
    pub created: Instant,
    pub created_by: String,
    pub expires: Option<Instant>,
    /// Its last use, to the minute.
    pub used: Option<Instant>,
}

/// A token to be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewProgram {
    pub name: String,
    pub role: Role,
    pub agent: Option<String>,
    pub created_by: String,
    pub expires: Option<Instant>,
}

impl Store {
    pub async fn save_session(&self, row: &SessionRow) -> Result<(), StoreError> {
        let mut conn = self.begin().await?;
        conn.run(
            "INSERT INTO sessions (digest, user_name, stamp, phone, opened, used) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (digest) DO UPDATE SET used = excluded.used",
            args![&row.digest, &row.user, &row.stamp, row.phone.as_deref(), row.opened, row.used],
        )
        .await?;
        conn.commit().await
    }

    /// Those used last; at most `limit`.
    pub async fn sessions(&self, limit: u32) -> Result<Vec<SessionRow>, StoreError> {
        let rows: Vec<(String, String, String, Option<String>, i64, i64)> = self
            .read()
            .await?
            .all(
                "SELECT digest, user_name, stamp, phone, opened, used FROM sessions ORDER BY used DESC LIMIT $1",
                args![limit],
            )
            .await?;
        let row = |(digest, user, stamp, phone, opened, used)| SessionRow {
            digest,
            user,
            stamp,
            phone,
            opened: instant(opened),
            used: instant(used),
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// Notes the last uses, by digest.
    pub async fn sessions_used(&self, uses: &[(String, Instant)]) -> Result<(), StoreError> {
        let mut conn = self.begin().await?;
        let rows: Vec<Vec<Arg>> = uses.iter().map(|(digest, used)| args![digest, *used].to_vec()).collect();
        let sql = "UPDATE sessions SET used = uses.c2 FROM ({rows}) uses WHERE digest = uses.c1";
        conn.run_rows(sql, &[], &rows).await?;
        conn.commit().await
    }

    pub async fn forget_sessions(&self, digests: &[String]) -> Result<(), StoreError> {
        let mut conn = self.begin().await?;
        conn.run_rows("DELETE FROM sessions WHERE digest IN ({rows})", &[], &keys(digests)).await?;
        conn.commit().await
    }

    /// Removes sessions last used or opened before these times, and tokens that expired before `programs`.
    pub async fn forget_expired(&self, used: Instant, opened: Instant, programs: Instant) -> Result<(), StoreError> {
        let mut conn = self.begin().await?;
        conn.run("DELETE FROM sessions WHERE used < $1 OR opened < $2", args![used, opened]).await?;
        conn.run("DELETE FROM programs WHERE expires < $1", args![programs]).await?;
        conn.commit().await
    }

    /// Writes a token down, by the digest of it. Names are taken once.
    pub async fn add_program(&self, digest: &str, new: &NewProgram, now: Instant) -> Result<ProgramToken, StoreError> {
        let name = new.name.trim();
        if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
            return Err(StoreError::Invalid(format!("a token needs a name of 1 to {NAME_MAX} characters")));
        }
        let mut conn = self.begin().await?;
        let (count,): (i64,) = conn.one("SELECT COUNT(*) FROM programs", &[]).await?;
        if count >= PROGRAMS_MAX {
            return Err(StoreError::Invalid(format!("there are {PROGRAMS_MAX} tokens already: revoke some")));
        }
        let row: Option<ProgramRow> = conn
            .optional(
                "INSERT INTO programs (digest, name, role, agent, created, created_by, expires)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO NOTHING
                 RETURNING id, name, role, agent, created, created_by, expires, used",
                args![digest, name, new.role.word(), new.agent.as_deref(), now, new.created_by.as_str(), new.expires],
            )
            .await?;
        let row = row.ok_or_else(|| StoreError::Invalid(format!("there is a token `{name}` already")))?;
        conn.commit().await?;
        row.token()
    }

    /// By name.
    pub async fn programs(&self) -> Result<Vec<ProgramToken>, StoreError> {
        let rows: Vec<ProgramRow> = self
            .read()
            .await?
            .all(
                "SELECT id, name, role, agent, created, created_by, expires, used FROM programs
                 ORDER BY name LIMIT $1",
                args![PAGE_MAX],
            )
            .await?;
        rows.into_iter().map(ProgramRow::token).collect()
    }

    /// The token of this digest, unless it was revoked or has expired.
    pub async fn program(&self, digest: &str, now: Instant) -> Result<Option<ProgramToken>, StoreError> {
        let row: Option<ProgramRow> = self
            .read()
            .await?
            .optional(
                "SELECT id, name, role, agent, created, created_by, expires, used FROM programs
                 WHERE digest = $1 AND (expires IS NULL OR expires > $2)",
                args![digest, now],
            )
            .await?;
        row.map(ProgramRow::token).transpose()
    }

    /// Notes a use, once a minute.
    pub async fn program_used(&self, id: i64, now: Instant) -> Result<(), StoreError> {
        let mut conn = self.begin().await?;
        conn.run(
            "UPDATE programs SET used = $2 WHERE id = $1 AND (used IS NULL OR used < $2 - $3)",
            args![id, now, USE_NOTED_EVERY],
        )
        .await?;
        conn.commit().await
    }

    /// Revokes a token: from now on it opens nothing.
    pub async fn revoke_program(&self, id: i64) -> Result<(), StoreError> {
        let mut conn = self.begin().await?;
        if conn.run("DELETE FROM programs WHERE id = $1", args![id]).await? == 0 {
            return Err(StoreError::NotFound("token"));
        }
        conn.commit().await
    }
}

impl ProgramToken {
    /// The use at `now` is worth noting.
    pub fn is_use_due(&self, now: Instant) -> bool {
        let every = std::time::Duration::from_micros(USE_NOTED_EVERY.unsigned_abs());
        self.used.is_none_or(|used| now.since(used) > every)
    }
}

#[derive(FromRow)]
struct ProgramRow {
    id: i64,
    name: String,
    role: String,
    agent: Option<String>,
    created: i64,
    created_by: String,
    expires: Option<i64>,
    used: Option<i64>,
}

impl ProgramRow {
    fn token(self) -> Result<ProgramToken, StoreError> {
        let role = Role::from_word(&self.role);
        Ok(ProgramToken {
            id: self.id,
            name: self.name,
            role: role.ok_or_else(|| StoreError::Corrupt(format!("role of token {}", self.id)))?,
            agent: self.agent,
            created: instant(self.created),
            created_by: self.created_by,
            expires: self.expires.map(instant),
            used: self.used.map(instant),
        })
    }
}
