//! The door of the running center: what shells hold in order to speak with it, and who may ask what.
//!
//! - [`Door`]: a bounded inlet into the control task. An input is put in or refused at once; a question is
//!   answered through a one-shot, or is late.
//! - [`Sessions`]: who is signed in (cookie sessions, bearer tokens, one-time links, socket tickets).
//! - [`Attempts`]: wrong passwords are slowed, then paused.
//! - [`Sampled`]: what strangers do is told in the log, but not as often as they like.
//! - [`Shadows`]: changed rules tried beside the live ones, fed by a [`Tap`].
//!
//! What it is not: it holds no state of calls or agents (that is [`crate::center`]'s) and reads no store.
//!
//! | what | limit | when full |
//! | --- | --- | --- |
//! | inlet | `limits.inlet` | [`DoorError::Full`], counted by whoever put it in |
//! | sessions | 10,000 | the least recently used one ends |
//! | tickets and links | 10,000 each | [`SessionError::TooMany`] |
//! | counts of wrong passwords, sources that names signed in from | 10,000 each | the oldest is forgotten |

mod attempts;
mod identity;
mod inlet;
mod rate;
mod sampled;
mod sessions;
mod shadow;
mod token;

pub use attempts::{Attempt, Attempts, Verdict};
pub use identity::{Identity, PhoneAccount, Role, SessionId, Via};
pub use inlet::{Door, DoorError, Inlet, Request};
pub use rate::RateLimit;
pub use sampled::Sampled;
pub use sessions::{
    ABSOLUTE, Ended, IDLE, INVITATION_FOR, KeptSession, Known, LINK_FOR, NewSession, ProgramId, SESSIONS, SessionError,
    Sessions, Standing,
};
pub use shadow::{ShadowError, Shadows, Tap, Told};
pub use token::{NoDigest, Token, TokenDigest};
