//! The certificate of a campaign: what its pacer has said, in order.

use super::state::id_of;
use crate::campaign::{CampaignId, Kept, Line};
use crate::store::db::args;
use crate::store::{Store, StoreError};

impl Store {
    /// What the pacer of a campaign had to remember. `None`: it was never started, so no call was made.
    pub async fn kept_pace(&self, key: &str) -> Result<Option<(CampaignId, Kept)>, StoreError> {
        let found: Option<(i64, Option<String>)> =
            self.read().await?.optional("SELECT id, kept FROM campaigns WHERE key = $1", args![key]).await?;
        let Some((id, Some(kept))) = found else { return Ok(None) };
        let corrupt = |error| StoreError::Corrupt(format!("the pacer of campaign `{key}`: {error}"));
        Ok(Some((id_of(id)?, serde_json::from_str(&kept).map_err(corrupt)?)))
    }

    /// The lines after this number, at most so many rows of them; each with its number.
    pub async fn certificate_lines(
        &self,
        campaign: CampaignId,
        after: u64,
        rows: u32,
    ) -> Result<Vec<(u64, Vec<Line>)>, StoreError> {
        let found: Vec<(i64, String)> = self
            .read()
            .await?
            .all(
                "SELECT seq, lines FROM campaign_lines WHERE campaign = $1 AND seq > $2 ORDER BY seq LIMIT $3",
                args![i64::from(campaign.0), after, rows],
            )
            .await?;
        let read = |(seq, lines): (i64, String)| {
            let lines = serde_json::from_str(&lines);
            let lines = lines.map_err(|error| StoreError::Corrupt(format!("lines {seq} of a certificate: {error}")))?;
            Ok((u64::try_from(seq).unwrap_or(0), lines))
        };
        found.into_iter().map(read).collect()
    }
}
