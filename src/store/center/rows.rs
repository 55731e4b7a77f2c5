//! The center in the store.

use std::collections::BTreeMap;

use toml::Table;

use super::secrets;
use crate::base::{AgentId, Instant, QueueId, SkillId};
use crate::setup::{CenterIds, CenterModel, Change, Kind, Object, Plan, check, model_of, objects_of, print};
use crate::store::db::{Conn, args};
use crate::store::{Store, StoreError};

impl Store {
    /// The center as it was applied last, with the numbers of its objects.
    pub async fn center(&self) -> Result<(CenterModel, CenterIds), StoreError> {
        let mut conn = self.read().await?;
        let (objects, ids) = load(&mut conn).await?;
        Ok((model_of(objects)?, ids))
    }

    /// The version of the center as it was applied last; 0: nothing was applied yet.
    pub async fn version(&self) -> Result<u32, StoreError> {
        version(&mut self.read().await?).await
    }

    /// What would change if the center became `wanted`. Passwords in it may be plain.
    pub async fn plan(&self, wanted: CenterModel) -> Result<Plan, StoreError> {
        if let Some(mistake) = check(&wanted).first() {
            return Err(StoreError::Invalid(mistake.to_string()));
        }
        let mut conn = self.read().await?;
        let (objects, ids) = load(&mut conn).await?;
        drop(conn);
        let current = model_of(objects.clone())?;
        let hashed = tokio::task::spawn_blocking(move || secrets::hashed(wanted, &current)).await;
        let hashed = hashed.map_err(|error| StoreError::Invalid(error.to_string()))??;
        Ok(Plan::new(ids.version, &objects, objects_of(&hashed)?))
    }

    /// Makes the center what the plan says, in one transaction. An empty plan changes nothing, not
    /// even the version. A plan against another version than the present one is refused.
    pub async fn apply(&self, plan: &Plan, author: &str, now: Instant) -> Result<CenterIds, StoreError> {
        let mut conn = self.begin().await?;
        lock(&mut conn).await?;
        let (_, ids) = load(&mut conn).await?;
        if ids.version != plan.base() {
            return Err(StoreError::Outdated { planned: plan.base(), present: ids.version });
        }
        if plan.is_empty() {
            return Ok(ids);
        }
        let known = |object: &Object| (object.kind.word().to_owned(), object.key.clone());
        let wanted: BTreeMap<_, _> = plan.wanted().iter().map(|object| (known(object), object)).collect();
        let (mut written, mut gone) = (Vec::new(), Vec::new());
        for change in &plan.changes {
            match wanted.get(&(change.kind.clone(), change.key.clone())) {
                Some(object) => written.push(*object),
                None => gone.push(change),
            }
        }
        let toml = print(&model_of(plan.wanted().to_vec())?)?;
        conn.run("INSERT INTO center_versions (at, author, toml) VALUES ($1, $2, $3)", args![now, author, toml])
            .await?;
        let version = version(&mut conn).await?;
        write(&mut conn, &written, version).await?;
        remove(&mut conn, &gone, now).await?;
        note(&mut conn, &plan.changes, version).await?;
        let (_, ids) = load(&mut conn).await?;
        conn.commit().await?;
        Ok(ids)
    }

    /// The version in which an object became what it is; `None`: there is none of that key.
    pub async fn object_version(&self, kind: Kind, key: &str) -> Result<Option<u32>, StoreError> {
        let row: Option<(i64,)> = self
            .read()
            .await?
            .optional(
                "SELECT version FROM center_objects WHERE kind = $1 AND key = $2 AND removed IS NULL",
                args![kind.word(), key],
            )
            .await?;
        row.map(|(version,)| number(version)).transpose()
    }

    /// The same of all objects of a kind, by key.
    pub async fn object_versions(&self, kind: Kind) -> Result<BTreeMap<String, u32>, StoreError> {
        let rows: Vec<(String, i64)> = self
            .read()
            .await?
            .all("SELECT key, version FROM center_objects WHERE kind = $1 AND removed IS NULL", args![kind.word()])
            .await?;
        rows.into_iter().map(|(key, version)| Ok((key, number(version)?))).collect()
    }

    /// The center as a file that plans to nothing.
    pub async fn export(&self) -> Result<String, StoreError> {
        Ok(print(&self.center().await?.0)?)
    }

    /// The center as it was in an earlier version, as a file.
    pub async fn center_version(&self, version: u32) -> Result<String, StoreError> {
        let row: Option<(String,)> =
            self.read().await?.optional("SELECT toml FROM center_versions WHERE version = $1", args![version]).await?;
        row.map(|(toml,)| toml).ok_or(StoreError::NotFound("version of the center"))
    }
}

/// Two plans are applied one after the other. (SQLite has one writer anyway.)
async fn lock(conn: &mut Conn) -> Result<(), StoreError> {
    if conn.is_postgres() {
        conn.run("LOCK TABLE center_versions IN EXCLUSIVE MODE", &[]).await?;
    }
    Ok(())
}

async fn version(conn: &mut Conn) -> Result<u32, StoreError> {
    let (version,): (i64,) = conn.one("SELECT COALESCE(MAX(version), 0) FROM center_versions", &[]).await?;
    number(version)
}

async fn load(conn: &mut Conn) -> Result<(Vec<Object>, CenterIds), StoreError> {
    let version = version(conn).await?;
    let rows: Vec<(i64, String, String, String, i64, String)> = conn
        .all(
            "SELECT id, kind, key, name, position, body FROM center_objects WHERE removed IS NULL
             ORDER BY kind, position, id",
            &[],
        )
        .await?;
    let mut ids = CenterIds { version, ..CenterIds::default() };
    let mut objects = Vec::with_capacity(rows.len());
    for (id, kind, key, name, position, body) in rows {
        let corrupt = |what: &dyn std::fmt::Display| StoreError::Corrupt(format!("{kind} `{key}`: {what}"));
        let known = Kind::from_word(&kind).ok_or_else(|| corrupt(&"unknown kind"))?;
        let fields: Table = serde_json::from_str(&body).map_err(|error| corrupt(&error))?;
        let id = number(id)?;
        match known {
            Kind::Skill => drop(ids.skills.insert(key.clone(), SkillId(id))),
            Kind::Queue => drop(ids.queues.insert(key.clone(), QueueId(id))),
            Kind::Agent => drop(ids.agents.insert(key.clone(), AgentId(id))),
            _ => {}
        }
        objects.push(Object { kind: known, key, name, position: number(position)?, fields });
    }
    objects.sort_by_key(|object| (object.kind, object.position));
    Ok((objects, ids))
}

async fn write(conn: &mut Conn, objects: &[&Object], version: u32) -> Result<(), StoreError> {
    let row = |object: &&Object| {
        let body = serde_json::to_string(&object.fields).map_err(|error| StoreError::Invalid(error.to_string()))?;
        Ok(args![object.kind.word(), &object.key, &object.name, object.position, body, version].to_vec())
    };
    conn.insert(
        "INSERT INTO center_objects (kind, key, name, position, body, version)",
        "ON CONFLICT (kind, key) DO UPDATE SET name = excluded.name, position = excluded.position,
            body = excluded.body, version = excluded.version, removed = NULL",
        &objects.iter().map(row).collect::<Result<Vec<_>, StoreError>>()?,
    )
    .await
}

/// The rows stay: interactions mention their numbers, and their keys may come back.
async fn remove(conn: &mut Conn, changes: &[&Change], now: Instant) -> Result<(), StoreError> {
    let row = |change: &&Change| args![&change.kind, &change.key].to_vec();
    conn.run_rows(
        "UPDATE center_objects SET removed = $1 FROM ({rows}) gone WHERE kind = gone.c1 AND key = gone.c2",
        args![now],
        &changes.iter().map(row).collect::<Vec<_>>(),
    )
    .await
    .map(|_| ())
}

async fn note(conn: &mut Conn, changes: &[Change], version: u32) -> Result<(), StoreError> {
    let row = |change: &Change| {
        let body = serde_json::to_string(&change.what).map_err(|error| StoreError::Invalid(error.to_string()))?;
        Ok(args![version, &change.kind, &change.key, body].to_vec())
    };
    conn.insert(
        "INSERT INTO center_changes (version, kind, key, body)",
        "",
        &changes.iter().map(row).collect::<Result<Vec<_>, StoreError>>()?,
    )
    .await
}

pub(super) fn number(value: i64) -> Result<u32, StoreError> {
    u32::try_from(value).map_err(|_| StoreError::Corrupt(format!("number {value} of the center")))
}
