//! The WebRTC leg: ICE-lite, DTLS-SRTP and rtcp-mux on one UDP address, for the agents' browsers. And what of it
//! phones speak: DTLS-SRTP without ICE (RFC 5763), SRTP with keys from the descriptions.
//!
//! What it is: one sans-IO machine per leg behind [`RtcTransport`]. Datagrams go in, datagrams and
//! clear RTP/RTCP come out. What it is not: it reads no SDP (`sdp`), owns no socket
//! (`net::rtc_driver`), knows no codec and no RTP payload.
//!
//! | state | input | next | what comes out |
//! | --- | --- | --- | --- |
//! | checking | binding request with our ufrag and password | checked | success response to its source |
//! | any | anything else from an unchecked address | same | nothing, counted as refused |
//! | checked | DTLS before the peer's fingerprint is known | same | nothing; the newest few are kept |
//! | checked | DTLS | handshaking | handshake flights, repeated with growing pauses |
//! | handshaking | finished, fingerprint right | secured | [`Received::Secured`] |
//! | handshaking | fingerprint wrong, too many attempts, set-up limit | failed | [`Received::Failed`] |
//! | secured | SRTP, SRTCP | same | [`Received::Rtp`], [`Received::Rtcp`] |
//! | secured | [`RtcTransport::write_rtp`] | same | SRTP to the selected address |
//! | secured | no check for [`CONSENT`] | same | [`Received::Lost`] (a later check revives it) |
//! | secured | close_notify | failed | [`Received::Failed`] with [`RtcError::PeerClosed`] |
//! | any | update with another fingerprint | checked | a new association; nothing goes out clear |
//!
//! Rules that hold in every state: no reply to an address that has not passed a check; DTLS and SRTP
//! only from checked addresses (so a foreign ClientHello cannot win the race); no RTP in clear, ever;
//! a malformed or forged packet costs a counter and nothing else.
//!
//! Limits: [`PAIRS_MAX`] pairs of addresses and 16 SSRCs a leg, 128 handshake datagrams an attempt, 5 attempts,
//! 64 datagrams and 64 received packets queued; beyond that the newest is dropped and counted.
//!
//! Randomness: keys and cookies come from the system's source inside the cryptography provider. That
//! is the only thing here that a seed does not repeat.
//!
//! RFC 8445 §2.5 (lite), RFC 8489, RFC 7675, RFC 5764, RFC 6347, RFC 3711, RFC 7714, RFC 5761,
//! RFC 7983, RFC 8842.

mod certificate;
mod dtls;
mod guards;
mod ice;
mod record;
mod srtp;
mod stun;
#[cfg(test)]
mod tests;
mod transport;
mod ways;

use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;

use super::Rtc;
use crate::base::Instant;

pub use certificate::Certificate;
pub use guards::{Guards, Opened};
pub use stun::requested_ufrag;
#[cfg(test)]
pub(crate) use stun::test_support as checks;
pub use transport::LiteTransport;

/// Without a check from the peer for so long, the leg is lost. RFC 7675 has the browser check every
/// 4 to 6 s; Chromium does so every 2.5 s.
pub const CONSENT: Duration = Duration::from_secs(15);

/// From the peer's answer to the end of the handshake.
pub const SETUP: Duration = Duration::from_secs(10);

/// Pairs of addresses of one leg that may have passed a check at the same time: some of ours with some of
/// the peer's.
pub const PAIRS_MAX: usize = 16;

/// The two ends of a datagram's way. What is said to the peer leaves from the address that it checked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Path {
    /// Ours, as the socket is bound.
    pub local: SocketAddr,
    pub peer: SocketAddr,
}

/// The largest datagram looked at.
pub const DATAGRAM_MAX: usize = 2_048;

/// What a datagram on a WebRTC address is, by its first bytes (RFC 7983 §7, RFC 5761 §4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Stun,
    Dtls,
    Rtp,
    Rtcp,
}

impl Kind {
    pub fn of(datagram: &[u8]) -> Option<Self> {
        match (datagram.first()?, datagram.get(1)?) {
            (0..=3, _) => Some(Self::Stun),
            (20..=63, _) => Some(Self::Dtls),
            (128..=191, 192..=223) => Some(Self::Rtcp),
            (128..=191, _) => Some(Self::Rtp),
            _ => None,
        }
    }
}

/// What came out of a leg, in the order in which it happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Received {
    /// The handshake is done and the peer is the one its SDP names: media may flow.
    Secured,
    /// One clear RTP packet.
    Rtp(BytesMut),
    /// One clear compound RTCP packet.
    Rtcp(BytesMut),
    /// The peer stopped checking: its network or its page is gone.
    Lost,
    /// It will not carry media any more.
    Failed(RtcError),
}

/// A clear packet to protect and send.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Clear<'a> {
    /// Sequence numbers of one SSRC go on by one; a jump back would repeat a key stream and is refused
    /// by the receiver's replay window.
    Rtp(&'a [u8]),
    Rtcp(&'a [u8]),
}

/// Why a leg has no media, sorted by blame.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RtcError {
    // The peer
    #[error("the peer's certificate is not the one its SDP names")]
    ForeignCertificate,
    #[error("the DTLS handshake was refused: {0}")]
    Handshake(String),
    #[error("the peer and we share no SRTP profile")]
    NoProfile,
    #[error("the peer closed the DTLS association")]
    PeerClosed,
    // The environment
    #[error("no secured media within the set-up limit")]
    SetupLimit,
    // The caller
    #[error("not a sha-256 fingerprint: {0}")]
    BadFingerprint(String),
    // Us
    #[error("cryptography: {0}")]
    Crypto(String),
}

/// Counters of one leg.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct RtcCounters {
    /// Datagrams refused: unchecked source, failed authentication, replayed, malformed, out of bounds.
    pub refused: u64,
    /// Clear packets not sent: not secured, no address to send to, or the queue was full.
    pub unsent: u64,
}

/// A secured media transport: six verbs, the same for any implementation of WebRTC below it.
///
/// After `handle_packet`, `handle_timeout`, `update` and `write_rtp` the caller drains `poll_transmit`
/// and `poll_rtp`, then asks `poll_timeout`.
pub trait RtcTransport {
    /// `path`: where the datagram came from and came in, as the socket says.
    fn handle_packet(&mut self, now: Instant, path: Path, datagram: &[u8]);
    /// To be called at `poll_timeout`, harmless at any other time.
    fn handle_timeout(&mut self, now: Instant);
    /// The next datagram to send, from where and where to.
    fn poll_transmit(&mut self) -> Option<(Path, BytesMut)>;
    /// The next thing that came in.
    fn poll_rtp(&mut self) -> Option<Received>;
    /// Protects and queues a packet; counted as unsent while the leg is not secured.
    fn write_rtp(&mut self, now: Instant, packet: Clear<'_>);
    /// When `handle_timeout` is wanted next.
    fn poll_timeout(&self) -> Option<Instant>;

    /// What the peer's SDP says by now. May come any number of times, before or after packets.
    fn update(&mut self, now: Instant, rtc: &Rtc);
    /// Tells the peer (close_notify) if there is somebody to tell.
    fn close(&mut self, now: Instant);
    /// This way has passed a check lately: datagrams on it are this leg's.
    fn is_checked(&self, now: Instant, path: Path) -> bool;
    fn counters(&self) -> RtcCounters;
}
