//! The lite side of ICE: answers checks, remembers which addresses passed one, follows nominations.

use std::time::Duration;

use bytes::BytesMut;
use rtc_dtls::crypto_provider::RTCCrypto;

use super::stun::{self, StunError};
use super::{CONSENT, PAIRS_MAX, Path};
use crate::base::Instant;
use crate::media::IceCredentials;

/// How long one check lets us send to an address, and listen to it (RFC 7675 §5.1).
const PAIR_LIFE: Duration = Duration::from_secs(30);

/// A way to the peer that passed a check.
#[derive(Clone, Copy, Debug)]
struct Pair {
    path: Path,
    checked: Instant,
}

#[derive(Debug)]
pub(super) struct IceLite {
    local: IceCredentials,
    /// In the order of their first check.
    pairs: Vec<Pair>,
    /// The last one nominated.
    selected: Option<Path>,
}

/// The answer to a datagram that passed, or `None` if it wants none.
pub(super) type Answer = Option<BytesMut>;

impl IceLite {
    pub(super) fn new(local: IceCredentials) -> Self {
        Self { local, pairs: Vec::new(), selected: None }
    }

    /// An ICE restart of ours: new credentials, while the pairs go on until the next nomination.
    pub(super) fn set_local(&mut self, local: &IceCredentials) {
        if self.local != *local {
            self.local = local.clone();
        }
    }

    pub(super) fn handle(
        &mut self,
        now: Instant,
        path: Path,
        datagram: &[u8],
        crypto: &dyn RTCCrypto,
    ) -> Result<Answer, StunError> {
        let Some(check) = stun::read_check(datagram, &self.local.ufrag, &self.local.pwd, crypto)? else {
            return Ok(None);
        };
        if check.peer_is_controlled {
            return Ok(stun::role_conflict(&check.transaction, &self.local.pwd, crypto));
        }
        self.remember(now, path);
        if check.use_candidate {
            self.selected = Some(path);
        }
        Ok(stun::success(&check.transaction, path.peer, &self.local.pwd, crypto))
    }

    fn remember(&mut self, now: Instant, path: Path) {
        if let Some(pair) = self.pairs.iter_mut().find(|pair| pair.path == path) {
            pair.checked = now;
            return;
        }
        if self.pairs.len() >= PAIRS_MAX {
            let selected = self.selected;
            let spare = |pair: &&Pair| Some(pair.path) != selected;
            if let Some(oldest) = self.pairs.iter().filter(spare).min_by_key(|pair| pair.checked).map(|pair| pair.path)
            {
                self.pairs.retain(|pair| pair.path != oldest);
            }
        }
        self.pairs.push(Pair { path, checked: now });
    }

    pub(super) fn is_checked(&self, now: Instant, path: Path) -> bool {
        self.pairs.iter().any(|pair| pair.path == path && pair.lives(now))
    }

    /// The way to send: the nominated one, before a nomination the one checked last.
    pub(super) fn destination(&self, now: Instant) -> Option<Path> {
        let nominated = self.selected.filter(|path| self.is_checked(now, *path));
        let last = || self.pairs.iter().filter(|pair| pair.lives(now)).max_by_key(|pair| pair.checked);
        nominated.or_else(|| last().map(|pair| pair.path))
    }

    /// When the peer's consent ends if it never checks again; `None` before its first check.
    pub(super) fn consent_until(&self) -> Option<Instant> {
        self.pairs.iter().map(|pair| pair.checked).max().map(|checked| checked + CONSENT)
    }
}

impl Pair {
    fn lives(&self, now: Instant) -> bool {
        now.since(self.checked) <= PAIR_LIFE
    }
}

#[cfg(test)]
mod tests {
    use rtc_dtls::crypto_provider::default_provider;

    use super::*;
    use crate::media::rtc::stun::test_support::{CONTROLLED, NOMINATE, is_role_conflict, is_success, request};

    /// To the same address of ours.
    fn address(last: u8) -> Path {
        Path { local: ([198, 51, 100, 1], 7_000).into(), peer: ([192, 0, 2, last], 5_000).into() }
    }

    fn at(seconds: u64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn the_last_nomination_selects_and_others_stay_checked_for_a_while() {
        let provider = default_provider().unwrap();
        let mut ice = IceLite::new(IceCredentials { ufrag: "us".into(), pwd: "secret".into() });
        let check = |ice: &mut IceLite, now, from, attributes: &[(u16, &[u8])]| {
            let datagram = request(&[7; 12], "us:them", "secret", attributes, provider.crypto());
            ice.handle(now, from, &datagram, provider.crypto()).unwrap().unwrap()
        };
        assert_eq!(ice.destination(at(0)), None);
        assert!(is_success(&check(&mut ice, at(0), address(1), &[]), &[7; 12]));
        assert_eq!(ice.destination(at(0)), Some(address(1)));
        check(&mut ice, at(1), address(2), &[NOMINATE]);
        check(&mut ice, at(2), address(1), &[]);
        assert_eq!(ice.destination(at(2)), Some(address(2)));
        check(&mut ice, at(3), address(1), &[NOMINATE]);
        assert_eq!(ice.destination(at(3)), Some(address(1)));
        assert!(ice.is_checked(at(31), address(2)) && !ice.is_checked(at(32), address(2)));
        assert_eq!(ice.consent_until(), Some(at(3) + CONSENT));
        assert_eq!(ice.destination(at(40)), None);
        assert!(is_role_conflict(&check(&mut ice, at(41), address(3), &[CONTROLLED])));
        assert!(!ice.is_checked(at(41), address(3)));
    }

    #[test]
    fn the_answer_leaves_from_where_the_nominated_check_came_in() {
        let provider = default_provider().unwrap();
        let mut ice = IceLite::new(IceCredentials { ufrag: "us".into(), pwd: "secret".into() });
        let elsewhere = Path { local: "[2001:db8::1]:7000".parse().unwrap(), ..address(1) };
        let mut check = |now, path, attributes: &[(u16, &[u8])]| {
            let datagram = request(&[7; 12], "us:them", "secret", attributes, provider.crypto());
            ice.handle(now, path, &datagram, provider.crypto()).unwrap();
            ice.destination(now)
        };
        assert_eq!(check(at(0), elsewhere, &[]), Some(elsewhere));
        assert_eq!(check(at(1), address(1), &[NOMINATE]), Some(address(1)));
        assert_eq!(check(at(2), elsewhere, &[]), Some(address(1)), "the peer keeps other ways open, and uses this one");
    }

    #[test]
    fn a_flood_of_addresses_displaces_the_oldest_but_never_the_selected() {
        let provider = default_provider().unwrap();
        let mut ice = IceLite::new(IceCredentials { ufrag: "us".into(), pwd: "secret".into() });
        for last in 0..50 {
            let nominate: &[_] = if last == 0 { &[NOMINATE] } else { &[] };
            let datagram = request(&[7; 12], "us:them", "secret", nominate, provider.crypto());
            ice.handle(at(u64::from(last)), address(last), &datagram, provider.crypto()).unwrap();
        }
        assert_eq!(ice.pairs.len(), PAIRS_MAX);
        assert!(ice.pairs.iter().any(|pair| pair.path == address(0)));
        assert!(ice.is_checked(at(49), address(49)));
    }
}
