//! Digest authentication of users (RFC 7616, RFC 8760): MD5 and SHA-256, `qop=auth` required.
//!
//! What it is not: it decides who somebody is, never what they may do.
//!
//! | credentials | answer |
//! | --- | --- |
//! | none for our realm, or not Digest | challenge |
//! | too many wrong ones from this source for this user | [`Verdict::Wait`], nothing is computed |
//! | too many wrong ones for this user from everywhere, by a source that never proved to be this user | the same, for seconds: strangers take turns |
//! | another URI than the request's, no qop, unknown algorithm | challenge; counts as wrong |
//! | nonce not ours, or of another source | challenge, stale |
//! | wrong response, or no such user | challenge; counts as wrong |
//! | right, nonce too old | challenge, stale |
//! | right, nonce count used before | challenge, stale: a replay proves nothing |
//! | right | [`Verdict::Proven`] |
//!
//! A nonce is the time of its issue and a keyed hash of it and the source, so a challenge costs no
//! memory. What is remembered: the counts used of nonces that proved something, and failures. Both have
//! a limit. When the first is full the oldest nonce goes, and with it every nonce as old counts as stale.
//! A user nobody knows is checked like one with another password: same work, same answers.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::wire::{Challenge, Credentials, Uri};
use super::{User, hex};
use crate::base::{Deadlines, Instant};

/// Settings of digest authentication.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Digest {
    /// A nonce older than this is answered with `stale=true`.
    pub nonce_lifetime: Duration,
    /// Wrong passwords from one source for one user before it has to wait.
    pub tries: u32,
    /// The first wait; it doubles with every further wrong password, up to [`Digest::wait_max`].
    pub wait: Duration,
    pub wait_max: Duration,
    /// Nonces and failures remembered, each.
    pub memory: usize,
}

impl Default for Digest {
    fn default() -> Self {
        Self {
            nonce_lifetime: Duration::from_secs(300),
            tries: 5,
            wait: Duration::from_secs(4),
            wait_max: Duration::from_secs(300),
            memory: 16_384,
        }
    }
}

/// What credentials prove.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The user of this name.
    Proven(String),
    /// Nothing: ask (again).
    Ask(Why),
    /// Nothing is looked at for so long.
    Wait(Duration),
}

/// Why a challenge is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    Missing,
    Wrong,
    Stale,
    Replayed,
}

/// The counts of a nonce that were used: the highest, and a bit for each of the 64 below it.
#[derive(Clone, Copy, Debug)]
struct Used {
    highest: u32,
    below: u64,
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    until: Instant,
}

/// Source and user of wrong passwords; no user: all users of that source together; no source: the user from
/// everywhere.
type Culprit = (Option<IpAddr>, Option<String>);

#[derive(Debug)]
pub struct Authenticator {
    settings: Digest,
    realm: String,
    secret: [u8; 32],
    last_issue: u64,
    /// Nonces issued up to here are stale.
    floor: u64,
    /// By time of issue, which names a nonce.
    used: BTreeMap<u64, Used>,
    failures: BTreeMap<Culprit, Failures>,
    forget: Deadlines<Culprit>,
    /// Where users proved who they are, and when last: whoever guesses elsewhere does not hold them up.
    familiar: Deadlines<(IpAddr, String)>,
}

/// What a request says, as far as it is needed for the check.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub method: &'a str,
    pub uri: &'a Uri,
    pub source: IpAddr,
}

/// The stronger one is the greater one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Algorithm {
    Md5,
    Sha256,
}

impl Algorithm {
    /// As a challenge or credentials name it; not named, it is MD5.
    pub fn parse(text: Option<&str>) -> Option<Self> {
        match text {
            None => Some(Self::Md5),
            Some(text) if text.eq_ignore_ascii_case("MD5") => Some(Self::Md5),
            Some(text) if text.eq_ignore_ascii_case("SHA-256") => Some(Self::Sha256),
            Some(_) => None,
        }
    }

    pub fn hash(self, text: &str) -> String {
        match self {
            Self::Md5 => hex(&Md5::digest(text.as_bytes())),
            Self::Sha256 => hex(&Sha256::digest(text.as_bytes())),
        }
    }
}

impl Authenticator {
    pub fn new(settings: Digest, realm: String, secret: [u8; 32]) -> Self {
        Self {
            settings,
            realm,
            secret,
            last_issue: 0,
            floor: 0,
            used: BTreeMap::new(),
            failures: BTreeMap::new(),
            forget: Deadlines::new(),
            familiar: Deadlines::new(),
        }
    }

    /// Nonces and failures that are remembered.
    pub fn remembered(&self) -> usize {
        self.used.len() + self.failures.len() + self.forget.len()
    }

    /// The challenges for a source: SHA-256, MD5. Both carry one nonce.
    pub fn challenges(&mut self, now: Instant, source: IpAddr, stale: bool) -> [Challenge; 2] {
        self.last_issue = self.last_issue.saturating_add(1).max(now.as_micros());
        let nonce = self.nonce(self.last_issue, source);
        ["SHA-256", "MD5"].map(|algorithm| Challenge {
            realm: self.realm.clone(),
            nonce: nonce.clone(),
            algorithm: Some(algorithm.to_owned()),
            qop: vec!["auth".to_owned()],
            opaque: None,
            stale,
        })
    }

    /// Checks the credentials of a request; `user` finds a user by name.
    pub fn check<'u>(
        &mut self,
        now: Instant,
        asked: &Asked<'_>,
        credentials: &[Credentials],
        user: impl FnOnce(&str) -> Option<&'u User>,
    ) -> Verdict {
        self.forget_failures(now);
        let ours = |c: &&Credentials| c.is_digest() && c.field("realm") == Some(self.realm.as_str());
        let Some(credentials) = credentials.iter().find(ours) else { return Verdict::Ask(Why::Missing) };
        let name = credentials.field("username").unwrap_or_default().to_owned();
        if let Some(wait) = self.wait(now, asked.source, &name) {
            return Verdict::Wait(wait);
        }
        match self.proof(now, asked, credentials, user(&name)) {
            Ok(()) => {
                self.forgive(now, asked.source, &name);
                Verdict::Proven(name)
            }
            Err(Why::Wrong) => {
                self.blame(now, asked.source, &name);
                Verdict::Ask(Why::Wrong)
            }
            Err(why) => Verdict::Ask(why),
        }
    }

    fn proof(
        &mut self,
        now: Instant,
        asked: &Asked<'_>,
        credentials: &Credentials,
        user: Option<&User>,
    ) -> Result<(), Why> {
        let field = |name| credentials.field(name).ok_or(Why::Wrong);
        let algorithm = Algorithm::parse(credentials.field("algorithm")).ok_or(Why::Wrong)?;
        let (uri, nonce, response) = (field("uri")?, field("nonce")?, field("response")?);
        let (qop, nc, cnonce) = (field("qop")?, field("nc")?, field("cnonce")?);
        if !qop.eq_ignore_ascii_case("auth") || cnonce.is_empty() || !is_same_resource(uri, asked.uri) {
            return Err(Why::Wrong);
        }
        let count = if nc.len() == 8 { u32::from_str_radix(nc, 16).map_err(|_| Why::Wrong)? } else { 0 };
        if count == 0 {
            return Err(Why::Wrong);
        }
        let issued = self.issued(nonce, asked.source).ok_or(Why::Stale)?;
        let nobody;
        let ha1 = match (user, algorithm) {
            (Some(user), Algorithm::Md5) => &user.ha1_md5,
            (Some(user), Algorithm::Sha256) => &user.ha1_sha256,
            (None, _) => {
                nobody = hex(&self.secret);
                &nobody
            }
        };
        let ha2 = algorithm.hash(&format!("{}:{uri}", asked.method));
        let expected = algorithm.hash(&format!("{ha1}:{nonce}:{nc}:{cnonce}:{qop}:{ha2}"));
        if !is_equal_in_constant_time(expected.as_bytes(), response.to_ascii_lowercase().as_bytes()) || user.is_none() {
            return Err(Why::Wrong);
        }
        let age = now.since(Instant::from_micros(issued));
        if issued <= self.floor || age > self.settings.nonce_lifetime {
            return Err(Why::Stale);
        }
        self.take_count(issued, count)
    }

    /// Those that are stale whatever comes, and one more where there are too many.
    fn forget_old_nonces(&mut self, newest: u64) {
        let lifetime = u64::try_from(self.settings.nonce_lifetime.as_micros()).unwrap_or(u64::MAX);
        while let Some((oldest, _)) = self.used.first_key_value()
            && (self.used.len() >= self.settings.memory || newest.saturating_sub(*oldest) > lifetime)
        {
            self.floor = self.floor.max(*oldest);
            self.used.pop_first();
        }
    }

    /// Each count of a nonce proves once; late ones may still come, up to 64 behind the highest.
    fn take_count(&mut self, issued: u64, count: u32) -> Result<(), Why> {
        let Some(used) = self.used.get_mut(&issued) else {
            if issued <= self.floor {
                return Err(Why::Stale);
            }
            self.forget_old_nonces(issued);
            self.used.insert(issued, Used { highest: count, below: 0 });
            return Ok(());
        };
        if count > used.highest {
            let shift = count.saturating_sub(used.highest);
            used.below =
                used.below.checked_shl(shift).unwrap_or(0) | 1u64.checked_shl(shift.saturating_sub(1)).unwrap_or(0);
            used.highest = count;
            return Ok(());
        }
        let behind = used.highest.saturating_sub(count);
        let Some(bit) = behind.checked_sub(1).and_then(|n| 1u64.checked_shl(n)) else { return Err(Why::Replayed) };
        if used.below & bit != 0 {
            return Err(Why::Replayed);
        }
        used.below |= bit;
        Ok(())
    }

    /// 13 digits of time (microseconds, good for 140 years), 11 of hash: short, because a challenge must
    /// not be much longer than what asked for it.
    fn nonce(&self, issued: u64, source: IpAddr) -> String {
        let mut sum = Sha256::new().chain_update(self.secret).chain_update(issued.to_be_bytes());
        match source {
            IpAddr::V4(ip) => sum.update(ip.octets()),
            IpAddr::V6(ip) => sum.update(ip.octets()),
        }
        let mut nonce = format!("{issued:013x}{}", hex(sum.finalize().get(..6).unwrap_or_default()));
        nonce.pop();
        nonce
    }

    fn issued(&self, nonce: &str, source: IpAddr) -> Option<u64> {
        let issued = u64::from_str_radix(nonce.get(..13)?, 16).ok()?;
        is_equal_in_constant_time(self.nonce(issued, source).as_bytes(), nonce.as_bytes()).then_some(issued)
    }

    /// How long nothing of this user from this source is looked at.
    fn wait(&self, now: Instant, source: IpAddr, name: &str) -> Option<Duration> {
        let culprits = culprits(source, name);
        let stranger = self.familiar.get(&(source, name.to_owned())).is_none();
        let of = |culprit: &Culprit| {
            let failures = self.failures.get(culprit)?;
            (failures.until > now).then(|| failures.until.since(now))
        };
        culprits.iter().filter(|(source, _)| stranger || source.is_some()).filter_map(of).max()
    }

    /// One more wrong password. A source may guess for several users before it is stopped as a whole; a user
    /// who is guessed from everywhere is never stopped, but strangers wait for each other.
    fn blame(&mut self, now: Instant, source: IpAddr, name: &str) {
        let (tries, longest) = (self.settings.tries, self.settings.wait_max);
        let allowed = [
            (tries, longest),
            (tries.saturating_mul(10), longest),
            (tries.saturating_mul(4), self.settings.wait.saturating_mul(2)),
        ];
        for (culprit, (allowed, longest)) in culprits(source, name).into_iter().zip(allowed) {
            if self.failures.len() >= self.settings.memory
                && !self.failures.contains_key(&culprit)
                && let Some(oldest) = self.forget.pop_due(Instant::FAR_FUTURE)
            {
                self.failures.remove(&oldest);
            }
            let failures = self.failures.entry(culprit.clone()).or_insert(Failures { count: 0, until: Instant::ZERO });
            failures.count = failures.count.saturating_add(1);
            if let Some(over) = failures.count.checked_sub(allowed) {
                let wait = self.settings.wait.saturating_mul(1u32.checked_shl(over).unwrap_or(u32::MAX));
                failures.until = now + wait.min(longest);
            }
            self.forget.set(culprit, now + self.settings.wait_max.saturating_mul(2));
        }
    }

    fn forgive(&mut self, now: Instant, source: IpAddr, name: &str) {
        let [here, ..] = culprits(source, name);
        self.failures.remove(&here);
        self.forget.clear(&here);
        self.familiar.set((source, name.to_owned()), now);
        if self.familiar.len() > self.settings.memory {
            self.familiar.pop_due(Instant::FAR_FUTURE);
        }
    }

    fn forget_failures(&mut self, now: Instant) {
        while let Some(culprit) = self.forget.pop_due(now) {
            self.failures.remove(&culprit);
        }
    }
}

fn culprits(source: IpAddr, name: &str) -> [Culprit; 3] {
    let name = Some(name.to_owned());
    [(Some(source), name.clone()), (Some(source), None), (None, name)]
}

/// Does the digest URI name what the request URI names? Parameters may differ, the rest may not.
fn is_same_resource(text: &str, uri: &Uri) -> bool {
    let Ok(said) = Uri::parse(text) else { return false };
    said.scheme == uri.scheme
        && said.user_decoded() == uri.user_decoded()
        && said.host.eq_ignore_ascii_case(&uri.host)
        && said.port.unwrap_or(5060) == uri.port.unwrap_or(5060)
}

/// Takes as long for any two texts of one length.
fn is_equal_in_constant_time(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differs, (x, y)| differs | (x ^ y)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authenticator(memory: usize) -> Authenticator {
        Authenticator::new(Digest { memory, ..Digest::default() }, "carillon".to_owned(), [7; 32])
    }

    #[test]
    fn every_count_proves_once_also_out_of_order() {
        let mut auth = authenticator(10);
        for (count, result) in [
            (1, Ok(())),
            (1, Err(Why::Replayed)),
            (5, Ok(())),
            (3, Ok(())),
            (3, Err(Why::Replayed)),
            (1, Err(Why::Replayed)),
            (69, Ok(())),
            (5, Err(Why::Replayed)),
            (6, Ok(())),
            (4, Err(Why::Replayed)),
            (u32::MAX, Ok(())),
            (69, Err(Why::Replayed)),
            (u32::MAX - 64, Ok(())),
            (u32::MAX - 65, Err(Why::Replayed)),
        ] {
            assert_eq!(auth.take_count(1, count), result, "{count}");
        }
    }

    #[test]
    fn a_nonce_that_had_to_be_forgotten_cannot_be_replayed() {
        let mut auth = authenticator(2);
        assert!([10, 20, 30].iter().all(|issued| auth.take_count(*issued, 1).is_ok()));
        assert_eq!(auth.used.len(), 2);
        assert_eq!(auth.take_count(10, 1), Err(Why::Stale), "10 was pushed out");
        assert_eq!(auth.take_count(20, 1), Err(Why::Replayed));
    }

    #[test]
    fn nonces_differ_and_are_good_for_one_source() {
        let mut auth = authenticator(2);
        let (now, here, there) = (Instant::from_micros(5), IpAddr::from([1, 1, 1, 1]), IpAddr::from([2, 2, 2, 2]));
        let [first, _] = auth.challenges(now, here, false);
        let [second, _] = auth.challenges(now, here, false);
        assert_ne!(first.nonce, second.nonce);
        assert_eq!((auth.issued(&first.nonce, here), auth.issued(&first.nonce, there)), (Some(5), None));
        assert_eq!(auth.issued("", here), None);
        assert_eq!(auth.issued("äääääääääääääääääää", here), None);
    }

    #[test]
    fn a_user_guessed_from_everywhere_is_looked_at_in_turns_and_the_owner_at_once() {
        let (mut auth, start) = (authenticator(1_000), Instant::from_micros(1));
        let (home, stranger) = (IpAddr::from([10, 9, 9, 9]), |n: u32| IpAddr::from((0x0a00_0000 + n).to_be_bytes()));
        auth.forgive(start, home, "ana");
        let mut looked_at = 0;
        for n in 0..600 {
            let now = start + Duration::from_millis(100) * n;
            if auth.wait(now, stranger(n), "ana").is_none() {
                looked_at += 1;
                auth.blame(now, stranger(n), "ana");
            }
            assert_eq!(auth.wait(now, home, "ana"), None, "not held up");
        }
        assert!((20..30).contains(&looked_at), "{looked_at} in a minute");
        assert_eq!(auth.wait(start, stranger(1), "ben"), None);
    }

    #[test]
    fn failures_have_a_limit_and_are_forgotten() {
        let mut auth = authenticator(4);
        for n in 0..100u8 {
            let source = IpAddr::from([10, 0, 0, n]);
            auth.blame(Instant::from_micros(n.into()), source, "ana");
            auth.forgive(Instant::from_micros(n.into()), source, "ben");
            assert!(auth.familiar.len() <= 4);
            assert!(auth.failures.len() <= 4 && auth.forget.len() == auth.failures.len());
        }
        auth.forget_failures(Instant::FAR_FUTURE);
        assert!(auth.failures.is_empty());
    }

    #[test]
    fn the_resource_must_be_the_same() {
        let uri = Uri::parse("sip:4000@host:5060;transport=udp").unwrap();
        for (text, same) in [
            ("sip:4000@HOST", true),
            ("sip:%34000@host;x=y", true),
            ("sip:4001@host", false),
            ("sip:host", false),
            ("sips:4000@host", false),
            ("sip:4000@host:5061", false),
            ("nonsense", false),
        ] {
            assert_eq!(is_same_resource(text, &uri), same, "{text}");
        }
    }
}
