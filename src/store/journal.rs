//! The journal of the router's inputs, for replay, and the history of the agents' states.

use serde::de::DeserializeOwned;

use crate::acd::{AgentState, Author, Input};
use crate::base::{AgentId, Instant};

use super::db::{Conn, args, instant};
use super::{Store, StoreError};

/// Rows read in one piece of a replay.
const CHUNK_MAX: u32 = 5_000;

/// One input of the router, as journaled.
#[derive(Clone, PartialEq, Debug)]
pub struct JournalEntry {
    /// Grows with every entry, over restarts too.
    pub seq: i64,
    pub at: Instant,
    pub input: Input,
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
    /// The router's inputs between two times (`to` excluded) after `after_seq`, in order; at most
    /// `limit`, so a long time is read piece by piece.
    pub async fn journal(
        &self,
        from: Instant,
        to: Instant,
        after_seq: i64,
        limit: u32,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        let rows: Vec<(i64, i64, String)> = self
            .read()
            .await?
            .all(
                "SELECT seq, at, json FROM journal WHERE at >= $1 AND at < $2 AND seq > $3 ORDER BY seq LIMIT $4",
                args![from, to, after_seq, limit.min(CHUNK_MAX)],
            )
            .await?;
        rows.into_iter()
            .map(|(seq, at, json)| Ok(JournalEntry { seq, at: instant(at), input: read_json("journal", seq, &json)? }))
            .collect()
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

fn read_json<T: DeserializeOwned>(what: &str, seq: i64, json: &str) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|error| StoreError::Corrupt(format!("{what} {seq}: {error}")))
}

fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Refused(error.to_string()))
}

pub(super) async fn append_input(conn: &mut Conn, seq: i64, at: Instant, input: &Input) -> Result<(), StoreError> {
    conn.run(
        "INSERT INTO journal (seq, at, json) VALUES ($1, $2, $3) ON CONFLICT (seq) DO NOTHING",
        args![seq, at, json(input)?],
    )
    .await
    .map(|_| ())
}

pub(super) async fn append_state(
    conn: &mut Conn,
    seq: i64,
    agent: AgentId,
    at: Instant,
    (state, author): (&AgentState, &Author),
) -> Result<(), StoreError> {
    conn.run(
        "INSERT INTO agent_states (seq, agent, at, state, author) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (seq) DO NOTHING",
        args![seq, agent, at, json(state)?, json(author)?],
    )
    .await
    .map(|_| ())
}

/// The highest number given in either table; the next writer counts on from there.
pub(super) async fn last_seq(conn: &mut Conn) -> Result<i64, StoreError> {
    let (seq,): (i64,) = conn
        .one(
            "SELECT COALESCE(MAX(seq), 0) FROM (SELECT MAX(seq) AS seq FROM journal
             UNION ALL SELECT MAX(seq) AS seq FROM agent_states) both_tables",
            &[],
        )
        .await?;
    Ok(seq)
}
