//! Customers who keep a place in a line: written by the center, read once at the start.

use std::collections::BTreeMap;

use crate::base::InteractionId;
use crate::crm::CallBack;

use super::db::{Conn, args};
use super::{Store, StoreError};

/// Call-backs put back into the line at a start; more are told in the log.
const OPEN_MAX: u32 = 10_000;

impl Store {
    /// Those that are not over, the longest waiting first. A row that cannot be read is left out and told.
    pub async fn open_call_backs(&self) -> Result<Vec<CallBack>, StoreError> {
        let rows: Vec<(String, String, i64)> = self
            .read()
            .await?
            .all(
                "SELECT c.interaction, c.json,
                    (SELECT COALESCE(MAX(e.seq), 0) FROM interaction_events e WHERE e.interaction = c.interaction)
                 FROM call_backs c WHERE c.ended IS NULL ORDER BY c.arrived, c.interaction LIMIT $1",
                args![OPEN_MAX],
            )
            .await?;
        if rows.len() >= OPEN_MAX as usize {
            tracing::error!(rows = rows.len(), "more open call-backs than are read at a start");
        }
        let read = |(interaction, json, last): (String, String, i64)| match serde_json::from_str::<CallBack>(&json) {
            Ok(call_back) => {
                let next_seq = u32::try_from(last).unwrap_or(u32::MAX).saturating_add(1);
                Some(CallBack { next_seq, ..call_back })
            }
            Err(error) => {
                tracing::error!(interaction, %error, "a call-back cannot be read");
                None
            }
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }
}

/// One that is over stays over: an older state of it, read back from a spool, changes nothing.
pub(super) async fn upsert<'a>(
    conn: &mut Conn,
    call_backs: impl IntoIterator<Item = &'a CallBack>,
) -> Result<(), StoreError> {
    let mut each: BTreeMap<InteractionId, &CallBack> = BTreeMap::new();
    for call_back in call_backs {
        let known = each.entry(call_back.interaction).or_insert(call_back);
        if known.ended.is_none() {
            *known = call_back;
        }
    }
    let row = |call_back: &CallBack| {
        let json = serde_json::to_string(call_back).map_err(|error| StoreError::Invalid(error.to_string()))?;
        let ended = call_back.ended.map(|ended| ended.at);
        Ok(args![call_back.interaction, call_back.arrived, ended, json].to_vec())
    };
    conn.insert(
        "INSERT INTO call_backs (interaction, arrived, ended, json)",
        "ON CONFLICT (interaction) DO UPDATE SET arrived = excluded.arrived, ended = excluded.ended,
            json = excluded.json
         WHERE call_backs.ended IS NULL",
        &each.into_values().map(row).collect::<Result<Vec<_>, StoreError>>()?,
    )
    .await
}
