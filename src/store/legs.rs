//! The legs of calls that are up: written by the center, read once at the start, so that the calls go on.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::base::{Instant, InteractionId};
use crate::call::{KeptLeg, Role};
use crate::center::CallWas;
use crate::crm::Holder;

use super::db::{Conn, args, instant};
use super::interactions::{InteractionRow, word};
use super::recover::ALIVE;
use super::{Store, StoreError};

/// Who hears nothing for longer has hung up.
const AWAY_MAX: Duration = Duration::from_secs(120);
/// Calls that are taken up at a start; of more, those that began first.
const CALLS_MAX: u32 = 10_000;

impl Store {
    /// The calls that may go on: their records are open and with an agent or in a line, their customers' legs are
    /// known, and the process that had them has not been gone for long. Ask before interrupted calls are closed.
    pub async fn calls_kept(&self, now: Instant) -> Result<Vec<CallWas>, StoreError> {
        let mut conn = self.begin().await?;
        // Of calls that were over without another word: interrupted, or read back from a spool.
        conn.run(
            "DELETE FROM kept_legs WHERE interaction NOT IN (SELECT id FROM interactions WHERE ended IS NULL)",
            &[],
        )
        .await?;
        let alive: Option<(i64,)> = conn.optional("SELECT at FROM marks WHERE name = $1", args![ALIVE]).await?;
        let alive = alive.map(|(at,)| instant(at)).filter(|alive| now.since(*alive) <= AWAY_MAX);
        let calls = match alive {
            Some(alive) => read(&mut conn, alive).await?,
            None => Vec::new(),
        };
        conn.commit().await?;
        Ok(calls)
    }
}

async fn read(conn: &mut Conn, alive: Instant) -> Result<Vec<CallWas>, StoreError> {
    let mut legs: BTreeMap<(String, String), KeptLeg> = BTreeMap::new();
    for (interaction, role, json) in
        conn.all::<(String, String, String)>("SELECT interaction, role, json FROM kept_legs", &[]).await?
    {
        match serde_json::from_str(&json) {
            Ok(leg) => drop(legs.insert((interaction, role), leg)),
            Err(error) => tracing::error!(interaction, %error, "a leg cannot be read: its call does not go on"),
        }
    }
    let last: BTreeMap<String, i64> = conn
        .all::<(String, i64)>(
            "SELECT e.interaction, MAX(e.seq) FROM interaction_events e JOIN kept_legs k ON k.interaction = e.interaction
             GROUP BY e.interaction",
            &[],
        )
        .await?
        .into_iter()
        .collect();
    let rows: Vec<InteractionRow> = conn
        .all(
            "SELECT * FROM interactions WHERE id IN (SELECT interaction FROM kept_legs)
                AND id NOT IN (SELECT interaction FROM call_backs WHERE ended IS NULL)
             ORDER BY started, id LIMIT $1",
            args![CALLS_MAX],
        )
        .await?;
    let mut calls = Vec::with_capacity(rows.len());
    for row in rows {
        let record = row.interaction()?;
        let holder = record.segments.last().map(|segment| segment.holder);
        let id = record.id.to_string();
        let mut leg = |role| legs.remove(&(id.clone(), word(&role)));
        let (customer, agent) = (leg(Role::Customer), leg(Role::Agent));
        let (Some(customer), Some(Holder::Agent { .. } | Holder::Queue { .. })) = (customer, holder) else { continue };
        let next_seq = last.get(&id).map_or(1, |seq| u32::try_from(*seq).unwrap_or(u32::MAX).saturating_add(1));
        let agent = agent.filter(|_| matches!(holder, Some(Holder::Agent { .. })));
        calls.push(CallWas { record, next_seq, alive, customer, agent });
    }
    Ok(calls)
}

/// As they are in the end: a leg that is none any more goes.
pub(super) async fn upsert(
    conn: &mut Conn,
    legs: Vec<(InteractionId, Role, Option<&KeptLeg>)>,
) -> Result<(), StoreError> {
    let each: BTreeMap<(InteractionId, Role), Option<&KeptLeg>> =
        legs.into_iter().map(|(interaction, role, leg)| ((interaction, role), leg)).collect();
    let (mut there, mut gone) = (Vec::new(), Vec::new());
    for ((interaction, role), leg) in each {
        match leg {
            Some(leg) => {
                let json = serde_json::to_string(leg).map_err(|error| StoreError::Invalid(error.to_string()))?;
                there.push(args![interaction, word(&role), json].to_vec());
            }
            None => gone.push(args![interaction, word(&role)].to_vec()),
        }
    }
    conn.insert(
        "INSERT INTO kept_legs (interaction, role, json)",
        "ON CONFLICT (interaction, role) DO UPDATE SET json = excluded.json",
        &there,
    )
    .await?;
    let sql = "DELETE FROM kept_legs WHERE (interaction, role) IN ({rows})";
    conn.run_rows(sql, &[], &gone).await.map(|_| ())
}

/// The calls are over.
pub(super) async fn forget(conn: &mut Conn, over: &[InteractionId]) -> Result<(), StoreError> {
    let rows: Vec<_> = over.iter().map(|id| args![*id].to_vec()).collect();
    conn.run_rows("DELETE FROM kept_legs WHERE interaction IN ({rows})", &[], &rows).await.map(|_| ())
}
