//! What the SIP machines push, in the order in which it must happen.

use std::net::SocketAddr;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Destination, Event, TrunkState, TrunkTrouble};

/// What the shell has to do, in this order.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Output {
    Transmit {
        to: Destination,
        bytes: Bytes,
    },
    Event(Event),
    /// A call ended here, before anybody above heard of it.
    Refused(RefusedCall),
    /// One more of these, for the metrics.
    Counted(Counter),
    /// An INVITE of a trunk that got no room.
    TurnedAway {
        trunk: String,
        why: TurnedAway,
    },
    /// A trunk works now, or does not any more.
    Trunk {
        trunk: String,
        state: TrunkState,
        why: Option<TrunkTrouble>,
    },
    /// We are registered at a trunk now, or not any more, or were refused.
    Registration {
        trunk: String,
        registered: bool,
        /// As in [`super::RegistrationView`].
        status: Option<u16>,
    },
}

/// Why an INVITE of a trunk got no room (see [`super::TrunkLimits`]).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum TurnedAway {
    /// The trunk has its calls.
    Calls,
    /// The trunk has its INVITEs that wait for an answer or its ACK.
    Pending,
    /// More than its share of the attempts of this second.
    Attempts,
    /// While such INVITEs press the line: its sender acknowledges nothing, or is new and one of too many.
    Unacknowledged,
    /// The same, and left without an answer: whoever is there sends it again, and finds room then.
    Unrepeated,
}

impl TurnedAway {
    /// The label of the metric.
    pub fn label(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Pending => "pending",
            Self::Attempts => "attempts",
            Self::Unacknowledged => "unacknowledged",
            Self::Unrepeated => "unrepeated",
        }
    }
}

/// A call that was refused before it became one: it has no record, so an operator must find it in the log and
/// the figures.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RefusedCall {
    pub source: SocketAddr,
    /// The line it came in by, if it was one.
    pub trunk: Option<String>,
    /// The SIP status answered.
    pub status: u16,
    pub cause: Cause,
    /// For people: what exactly was wrong. Nothing of the caller.
    pub why: String,
}

/// Why a call is not taken at all; each is one series of a metric.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Cause {
    /// 400, 414, 505, 513: the INVITE cannot be read.
    Malformed,
    /// 416: a URI of another scheme.
    Scheme,
    /// 483: no hops left.
    Hops,
    /// 420: an extension is required.
    Extension,
    /// 415: the body.
    Content,
    /// 406: the caller accepts no description.
    Accept,
    /// 482: the same call came on two ways.
    Merged,
    /// 488: no media in common.
    Media,
    /// 503: no room for one more.
    Capacity,
}

impl Cause {
    pub const ALL: [Self; 9] = [
        Self::Malformed,
        Self::Scheme,
        Self::Hops,
        Self::Extension,
        Self::Content,
        Self::Accept,
        Self::Merged,
        Self::Media,
        Self::Capacity,
    ];

    /// The label of the metric.
    pub fn label(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Scheme => "scheme",
            Self::Hops => "hops",
            Self::Extension => "extension",
            Self::Content => "content",
            Self::Accept => "accept",
            Self::Merged => "merged",
            Self::Media => "media",
            Self::Capacity => "capacity",
        }
    }
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
    /// A REFER that was refused: from a stranger, a trunk, or for what it asks.
    ReferRefused,
    /// An INVITE that wanted to take the place of another leg and was refused.
    ReplacesRefused,
    /// A CIDR block of a trunk that cannot be read; the block is ignored.
    BadNetwork,
}

impl Counter {
    pub const ALL: [Self; 17] = [
        Self::Malformed,
        Self::Absorbed,
        Self::Unmatched,
        Self::AnsweredStateless,
        Self::Amplifying,
        Self::Scanner,
        Self::Challenged,
        Self::WrongCredentials,
        Self::Replayed,
        Self::Throttled,
        Self::Full,
        Self::Overloaded,
        Self::BindingReplaced,
        Self::LateCommand,
        Self::ReferRefused,
        Self::ReplacesRefused,
        Self::BadNetwork,
    ];

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
            Self::ReferRefused => "refer_refused",
            Self::ReplacesRefused => "replaces_refused",
            Self::BadNetwork => "bad_network",
        }
    }
}
