//! The SIP endpoint: bytes and commands in, bytes and events out. (being built)

mod settings;

use serde::{Deserialize, Serialize};

use super::{Command, Destination, Event, FlowId, Received, Trunk, User};
use crate::base::Instant;
pub use settings::{Addresses, Digest, Limits, Registration, Settings, Timers};

/// Everything that can happen to an endpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Input {
    Received(Received),
    /// A TCP or WebSocket connection is gone: its bindings are forgotten, its legs end.
    FlowClosed(FlowId),
    /// The shell could not send there (ICMP, connection refused, unknown flow).
    TransmitFailed(Destination),
    Command(Command),
    /// The users and trunks known from now on; replaces what was known.
    Configure {
        users: Vec<User>,
        trunks: Vec<Trunk>,
    },
    /// [`Endpoint::next_deadline`] has come.
    Deadline,
}

/// What the shell has to do, in this order.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Output {
    Transmit {
        to: Destination,
        bytes: bytes::Bytes,
    },
    Event(Event),
    /// One more of these, for the metrics.
    Counted(Counter),
}

/// What an endpoint counts; each is one series of a metric.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Counter {
    /// Not a SIP message, or one without the headers an answer needs: dropped.
    Malformed,
}

/// Every SIP machine of the server behind one door.
#[derive(Debug)]
pub struct Endpoint {
    settings: Settings,
}

impl Endpoint {
    pub fn new(settings: Settings, _seed: u64) -> Self {
        Self { settings }
    }

    pub fn handle(&mut self, _now: Instant, _input: Input, _out: &mut Vec<Output>) {
        let _ = &self.settings;
    }

    /// When [`Input::Deadline`] is due next.
    pub fn next_deadline(&self) -> Option<Instant> {
        None
    }
}
