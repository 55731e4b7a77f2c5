//! What a desktop may ask.

use serde::{Deserialize, Serialize};

use crate::base::{AgentId, CustomerId, InteractionId, NoticeId, ReservationId};

/// Asked by a desktop (or the API in an agent's name). Every one is answered by `CommandOutcome`.
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
        /// Which, by `OtherView.id`; `None`: whoever was called in last.
        #[serde(default)]
        other: Option<ReservationId>,
    },
    /// One who talks with all is heard by nobody from now on, or again by all, and hears them as before.
    #[serde(rename = "call.mute_other")]
    MuteOther {
        /// Of several contacts on hand, the one that is meant.
        #[serde(default)]
        interaction: Option<InteractionId>,
        /// Which, by `OtherView.id`.
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
    /// Supervisors see that the agent wants one, and what for; other words take the place of the first.
    #[serde(rename = "help.ask")]
    HelpAsk {
        /// At most 200 characters; may be empty.
        #[serde(default)]
        words: String,
    },
    /// Not any more.
    #[serde(rename = "help.withdraw")]
    HelpWithdraw,
    /// The agent has read this message of a supervisor.
    #[serde(rename = "notice.read")]
    NoticeRead { notice: NoticeId },
    /// Calls whom the agent reads about, or, in a campaign whose agents ask for each call, whoever is next.
    #[serde(rename = "preview.dial")]
    PreviewDial,
    /// Somebody else instead; who is passed over is offered again later.
    #[serde(rename = "preview.skip")]
    PreviewSkip,
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
