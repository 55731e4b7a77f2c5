//! Wrong passwords: answered later and later, then paused. Never a lasting lock-out: the true owner gets in
//! from where he got in before, or from elsewhere, or after the pause.
//!
//! What is counted, for five minutes after the last of them (a source is an address, or an IPv6 /64):
//!
//! | wrong passwords | from the 6th | at the limit |
//! | --- | --- | --- |
//! | for a name, from a source | 250 ms later each, up to 2 s | paused: `limits.sign_in_failures` |
//! | from a source, for any names | the same | paused: ten times that |
//! | for a name, from anywhere | strangers take turns, 250 ms apart and more each, up to 2 s | never; who would wait for more than 6 s comes back later |
//!
//! A stranger to a name is a source from which it has not signed in. An attempt counts as wrong until its
//! password is found right, so many at once get no further than one after the other.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::base::network_of;

/// Failures count for so long.
const WINDOW: Duration = Duration::from_secs(300);
/// So many are free.
const FREE: u32 = 5;
/// Each one more costs so much more time, so many times.
const STEP: Duration = Duration::from_millis(250);
const STEPS: u32 = 8;
/// Nobody waits for his turn longer: a request has its own limit of time.
const LINE: Duration = Duration::from_secs(6);
/// An attempt that is over the limit only because of others that are not decided yet.
const UNDECIDED: Duration = Duration::from_millis(20);
/// What is remembered: counts, and sources of names.
const MEMORY: usize = 10_000;
const NAME_MAX: usize = 64;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Who {
    NameFrom(String, IpAddr),
    Source(IpAddr),
    Name(String),
}

#[derive(Clone, Copy, Debug)]
struct Count {
    failures: u32,
    last: Instant,
    /// Attempts that are not decided yet.
    open: u32,
    /// Of a name: the next turn of a stranger.
    turn: Instant,
}

/// What is to be done with an attempt.
pub enum Verdict<'a> {
    /// Look at the password after this pause.
    Look(Duration, Attempt<'a>),
    /// Ask again after this pause: others like it are being looked at.
    Ask(Duration),
    /// Refuse; try again after so long.
    Refuse(Duration),
}

/// An attempt that is looked at. Dropped undecided, it was none.
pub struct Attempt<'a> {
    attempts: &'a Attempts,
    who: [Who; 3],
}

pub struct Attempts {
    limit: u32,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    counts: HashMap<Who, Count>,
    /// Where names signed in from, and when last.
    familiar: HashMap<(String, IpAddr), Instant>,
}

impl Attempts {
    /// `limit`: failures of one name from one source before it is paused; a source as a whole has ten times that.
    pub fn new(limit: u32) -> Self {
        Self { limit, memory: Mutex::default() }
    }

    /// Asked before a password is looked at.
    pub fn begin(&self, user: &str, from: IpAddr, now: Instant) -> Verdict<'_> {
        let (name, source): (String, _) = (user.chars().take(NAME_MAX).collect(), network_of(from));
        let is_familiar_key = (name.clone(), source);
        let who = [Who::NameFrom(name.clone(), source), Who::Source(source), Who::Name(name)];
        let [here, of_source, of_name] = &who;
        let mut memory = self.lock();
        let limits = [(here, self.limit), (of_source, self.limit.saturating_mul(10))];
        let counts = limits.map(|(who, limit)| (memory.count(who, now), limit));
        for (count, limit) in counts {
            if count.failures >= limit {
                return Verdict::Refuse(WINDOW.saturating_sub(now.saturating_duration_since(count.last)));
            }
            if count.failures.saturating_add(count.open) >= limit {
                return Verdict::Ask(UNDECIDED);
            }
        }
        let mut pause = counts.map(|(count, _)| later(count.failures)).into_iter().max().unwrap_or_default();
        if !memory.familiar.contains_key(&is_familiar_key) {
            let mut name = memory.count(of_name, now);
            let elsewhere = name.open.saturating_sub(counts[0].0.open);
            let apart = later(name.failures.saturating_add(elsewhere));
            let wait = name.turn.saturating_duration_since(now);
            if !apart.is_zero() {
                if wait > LINE {
                    return Verdict::Refuse(wait.saturating_sub(LINE));
                }
                name.turn = now + wait + apart;
                memory.set(of_name, name, now);
                pause = pause.max(wait);
            }
        }
        for who in &who {
            let mut count = memory.count(who, now);
            count.open = count.open.saturating_add(1);
            memory.set(who, count, now);
        }
        drop(memory);
        Verdict::Look(pause, Attempt { attempts: self, who })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// How much later an attempt is looked at after so many failures.
fn later(failures: u32) -> Duration {
    STEP * failures.saturating_sub(FREE - 1).min(STEPS)
}

impl Memory {
    /// Failures of long ago count no more.
    fn count(&self, who: &Who, now: Instant) -> Count {
        let none = Count { failures: 0, last: now, open: 0, turn: now };
        let known = self.counts.get(who).copied().unwrap_or(none);
        if now.saturating_duration_since(known.last) < WINDOW { known } else { Count { open: known.open, ..none } }
    }

    fn set(&mut self, who: &Who, count: Count, now: Instant) {
        if !self.counts.contains_key(who) {
            make_room(&mut self.counts, |count| count.last, now);
        }
        self.counts.insert(who.clone(), count);
    }
}

/// Forgets what is over; where that is not enough, the oldest eighth.
fn make_room<K, V>(table: &mut HashMap<K, V>, last: impl Fn(&V) -> Instant, now: Instant)
where
    K: Eq + Hash,
{
    if table.len() >= MEMORY {
        table.retain(|_, value| now.saturating_duration_since(last(value)) < WINDOW);
    }
    if table.len() >= MEMORY {
        let mut times: Vec<Instant> = table.values().map(&last).collect();
        let (_, oldest, _) = times.select_nth_unstable(MEMORY / 8);
        table.retain(|_, value| last(value) > *oldest);
    }
}

impl Attempt<'_> {
    pub fn failed(self, now: Instant) {
        let mut memory = self.attempts.lock();
        for who in &self.who {
            let mut count = memory.count(who, now);
            (count.failures, count.last) = (count.failures.saturating_add(1), now);
            memory.set(who, count, now);
        }
    }

    /// Clears the name for this source, and makes the source familiar; what others guess goes on counting.
    pub fn succeeded(self, now: Instant) {
        let mut memory = self.attempts.lock();
        let [here @ Who::NameFrom(name, source), ..] = &self.who else { return };
        let mut count = memory.count(here, now);
        count.failures = 0;
        memory.set(here, count, now);
        let key = (name.clone(), *source);
        if !memory.familiar.contains_key(&key) && memory.familiar.len() >= MEMORY {
            let oldest = memory.familiar.iter().min_by_key(|(_, at)| **at).map(|(key, _)| key.clone());
            oldest.map(|key| memory.familiar.remove(&key));
        }
        memory.familiar.insert(key, now);
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let mut memory = self.attempts.lock();
        for who in &self.who {
            if let Some(count) = memory.counts.get_mut(who) {
                count.open = count.open.saturating_sub(1);
                if count.open == 0 && count.failures == 0 {
                    memory.counts.remove(who);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(n: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, n])
    }

    /// The pause of a wrong guess, or `None`: refused.
    fn guess(attempts: &Attempts, name: &str, from: IpAddr, now: Instant) -> Option<u128> {
        match attempts.begin(name, from, now) {
            Verdict::Look(pause, attempt) => {
                attempt.failed(now);
                Some(pause.as_millis())
            }
            Verdict::Refuse(_) => None,
            Verdict::Ask(_) => panic!("nothing is open"),
        }
    }

    fn signs_in(attempts: &Attempts, name: &str, from: IpAddr, now: Instant) -> Option<u128> {
        match attempts.begin(name, from, now) {
            Verdict::Look(pause, attempt) => {
                attempt.succeeded(now);
                Some(pause.as_millis())
            }
            _ => None,
        }
    }

    #[test]
    fn guesses_are_slowed_then_paused() {
        let (attempts, start) = (Attempts::new(10), Instant::now());
        let pauses: Vec<_> = (0..12).map(|_| guess(&attempts, "ana", v4(1), start)).collect();
        let slowed = [0, 0, 0, 0, 0, 250, 500, 750, 1500, 2500].map(Some);
        assert_eq!(pauses, [slowed.as_slice(), &[None, None]].concat(), "turns of one name add up");
        assert_eq!(guess(&attempts, "ana", v4(1), start + WINDOW), Some(0));
    }

    #[test]
    fn a_name_guessed_from_everywhere_is_looked_at_in_turns() {
        let (attempts, start) = (Attempts::new(10), Instant::now());
        let pauses: Vec<_> = (1..200).map(|n| guess(&attempts, "ana", v4(n), start)).collect();
        let looked_at: Vec<_> = pauses.iter().flatten().collect();
        assert_eq!(looked_at[..7], [&0, &0, &0, &0, &0, &0, &250]);
        assert!(looked_at.len() < 14 && looked_at.iter().all(|pause| **pause <= LINE.as_millis()), "{looked_at:?}");
        // At full speed for a minute: one look in two seconds, and the name of somebody else is free.
        let minute = (0..600).filter_map(|n| {
            let (host, now) = (u8::try_from(n % 250).unwrap(), start + Duration::from_millis(100) * n);
            guess(&attempts, "ana", IpAddr::from([10, 9, 9, host]), now)
        });
        assert!((25..40).contains(&minute.count()));
        assert_eq!(guess(&attempts, "ben", v4(9), start), Some(0));
    }

    #[test]
    fn the_owner_gets_in_from_where_he_was_before_and_elsewhere_after_a_while() {
        let (attempts, start) = (Attempts::new(10), Instant::now());
        let (home, fresh) = (v4(250), v4(251));
        assert_eq!(signs_in(&attempts, "ana", home, start), Some(0));
        for n in 1..100 {
            guess(&attempts, "ana", v4(n), start);
        }
        assert_eq!(signs_in(&attempts, "ana", home, start), Some(0), "at once");
        assert_eq!(signs_in(&attempts, "ana", fresh, start), None);
        let pause = signs_in(&attempts, "ana", fresh, start + Duration::from_secs(2)).unwrap();
        assert!(pause <= LINE.as_millis());
    }

    #[test]
    fn a_64_of_addresses_is_one_source() {
        let (attempts, start) = (Attempts::new(10), Instant::now());
        let host = |n: u16| IpAddr::from([0x2001, 0xdb8, 1, 2, 0, 0, 0, n]);
        let looked_at = (0..50).filter(|n| guess(&attempts, "ana", host(*n), start).is_some()).count();
        assert_eq!(looked_at, 10);
        let names: Vec<_> = (0..150).map(|n| guess(&attempts, &format!("user{n}"), host(n), start)).collect();
        assert_eq!(names.iter().flatten().count(), 90, "a hundred of one source");
        assert_eq!(names[0], Some(1500), "and these come later, too");
        assert_eq!(guess(&attempts, "user0", IpAddr::from([0x2001, 0xdb8, 1, 3, 0, 0, 0, 1]), start), Some(0));
    }

    #[test]
    fn many_at_once_get_no_further_than_one_after_the_other() {
        let (attempts, start) = (Attempts::new(10), Instant::now());
        let begun: Vec<_> = (0..60).map(|_| attempts.begin("ana", v4(1), start)).collect();
        let looked_at = begun.iter().filter(|verdict| matches!(verdict, Verdict::Look(..))).count();
        assert_eq!((looked_at, begun.iter().any(|verdict| matches!(verdict, Verdict::Refuse(_)))), (10, false));
        drop(begun);
        assert_eq!(signs_in(&attempts, "ana", v4(1), start), Some(0), "nothing was found wrong");
        assert!(attempts.lock().counts.is_empty());
    }

    #[test]
    fn memory_has_a_limit() {
        let (attempts, start) = (Attempts::new(10), Instant::now());
        for n in 0..u32::try_from(MEMORY).unwrap() {
            let from = IpAddr::from((n / 8).to_be_bytes());
            guess(&attempts, &format!("user{n}"), from, start + Duration::from_micros(n.into()));
        }
        assert!(attempts.lock().counts.len() <= MEMORY);
    }
}
