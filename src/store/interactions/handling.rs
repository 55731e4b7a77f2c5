//! Who handled the contacts of a time: read a day at a time, so that no statement is long.

use std::time::Duration;

use super::ResolutionError;
use crate::base::Instant;
use crate::crm::{Handling, Segment};
use crate::store::db::args;
use crate::store::{Store, StoreError};

const DAY: Duration = Duration::from_secs(86_400);

impl Store {
    /// Of the contacts that began in this time and are over; more than `most` are refused.
    pub async fn handling(&self, from: Instant, to: Instant, most: u32) -> Result<Handling, ResolutionError> {
        let mut conn = self.read().await?;
        let (mut handling, mut left, mut day) = (Handling::default(), most, from);
        while day < to {
            let end = to.min(day + DAY);
            let rows: Vec<(String,)> = conn
                .all(
                    "SELECT segments FROM interactions
                     WHERE started >= $1 AND started < $2 AND ended IS NOT NULL ORDER BY started LIMIT $3",
                    args![day, end, left.saturating_add(1)],
                )
                .await?;
            left = u32::try_from(rows.len())
                .ok()
                .and_then(|read| left.checked_sub(read))
                .ok_or(ResolutionError::TooMuch(u64::from(most)))?;
            for (segments,) in rows {
                let segments: Vec<Segment> = serde_json::from_str(&segments)
                    .map_err(|error| StoreError::Corrupt(format!("segments of a contact: {error}")))?;
                handling.note(&segments);
            }
            day = end;
        }
        Ok(handling)
    }
}
