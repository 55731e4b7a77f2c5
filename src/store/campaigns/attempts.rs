//! Calls of campaigns.

use std::collections::BTreeMap;

use serde::Serialize;

use super::lists::called;
use crate::base::Instant;
use crate::campaign::{AttemptRules, Attempted, Tries};
use crate::center::calling::{AttemptOver, Called, KeptPace, NewAttempt};
use crate::store::db::{Conn, args};
use crate::store::{Store, StoreError};

impl Store {
    /// Writes a call down that is to be made, with what its pacer has to remember. `None`: it is not to be made. The
    /// campaign does not run, the entry is over, its number is not to be called, or its person is in a call.
    pub async fn begin_attempt(&self, attempt: &NewAttempt) -> Result<Option<Called>, StoreError> {
        let mut conn = self.begin().await?;
        let campaign = i64::from(attempt.pace.campaign.0);
        let begun = match called(&mut conn, attempt.row).await? {
            None => None,
            Some(called) => {
                let person = attempt.person.0.cast_signed();
                let written = conn
                    .run(
                        "INSERT INTO campaign_attempts (campaign, dial, entry, person, agent, begun)
                         SELECT id, $2, $3, $4, $5, $6 FROM campaigns WHERE id = $1 AND state = 'running'
                         ON CONFLICT DO NOTHING",
                        args![campaign, attempt.dial.0, attempt.row, person, attempt.agent, attempt.at],
                    )
                    .await?;
                (written > 0).then_some(called)
            }
        };
        write_paces(&mut conn, [&attempt.pace]).await?;
        conn.commit().await?;
        Ok(begun)
    }

    /// After a crash: calls that nobody knows the end of count as abandoned by the rules of their campaign (by key), for
    /// somebody may have answered. Gives how many there were. Once, before the center begins.
    pub async fn end_open_attempts(
        &self,
        rules: &BTreeMap<String, AttemptRules>,
        now: Instant,
    ) -> Result<usize, StoreError> {
        let mut conn = self.begin().await?;
        let open: Vec<(i64, String, String)> = conn
            .all(
                "SELECT e.id, c.key, e.tries FROM campaign_attempts a JOIN campaign_entries e ON e.id = a.entry
                 JOIN campaigns c ON c.id = a.campaign WHERE a.ended IS NULL AND e.ended_as IS NULL",
                &[],
            )
            .await?;
        let usual = AttemptRules::default();
        let mut entries = Vec::with_capacity(open.len());
        for (row, key, tries) in &open {
            let corrupt = |_| StoreError::Corrupt(format!("tries of campaign entry {row}"));
            let mut tries: Tries = serde_json::from_str(tries).map_err(corrupt)?;
            let wait = rules.get(key).unwrap_or(&usual).after(&mut tries, Attempted::Abandoned);
            let over = wait.is_none().then(|| word(Attempted::Abandoned)).transpose()?;
            entries.push(args![*row, json(&tries)?, wait.map(|wait| now + wait), over].to_vec());
        }
        update_entries(&mut conn, &entries).await?;
        let ended = conn
            .run("UPDATE campaign_attempts SET ended = $1, outcome = 'interrupted' WHERE ended IS NULL", args![now])
            .await?;
        conn.commit().await?;
        Ok(usize::try_from(ended).unwrap_or(usize::MAX))
    }
}

/// Of each campaign the last state counts, whatever the order in which they come.
pub(in crate::store) async fn write_paces<'a>(
    conn: &mut Conn,
    paces: impl IntoIterator<Item = &'a KeptPace>,
) -> Result<(), StoreError> {
    let (mut last, mut lines) = (BTreeMap::new(), Vec::new());
    for pace in paces {
        let id = i64::from(pace.campaign.0);
        if !pace.lines.is_empty() {
            lines.push(args![id, pace.seq, pace.at, json(&pace.lines)?].to_vec());
        }
        let known = last.entry(id).or_insert(pace);
        if known.seq < pace.seq {
            *known = pace;
        }
    }
    conn.insert(
        "INSERT INTO campaign_lines (campaign, seq, at, lines)",
        "ON CONFLICT (campaign, seq) DO NOTHING",
        &lines,
    )
    .await?;
    for (id, pace) in last {
        conn.run(
            "UPDATE campaigns SET kept = $2, seq = $3 WHERE id = $1 AND seq < $3",
            args![id, json(&pace.kept)?, pace.seq],
        )
        .await?;
    }
    Ok(())
}

/// Calls that are over, and how their entries stand then.
pub(in crate::store) async fn write_over<'a>(
    conn: &mut Conn,
    over: impl IntoIterator<Item = &'a AttemptOver>,
) -> Result<(), StoreError> {
    let (mut attempts, mut entries) = (Vec::new(), BTreeMap::new());
    for over in over {
        let outcome = word(over.ended)?;
        let id = i64::from(over.campaign.0);
        attempts.push(args![id, over.dial.0, over.at, outcome.clone(), over.interaction].to_vec());
        let over_as = over.due.is_none().then_some(outcome);
        entries.insert(over.row, args![over.row, json(&over.tries)?, over.due, over_as].to_vec());
    }
    conn.run_rows(
        "UPDATE campaign_attempts SET ended = r.c3, outcome = r.c4, interaction = r.c5 FROM ({rows}) AS r
         WHERE campaign_attempts.campaign = r.c1 AND campaign_attempts.dial = r.c2
         AND campaign_attempts.ended IS NULL",
        &[],
        &attempts,
    )
    .await?;
    update_entries(conn, &entries.into_values().collect::<Vec<_>>()).await
}

async fn update_entries(conn: &mut Conn, entries: &[Vec<crate::store::db::Arg>]) -> Result<(), StoreError> {
    conn.run_rows(
        "UPDATE campaign_entries SET tries = r.c2, due = r.c3, ended_as = r.c4 FROM ({rows}) AS r
         WHERE campaign_entries.id = r.c1 AND campaign_entries.ended_as IS NULL",
        &[],
        entries,
    )
    .await
    .map(|_| ())
}

fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Invalid(error.to_string()))
}

fn word(ended: Attempted) -> Result<String, StoreError> {
    Ok(json(&ended)?.trim_matches('"').to_owned())
}
