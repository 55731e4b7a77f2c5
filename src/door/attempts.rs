//! Wrong passwords: first slowed, then paused, per name and per address. Never a lasting lock-out: the
//! true owner gets in from elsewhere, or after the pause.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Failures count for so long.
const WINDOW: Duration = Duration::from_secs(300);
/// So many are free.
const FREE: u32 = 3;
const SOURCES: usize = 10_000;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Who {
    /// A name tried from an address: another address of the owner is not held up by it.
    NameFrom(String, IpAddr),
    Address(IpAddr),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Go on after this pause.
    Wait(Duration),
    /// Refuse; try again after so long.
    Refuse(Duration),
}

pub struct Attempts {
    limit: u32,
    failures: Mutex<HashMap<Who, (u32, Instant)>>,
}

impl Attempts {
    /// `limit`: failures of one name from one address before it is refused; an address as a whole has ten times that.
    pub fn new(limit: u32) -> Self {
        Self { limit, failures: Mutex::new(HashMap::new()) }
    }

    /// Asked before the password is looked at.
    pub fn check(&self, user: &str, from: IpAddr, now: Instant) -> Verdict {
        let failures = self.lock();
        let mut longest = Duration::ZERO;
        for (who, limit) in self.keys(user, from) {
            let Some((count, last)) = failures.get(&who) else { continue };
            let age = now.saturating_duration_since(*last);
            if age >= WINDOW {
                continue;
            }
            if *count >= limit {
                return Verdict::Refuse(WINDOW - age);
            }
            if matches!(who, Who::NameFrom(..)) && *count > FREE {
                longest = Duration::from_millis(250) * (count - FREE).min(8);
            }
        }
        Verdict::Wait(longest)
    }

    pub fn failed(&self, user: &str, from: IpAddr, now: Instant) {
        let mut failures = self.lock();
        if failures.len() >= SOURCES {
            failures.retain(|_, (_, last)| now.saturating_duration_since(*last) < WINDOW);
        }
        if failures.len() >= SOURCES {
            let oldest = failures.iter().min_by_key(|(_, (_, last))| *last).map(|(who, _)| who.clone());
            oldest.map(|who| failures.remove(&who));
        }
        for (who, _) in self.keys(user, from) {
            let (count, last) = failures.entry(who).or_insert((0, now));
            *count = if now.saturating_duration_since(*last) < WINDOW { count.saturating_add(1) } else { 1 };
            *last = now;
        }
    }

    /// A right password clears the name, not the address: guessing goes on counting.
    pub fn succeeded(&self, user: &str, from: IpAddr) {
        self.lock().remove(&Who::NameFrom(user.to_owned(), from));
    }

    fn keys(&self, user: &str, from: IpAddr) -> [(Who, u32); 2] {
        let name: String = user.chars().take(64).collect();
        [(Who::NameFrom(name, from), self.limit), (Who::Address(from), self.limit.saturating_mul(10))]
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Who, (u32, Instant)>> {
        self.failures.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_are_slowed_then_paused_and_the_owner_elsewhere_is_not() {
        let (attempts, start) = (Attempts::new(10), Instant::now());
        let (bad, home) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let mut pauses = Vec::new();
        for _ in 0..10 {
            match attempts.check("ana", bad, start) {
                Verdict::Wait(pause) => pauses.push(pause.as_millis()),
                Verdict::Refuse(_) => panic!("refused too early"),
            }
            attempts.failed("ana", bad, start);
        }
        assert_eq!(pauses, [0, 0, 0, 0, 250, 500, 750, 1000, 1250, 1500]);
        assert_eq!(attempts.check("ana", bad, start), Verdict::Refuse(WINDOW));
        assert_eq!(attempts.check("ana", home, start), Verdict::Wait(Duration::ZERO));
        assert_eq!(attempts.check("ana", bad, start + WINDOW), Verdict::Wait(Duration::ZERO));
    }

    #[test]
    fn an_address_that_tries_many_names_is_paused() {
        let (attempts, start) = (Attempts::new(10), Instant::now());
        let bad = IpAddr::from([10, 0, 0, 1]);
        for n in 0..100 {
            attempts.failed(&format!("user{n}"), bad, start);
        }
        assert!(matches!(attempts.check("new", bad, start), Verdict::Refuse(_)));
    }
}
