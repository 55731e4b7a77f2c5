//! The journal of the router's inputs with its checkpoints, for replay, and the history of the agents'
//! states. What is read here is run by [`replay`].

mod day;
mod figures;
mod replay;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use crate::acd::{AgentState, Author, Checkpoint, Entry, Input};
use crate::base::{AgentId, Instant};

use super::db::{Conn, args, instant, keys};
use super::{Store, StoreError};

pub use day::AgentSums;
pub use figures::FOLLOWED;
pub use replay::{JournalError, ReplayReport, Span, hex};

/// Rows read in one piece of a replay.
const CHUNK_MAX: u32 = 5_000;
/// Rows forgotten in one transaction, so that writes need not wait long.
const FORGET_MAX: u32 = 2_000;
/// Checkpoints older than this are thinned to one an hour.
const DENSE: std::time::Duration = std::time::Duration::from_secs(48 * 3600);

/// One input of the router, as journaled. Not read yet, for that takes time.
#[derive(Clone, PartialEq, Debug)]
pub struct JournalRow {
    /// Grows with every entry, over restarts too.
    pub seq: i64,
    pub at: Instant,
    json: String,
    digest: Option<i64>,
}

impl JournalRow {
    pub fn entry(&self) -> Result<Entry, StoreError> {
        let input: Input = read_json("journal", self.seq, &self.json)?;
        Ok(Entry::Input { at: self.at, input, digest: self.digest.map(i64::cast_unsigned) })
    }
}

/// A checkpoint without its state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CheckpointMark {
    /// The state is that after every input with a smaller number.
    pub seq: i64,
    pub at: Instant,
    pub start: bool,
    pub inputs: u64,
    pub state_hash: u64,
}

/// One state of an agent, from `at` on.
#[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
pub struct AgentStateEntry {
    pub agent: AgentId,
    pub at: Instant,
    pub state: AgentState,
    pub author: Author,
}

impl Store {
    /// The router's inputs after `after_seq`, in order; at most `limit`, so a long time is read piece by
    /// piece.
    pub async fn journal(&self, after_seq: i64, limit: u32) -> Result<Vec<JournalRow>, StoreError> {
        let rows: Vec<(i64, i64, String, Option<i64>)> = self
            .read()
            .await?
            .all(
                "SELECT seq, at, json, digest FROM journal WHERE seq > $1 ORDER BY seq LIMIT $2",
                args![after_seq, limit.min(CHUNK_MAX)],
            )
            .await?;
        Ok(rows.into_iter().map(|(seq, at, json, digest)| JournalRow { seq, at: instant(at), json, digest }).collect())
    }

    /// The newest checkpoint of that time or before it, with its number.
    pub async fn checkpoint_before(&self, at: Instant) -> Result<Option<(i64, Checkpoint)>, StoreError> {
        let row: Option<CheckpointRow> = self
            .read()
            .await?
            .optional(
                "SELECT seq, at, start, inputs, settings, state FROM checkpoints WHERE at <= $1
                 ORDER BY seq DESC LIMIT 1",
                args![at],
            )
            .await?;
        row.map(|row| Ok((row.0, checkpoint(row)?))).transpose()
    }

    /// The oldest checkpoint that is kept, if it is not after that time.
    pub async fn first_checkpoint(&self, to: Instant) -> Result<Option<(i64, Checkpoint)>, StoreError> {
        let row: Option<CheckpointRow> = self
            .read()
            .await?
            .optional(
                "SELECT seq, at, start, inputs, settings, state FROM checkpoints WHERE at <= $1
                 ORDER BY seq LIMIT 1",
                args![to],
            )
            .await?;
        row.map(|row| Ok((row.0, checkpoint(row)?))).transpose()
    }

    /// The checkpoints of these numbers, by number.
    pub async fn checkpoints(&self, seqs: &[i64]) -> Result<BTreeMap<i64, Checkpoint>, StoreError> {
        let sql = "SELECT seq, at, start, inputs, settings, state FROM checkpoints WHERE seq IN ({rows})";
        let rows: Vec<CheckpointRow> = self.read().await?.all_rows(sql, &[], &keys(seqs.iter().copied())).await?;
        rows.into_iter().map(|row| Ok((row.0, checkpoint(row)?))).collect()
    }

    /// Checkpoints after one number up to another, in order.
    pub async fn checkpoint_marks(&self, after_seq: i64, to_seq: i64) -> Result<Vec<CheckpointMark>, StoreError> {
        let rows: Vec<(i64, i64, i64, i64, i64)> = self
            .read()
            .await?
            .all(
                "SELECT seq, at, start, inputs, state_hash FROM checkpoints WHERE seq > $1 AND seq <= $2
                 ORDER BY seq LIMIT $3",
                args![after_seq, to_seq, CHUNK_MAX],
            )
            .await?;
        let mark = |(seq, at, start, inputs, hash): (i64, i64, i64, i64, i64)| CheckpointMark {
            seq,
            at: instant(at),
            start: start != 0,
            inputs: u64::try_from(inputs).unwrap_or(0),
            state_hash: hash.cast_unsigned(),
        };
        Ok(rows.into_iter().map(mark).collect())
    }

    /// Versions of the program that wrote the journal of a time, the earliest first. A new one begins with a
    /// checkpoint.
    pub async fn written_by(&self, from: Instant, to: Instant) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = self
            .read()
            .await?
            .all(
                "SELECT program FROM checkpoints
                 WHERE at <= $2 AND seq >= COALESCE((SELECT MAX(seq) FROM checkpoints WHERE at <= $1), 0)
                 GROUP BY program ORDER BY MIN(seq)",
                args![from, to],
            )
            .await?;
        Ok(rows.into_iter().map(|(program,)| program).collect())
    }

    /// Forgets the agents' states from before the oldest input that is kept; the last one of every agent
    /// stays, whatever its age, since it is what they return to. Gives the number forgotten.
    pub async fn forget_agent_states(&self, before: Instant) -> Result<u64, StoreError> {
        let mut forgotten = 0_u64;
        loop {
            let mut conn = self.begin().await?;
            let gone = conn
                .run(
                    "DELETE FROM agent_states WHERE seq IN
                     (SELECT old.seq FROM agent_states old
                      WHERE old.seq < (SELECT MIN(seq) FROM journal) AND old.at < $1 AND EXISTS
                      (SELECT 1 FROM agent_states newer WHERE newer.agent = old.agent AND newer.seq > old.seq)
                      ORDER BY old.seq LIMIT $2)",
                    args![before, FORGET_MAX],
                )
                .await?;
            conn.commit().await?;
            forgotten = forgotten.saturating_add(gone);
            if gone < u64::from(FORGET_MAX) {
                return Ok(forgotten);
            }
        }
    }

    /// Forgets inputs and checkpoints before that time, and thins old checkpoints. Works in pieces beside the
    /// writer; gives the number of inputs forgotten.
    pub async fn forget_journal(&self, before: Instant, now: Instant) -> Result<u64, StoreError> {
        let mut forgotten = 0_u64;
        loop {
            let mut conn = self.begin().await?;
            let gone = conn
                .run(
                    "DELETE FROM journal WHERE seq IN
                     (SELECT seq FROM journal WHERE at < $1 ORDER BY at LIMIT $2)",
                    args![before, FORGET_MAX],
                )
                .await?;
            conn.commit().await?;
            forgotten = forgotten.saturating_add(gone);
            if gone < u64::from(FORGET_MAX) {
                break;
            }
        }
        let mut conn = self.begin().await?;
        conn.run("DELETE FROM checkpoints WHERE at < $1", args![before]).await?;
        conn.run(
            "DELETE FROM checkpoints WHERE start = 0 AND at < $1 AND seq NOT IN
             (SELECT MIN(seq) FROM checkpoints GROUP BY at / 3600000000)",
            args![now - DENSE],
        )
        .await?;
        conn.commit().await?;
        Ok(forgotten)
    }

    /// States of one agent between two times (`to` excluded), in order.
    pub async fn agent_states(
        &self,
        agent: AgentId,
        from: Instant,
        to: Instant,
    ) -> Result<Vec<AgentStateEntry>, StoreError> {
        let rows: Vec<StateRow> = self
            .read()
            .await?
            .all(
                "SELECT seq, agent, at, state, author FROM agent_states
                 WHERE agent = $1 AND at >= $2 AND at < $3 ORDER BY seq LIMIT $4",
                args![agent, from, to, CHUNK_MAX],
            )
            .await?;
        rows.into_iter().map(state_entry).collect()
    }

    /// The last known state of every agent: what they return to after a restart.
    pub async fn last_agent_states(&self) -> Result<Vec<AgentStateEntry>, StoreError> {
        let rows: Vec<StateRow> = self
            .read()
            .await?
            .all(
                "SELECT s.seq, s.agent, s.at, s.state, s.author FROM agent_states s
                 JOIN (SELECT agent, MAX(seq) AS seq FROM agent_states GROUP BY agent) last ON last.seq = s.seq
                 ORDER BY s.agent",
                &[],
            )
            .await?;
        rows.into_iter().map(state_entry).collect()
    }
}

type StateRow = (i64, i64, i64, String, String);

fn state_entry((seq, agent, at, state, author): StateRow) -> Result<AgentStateEntry, StoreError> {
    let agent = u32::try_from(agent).map_err(|_| StoreError::Corrupt(format!("agent of state {seq}")))?;
    Ok(AgentStateEntry {
        agent: AgentId(agent),
        at: instant(at),
        state: read_json("agent state", seq, &state)?,
        author: read_json("author of state", seq, &author)?,
    })
}

pub(super) fn read_json<T: DeserializeOwned>(what: &str, seq: i64, json: &str) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|error| StoreError::Corrupt(format!("{what} {seq}: {error}")))
}

pub(super) fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Refused(error.to_string()))
}

type CheckpointRow = (i64, i64, i64, i64, String, String);

fn checkpoint((seq, at, start, inputs, settings, state): CheckpointRow) -> Result<Checkpoint, StoreError> {
    Ok(Checkpoint {
        at: instant(at),
        start: start != 0,
        inputs: u64::try_from(inputs).unwrap_or(0),
        settings: read_json("settings of checkpoint", seq, &settings)?,
        state: read_json("checkpoint", seq, &state)?,
    })
}

/// An input of the router on its way to the table.
pub(super) struct InputRow<'a> {
    pub seq: i64,
    pub at: Instant,
    pub input: &'a Input,
    pub digest: Option<u64>,
}

pub(super) async fn append_inputs(conn: &mut Conn, inputs: &[InputRow<'_>]) -> Result<(), StoreError> {
    let row = |row: &InputRow<'_>| {
        let digest = row.digest.map(u64::cast_signed);
        Ok(args![row.seq, row.at, json(row.input)?, digest].to_vec())
    };
    let rows = inputs.iter().map(row).collect::<Result<Vec<_>, StoreError>>()?;
    conn.insert("INSERT INTO journal (seq, at, json, digest)", "ON CONFLICT (seq) DO NOTHING", &rows).await
}

pub(super) async fn append_checkpoints(conn: &mut Conn, checkpoints: &[(i64, &Checkpoint)]) -> Result<(), StoreError> {
    let row = |(seq, checkpoint): &(i64, &Checkpoint)| {
        let (hash, start) = (checkpoint.state.hash().cast_signed(), i64::from(checkpoint.start));
        let (settings, state) = (json(&checkpoint.settings)?, json(&checkpoint.state)?);
        let program = env!("CARGO_PKG_VERSION");
        Ok(args![*seq, checkpoint.at, start, checkpoint.inputs, hash, program, settings, state].to_vec())
    };
    let rows = checkpoints.iter().map(row).collect::<Result<Vec<_>, StoreError>>()?;
    let head = "INSERT INTO checkpoints (seq, at, start, inputs, state_hash, program, settings, state)";
    conn.insert(head, "ON CONFLICT (seq) DO NOTHING", &rows).await
}

/// A state of an agent on its way to the table.
pub(super) struct StateOf<'a> {
    pub seq: i64,
    pub agent: AgentId,
    pub at: Instant,
    pub state: &'a AgentState,
    pub author: &'a Author,
}

pub(super) async fn append_states(conn: &mut Conn, states: &[StateOf<'_>]) -> Result<(), StoreError> {
    let row = |row: &StateOf<'_>| Ok(args![row.seq, row.agent, row.at, json(row.state)?, json(row.author)?].to_vec());
    let rows = states.iter().map(row).collect::<Result<Vec<_>, StoreError>>()?;
    let head = "INSERT INTO agent_states (seq, agent, at, state, author)";
    conn.insert(head, "ON CONFLICT (seq) DO NOTHING", &rows).await
}

/// The highest number given in any of the tables; the next writer counts on from there.
pub(super) async fn last_seq(conn: &mut Conn) -> Result<i64, StoreError> {
    let (seq,): (i64,) = conn
        .one(
            "SELECT COALESCE(MAX(seq), 0) FROM (SELECT MAX(seq) AS seq FROM journal
             UNION ALL SELECT MAX(seq) AS seq FROM agent_states
             UNION ALL SELECT MAX(seq) AS seq FROM checkpoints) all_tables",
            &[],
        )
        .await?;
    Ok(seq)
}
