//! A network that delays, loses, doubles and reorders datagrams, from a seed.

use std::time::Duration;

use carillon::base::Rng;
use carillon::sip::Transport;

#[derive(Clone, Copy, Debug)]
pub struct Quality {
    pub loss: f64,
    pub duplicate: f64,
    pub delay_min: Duration,
    pub delay_max: Duration,
}

impl Quality {
    pub const GOOD: Self =
        Self { loss: 0.0, duplicate: 0.0, delay_min: Duration::from_millis(1), delay_max: Duration::from_millis(1) };
    pub const BAD: Self =
        Self { loss: 0.05, duplicate: 0.02, delay_min: Duration::from_millis(5), delay_max: Duration::from_millis(80) };
}

#[derive(Debug)]
pub struct Network {
    pub quality: Quality,
    rng: Rng,
}

impl Network {
    pub fn new(quality: Quality, rng: Rng) -> Self {
        Self { quality, rng }
    }

    /// When the copies of one message arrive: none, one or two. A stream loses and reorders nothing.
    pub fn arrivals(&mut self, transport: Transport) -> Vec<Duration> {
        if transport.is_reliable() {
            return vec![self.quality.delay_min];
        }
        if self.rng.chance(self.quality.loss) {
            return Vec::new();
        }
        let copies = if self.rng.chance(self.quality.duplicate) { 2 } else { 1 };
        (0..copies).map(|_| self.delay()).collect()
    }

    fn delay(&mut self) -> Duration {
        let spread = self.quality.delay_max.saturating_sub(self.quality.delay_min);
        self.quality.delay_min + spread.mul_f64(self.rng.unit())
    }
}
