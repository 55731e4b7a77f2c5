//! What stands in start lines and headers, one kind of value a file: parsed, checked, printed back.
//!
//! `params`, `escape` and `raw` are the grammar that they share. Which headers there are, and what of them a
//! message must have, is the message's business.

pub(super) mod auth;
pub(super) mod content;
mod escape;
pub(super) mod host;
mod method;
pub(super) mod name_addr;
pub(super) mod params;
mod rack;
pub(super) mod raw;
mod replaces;
mod session;
mod subscriber;
pub(super) mod typed;
mod uri;
mod via;

pub use auth::{Challenge, Credentials};
pub use content::Content;
pub use method::Method;
pub use name_addr::{Contacts, NameAddr};
pub use params::Params;
pub use rack::RAck;
pub use replaces::Replaces;
pub use session::{Refresher, SessionExpires};
pub use subscriber::Subscriber;
pub use typed::{CSeq, ReasonHeader};
pub use uri::{Scheme, Uri};
pub use via::Via;
