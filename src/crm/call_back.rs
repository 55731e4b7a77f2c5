//! A customer who keeps a place in the line without holding the line.

use serde::{Deserialize, Serialize};

use super::Entered;
use crate::base::{CustomerId, Instant, InteractionId, Number, QueueId, SkillId};

/// A call-back as it was asked for and as it stands. Written whenever it changes; while it is open, a
/// server that starts puts it back into the line.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CallBack {
    /// The call in which it was asked for; its name.
    pub interaction: InteractionId,
    pub customer: Option<CustomerId>,
    /// Whom to call.
    pub number: Number,
    pub queue: QueueId,
    /// When it was asked for.
    #[serde(default)]
    pub asked: Instant,
    /// Waiting counts from here, whatever happens in between.
    pub arrived: Instant,
    pub priority: Option<u8>,
    pub skills: Vec<(SkillId, u8)>,
    pub bonus_s: u32,
    /// The trunk that the call came from.
    pub trunk: Option<String>,
    /// The number that was called.
    pub called: String,
    /// `zh` or `en`.
    pub language: String,
    /// What the caller had chosen, for the pop.
    pub menu_path: Vec<String>,
    /// What the caller had entered, for the pop.
    #[serde(default)]
    pub entered: Vec<Entered>,
    /// Times the customer was rung in vain.
    pub tries: u8,
    /// Not before then.
    pub due: Instant,
    pub ended: Option<Ended>,
    /// The user who took it out of the line.
    #[serde(default)]
    pub cancelled_by: Option<String>,
    /// Number of the next event of its interaction, as far as it is known here.
    #[serde(default)]
    pub next_seq: u32,
}

/// How a call-back is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Ended {
    pub at: Instant,
    pub how: HowEnded,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HowEnded {
    /// Customer and agent spoke.
    Served,
    /// The customer rang again, or had not hung up: that call has the place.
    TakenOver,
    /// Rung in vain too often, or the way is gone: a task for people.
    GivenUp,
    /// Somebody of the center took it out of the line.
    Cancelled,
}

impl HowEnded {
    /// As the metrics and rows name it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::TakenOver => "taken_over",
            Self::GivenUp => "given_up",
            Self::Cancelled => "cancelled",
        }
    }
}
