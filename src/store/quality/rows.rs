//! An evaluation as a row.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::FromRow;
use utoipa::ToSchema;

use crate::base::{AgentId, Instant, InteractionId, QueueId};
use crate::quality::{Answer, Answers, Score, Stage, Why};
use crate::setup::ScorecardModel;
use crate::store::db::{args, instant};
use crate::store::interactions::{parse_id, read_word};
use crate::store::{PAGE_MAX, Store, StoreError};

/// How a contact was judged.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub struct Evaluation {
    pub id: i64,
    pub interaction: InteractionId,
    /// Key of the scorecard.
    pub scorecard: String,
    /// As it was when this was begun.
    pub card: ScorecardModel,
    /// Whose contact it was.
    pub agent: AgentId,
    pub queue: Option<QueueId>,
    /// Sign-in name.
    pub rater: String,
    pub why: Why,
    pub stage: Stage,
    #[schema(value_type = BTreeMap<String, Answer>)]
    pub answers: Answers,
    /// Of what is answered so far.
    pub score: Score,
    /// What the agent is told beside the figures.
    pub coaching: String,
    pub made: Instant,
    /// Who began it, or had it picked.
    pub made_by: String,
    pub submitted: Option<Instant>,
    pub objection: Option<Objection>,
    pub reply: Option<Reply>,
}

/// Why an agent says that it is wrong.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[schema(as = EvaluationObjection)]
pub struct Objection {
    pub text: String,
    pub at: Instant,
    /// The score that was disputed.
    pub score: Option<u32>,
}

/// What was answered to it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[schema(as = EvaluationReply)]
pub struct Reply {
    pub text: String,
    /// Sign-in name.
    pub by: String,
    pub at: Instant,
}

/// Which are asked for; `None` means any.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct EvaluationFilter {
    pub id: Option<i64>,
    pub rater: Option<String>,
    pub agent: Option<AgentId>,
    pub scorecard: Option<String>,
    pub interaction: Option<InteractionId>,
    pub stage: Option<Stage>,
    /// Below this number.
    pub before: Option<i64>,
}

/// Who looks. Of a calibration nobody sees what others say before the own word is handed in, and the agent nothing.
#[derive(Clone, PartialEq, Debug)]
pub struct Viewer {
    pub user: String,
    /// Only what was handed in of this agent's contacts; `None`: all.
    pub only: Option<AgentId>,
}

#[derive(FromRow)]
struct EvaluationRow {
    id: i64,
    interaction: String,
    scorecard: String,
    card: String,
    agent: i64,
    queue: Option<i64>,
    rater: String,
    why: String,
    stage: String,
    answers: String,
    reckoned: String,
    coaching: String,
    made: i64,
    made_by: String,
    submitted: Option<i64>,
    objection: Option<String>,
    disputed: Option<i64>,
    first_score: Option<i64>,
    reply: Option<String>,
    replied_by: Option<String>,
    settled: Option<i64>,
}

impl EvaluationRow {
    fn evaluation(self) -> Result<Evaluation, StoreError> {
        let objection = self.objection.zip(self.disputed).map(|(text, at)| Objection {
            text,
            at: instant(at),
            score: self.first_score.and_then(|score| u32::try_from(score).ok()),
        });
        let reply = self.reply.zip(self.replied_by).zip(self.settled);
        Ok(Evaluation {
            interaction: parse_id(&self.interaction)?,
            card: read(self.id, &self.card)?,
            agent: AgentId(number(self.id, self.agent)?),
            queue: self.queue.map(|queue| number(self.id, queue)).transpose()?.map(QueueId),
            why: read_word(&self.why)?,
            stage: read_word(&self.stage)?,
            answers: read::<Answers>(self.id, &self.answers)?,
            score: read::<Score>(self.id, &self.reckoned)?,
            made: instant(self.made),
            submitted: self.submitted.map(instant),
            objection,
            reply: reply.map(|((text, by), at)| Reply { text, by, at: instant(at) }),
            id: self.id,
            scorecard: self.scorecard,
            rater: self.rater,
            coaching: self.coaching,
            made_by: self.made_by,
        })
    }
}

fn read<T: DeserializeOwned>(id: i64, json: &str) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|error| StoreError::Corrupt(format!("evaluation {id}: {error}")))
}

fn number(id: i64, value: i64) -> Result<u32, StoreError> {
    u32::try_from(value).map_err(|_| StoreError::Corrupt(format!("evaluation {id}: number {value}")))
}

impl Store {
    /// Those that this one may see, the newest first.
    pub async fn evaluations(
        &self,
        filter: &EvaluationFilter,
        viewer: &Viewer,
        limit: u32,
    ) -> Result<Vec<Evaluation>, StoreError> {
        let rows: Vec<EvaluationRow> = self
            .read()
            .await?
            .all(
                "SELECT * FROM evaluations e
                 WHERE ($1 IS NULL OR id = $1) AND ($2 IS NULL OR rater = $2) AND ($3 IS NULL OR agent = $3)
                   AND ($4 IS NULL OR scorecard = $4) AND ($5 IS NULL OR interaction = $5)
                   AND ($6 IS NULL OR stage = $6) AND ($7 IS NULL OR id < $7)
                   AND ($8 IS NULL OR (agent = $8 AND stage <> 'open' AND why <> 'calibration'))
                   AND (why <> 'calibration' OR rater = $9 OR NOT EXISTS
                       (SELECT 1 FROM evaluations o WHERE o.interaction = e.interaction AND o.scorecard = e.scorecard
                          AND o.rater = $9 AND o.stage = 'open'))
                 ORDER BY id DESC LIMIT $10",
                args![
                    filter.id,
                    filter.rater.as_deref(),
                    filter.agent,
                    filter.scorecard.as_deref(),
                    filter.interaction,
                    filter.stage.map(Stage::word),
                    filter.before,
                    viewer.only,
                    &viewer.user,
                    limit.clamp(1, PAGE_MAX)
                ],
            )
            .await?;
        rows.into_iter().map(EvaluationRow::evaluation).collect()
    }

    /// One that this one may see.
    pub async fn evaluation(&self, id: i64, viewer: &Viewer) -> Result<Evaluation, StoreError> {
        let filter = EvaluationFilter { id: Some(id), ..EvaluationFilter::default() };
        self.evaluations(&filter, viewer, 1).await?.pop().ok_or(StoreError::NotFound("evaluation"))
    }
}
