//! How a command is answered.

use serde::{Deserialize, Serialize};

use crate::base::{AgentId, InteractionId};

/// The answer to a command.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum CommandOutcome {
    Done,
    /// The call has begun; how it goes on stands in the events of this contact.
    Placed {
        interaction: InteractionId,
    },
    /// `code` is stable, `message` is for people (English; the desktop translates by code).
    Refused {
        code: Refusal,
        message: String,
    },
    /// Done for all agents but these.
    Partly {
        left_out: Vec<LeftOut>,
    },
}

/// An agent for whom a command to several was refused.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LeftOut {
    pub agent: AgentId,
    pub code: Refusal,
    pub message: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    UnknownAgent,
    NotSignedIn,
    NoCall,
    WrongState,
    UnknownReason,
    UnknownDisposition,
    DispositionRequired,
    DispositionNotOffered,
    NoteRequired,
    /// As many agents as may be are on this pause, or will be.
    PauseFull,
    WrapUpNotExtensible,
    /// There is no contact whose queue lets the agent ask for wrap-up.
    NothingToWrapUp,
    UnknownInteraction,
    UnknownCustomer,
    UnknownCallBack,
    /// There is no such alert, or it is over.
    UnknownAlert,
    /// Not registered, or not the agent's.
    UnknownPhone,
    UnknownQueue,
    /// Not a number that can be called.
    BadNumber,
    /// Not keys that a phone has, or too many at once.
    BadDigits,
    /// No trunk lets it out, or the rules do not.
    NoRoute,
    /// As many calls, or minutes, as whoever asks may make.
    Spent,
    /// As many calls, or minutes, as the trunks or the destination may take up.
    Capped,
    /// The agent who is wanted rings, talks, or is not there.
    TargetUnavailable,
    Unavailable,
    NotAllowed,
    /// The desktop has said that its microphone is gone.
    NoMicrophone,
    UnknownFlow,
    /// Nobody takes messages there.
    NoVoicemail,
    /// There is no such slot or lot, or nobody waits there.
    UnknownSlot,
    /// Somebody waits there, or in all of them.
    SlotTaken,
}
