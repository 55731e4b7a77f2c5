//! Ids are newtypes: a leg can never be passed where an agent is wanted.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Instant, Rng};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(/// The whole conversation; lives as long as one of its legs. Unique across restarts.
    CallId(u64));
id!(/// One party's connection: one SIP dialog and one media session. Unique across restarts.
    LegId(u64));
id!(/// A contact waiting for, or being served by, an agent; the router's word for what it routes.
    ContactId(u64));
id!(/// One offer of one contact to one agent, from ring to answer or redirect.
    ReservationId(u64));
id!(/// A command from a desktop or the API; its answer carries it back.
    CommandId(u64));
id!(/// A figure that is beyond its limit, from then until it is within again. Unique across restarts.
    AlertId(u64));
id!(/// A message of a supervisor to one agent.
    NoticeId(u64));
id!(/// An agent, as numbered by the store; never reused.
    AgentId(u32));
id!(/// A queue, as numbered by the store; never reused.
    QueueId(u32));
id!(/// A skill, as numbered by the store; never reused.
    SkillId(u32));
id!(/// A person or organisation in the CRM store.
    CustomerId(i64));
id!(/// The business record of one contact on any channel (UUIDv7, so it sorts by time).
    InteractionId(Uuid));

impl InteractionId {
    /// A UUIDv7 from the given time and seeded randomness: deterministic under replay.
    pub fn new(now: Instant, rng: &mut Rng) -> Self {
        let mut random = [0u8; 10];
        rng.fill(&mut random);
        Self(uuid::Builder::from_unix_timestamp_millis(now.as_millis(), &random).into_uuid())
    }
}

/// Hands out `u64` ids that stay unique over restarts: it counts from the millisecond of the start, 128 ids
/// each, far faster than ids are taken. Below 2^53 until the year 2248: a browser reads them as they are.
/// Two sources with different `lane`s (0-7) never meet.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct IdSource {
    next: u64,
}

impl IdSource {
    const LANES: u64 = 8;
    const PER_MS: u64 = 128;

    pub fn new(start: Instant, lane: u8) -> Self {
        debug_assert!(u64::from(lane) < Self::LANES);
        Self { next: start.as_millis().saturating_mul(Self::PER_MS * Self::LANES) + u64::from(lane) }
    }

    pub fn take(&mut self) -> u64 {
        let id = self.next;
        self.next += Self::LANES;
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_exact_in_a_browser_and_of_their_lane() {
        let year_2200 = Instant::from_micros(7_258_118_400_000_000);
        let mut last = IdSource::new(year_2200, 7);
        assert!((0..1_000_000).all(|_| last.take() < 1 << 53));
        let now = Instant::from_micros(1_795_000_000_000_000);
        let ids = |lane, at| -> Vec<u64> {
            let mut source = IdSource::new(at, lane);
            (0..100).map(|_| source.take()).collect()
        };
        let later = now + std::time::Duration::from_millis(1);
        assert!(ids(5, now).iter().all(|id| !ids(2, now).contains(id) && !ids(5, later).contains(id)));
    }
}
