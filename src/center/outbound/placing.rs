//! A call that the house makes with nobody on the line yet: the customer first, then a line or a flow.

use crate::center::desk::CampaignPop;
use crate::center::outbound::route::Outside;
use crate::dialplan::{Language, QueueRequest};

/// What is to be called, and what becomes of whoever answers.
#[derive(Clone, Debug)]
pub(in crate::center) struct Placing {
    pub to: Outside,
    /// The number that the phone of the called shows.
    pub shown: String,
    pub ring_ms: u64,
    pub onward: Onward,
    /// Spoken with whoever answers.
    pub language: Language,
    /// Who asked for it: a user's name, `campaign:care`.
    pub by: String,
}

/// Who has whoever answers.
#[derive(Clone, Debug)]
pub(in crate::center) enum Onward {
    /// Waits for an agent, who sees the customer first.
    Line(QueueRequest),
    /// A flow of the dialplan, by name.
    Flow(String),
    /// A campaign: it finds an agent when somebody answers, or says by which flow they are led.
    Campaign(Box<Campaigned>),
}

#[derive(Clone, Debug)]
pub(in crate::center) struct Campaigned {
    /// What the agent sees of it.
    pub pop: CampaignPop,
    /// Key of the line whose agents speak with them.
    pub queue: String,
    /// Nobody could speak with them in time.
    pub given_up: bool,
}

impl Onward {
    /// Key of the line.
    pub fn queue(&self) -> Option<&str> {
        match self {
            Self::Line(request) => Some(&request.queue),
            Self::Campaign(campaigned) => Some(&campaigned.queue),
            Self::Flow(_) => None,
        }
    }

    pub fn flow(&self) -> Option<&str> {
        match self {
            Self::Line(_) | Self::Campaign(_) => None,
            Self::Flow(flow) => Some(flow),
        }
    }

    pub fn campaign(&self) -> Option<&Campaigned> {
        match self {
            Self::Campaign(campaigned) => Some(campaigned),
            Self::Line(_) | Self::Flow(_) => None,
        }
    }
}
