//! The WebRTC legs of one media worker on its one UDP port, at every address that browsers are offered.
//!
//! Which leg a datagram belongs to: a STUN request says it by its user name, everything else by the
//! way it comes (its source, and the address of ours it was sent to), once that way has passed a check of
//! the leg. An answer leaves from the address that was asked. Datagrams that belong to nobody, or that come
//! from where nobody is listened to, are counted and not answered.
//!
//! The driver belongs to the worker's thread: it blocks nowhere and shares nothing. A socket that cannot
//! take a datagram loses it, as the network would.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use mio::net::UdpSocket;
use socket2::{Domain, Protocol, Socket, Type};

use crate::base::{Deadlines, FastMap, Instant, LegId};
use crate::media::Rtc;
use crate::media::rtc::{
    Certificate, Clear, DATAGRAM_MAX, Kind, LiteTransport, PAIRS_MAX, Path, Received, RtcCounters, RtcTransport,
    requested_ufrag,
};
use crate::net::rtp_port;

/// Datagrams read before the worker's other sockets have their turn.
const BATCH: usize = 64;
const SOCKET_BUFFER: usize = 4 << 20;
/// Addresses that browsers are offered; further ones of the machine are left out.
pub const HOST_ADDRESSES_MAX: usize = 10;

pub struct RtcDriver {
    addresses: Vec<HostAddress>,
    only_from: Option<Vec<IpAddr>>,
    certificate: Arc<Certificate>,
    legs: BTreeMap<LegId, Leg>,
    by_ufrag: FastMap<String, LegId>,
    by_path: FastMap<Path, LegId>,
    deadlines: Deadlines<LegId>,
    buffer: Vec<u8>,
    strays: u64,
}

struct HostAddress {
    socket: UdpSocket,
    local: SocketAddr,
}

struct Leg {
    transport: LiteTransport,
    ufrag: String,
    /// The keys of this leg in `by_path`, oldest first.
    paths: VecDeque<Path>,
    unsent: u64,
}

impl RtcDriver {
    /// Binds the port that all WebRTC legs of the worker share at these addresses. One that cannot be bound is
    /// left out with a warning as long as there is another. `only_from`: who is listened to; `None`: everybody.
    pub fn bind(
        addresses: &[SocketAddr],
        only_from: Option<Vec<IpAddr>>,
        certificate: Arc<Certificate>,
    ) -> io::Result<Self> {
        Ok(Self {
            addresses: bind_all(addresses)?,
            only_from,
            certificate,
            legs: BTreeMap::new(),
            by_ufrag: FastMap::default(),
            by_path: FastMap::default(),
            deadlines: Deadlines::new(),
            buffer: vec![0; DATAGRAM_MAX + 1],
            strays: 0,
        })
    }

    /// Where the sockets are bound: the candidates of our SDP.
    pub fn local_addresses(&self) -> Vec<SocketAddr> {
        self.addresses.iter().map(|place| place.local).collect()
    }

    /// For registration with the worker's poll, at most [`HOST_ADDRESSES_MAX`]. Edge-triggered: read with
    /// [`Self::receive`], by the place in this order, until it says that nothing is left.
    pub fn sockets(&mut self) -> impl Iterator<Item = &mut UdpSocket> {
        self.addresses.iter_mut().map(|place| &mut place.socket)
    }

    /// Begins to listen for the leg's checks. A leg of the same name is replaced.
    pub fn open(&mut self, now: Instant, id: LegId, rtc: &Rtc, out: &mut Vec<(LegId, Received)>) {
        self.close(now, id);
        let transport = LiteTransport::new(now, self.certificate.clone(), rtc);
        let ufrag = rtc.local.ufrag.clone();
        self.by_ufrag.insert(ufrag.clone(), id);
        self.legs.insert(id, Leg { transport, ufrag, paths: VecDeque::new(), unsent: 0 });
        self.settle(now, id);
        self.drain(id, out);
    }

    /// After the peer's answer or a new offer. Unknown legs are ignored.
    pub fn update(&mut self, now: Instant, id: LegId, rtc: &Rtc, out: &mut Vec<(LegId, Received)>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.transport.update(now, rtc);
        if leg.ufrag != rtc.local.ufrag {
            Self::forget(&mut self.by_ufrag, &leg.ufrag, id);
            leg.ufrag.clone_from(&rtc.local.ufrag);
            self.by_ufrag.insert(leg.ufrag.clone(), id);
        }
        self.settle(now, id);
        self.drain(id, out);
    }

    /// Says goodbye to the peer and forgets the leg; its counters, if there was one.
    pub fn close(&mut self, now: Instant, id: LegId) -> Option<RtcCounters> {
        self.legs.get_mut(&id)?.transport.close(now);
        self.settle(now, id);
        self.deadlines.clear(&id);
        let leg = self.legs.remove(&id)?;
        Self::forget(&mut self.by_ufrag, &leg.ufrag, id);
        for path in &leg.paths {
            Self::forget(&mut self.by_path, path, id);
        }
        let counters = leg.transport.counters();
        Some(RtcCounters { unsent: counters.unsent + leg.unsent, ..counters })
    }

    /// Removes an entry unless it has become another leg's.
    fn forget<K: std::hash::Hash + Eq>(map: &mut FastMap<K, LegId>, key: &K, id: LegId) {
        if map.get(key) == Some(&id) {
            map.remove(key);
        }
    }

    /// Reads up to a batch of datagrams of a socket; true if there may be more.
    pub fn receive(&mut self, now: Instant, place: usize, out: &mut Vec<(LegId, Received)>) -> bool {
        for _ in 0..BATCH {
            let mut buffer = std::mem::take(&mut self.buffer);
            let Some(HostAddress { socket, local }) = self.addresses.get(place) else { return false };
            let (read, local) = (socket.recv_from(&mut buffer), *local);
            if let Ok((length, peer)) = read
                && let Some(datagram) = buffer.get(..length)
            {
                self.handle_datagram(now, Path { local, peer }, datagram, out);
            }
            self.buffer = buffer;
            match read {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
                // ICMP "unreachable" of an earlier datagram shows up here: nothing is wrong with the socket.
                Ok(_) | Err(_) => {}
            }
        }
        true
    }

    fn handle_datagram(&mut self, now: Instant, path: Path, datagram: &[u8], out: &mut Vec<(LegId, Received)>) {
        if self.only_from.as_ref().is_some_and(|known| !known.contains(&path.peer.ip())) {
            self.strays += 1;
            return;
        }
        let kind = Kind::of(datagram);
        let id = match kind {
            Some(Kind::Stun) => {
                requested_ufrag(datagram).and_then(|ufrag| self.by_ufrag.get(ufrag)).or_else(|| self.by_path.get(&path))
            }
            _ => self.by_path.get(&path),
        };
        let Some((id, leg)) = id.and_then(|id| self.legs.get_mut(id).map(|leg| (*id, leg))) else {
            self.strays += 1;
            return;
        };
        leg.transport.handle_packet(now, path, datagram);
        if kind == Some(Kind::Stun) && leg.transport.is_checked(now, path) {
            self.learn(id, path);
        }
        match kind {
            Some(Kind::Rtp | Kind::Rtcp) => self.drain(id, out),
            _ => {
                self.settle(now, id);
                self.drain(id, out);
            }
        }
    }

    /// Datagrams on this way are the leg's from now on.
    fn learn(&mut self, id: LegId, path: Path) {
        if self.by_path.insert(path, id) == Some(id) {
            return;
        }
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.paths.retain(|known| *known != path);
        leg.paths.push_back(path);
        if leg.paths.len() > PAIRS_MAX
            && let Some(oldest) = leg.paths.pop_front()
        {
            Self::forget(&mut self.by_path, &oldest, id);
        }
    }

    /// Protects and sends a packet of the leg.
    pub fn write(&mut self, now: Instant, id: LegId, packet: Clear<'_>) {
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.transport.write_rtp(now, packet);
            leg.flush(&self.addresses);
        }
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    pub fn handle_timeouts(&mut self, now: Instant, out: &mut Vec<(LegId, Received)>) {
        while let Some(id) = self.deadlines.pop_due(now) {
            if let Some(leg) = self.legs.get_mut(&id) {
                leg.transport.handle_timeout(now);
            }
            self.settle(now, id);
            self.drain(id, out);
        }
    }

    /// Datagrams that belonged to no leg.
    pub fn strays(&self) -> u64 {
        self.strays
    }

    fn drain(&mut self, id: LegId, out: &mut Vec<(LegId, Received)>) {
        if let Some(leg) = self.legs.get_mut(&id) {
            out.extend(std::iter::from_fn(|| leg.transport.poll_rtp()).map(|received| (id, received)));
        }
    }

    /// After anything but media: sends what is queued and takes up the new deadline.
    fn settle(&mut self, now: Instant, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.flush(&self.addresses);
        match leg.transport.poll_timeout() {
            // A deadline that is due already is met at the worker's next turn, not within this one.
            Some(at) => self.deadlines.set(id, at.max(now + Duration::from_micros(1))),
            None => {
                self.deadlines.clear(&id);
            }
        }
    }
}

/// With port 0 all get the port of the first, where it is free.
fn bind_all(wanted: &[SocketAddr]) -> io::Result<Vec<HostAddress>> {
    let (mut addresses, mut failed) = (Vec::<HostAddress>::new(), None);
    for place in wanted.iter().take(HOST_ADDRESSES_MAX) {
        let like_the_first = addresses.first().filter(|_| place.port() == 0).map(|first| first.local.port());
        let bound = match like_the_first.map(|port| bind_udp(SocketAddr::new(place.ip(), port))) {
            Some(Ok(socket)) => Ok(socket),
            Some(Err(_)) | None => bind_udp(*place),
        };
        match bound.and_then(|socket| Ok(HostAddress { local: socket.local_addr()?, socket })) {
            Ok(place) => addresses.push(place),
            Err(error) => {
                tracing::warn!(address = %place, %error, "browsers are not offered this address");
                failed = Some(error);
            }
        }
    }
    match failed {
        Some(error) if addresses.is_empty() => Err(error),
        _ => Ok(addresses),
    }
}

/// All legs share the socket's buffer, so it is larger than usual; less than asked for is no error.
fn bind_udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    let _ = socket.set_recv_buffer_size(SOCKET_BUFFER);
    let _ = socket.set_send_buffer_size(SOCKET_BUFFER);
    rtp_port::mark(&socket, address);
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(UdpSocket::from_std(socket.into()))
}

impl Leg {
    fn flush(&mut self, addresses: &[HostAddress]) {
        while let Some((path, datagram)) = self.transport.poll_transmit() {
            let place = addresses.iter().find(|place| place.local == path.local);
            if place.is_none_or(|place| place.socket.send_to(&datagram, path.peer).is_err()) {
                self.unsent += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket as StdSocket;

    use rtc_dtls::crypto_provider::default_provider;

    use super::*;
    use crate::media::IceCredentials;
    use crate::media::rtc::checks::{NOMINATE, is_success, request};

    const NOW: Instant = Instant::from_micros(1_000_000);

    struct World {
        driver: RtcDriver,
        out: Vec<(LegId, Received)>,
    }

    impl World {
        fn new() -> Self {
            let certificate = Certificate::generate(std::time::Instant::now()).unwrap();
            let addresses = ["127.0.0.1:0", "127.0.0.2:0"].map(|place| place.parse().unwrap());
            let driver = RtcDriver::bind(&addresses, None, certificate).unwrap();
            Self { driver, out: Vec::new() }
        }

        fn local(&self) -> SocketAddr {
            self.driver.addresses[0].local
        }

        fn open(&mut self, leg: u64, ufrag: &str) {
            self.driver.open(NOW, LegId(leg), &rtc(ufrag), &mut self.out);
        }

        /// Loopback delivers before `send_to` returns, so one read finds everything.
        fn hand(&mut self, from: &StdSocket, datagram: &[u8]) {
            self.hand_at(0, from, datagram);
        }

        fn hand_at(&mut self, place: usize, from: &StdSocket, datagram: &[u8]) {
            from.send_to(datagram, self.driver.addresses[place].local).unwrap();
            assert!(!self.driver.receive(NOW, place, &mut self.out));
        }

        fn is_answered(&mut self, from: &StdSocket, ufrag: &str) -> bool {
            self.answered_from(0, from, ufrag) == Some(self.local())
        }

        fn answered_from(&mut self, place: usize, from: &StdSocket, ufrag: &str) -> Option<SocketAddr> {
            let provider = default_provider().unwrap();
            let user = format!("{ufrag}:browser");
            self.hand_at(place, from, &request(&[5; 12], &user, &password(ufrag), &[NOMINATE], provider.crypto()));
            let mut buffer = [0; 200];
            let (length, source) = from.recv_from(&mut buffer).ok()?;
            is_success(&buffer[..length], &[5; 12]).then_some(source)
        }

        fn owner(&self, browser: &StdSocket) -> Option<LegId> {
            {
                let path = Path { local: self.local(), peer: browser.local_addr().unwrap() };
                self.driver.by_path.get(&path).copied()
            }
        }
    }

    fn password(ufrag: &str) -> String {
        format!("{ufrag}-password-password")
    }

    fn rtc(ufrag: &str) -> Rtc {
        let local = IceCredentials { ufrag: ufrag.to_owned(), pwd: password(ufrag) };
        Rtc { local, remote: None, remote_fingerprint: None, dtls_client: false }
    }

    fn browser() -> StdSocket {
        let socket = StdSocket::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        socket
    }

    #[test]
    fn checks_find_their_leg_and_strangers_find_silence() {
        let mut world = World::new();
        world.open(1, "one");
        world.open(2, "two");
        let (a, b, stranger) = (browser(), browser(), browser());
        assert!(world.is_answered(&a, "one") && world.is_answered(&b, "two"));
        assert_eq!((world.owner(&a), world.owner(&b)), (Some(LegId(1)), Some(LegId(2))));
        assert!(!world.is_answered(&stranger, "three"));
        for junk in [&b""[..], b"\x16\xfe\xfd", &[0x80; 60], &[0; 20], &[0xff; 2_000]] {
            world.hand(&stranger, junk);
        }
        assert!(stranger.recv(&mut [0; 200]).is_err());
        assert_eq!(world.driver.strays(), 6);
    }

    #[test]
    fn every_place_answers_from_itself() {
        let mut world = World::new();
        world.open(1, "one");
        let page = browser();
        for place in [1, 0, 1] {
            let local = world.driver.addresses[place].local;
            assert_eq!(world.answered_from(place, &page, "one"), Some(local));
        }
        let [first, second] = &world.driver.local_addresses()[..] else { panic!("two addresses") };
        assert_eq!(first.port(), second.port(), "one port, where it is free");
        world.driver.close(NOW, LegId(1));
        assert!(world.driver.by_path.is_empty());
    }

    #[test]
    fn an_address_that_is_not_there_is_left_out_unless_it_is_the_only_one() {
        let certificate = || Certificate::generate(std::time::Instant::now()).unwrap();
        let bind = |addresses: &[&str]| {
            let addresses: Vec<_> = addresses.iter().map(|place| place.parse().unwrap()).collect();
            RtcDriver::bind(&addresses, None, certificate()).map(|driver| driver.local_addresses().len())
        };
        assert!(matches!(bind(&["203.0.113.77:0", "127.0.0.1:0"]), Ok(1)));
        assert!(bind(&["203.0.113.77:0"]).is_err());
        assert!(matches!(bind(&vec!["127.0.0.1:0"; 2 * HOST_ADDRESSES_MAX]), Ok(HOST_ADDRESSES_MAX)));
    }

    #[test]
    fn who_is_not_listened_to_finds_silence() {
        let mut world = World::new();
        world.driver.only_from = Some(vec!["127.0.0.1".parse().unwrap()]);
        world.open(1, "one");
        let stranger = StdSocket::bind("127.0.0.3:0").unwrap();
        stranger.set_nonblocking(true).unwrap();
        assert_eq!(world.answered_from(0, &stranger, "one"), None);
        assert_eq!(world.driver.strays(), 1);
        assert!(world.is_answered(&browser(), "one"));
    }

    #[test]
    fn an_address_follows_the_last_leg_it_checked() {
        let mut world = World::new();
        world.open(1, "one");
        let page = browser();
        assert!(world.is_answered(&page, "one"));
        world.open(2, "two");
        assert!(world.is_answered(&page, "two"));
        assert_eq!(world.owner(&page), Some(LegId(2)));
        world.driver.close(NOW, LegId(1));
        assert_eq!(world.owner(&page), Some(LegId(2)), "the old leg took the new one's address along");
        world.driver.close(NOW, LegId(2));
        assert!(world.driver.by_path.is_empty() && world.driver.by_ufrag.is_empty());
        assert!(!world.is_answered(&page, "two"));
    }

    #[test]
    fn new_credentials_replace_the_old_ones() {
        let mut world = World::new();
        world.open(1, "one");
        world.driver.update(NOW, LegId(1), &rtc("eins"), &mut world.out);
        let page = browser();
        assert!(!world.is_answered(&page, "one") && world.is_answered(&page, "eins"));
    }

    #[test]
    fn a_leg_keeps_a_bounded_number_of_addresses() {
        let mut world = World::new();
        world.open(1, "one");
        let browsers: Vec<_> = (0..20).map(|_| browser()).collect();
        assert!(browsers.iter().all(|browser| world.is_answered(browser, "one")));
        assert_eq!(world.driver.by_path.len(), PAIRS_MAX);
        assert_eq!(world.owner(&browsers[19]), Some(LegId(1)));
    }

    #[test]
    fn what_fails_at_once_is_told_at_once() {
        let mut world = World::new();
        let bad = Rtc { remote_fingerprint: Some("md5 00".to_owned()), ..rtc("one") };
        world.driver.open(NOW, LegId(1), &bad, &mut world.out);
        assert!(matches!(world.out[..], [(LegId(1), Received::Failed(_))]));
    }
}
