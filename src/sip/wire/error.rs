//! Why bytes are not a message we take, and whose fault that is.

use super::Name;

/// Whose fault, hence whether and how it is answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Blame {
    /// The peer's: a request that can be answered with this status.
    Answer(u16),
    /// Nobody's: dropped.
    Silence,
}

/// One exact reason each. [`WireError::blame`] is the one place that makes a status of it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WireError {
    #[error("nothing but line ends: a keep-alive")]
    KeepAlive,
    #[error("start line: {0}")]
    StartLine(&'static str),
    #[error("SIP version not supported")]
    Version,
    #[error("the head has a control character, a bare CR or a bare LF")]
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
}

impl WireError {
    pub fn blame(&self) -> Blame {
        match self {
            Self::KeepAlive => Blame::Silence,
            Self::Version => Blame::Answer(505),
            Self::MessageTooLong { .. } => Blame::Answer(513),
            Self::UriTooLong { .. } => Blame::Answer(414),
            Self::StartLine(_)
            | Self::Bytes
            | Self::HeaderLine
            | Self::Unfinished
            | Self::TooManyHeaders { .. }
            | Self::HeaderTooLong { .. }
            | Self::Missing(_)
            | Self::Duplicate(_)
            | Self::Header { .. }
            | Self::Uri(_)
            | Self::Value(_)
            | Self::BodyShort { .. }
            | Self::Unframed
            | Self::CSeqMethod => Blame::Answer(400),
        }
    }
}
