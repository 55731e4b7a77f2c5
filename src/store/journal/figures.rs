//! Figures of times that are over for good, put away by the quarter of an hour, so that reports over months
//! need no journal: neither its time nor its retention.
//!
//! A time is settled when no contact that came in it can go on any more ([`FOLLOWED`]). It is folded from the
//! journal once, by the version of the program that ran it or the next one, and its rows stay as they are. A
//! time whose journal cannot be run is passed over and told in the log.
//!
//! | what | limit |
//! | --- | --- |
//! | one step of settling | [`STEP`], and what follows it |
//! | rows of one question | [`ROWS_MAX`] of each kind, then [`JournalError::TooMuch`] |

use std::time::Duration;

use crate::acd::statistics::{
    AgentTimes, PastFigures, QUARTER_S, QueueCounts, Rows, Settled, SettledAgent, SettledStays,
};
use crate::base::{AgentId, Channel, Instant, QueueId, SkillId};

use super::{JournalError, Span, json, read_json};
use crate::store::db::{Arg, args, instant};
use crate::store::{Store, StoreError};

/// No conversation lasts longer after its contact came (`center::Times::max_call_s`).
pub const FOLLOWED: Duration = Duration::from_secs(4 * 3_600);
const STEP: Duration = Duration::from_secs(6 * 3_600);
const QUARTER: Duration = Duration::from_secs(QUARTER_S as u64);
const ROWS_MAX: u32 = 400_000;
/// Rows forgotten in one transaction.
const FORGET_MAX: u32 = 2_000;

fn is_transient(error: &JournalError) -> bool {
    matches!(error, JournalError::Store(error) if error.is_transient())
}

fn quarter(at: Instant) -> Instant {
    let length = u64::from(QUARTER_S) * 1_000_000;
    Instant::from_micros(at.as_micros() / length * length)
}

impl Store {
    /// Everything before this is settled; `None`: nothing is yet.
    pub async fn settled_until(&self) -> Result<Option<Instant>, StoreError> {
        let row: Option<(i64,)> =
            self.read().await?.optional("SELECT until FROM figures_settled WHERE id = 1", &[]).await?;
        Ok(row.map(|(until,)| instant(until)))
    }

    /// Puts the next time away, [`STEP`] at most; `false`: nothing more is over for good.
    pub async fn settle_figures(&self, now: Instant) -> Result<bool, JournalError> {
        let from = match self.settled_until().await? {
            Some(until) => until,
            None => match self.first_checkpoint(now).await? {
                Some((_, checkpoint)) => quarter(checkpoint.at),
                None => return Ok(false),
            },
        };
        let last = quarter(now - FOLLOWED);
        if last <= from {
            return Ok(false);
        }
        // What cannot be run takes as little as possible with it.
        let mut to = last.min(from + STEP);
        let mut settled = self.figures_of(from, to).await;
        if settled.as_ref().is_err_and(|error| !is_transient(error)) && to > from + QUARTER {
            to = from + QUARTER;
            settled = self.figures_of(from, to).await;
        }
        let settled = match settled {
            Err(error) if !is_transient(&error) => {
                tracing::error!(%error, from = from.utc(), to = to.utc(), "this time has no figures");
                Settled::default()
            }
            settled => settled?,
        };
        self.put_figures_away(&settled, to).await?;
        Ok(true)
    }

    async fn figures_of(&self, from: Instant, to: Instant) -> Result<Settled, JournalError> {
        let span = Span { from, to: to + FOLLOWED, most: u64::MAX };
        match self.read_journal(span, PastFigures::new(QUARTER_S, from), PastFigures::take).await {
            Ok(figures) => Ok(figures.settled_between(from, to)),
            // The journal is younger.
            Err(JournalError::NoJournal) => Ok(Settled::default()),
            Err(error) => Err(error),
        }
    }

    async fn put_figures_away(&self, settled: &Settled, until: Instant) -> Result<(), StoreError> {
        let mut conn = self.begin().await?;
        let stays = settled.stays.iter().map(stays_row).collect::<Result<Vec<_>, _>>()?;
        let agents = settled.agents.iter().map(agent_row).collect::<Result<Vec<_>, _>>()?;
        conn.insert(
            "INSERT INTO figures_stays (at, queue, channel, skills, counts)",
            "ON CONFLICT (at, queue, channel, skills) DO NOTHING",
            &stays,
        )
        .await?;
        conn.insert("INSERT INTO figures_agents (at, agent, times)", "ON CONFLICT (at, agent) DO NOTHING", &agents)
            .await?;
        conn.run(
            "INSERT INTO figures_settled (id, until) VALUES (1, $1)
             ON CONFLICT (id) DO UPDATE SET until = excluded.until",
            args![until],
        )
        .await?;
        conn.commit().await
    }

    /// Settled figures of the intervals that begin in this time.
    pub async fn settled_figures(&self, from: Instant, to: Instant) -> Result<Rows, JournalError> {
        let stays: Vec<(i64, i64, String, String, String)> = self
            .read()
            .await?
            .all(
                "SELECT at, queue, channel, skills, counts FROM figures_stays
                 WHERE at >= $1 AND at < $2 ORDER BY at LIMIT $3",
                args![from, to, ROWS_MAX],
            )
            .await?;
        let agents: Vec<(i64, i64, String)> = self
            .read()
            .await?
            .all(
                "SELECT at, agent, times FROM figures_agents WHERE at >= $1 AND at < $2 ORDER BY at LIMIT $3",
                args![from, to, ROWS_MAX],
            )
            .await?;
        if stays.len().max(agents.len()) >= ROWS_MAX as usize {
            return Err(JournalError::TooMuch(u64::from(ROWS_MAX)));
        }
        let read = move || {
            let mut rows = Rows::default();
            for row in stays {
                rows.add_stays(&stays_of(row)?);
            }
            for row in agents {
                rows.add_agent(&agent_of(row)?);
            }
            Ok::<Rows, StoreError>(rows)
        };
        let done = tokio::task::spawn_blocking(read).await;
        Ok(done.map_err(|error| JournalError::Broken(error.to_string()))??)
    }

    /// Forgets what was settled before that time. Gives the number of rows.
    pub async fn forget_figures(&self, before: Instant) -> Result<u64, StoreError> {
        let mut forgotten = 0_u64;
        for sql in [
            "DELETE FROM figures_stays WHERE at IN (SELECT at FROM figures_stays WHERE at < $1 ORDER BY at LIMIT $2)",
            "DELETE FROM figures_agents WHERE at IN (SELECT at FROM figures_agents WHERE at < $1 ORDER BY at LIMIT $2)",
        ] {
            loop {
                let mut conn = self.begin().await?;
                let gone = conn.run(sql, args![before, FORGET_MAX]).await?;
                conn.commit().await?;
                forgotten = forgotten.saturating_add(gone);
                if gone == 0 {
                    break;
                }
            }
        }
        Ok(forgotten)
    }
}

fn number(value: i64) -> Result<u32, StoreError> {
    u32::try_from(value).map_err(|_| StoreError::Corrupt(format!("settled figures of {value}")))
}

fn stays_row(row: &SettledStays) -> Result<Vec<Arg>, StoreError> {
    Ok(args![row.at, row.queue, json(&row.channel)?, json(&row.skills)?, json(&row.counts)?].to_vec())
}

fn agent_row(row: &SettledAgent) -> Result<Vec<Arg>, StoreError> {
    Ok(args![row.at, row.agent, json(&row.times)?].to_vec())
}

fn stays_of(
    (at, queue, channel, skills, counts): (i64, i64, String, String, String),
) -> Result<SettledStays, StoreError> {
    let what = "settled figures";
    let channel: Channel = read_json(what, at, &channel)?;
    let (skills, counts): (Vec<SkillId>, QueueCounts) = (read_json(what, at, &skills)?, read_json(what, at, &counts)?);
    Ok(SettledStays { at: instant(at), queue: QueueId(number(queue)?), channel, skills, counts })
}

fn agent_of((at, agent, times): (i64, i64, String)) -> Result<SettledAgent, StoreError> {
    let times: AgentTimes = read_json("settled times", at, &times)?;
    Ok(SettledAgent { at: instant(at), agent: AgentId(number(agent)?), times })
}
