//! The call: legs, the parties and who of them hears whom, recording, and how each ends.
//!
//! Sits on `sip` and `media` and speaks both their words; knows no queue and no customer. One
//! [`Calls`] machine holds every call; whoever drives it (the center) says [`Command`]s and hears
//! [`Event`]s.
//!
//! A call starts with the caller's leg, or is opened by us for somebody who is called. Further parties
//! are reached by an *attempt*: one or more legs ringing at once for one party (all registered contacts
//! of an agent), of which the first to answer stays. A leg that is up enters the call as a party with a
//! role and a mode; who hears whom follows from the modes (`call::party`). All legs of a call are on one
//! media worker.
//!
//! | leg state | input | next | outputs, in order |
//! | --- | --- | --- | --- |
//! | - | `Invited` | `Offered` | `Event::Started` |
//! | `Offered` | `Answer` | `Answering` | open media; 200 |
//! | - | `Invited`: no common codec, no port | - | `Event::Refused`; 488 or 503 |
//! | `Answering` | ACK | `Up` | `Event::Answered` |
//! | - | `Ring` | `Inviting`, once there are ports | open media; INVITE (each branch) |
//! | `Inviting` | 18x | same | `Event::Ringing`, once per attempt |
//! | `Inviting` | 200 of a phone | `Up` | open media; CANCEL the other branches; `Event::Reached` |
//! | `Inviting` | 200 of a browser | `Securing` | the same, but `Event::Answering` |
//! | `Securing` | first packet of the browser | `Up` | `Event::Reached` |
//! | `Securing` | media failed or lost, BYE, flow gone | gone | close media; `Event::NoMedia` |
//! | `Inviting` | refused, lost | gone | close media; after the last branch `Event::NotReached` |
//! | `Up` | re-INVITE | same | update media; 200; `Event::HeldByPeer` or `Event::ResumedByPeer` |
//! | `Up` | session to be refreshed | same | re-INVITE with the media as they are |
//! | `Up` | REFER | same | `Event::Referred` |
//! | - | `TakeUp` | `TakingUp`, once there is a port | re-INVITE |
//! | `TakingUp` | 200 | `Up` | open media; `Event::TakenUp` |
//! | `TakingUp` | refused, lost, no port | gone | BYE; `Event::LegEnded` |
//! | `Offered` | `TakeIn` | `Answering`, in the other call | open media; 200 |
//! | `Up` | BYE, lost, media lost | gone | others hear it no more; close media; `Event::LegEnded` |
//! | any | `Hangup` | `Ending` | close media; CANCEL, BYE or refusal |
//!
//! A key that comes in the media and by INFO is one key (see `keys`).
//!
//! Limits: calls at once and legs per attempt from [`Settings`]; a call without answer or with a
//! silent peer ends by the endpoint's and the media worker's own time-outs.

mod calls;
mod cause;
mod incoming;
mod keys;
mod leg;
mod party;
mod ports;
mod refer;
mod renegotiate;
mod ring;
mod srtp;
mod take_up;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

pub use calls::Calls;
pub use cause::Cause;
pub use party::{Mode, Party, Role, hears, voices};
pub use srtp::SrtpRules;
pub use take_up::{KeptLeg, TakeUp};

use crate::base::{AgentId, CallId, InteractionId, LegId, Redacted};
use crate::media::{self, Codec, LegStats, PlayId, Sound, WorkerId};
use crate::sip::endpoint::RefusedCall;
use crate::sip::{self, Origin, Reason, Target, Transport};

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// Put into the SDP of plain legs instead of the bound address (behind NAT).
    pub advertised_ip: Option<IpAddr>,
    /// Calls at once; the next is refused with 503.
    pub max_calls: usize,
    /// Branches of one attempt.
    pub max_branches: usize,
    /// What is agreed with peers, the most wanted first; not empty. Of the laws of G.711 the peer chooses.
    pub codecs: Vec<Codec>,
    /// The keys of SRTP are made of it; from the system's randomness, and told to nobody. `None`: no leg has any.
    #[serde(skip)]
    pub secret: Option<Redacted<[u8; 32]>>,
}

/// The codecs where nothing else is set up. G.729 is not among them: nothing could be played to who has nothing else.
pub const CODECS: [Codec; 4] = [Codec::Opus, Codec::G722, Codec::Pcmu, Codec::Pcma];

impl Default for Settings {
    fn default() -> Self {
        Self { advertised_ip: None, max_calls: 2_000, max_branches: 8, codecs: CODECS.to_vec(), secret: None }
    }
}

/// One try to reach a party, named by whoever asks for it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct AttemptId(pub u64);

#[derive(Clone, PartialEq, Debug)]
pub enum Input {
    Sip(sip::Event),
    Media(media::Event),
    Command(Command),
}

#[derive(Clone, PartialEq, Debug)]
pub enum Output {
    Sip(sip::Command),
    Media { worker: WorkerId, command: media::Command },
    Event(Event),
}

#[derive(Clone, PartialEq, Debug)]
pub enum Command {
    /// Takes the offered caller.
    Answer {
        leg: LegId,
    },
    Refuse {
        leg: LegId,
        reason: Reason,
        retry_after_s: Option<u32>,
    },
    Play {
        leg: LegId,
        play: PlayId,
        sounds: Vec<Sound>,
        repeat: bool,
    },
    Stop {
        leg: LegId,
    },
    /// Keys for whoever this party is: RFC 4733.
    SendDigits {
        leg: LegId,
        digits: String,
    },
    Echo {
        leg: LegId,
    },
    /// A call without a customer: somebody is rung first and whom it is for afterwards. It lasts until `End`.
    Open {
        call: CallId,
    },
    Ring(Ring),
    /// A leg of an earlier process goes on: `TakenUp` follows, or `LegEnded`.
    TakeUp(Box<TakeUp>),
    /// Cancels what still rings of the attempt; its `NotReached` does not follow.
    StopRing {
        attempt: AttemptId,
        reason: Reason,
    },
    /// A reached leg takes part in the call from now on, until it ends. The leg of the one who called does
    /// so from the beginning, as the customer, apart.
    Enter {
        call: CallId,
        party: Party,
    },
    /// What a party hears and who hears it changes.
    SetMode {
        call: CallId,
        leg: LegId,
        mode: Mode,
    },
    /// Records the parties' voices, until the call ends: [`voices`]. Said again it goes on with the same file.
    Record {
        call: CallId,
        interaction: InteractionId,
        path: String,
        paused: bool,
    },
    /// While it is paused, nothing of any voice is kept: the recording has silence there.
    PauseRecording {
        call: CallId,
        paused: bool,
    },
    /// The keys that a party presses are heard by nobody in the call, or again by all.
    HushKeys {
        leg: LegId,
        hushed: bool,
    },
    /// 202, or a refusal, to [`Event::Referred`].
    AnswerRefer {
        leg: LegId,
        status: u16,
    },
    /// How it goes on: the phone is told. 200-699 is the end.
    TellReferral {
        leg: LegId,
        status: u16,
    },
    /// Asks the other end of a leg to connect itself elsewhere, see [`sip::Command::Refer`].
    Refer {
        leg: LegId,
        to: String,
        replaces: Option<LegId>,
    },
    /// A caller that was [`Event::Started`] becomes one of this call, where it is `Answered`; its own is forgotten.
    TakeIn {
        leg: LegId,
        call: CallId,
    },
    Hangup {
        leg: LegId,
        reason: Reason,
    },
    /// Ends every leg.
    End {
        call: CallId,
        reason: Reason,
    },
}

/// Rings every branch at once.
#[derive(Clone, PartialEq, Debug)]
pub struct Ring {
    pub call: CallId,
    pub attempt: AttemptId,
    pub branches: Vec<Branch>,
    pub from: sip::CallerId,
    pub headers: Vec<(String, String)>,
    pub give_up_after_ms: u64,
    /// A branch that says nothing at all for so long counts as failed (503).
    pub unheard_after_ms: Option<u64>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Branch {
    pub target: Target,
    pub webrtc: bool,
    /// The phone's address: the only host whose media a phone behind NAT may send from.
    pub addr: SocketAddr,
    /// Its signalling.
    pub transport: Transport,
}

impl Branch {
    /// A registered contact of this user.
    pub fn of(user: &str, contact: &sip::Contact) -> Self {
        Self {
            target: Target::Contact { user: user.to_owned(), contact: contact.id },
            webrtc: contact.webrtc,
            addr: contact.destination.addr,
            transport: contact.destination.transport,
        }
    }

    /// The registered user whose contact this is.
    pub fn user(&self) -> Option<&str> {
        match &self.target {
            Target::Contact { user, .. } => Some(user),
            Target::Uri { .. } | Target::Trunk { .. } => None,
        }
    }
}

/// A caller is at the door.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Started {
    pub call: CallId,
    pub leg: LegId,
    pub origin: Origin,
    pub caller: sip::CallerId,
    pub called: String,
    /// See [`sip::Invited::called_whole`].
    pub called_whole: Option<String>,
    /// See [`sip::Invited::called_first`].
    pub called_first: Option<String>,
    /// The peer's Call-ID, for the log.
    pub sip_call_id: String,
    /// The leg whose place it wants to take, and its call.
    pub replaces: Option<(CallId, LegId)>,
}

/// A phone wants its call to go elsewhere (REFER).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Referred {
    pub call: CallId,
    /// Of the phone.
    pub leg: LegId,
    /// As in [`Started`].
    pub called: String,
    pub called_whole: Option<String>,
    /// To whoever the phone speaks with by this other leg.
    pub other: Option<(CallId, LegId)>,
}

/// Whose doing the end of a leg was.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LegEnded {
    /// The peer hung up or gave up.
    Peer(Option<Reason>),
    /// We asked for it.
    Local,
    /// The network took it: no ACK, flow gone, media silent.
    Lost(Reason),
}

#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    Started(Box<Started>),
    /// A caller with whom there is no talking, or no room: nobody has heard of the call.
    Refused(RefusedCall),
    /// The leg of an earlier process is up again, its media anew.
    TakenUp {
        call: CallId,
        leg: LegId,
    },
    /// The caller's leg is up.
    Answered {
        call: CallId,
        leg: LegId,
    },
    Digit {
        call: CallId,
        leg: LegId,
        digit: char,
    },
    PlayEnded {
        call: CallId,
        leg: LegId,
        play: PlayId,
    },
    /// The attempt's first 18x.
    Ringing {
        call: CallId,
        attempt: AttemptId,
    },
    /// A browser answered, the other branches are cancelled; `Reached` or `NoMedia` follows when it is clear
    /// whether it can be heard.
    Answering {
        call: CallId,
        attempt: AttemptId,
    },
    /// A browser answered and nothing was ever heard of it: ICE or DTLS did not get there, or no packet came.
    NoMedia {
        call: CallId,
        attempt: AttemptId,
        why: Reason,
    },
    /// A branch answered and can be heard; the others are cancelled. `user`: whose registered contact it is.
    Reached {
        call: CallId,
        attempt: AttemptId,
        leg: LegId,
        user: Option<String>,
    },
    /// Every branch failed; cause and reason are the last one's.
    NotReached {
        call: CallId,
        attempt: AttemptId,
        cause: Cause,
        why: Reason,
        /// Whom the last one names instead.
        elsewhere: Vec<sip::Elsewhere>,
    },
    /// To be answered by [`Command::AnswerRefer`].
    Referred(Box<Referred>),
    /// What our [`Command::Refer`] has come to; 200 and more is the end.
    ReferProgressed {
        call: CallId,
        leg: LegId,
        status: u16,
    },
    HeldByPeer {
        call: CallId,
        leg: LegId,
    },
    ResumedByPeer {
        call: CallId,
        leg: LegId,
    },
    /// A leg that was up, or the caller's leg in any state, is over.
    LegEnded {
        call: CallId,
        leg: LegId,
        ended: LegEnded,
    },
    /// Counters of a leg, after its end.
    Measured {
        call: CallId,
        leg: LegId,
        stats: LegStats,
    },
    RecordingEnded {
        interaction: InteractionId,
        duration_ms: u64,
        complete: bool,
    },
    /// The last leg is gone; the call is forgotten. `crossed`: somebody outside answered in the moment in which their
    /// ringing was taken back (RFC 3261 §9.1), and heard nobody.
    Ended {
        call: CallId,
        crossed: bool,
    },
    /// A user's reachable contacts changed.
    Registered {
        user: String,
        agent: Option<AgentId>,
        contacts: Vec<sip::Contact>,
    },
}

/// Reasons that this floor gives by itself.
pub(crate) fn reason(status: u16, text: &str) -> Reason {
    Reason { status, text: text.to_owned() }
}
