//! How a command is answered.

use crate::acd::{self, Rejection};
use crate::base::InteractionId;
use crate::center::desk::{CommandOutcome, Refusal};

pub(super) type Refused = (Refusal, &'static str);

/// How a command that was understood is answered.
pub(super) enum Obeyed {
    Done,
    /// A call has begun that is this contact.
    Placed(InteractionId),
    /// Done; the answer waits for the write.
    WhenWritten,
    /// The router decides.
    ByRouter(acd::Input),
}

pub(super) type Done = Result<Obeyed, Refused>;

/// Why it was not done.
pub(in crate::center) fn done_if(done: bool, otherwise: &'static str) -> Result<(), Refused> {
    if done { Ok(()) } else { Err((Refusal::WrongState, otherwise)) }
}

/// The answer to a command that the router decided; `rejected`: it did not do it.
pub(super) fn outcome(rejected: Option<Rejection>) -> CommandOutcome {
    let code = match rejected {
        // As it was asked for already.
        None | Some(Rejection::ReadyAlready) => return CommandOutcome::Done,
        Some(Rejection::UnknownAgent) => Refusal::UnknownAgent,
        Some(Rejection::NotSignedIn) => Refusal::NotSignedIn,
        Some(Rejection::UnknownReservation) => Refusal::NoCall,
        Some(Rejection::PauseFull) => Refusal::PauseFull,
        Some(Rejection::WrapUpNotExtensible) => Refusal::WrapUpNotExtensible,
        Some(Rejection::NothingToWrapUp) => Refusal::NothingToWrapUp,
        Some(_) => Refusal::WrongState,
    };
    CommandOutcome::Refused { code, message: rejected.map(|why| why.to_string()).unwrap_or_default() }
}
