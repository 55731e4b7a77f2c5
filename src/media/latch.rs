//! Whose packets a plain leg listens to, and where its own go (symmetric RTP, RFC 4961).
//!
//! A stranger who guesses the port must neither be heard nor be sent anything (RTP bleed), not even
//! in the moments before the true peer speaks. What is known is the address of the description
//! ("named") and the host that signals ("signaller"):
//!
//! | state | packet from | next | heard |
//! | --- | --- | --- | --- |
//! | open | named address | proven | yes |
//! | open, named host is not the signaller (NAT) | signaller, any port | latched | yes |
//! | open, named host is the signaller | signaller, other port, named one silent for [`SILENCE`] | latched | yes |
//! | latched | its source | same | yes |
//! | latched | named address | proven | yes |
//! | latched or proven | same host, other port, source silent for [`SILENCE`] | latched there | yes |
//! | any | anything else | same | no |
//!
//! Without a signaller only the named address counts. What it is not: authentication. Two parties
//! behind one NAT address look alike; only SRTP tells them apart.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::base::Instant;

/// A source must have been silent for so long before another port of its host can take its place:
/// a NAT gave the peer a new one, or its phone restarted the stream.
pub const SILENCE: Duration = Duration::from_secs(1);

#[derive(Clone, Debug)]
pub struct Latch {
    named: Option<SocketAddr>,
    signaller: Option<IpAddr>,
    source: Option<Source>,
    /// Since when the latch could have heard the named address.
    since: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Source {
    address: SocketAddr,
    heard: Instant,
    proven: bool,
}

impl Latch {
    /// `named`: of the peer's description. `signaller`: see [`super::Session::latch_from`].
    pub fn new(now: Instant, named: Option<SocketAddr>, signaller: Option<IpAddr>) -> Self {
        Self { named, signaller: signaller.map(|ip| ip.to_canonical()), source: None, since: now }
    }

    /// A new description. The source found stays while the peer names the same address, or none
    /// (hold); another one opens the latch.
    pub fn update(&mut self, now: Instant, named: Option<SocketAddr>, signaller: Option<IpAddr>) {
        self.signaller = signaller.map(|ip| ip.to_canonical());
        if named.is_some() && named != self.named {
            *self = Self::new(now, named, signaller);
        }
    }

    /// Whether a packet from `from` is the peer's.
    pub fn accept(&mut self, now: Instant, from: SocketAddr) -> bool {
        let from = canonical(from);
        if let Some(source) = self.source.as_mut().filter(|s| s.address == from) {
            source.heard = now;
            return true;
        }
        let proven = self.named == Some(from);
        let accepted = match self.source {
            Some(source) if proven => !source.proven || now.since(source.heard) >= SILENCE,
            Some(source) => source.address.ip() == from.ip() && now.since(source.heard) >= SILENCE,
            None if proven => true,
            None => self.signaller == Some(from.ip()) && (self.behind_nat() || now.since(self.since) >= SILENCE),
        };
        if accepted {
            self.source = Some(Source { address: from, heard: now, proven });
        }
        accepted
    }

    /// Reports come from the host of the media, whatever the port; they never move the latch.
    pub fn accept_report(&self, from: SocketAddr) -> bool {
        self.target().is_some_and(|target| target.ip() == canonical(from).ip())
    }

    /// The source found, or the named address before one was.
    pub fn is_source(&self, from: SocketAddr) -> bool {
        self.target() == Some(canonical(from))
    }

    /// Where to send: to the source found, before that to the named address.
    pub fn target(&self) -> Option<SocketAddr> {
        self.source.map(|s| s.address).or(self.named)
    }

    fn behind_nat(&self) -> bool {
        self.named.map(|named| named.ip()) != self.signaller
    }
}

/// An IPv4 address as itself, also when a dual-stack socket reports it mapped.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::from_micros(1_000_000_000 + ms * 1_000)
    }

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    /// Walks `(ms, from, heard)` and tells where packets would go at the end.
    fn walk(named: &str, signaller: Option<&str>, steps: &[(u64, &str, bool)]) -> Option<SocketAddr> {
        let mut latch = Latch::new(at(0), named.parse().ok(), signaller.map(|s| s.parse().unwrap()));
        for (ms, from, heard) in steps {
            assert_eq!(latch.accept(at(*ms), address(from)), *heard, "{from} at {ms} ms, named {named}");
        }
        latch.target()
    }

    #[test]
    fn only_the_named_address_without_a_signaller() {
        let steps = [(0, "6.6.6.6:1000", false), (10, "1.1.1.1:4002", false), (5_000, "1.1.1.1:4002", false)];
        assert_eq!(walk("1.1.1.1:4000", None, &steps), Some(address("1.1.1.1:4000")));
        assert_eq!(walk("1.1.1.1:4000", None, &[(0, "1.1.1.1:4000", true)]), Some(address("1.1.1.1:4000")));
    }

    #[test]
    fn behind_a_nat_the_signalling_host_latches_once_and_strangers_never() {
        let steps = [
            (0, "6.6.6.6:1000", false), // speaks first, is nobody
            (20, "2.2.2.2:31000", true),
            (40, "2.2.2.2:31002", false), // same host, while the source speaks
            (60, "2.2.2.2:31000", true),
            (5_000, "6.6.6.6:1000", false), // silence opens nothing to strangers
            (5_010, "2.2.2.2:31002", true), // the NAT moved the port
            (5_020, "2.2.2.2:31000", false),
        ];
        assert_eq!(walk("10.0.0.5:4000", Some("2.2.2.2"), &steps), Some(address("2.2.2.2:31002")));
    }

    #[test]
    fn the_named_address_takes_over_from_one_that_only_shared_the_host() {
        let steps = [
            (500, "1.1.1.1:666", false), // no NAT in sight: the named port has its time first
            (1_100, "1.1.1.1:666", true),
            (1_120, "1.1.1.1:4000", true),
            (1_140, "1.1.1.1:666", false),
            (1_160, "1.1.1.1:4000", true),
        ];
        assert_eq!(walk("1.1.1.1:4000", Some("1.1.1.1"), &steps), Some(address("1.1.1.1:4000")));
    }

    #[test]
    fn a_stranger_is_sent_nothing_before_during_and_after() {
        let mut latch = Latch::new(at(0), Some(address("1.1.1.1:4000")), Some("1.1.1.1".parse().unwrap()));
        let stranger = address("6.6.6.6:6");
        for ms in (0..10_000).step_by(20) {
            assert!(!latch.accept(at(ms), stranger));
            assert!(!latch.accept_report(stranger));
            if ms > 200 && ms < 4_000 {
                assert!(latch.accept(at(ms), address("1.1.1.1:4000")));
            }
            assert_eq!(latch.target(), Some(address("1.1.1.1:4000")));
        }
        assert!(latch.accept_report(address("1.1.1.1:4001")));
    }

    #[test]
    fn a_new_description_opens_the_latch_and_a_hold_does_not() {
        let mut latch = Latch::new(at(0), Some(address("1.1.1.1:4000")), None);
        assert!(latch.accept(at(1), address("1.1.1.1:4000")));
        latch.update(at(2), None, None);
        assert!(latch.accept(at(3), address("1.1.1.1:4000")));
        latch.update(at(4), Some(address("3.3.3.3:5000")), None);
        assert_eq!(latch.target(), Some(address("3.3.3.3:5000")));
        assert!(!latch.accept(at(5), address("1.1.1.1:4000")));
        assert!(latch.accept(at(6), address("[::ffff:3.3.3.3]:5000")));
    }
}
