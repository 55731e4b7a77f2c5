//! What an endpoint is told when it is built: names, addresses, timers, limits.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::sip::Transport;

/// Settings of [`super::Endpoint`]. Defaults suit a server on one machine; every limit has a reason.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Realm of digest authentication, and the host of the From of calls to registered users.
    pub realm: String,
    /// Text of `Server` and `User-Agent`. Empty: neither is sent.
    pub product: String,
    pub addresses: Addresses,
    pub timers: Timers,
    pub limits: Limits,
    pub registration: Registration,
    pub digest: Digest,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            realm: "carillon".to_owned(),
            product: "Carillon".to_owned(),
            addresses: Addresses::default(),
            timers: Timers::default(),
            limits: Limits::default(),
            registration: Registration::default(),
            digest: Digest::default(),
        }
    }
}

/// The address of each transport as the peers see it: what Via and Contact carry. `None` falls back
/// to the local address a message came in on ([`crate::sip::Received::local`]).
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Addresses {
    pub udp: Option<SocketAddr>,
    pub tcp: Option<SocketAddr>,
    pub ws: Option<SocketAddr>,
}

impl Addresses {
    pub fn of(&self, transport: Transport) -> Option<SocketAddr> {
        match transport {
            Transport::Udp => self.udp,
            Transport::Tcp => self.tcp,
            Transport::Ws => self.ws,
        }
    }
}

/// The base values of RFC 3261 §17.1.1.1 (table 4 in its appendix A).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timers {
    /// Estimated round trip: the first retransmission.
    pub t1: Duration,
    /// The longest gap between retransmissions.
    pub t2: Duration,
    /// How long a message can live in the network.
    pub t4: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self { t1: Duration::from_millis(500), t2: Duration::from_secs(4), t4: Duration::from_secs(5) }
    }
}

/// Hard limits. What is beyond them is refused with 503 or dropped, and counted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Transactions of all kinds at a time; a tenth more is kept free for our own requests.
    pub transactions: usize,
    /// Legs at a time, of both directions.
    pub legs: usize,
    /// Incoming INVITEs not yet answered for good, of all sources together.
    pub pending_invites: usize,
    /// The same for one source address.
    pub pending_invites_per_source: usize,
    /// Sources remembered for rate limits at a time; the oldest is forgotten.
    pub sources: usize,
    /// What an overloaded server asks callers to wait for. Seconds.
    pub retry_after_s: u32,
    /// An incoming INVITE that nobody above answers is ended with 480 after this.
    pub ringing: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            transactions: 100_000,
            legs: 10_000,
            pending_invites: 2_000,
            pending_invites_per_source: 500,
            sources: 16_384,
            retry_after_s: 5,
            ringing: Duration::from_secs(300),
        }
    }
}

/// Bounds of what a phone may register.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Registration {
    /// Shorter wishes are refused with 423.
    pub expires_min: Duration,
    /// Longer wishes are cut to this.
    pub expires_max: Duration,
    /// What a phone gets that wishes nothing.
    pub expires_default: Duration,
    pub contacts_per_user: usize,
}

impl Default for Registration {
    fn default() -> Self {
        Self {
            expires_min: Duration::from_secs(30),
            expires_max: Duration::from_secs(3600),
            expires_default: Duration::from_secs(300),
            contacts_per_user: 8,
        }
    }
}

/// Digest authentication (RFC 7616, RFC 8760).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Digest {
    /// A nonce older than this is answered with `stale=true`.
    pub nonce_lifetime: Duration,
    /// Wrong passwords from one source for one user before it has to wait.
    pub tries: u32,
    /// The first wait; it doubles with every further wrong password, up to [`Digest::wait_max`].
    pub wait: Duration,
    pub wait_max: Duration,
}

impl Default for Digest {
    fn default() -> Self {
        Self {
            nonce_lifetime: Duration::from_secs(300),
            tries: 5,
            wait: Duration::from_secs(2),
            wait_max: Duration::from_secs(300),
        }
    }
}
