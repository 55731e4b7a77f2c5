//! The media plane: packets and PCM in and out, 20 ms ticks.
//!
//! The machines here (floor 2) are driven by a worker thread of the shell (`net::media_worker`);
//! the control plane speaks to a worker in the words of this file: [`Command`] in, [`Event`] out,
//! over bounded channels. Nothing on the packet path is shared between workers: both legs of a call
//! are always on the same one.
//!
//! A leg's media session carries the leg's [`LegId`].

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::base::{InteractionId, LegId};
use crate::sdp::{CryptoSuite, Fingerprint, MasterKey};

mod activity;
pub mod answered;
mod dtmf;
pub mod engine;
pub mod keys;
mod latch;
mod leg;
mod mixer;
pub mod negotiate;
pub mod outbox;
pub mod player;
mod quality;
pub mod recorder;
mod report;
pub mod rtc;
pub mod sound;
pub mod stream;
pub mod tone;
mod track;
mod voice;

pub use self::mixer::MAX_SPEAKERS;
pub use self::recorder::Side;
pub use crate::codec::{Codec, OpusFormat};
pub use crate::sdp::Direction;

/// Samples of a frame of our own: 20 ms at 8 kHz.
const FRAME: usize = 160;

/// A media worker thread.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct WorkerId(pub u8);

/// Names one playback, so that its end is not mistaken for another's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct PlayId(pub u64);

/// A pair of bound sockets (RTP on an even port, RTCP on the next) that a worker lends to the
/// control plane. It returns by [`Command::Close`]; the worker lends a fresh one for it after a rest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct PortLease {
    pub worker: WorkerId,
    pub rtp: SocketAddr,
}

/// ICE short-term credentials (RFC 8445).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct IceCredentials {
    pub ufrag: String,
    pub pwd: String,
}

/// What our descriptions for WebRTC legs of a worker must say: all of them share one port.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RtcFace {
    /// The UDP addresses peers may send to, the best first; not empty.
    pub addresses: Vec<SocketAddr>,
    /// `sha-256 AA:BB:…` of the process's certificate.
    pub fingerprint: String,
}

/// The part of a WebRTC leg that SDP carries. We are ICE-lite and, unless the peer insists on
/// being passive, the DTLS server.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rtc {
    pub local: IceCredentials,
    /// Known after the peer's answer.
    pub remote: Option<IceCredentials>,
    /// `sha-256 AA:BB:…` of the peer's certificate; the handshake fails on any other.
    pub remote_fingerprint: Option<String>,
    /// We start the DTLS handshake (`a=setup:active` on our side).
    pub dtls_client: bool,
}

/// How a plain leg comes to the keys that it encrypts with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Srtp {
    /// They stand in the descriptions (RFC 4568).
    Keys(Box<SrtpKeys>),
    /// By a handshake on its port (RFC 5763).
    Handshake(Box<Handshake>),
}

/// Who is on the other side of a handshake.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Handshake {
    /// Of the peer's certificate; with any other it fails.
    pub fingerprint: Fingerprint,
    /// We start it (`a=setup:active` on our side).
    pub client: bool,
}

/// What a plain leg encrypts with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SrtpKeys {
    pub suite: CryptoSuite,
    /// Of what we send.
    pub ours: MasterKey,
    /// Of what the peer sends.
    pub theirs: MasterKey,
}

/// What a leg's media session does on the wire; made by `media::negotiate` from offer and answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Session {
    pub codec: Codec,
    pub payload_type: u8,
    /// RFC 4733 events, if both sides have them.
    pub event_payload_type: Option<u8>,
    /// Their clock, hertz: that of the codec, or 8,000.
    #[serde(default = "event_clock")]
    pub event_clock: u32,
    /// How the peer wants its Opus.
    #[serde(default)]
    pub opus: OpusFormat,
    pub ptime_ms: u16,
    pub direction: Direction,
    /// Where RTP goes until latching finds the true source. `None` before the answer, or on hold
    /// with a null address. Unused by WebRTC legs.
    pub remote: Option<SocketAddr>,
    /// Where RTCP goes, if the peer wants it elsewhere than on the next port (RFC 3605).
    #[serde(default)]
    pub rtcp: Option<SocketAddr>,
    /// Plain RTP: accept packets that do not come from `remote` until the first one latches
    /// (symmetric RTP behind NAT), and only if their IP is this one (the signalling source).
    pub latch_from: Option<IpAddr>,
    /// WebRTC, when present.
    pub rtc: Option<Rtc>,
    /// RTP and RTCP on one port (RFC 5761).
    pub rtcp_mux: bool,
    /// A plain leg that is encrypted: nothing of it is sent or taken in clear.
    #[serde(default)]
    pub srtp: Option<Srtp>,
}

fn event_clock() -> u32 {
    8_000
}

impl Session {
    /// The peer does not want to hear us (RFC 3264 §8.4): we are on hold.
    pub fn held_by_peer(&self) -> bool {
        !self.direction.sends()
    }
}

/// What a leg hears: the last of `Play`, `Hear` and `Echo`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Command {
    /// Takes the lent port (a WebRTC leg: the worker's shared port) and starts receiving.
    Open {
        leg: LegId,
        port: Option<PortLease>,
        session: Session,
    },
    /// After an answer or re-INVITE: codec, direction, remote address may have changed.
    Update {
        leg: LegId,
        session: Session,
    },
    /// Plays sound files one after another, `repeat` for ever if asked. Replaces what plays.
    Play {
        leg: LegId,
        play: PlayId,
        sounds: Vec<Sound>,
        repeat: bool,
    },
    Stop {
        leg: LegId,
    },
    /// The leg hears these others of its worker from now on (at most [`MAX_SPEAKERS`]): one is relayed as it
    /// comes, several are mixed. Stops what plays to it. Nobody: silence, or what plays to it.
    Hear {
        leg: LegId,
        from: Vec<LegId>,
    },
    /// Sends the leg its own audio back.
    Echo {
        leg: LegId,
    },
    /// The keys that the leg's peer presses, as events or in the sound, are heard by nobody, or again by all. They
    /// are told as ever.
    HushKeys {
        leg: LegId,
        hushed: bool,
    },
    /// Sends RFC 4733 digits to the leg.
    SendDigits {
        leg: LegId,
        digits: String,
    },
    /// Records these voices into a stereo WAV; said again whenever they change.
    Record {
        interaction: InteractionId,
        voices: Vec<(LegId, Side)>,
        path: String,
    },
    StopRecording {
        interaction: InteractionId,
    },
    /// Ends the session and frees its port.
    Close {
        leg: LegId,
    },
}

/// A sound by name, resolved by the worker in its preloaded library: `zh/welcome`, `music/hold`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sound(pub String);

/// How the time in which a party talked with others divides: the four parts add up to the whole. Not counted is the
/// time on hold, with music or a menu, and that in which one of them is heard in a codec nobody here decodes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TalkTime {
    pub of_ms: u64,
    /// The party alone speaks.
    pub own_ms: u64,
    /// One or more of the others alone.
    pub others_ms: u64,
    /// Both: talk-over.
    pub both_ms: u64,
    /// Nobody.
    pub silent_ms: u64,
}

/// Counters of one leg, stored on the interaction.
#[derive(Clone, Copy, PartialEq, Default, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LegStats {
    pub received: u64,
    pub sent: u64,
    /// By sequence gaps (RFC 3550 §A.3).
    pub lost: u64,
    /// Packets refused: wrong source, failed SRTP authentication, malformed.
    pub refused: u64,
    /// RFC 3550 §6.4.1, microseconds.
    pub jitter_us: u64,
    /// From RTCP, microseconds; 0 if unknown.
    pub round_trip_us: u64,
    /// What the two ends spoke.
    #[serde(default)]
    pub codec: Option<Codec>,
    /// Reports of the party about what it was sent.
    #[serde(default)]
    pub reports: u64,
    /// What it lost of that, as it told last.
    #[serde(default)]
    pub lost_there: u64,
    /// Its jitter, as it told last, microseconds.
    #[serde(default)]
    pub jitter_there_us: u64,
    #[serde(default)]
    pub talk: TalkTime,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Event {
    /// A worker runs; once, before anything else of it.
    Ready {
        worker: WorkerId,
        /// `None`: the worker serves no WebRTC legs.
        rtc: Option<RtcFace>,
    },
    /// Ports the control plane may use. A leased port that no `Open` ever took stays usable.
    Lent {
        ports: Vec<PortLease>,
    },
    /// First media from the peer (WebRTC: DTLS finished and the first packet authenticated).
    Connected {
        leg: LegId,
    },
    Digit {
        leg: LegId,
        digit: char,
    },
    /// The last sound ended by itself. Not sent for a playback that was stopped or replaced.
    PlayEnded {
        leg: LegId,
        play: PlayId,
    },
    /// No sign of life for the media time-out of a peer that somebody listens to.
    MediaLost {
        leg: LegId,
    },
    /// The session could not go on: unknown leg, no such sound, handshake refused.
    Failed {
        leg: LegId,
        why: String,
    },
    RecordingEnded {
        interaction: InteractionId,
        path: String,
        duration_ms: u64,
        complete: bool,
    },
    Closed {
        leg: LegId,
        stats: LegStats,
    },
}
