//! Alerts of the wallboard: written by the center with what happened to them and who is written to, read by people, and
//! taken up by the next process. One that is over is kept as long as figures are.

mod letters;

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::FromRow;

use crate::base::{AlertId, Instant};
use crate::center::alert::{Alert, AlertEvent, AlertNews};

use super::db::{Conn, args, instant};
use super::{PAGE_MAX, Store, StoreError};
pub use letters::{AlertLetter, SentLetter};

/// Alerts taken up at a start; more are told in the log.
const OPEN_MAX: u32 = 10_000;
/// Events of one alert that are read at once.
const EVENTS_MAX: u32 = 1_000;
/// Rows forgotten in one transaction.
const FORGET_MAX: u32 = 1_000;

/// One event of an alert.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
pub struct AlertEntry {
    /// Counted from 1.
    pub seq: u32,
    pub at: Instant,
    #[serde(flatten)]
    pub event: AlertEvent,
}

impl Store {
    /// The newest first; `before`: only those that began before this one.
    pub async fn alerts(&self, before: Option<AlertId>, limit: u32) -> Result<Vec<Alert>, StoreError> {
        let sql = "SELECT json FROM alerts WHERE id < $1 ORDER BY id DESC LIMIT $2";
        let args = args![before.map_or(i64::MAX, number), limit.min(PAGE_MAX.saturating_add(1))];
        let rows: Vec<(String,)> = self.read().await?.all(sql, args).await?;
        rows.iter().map(|(json,)| read(json)).collect()
    }

    /// As it is now, or was in the end.
    pub async fn alert(&self, id: AlertId) -> Result<Alert, StoreError> {
        let sql = "SELECT json FROM alerts WHERE id = $1";
        let row: Option<(String,)> = self.read().await?.optional(sql, args![number(id)]).await?;
        row.map_or(Err(StoreError::NotFound("alert")), |(json,)| read(&json))
    }

    /// What happened to one, in order: its first thousand events.
    pub async fn alert_events(&self, id: AlertId) -> Result<Vec<AlertEntry>, StoreError> {
        let sql = "SELECT seq, at, json FROM alert_events WHERE alert = $1 ORDER BY seq LIMIT $2";
        let rows: Vec<EventRow> = self.read().await?.all(sql, args![number(id), EVENTS_MAX]).await?;
        rows.into_iter().map(EventRow::entry).collect()
    }

    /// Those that went on when the last process ended, the oldest first. A row that cannot be read is left out and told.
    pub async fn open_alerts(&self) -> Result<Vec<Alert>, StoreError> {
        let sql = "SELECT json FROM alerts WHERE ended IS NULL ORDER BY id LIMIT $1";
        let rows: Vec<(String,)> = self.read().await?.all(sql, args![OPEN_MAX]).await?;
        if rows.len() >= OPEN_MAX as usize {
            tracing::error!(rows = rows.len(), "more open alerts than are read at a start");
        }
        let known = |(json,): &(String,)| read(json).inspect_err(|error| tracing::error!(%error, "an alert")).ok();
        Ok(rows.iter().filter_map(known).collect())
    }

    /// Forgets what was over before then. Gives the number forgotten.
    pub async fn forget_alerts(&self, before: Instant) -> Result<u64, StoreError> {
        let sql = "DELETE FROM alerts WHERE id IN (SELECT id FROM alerts WHERE ended < $1 ORDER BY ended LIMIT $2)";
        let mut forgotten = 0_u64;
        loop {
            let mut conn = self.begin().await?;
            let gone = conn.run(sql, args![before, FORGET_MAX]).await?;
            conn.commit().await?;
            forgotten = forgotten.saturating_add(gone);
            if gone < u64::from(FORGET_MAX) {
                return Ok(forgotten);
            }
        }
    }
}

#[derive(FromRow)]
struct EventRow {
    seq: i64,
    at: i64,
    json: String,
}

impl EventRow {
    fn entry(self) -> Result<AlertEntry, StoreError> {
        let event = serde_json::from_str(&self.json).map_err(unreadable)?;
        Ok(AlertEntry { seq: u32::try_from(self.seq).unwrap_or(u32::MAX), at: instant(self.at), event })
    }
}

fn number(id: AlertId) -> i64 {
    i64::try_from(id.0).unwrap_or(i64::MAX)
}

fn read(json: &str) -> Result<Alert, StoreError> {
    serde_json::from_str(json).map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> StoreError {
    StoreError::Corrupt(format!("an alert: {error}"))
}

/// The one with more events is the later one: an older state of it, read back from a spool, changes nothing, and nobody
/// is written to twice.
pub(super) async fn write(conn: &mut Conn, news: &[&AlertNews]) -> Result<(), StoreError> {
    let mut each: BTreeMap<AlertId, &Alert> = BTreeMap::new();
    for alert in news.iter().map(|news| &news.alert) {
        let known = each.entry(alert.id).or_insert(alert);
        if known.events < alert.events {
            *known = alert;
        }
    }
    let written = |error: serde_json::Error| StoreError::Invalid(error.to_string());
    let row = |alert: &Alert| {
        let json = serde_json::to_string(alert).map_err(written)?;
        Ok(args![number(alert.id), alert.ended, alert.events, json].to_vec())
    };
    conn.insert(
        "INSERT INTO alerts (id, ended, events, json)",
        "ON CONFLICT (id) DO UPDATE SET ended = excluded.ended, events = excluded.events, json = excluded.json
         WHERE alerts.events < excluded.events",
        &each.into_values().map(row).collect::<Result<Vec<_>, StoreError>>()?,
    )
    .await?;
    let event = |news: &&AlertNews| {
        let json = serde_json::to_string(&news.event).map_err(written)?;
        Ok(args![number(news.alert.id), news.alert.events, news.at, json].to_vec())
    };
    conn.insert(
        "INSERT INTO alert_events (alert, seq, at, json)",
        "ON CONFLICT (alert, seq) DO NOTHING",
        &news.iter().map(event).collect::<Result<Vec<_>, StoreError>>()?,
    )
    .await?;
    letters::write(conn, news).await
}
