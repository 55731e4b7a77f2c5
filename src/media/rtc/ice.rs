//! The lite side of ICE: answers checks, remembers which addresses passed one, follows nominations.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use rtc_dtls::crypto_provider::RTCCrypto;

use super::stun::{self, StunError};
use super::{CONSENT, PAIRS_MAX};
use crate::base::Instant;
use crate::media::IceCredentials;

/// How long one check lets us send to an address, and listen to it (RFC 7675 §5.1).
const PAIR_LIFE: Duration = Duration::from_secs(30);

/// One address of the peer that passed a check.
#[derive(Clone, Copy, Debug)]
struct Pair {
    address: SocketAddr,
    checked: Instant,
}

#[derive(Debug)]
pub(super) struct IceLite {
    local: IceCredentials,
    /// In the order of their first check.
    pairs: Vec<Pair>,
    /// The last one nominated.
    selected: Option<SocketAddr>,
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
        from: SocketAddr,
        datagram: &[u8],
        crypto: &dyn RTCCrypto,
    ) -> Result<Answer, StunError> {
        let Some(check) = stun::read_check(datagram, &self.local.ufrag, &self.local.pwd, crypto)? else {
            return Ok(None);
        };
        if check.peer_is_controlled {
            return Ok(stun::role_conflict(&check.transaction, &self.local.pwd, crypto));
        }
        self.remember(now, from);
        if check.use_candidate {
            self.selected = Some(from);
        }
        Ok(stun::success(&check.transaction, from, &self.local.pwd, crypto))
    }

    fn remember(&mut self, now: Instant, from: SocketAddr) {
        if let Some(pair) = self.pairs.iter_mut().find(|pair| pair.address == from) {
            pair.checked = now;
            return;
        }
        if self.pairs.len() >= PAIRS_MAX {
            let selected = self.selected;
            let spare = |pair: &&Pair| Some(pair.address) != selected;
            if let Some(oldest) =
                self.pairs.iter().filter(spare).min_by_key(|pair| pair.checked).map(|pair| pair.address)
            {
                self.pairs.retain(|pair| pair.address != oldest);
            }
        }
        self.pairs.push(Pair { address: from, checked: now });
    }

    pub(super) fn is_checked(&self, now: Instant, address: SocketAddr) -> bool {
        self.pairs.iter().any(|pair| pair.address == address && pair.lives(now))
    }

    /// Where to send: the nominated address, before a nomination the one checked last.
    pub(super) fn destination(&self, now: Instant) -> Option<SocketAddr> {
        let nominated = self.selected.filter(|address| self.is_checked(now, *address));
        let last = || self.pairs.iter().filter(|pair| pair.lives(now)).max_by_key(|pair| pair.checked);
        nominated.or_else(|| last().map(|pair| pair.address))
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
    use std::net::Ipv4Addr;

    use rtc_dtls::crypto_provider::default_provider;

    use super::*;
    use crate::media::rtc::stun::test_support::{CONTROLLED, NOMINATE, is_role_conflict, is_success, request};

    fn address(last: u8) -> SocketAddr {
        (Ipv4Addr::new(192, 0, 2, last), 5_000).into()
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
    fn a_flood_of_addresses_displaces_the_oldest_but_never_the_selected() {
        let provider = default_provider().unwrap();
        let mut ice = IceLite::new(IceCredentials { ufrag: "us".into(), pwd: "secret".into() });
        for last in 0..50 {
            let nominate: &[_] = if last == 0 { &[NOMINATE] } else { &[] };
            let datagram = request(&[7; 12], "us:them", "secret", nominate, provider.crypto());
            ice.handle(at(u64::from(last)), address(last), &datagram, provider.crypto()).unwrap();
        }
        assert_eq!(ice.pairs.len(), PAIRS_MAX);
        assert!(ice.pairs.iter().any(|pair| pair.address == address(0)));
        assert!(ice.is_checked(at(49), address(49)));
    }
}
