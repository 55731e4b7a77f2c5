//! The plain legs of one media worker that come to their keys by a handshake (DTLS-SRTP of phones, RFC 5763): each on
//! the port that was leased for it.
//!
//! It belongs to the worker's thread as [`crate::net::rtc_driver`] does, which does the same for browsers; here a port tells
//! whose a datagram is. RTCP comes on the same port (RFC 5761), where the peer can do so; else there is none.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;

use crate::base::{Deadlines, Instant, LegId};
use crate::media::Handshake;
use crate::media::outbox::Peer;
use crate::media::rtc::{Certificate, Clear, LiteTransport, Path, Received, RtcCounters, RtcTransport};

/// What comes of a datagram or of time.
#[derive(Default)]
pub struct Outgoing {
    pub received: Vec<(LegId, Received)>,
    /// From which port, where to.
    pub transmits: Vec<(u16, SocketAddr, BytesMut)>,
}

pub struct DtlsPorts {
    certificate: Arc<Certificate>,
    ports: BTreeMap<u16, Shaking>,
    by_leg: BTreeMap<LegId, u16>,
    deadlines: Deadlines<u16>,
}

struct Shaking {
    leg: LegId,
    transport: LiteTransport,
}

impl DtlsPorts {
    pub fn new(certificate: Arc<Certificate>) -> Self {
        Self { certificate, ports: BTreeMap::new(), by_leg: BTreeMap::new(), deadlines: Deadlines::new() }
    }

    /// The leg on this port, with what its peer's description says now.
    pub fn set(&mut self, now: Instant, leg: LegId, port: u16, (with, peer): (Handshake, Peer), out: &mut Outgoing) {
        match self.ports.get_mut(&port) {
            Some(shaking) => shaking.transport.update_phone(now, with, peer),
            None => {
                let transport = LiteTransport::of_phone(now, self.certificate.clone(), local(port), with, peer);
                self.ports.insert(port, Shaking { leg, transport });
                self.by_leg.insert(leg, port);
            }
        }
        self.settle(now, port, out);
    }

    /// Says goodbye; `None`: it is no leg of these.
    pub fn close(&mut self, now: Instant, leg: LegId, out: &mut Outgoing) -> Option<RtcCounters> {
        let port = self.by_leg.remove(&leg)?;
        self.ports.get_mut(&port)?.transport.close(now);
        self.settle(now, port, out);
        self.deadlines.clear(&port);
        self.ports.remove(&port).map(|shaking| shaking.transport.counters())
    }

    /// Whether datagrams on this port are for these.
    pub fn owns(&self, port: u16) -> bool {
        self.ports.contains_key(&port)
    }

    pub fn receive(&mut self, now: Instant, port: u16, from: SocketAddr, datagram: &[u8], out: &mut Outgoing) {
        let Some(shaking) = self.ports.get_mut(&port) else { return };
        shaking.transport.handle_packet(now, Path { local: local(port), peer: from }, datagram);
        self.settle(now, port, out);
    }

    /// Protects and sends a packet; `false`: it is no leg of these.
    pub fn write(&mut self, now: Instant, leg: LegId, packet: Clear<'_>, out: &mut Outgoing) -> bool {
        let port = self.by_leg.get(&leg).copied();
        let Some((port, shaking)) = port.and_then(|port| Some((port, self.ports.get_mut(&port)?))) else {
            return false;
        };
        shaking.transport.write_rtp(now, packet);
        flush(port, &mut shaking.transport, out);
        true
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    pub fn handle_timeouts(&mut self, now: Instant, out: &mut Outgoing) {
        while let Some(port) = self.deadlines.pop_due(now) {
            if let Some(shaking) = self.ports.get_mut(&port) {
                shaking.transport.handle_timeout(now);
            }
            self.settle(now, port, out);
        }
    }

    fn settle(&mut self, now: Instant, port: u16, out: &mut Outgoing) {
        let Some(Shaking { leg, transport }) = self.ports.get_mut(&port) else { return };
        out.received.extend(std::iter::from_fn(|| transport.poll_rtp()).map(|received| (*leg, received)));
        flush(port, transport, out);
        match transport.poll_timeout() {
            // A deadline that is due already is met at the worker's next turn, not within this one.
            Some(at) => self.deadlines.set(port, at.max(now + Duration::from_micros(1))),
            None => {
                self.deadlines.clear(&port);
            }
        }
    }
}

/// The address does not matter: the socket of the port sends.
fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([0, 0, 0, 0], port))
}

fn flush(port: u16, transport: &mut LiteTransport, out: &mut Outgoing) {
    let datagrams = std::iter::from_fn(|| transport.poll_transmit());
    out.transmits.extend(datagrams.map(|(path, datagram)| (port, path.peer, datagram)));
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_micros(1_000_000);
    const HERE: (u16, &str) = (20_000, "127.0.0.1:20000");
    const THERE: (u16, &str) = (30_000, "127.0.0.1:30000");

    struct End {
        ports: DtlsPorts,
        out: Outgoing,
        leg: LegId,
        port: u16,
        address: SocketAddr,
        received: Vec<Received>,
    }

    fn end(leg: u64, (port, address): (u16, &str)) -> (End, Arc<Certificate>) {
        let certificate = Certificate::generate(std::time::Instant::now()).unwrap();
        let ports = DtlsPorts::new(certificate.clone());
        let address = address.parse().unwrap();
        (End { ports, out: Outgoing::default(), leg: LegId(leg), port, address, received: Vec::new() }, certificate)
    }

    impl End {
        fn shake(&mut self, fingerprint: &str, client: bool, remote: SocketAddr) {
            let with = Handshake { fingerprint: crate::sdp::Fingerprint::parse(fingerprint).unwrap(), client };
            let peer = Peer { remote: Some(remote), latch_from: None };
            self.ports.set(NOW, self.leg, self.port, (with, peer), &mut self.out);
        }

        /// Hands over what was sent; how many datagrams that were.
        fn send(&mut self, other: &mut Self) -> usize {
            let sent = std::mem::take(&mut self.out.transmits);
            for (_, to, datagram) in &sent {
                assert_eq!(*to, other.address);
                other.ports.receive(NOW, other.port, self.address, datagram, &mut other.out);
            }
            other.received.extend(other.out.received.drain(..).map(|(_, received)| received));
            sent.len()
        }
    }

    fn rtp() -> Vec<u8> {
        let mut packet = vec![0x80, 0, 0, 1, 0, 0, 0, 160, 0, 0, 0, 7];
        packet.extend([0x55; 160]);
        packet
    }

    #[test]
    fn two_phones_shake_hands_and_hear_each_other_and_strangers_are_not_heard() {
        let ((mut here, ours), (mut there, theirs)) = (end(1, HERE), end(2, THERE));
        here.shake(&theirs.fingerprint(), false, there.address);
        let early = here.ports.write(NOW, here.leg, Clear::Rtp(&rtp()), &mut here.out);
        assert!(early && here.out.transmits.is_empty(), "nothing goes out in clear");
        there.shake(&ours.fingerprint(), true, here.address);
        // A stranger's greeting is not answered.
        let hello = there.out.transmits[0].2.clone();
        here.ports.receive(NOW, here.port, "192.0.2.66:1".parse().unwrap(), &hello, &mut here.out);
        assert!(here.out.transmits.is_empty());
        while there.send(&mut here) + here.send(&mut there) > 0 {}
        assert_eq!((here.received.pop(), there.received.pop()), (Some(Received::Secured), Some(Received::Secured)));
        assert!(here.ports.write(NOW, here.leg, Clear::Rtp(&rtp()), &mut here.out));
        assert_ne!(here.out.transmits[0].2[12..172], rtp()[12..], "encrypted");
        here.send(&mut there);
        assert!(matches!(there.received.pop(), Some(Received::Rtp(clear)) if clear[..] == rtp()[..]));
        assert!(here.ports.owns(here.port) && here.ports.close(NOW, here.leg, &mut here.out).is_some());
        assert!(!here.ports.owns(here.port) && here.ports.next_deadline().is_none());
        assert!(!here.ports.write(NOW, here.leg, Clear::Rtp(&rtp()), &mut here.out));
    }

    #[test]
    fn another_certificate_than_the_named_one_is_refused() {
        let ((mut here, ours), (mut there, _)) = (end(1, HERE), end(2, THERE));
        here.shake(&ours.fingerprint(), false, there.address);
        there.shake(&ours.fingerprint(), true, here.address);
        while there.send(&mut here) + here.send(&mut there) > 0 {}
        assert!(matches!(here.received[..], [Received::Failed(_)]), "{:?}", here.received);
        assert!(!here.received.contains(&Received::Secured));
    }
}
