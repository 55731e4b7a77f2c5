//! SIP (RFC 3261 and its family): the wire layer and the machines above it.
//!
//! `wire` turns bytes into values and back (floor 1). `transaction`, `dialog`, `auth`, `registrar`
//! and `endpoint` are sans-IO machines (floor 2); everybody above speaks to [`endpoint`] only, in the
//! words of this file: [`Command`] in, [`Event`] out.
//!
//! A leg is one SIP dialog. Its [`LegId`] is chosen by whoever creates it: by the endpoint for an
//! incoming INVITE, by the caller of [`Command::Invite`] for an outgoing one.

mod account;
pub mod auth;
pub mod dialog;
pub mod endpoint;
pub mod output;
mod proof;
pub mod registrar;
mod tokens;
pub mod trace;
pub mod transaction;
pub mod trunk;
pub mod wire;

use std::collections::BTreeSet;
use std::net::SocketAddr;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::base::{AgentId, LegId};
pub use account::Account;
pub use dialog::KeptDialog;
pub use trunk::{
    Named, RegistrationView, Trunk, TrunkCaps, TrunkHealth, TrunkIdentity, TrunkLimits, TrunkRegister, TrunkState,
    TrunkTrouble, TrunkView,
};

/// One socket (UDP) or one connection (TCP, WebSocket) of the shell.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct FlowId(pub u64);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    Udp,
    Tcp,
    Tls,
    Ws,
}

impl Transport {
    /// Does the transport deliver what it accepted (RFC 3261 §17: timers A, E, G and the waits differ)?
    pub fn is_reliable(self) -> bool {
        self != Self::Udp
    }
}

/// Where bytes go: through an open flow, or to an address over a transport (the shell opens a TCP
/// connection if there is none; a WebSocket is only ever reached by its flow).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Destination {
    pub transport: Transport,
    pub addr: SocketAddr,
    pub flow: Option<FlowId>,
}

/// Bytes from the network: one datagram, one framed stream message, or one WebSocket message.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Received {
    pub flow: FlowId,
    pub transport: Transport,
    pub source: SocketAddr,
    /// The local address it came in on; what Contact and Via of this flow are built from.
    pub local: SocketAddr,
    pub bytes: Bytes,
}

/// Who sent a request, after the endpoint has checked it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Origin {
    /// A trunk known by its source network.
    Trunk(String),
    /// A user who passed digest authentication; the agent whose seat the user belongs to.
    User { user: String, agent: Option<AgentId> },
}

/// Caller id, the trade's word: name and address as From, To or P-Asserted-Identity carry them, shown to whoever rings.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct CallerId {
    /// Display name, unescaped, of any code page; empty if there was none. Outside data: never trusted as markup.
    pub name: String,
    /// User part of the URI, unescaped and without parameters: a number, a user, `anonymous`.
    pub user: String,
    pub host: String,
}

/// A new call asked for by a peer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Invited {
    pub leg: LegId,
    pub origin: Origin,
    /// From, or whom a trunk asserts (see `endpoint::caller`).
    pub caller: CallerId,
    /// User part of the request URI without parameters: the number that was called.
    pub called: String,
    /// The same as a number of the world, if the URI says so of a local one (`phone-context`).
    pub called_whole: Option<String>,
    /// The number that was called before a network sent the call on (Diversion, History-Info), of a trunk that is
    /// believed.
    pub called_first: Option<String>,
    pub call_id: String,
    pub source: SocketAddr,
    pub transport: Transport,
    /// The body when it was `application/sdp`; `None` is a late offer.
    pub offer: Option<Bytes>,
    /// The leg that the caller wants to take the place of (RFC 3891). Whether it may is decided above.
    pub replaces: Option<LegId>,
}

/// Where a REFER wants its call to go.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ReferTo {
    /// As in [`Invited`]; the host is not looked at.
    pub called: String,
    pub called_whole: Option<String>,
    /// To the other end of this leg's call, in its place (Replaces, RFC 3891): an attended transfer.
    pub leg: Option<LegId>,
}

/// A phone asks us to connect its call elsewhere (RFC 3515).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Referred {
    pub leg: LegId,
    pub to: ReferTo,
}

/// Whom a trunk wants called instead. Whether that is done is decided above.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Elsewhere {
    /// As in [`Invited`].
    pub called: String,
    pub called_whole: Option<String>,
    /// An address of the same trunk; `None`: it names another host, or no address.
    pub destination: Option<Destination>,
}

/// Where an outgoing call goes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Target {
    /// One contact of a registered user (see [`Contact::id`]): the flow it registered over is used.
    Contact { user: String, contact: u64 },
    /// A SIP URI reached at an address: a phone with a static contact.
    Uri { uri: String, destination: Destination },
    /// The same through a trunk, by whose account challenges are answered.
    Trunk { trunk: String, uri: String, destination: Destination },
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Invite {
    pub leg: LegId,
    pub target: Target,
    /// Shown to the callee: name and number of the caller.
    pub from: CallerId,
    pub offer: Bytes,
    /// Further headers, already valid: `("X-Carillon-Interaction", "…")`.
    pub headers: Vec<(String, String)>,
    /// After this the attempt is cancelled by the endpoint, counted from the command. Milliseconds.
    pub give_up_after_ms: u64,
    /// Nothing at all came back for so long: [`Event::Unheard`], and the INVITE is taken back. Milliseconds.
    pub unheard_after_ms: Option<u64>,
}

/// Why a leg ends, written into Reason (RFC 3326) and, for a refusal, the status line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reason {
    /// SIP status, such as 486; 200 for an ordinary hang-up or "completed elsewhere".
    pub status: u16,
    pub text: String,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Command {
    Invite(Box<Invite>),
    /// 180 or 183 on an incoming INVITE.
    Progress {
        leg: LegId,
        status: u16,
        answer: Option<Bytes>,
    },
    /// 200 on an incoming INVITE; retransmitted until the ACK comes.
    Accept {
        leg: LegId,
        answer: Bytes,
    },
    /// 3xx-6xx on an incoming INVITE.
    Refuse {
        leg: LegId,
        reason: Reason,
        retry_after_s: Option<u32>,
    },
    /// Ends the leg, whatever its state: CANCEL, BYE or a refusal.
    Hangup {
        leg: LegId,
        reason: Reason,
    },
    /// Goes on with a dialog of an earlier process, by a re-INVITE with this offer; as a leg that was never seen before.
    TakeUp {
        leg: LegId,
        dialog: Box<KeptDialog>,
        offer: Bytes,
    },
    /// re-INVITE with an offer: a session refresh.
    Offer {
        leg: LegId,
        offer: Bytes,
    },
    /// 200 to a re-INVITE or UPDATE that came as [`Event::Offered`].
    AnswerOffer {
        leg: LegId,
        answer: Bytes,
    },
    /// 488 or 491 to it.
    RefuseOffer {
        leg: LegId,
        status: u16,
    },
    /// 202 to [`Event::Referred`], or a refusal.
    AnswerRefer {
        leg: LegId,
        status: u16,
    },
    /// What became of it so far: the peer is told. 200-699 is the end.
    TellReferral {
        leg: LegId,
        status: u16,
    },
    /// Asks the peer to connect its call elsewhere: `to`, a URI, perhaps in the place of another leg of ours.
    /// [`Event::ReferProgressed`] tells what becomes of it.
    Refer {
        leg: LegId,
        to: String,
        replaces: Option<LegId>,
    },
}

impl Command {
    /// The leg it is for.
    pub fn leg(&self) -> LegId {
        match self {
            Self::Invite(invite) => invite.leg,
            Self::Progress { leg, .. }
            | Self::Accept { leg, .. }
            | Self::Refuse { leg, .. }
            | Self::Hangup { leg, .. }
            | Self::TakeUp { leg, .. }
            | Self::Offer { leg, .. }
            | Self::AnswerOffer { leg, .. }
            | Self::RefuseOffer { leg, .. }
            | Self::AnswerRefer { leg, .. }
            | Self::TellReferral { leg, .. }
            | Self::Refer { leg, .. } => *leg,
        }
    }
}

/// What became of a leg that is over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum LegEnd {
    /// BYE or CANCEL from the peer.
    Peer { reason: Option<Reason> },
    /// Our own [`Command::Hangup`] or [`Command::Refuse`] went through.
    Local,
    /// The same, but the peer had taken the call: its 2xx crossed our CANCEL (RFC 3261 §9.1), and was answered by BYE.
    Crossed,
    /// Final 3xx-6xx to our INVITE.
    Refused(Reason),
    /// Final 3xx of a trunk that names others to call, the most wanted first (RFC 3261 §8.1.3.4).
    Redirected { why: Reason, to: Vec<Elsewhere> },
    /// No answer at all (408), no ACK, or the flow is gone (503).
    Lost(Reason),
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Event {
    Invited(Box<Invited>),
    /// 18x to our INVITE.
    Progressed {
        leg: LegId,
        status: u16,
        answer: Option<Bytes>,
    },
    /// No response of any kind to our INVITE (`Invite::unheard_after_ms`): the leg ends when the peer says
    /// something, or never will.
    Unheard {
        leg: LegId,
    },
    /// 200 to our INVITE; the endpoint has sent the ACK.
    Accepted {
        leg: LegId,
        answer: Option<Bytes>,
    },
    /// The ACK to our 200 came. Carries the answer when the offer was late.
    Confirmed {
        leg: LegId,
        answer: Option<Bytes>,
    },
    /// The peer offers new media; answer with [`Command::AnswerOffer`] or [`Command::RefuseOffer`].
    /// `None`: the peer asks us to offer (re-INVITE without body).
    Offered {
        leg: LegId,
        offer: Option<Bytes>,
    },
    /// Our re-INVITE was taken.
    OfferAnswered {
        leg: LegId,
        answer: Option<Bytes>,
    },
    OfferRefused {
        leg: LegId,
        status: u16,
    },
    /// The session is to be refreshed by an offer of what is in force, since the peer takes no UPDATE (RFC 4028 §7.4):
    /// [`Command::Offer`], or nothing, and the session ends at its time.
    RefreshDue {
        leg: LegId,
    },
    /// Answer with [`Command::AnswerRefer`].
    Referred(Box<Referred>),
    /// What our REFER has come to: a status of 200 and more is the last.
    ReferProgressed {
        leg: LegId,
        status: u16,
    },
    /// A digit by INFO (`application/dtmf-relay`).
    Digit {
        leg: LegId,
        digit: char,
    },
    /// Exactly once per leg, always last: after it the leg is forgotten.
    Ended {
        leg: LegId,
        end: LegEnd,
    },
    /// The contacts of a user changed; all of them, possibly none.
    Registered {
        user: String,
        agent: Option<AgentId>,
        contacts: Vec<Contact>,
    },
}

/// Where a registered user can be reached.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Contact {
    /// Names this binding in [`Target::Contact`].
    pub id: u64,
    pub uri: String,
    pub destination: Destination,
    /// Wants ICE and DTLS-SRTP: registered over WebSocket.
    pub webrtc: bool,
}

/// A box of messages that phones may watch (RFC 3842).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Mailbox {
    /// User part of its address.
    pub name: String,
    /// Whose phones may.
    pub readers: BTreeSet<AgentId>,
    /// Messages that nobody has heard.
    pub new: u32,
    /// Messages that were heard and are still there.
    pub old: u32,
}

/// Somebody who may register and call.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct User {
    pub name: String,
    pub agent: Option<AgentId>,
    /// Lower-case hex of H(user:realm:password) for MD5 and SHA-256 (RFC 8760).
    pub ha1_md5: String,
    pub ha1_sha256: String,
}

/// Lower-case hex HA1 pair `(md5, sha256)` for a user: what is kept instead of the password.
pub fn ha1(user: &str, realm: &str, password: &str) -> (String, String) {
    use md5::{Digest as _, Md5};
    use sha2::Sha256;
    let text = format!("{user}:{realm}:{password}");
    (hex(&Md5::digest(text.as_bytes())), hex(&Sha256::digest(text.as_bytes())))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
