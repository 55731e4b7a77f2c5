//! What the center is told.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::desk::DeskCommand;
use crate::acd;
use crate::base::{AgentId, CommandId};
use crate::crm::CustomerCard;
use crate::media;
use crate::sip;

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Input {
    /// Bytes from the network.
    Sip(sip::Received),
    FlowClosed(sip::FlowId),
    /// The shell could not deliver to this destination (connect failed, unreachable).
    TransmitFailed(sip::Destination),
    Media(media::Event),
    /// The store's answer to `Output::Query` with this id.
    Answer {
        query: QueryId,
        answer: Answer,
    },
    /// From a desktop or the API. Answered by `Output::Reply` with the same id.
    Desk {
        command: CommandId,
        agent: AgentId,
        ask: DeskCommand,
    },
    /// From a supervisor or administrator. Answered by `Output::Reply`.
    Supervise {
        command: CommandId,
        user: String,
        ask: SuperviseCommand,
    },
    /// A desktop of this agent connected (first tab) or the last one went away.
    DeskConnected {
        agent: AgentId,
    },
    DeskLost {
        agent: AgentId,
    },
    /// New configuration; calls in progress go on.
    Configure(Box<Configuration>),
    /// No new calls; when the last one is over, `Output::Drained`.
    Drain,
    /// A deadline is due.
    Deadline,
}

/// Names one query; answers may come in any order, or never.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct QueryId(pub u64);

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Answer {
    /// Customers with the asked number or id: one, several, none.
    Customers(Vec<CustomerCard>),
    /// The store could not answer in time: the call goes on without.
    Unavailable,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum SuperviseCommand {
    #[serde(rename = "agent.set_ready")]
    SetReady { agent: AgentId },
    #[serde(rename = "agent.set_not_ready")]
    SetNotReady { agent: AgentId, reason: String },
    #[serde(rename = "agent.sign_out")]
    SignOut { agent: AgentId },
}

/// Everything the center runs by, made by the shell from the store and the files.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct Configuration {
    pub rules: acd::Rules,
    pub trunks: Vec<sip::Trunk>,
    pub users: Vec<sip::User>,
    /// Phones with a fixed address instead of a registration: agent -> SIP URI and where to send.
    pub static_phones: Vec<StaticPhone>,
    /// Called number (as dialled on the trunk or by a user) -> flow name.
    pub numbers: Vec<(String, String)>,
    /// Checked flows, as `(name, TOML text)`; the center parses them again (it has been checked).
    pub flows: Vec<(String, String)>,
    /// Sounds that exist, `zh/welcome`, for checks.
    pub sounds: Vec<String>,
    /// Region for national numbers, ISO 3166 alpha-2.
    pub region: String,
    /// Language of callers until they choose: `zh` or `en`.
    pub language: String,
    /// IANA zone of the center.
    pub zone: String,
    /// Reasons an agent may give for being not ready: key and names.
    pub reasons: Vec<Label>,
    pub dispositions: Vec<Label>,
    /// Record every call with an agent.
    pub record: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StaticPhone {
    pub agent: AgentId,
    pub uri: String,
    pub addr: SocketAddr,
}

/// A key with its names.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Label {
    pub key: String,
    pub en: String,
    pub zh: String,
}
