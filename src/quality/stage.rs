//! How far an evaluation is.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EvaluationStage)]
pub enum Stage {
    /// Its rater is at it, or will be.
    Open,
    /// The agent sees it.
    Submitted,
    /// The agent has said why it is wrong.
    Disputed,
    /// The dispute is answered.
    Settled,
}

impl Stage {
    /// As in rows.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Submitted => "submitted",
            Self::Disputed => "disputed",
            Self::Settled => "settled",
        }
    }
}
