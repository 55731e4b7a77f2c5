//! Earlier versions of the center. None is ever changed; going back to one makes a new one.

use serde::Serialize;

use crate::base::Instant;
use crate::setup::{CenterModel, keep_secrets, read, without_secrets};
use crate::store::db::{args, instant};
use crate::store::{PAGE_MAX, Store, StoreError};

#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
pub struct CenterVersion {
    pub version: u32,
    pub at: Instant,
    /// User who applied it.
    pub author: String,
}

impl Store {
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
