//! The pairs of RTP ports of one media worker: bound ahead, lent, used, and rested before they are
//! used again, so that late packets of an old call never meet a new one.
//!
//! | state of a pair | input | next |
//! | --- | --- | --- |
//! | free | [`RtpPorts::lend`] needs one | lent: both sockets bound; in use by another program: resting |
//! | lent | [`RtpPorts::open`] | open, and another one is lent for it |
//! | open | [`RtpPorts::free`] | resting, sockets closed |
//! | resting | [`REST`] has passed | free, behind all others |
//! | resting | [`SHORT_REST`] has passed and no other is free | free |
//!
//! Free pairs are taken in random order: where the next call will listen is not to be guessed.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, Socket, Type};

use crate::base::{Instant, Rng};
use crate::media::{PortLease, WorkerId};

/// How long a pair is left alone after a call.
pub const REST: Duration = Duration::from_secs(10);
/// What it gets when all others are in use: enough for packets on their way.
pub const SHORT_REST: Duration = Duration::from_secs(1);
/// Pairs lent ahead of their use.
pub const AHEAD: usize = 256;
/// Expedited forwarding (RFC 3246) in the upper six bits of the traffic class.
const EXPEDITED: u32 = 46 << 2;

/// Which ports a worker has and how they are told to peers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PortRange {
    pub bind: IpAddr,
    /// Printed into descriptions; differs from `bind` behind a one-to-one NAT or when that is `0.0.0.0`.
    pub advertise: IpAddr,
    /// First and last port, both included; an odd first one is left out.
    pub first: u16,
    pub last: u16,
}

pub struct RtpPorts {
    worker: WorkerId,
    range: PortRange,
    first_token: usize,
    /// By place in the range.
    pairs: Vec<Option<Pair>>,
    free: VecDeque<usize>,
    /// Since when; the earliest first.
    resting: VecDeque<(Instant, usize)>,
    /// Lent and not open.
    lent: usize,
}

/// Both sockets of a pair.
pub struct Pair {
    pub rtp: UdpSocket,
    pub rtcp: UdpSocket,
    open: bool,
}

impl PortRange {
    fn first_even(&self) -> u16 {
        self.first.saturating_add(self.first % 2)
    }

    fn pairs(&self) -> usize {
        (usize::from(self.last) + 1).saturating_sub(usize::from(self.first_even())) / 2
    }

    /// The part of the range that belongs to worker `index` of `count`.
    pub fn share(&self, index: u8, count: u8) -> Self {
        let size = (self.pairs() / usize::from(count.max(1))) as u16;
        let first = self.first_even().saturating_add(size.saturating_mul(u16::from(index)).saturating_mul(2));
        let last = first.saturating_add(size.saturating_mul(2)).saturating_sub(1);
        Self { first, last: last.min(self.last), ..*self }
    }
}

impl RtpPorts {
    /// Sockets are registered under `first_token` and the tokens that follow.
    pub fn new(worker: WorkerId, range: PortRange, first_token: usize, rng: &mut Rng) -> Self {
        let count = range.pairs();
        let mut free: VecDeque<usize> = (0..count).collect();
        for last in (1..count).rev() {
            free.swap(last, rng.below(last as u64 + 1) as usize);
        }
        let pairs = std::iter::repeat_with(|| None).take(count).collect();
        Self { worker, range, first_token, pairs, free, resting: VecDeque::new(), lent: 0 }
    }

    /// Lends until [`AHEAD`] pairs are lent and not open, as far as there are any.
    pub fn lend(&mut self, now: Instant, registry: &Registry) -> Vec<PortLease> {
        while let Some(place) = self.rested(now, REST) {
            self.free.push_back(place);
        }
        let mut leases = Vec::new();
        while self.lent < AHEAD {
            let Some(place) = self.free.pop_front().or_else(|| self.rested(now, SHORT_REST)) else { break };
            match self.bind(place, registry) {
                Ok(lease) => {
                    self.lent += 1;
                    leases.push(lease);
                }
                Err(error) => {
                    tracing::debug!(port = self.port(place), %error, "rtp port not available");
                    self.resting.push_back((now, place));
                    // Out of file handles: the next port will not do better.
                    if error.kind() != io::ErrorKind::AddrInUse {
                        break;
                    }
                }
            }
        }
        leases
    }

    /// A leg takes the pair.
    pub fn open(&mut self, lease: PortLease) {
        let pair = self.place(lease.rtp.port()).and_then(|place| self.pairs.get_mut(place)?.as_mut());
        if let Some(pair) = pair.filter(|pair| !pair.open) {
            pair.open = true;
            self.lent = self.lent.saturating_sub(1);
        }
    }

    /// The leg is gone. The sockets close, which also takes them out of the poll.
    pub fn free(&mut self, now: Instant, lease: PortLease) {
        if let Some(place) = self.place(lease.rtp.port())
            && let Some(pair) = self.pairs.get_mut(place).and_then(Option::take)
        {
            if !pair.open {
                self.lent = self.lent.saturating_sub(1);
            }
            self.resting.push_back((now, place));
        }
    }

    /// The pair that has rested longest, if that is long enough.
    fn rested(&mut self, now: Instant, rest: Duration) -> Option<usize> {
        let (since, _) = self.resting.front()?;
        if *since + rest > now { None } else { self.resting.pop_front().map(|(_, place)| place) }
    }

    /// When [`RtpPorts::lend`] may have more than now.
    pub fn next_deadline(&self) -> Option<Instant> {
        let wanting = self.lent < AHEAD;
        self.resting.front().map(|(since, _)| *since + SHORT_REST).filter(|_| wanting && self.free.is_empty())
    }

    /// The sockets of a port.
    pub fn pair(&self, port: u16) -> Option<&Pair> {
        self.pairs.get(self.place(port)?)?.as_ref()
    }

    /// Whose token it is: the RTP port, and whether the event is about the RTCP socket beside it.
    pub fn by_token(&self, token: Token) -> Option<(u16, bool)> {
        let index = token.0.checked_sub(self.first_token)?;
        let place = index / 2;
        (place < self.pairs.len()).then(|| (self.port(place), index % 2 == 1))
    }

    fn bind(&mut self, place: usize, registry: &Registry) -> io::Result<PortLease> {
        let port = self.port(place);
        let mut rtp = bind(SocketAddr::new(self.range.bind, port))?;
        let mut rtcp = bind(SocketAddr::new(self.range.bind, port.saturating_add(1)))?;
        let token = self.first_token.saturating_add(place.saturating_mul(2));
        registry.register(&mut rtp, Token(token), Interest::READABLE)?;
        registry.register(&mut rtcp, Token(token.saturating_add(1)), Interest::READABLE)?;
        if let Some(free) = self.pairs.get_mut(place) {
            *free = Some(Pair { rtp, rtcp, open: false });
        }
        Ok(PortLease { worker: self.worker, rtp: SocketAddr::new(self.range.advertise, port) })
    }

    fn port(&self, place: usize) -> u16 {
        self.range.first_even().saturating_add((place as u16).saturating_mul(2))
    }

    fn place(&self, port: u16) -> Option<usize> {
        Some(usize::from(port.checked_sub(self.range.first_even())?) / 2)
    }
}

fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    mark(&socket, address);
    socket.bind(&address.into())?;
    Ok(UdpSocket::from_std(socket.into()))
}

/// Marks what a socket sends as voice. A network that forbids it still carries the packets.
pub(super) fn mark(socket: &Socket, address: SocketAddr) {
    let marked = match address {
        SocketAddr::V4(_) => socket.set_tos_v4(EXPEDITED),
        SocketAddr::V6(_) => socket.set_tclass_v6(EXPEDITED),
    };
    drop(marked);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::net::tests::own_host as host;

    fn ports(first: u16, last: u16) -> (RtpPorts, mio::Poll) {
        let range = PortRange { bind: host(), advertise: "192.0.2.1".parse().unwrap(), first, last };
        (RtpPorts::new(WorkerId(0), range, 10, &mut Rng::new(1)), mio::Poll::new().unwrap())
    }

    fn at(seconds: u64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn lends_bound_even_ports_once_and_again_after_a_rest() {
        let (mut ports, poll) = ports(23_001, 23_009);
        let lent = ports.lend(at(0), poll.registry());
        let numbers: BTreeSet<u16> = lent.iter().map(|l| l.rtp.port()).collect();
        assert_eq!(numbers, BTreeSet::from([23_002, 23_004, 23_006, 23_008]));
        assert!(lent.iter().all(|l| l.rtp.ip().to_string() == "192.0.2.1"));
        assert!(std::net::UdpSocket::bind((host(), 23_004)).is_err(), "bound");
        assert!(ports.lend(at(0), poll.registry()).is_empty(), "all are out");
        ports.open(lent[0]);
        ports.free(at(1), lent[0]);
        assert!(ports.pair(lent[0].rtp.port()).is_none());
        assert!(ports.lend(at(1), poll.registry()).is_empty(), "rests");
        assert_eq!(ports.next_deadline(), Some(at(2)));
        assert_eq!(ports.lend(at(2), poll.registry()), [lent[0]], "there is no other");
    }

    #[test]
    fn a_pair_rests_long_while_there_are_others() {
        let pairs = AHEAD as u16 + 2;
        let (mut ports, poll) = ports(31_000, 31_000 + 2 * pairs - 1);
        let lent = ports.lend(at(0), poll.registry());
        assert_eq!(lent.len(), AHEAD);
        for (turn, lease) in lent.iter().take(3).enumerate() {
            ports.open(*lease);
            ports.free(at(1), *lease);
            let next = ports.lend(at(5), poll.registry());
            assert_eq!(next.first() == lent.first(), turn == 2, "two were free, then the one that rested");
        }
    }

    #[test]
    fn skips_a_port_that_another_program_has() {
        let taken = std::net::UdpSocket::bind((host(), 23_105)).unwrap();
        let (mut ports, poll) = ports(23_100, 23_107);
        let numbers: BTreeSet<u16> = ports.lend(at(0), poll.registry()).iter().map(|l| l.rtp.port()).collect();
        assert_eq!(numbers, BTreeSet::from([23_100, 23_102, 23_106]), "23105 is the RTCP port of 23104");
        drop(taken);
        assert_eq!(ports.lend(at(10), poll.registry()).first().map(|l| l.rtp.port()), Some(23_104));
    }

    #[test]
    fn tokens_and_shares() {
        let (ports, _) = ports(30_000, 30_999);
        assert_eq!(ports.by_token(Token(10)), Some((30_000, false)));
        assert_eq!(ports.by_token(Token(13)), Some((30_002, true)));
        assert_eq!(ports.by_token(Token(10 + 1_000)), None);
        assert_eq!(ports.by_token(Token(9)), None);
        let (a, b) = (ports.range.share(0, 2), ports.range.share(1, 2));
        assert_eq!(((a.first, a.last), (b.first, b.last)), ((30_000, 30_499), (30_500, 30_999)));
    }
}
