//! Via (RFC 3261 §20.42) with `rport` and `received` (RFC 3581).

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use super::{Params, WireError};

/// One Via value.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Via {
    /// `UDP`, `TCP`, `TLS`, `WS`, `WSS` … in upper case.
    pub transport: String,
    /// Sent-by host: name, IPv4, or IPv6 in brackets.
    pub host: String,
    pub port: Option<u16>,
    pub params: Params,
}

impl Via {
    /// The magic cookie that marks a branch of RFC 3261.
    pub const COOKIE: &str = "z9hG4bK";

    /// `SIP/2.0/<transport> <sent_by>;branch=…;rport`. The branch gets the cookie if it has none.
    pub fn new(transport: crate::sip::Transport, sent_by: SocketAddr, branch: &str) -> Self {
        todo!()
    }

    pub fn parse(text: &str) -> Result<Self, WireError> {
        todo!()
    }

    pub fn branch(&self) -> Option<&str> {
        self.params.get("branch")
    }

    /// Does the branch carry the cookie (RFC 3261 §17.2.3)? If not, match by the rules of RFC 2543.
    pub fn has_cookie(&self) -> bool {
        self.branch().is_some_and(|branch| branch.starts_with(Self::COOKIE))
    }

    pub fn received(&self) -> Option<IpAddr> {
        self.params.get("received").and_then(|text| text.trim_matches(['[', ']']).parse().ok())
    }

    /// The filled-in `rport`, if any.
    pub fn rport(&self) -> Option<u16> {
        self.params.get("rport").and_then(|text| text.parse().ok())
    }

    /// What a server adds to the top Via of a request (RFC 3261 §18.2.1, RFC 3581 §4): `received` when
    /// sent-by differs from the source or `rport` is asked for, and the value of `rport`.
    pub fn stamp(&mut self, source: SocketAddr) {
        todo!()
    }

    /// Where a response over an unreliable transport goes (RFC 3261 §18.2.2, RFC 3581 §4);
    /// `None` if the host is a name that was never stamped.
    pub fn response_addr(&self) -> Option<SocketAddr> {
        todo!()
    }

    /// `host:port` as sent, the port made explicit: part of the server transaction key.
    pub fn sent_by(&self) -> String {
        todo!()
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
