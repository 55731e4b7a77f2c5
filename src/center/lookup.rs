//! Questions to the store that wait for an answer.

use crate::base::{AgentId, CallId, CommandId, CustomerId, InteractionId};

/// Who waits for an answer of the store.
#[derive(Debug)]
pub(super) enum Asker {
    Call(CallId),
    /// A choice whose record the center has not seen yet; the command is answered with it.
    Desk(Choosing),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Choosing {
    pub command: CommandId,
    pub agent: AgentId,
    pub interaction: InteractionId,
    pub customer: CustomerId,
}
