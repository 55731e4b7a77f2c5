//! The network edge (floor 6, shell): sockets on one side, values on the other.
//!
//! [`Flows`] owns every SIP socket and connection: UDP, TCP, TLS and SIP over WebSocket (RFC 7118). What comes in leaves through one bounded channel as [`FlowEvent`]; what goes out
//! is handed to [`Flows::send`], which never waits. One UDP socket, and one TCP or WebSocket connection,
//! is one [`crate::sip::FlowId`].
//!
//! What it is not: it reads no SIP beyond the framing of a stream (`sip::wire::Framer`), knows no
//! transaction. Names are looked up by [`resolve`], before a call needs them.
//!
//! | thing | limit ([`FlowSettings`]) | when full |
//! | --- | --- | --- |
//! | event channel | `events` | a datagram is dropped and counted; a connection is not read any further |
//! | datagrams of one source address | `source_rate`, `source_burst` | dropped before parsing, counted |
//! | sources remembered | `sources` | idle ones are forgotten; beyond that, newcomers share one budget |
//! | connections, all / of one source address | `connections`, `connections_per_source` | closed at once, counted |
//! | messages waiting for one connection | `queue` | the connection is closed, counted |
//! | bytes of one message | 64 KiB | answered with 513 on a stream, then closed |
//! | time for the handshake of TLS, for the first message, and for every message begun | `message_time` | closed (slowloris) |
//! | time without any byte | `idle_time` | closed |
//! | time for the answers to what came before garbage or the end of a stream | two seconds | closed without them |
//! | time for one write, one connect | `write_time`, `connect_time` | closed; [`FlowEvent::Failed`] |
//!
//! RFC 3261 §18, RFC 5626 §3.5 (CRLF and STUN keep-alive), RFC 6455, RFC 7118.

mod batch;
mod budget;
pub mod clock;
mod flow;
pub mod host_addresses;
mod keep_alive;
pub mod media_worker;
pub mod recording;
pub mod resolve;
pub mod rtc_driver;
pub mod rtp_port;
pub mod sounds;
mod tcp;
mod tls;
mod udp;
mod ws;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::sip::{Destination, FlowId, Received};
pub use flow::{Counts, Flows, SendError};
pub use tls::{Tls, TlsError, TlsFiles, connector};
pub use ws::serve_sip_ws;

/// Sockets and bounds of [`Flows`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FlowSettings {
    /// UDP sockets; the first of a family sends what has no flow of its own.
    pub udp: Vec<SocketAddr>,
    /// TCP listeners.
    pub tcp: Vec<SocketAddr>,
    /// TLS listeners; they need a certificate.
    pub tls: Vec<SocketAddr>,
    pub tls_files: TlsFiles,
    /// Events waiting for the control task.
    pub events: usize,
    /// TCP and WebSocket connections at a time, of all sources.
    pub connections: usize,
    /// The same of one source address. An office full of agents comes from one.
    pub connections_per_source: usize,
    /// Messages waiting to be written to one connection.
    pub queue: usize,
    /// Messages a second from one source address, and how many may come at once after a pause.
    pub source_rate: u32,
    pub source_burst: u32,
    /// Source addresses remembered at a time.
    pub sources: usize,
    pub message_time: Duration,
    pub idle_time: Duration,
    pub write_time: Duration,
    pub connect_time: Duration,
    /// Between two pings of ours on a WebSocket; two without any sign of life close it.
    pub ping_time: Duration,
    /// Kernel receive buffer of a UDP socket, in bytes: the burst it takes while the process is away.
    pub receive_buffer: usize,
}

impl Default for FlowSettings {
    fn default() -> Self {
        Self {
            udp: Vec::new(),
            tcp: Vec::new(),
            tls: Vec::new(),
            tls_files: TlsFiles::default(),
            events: 4_096,
            connections: 10_000,
            connections_per_source: 1_000,
            queue: 128,
            source_rate: 10_000,
            source_burst: 20_000,
            sources: 16_384,
            message_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(900),
            write_time: Duration::from_secs(10),
            connect_time: Duration::from_secs(4),
            ping_time: Duration::from_secs(25),
            receive_buffer: 4 << 20,
        }
    }
}

/// What the network tells the control task; each is an input of `sip::endpoint`.
#[derive(Clone, Debug)]
pub enum FlowEvent {
    Received(Received),
    /// A TCP or WebSocket connection is gone. After it nothing more comes from this flow.
    Closed(FlowId),
    /// A connection that [`Flows::send`] began could not be opened.
    Failed(Destination),
    /// A connection hears no more and asks whether everything it handed in has been taken: to be cancelled then,
    /// so that the answers are written before it is closed.
    Settle(CancellationToken),
}
