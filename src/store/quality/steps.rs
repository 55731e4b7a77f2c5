//! From stage to stage.

use serde::Serialize;

use crate::base::{AgentId, Instant, InteractionId, QueueId};
use crate::quality::{Answers, Score, Why};
use crate::setup::ScorecardModel;
use crate::store::db::{Arg, args};
use crate::store::interactions::word;
use crate::store::{Store, StoreError};

/// One that is begun.
#[derive(Clone, PartialEq, Debug)]
pub struct NewEvaluation {
    pub interaction: InteractionId,
    pub scorecard: String,
    pub card: ScorecardModel,
    pub agent: AgentId,
    pub queue: Option<QueueId>,
    pub rater: String,
    pub why: Why,
    pub by: String,
}

/// What a rater says, with what it comes to.
#[derive(Clone, PartialEq, Debug)]
pub struct Filled {
    pub answers: Answers,
    pub score: Score,
    pub coaching: String,
}

pub(super) const COLUMNS: &str =
    "INSERT INTO evaluations (interaction, scorecard, card, agent, queue, rater, why, stage, answers,
    reckoned, fatal, coaching, made, made_by)";

impl NewEvaluation {
    pub(super) fn row(&self, now: Instant) -> Result<Vec<Arg>, StoreError> {
        Ok(args![
            self.interaction,
            &self.scorecard,
            json(&self.card)?,
            self.agent,
            self.queue,
            &self.rater,
            word(&self.why),
            "open",
            "{}",
            json(&Score::default())?,
            0_i64,
            "",
            now,
            &self.by
        ]
        .to_vec())
    }
}

fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Invalid(error.to_string()))
}

fn count(items: &[String]) -> i64 {
    i64::try_from(items.len()).unwrap_or(i64::MAX)
}

impl Store {
    /// Begins them, each unless this rater judges the contact by this scorecard already. Gives how many were begun.
    pub async fn begin_evaluations(&self, new: &[NewEvaluation], now: Instant) -> Result<u64, StoreError> {
        let mut conn = self.begin().await?;
        let mut begun = 0;
        for one in new {
            let row = one.row(now)?;
            begun += conn
                .run_of(
                    format!(
                        "{COLUMNS} VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
                         ON CONFLICT (interaction, scorecard, rater) DO NOTHING"
                    ),
                    &row,
                )
                .await?;
        }
        conn.commit().await?;
        Ok(begun)
    }

    /// What its rater has filled in so far; `submit`: and hands in. `false`: it is not open, or another's.
    pub async fn fill_evaluation(
        &self,
        id: i64,
        rater: &str,
        filled: &Filled,
        submit: bool,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let Filled { answers, score, coaching } = filled;
        let (stage, submitted) = if submit { ("submitted", Some(now)) } else { ("open", None) };
        let mut conn = self.begin().await?;
        let changed = conn
            .run(
                "UPDATE evaluations SET answers = $3, reckoned = $4, fatal = $5, score = $6, coaching = $7, stage = $8,
                    submitted = $9
                 WHERE id = $1 AND rater = $2 AND stage = 'open'",
                args![
                    id,
                    rater,
                    json(answers)?,
                    json(score)?,
                    count(&score.fatal),
                    score.total,
                    coaching,
                    stage,
                    submitted
                ],
            )
            .await?;
        conn.commit().await?;
        Ok(changed > 0)
    }

    /// The agent says why it is wrong. `false`: it is not there to be disputed (any more).
    pub async fn dispute_evaluation(
        &self,
        id: i64,
        agent: AgentId,
        reason: &str,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let mut conn = self.begin().await?;
        let changed = conn
            .run(
                "UPDATE evaluations SET stage = 'disputed', objection = $3, disputed = $4, first_score = score
                 WHERE id = $1 AND agent = $2 AND stage = 'submitted' AND why <> 'calibration'",
                args![id, agent, reason, now],
            )
            .await?;
        conn.commit().await?;
        Ok(changed > 0)
    }

    /// A dispute is answered; `filled`: with other points. `false`: it is not disputed (any more).
    pub async fn settle_evaluation(
        &self,
        id: i64,
        by: &str,
        reply: &str,
        filled: Option<&Filled>,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let mut conn = self.begin().await?;
        let changed = conn
            .run(
                "UPDATE evaluations SET stage = 'settled', reply = $2, replied_by = $3, settled = $4
                 WHERE id = $1 AND stage = 'disputed'",
                args![id, reply, by, now],
            )
            .await?;
        if let (Some(Filled { answers, score, coaching }), true) = (filled, changed > 0) {
            conn.run(
                "UPDATE evaluations SET answers = $2, reckoned = $3, fatal = $4, score = $5, coaching = $6 WHERE id = $1",
                args![id, json(answers)?, json(score)?, count(&score.fatal), score.total, coaching],
            )
            .await?;
        }
        conn.commit().await?;
        Ok(changed > 0)
    }

    /// One that nobody has handed in yet is taken back. `false`: it is not open.
    pub async fn forget_evaluation(&self, id: i64) -> Result<bool, StoreError> {
        let mut conn = self.begin().await?;
        let gone = conn.run("DELETE FROM evaluations WHERE id = $1 AND stage = 'open'", args![id]).await?;
        conn.commit().await?;
        Ok(gone > 0)
    }
}
