//! So many requests a second from one source (an IPv6 /64 is one), with a burst: a token bucket for each, in a
//! bounded table.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Instant;

use crate::base::network_of;

const SOURCES: usize = 20_000;

pub struct RateLimit {
    per_second: f64,
    burst: f64,
    buckets: Mutex<HashMap<IpAddr, (f64, Instant)>>,
}

impl RateLimit {
    pub fn new(per_second: u32, burst: u32) -> Self {
        Self { per_second: f64::from(per_second), burst: f64::from(burst), buckets: Mutex::new(HashMap::new()) }
    }

    /// Takes one; `false`: too many.
    pub fn take(&self, from: IpAddr, now: Instant) -> bool {
        let from = network_of(from);
        let mut buckets = self.buckets.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if buckets.len() >= SOURCES && !buckets.contains_key(&from) {
            let full = |(left, at): &(f64, Instant)| self.filled(*left, *at, now) >= self.burst;
            buckets.retain(|_, bucket| !full(bucket));
            if buckets.len() >= SOURCES {
                return false;
            }
        }
        let (left, at) = buckets.entry(from).or_insert((self.burst, now));
        *left = self.filled(*left, *at, now);
        *at = now;
        let allowed = *left >= 1.0;
        if allowed {
            *left -= 1.0;
        }
        allowed
    }

    fn filled(&self, left: f64, at: Instant, now: Instant) -> f64 {
        (left + now.saturating_duration_since(at).as_secs_f64() * self.per_second).min(self.burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_burst_then_the_rate_and_others_are_not_touched() {
        let (limit, start) = (RateLimit::new(10, 5), Instant::now());
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        assert_eq!((0..9).filter(|_| limit.take(one, start)).count(), 5);
        assert!(limit.take(other, start));
        let in_one_64 = |n: u16| IpAddr::from([0x2001, 0xdb8, 1, 2, 0, 0, 0, n]);
        assert_eq!((0..9).filter(|n| limit.take(in_one_64(*n), start)).count(), 5);
        let later = start + Duration::from_millis(300);
        assert_eq!((0..9).filter(|_| limit.take(one, later)).count(), 3);
    }
}
