//! How much one source may send: token buckets in a bounded table.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::base::network_of;

/// Tokens of every source address. An IPv6 source is its /64: one customer has that many addresses.
#[derive(Debug)]
pub struct Budget {
    rate: f64,
    burst: f64,
    sources: HashMap<IpAddr, Bucket>,
    max_sources: usize,
    /// For sources that find no place in the table.
    shared: Bucket,
    swept: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    fn take(&mut self, rate: f64, burst: f64, now: Instant) -> bool {
        self.tokens = (self.tokens + now.saturating_duration_since(self.at).as_secs_f64() * rate).min(burst);
        self.at = now;
        let has_one = self.tokens >= 1.0;
        if has_one {
            self.tokens -= 1.0;
        }
        has_one
    }
}

impl Budget {
    /// `rate`: tokens a second. `burst`: the most that gathers.
    pub fn new(rate: u32, burst: u32, max_sources: usize, now: Instant) -> Self {
        let burst = f64::from(burst.max(1));
        Self {
            rate: f64::from(rate),
            burst,
            sources: HashMap::new(),
            max_sources,
            shared: Bucket { tokens: burst, at: now },
            swept: now,
        }
    }

    /// May one more message of this source pass?
    pub fn take(&mut self, source: IpAddr, now: Instant) -> bool {
        let key = network_of(source);
        if let Some(bucket) = self.sources.get_mut(&key) {
            return bucket.take(self.rate, self.burst, now);
        }
        if self.sources.len() >= self.max_sources {
            self.sweep(now);
        }
        if self.sources.len() >= self.max_sources {
            return self.shared.take(self.rate, self.burst, now);
        }
        let mut bucket = Bucket { tokens: self.burst, at: now };
        let passes = bucket.take(self.rate, self.burst, now);
        self.sources.insert(key, bucket);
        passes
    }

    /// Forgets the sources whose bucket is full again, at most once a second.
    fn sweep(&mut self, now: Instant) {
        if now.saturating_duration_since(self.swept) < Duration::from_secs(1) {
            return;
        }
        self.swept = now;
        let (rate, burst) = (self.rate, self.burst);
        self.sources
            .retain(|_, bucket| bucket.tokens + now.saturating_duration_since(bucket.at).as_secs_f64() * rate < burst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_source_gets_its_burst_and_then_its_rate() {
        let start = Instant::now();
        let mut budget = Budget::new(10, 5, 100, start);
        let passed =
            |budget: &mut Budget, source, at, tries: u32| (0..tries).filter(|_| budget.take(source, at)).count();
        assert_eq!(passed(&mut budget, ip("192.0.2.1"), start, 100), 5);
        assert_eq!(passed(&mut budget, ip("192.0.2.2"), start, 100), 5);
        assert_eq!(passed(&mut budget, ip("192.0.2.1"), start + Duration::from_millis(210), 100), 2);
        assert_eq!(passed(&mut budget, ip("2001:db8::1"), start, 3), 3);
        assert_eq!(passed(&mut budget, ip("2001:db8::ffff:2"), start, 100), 2);
    }

    #[test]
    fn a_full_table_forgets_the_idle_and_lets_the_others_share() {
        let start = Instant::now();
        let mut budget = Budget::new(1, 2, 2, start);
        assert!(budget.take(ip("192.0.2.1"), start) && budget.take(ip("192.0.2.2"), start));
        let strangers = (3..100).filter(|n| budget.take(ip(&format!("192.0.2.{n}")), start)).count();
        assert_eq!(strangers, 2);
        let later = start + Duration::from_secs(10);
        assert!(budget.take(ip("192.0.2.200"), later));
        assert_eq!(budget.sources.len(), 1);
    }
}
