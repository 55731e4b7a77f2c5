//! Digest header syntax (RFC 3261 §20.7, §20.44, RFC 8760): the fields, not the check.

use std::fmt;

use super::{Params, WireError};

/// One Authorization or Proxy-Authorization value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Credentials {
    /// `Digest`, as written.
    pub scheme: String,
    fields: Params,
}

impl Credentials {
    pub fn parse(text: &str) -> Result<Self, WireError> {
        todo!()
    }

    pub fn is_digest(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("digest")
    }

    /// A field, unquoted and unescaped: `username`, `realm`, `nonce`, `uri`, `response`, `algorithm`,
    /// `cnonce`, `opaque`, `qop`, `nc`.
    pub fn field(&self, name: &str) -> Option<String> {
        todo!()
    }
}

/// One WWW-Authenticate or Proxy-Authenticate value; the same shape as [`Credentials`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Challenge {
    pub realm: String,
    pub nonce: String,
    /// `MD5` or `SHA-256`; `None` means MD5.
    pub algorithm: Option<String>,
    /// The offered values, such as `["auth"]`; empty is the form of RFC 2069.
    pub qop: Vec<String>,
    pub opaque: Option<String>,
    pub stale: bool,
}

impl Challenge {
    /// Only `Digest`; another scheme is an error.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        todo!()
    }
}

/// `Digest realm="…", nonce="…", algorithm=…, qop="auth"`.
impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
