//! Offer and answer (RFC 3264) for the one audio stream of a leg, plain or WebRTC.
//!
//! What it is: a pure value, one [`Negotiation`] a leg, that turns the peer's descriptions into a
//! [`Session`] and makes ours. It remembers what later descriptions depend on: `o=` version, the
//! order of `m=` lines, payload types, ICE credentials. What it is not: a door to sockets; where it
//! receives is told in [`Local`].
//!
//! | state | input | next | result |
//! | --- | --- | --- | --- |
//! | idle | [`Negotiation::answer`] | agreed | our answer and the session |
//! | idle | [`Negotiation::offer`] | offered | our offer |
//! | offered | [`Negotiation::accept`] | agreed | the session |
//! | offered | [`Negotiation::withdraw`] (refused, glare) | as before the offer | - |
//! | agreed | `answer` | agreed (unchanged on error) | answer and session |
//! | agreed | `offer` (hold, resume, refresh) | offered, old session still in force | our offer |
//!
//! A plain leg with keys in its descriptions (RFC 4568) is one of SRTP; whether it must be, may be or is not is said by
//! its [`Keying`].
//!
//! Only Opus, G.722, G.711 and, where it is passed on, G.729 are agreed, and RFC 4733 events; every `m=` line but the one audio stream in
//! use is refused with port 0. A plain stream beside a secured one is the one taken. A stream taken away
//! (port 0) in a later offer is a hold. Sections: RFC 3264 §5-8, RFC 8839 (ICE), RFC 8842 (DTLS),
//! RFC 9143 (BUNDLE), RFC 5761 (rtcp-mux).

mod answer;
mod keys;
pub(super) mod offer;
mod profile;
mod read;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Codec, Direction, IceCredentials, Session};
use crate::base::Rng;
use crate::sdp::{Description, SdpError};

pub use keys::Keying;

/// Milliseconds of sound in each packet that we make.
pub const PTIME_MS: u16 = 20;

/// Why no session came of a description. The first block is the peer's doing (488 to an offer, end
/// of the call after an answer), the second the caller's.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NegotiateError {
    #[error("malformed description: {0}")]
    Malformed(#[from] SdpError),
    #[error("no audio stream that can be used")]
    NoAudio,
    #[error("no codec in common")]
    NoCommonCodec,
    #[error("no usable media address")]
    NoAddress,
    #[error("no ICE credentials")]
    NoIce,
    #[error("no SHA-256 certificate fingerprint")]
    NoFingerprint,
    #[error("no key for SRTP that can be used")]
    NoKey,
    #[error("the answer refuses the audio stream")]
    Refused,
    #[error("the answer does not match the offer")]
    Mismatch,

    #[error("an answer without an offer of ours")]
    NotOffered,
    #[error("an offer of ours is not answered yet")]
    OfferPending,
}

/// More descriptions than a leg sends between two times that it is written down.
const VERSIONS: u64 = 1_000;

/// How the leg's media travels.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Kind {
    /// RTP on a leased port, encrypted where there are keys for it ([`Negotiation::keyed`]).
    Plain,
    /// UDP/TLS/RTP/SAVPF on the worker's shared port.
    WebRtc {
        /// `sha-256 AA:BB:…`, ours.
        fingerprint: String,
        /// Where the peer may send its checks: [`super::RtcFace::addresses`].
        candidates: Vec<SocketAddr>,
    },
}

/// What we bring.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Local {
    /// Printed into `c=` and `m=`: [`super::PortLease::rtp`] or the first of the candidates.
    pub address: SocketAddr,
    pub kind: Kind,
    /// Most wanted first; not empty.
    pub codecs: Vec<Codec>,
    /// The signalling source, see [`Session::latch_from`]; the peer's host, never a proxy shared
    /// by strangers.
    pub latch_from: Option<IpAddr>,
}

/// One leg's offer/answer from its first description to its last. Plain data, can be stored.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Negotiation {
    local: Local,
    session_id: u64,
    /// Of the last description we made; 0: none yet.
    version: u64,
    /// That description without its version, to notice that nothing changed.
    last: String,
    /// Ours, for a WebRTC leg.
    ice: IceCredentials,
    /// Of a plain leg that speaks SRTP.
    #[serde(default)]
    keying: Option<Keying>,
    /// The order of `m=` lines that both sides must keep (RFC 3264 §8).
    shape: Shape,
    agreed: Option<Session>,
    offered: Option<Offered>,
    /// What we allow when the peer asks for a direction: less than everything while we hold.
    wanted: Direction,
}

/// The `m=` lines agreed on so far.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
struct Shape {
    /// Index of the audio stream among the lines.
    audio: usize,
    lines: Vec<Line>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Line {
    kind: String,
    protocol: String,
    /// Repeated in the refusal of a line.
    format: String,
    mid: Option<String>,
}

/// Our offer that waits for its answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Offered {
    direction: Direction,
    /// [`Negotiation::wanted`] before the offer, for a withdrawal.
    before: Direction,
}

/// Whether a description's audio is WebRTC, so that the caller knows which [`Local`] to bring: only where
/// none of its streams is one of a phone (a phone that would like SRTP offers both, one that must have it one).
/// Errors are those an answer would give.
pub fn is_webrtc(description: &[u8]) -> Result<bool, NegotiateError> {
    let description = Description::parse(description)?;
    let audio = description.media.iter().filter(|m| m.kind == "audio" && m.port != 0);
    let profiles: Vec<_> = audio.map(|m| profile::Profile::of(&description, m)).collect();
    let has = |profile| profiles.contains(&Some(profile));
    if profiles.is_empty() {
        return Err(NegotiateError::NoAudio);
    }
    Ok(has(profile::Profile::Secure) && !has(profile::Profile::Plain) && !has(profile::Profile::Keyed))
}

/// [`Negotiation::answer`] of a fresh leg, for callers that need no later descriptions.
pub fn answer(offer: &[u8], local: &Local, rng: &mut Rng) -> Result<(Bytes, Session), NegotiateError> {
    Negotiation::new(local.clone(), rng).answer(offer)
}

impl Negotiation {
    /// `rng` makes the session id and, for WebRTC, the ICE credentials.
    pub fn new(local: Local, rng: &mut Rng) -> Self {
        // RFC 8839 §5.4: at least 24 random bits of name and 128 of password.
        let ice = match local.kind {
            Kind::Plain => IceCredentials { ufrag: String::new(), pwd: String::new() },
            Kind::WebRtc { .. } => IceCredentials { ufrag: rng.token(8), pwd: rng.token(28) },
        };
        Self {
            local,
            session_id: rng.below(1 << 53),
            version: 0,
            last: String::new(),
            ice,
            keying: None,
            shape: Shape::default(),
            agreed: None,
            offered: None,
            wanted: Direction::SendRecv,
        }
    }

    /// As it goes on in a later process, at another port: nothing is agreed on, and what comes next is newer than
    /// anything that was said before (RFC 3264 §8).
    pub fn taken_up(mut self, address: SocketAddr) -> Self {
        self.local.address = address;
        self.version = self.version.saturating_add(VERSIONS);
        self.last.clear();
        (self.agreed, self.offered, self.wanted) = (None, None, Direction::SendRecv);
        self
    }

    /// As it may be written down: what it encrypts with is told to nobody.
    #[must_use]
    pub fn without_keys(&self) -> Self {
        let is_keyed = self.keying.is_some();
        let last = if is_keyed { String::new() } else { self.last.clone() };
        let agreed = self.agreed.clone().map(|session| Session { srtp: None, ..session });
        Self { keying: None, last, agreed, ..self.clone() }
    }

    /// A plain leg speaks SRTP by this; to be said before the first description.
    #[must_use]
    pub fn keyed(self, keying: Option<Keying>) -> Self {
        Self { keying, ..self }
    }

    /// The session in force.
    pub fn session(&self) -> Option<&Session> {
        self.agreed.as_ref()
    }

    /// An offer of ours waits for its answer.
    pub fn is_offering(&self) -> bool {
        self.offered.is_some()
    }

    /// Reads the peer's offer, first or later, and makes the answer. On an error nothing changes.
    pub fn answer(&mut self, offer: &[u8]) -> Result<(Bytes, Session), NegotiateError> {
        if self.offered.is_some() {
            return Err(NegotiateError::OfferPending);
        }
        let description = Description::parse(offer)?;
        let (index, session) = read::offer(self, &description)?;
        self.shape = Shape::of(&description, index);
        let answer = answer::describe(self, &description, &session);
        self.agreed = Some(session.clone());
        Ok((self.print(answer), session))
    }

    /// Makes an offer: the first one, a hold (`SendOnly`, `Inactive`), a resume (`SendRecv`) or a
    /// refresh. `direction` stays our wish for later offers of the peer. An offer that was still
    /// pending is replaced.
    pub fn offer(&mut self, direction: Direction) -> Bytes {
        self.withdraw();
        let offer = offer::describe(self, direction);
        self.offered = Some(Offered { direction, before: self.wanted });
        self.wanted = direction;
        self.print(offer)
    }

    /// Reads the answer to our offer. On an error the offer counts as withdrawn.
    pub fn accept(&mut self, answer: &[u8]) -> Result<Session, NegotiateError> {
        let offered = self.offered.ok_or(NegotiateError::NotOffered)?;
        let read = Description::parse(answer).map_err(NegotiateError::from);
        match read.and_then(|description| read::answer(self, &description, offered.direction)) {
            Ok(session) => {
                self.offered = None;
                self.agreed = Some(session.clone());
                Ok(session)
            }
            Err(error) => {
                self.withdraw();
                Err(error)
            }
        }
    }

    /// Forgets our pending offer (refused, glare): the session before it goes on.
    pub fn withdraw(&mut self) {
        if let Some(offered) = self.offered.take() {
            self.wanted = offered.before;
        }
    }

    /// Puts the version into `description` (RFC 3264 §8: one more for each change) and prints it.
    fn print(&mut self, mut description: Description) -> Bytes {
        let body = description.to_string();
        if body != self.last {
            self.version = self.version.saturating_add(1);
            self.last = body;
        }
        description.origin.version = self.version.to_string();
        Bytes::from(description.to_string())
    }
}
