//! The open call-backs as supervisors see them, the longest waiting first.

use serde::{Deserialize, Serialize};

use crate::base::{AgentId, ContactId, CustomerId, Instant, InteractionId, Number, QueueId};
use crate::center::board::caller::Caller;
use crate::center::call_back::CallBacks;

/// Customers who asked to be called back and were not spoken with yet.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OpenCallBack {
    /// The call in which it was asked for; its name.
    pub interaction: InteractionId,
    pub customer: Option<CustomerId>,
    pub number: Number,
    pub queue: QueueId,
    pub asked: Instant,
    /// Waiting counts from here.
    pub arrived: Instant,
    pub state: CallBackState,
    /// In the line of the queue, 1 is next; `None`: not in the line just now.
    pub place: Option<u32>,
    /// Rung in vain: in the line again from then on.
    pub due: Option<Instant>,
    /// Times the customer was rung in vain.
    pub attempts: u8,
    /// Who rings, calls or talks.
    pub agent: Option<AgentId>,
    /// The call that an agent makes.
    pub call: Option<InteractionId>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallBackState {
    /// For an agent, or for the next try.
    Waiting,
    /// An agent's phone rings for it.
    Ringing,
    /// The agent is on the line, the customer's phone rings.
    Dialling,
    Talking,
}

/// Which of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CallBackPage {
    pub queue: Option<QueueId>,
    /// Those behind this one, by arrival and id.
    pub after: Option<(Instant, InteractionId)>,
    pub limit: usize,
}

impl CallBacks {
    /// The end of the number of a customer who waits to be called back.
    pub fn masked(&self, contact: ContactId) -> Option<String> {
        let interaction = self.waits(contact)?;
        Some(self.open.get(&interaction)?.record.number.masked())
    }

    /// Whose place that is.
    pub fn caller(&self, contact: ContactId, region: &str) -> Option<Caller> {
        let interaction = self.waits(contact)?;
        let number = &self.open.get(&interaction)?.record.number;
        let caller_shown = number.shown(region);
        Some(Caller { contact, interaction, call_back: true, caller_shown, customer_name: None })
    }
}
