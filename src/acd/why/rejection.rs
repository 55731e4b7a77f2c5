//! Why an input makes no sense now; nothing has changed by it.

use serde::{Deserialize, Serialize};

use crate::acd::Output;

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
}

pub(in crate::acd) const fn rejected(why: Rejection) -> Output {
    Output::Rejected { why }
}
