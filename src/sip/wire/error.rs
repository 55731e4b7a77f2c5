//! Why bytes are not a message we take, and what is answered.

use std::net::SocketAddr;

use super::{Draft, Name};

/// Whose fault, hence whether and how it is answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Blame {
    /// A request that can be answered with this status.
    Answer(u16),
    /// A response, an ACK, a keep-alive, or something that is no SIP at all: dropped and counted.
    Silence,
}

/// One exact reason each.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WireError {
    #[error("nothing but line ends: a keep-alive")]
    KeepAlive,
    #[error("not SIP: {0}")]
    NotSip(&'static str),
    #[error("start line: {0}")]
    StartLine(&'static str),
    #[error("SIP version not supported")]
    Version,
    #[error("the head is not UTF-8, or has a NUL, a bare CR or a bare LF")]
    Bytes,
    #[error("a header line without a name and a colon")]
    HeaderLine,
    #[error("the empty line after the headers is missing")]
    Unfinished,
    #[error("message over {max} bytes")]
    MessageTooLong { max: usize },
    #[error("more than {max} headers")]
    TooManyHeaders { max: usize },
    #[error("a header over {max} bytes")]
    HeaderTooLong { max: usize },
    #[error("request URI over {max} bytes")]
    UriTooLong { max: usize },
    #[error("no {0}")]
    Missing(Name),
    #[error("more than one {0}")]
    Duplicate(Name),
    #[error("{name}: {why}")]
    Header { name: Name, why: &'static str },
    #[error("URI: {0}")]
    Uri(&'static str),
    #[error("value: {0}")]
    Value(&'static str),
    #[error("body has {have} of {announced} bytes")]
    BodyShort { have: usize, announced: usize },
    #[error("no Content-Length on a stream")]
    Unframed,
    #[error("method in CSeq differs from the method of the request")]
    CSeqMethod,
    #[error("method not implemented")]
    Method,
    #[error("URI scheme not supported")]
    Scheme,
    #[error("extension not supported: {0}")]
    Extension(String),
    #[error("too many hops")]
    Hops,
}

impl WireError {
    /// The one place that turns a reason into a status.
    pub fn blame(&self) -> Blame {
        match self {
            Self::KeepAlive | Self::NotSip(_) => Blame::Silence,
            Self::Version => Blame::Answer(505),
            Self::MessageTooLong { .. } => Blame::Answer(513),
            Self::UriTooLong { .. } => Blame::Answer(414),
            Self::Method => Blame::Answer(501),
            Self::Scheme => Blame::Answer(416),
            Self::Extension(_) => Blame::Answer(420),
            Self::Hops => Blame::Answer(483),
            _ => Blame::Answer(400),
        }
    }
}

/// Bytes that were refused, with what could be read of them.
#[derive(Clone, Debug)]
pub struct Rejected {
    pub error: WireError,
    pub(super) is_request: bool,
    pub(super) is_ack: bool,
    /// Raw values of the readable headers an answer repeats: Via (all), From, To, Call-ID, CSeq.
    pub(super) echo: Vec<(Name, String)>,
}

impl Rejected {
    /// The status to answer; `None` is silence (a response, an ACK, no Via to answer to, no SIP).
    pub fn status(&self) -> Option<u16> {
        todo!()
    }

    /// The answer, its top Via stamped with the source; to be sent back where it came from.
    /// `None` is silence.
    pub fn response(&self, source: SocketAddr) -> Option<Draft> {
        todo!()
    }
}
