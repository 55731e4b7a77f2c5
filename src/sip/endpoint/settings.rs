//! What an endpoint is told when it is built: names, addresses, timers, limits.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::sip::auth::Digest;
use crate::sip::dialog::SessionTimers;
use crate::sip::registrar::Registration;
use crate::sip::transaction::Timers;

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
    pub session: SessionTimers,
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
            session: SessionTimers::default(),
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
    pub tls: Option<SocketAddr>,
    pub ws: Option<SocketAddr>,
}

/// Hard limits. What is beyond them is refused with 503 or dropped, and counted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Transactions of all kinds at a time; a tenth more is kept free for our own requests.
    pub transactions: usize,
    /// Legs at a time, of both directions.
    pub legs: usize,
    /// Incoming INVITEs without final response or ACK, of all sources together.
    pub pending_invites: usize,
    /// The same for one source address.
    pub pending_invites_per_source: usize,
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
            pending_invites: 4_000,
            pending_invites_per_source: 400,
            retry_after_s: 5,
            ringing: Duration::from_secs(300),
        }
    }
}
