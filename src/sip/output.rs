//! What the SIP machines push, in the order in which it must happen.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Destination, Event};

/// What the shell has to do, in this order.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Output {
    Transmit {
        to: Destination,
        bytes: Bytes,
    },
    Event(Event),
    /// One more of these, for the metrics.
    Counted(Counter),
}

/// What the SIP machines count; each is one series of a metric.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Counter {
    /// Not a message we can take: dropped, or answered with a 4xx or 5xx.
    Malformed,
    /// A retransmission that a transaction absorbed.
    Absorbed,
    /// A response or an ACK that belongs to nothing: dropped.
    Unmatched,
    /// A request answered without state (a challenge, a refusal, OPTIONS).
    AnsweredStateless,
    /// An answer that would have been over twice as long as what asked for it: not sent.
    Amplifying,
    /// A scanner known by its User-Agent: dropped.
    Scanner,
    /// An INVITE from neither a trunk nor a user: challenged.
    Challenged,
    /// Digest credentials that do not prove anything.
    WrongCredentials,
    /// Digest credentials that came a second time.
    Replayed,
    /// Credentials not looked at: too many wrong ones before.
    Throttled,
    /// 503: a transaction or leg limit is reached.
    Full,
    /// 503: too many unanswered INVITEs, of all sources or of this one.
    Overloaded,
    /// A binding pushed out because its user has too many.
    BindingReplaced,
    /// A command for a leg that is over, or that its state does not allow: a race, no fault.
    LateCommand,
    /// A CIDR block of a trunk that cannot be read; the block is ignored.
    BadNetwork,
}

impl Counter {
    /// The label of the metric.
    pub fn label(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Absorbed => "absorbed",
            Self::Unmatched => "unmatched",
            Self::AnsweredStateless => "answered_stateless",
            Self::Amplifying => "amplifying",
            Self::Scanner => "scanner",
            Self::Challenged => "challenged",
            Self::WrongCredentials => "wrong_credentials",
            Self::Replayed => "replayed",
            Self::Throttled => "throttled",
            Self::Full => "full",
            Self::Overloaded => "overloaded",
            Self::BindingReplaced => "binding_replaced",
            Self::LateCommand => "late_command",
            Self::BadNetwork => "bad_network",
        }
    }
}
