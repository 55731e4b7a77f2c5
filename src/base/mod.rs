//! Floor 0: the few words that every floor shares. Ids, numbers, time as a value, the one deadline
//! table, rates, seeded randomness, the nearest known name, and the wrapper that keeps personal data out of the logs.
//!
//! What it is not: a drawer for helpers. A thing moves in only when two floors need the same *word*.

mod channel;
mod deadlines;
mod id;
mod nearest;
mod network;
mod number;
mod pace;
mod redacted;
mod rng;
mod time;

pub use channel::{CallDirection, Channel};
pub use deadlines::Deadlines;
pub use id::{
    AgentId, AlertId, CallId, CommandId, ContactId, CustomerId, IdSource, InteractionId, LegId, NoticeId, QueueId,
    ReservationId, SkillId,
};
pub use nearest::{foreign_field, nearest, slip, with_nearest};
pub use network::network_of;
pub use number::{Number, NumberError, Spelled, numbers_in, plain};
pub use pace::{Pace, Rate};
pub use redacted::Redacted;
pub use rng::Rng;
pub use time::Instant;

/// A `HashMap` for look-ups only: iterating one is refused by the lints on floors 0-5, so the
/// order of outputs never depends on hashing. Use `BTreeMap` where the order matters.
pub type FastMap<K, V> = std::collections::HashMap<K, V>;
