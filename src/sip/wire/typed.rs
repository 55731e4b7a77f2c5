//! The small typed header values: CSeq, seconds, Reason.

use std::fmt;

use super::{Method, WireError};

/// `CSeq: 4711 INVITE` (RFC 3261 §20.16); the number is below 2^31.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct CSeq {
    pub number: u32,
    pub method: Method,
}

impl CSeq {
    pub fn new(number: u32, method: Method) -> Self {
        Self { number, method }
    }

    pub fn parse(text: &str) -> Result<Self, WireError> {
        todo!()
    }
}

impl fmt::Display for CSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

/// Whole seconds; what exceeds 2^32-1 is taken as 2^32-1 (RFC 3261 §20.19).
pub(super) fn delta_seconds(text: &str) -> Option<u32> {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(u32::MAX))
}

/// One value of Reason (RFC 3326), such as `SIP;cause=200;text="Call completed elsewhere"`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReasonHeader {
    /// `SIP`, `Q.850` …
    pub protocol: String,
    pub cause: Option<u16>,
    pub text: String,
}

impl ReasonHeader {
    pub fn parse(text: &str) -> Result<Self, WireError> {
        todo!()
    }
}

impl fmt::Display for ReasonHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
