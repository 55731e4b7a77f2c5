//! What an agent's desktop is told and may ask. These are the words of the CTI protocol: serialised
//! as JSON objects with a `type`; field names are frozen once released.

use serde::{Deserialize, Serialize};

use crate::acd::{AgentState, Kept, NextState, Withdrawn};
use crate::base::{AgentId, CallDirection, CustomerId, Instant, InteractionId, ReservationId};
use crate::call::Cause;
use crate::crm::{CustomerCard, Entered};

/// Told to one agent's desktop, numbered per agent by the hub. Times are microseconds UTC.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", content = "data")]
pub enum DeskEvent {
    /// Everything a desktop needs to draw itself from nothing.
    #[serde(rename = "snapshot")]
    Snapshot(Box<Snapshot>),
    /// The agent became something else, or will after the contact on hand.
    #[serde(rename = "agent.state_changed")]
    AgentStateChanged {
        state: AgentState,
        since: Instant,
        next: Option<NextState>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        by: Option<String>,
    },
    /// The caller's record, sent before the phone rings; `pop.seen` answers it.
    #[serde(rename = "pop.shown")]
    PopShown(Box<ScreenPop>),
    /// The record came later than the ring, or the agent chose among candidates.
    #[serde(rename = "pop.updated")]
    PopUpdated(Box<ScreenPop>),
    /// The ring is over without this agent.
    #[serde(rename = "pop.withdrawn")]
    PopWithdrawn { reservation: ReservationId, interaction: InteractionId, why: RingEnd },
    /// The call of the agent went on.
    #[serde(rename = "call.state_changed")]
    CallStateChanged(CallView),
    /// Wrap-up began: the form of this interaction is due. The end of it is an `agent.state_changed`.
    #[serde(rename = "wrap_up.started")]
    WrapUpStarted { interaction: InteractionId, until: Option<Instant> },
    /// The phone (browser or desk phone) of this agent registered or was lost.
    #[serde(rename = "phone.state_changed")]
    PhoneStateChanged { reachable: bool },
    /// A call was parked, or is in its slot no more.
    #[serde(rename = "parked.changed")]
    ParkedChanged { parked: Vec<ParkedCall> },
}

/// Why a ring is over without the agent who was rung.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RingEnd {
    NoAnswer,
    Declined,
    /// Picked up, but nothing was heard of the browser.
    NoMedia,
    CallerGone,
    /// The agent's phone is gone, or the agent.
    Unreachable,
}

impl RingEnd {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoAnswer => "no_answer",
            Self::Declined => "declined",
            Self::NoMedia => "no_media",
            Self::CallerGone => "caller_gone",
            Self::Unreachable => "unreachable",
        }
    }
}

impl From<Withdrawn> for RingEnd {
    fn from(because: Withdrawn) -> Self {
        match because {
            Withdrawn::NoAnswer => Self::NoAnswer,
            Withdrawn::Refused => Self::Declined,
            Withdrawn::NoMedia => Self::NoMedia,
            Withdrawn::ContactGone => Self::CallerGone,
            Withdrawn::AgentGone => Self::Unreachable,
        }
    }
}

/// The agent's whole state.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Snapshot {
    pub agent: AgentId,
    pub state: AgentState,
    pub since: Instant,
    pub next: Option<NextState>,
    /// The supervisor, by user name, who asked for this state or the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub by: Option<String>,
    pub phone_reachable: bool,
    /// The pop of the ring, call or wrap-up that is on; of several the one that came last.
    pub pop: Option<ScreenPop>,
    pub call: Option<CallView>,
    /// All contacts on hand, the one that came last first.
    #[serde(default)]
    #[schema(required = true)]
    pub on_hand: Vec<ContactOnHand>,
    /// Of today, for "my day".
    pub today: AgentDay,
    /// What anybody may pick up, by slot.
    #[serde(default)]
    #[schema(required = true)]
    pub parked: Vec<ParkedCall>,
}

/// A call in a slot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ParkedCall {
    pub slot: u16,
    pub interaction: InteractionId,
    /// As people read it; empty: withheld.
    pub caller_shown: String,
    /// The customer's name.
    pub customer: Option<String>,
    pub by: AgentId,
    /// Of the agent who parked it.
    pub by_name: String,
    pub since: Instant,
    /// Then it returns to that agent.
    pub until: Instant,
}

/// A contact that rings at the agent, is talked with, or waits for its form; its interaction is what commands
/// name it by.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ContactOnHand {
    pub interaction: InteractionId,
    pub pop: ScreenPop,
    /// `None`: it is over.
    pub call: Option<CallView>,
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AgentDay {
    pub handled: u32,
    pub missed: u32,
    pub talk_ms: u64,
}

impl AgentDay {
    pub fn plus(self, other: Self) -> Self {
        Self {
            handled: self.handled.saturating_add(other.handled),
            missed: self.missed.saturating_add(other.missed),
            talk_ms: self.talk_ms.saturating_add(other.talk_ms),
        }
    }
}

/// The caller's record on the screen before "hello".
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ScreenPop {
    pub reservation: ReservationId,
    pub interaction: InteractionId,
    /// Whether the customer called or is called.
    #[serde(default = "inbound")]
    pub direction: CallDirection,
    /// Who sent or asked for the call, and what for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub handed: Option<Handed>,
    /// E.164, or `None` when withheld.
    pub caller: Option<String>,
    /// As people read it: `+49 30 12345678`, a user name, or empty.
    pub caller_shown: String,
    pub called: String,
    /// As people read it.
    #[serde(default)]
    #[schema(required = true)]
    pub called_shown: String,
    pub queue: String,
    pub queue_name: String,
    pub waited_ms: u64,
    /// Why the contact stood ahead of its own coming: the caller called before, or is called back.
    #[serde(default)]
    pub place_kept: Option<PlaceKept>,
    /// Exactly one customer has this number, or the agent chose one.
    pub customer: Option<CustomerCard>,
    /// Several customers share it.
    pub candidates: Vec<CustomerCard>,
    /// The store has not answered yet; a `pop.updated` follows.
    pub looking_up: bool,
    /// What the caller chose: names of dialplan steps or digits.
    pub menu_path: Vec<String>,
    /// What the caller typed in the flow.
    #[serde(default)]
    #[schema(required = true)]
    pub entered: Vec<Entered>,
    /// Why this agent, in words.
    pub why: Words,
}

fn inbound() -> CallDirection {
    CallDirection::Inbound
}

/// A call that comes from a colleague.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Handed {
    pub how: HandedHow,
    pub by: AgentId,
    /// The colleague's name.
    pub name: String,
    pub note: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HandedHow {
    /// The customer is sent on.
    Transferred,
    /// The colleague asks; the customer waits.
    Consulted,
    /// What the agent had sent on comes back: nobody took it.
    Returned,
    /// The colleague parked it, and the agent picks it up.
    Parked,
}

/// A place in the line that is older than the call.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PlaceKept {
    /// `recall`: gave up and rang again in time; `call_back`: asked to be called back.
    pub by: Kept,
    /// Waiting counts from here.
    pub since: Instant,
}

/// A sentence in both languages.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Words {
    pub en: String,
    pub zh: String,
}

/// The call as the agent sees it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CallView {
    pub interaction: InteractionId,
    pub state: CallState,
    pub since: Instant,
    pub caller_shown: String,
    pub recording: bool,
    /// Nothing is kept until it goes on.
    #[serde(default, skip_serializing_if = "is_false")]
    pub recording_paused: bool,
    /// Set with `ended`.
    #[schema(value_type = Option<crate::crm::EndedBy>)]
    pub ended_by: Option<String>,
    pub direction: CallDirection,
    /// Why the customer, or whom the agent asked for last, was not reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cause: Option<Cause>,
    /// How this agent takes part in a call that is a colleague's; `None`: it is the agent's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub part: Option<OtherState>,
    /// Who is in the call beside the customer and the agent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<OtherView>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Somebody in a call beside the customer and the agent who has it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OtherView {
    /// Names it in commands.
    pub id: ReservationId,
    /// An agent of the center; `None`: somebody outside, or a supervisor without a seat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub agent: Option<AgentId>,
    /// The agent's name, the number as people read it, or the supervisor's user name.
    pub name: String,
    pub state: OtherState,
    pub since: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OtherState {
    /// Is being rung.
    Ringing,
    /// Hears the agent alone, and is heard by the agent alone.
    Consulted,
    /// Waits while the agent talks with the customer.
    Waiting,
    /// All hear each other.
    Joined,
    /// Hears all, and is heard by nobody: the agent wants it.
    Muted,
    /// A supervisor who hears all and is not heard.
    Listening,
    /// A supervisor whom only the agent hears.
    Whispering,
    /// A supervisor whom all hear.
    Barging,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    Ringing,
    Connecting,
    Talking,
    Held,
    /// The agent's phone is gone, the caller is kept: waits for the phone to come back.
    Parked,
    Ended,
}

/// Asked by a desktop (or the API in an agent's name). Every one is answered by [`CommandOutcome`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type")]
pub enum DeskCommand {
    /// `ready`; now, or after the call.
    #[serde(rename = "presence.ready")]
    Ready,
    /// Not ready for a reason of the center; now, or after the call.
    #[serde(rename = "presence.not_ready")]
    NotReady { reason: String },
    /// Out of the shift; now, or after the call.
    #[serde(rename = "presence.sign_out")]
    SignOut,
    /// The customer hears music.
    #[serde(rename = "call.hold")]
    Hold {
        /// Of several contacts on hand, the one that is meant.
        #[serde(default)]
        interaction: Option<InteractionId>,
    },
    /// The end of the hold.
    #[serde(rename = "call.resume")]
    Resume {
        /// Of several contacts on hand, the one that is meant.
        #[serde(default)]
        interaction: Option<InteractionId>,
    },
    /// Keys for whoever the agent speaks with: a menu, a code for a door.
    #[serde(rename = "call.digits")]
    Digits {
        /// Of several contacts on hand, the one that is meant.
        #[serde(default)]
        interaction: Option<InteractionId>,
        /// `0`-`9`, `*`, `#`, `A`-`D`; at most 32.
        digits: String,
    },
    /// Ends the call on hand.
    #[serde(rename = "call.hang_up")]
    HangUp {
        /// Of several contacts on hand, the one that is meant.
        #[serde(default)]
        interaction: Option<InteractionId>,
    },
    /// The audio of the call on hand comes to this phone: a registered SIP user of the agent's. Nothing
    /// changes until it answers, and nothing at all where it has the audio already.
    #[serde(rename = "call.take_over")]
    TakeOver {
        /// Of several contacts on hand, the one that is meant.
        #[serde(default)]
        interaction: Option<InteractionId>,
        phone: String,
    },
    /// Declines the ring: next agent, this one not ready. What a colleague sends or asks goes back to the colleague.
    #[serde(rename = "call.decline")]
    Decline {
        /// Of several contacts on hand, the one that is meant.
        #[serde(default)]
        interaction: Option<InteractionId>,
    },
    /// Calls this number, the agent's own phone first.
    #[serde(rename = "call.dial")]
    Dial {
        /// As people write it.
        number: String,
        /// Key of the queue for which it is: its caller id, recording and wrap-up hold. `None`: for nobody.
        #[serde(default)]
        queue: Option<String>,
    },
    /// Sends the customer on without a word; comes back where nobody takes the call.
    #[serde(rename = "call.transfer")]
    Transfer {
        /// Of several contacts on hand, the one that is meant.
        #[serde(default)]
        interaction: Option<InteractionId>,
        to: Target,
        /// For whoever gets the call.
        #[serde(default)]
        note: String,
    },
    /// The customer waits in a slot and hears music; anybody may pick the call up.
    #[serde(rename = "call.park")]
    Park {
        /// Of several contacts on hand, the one that is meant.
        #[serde(default)]
        interaction: Option<InteractionId>,
        /// `None`: the first that is free.
        #[serde(default)]
        slot: Option<u16>,
        /// Key of the lot; `None`: any.
        #[serde(default)]
        lot: Option<String>,
    },
    /// The agent gets the call in this slot, the own phone first; without a slot what rings longest at a colleague of
    /// the agent's group.
    #[serde(rename = "call.pick_up")]
    PickUp {
        #[serde(default)]
        slot: Option<u16>,
    },
    /// The customer is on hold, and somebody else is called into the call.
    #[serde(rename = "call.consult")]
    Consult {
        /// Of several contacts on hand, the one that is meant.
        #[serde(default)]
        interaction: Option<InteractionId>,
        to: Target,
    },
    /// The one who is spoken with waits, the one who waits is spoken with.
    #[serde(rename = "call.swap")]
    Swap {
        /// Of several contacts on hand, the one that is meant.
        #[serde(default)]
        interaction: Option<InteractionId>,
    },
    /// All hear each other.
    #[serde(rename = "call.merge")]
    Merge {
        /// Of several contacts on hand, the one that is meant.
        #[serde(default)]
        interaction: Option<InteractionId>,
    },
    /// The agent leaves; those who are left go on.
    #[serde(rename = "call.complete")]
    Complete {
        /// Of several contacts on hand, the one that is meant.
        #[serde(default)]
        interaction: Option<InteractionId>,
    },
    /// One of the others is let go.
    #[serde(rename = "call.drop_other")]
    DropOther {
        /// Of several contacts on hand, the one that is meant.
        #[serde(default)]
        interaction: Option<InteractionId>,
        /// Which, by [`OtherView::id`]; `None`: whoever was called in last.
        #[serde(default)]
        other: Option<ReservationId>,
    },
    /// One who talks with all is heard by nobody from now on, or again by all, and hears them as before.
    #[serde(rename = "call.mute_other")]
    MuteOther {
        /// Of several contacts on hand, the one that is meant.
        #[serde(default)]
        interaction: Option<InteractionId>,
        /// Which, by [`OtherView::id`].
        other: ReservationId,
        muted: bool,
    },
    /// Records the call from now on.
    #[serde(rename = "recording.start")]
    RecordingStart {
        /// Of several contacts on hand, the one that is meant.
        #[serde(default)]
        interaction: Option<InteractionId>,
    },
    /// Nothing is kept of any voice until `recording.resume`: a card number is said.
    #[serde(rename = "recording.pause")]
    RecordingPause {
        /// Of several contacts on hand, the one that is meant.
        #[serde(default)]
        interaction: Option<InteractionId>,
    },
    /// The recording goes on.
    #[serde(rename = "recording.resume")]
    RecordingResume {
        /// Of several contacts on hand, the one that is meant.
        #[serde(default)]
        interaction: Option<InteractionId>,
    },
    /// Saves disposition and notes; `ready: true` also ends the wrap-up.
    #[serde(rename = "wrap_up.save")]
    WrapUpSave { interaction: InteractionId, disposition: Option<String>, notes: String, done: bool },
    /// More time, where the queue allows it.
    #[serde(rename = "wrap_up.extend")]
    WrapUpExtend,
    /// Wrap-up after the running contact, where the queue gives it only to who asks; or now, where it is the
    /// agent's choice.
    #[serde(rename = "wrap_up.request")]
    WrapUpRequest,
    /// The desktop has the pop of this ring: the phone may ring. Sent by the desktop itself.
    #[serde(rename = "pop.seen")]
    PopSeen { reservation: ReservationId },
    /// Links the interaction with one of the candidates or any other customer: while it rings, in the call,
    /// and in the wrap-up.
    #[serde(rename = "pop.choose")]
    PopChoose { interaction: InteractionId, customer: CustomerId },
    /// The desktop's phone has no microphone any more: no new calls. Sent by the desktop itself.
    #[serde(rename = "microphone.lost")]
    MicrophoneLost,
    /// It is there again: ready is a press away.
    #[serde(rename = "microphone.found")]
    MicrophoneFound,
}

/// Where a call may go.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Target {
    Agent {
        agent: AgentId,
    },
    /// To a line, by its key.
    Queue {
        queue: String,
        /// 1 is the most urgent; `None`: the queue's own.
        #[serde(default)]
        priority: Option<u8>,
    },
    /// Outside, as people write it.
    Number {
        number: String,
    },
    /// To a flow of the dialplan, by name.
    Flow {
        flow: String,
    },
    /// To the mailbox of a line, by its key.
    QueueVoicemail {
        queue: String,
    },
    /// To the mailbox of a colleague.
    AgentVoicemail {
        agent: AgentId,
    },
}

/// The answer to a command.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum CommandOutcome {
    Done,
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
    /// Not registered, or not the agent's.
    UnknownPhone,
    UnknownQueue,
    /// Not a number that can be called.
    BadNumber,
    /// Not keys that a phone has, or too many at once.
    BadDigits,
    /// No trunk lets it out, or the rules do not.
    NoRoute,
    /// The agent has called as often or as long as is allowed.
    Spent,
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
