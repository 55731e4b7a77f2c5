//! Checks of passwords: slow and large on purpose (Argon2id takes a core for a while, and 19 MiB), so few at
//! once, in a line that is not long.
//!
//! | what | limit | beyond |
//! | --- | --- | --- |
//! | checks at once | 2 | they wait their turn |
//! | that wait | 64, 32 of them of one source | [`Busy`] |
//!
//! A check that has begun keeps its place to its end, also when whoever asked is gone: otherwise requests that
//! are given up would make room for more than two.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Argon2, Params};
use tokio::sync::Semaphore;

use crate::base::{Redacted, network_of};

const AT_ONCE: usize = 2;
const LINE: usize = 64;
const LINE_OF_SOURCE: usize = 32;

/// What stands in the way of a check.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Busy {
    /// Too many of this source wait.
    Source,
    /// Too many wait.
    All,
    /// A check that was broken off: the process ends.
    Ending,
}

#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    line: Arc<Line>,
}

/// Sources of those that wait or are being checked.
#[derive(Default)]
struct Line(Mutex<HashMap<IpAddr, usize>>);

struct Waiting {
    line: Arc<Line>,
    source: IpAddr,
}

impl Default for Passwords {
    fn default() -> Self {
        // Made now: the first unknown name must not take longer than the others.
        LazyLock::force(&NOBODYS);
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), line: Arc::default() }
    }
}

impl Passwords {
    /// Is this the password of that hash? Off the event loop. Without a hash the work is the same, and the
    /// answer is no.
    pub async fn check(&self, from: IpAddr, hash: Option<String>, password: Redacted<String>) -> Result<bool, Busy> {
        let place = self.line.enter(network_of(from))?;
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| Busy::Ending)?;
        let check = move || {
            let fits = is_of(hash.as_deref().unwrap_or(NOBODYS.as_str()), password.reveal());
            drop((turn, place));
            fits && hash.is_some()
        };
        tokio::task::spawn_blocking(check).await.map_err(|_| Busy::Ending)
    }
}

impl Line {
    fn enter(self: &Arc<Self>, source: IpAddr) -> Result<Waiting, Busy> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.values().sum::<usize>() >= LINE + AT_ONCE {
            return Err(Busy::All);
        }
        let own = waiting.entry(source).or_default();
        if *own >= LINE_OF_SOURCE {
            return Err(Busy::Source);
        }
        *own += 1;
        Ok(Waiting { line: self.clone(), source })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut waiting = self.line.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = waiting.get_mut(&self.source) {
            *own -= 1;
            if *own == 0 {
                waiting.remove(&self.source);
            }
        }
    }
}

/// A hash that was made to take more than ours do is not looked at: the limits above count on their size.
fn is_of(hash: &str, password: &str) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else { return false };
    let fits = Params::try_from(&hash).is_ok_and(|params| params.m_cost() <= Params::DEFAULT_M_COST);
    fits && Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
}

/// A hash no password fits, made like all others.
static NOBODYS: LazyLock<String> = LazyLock::new(|| {
    let salt = SaltString::generate(&mut OsRng);
    let secret = SaltString::generate(&mut OsRng);
    let hash = Argon2::default().hash_password(secret.as_str().as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).unwrap_or_default()
});

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn hash(password: &str) -> String {
        Argon2::default().hash_password(password.as_bytes(), &SaltString::generate(&mut OsRng)).unwrap().to_string()
    }

    fn secret(text: &str) -> Redacted<String> {
        Redacted(text.to_owned())
    }

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[tokio::test]
    async fn only_the_right_password_of_a_known_name_fits() {
        let (passwords, known) = (Passwords::default(), hash("right"));
        assert_eq!(passwords.check(HERE, Some(known.clone()), secret("right")).await, Ok(true));
        assert_eq!(passwords.check(HERE, Some(known.clone()), secret("wrong")).await, Ok(false));
        assert_eq!(passwords.check(HERE, None, secret("right")).await, Ok(false));
        assert_eq!(passwords.check(HERE, Some("no hash".into()), secret("")).await, Ok(false));
        let larger = known.replace("m=19456", "m=2097152");
        assert_ne!(larger, known);
        assert_eq!(passwords.check(HERE, Some(larger), secret("right")).await, Ok(false));
    }

    #[tokio::test]
    async fn the_line_is_short_and_one_source_does_not_fill_it() {
        let passwords = Passwords::default();
        let held = passwords.turns.clone().acquire_many_owned(2).await.unwrap();
        let asks = |from: IpAddr| {
            let passwords = passwords.clone();
            tokio::spawn(async move { passwords.check(from, None, secret("x")).await })
        };
        let waiting = async |count: usize| {
            let all = || passwords.line.0.lock().unwrap().values().sum::<usize>();
            tokio::time::timeout(Duration::from_secs(5), async {
                while all() != count {
                    tokio::task::yield_now().await;
                }
            })
            .await
            .expect("they wait");
        };
        let mut line: Vec<_> = (0..LINE_OF_SOURCE).map(|_| asks(HERE)).collect();
        waiting(LINE_OF_SOURCE).await;
        assert_eq!(asks(HERE).await.unwrap(), Err(Busy::Source));
        line.extend((0..=33).map(|n| asks(IpAddr::from([10, 0, 0, n]))));
        waiting(LINE + AT_ONCE).await;
        assert_eq!(asks(IpAddr::from([10, 0, 1, 1])).await.unwrap(), Err(Busy::All));
        // Who gives up in the line leaves it.
        line.iter().for_each(|ask| ask.abort());
        waiting(0).await;
        drop(held);
        assert_eq!(asks(HERE).await.unwrap(), Ok(false));
    }
}
