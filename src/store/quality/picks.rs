//! Contacts that the rule of a scorecard picks.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sqlx::FromRow;

use super::steps::{COLUMNS, NewEvaluation};
use crate::base::{AgentId, Instant, InteractionId, QueueId};
use crate::crm::Entered;
use crate::quality::{Candidate, Pick, Rater, pick};
use crate::setup::ScorecardModel;
use crate::store::db::args;
use crate::store::interactions::parse_id;
use crate::store::{Store, StoreError};

/// Contacts among which one question picks.
pub const PICKED_FROM_MAX: u32 = 50_000;

/// Which contacts a scorecard picks from.
#[derive(Clone, Debug)]
pub struct Picking {
    /// Key.
    pub scorecard: String,
    pub card: ScorecardModel,
    /// Of these queues; none: of any.
    pub queues: BTreeSet<QueueId>,
    /// Who judges, with the own seat.
    pub raters: Vec<(String, Option<AgentId>)>,
    /// Begun at or after.
    pub from: Instant,
    /// Begun before.
    pub to: Instant,
    pub seed: u64,
    pub by: String,
}

#[derive(FromRow)]
struct CandidateRow {
    id: String,
    agent: i64,
    queue: Option<i64>,
    agent_for: i64,
    hold_ms: i64,
    entered: String,
}

impl Store {
    /// Picks, and gives each rater what is theirs. Contacts that are judged by this scorecard already are left out.
    pub async fn pick_evaluations(&self, picking: &Picking, now: Instant) -> Result<u64, StoreError> {
        let (candidates, queues) = self.candidates(picking).await?;
        let loads: Vec<(String, i64)> = self
            .read()
            .await?
            .all("SELECT rater, COUNT(*) FROM evaluations WHERE stage = 'open' GROUP BY rater", &[])
            .await?;
        let loads: BTreeMap<String, i64> = loads.into_iter().collect();
        let rater = |(user, agent): &(String, Option<AgentId>)| {
            let open = loads.get(user).and_then(|open| u32::try_from(*open).ok()).unwrap_or(0);
            Rater { user: user.clone(), agent: *agent, open }
        };
        let raters: Vec<Rater> = picking.raters.iter().map(rater).collect();
        let picked = pick(&picking.card.pick.rule(), &candidates, &raters, picking.seed);
        let new = |one: Pick| NewEvaluation {
            interaction: one.contact,
            scorecard: picking.scorecard.clone(),
            card: picking.card.clone(),
            agent: one.agent,
            queue: queues.get(&one.contact).copied().flatten(),
            rater: one.rater,
            why: one.why,
            by: picking.by.clone(),
        };
        let rows: Vec<_> = picked.into_iter().map(|one| new(one).row(now)).collect::<Result<_, _>>()?;
        let mut conn = self.begin().await?;
        conn.insert(COLUMNS, "ON CONFLICT (interaction, scorecard, rater) DO NOTHING", &rows).await?;
        conn.commit().await?;
        Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
    }

    async fn candidates(
        &self,
        picking: &Picking,
    ) -> Result<(Vec<Candidate>, BTreeMap<InteractionId, Option<QueueId>>), StoreError> {
        let rows: Vec<CandidateRow> = self
            .read()
            .await?
            .all(
                "SELECT i.id, i.agent, i.queue, i.hold_ms, i.entered,
                    i.started - (SELECT MIN(o.started) FROM interactions o WHERE o.agent = i.agent) AS agent_for
                 FROM interactions i
                 WHERE i.started >= $1 AND i.started < $2 AND i.agent IS NOT NULL AND i.answered IS NOT NULL
                   AND i.ended IS NOT NULL AND NOT EXISTS
                     (SELECT 1 FROM evaluations e
                      WHERE e.interaction = i.id AND e.scorecard = $3 AND e.why <> 'calibration')
                 ORDER BY i.started, i.id LIMIT $4",
                args![picking.from, picking.to, &picking.scorecard, PICKED_FROM_MAX + 1],
            )
            .await?;
        if rows.len() > PICKED_FROM_MAX as usize {
            let told = format!("more than {PICKED_FROM_MAX} contacts: pick from a shorter time");
            return Err(StoreError::Invalid(told));
        }
        let (mut candidates, mut queues) = (Vec::with_capacity(rows.len()), BTreeMap::new());
        for row in rows {
            let queue = row.queue.and_then(|queue| u32::try_from(queue).ok()).map(QueueId);
            if picking.queues.is_empty() || queue.is_some_and(|queue| picking.queues.contains(&queue)) {
                let candidate = row.candidate(&picking.card.pick.survey)?;
                queues.insert(candidate.contact, queue);
                candidates.push(candidate);
            }
        }
        Ok((candidates, queues))
    }
}

impl CandidateRow {
    fn candidate(self, survey: &str) -> Result<Candidate, StoreError> {
        let corrupt = |what: &str| StoreError::Corrupt(format!("{what} of contact {}", self.id));
        let entered: Vec<Entered> = serde_json::from_str(&self.entered).map_err(|_| corrupt("what was entered in"))?;
        let mut said = entered.iter().rev().filter(|one| !survey.is_empty() && one.label == survey);
        Ok(Candidate {
            contact: parse_id(&self.id)?,
            agent: AgentId(u32::try_from(self.agent).map_err(|_| corrupt("agent"))?),
            agent_for: Duration::from_micros(u64::try_from(self.agent_for).unwrap_or(0)),
            held: Duration::from_millis(u64::try_from(self.hold_ms).unwrap_or(0)),
            survey: said.find_map(|one| one.digits.as_ref()?.parse().ok()),
        })
    }
}
