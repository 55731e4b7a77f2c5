//! Trunks: lines to other telephone networks, and whether they carry calls.

mod health;
mod named;
mod registration;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Account, Destination};
use crate::base::Instant;
use crate::sdp::SrtpRule;
pub use health::{Happening, Health};
pub use named::{Named, resolved};
pub use registration::{Incident, Registration};

/// A trunk: a source network that may call in without digest, and a way out.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Trunk {
    pub name: String,
    /// CIDR blocks, such as `192.0.2.0/24`.
    pub networks: Vec<String>,
    /// Where calls through this trunk are sent, if it takes any.
    pub destination: Option<Destination>,
    /// What `destination` is looked up by, where it is a name.
    #[serde(default)]
    pub named: Option<Named>,
    /// Numbers that may be called through it, by their first digits with the plus sign: `+49`, `+86`.
    /// None: no number (a line that lets everything out is a line for thieves).
    pub prefixes: Vec<String>,
    /// Trunks to try, in this order, when this one does not work.
    pub fallback: Vec<String>,
    /// Answers digest challenges to calls through it.
    pub account: Option<Account>,
    /// What it may take up.
    #[serde(default)]
    pub limits: TrunkLimits,
    /// What calls out through it may take up.
    #[serde(default)]
    pub caps: TrunkCaps,
    /// How it is found out whether it works.
    #[serde(default)]
    pub health: TrunkHealth,
    /// The name that its certificate must be for, over TLS; `None`: its address.
    #[serde(default)]
    pub tls_name: Option<String>,
    /// It connects a call of its own that is transferred to a number outside itself, when asked by REFER.
    #[serde(default)]
    pub refer: bool,
    /// It may send a call elsewhere by 3xx: to another number that may be called through it, or to another address
    /// of its own.
    #[serde(default)]
    pub redirects: bool,
    /// Who tells the other who calls.
    #[serde(default)]
    pub identity: TrunkIdentity,
    /// Our registration at its registrar, with [`Trunk::account`], if calls come in by one.
    #[serde(default)]
    pub register: Option<TrunkRegister>,
    /// Whether the sound of its calls is encrypted.
    #[serde(default)]
    pub srtp: SrtpRule,
}

/// Who believes whom of who calls, beside From: P-Asserted-Identity (RFC 3325), Remote-Party-ID, and for the number
/// that was called first Diversion and History-Info. It is a matter of trust.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrunkIdentity {
    /// Nobody: From counts.
    Ignored,
    /// We believe what it asserts, and tell it nothing.
    #[default]
    Taken,
    /// We believe what it asserts, and assert the callers of our calls to it.
    Exchanged,
}

/// What the calls that come in through one trunk may take up; beyond it they are refused with 503.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrunkLimits {
    /// Calls at once. 1-100,000.
    pub calls: u32,
    /// INVITEs that wait for our answer or for its ACK. Half of them are for senders whose calls are in order.
    /// 8-10,000.
    pub pending: u32,
    /// INVITEs a second, as many at once after a pause. 1-10,000.
    pub attempts_per_s: u32,
}

impl Default for TrunkLimits {
    fn default() -> Self {
        Self { calls: 2_000, pending: 800, attempts_per_s: 1_000 }
    }
}

/// What calls out may take up, through a trunk or to a destination; `None`: as much as there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrunkCaps {
    /// At once, those that ring counted. 1-100,000.
    pub calls: Option<u32>,
    /// In any minute. 1-10,000.
    pub calls_per_minute: Option<u32>,
    /// In a day of the center's zone, from the ring on. 1-1,000,000.
    pub minutes_per_day: Option<u32>,
}

/// How it is found out whether a trunk carries calls (see [`Health`]).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrunkHealth {
    /// Seconds between two OPTIONS, 5-3,600. 0: never. `None`: [`PROBE_S`] where another trunk could carry the
    /// calls of this one or the other way round, else never.
    pub probe_s: Option<u32>,
    /// Who says nothing for so long is passed over. Milliseconds, 100-10,000.
    pub silence_ms: u32,
    /// Calls in a row, refused with 5xx, that open the circuit. 1-1,000.
    pub failures: u32,
    /// The longest pause before a trunk that does not work is asked again. Seconds, 1-3,600.
    pub back_off_s: u32,
}

/// A registration at the registrar of a trunk (see [`Registration`]).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrunkRegister {
    /// Of the registrar; empty: the realm of the account.
    pub domain: String,
    /// What is asked for. Seconds, 60-86,400.
    pub expires_s: u32,
    /// Between two keep-alives while registered. Seconds, 10-600; 0: none are sent.
    pub keep_alive_s: u32,
}

impl Default for TrunkRegister {
    fn default() -> Self {
        Self { domain: String::new(), expires_s: 600, keep_alive_s: 25 }
    }
}

/// What is known of a registration.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RegistrationView {
    pub registered: bool,
    pub until: Option<Instant>,
    /// Of the registrar's last answer; 408 for none, 503 for no way there.
    pub status: Option<u16>,
    pub service_route: Vec<String>,
    pub path: Vec<String>,
}

/// Between two OPTIONS, if nothing else is set. Seconds.
pub const PROBE_S: u32 = 30;

impl Default for TrunkHealth {
    fn default() -> Self {
        Self { probe_s: None, silence_ms: 500, failures: 5, back_off_s: 60 }
    }
}

impl TrunkHealth {
    /// Between two OPTIONS; `None`: never.
    pub fn every(&self, has_other: bool) -> Option<Duration> {
        let seconds = self.probe_s.unwrap_or(if has_other { PROBE_S } else { 0 });
        (seconds > 0).then(|| Duration::from_secs(u64::from(seconds)))
    }
}

/// Names a trunk among transactions; the same as long as the process runs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TrunkId(pub u32);

/// A request to the trunk itself, of no call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TrunkRequest {
    Options,
    Register,
}

/// Should calls go through it? The better comes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrunkState {
    /// Yes, as far as is known.
    #[default]
    Up,
    /// It has missed an answer and is being asked.
    Probing,
    /// Only if there is no other.
    Down,
}

impl TrunkState {
    pub const ALL: [Self; 3] = [Self::Up, Self::Probing, Self::Down];

    /// The word in the API and the label of the metric.
    pub fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Probing => "probing",
            Self::Down => "down",
        }
    }
}

/// Why a trunk is not up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrunkTrouble {
    /// It says nothing.
    Silent,
    /// Nothing can be sent there: no route, a closed port, no connection.
    NoWay,
    /// It answers that it takes nothing now (503, 408, 504).
    Busy,
    /// It refuses call after call.
    Refusing,
}

impl TrunkTrouble {
    /// The word in the API and the log.
    pub fn word(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::NoWay => "no_way",
            Self::Busy => "busy",
            Self::Refusing => "refusing",
        }
    }
}

/// What is known of a trunk that calls may go out through.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TrunkView {
    /// Key.
    pub name: String,
    pub state: TrunkState,
    /// In this state since then.
    pub since: Instant,
    pub why: Option<TrunkTrouble>,
    /// From the last OPTIONS to its answer, microseconds.
    pub round_trip_us: Option<u64>,
    /// Calls through it at this moment, of our making.
    pub calls: u32,
    /// `None`: there is none to be had.
    pub registration: Option<RegistrationView>,
}
