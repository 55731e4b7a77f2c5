//! Kinds: opened, planned, published, gone back to.

use std::collections::BTreeSet;

use serde::Serialize;

use super::catalogue::{Catalogue, Columns, Stored};
use super::error::RecordError;
use super::shipped::shipped;
use super::sql::{Sql, as_text, number};
use super::{KINDS_MAX, Records, Told, tables};
use crate::base::Instant;
use crate::record::{Kind, Plan, across, read};
use crate::store::db::{Conn, args, instant};
use crate::store::{PAGE_MAX, Store, StoreError};

/// Who wrote the kinds that come with the program.
const SHIPPED_BY: &str = "carillon";

/// A version of a kind.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
pub struct KindVersion {
    pub version: u32,
    pub at: Instant,
    /// User who published it.
    pub author: String,
}

impl Records {
    /// The kinds in force, and those that come with the program and were never there.
    pub async fn open(store: &Store, now: Instant) -> Result<Self, RecordError> {
        let store = store.clone();
        let patient = store.patient();
        let mut conn = patient.begin().await?;
        lock(&mut conn).await?;
        let mut catalogue = load(&mut conn).await?;
        let texts = shipped();
        let all: BTreeSet<String> = catalogue.keys().chain(texts.keys()).cloned().collect();
        let mut new = Vec::new();
        for (_, text) in texts.iter().filter(|(key, _)| !catalogue.contains_key(*key)) {
            let kind = read(text, &all).map_err(RecordError::Mistakes)?;
            let columns = Columns::of(&kind, None, &[]);
            let stored = Stored { kind, version: 1, columns };
            tables::make(&mut conn, &stored).await?;
            new.push((stored, text));
        }
        // They may refer to each other, so every table is there before the first column that does.
        for (stored, text) in new {
            tables::widen(&mut conn, &stored, &[]).await?;
            write(&mut conn, &stored, text, SHIPPED_BY, now).await?;
            catalogue.insert(stored.kind.key.clone(), stored.into());
        }
        conn.commit().await?;
        Ok(Self::of(store, catalogue))
    }

    /// What a definition would change. `key`: of the kind it is to be.
    pub async fn plan_kind(&self, key: &str, source: &str) -> Result<(Kind, Plan), RecordError> {
        let (kind, plan) = self.planned(key, source)?;
        if let Some(stored) = self.kinds().get(&kind.key) {
            self.unused(&mut self.store.read().await?, stored, &plan).await?;
        }
        Ok((kind, plan))
    }

    fn planned(&self, key: &str, source: &str) -> Result<(Kind, Plan), RecordError> {
        let kinds = self.kinds();
        let kind = read(source, &kinds.keys().cloned().collect()).map_err(RecordError::Mistakes)?;
        if kind.key != key {
            return Err(StoreError::Invalid(format!("this is the definition of `{}`, not of `{key}`", kind.key)).into());
        }
        let wrong = across(source, &kind, |key| kinds.get(key).map(|stored| &stored.kind));
        if !wrong.is_empty() {
            return Err(RecordError::Mistakes(wrong));
        }
        let plan = Plan::between(kinds.get(key).map(|stored| &stored.kind), &kind);
        Ok((kind, plan))
    }

    /// Makes a definition the one in force. `over`: the version that it was planned against; 0: there is none.
    pub async fn publish_kind(
        &self,
        key: &str,
        source: &str,
        over: u32,
        author: &str,
        now: Instant,
    ) -> Result<u32, RecordError> {
        self.publish(key, source, over, None, author, now).await
    }

    /// Makes an earlier version the one in force again, as a new one. Fields that were retired since come back with
    /// what stood in them.
    pub async fn restore_kind(&self, key: &str, version: u32, author: &str, now: Instant) -> Result<u32, RecordError> {
        let over = self.kind(key)?.version;
        let (source, _) = self.kind_source(key, Some(version)).await?;
        self.publish(key, &source, over, Some(version), author, now).await
    }

    async fn publish(
        &self,
        key: &str,
        source: &str,
        over: u32,
        back_to: Option<u32>,
        author: &str,
        now: Instant,
    ) -> Result<u32, RecordError> {
        let (kind, plan) = self.planned(key, source)?;
        let mut conn = self.store.begin().await?;
        lock(&mut conn).await?;
        let present = version(&mut conn, key).await?;
        if present != over {
            return Err(RecordError::KindChanged { present });
        }
        let kinds = self.kinds();
        if present == 0 && kinds.len() >= KINDS_MAX {
            return Err(RecordError::TooManyKinds(KINDS_MAX));
        }
        let past = past(&mut conn, key).await?;
        let before = back_to.unwrap_or(present);
        let before = past.iter().find(|(version, _)| *version == before).map(|(_, columns)| columns);
        let past: Vec<Columns> = past.iter().map(|(_, columns)| columns.clone()).collect();
        let columns = Columns::of(&kind, before, &past);
        let stored = Stored { kind, version: present.saturating_add(1), columns };
        if present == 0 {
            tables::make(&mut conn, &stored).await?;
        }
        tables::widen(&mut conn, &stored, &past).await?;
        write(&mut conn, &stored, source, author, now).await?;
        if let Some(known) = kinds.get(key) {
            // After the version: writers of before have ended, and those after it see the new one.
            self.unused(&mut conn, known, &plan).await?;
        }
        conn.commit().await?;
        let version = stored.version;
        self.replace(stored.into());
        let stored = self.kind(key)?;
        self.tell(&stored, Told::Kind { kind: key.to_owned(), version });
        Ok(version)
    }

    /// No record is in a state that goes.
    async fn unused(&self, conn: &mut Conn, stored: &Stored, plan: &Plan) -> Result<(), RecordError> {
        let mut sql = Sql::default();
        let states: Vec<String> = plan.retired_states.iter().map(|state| sql.arg(state)).collect();
        if states.is_empty() {
            return Ok(());
        }
        let text = format!(
            "SELECT state FROM {} WHERE deleted IS NULL AND state IN ({}) LIMIT 1",
            stored.table(),
            states.join(", ")
        );
        let rows: Vec<(String,)> = conn.all_of(text, &sql.args).await?;
        rows.into_iter().next().map_or(Ok(()), |(state,)| Err(RecordError::StateInUse(state)))
    }

    /// The text of a version, or of the one in force, with its number.
    pub async fn kind_source(&self, key: &str, version: Option<u32>) -> Result<(String, u32), RecordError> {
        let version = match version {
            Some(version) => version,
            None => self.kind(key)?.version,
        };
        let sql = "SELECT source FROM kind_versions WHERE kind = $1 AND version = $2";
        let row: Option<(String,)> = self.store.read().await?.optional(sql, args![key, version]).await?;
        row.map(|(source,)| (source, version)).ok_or(RecordError::NotFound)
    }

    /// The newest first.
    pub async fn kind_versions(&self, key: &str) -> Result<Vec<KindVersion>, RecordError> {
        self.kind(key)?;
        let sql = "SELECT version, at, author FROM kind_versions WHERE kind = $1 ORDER BY version DESC LIMIT $2";
        let rows: Vec<(i64, i64, String)> = self.store.read().await?.all(sql, args![key, PAGE_MAX]).await?;
        let told = |(version, at, author)| Ok(KindVersion { version: number(version)?, at: instant(at), author });
        rows.into_iter().map(told).collect()
    }

    /// Reads the kinds anew: another process may have published one.
    pub(super) async fn reload(&self) -> Result<(), RecordError> {
        let catalogue = load(&mut self.store.read().await?).await?;
        catalogue.into_values().for_each(|stored| self.replace(stored));
        Ok(())
    }
}

/// Two are published one after the other. (SQLite has one writer anyway.)
async fn lock(conn: &mut Conn) -> Result<(), StoreError> {
    if conn.is_postgres() {
        conn.run("LOCK TABLE kind_versions IN EXCLUSIVE MODE", &[]).await?;
    }
    Ok(())
}

/// Held until the transaction ends, before any table is touched: who writes a record holds it first, too.
async fn version(conn: &mut Conn, key: &str) -> Result<u32, StoreError> {
    let sql = match conn.is_postgres() {
        true => "SELECT version FROM kinds WHERE kind = $1 FOR UPDATE",
        false => "SELECT version FROM kinds WHERE kind = $1",
    };
    let row: Option<(i64,)> = conn.optional(sql, args![key]).await?;
    row.map_or(Ok(0), |(version,)| number(version))
}

/// Where the fields stood, version by version, the newest first.
async fn past(conn: &mut Conn, key: &str) -> Result<Vec<(u32, Columns)>, StoreError> {
    let sql = "SELECT version, columns FROM kind_versions WHERE kind = $1 ORDER BY version DESC";
    let rows: Vec<(i64, String)> = conn.all(sql, args![key]).await?;
    rows.into_iter().map(|(version, columns)| Ok((number(version)?, columns_of(key, &columns)?))).collect()
}

fn columns_of(key: &str, text: &str) -> Result<Columns, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(format!("columns of {key}: {error}")))
}

async fn write(conn: &mut Conn, stored: &Stored, source: &str, author: &str, now: Instant) -> Result<(), StoreError> {
    let columns = serde_json::to_string(&stored.columns).map_err(|error| StoreError::Invalid(error.to_string()))?;
    let key = &stored.kind.key;
    let sql = "INSERT INTO kind_versions (kind, version, at, author, source, columns) VALUES ($1, $2, $3, $4, $5, $6)";
    conn.run(sql, args![key, stored.version, now, author, source, columns]).await?;
    let sql = "INSERT INTO kinds (kind, version) VALUES ($1, $2)
               ON CONFLICT (kind) DO UPDATE SET version = excluded.version";
    conn.run(sql, args![key, stored.version]).await.map(|_| ())
}

async fn load(conn: &mut Conn) -> Result<Catalogue, RecordError> {
    let sql = format!(
        "SELECT v.kind, {}, v.source, v.columns FROM kinds k
         JOIN kind_versions v ON v.kind = k.kind AND v.version = k.version ORDER BY v.kind",
        as_text("v.version")
    );
    let rows: Vec<(String, String, String, String)> = conn.all_of(sql, &[]).await?;
    let keys: BTreeSet<String> = rows.iter().map(|(key, ..)| key.clone()).collect();
    let mut catalogue = Catalogue::new();
    for (key, version, source, columns) in rows {
        let corrupt = |why: String| StoreError::Corrupt(format!("the kind {key}: {why}"));
        let version = version.parse().map_err(|_| corrupt(format!("version {version}")))?;
        let kind = read(&source, &keys)
            .map_err(|mistakes| corrupt(mistakes.first().map(ToString::to_string).unwrap_or_default()))?;
        let columns = columns_of(&key, &columns)?;
        catalogue.insert(key, Stored { kind, version, columns }.into());
    }
    Ok(catalogue)
}
