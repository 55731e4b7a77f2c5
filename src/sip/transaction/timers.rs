//! Timers A to M: which exist on which transport, and how long they run.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The base values of RFC 3261 §17.1.1.1 (appendix A, table 4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timers {
    /// Estimated round trip: the first retransmission.
    pub t1: Duration,
    /// The longest gap between retransmissions.
    pub t2: Duration,
    /// How long a message can live in the network.
    pub t4: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self { t1: Duration::from_millis(500), t2: Duration::from_secs(4), t4: Duration::from_secs(5) }
    }
}

/// The letters of RFC 3261 appendix A, and L and M of RFC 6026. C is a proxy's, so it is not here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Timer {
    /// INVITE request retransmission, UDP only.
    A,
    /// INVITE client gives up.
    B,
    /// Wait for retransmitted 3xx-6xx.
    D,
    /// Other request retransmission, UDP only.
    E,
    /// Other client gives up.
    F,
    /// 3xx-6xx to INVITE retransmission, UDP only.
    G,
    /// Wait for the ACK.
    H,
    /// Wait for retransmitted ACKs.
    I,
    /// Wait for retransmitted requests.
    J,
    /// Wait for retransmitted responses.
    K,
    /// Accepted INVITE server: absorbs retransmitted INVITEs.
    L,
    /// Accepted INVITE client: waits for further 2xx of forks.
    M,
}

impl Timers {
    /// How long nobody answers before the peer counts as gone: 64 T1.
    pub fn give_up(&self) -> Duration {
        self.t1.saturating_mul(64)
    }

    /// The first run of a timer; `None` where the timer does not exist, zero where the state it
    /// guards ends at once.
    pub fn first(&self, timer: Timer, reliable: bool) -> Option<Duration> {
        match (timer, reliable) {
            (Timer::A | Timer::E | Timer::G, false) => Some(self.t1),
            (Timer::A | Timer::E | Timer::G, true) => None,
            (Timer::B | Timer::F | Timer::H | Timer::L | Timer::M, _) => Some(self.give_up()),
            (Timer::D, false) => Some(Duration::from_secs(32).max(self.give_up())),
            (Timer::I | Timer::K, false) => Some(self.t4),
            (Timer::J, false) => Some(self.give_up()),
            (Timer::D | Timer::I | Timer::J | Timer::K, true) => Some(Duration::ZERO),
        }
    }

    /// The next gap of a request or response that is retransmitted up to T2 (E, G, 2xx).
    pub fn next_gap(&self, gap: Duration) -> Duration {
        gap.saturating_mul(2).min(self.t2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_4_of_the_rfc() {
        let timers = Timers::default();
        let ms = |timer, reliable| timers.first(timer, reliable).map(|d| d.as_millis());
        for (timer, udp, tcp) in [
            (Timer::A, Some(500), None),
            (Timer::B, Some(32_000), Some(32_000)),
            (Timer::D, Some(32_000), Some(0)),
            (Timer::E, Some(500), None),
            (Timer::F, Some(32_000), Some(32_000)),
            (Timer::G, Some(500), None),
            (Timer::H, Some(32_000), Some(32_000)),
            (Timer::I, Some(5_000), Some(0)),
            (Timer::J, Some(32_000), Some(0)),
            (Timer::K, Some(5_000), Some(0)),
            (Timer::L, Some(32_000), Some(32_000)),
            (Timer::M, Some(32_000), Some(32_000)),
        ] {
            assert_eq!((ms(timer, false), ms(timer, true)), (udp, tcp), "{timer:?}");
        }
        let gaps: Vec<u128> = std::iter::successors(Some(timers.t1), |gap| Some(timers.next_gap(*gap)))
            .take(6)
            .map(|gap| gap.as_millis())
            .collect();
        assert_eq!(gaps, [500, 1000, 2000, 4000, 4000, 4000]);
    }
}
