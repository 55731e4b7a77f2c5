//! URIs (RFC 3261 §19.1, RFC 3966 for `tel`).

use std::fmt;
use std::str::FromStr;

use super::{Params, WireError};

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Scheme {
    Sip,
    Sips,
    Tel,
    /// Lower case. Such a URI is carried whole in [`Uri::opaque`].
    Other(String),
}

/// A URI. Parts are kept as written, escapes included; `sip:` and `sips:` fill all of them.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Uri {
    pub scheme: Scheme,
    /// As written, with its escapes; see [`Uri::user_decoded`]. For `tel:` the number.
    pub user: Option<String>,
    pub password: Option<String>,
    /// Name, IPv4, or IPv6 in brackets. Empty for `tel:` and unknown schemes.
    pub host: String,
    pub port: Option<u16>,
    pub params: Params,
    /// `?name=value&…`, as written.
    pub headers: Vec<(String, String)>,
    /// All after the colon, for an unknown scheme; else empty.
    pub opaque: String,
}

impl Uri {
    /// `sip:user@host:port`; the user is escaped where it must be. An empty user is left out.
    pub fn sip(user: &str, host: &str, port: Option<u16>) -> Self {
        todo!()
    }

    pub fn parse(text: &str) -> Result<Self, WireError> {
        todo!()
    }

    /// The user part with its escapes resolved; invalid UTF-8 becomes U+FFFD. Empty if there is none.
    pub fn user_decoded(&self) -> String {
        todo!()
    }

    pub fn is_sip(&self) -> bool {
        matches!(self.scheme, Scheme::Sip | Scheme::Sips)
    }

    /// Equality by RFC 3261 §19.1.4; the derived `==` compares the spelling.
    pub fn is_equivalent(&self, other: &Self) -> bool {
        todo!()
    }

    /// `lr` is set (RFC 3261 §19.1.1).
    pub fn is_loose_router(&self) -> bool {
        self.params.contains("lr")
    }

    /// The `transport` parameter, as written.
    pub fn transport(&self) -> Option<&str> {
        self.params.get("transport")
    }
}

impl FromStr for Uri {
    type Err = WireError;

    fn from_str(text: &str) -> Result<Self, WireError> {
        Self::parse(text)
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
