//! Why an input makes no sense now; nothing has changed by it.

use serde::{Deserialize, Serialize};

/// The reason, for whoever asked; its words are for logs and for those who have none of their own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    #[error("no such agent")]
    UnknownAgent,
    #[error("no such queue")]
    UnknownQueue,
    #[error("no such contact")]
    UnknownContact,
    #[error("no such reservation")]
    UnknownReservation,
    #[error("this contact is known already")]
    ContactKnown,
    #[error("the contact is in conversation")]
    InConversation,
    #[error("the contact is not in conversation")]
    NotInConversation,
    #[error("signed in already")]
    SignedInAlready,
    #[error("not signed in")]
    NotSignedIn,
    #[error("at work already")]
    AtWork,
    #[error("ready already")]
    ReadyAlready,
    /// As many agents as the reason's limit allows have it, or will take it next.
    #[error("as many agents as may be are on this pause")]
    PauseFull,
    #[error("not in wrap-up")]
    NotInWrapUp,
    #[error("this wrap-up lasts its full time")]
    WrapUpFixed,
    #[error("this wrap-up cannot be extended, or was already")]
    WrapUpNotExtensible,
    #[error("no contact to wrap up")]
    NothingToWrapUp,
    #[error("too many own contacts")]
    TooManyOwn,
    #[error("a contact rings at this agent")]
    Rings,
    #[error("the agent is not ready")]
    NotReady,
    #[error("an agent is being rung for the contact")]
    BeingRung,
    #[error("the queue does not take the contact now")]
    QueueRefuses,
}

impl Rejection {
    pub const ALL: [Self; 21] = [
        Self::UnknownAgent,
        Self::UnknownQueue,
        Self::UnknownContact,
        Self::UnknownReservation,
        Self::ContactKnown,
        Self::InConversation,
        Self::NotInConversation,
        Self::SignedInAlready,
        Self::NotSignedIn,
        Self::AtWork,
        Self::ReadyAlready,
        Self::PauseFull,
        Self::NotInWrapUp,
        Self::WrapUpFixed,
        Self::WrapUpNotExtensible,
        Self::NothingToWrapUp,
        Self::TooManyOwn,
        Self::Rings,
        Self::NotReady,
        Self::BeingRung,
        Self::QueueRefuses,
    ];

    /// The label of the metric.
    pub const fn label(self) -> &'static str {
        match self {
            Self::UnknownAgent => "router_unknown_agent",
            Self::UnknownQueue => "router_unknown_queue",
            Self::UnknownContact => "router_unknown_contact",
            Self::UnknownReservation => "router_unknown_reservation",
            Self::ContactKnown => "router_contact_known",
            Self::InConversation => "router_in_conversation",
            Self::NotInConversation => "router_not_in_conversation",
            Self::SignedInAlready => "router_signed_in_already",
            Self::NotSignedIn => "router_not_signed_in",
            Self::AtWork => "router_at_work",
            Self::ReadyAlready => "router_ready_already",
            Self::PauseFull => "router_pause_full",
            Self::NotInWrapUp => "router_not_in_wrap_up",
            Self::WrapUpFixed => "router_wrap_up_fixed",
            Self::WrapUpNotExtensible => "router_wrap_up_not_extensible",
            Self::NothingToWrapUp => "router_nothing_to_wrap_up",
            Self::TooManyOwn => "router_too_many_own",
            Self::Rings => "router_rings",
            Self::NotReady => "router_not_ready",
            Self::BeingRung => "router_being_rung",
            Self::QueueRefuses => "router_queue_refuses",
        }
    }
}
