//! What the center wants done, in this order.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::calling::{AttemptOver, KeptPace, NewAttempt, NotToBeCalled};
use super::desk::{CommandOutcome, DeskEvent};
use super::input::QueryId;
use crate::acd::{self, Rejection};
use crate::base::{AgentId, CallDirection, CommandId, CustomerId, Instant, InteractionId, Number};
use crate::call;
use crate::center::alert::AlertNews;
use crate::crm::{CallBack, HowEnded, Interaction, InteractionEvent, Task};
use crate::media::{self, WorkerId};
use crate::sip;
use crate::sip::endpoint::RefusedCall;

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Output {
    /// SIP bytes to the network.
    Transmit {
        to: sip::Destination,
        bytes: Bytes,
    },
    Media {
        worker: WorkerId,
        command: media::Command,
    },
    Query {
        query: QueryId,
        ask: Query,
    },
    /// To this agent's desktops; numbered and kept by the hub.
    Push {
        agent: AgentId,
        event: DeskEvent,
    },
    /// `after_write`: send it only when every write before it is durable.
    Reply {
        command: CommandId,
        outcome: CommandOutcome,
        after_write: bool,
    },
    Write(Write),
    /// [`super::Center::board`] would answer differently now. At most once per input.
    BoardChanged,
    /// For counters and histograms.
    Observed(Observed),
    /// After `Input::Drain`: the last call is over.
    Drained,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Query {
    ByNumber(Number),
    ById(CustomerId),
    /// Writes an attempt of a campaign down and asks whom it calls: no call is made before the answer.
    Attempt(Box<NewAttempt>),
    /// Whom this entry of a campaign's list would call, for the agent to read.
    Entry(i64),
}

/// To the store, in batches, never waited for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Write {
    /// Insert or replace by id.
    Interaction(Box<Interaction>),
    Event(InteractionEvent),
    Task(Task),
    /// Insert or replace by its interaction.
    CallBack(Box<CallBack>),
    /// Insert or replace by id, with what happened to it and who is written to.
    Alert(Box<AlertNews>),
    /// What a campaign's pacer has to remember, and the lines of its certificate.
    Pace(Box<KeptPace>),
    /// An attempt of a campaign is over; its entry waits for the next, or is over too.
    AttemptOver(Box<AttemptOver>),
    /// Nobody calls this number any more.
    DoNotCall(Box<NotToBeCalled>),
    /// A leg of a call, so that another process may go on with the call; `None`: there is none any more.
    Leg {
        interaction: InteractionId,
        role: call::Role,
        leg: Option<Box<call::KeptLeg>>,
    },
    /// Every state of every agent, with its author.
    AgentState {
        agent: AgentId,
        at: Instant,
        state: acd::AgentState,
        author: acd::Author,
    },
    /// An input of the router with its time, for replay. `digest`: [`acd::digest()`] of what followed
    /// from it; `None` in what an older program wrote.
    Router {
        at: Instant,
        input: Box<acd::Input>,
        #[serde(default)]
        digest: Option<u64>,
    },
    /// The router's state after the inputs written so far: at the start, with new rules, and now and
    /// then (`Times::checkpoint_s`).
    Checkpoint(Box<acd::Checkpoint>),
}

/// Figures for the metrics.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Observed {
    CallStarted,
    /// A call that has no record: refused before it became one.
    CallRefused(RefusedCall),
    /// `outcome` as in `crm::Outcome`, snake case.
    CallEnded {
        direction: CallDirection,
        outcome: String,
    },
    /// An agent reserved to the first 18x of the phone, microseconds.
    ReserveToRing {
        micros: u64,
    },
    /// An agent picked up, and nothing was ever heard of the browser. `why`: in words, for the log.
    NoMedia {
        agent: AgentId,
        why: String,
    },
    /// Wait until answer, by queue key, microseconds.
    Answered {
        queue: String,
        wait_micros: u64,
        within_service_level: bool,
    },
    Abandoned {
        queue: String,
        wait_micros: u64,
    },
    /// A call-back is over.
    CallBackEnded {
        queue: String,
        how: HowEnded,
    },
    /// A call out that this trunk could not carry, with the status it ended with.
    TrunkFailed {
        trunk: String,
        status: u16,
    },
    /// A trunk works now, or does not any more.
    TrunkState {
        trunk: String,
        state: sip::TrunkState,
        why: Option<sip::TrunkTrouble>,
    },
    /// We are registered at a trunk now, or not any more, or were refused (`status`).
    Registration {
        trunk: String,
        registered: bool,
        status: Option<u16>,
    },
    /// An INVITE of this trunk that got no room, and why.
    TrunkRefused {
        trunk: String,
        why: String,
    },
    /// Sent, also again.
    SipResponse {
        method: String,
        class: u8,
    },
    /// A leg is over: what came of `party` (`caller`, `agent`).
    Media {
        party: String,
        stats: media::LegStats,
    },
    /// The router did not do what was handed to it, and nobody waits for an answer.
    Rejected {
        why: Rejection,
    },
    /// Something refused or dropped, by name.
    Dropped {
        what: String,
    },
}
