//! Earlier versions of the center. None is ever changed; going back to one makes a new one.

use serde::Serialize;

use super::rows::number;
use crate::base::Instant;
use crate::setup::{CenterModel, Kind, What, keep_secrets, read, without_secrets};
use crate::store::db::{args, instant};
use crate::store::{PAGE_MAX, Store, StoreError};

#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
pub struct CenterVersion {
    pub version: u32,
    pub at: Instant,
    /// User who applied it.
    pub author: String,
}

/// What one version of the center made of one object.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
pub struct ObjectChange {
    pub version: u32,
    pub at: Instant,
    /// User who did it.
    pub author: String,
    #[serde(flatten)]
    pub what: What,
}

impl Store {
    /// What was done to an object, the newest first, below `before`.
    pub async fn object_changes(
        &self,
        (kind, key): (Kind, &str),
        before: Option<u32>,
        limit: u32,
    ) -> Result<Vec<ObjectChange>, StoreError> {
        let rows: Vec<(i64, i64, String, String)> = self
            .read()
            .await?
            .all(
                "SELECT c.version, v.at, v.author, c.body FROM center_changes c
                 JOIN center_versions v ON v.version = c.version
                 WHERE c.kind = $1 AND c.key = $2 AND c.version < $3 ORDER BY c.version DESC LIMIT $4",
                args![kind.word(), key, before.map_or(i64::MAX, i64::from), limit.clamp(1, PAGE_MAX)],
            )
            .await?;
        let change = |(version, at, author, body): (i64, i64, String, String)| {
            let corrupt = |error| StoreError::Corrupt(format!("change of {kind} `{key}`: {error}"));
            let what = serde_json::from_str(&body).map_err(corrupt)?;
            Ok(ObjectChange { version: number(version)?, at: instant(at), author, what })
        };
        rows.into_iter().map(change).collect()
    }

    /// The newest first, below `before`.
    pub async fn center_versions(&self, before: Option<u32>, limit: u32) -> Result<Vec<CenterVersion>, StoreError> {
        let rows: Vec<(i64, i64, String)> = self
            .read()
            .await?
            .all(
                "SELECT version, at, author FROM center_versions WHERE version < $1 ORDER BY version DESC LIMIT $2",
                args![before.map_or(i64::MAX, i64::from), limit.clamp(1, PAGE_MAX)],
            )
            .await?;
        let version = |(version, at, author): (i64, i64, String)| {
            let version =
                u32::try_from(version).map_err(|_| StoreError::Corrupt(format!("center version {version}")))?;
            Ok(CenterVersion { version, at: instant(at), author })
        };
        rows.into_iter().map(version).collect()
    }

    /// An earlier center as it would be today: its users with the passwords they have now, and without one
    /// where the user is gone, so that no password that was taken away comes back.
    pub async fn center_as_of(&self, version: u32) -> Result<CenterModel, StoreError> {
        let file = self.center_version(version).await?;
        let model = read(&file).map_err(|mistakes| {
            let first = mistakes.first().map(ToString::to_string).unwrap_or_default();
            StoreError::Corrupt(format!("center version {version}: {first}"))
        })?;
        let mut model = without_secrets(model);
        keep_secrets(&mut model, &self.center().await?.0);
        Ok(model)
    }
}
