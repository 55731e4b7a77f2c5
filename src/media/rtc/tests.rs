//! A lite leg against a full agent of our own over a bad network made from a seed.
//!
//! The full side is a [`LiteTransport`] too: it takes the checks that a script sends for it, so both of
//! its halves (DTLS client and server, SRTP both ways) are the code under test.

use std::collections::{BTreeMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant as StdInstant};

use super::stun::test_support::{NOMINATE, is_success, request};
use super::*;
use crate::base::Rng;
use crate::media::IceCredentials;

const US: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)), 4_000);
const THEM: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2)), 5_000);
const FOREIGN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(10, 6, 6, 6)), 6_000);
const CHECK_EVERY: Duration = Duration::from_millis(500);

fn credentials(name: &str) -> IceCredentials {
    IceCredentials { ufrag: name.to_owned(), pwd: format!("{name}-password-of-22-chars") }
}

#[allow(clippy::disallowed_methods, reason = "the library wants an anchor; no timer of it is used")]
fn certificate() -> Arc<Certificate> {
    Certificate::generate(StdInstant::now()).unwrap()
}

fn rtc(local: &str, remote_fingerprint: Option<String>, dtls_client: bool) -> Rtc {
    Rtc { local: credentials(local), remote: None, remote_fingerprint, dtls_client }
}

/// Both ends, the network between them, and what each of them received.
struct World {
    now: Instant,
    rng: Rng,
    loss: f64,
    flight: BTreeMap<(Instant, u64), (SocketAddr, SocketAddr, Vec<u8>)>,
    sent: u64,
    ends: [End; 2],
    next_check: Instant,
    checking: bool,
    /// Datagrams that went to an address which is neither end.
    elsewhere: Vec<(SocketAddr, Vec<u8>)>,
}

struct End {
    address: SocketAddr,
    name: &'static str,
    transport: LiteTransport,
    received: VecDeque<Received>,
    /// Every datagram it ever sent.
    wire: Vec<Vec<u8>>,
}

impl End {
    fn took(&mut self, wanted: &Received) -> bool {
        let at = self.received.iter().position(|received| received == wanted);
        at.is_some_and(|at| self.received.drain(..=at).count() > 0)
    }
}

struct Setup {
    seed: u64,
    loss: f64,
    we_are_client: bool,
    /// What the other side is told of ours and we of theirs; `None`: not before [`World::answer`].
    answered: bool,
    foreign_certificate: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self { seed: 1, loss: 0.0, we_are_client: false, answered: true, foreign_certificate: false }
    }
}

impl Setup {
    fn world(self) -> (World, Rtc) {
        let (ours, theirs) = (certificate(), certificate());
        let named = if self.foreign_certificate { certificate().fingerprint() } else { theirs.fingerprint() };
        let now = Instant::from_micros(1_000_000);
        let answered = rtc("us", Some(named), self.we_are_client);
        let first = if self.answered { answered.clone() } else { rtc("us", None, self.we_are_client) };
        let us = LiteTransport::new(now, ours.clone(), &first);
        let them = LiteTransport::new(now, theirs, &rtc("them", Some(ours.fingerprint()), !self.we_are_client));
        let end =
            |address, name, transport| End { address, name, transport, received: VecDeque::new(), wire: Vec::new() };
        let world = World {
            now,
            rng: Rng::new(self.seed),
            loss: self.loss,
            flight: BTreeMap::new(),
            sent: 0,
            ends: [end(US, "us", us), end(THEM, "them", them)],
            next_check: now,
            checking: true,
            elsewhere: Vec::new(),
        };
        (world, answered)
    }
}

impl World {
    fn us(&mut self) -> &mut End {
        &mut self.ends[0]
    }

    fn them(&mut self) -> &mut End {
        &mut self.ends[1]
    }

    /// A late and perhaps lost or doubled journey.
    fn send(&mut self, from: SocketAddr, to: SocketAddr, datagram: &[u8]) {
        for _ in 0..1 + usize::from(self.rng.chance(self.loss / 4.0)) {
            self.sent += 1;
            if !self.rng.chance(self.loss) {
                let delay = Duration::from_micros(2_000 + self.rng.below(20_000));
                self.flight.insert((self.now + delay, self.sent), (from, to, datagram.to_vec()));
            }
        }
    }

    fn check(&mut self, attributes: &[(u16, &[u8])]) {
        for (from, to, name) in [(THEM, US, "us"), (US, THEM, "them")] {
            let pwd = credentials(name).pwd;
            let crypto = certificate_crypto();
            let datagram = request(&[9; 12], &format!("{name}:other"), &pwd, attributes, crypto.crypto());
            self.send(from, to, &datagram);
        }
    }

    fn drain(&mut self) {
        for i in 0..self.ends.len() {
            let from = self.ends[i].address;
            while let Some((Path { peer: to, .. }, datagram)) = self.ends[i].transport.poll_transmit() {
                self.ends[i].wire.push(datagram.to_vec());
                if to == US || to == THEM {
                    self.send(from, to, &datagram);
                } else {
                    self.elsewhere.push((to, datagram.to_vec()));
                }
            }
            while let Some(received) = self.ends[i].transport.poll_rtp() {
                self.ends[i].received.push_back(received);
            }
        }
    }

    fn run_for(&mut self, span: Duration) {
        let end = self.now + span;
        self.drain();
        loop {
            let timers = self.ends.iter().filter_map(|end| end.transport.poll_timeout());
            let arrival = self.flight.keys().next().map(|(at, _)| *at);
            let next = timers.chain(arrival).chain(self.checking.then_some(self.next_check)).min();
            let Some(next) = next.filter(|next| *next <= end) else { break };
            self.now = self.now.max(next);
            self.step();
            self.drain();
        }
        self.now = end;
    }

    fn step(&mut self) {
        let now = self.now;
        if self.checking && now >= self.next_check {
            self.next_check = now + CHECK_EVERY;
            self.check(&[NOMINATE]);
        }
        while let Some(entry) = self.flight.first_entry().filter(|entry| entry.key().0 <= now) {
            let (from, to, datagram) = entry.remove();
            for end in self.ends.iter_mut().filter(|end| end.address == to) {
                end.transport.handle_packet(now, Path { local: to, peer: from }, &datagram);
            }
        }
        for end in &mut self.ends {
            if end.transport.poll_timeout().is_some_and(|at| at <= now) {
                end.transport.handle_timeout(now);
            }
        }
    }

    fn run_until_secured(&mut self, limit: Duration) -> Option<Duration> {
        let begin = self.now;
        let mut secured = [false; 2];
        while self.now.since(begin) < limit {
            self.run_for(Duration::from_millis(10));
            for (done, end) in secured.iter_mut().zip(&mut self.ends) {
                *done = *done || end.took(&Received::Secured);
            }
            if secured == [true; 2] {
                return Some(self.now.since(begin));
            }
        }
        None
    }

    /// Sends numbered packets both ways; how many arrived on each side.
    fn talk(&mut self, first: u16, count: u16) -> [usize; 2] {
        for sequence in first..first + count {
            for end in &mut self.ends {
                end.transport.write_rtp(self.now, Clear::Rtp(&rtp(sequence)));
            }
            self.run_for(Duration::from_millis(20));
        }
        self.run_for(Duration::from_millis(100));
        let heard = |end: &mut End| end.received.drain(..).filter(|it| matches!(it, Received::Rtp(_))).count();
        [heard(&mut self.ends[0]), heard(&mut self.ends[1])]
    }

    fn hand_to_us(&mut self, from: SocketAddr, datagram: &[u8]) {
        self.ends[0].transport.handle_packet(self.now, Path { local: US, peer: from }, datagram);
        self.drain();
    }
}

fn certificate_crypto() -> Arc<dyn rtc_dtls::crypto_provider::RTCCryptoProvider> {
    rtc_dtls::crypto_provider::default_provider().unwrap()
}

const SPEECH: [u8; 160] = [0x5a; 160];

fn rtp(sequence: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend(sequence.to_be_bytes());
    packet.extend((u32::from(sequence) * 160).to_be_bytes());
    packet.extend(7u32.to_be_bytes());
    packet.extend(SPEECH);
    packet
}

#[test]
fn media_flows_both_ways_in_either_dtls_role() {
    for we_are_client in [false, true] {
        let (mut world, _) = Setup { we_are_client, ..Setup::default() }.world();
        let took = world.run_until_secured(Duration::from_secs(2)).expect("secured");
        assert!(took < Duration::from_millis(400), "{took:?}");
        assert_eq!(world.talk(65_000, 100), [100, 100]);
    }
}

#[test]
fn a_bad_network_delays_the_handshake_and_does_not_stop_it() {
    for we_are_client in [false, true] {
        let mut took: Vec<_> = (0..60)
            .map(|seed| {
                let (mut world, _) = Setup { seed, loss: 0.25, we_are_client, ..Setup::default() }.world();
                world.run_until_secured(SETUP).unwrap_or_else(|| panic!("seed {seed}, client {we_are_client}"))
            })
            .collect();
        took.sort_unstable();
        assert!(took[30] < Duration::from_secs(1), "median {:?}", took[30]);
    }
}

#[test]
fn packets_before_the_answer_are_not_lost_and_secure_nothing() {
    let (mut world, answered) = Setup { answered: false, ..Setup::default() }.world();
    assert_eq!(world.run_until_secured(Duration::from_secs(2)), None);
    assert!(world.us().wire.iter().all(|datagram| Kind::of(datagram) == Some(Kind::Stun)));
    let now = world.now;
    world.us().transport.update(now, &answered);
    assert!(world.run_until_secured(Duration::from_secs(2)).is_some());
    assert_eq!(world.talk(1, 10), [10, 10]);
}

#[test]
fn ringing_for_minutes_before_the_answer_is_no_failure() {
    let (mut world, answered) = Setup { answered: false, ..Setup::default() }.world();
    world.checking = false;
    world.run_for(Duration::from_secs(180));
    assert!(world.us().received.is_empty());
    world.checking = true;
    let (theirs, ours) = (certificate(), answered);
    // The browser begins its handshake only after its user answered: a fresh one here.
    let fingerprint = theirs.fingerprint();
    let now = world.now;
    let them = rtc("them", Some(world.ends[0].transport_fingerprint()), true);
    world.ends[1].transport = LiteTransport::new(now, theirs, &them);
    world.ends[0].transport.update(now, &Rtc { remote_fingerprint: Some(fingerprint), ..ours });
    assert!(world.run_until_secured(Duration::from_secs(3)).is_some());
}

#[test]
fn a_foreign_certificate_is_refused() {
    for we_are_client in [false, true] {
        let (mut world, _) = Setup { we_are_client, foreign_certificate: true, ..Setup::default() }.world();
        world.run_for(Duration::from_secs(3));
        assert!(world.us().took(&Received::Failed(RtcError::ForeignCertificate)), "client: {we_are_client}");
        assert_eq!(world.talk(1, 20), [0, 0]);
    }
}

#[test]
fn a_fingerprint_that_is_none_fails_the_leg() {
    let (mut world, answered) = Setup { answered: false, ..Setup::default() }.world();
    let now = world.now;
    world.us().transport.update(now, &Rtc { remote_fingerprint: Some("sha-1 00:11".into()), ..answered });
    world.run_for(Duration::from_millis(10));
    assert!(matches!(world.us().received.front(), Some(Received::Failed(RtcError::BadFingerprint(_)))));
}

/// CVE-2023-49786: whoever sends a ClientHello first must not win.
#[test]
fn a_client_hello_from_an_unchecked_address_is_ignored() {
    let (mut world, _) = Setup::default().world();
    world.checking = false;
    let mut attacker =
        LiteTransport::new(world.now, certificate(), &rtc("them", Some(certificate().fingerprint()), true));
    let check = request(&[1; 12], "them:x", &credentials("them").pwd, &[NOMINATE], certificate_crypto().crypto());
    attacker.handle_packet(world.now, Path { local: THEM, peer: US }, &check);
    let hellos: Vec<_> = std::iter::from_fn(|| attacker.poll_transmit())
        .filter(|(_, datagram)| Kind::of(datagram) == Some(Kind::Dtls))
        .collect();
    assert!(!hellos.is_empty());
    for (_, hello) in &hellos {
        world.hand_to_us(FOREIGN, hello);
    }
    assert!(world.us().wire.is_empty() && world.elsewhere.is_empty());
    assert!(world.us().transport.counters().refused >= 1);
    world.checking = true;
    world.run_for(Duration::from_millis(30));
    for (_, hello) in &hellos {
        world.hand_to_us(FOREIGN, hello);
    }
    assert!(world.run_until_secured(Duration::from_secs(2)).is_some());
    assert!(world.elsewhere.is_empty());
}

#[test]
fn no_forged_check_is_answered() {
    let (mut world, _) = Setup::default().world();
    world.checking = false;
    let crypto = certificate_crypto();
    for (user, password) in [("us:x", "wrong"), ("them:x", &credentials("us").pwd[..]), ("", &credentials("us").pwd)] {
        let datagram = request(&[1; 12], user, password, &[NOMINATE], crypto.crypto());
        world.hand_to_us(FOREIGN, &datagram);
    }
    assert!(world.us().wire.is_empty() && world.elsewhere.is_empty());
    assert_eq!(world.us().transport.counters().refused, 3);
}

#[test]
fn garbage_from_anywhere_does_not_harm_a_call() {
    let (mut world, _) = Setup::default().world();
    assert!(world.run_until_secured(Duration::from_secs(2)).is_some());
    let recorded: Vec<_> = world.ends.iter().flat_map(|end| end.wire.clone()).collect();
    let mut rng = Rng::new(99);
    for i in 0..20_000u32 {
        let mut datagram = recorded[rng.below(recorded.len() as u64) as usize].clone();
        for _ in 0..=rng.below(6) {
            let at = rng.below(datagram.len() as u64) as usize;
            datagram[at] = rng.next_u64() as u8;
        }
        datagram.truncate(1 + rng.below(datagram.len() as u64 + 40) as usize);
        let from = if i % 2 == 0 { THEM } else { FOREIGN };
        world.hand_to_us(from, &datagram);
        // What may come of it: an answer to a recorded check that is still whole.
        world.us().received.retain(|received| matches!(received, Received::Failed(_) | Received::Lost));
        assert!(world.us().received.is_empty(), "packet {i}");
    }
    world.flight.clear();
    assert_eq!(world.talk(1, 50), [50, 50]);
    assert!(world.us().transport.received_len() <= 64);
}

#[test]
fn garbage_during_the_handshake_does_not_bring_it_down() {
    let mut secured = 0;
    for seed in 0..40 {
        let (mut world, _) = Setup { seed, ..Setup::default() }.world();
        let mut rng = Rng::new(seed);
        for _ in 0..60 {
            world.run_for(Duration::from_millis(2));
            let mut junk = vec![0; 1 + rng.below(200) as usize];
            rng.fill(&mut junk);
            junk[0] = [0, 1, 20, 21, 22, 23, 63, 128, 200][rng.below(9) as usize];
            world.hand_to_us(THEM, &junk);
        }
        secured += usize::from(world.run_until_secured(SETUP).is_some());
    }
    // A forged fatal alert from the peer's own address may break one attempt; never all of them.
    assert!(secured >= 38, "{secured}");
}

#[test]
fn nothing_ever_goes_out_in_clear() {
    let (mut world, _) = Setup { loss: 0.1, ..Setup::default() }.world();
    for sequence in 0..200 {
        let now = world.now;
        for end in &mut world.ends {
            end.transport.write_rtp(now, Clear::Rtp(&rtp(sequence)));
        }
        world.run_for(Duration::from_millis(10));
    }
    for end in &world.ends {
        assert!(end.wire.iter().any(|datagram| Kind::of(datagram) == Some(Kind::Rtp)), "{}", end.name);
        assert!(end.wire.iter().all(|datagram| !datagram.windows(16).any(|part| part == &SPEECH[..16])));
        assert!(end.transport.counters().unsent > 0);
    }
}

#[test]
fn consent_ends_the_leg_once_and_a_check_revives_it() {
    let (mut world, _) = Setup::default().world();
    assert!(world.run_until_secured(Duration::from_secs(2)).is_some());
    world.checking = false;
    world.run_for(CONSENT - Duration::from_secs(1));
    assert!(!world.us().took(&Received::Lost));
    world.run_for(Duration::from_secs(30));
    assert!(world.us().took(&Received::Lost) && !world.us().took(&Received::Lost));
    let before = world.us().wire.len();
    assert_eq!(world.talk(1, 5), [0, 0]);
    assert_eq!(world.us().wire.len(), before, "sent without consent");
    world.checking = true;
    world.run_for(Duration::from_millis(100));
    assert_eq!(world.talk(100, 5), [5, 5]);
}

#[test]
fn media_follows_the_nominated_address() {
    let (mut world, _) = Setup::default().world();
    assert!(world.run_until_secured(Duration::from_secs(2)).is_some());
    world.checking = false;
    let moved = FOREIGN;
    let check = |attributes: &[(u16, &[u8])]| {
        request(&[3; 12], "us:them", &credentials("us").pwd, attributes, certificate_crypto().crypto())
    };
    let send = |world: &mut World, sequence| {
        let now = world.now;
        world.us().transport.write_rtp(now, Clear::Rtp(&rtp(sequence)));
        world.drain();
    };
    world.hand_to_us(moved, &check(&[]));
    let (to, response) = world.elsewhere.pop().unwrap();
    assert!(to == moved && is_success(&response, &[3; 12]));
    send(&mut world, 1);
    assert!(world.elsewhere.is_empty());
    world.hand_to_us(moved, &check(&[NOMINATE]));
    world.elsewhere.clear();
    send(&mut world, 2);
    assert!(matches!(&world.elsewhere[..], [(to, _)] if *to == moved));
}

#[test]
fn goodbye_is_said_and_heard() {
    let (mut world, _) = Setup::default().world();
    assert!(world.run_until_secured(Duration::from_secs(2)).is_some());
    let now = world.now;
    world.them().transport.close(now);
    world.run_for(Duration::from_millis(100));
    assert!(world.us().took(&Received::Failed(RtcError::PeerClosed)));
    assert_eq!(world.talk(1, 3), [0, 0]);
}

#[test]
fn silence_after_the_answer_fails_the_leg() {
    let (mut world, _) = Setup { loss: 1.0, ..Setup::default() }.world();
    world.run_for(SETUP + Duration::from_secs(1));
    assert!(world.us().took(&Received::Failed(RtcError::SetupLimit)));
}

#[test]
fn another_fingerprint_starts_another_association() {
    let (mut world, answered) = Setup::default().world();
    assert!(world.run_until_secured(Duration::from_secs(2)).is_some());
    let theirs = certificate();
    let now = world.now;
    let ours = world.ends[0].transport_fingerprint();
    world.ends[1].transport = LiteTransport::new(now, theirs.clone(), &rtc("them", Some(ours), true));
    world.us().transport.update(now, &Rtc { remote_fingerprint: Some(theirs.fingerprint()), ..answered });
    assert!(world.run_until_secured(Duration::from_secs(2)).is_some());
    assert_eq!(world.talk(1, 10), [10, 10]);
}

impl End {
    fn transport_fingerprint(&self) -> String {
        self.transport.own_fingerprint()
    }
}
