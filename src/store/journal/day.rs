//! What each agent did in a span of time, from the stored contacts.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use crate::base::{AgentId, Instant};

use crate::store::db::args;
use crate::store::{Store, StoreError};

/// No contact lasts longer.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct AgentSums {
    /// Contacts that ended with this agent.
    pub handled: u32,
    /// Rings that were not answered; who declines one has not missed it.
    pub missed: u32,
    pub talk_ms: u64,
}

impl Store {
    /// What was over at or after `from` and before `to`.
    pub async fn agent_sums(&self, from: Instant, to: Instant) -> Result<BTreeMap<AgentId, AgentSums>, StoreError> {
        let started = from - LONGEST;
        let mut conn = self.read().await?;
        let handled: Vec<(i64, i64, i64)> = conn
            .all(
                "SELECT agent, COUNT(*), CAST(COALESCE(SUM(ended - answered), 0) AS BIGINT) FROM interactions
                 WHERE started >= $1 AND ended >= $2 AND ended < $3 AND agent IS NOT NULL GROUP BY agent",
                args![started, from, to],
            )
            .await?;
        let withdrawn: Vec<(String,)> = conn
            .all(
                "SELECT e.detail FROM interactions i JOIN interaction_events e ON e.interaction = i.id
                 WHERE i.started >= $1 AND i.started < $3 AND e.kind = 'agent.withdrawn' AND e.at >= $2 AND e.at < $3",
                args![started, from, to],
            )
            .await?;
        let mut sums: BTreeMap<AgentId, AgentSums> = BTreeMap::new();
        for (agent, count, micros) in handled {
            let agent = u32::try_from(agent).map_err(|_| StoreError::Corrupt(format!("agent {agent} of a contact")))?;
            let sum = sums.entry(AgentId(agent)).or_default();
            sum.handled = u32::try_from(count).unwrap_or(u32::MAX);
            sum.talk_ms = u64::try_from(micros / 1_000).unwrap_or(0);
        }
        for agent in withdrawn.iter().filter_map(|(detail,)| missed_by(detail)) {
            sums.entry(agent).or_default().missed += 1;
        }
        Ok(sums)
    }
}

/// The ring ended because this agent did nothing: not by a press, nor by the caller or the network.
fn missed_by(detail: &str) -> Option<AgentId> {
    #[derive(Deserialize)]
    struct Withdrawn {
        agent: AgentId,
        because: String,
    }
    let Withdrawn { agent, because } = serde_json::from_str(detail).ok()?;
    (because == "no_answer").then_some(agent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_missed_a_ring() {
        let rows = [
            (r#"{"agent":3,"because":"no_answer"}"#, Some(AgentId(3))),
            (r#"{"agent":4,"because":"declined"}"#, None),
            (r#"{"agent":3,"because":"caller_gone"}"#, None),
            (r#"{"agent":3,"because":"unreachable"}"#, None),
            (r#"{"because":"declined"}"#, None),
            ("", None),
        ];
        for (detail, expected) in rows {
            assert_eq!(missed_by(detail), expected, "{detail}");
        }
    }
}
