//! The ways to a peer, DTLS and SRTP of one leg, joined.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::BytesMut;

use super::certificate::Fingerprint;
use super::dtls::{Association, Step};
use super::srtp::Srtp;
use super::ways::Ways;
use super::{Certificate, Clear, DATAGRAM_MAX, Kind, Path, Received, RtcCounters, RtcError, RtcTransport, SETUP};
use crate::base::Instant;
use crate::media::outbox::Peer as Told;
use crate::media::{Handshake, Rtc};

const QUEUE_MAX: usize = 64;
/// DTLS datagrams kept until the peer's SDP is here; a ClientHello with post-quantum keys takes two.
const EARLY_MAX: usize = 8;
/// Handshakes that may break off before the leg fails.
const ATTEMPTS_MAX: u32 = 5;

/// One leg that agrees on its keys by a handshake: of a browser, behind ICE-lite, or of a phone. See the [module](super)
/// for its states.
pub struct LiteTransport {
    certificate: Arc<Certificate>,
    ways: Ways,
    security: Security,
    transmits: VecDeque<(Path, BytesMut)>,
    received: VecDeque<Received>,
    counters: RtcCounters,
    /// `Lost` was reported and no check came since.
    lost: bool,
    scratch: Vec<BytesMut>,
}

enum Security {
    /// The peer's fingerprint is not known yet.
    Waiting {
        early: VecDeque<BytesMut>,
    },
    Handshaking {
        peer: Peer,
        association: Option<Association>,
        attempts: u32,
        until: Instant,
    },
    Secured {
        peer: Peer,
        association: Association,
        srtp: Box<Srtp>,
    },
    Failed {
        peer: Option<Peer>,
    },
}

/// What the peer's SDP says about its DTLS.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Peer {
    fingerprint: Fingerprint,
    we_are_client: bool,
}

impl LiteTransport {
    pub fn new(now: Instant, certificate: Arc<Certificate>, rtc: &Rtc) -> Self {
        let mut transport = Self::by(certificate, Ways::checked(rtc.local.clone()));
        transport.update(now, rtc);
        transport
    }

    /// Of a phone: whoever sends from where it is, as the signalling says.
    pub fn of_phone(
        now: Instant,
        certificate: Arc<Certificate>,
        local: SocketAddr,
        with: Handshake,
        peer: Told,
    ) -> Self {
        let mut transport = Self::by(certificate, Ways::told(local, peer));
        transport.shake(now, with);
        transport
    }

    /// After its answer or a new offer.
    pub fn update_phone(&mut self, now: Instant, with: Handshake, peer: Told) {
        self.ways.tell(peer);
        self.shake(now, with);
    }

    fn by(certificate: Arc<Certificate>, ways: Ways) -> Self {
        Self {
            certificate,
            ways,
            security: Security::Waiting { early: VecDeque::new() },
            transmits: VecDeque::new(),
            received: VecDeque::new(),
            counters: RtcCounters::default(),
            lost: false,
            scratch: Vec::new(),
        }
    }

    fn shake(&mut self, now: Instant, with: Handshake) {
        self.meet(now, Peer { fingerprint: Fingerprint::from(with.fingerprint), we_are_client: with.client });
    }

    /// Begins a handshake, unless it is the peer of the one before.
    fn meet(&mut self, now: Instant, peer: Peer) {
        if self.peer().is_some_and(|known| known.fingerprint == peer.fingerprint) {
            return;
        }
        let next = Security::Handshaking { peer, association: None, attempts: 0, until: now + SETUP };
        if let Security::Waiting { early } = std::mem::replace(&mut self.security, next) {
            for datagram in early {
                self.handle_dtls(now, &datagram);
            }
        }
        self.start_as_client(now);
    }

    fn handle_check(&mut self, now: Instant, path: Path, datagram: &[u8]) {
        match self.ways.handle(now, path, datagram, self.certificate.crypto()) {
            Ok(answer) => {
                if let Some(answer) = answer {
                    self.transmit(path, answer);
                }
            }
            Err(_) => self.refuse(),
        }
        if self.ways.is_checked(now, path) {
            self.lost = false;
            self.start_as_client(now);
        }
    }

    /// As a DTLS client we speak first, once there is an address to speak to.
    fn start_as_client(&mut self, now: Instant) {
        if let Security::Handshaking { peer, association: None, .. } = &self.security
            && peer.we_are_client
            && self.ways.destination(now).is_some()
        {
            self.with_association(now, None);
        }
    }

    fn handle_dtls(&mut self, now: Instant, datagram: &[u8]) {
        match &mut self.security {
            Security::Waiting { early } => {
                if early.len() >= EARLY_MAX {
                    early.pop_front();
                    self.counters.refused += 1;
                }
                early.push_back(BytesMut::from(datagram));
            }
            Security::Handshaking { .. } | Security::Secured { .. } => self.with_association(now, Some(datagram)),
            Security::Failed { .. } => self.refuse(),
        }
    }

    /// Hands a datagram to the association, making it if there is none, and sends what it says.
    fn with_association(&mut self, now: Instant, datagram: Option<&[u8]>) {
        let mut out = std::mem::take(&mut self.scratch);
        let step = self.step(now, datagram, &mut out);
        self.send(now, &mut out);
        self.scratch = out;
        match step {
            Step::Nothing => {}
            Step::Secured(srtp) => self.secured(srtp),
            Step::Broken(error) => self.broken(error),
            Step::Ended(error) => self.fail(error),
        }
    }

    fn step(&mut self, now: Instant, datagram: Option<&[u8]>, out: &mut Vec<BytesMut>) -> Step {
        let association = match &mut self.security {
            Security::Secured { association, .. } => association,
            Security::Handshaking { association: Some(association), .. } => association,
            Security::Handshaking { peer, association, .. } => {
                match Association::new(now, &self.certificate, peer.fingerprint, peer.we_are_client, out) {
                    Ok(made) => association.insert(made),
                    Err(error) => return Step::Ended(error),
                }
            }
            Security::Waiting { .. } | Security::Failed { .. } => return Step::Nothing,
        };
        datagram.map_or(Step::Nothing, |datagram| association.read(now, datagram, out))
    }

    fn secured(&mut self, srtp: Box<Srtp>) {
        let failed = Security::Failed { peer: None };
        self.security = match std::mem::replace(&mut self.security, failed) {
            Security::Handshaking { peer, association: Some(association), .. } => {
                self.report(Received::Secured);
                Security::Secured { peer, association, srtp }
            }
            other => other,
        };
    }

    fn broken(&mut self, error: RtcError) {
        if let Security::Handshaking { association, attempts, .. } = &mut self.security {
            *association = None;
            *attempts += 1;
            if *attempts >= ATTEMPTS_MAX {
                self.fail(error);
            }
        }
    }

    fn fail(&mut self, error: RtcError) {
        self.security = Security::Failed { peer: self.peer() };
        self.report(Received::Failed(error));
    }

    fn peer(&self) -> Option<Peer> {
        match &self.security {
            Security::Waiting { .. } => None,
            Security::Handshaking { peer, .. } | Security::Secured { peer, .. } => Some(*peer),
            Security::Failed { peer } => *peer,
        }
    }

    fn handle_media(&mut self, kind: Kind, path: Path, datagram: &[u8]) {
        let Security::Secured { srtp, .. } = &mut self.security else {
            return self.refuse();
        };
        let opened = srtp.open(kind, datagram, self.certificate.crypto());
        if opened.is_some() {
            self.ways.proved(path);
        }
        match opened {
            Some(clear) if kind == Kind::Rtp => self.report(Received::Rtp(clear)),
            Some(clear) => self.report(Received::Rtcp(clear)),
            None => self.refuse(),
        }
    }

    /// What must be known is kept even when the queue of packets is full.
    fn report(&mut self, received: Received) {
        let packet = matches!(received, Received::Rtp(_) | Received::Rtcp(_));
        if packet && self.received.len() >= QUEUE_MAX {
            return self.refuse();
        }
        self.received.push_back(received);
    }

    fn refuse(&mut self) {
        self.counters.refused += 1;
    }

    fn send(&mut self, now: Instant, datagrams: &mut Vec<BytesMut>) {
        let to = self.ways.destination(now);
        for datagram in datagrams.drain(..) {
            match to {
                Some(to) => Self::push(&mut self.transmits, &mut self.counters, to, datagram),
                None => self.counters.unsent += 1,
            }
        }
    }

    fn transmit(&mut self, to: Path, datagram: BytesMut) {
        Self::push(&mut self.transmits, &mut self.counters, to, datagram);
    }

    fn push(queue: &mut VecDeque<(Path, BytesMut)>, counters: &mut RtcCounters, to: Path, datagram: BytesMut) {
        if queue.len() >= QUEUE_MAX {
            counters.unsent += 1;
        } else {
            queue.push_back((to, datagram));
        }
    }

    /// Consent ends a leg that carries media; before that the set-up limit does.
    fn consent_until(&self) -> Option<Instant> {
        match self.security {
            Security::Secured { .. } if !self.lost => self.ways.consent_until(),
            _ => None,
        }
    }
}

impl RtcTransport for LiteTransport {
    fn handle_packet(&mut self, now: Instant, path: Path, datagram: &[u8]) {
        match Kind::of(datagram) {
            _ if datagram.len() > DATAGRAM_MAX => self.refuse(),
            Some(Kind::Stun) => self.handle_check(now, path, datagram),
            Some(_) if !self.ways.is_checked(now, path) => self.refuse(),
            Some(Kind::Dtls) => {
                if !matches!(self.security, Security::Secured { .. }) {
                    self.ways.proved(path);
                }
                self.handle_dtls(now, datagram);
            }
            Some(kind) => self.handle_media(kind, path, datagram),
            None => self.refuse(),
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if let Security::Handshaking { until, .. } = self.security
            && now >= until
        {
            return self.fail(RtcError::SetupLimit);
        }
        if self.consent_until().is_some_and(|until| now >= until) {
            self.lost = true;
            self.report(Received::Lost);
        }
        if let Security::Handshaking { association: Some(association), .. } = &mut self.security {
            let mut out = std::mem::take(&mut self.scratch);
            association.handle_timeout(now, &mut out);
            self.send(now, &mut out);
            self.scratch = out;
        }
    }

    fn poll_transmit(&mut self) -> Option<(Path, BytesMut)> {
        self.transmits.pop_front()
    }

    fn poll_rtp(&mut self) -> Option<Received> {
        self.received.pop_front()
    }

    fn write_rtp(&mut self, now: Instant, packet: Clear<'_>) {
        let to = self.ways.destination(now);
        let protected = match &mut self.security {
            Security::Secured { srtp, .. } => srtp.protect(packet),
            _ => None,
        };
        match (to, protected) {
            (Some(to), Some(datagram)) => self.transmit(to, datagram),
            _ => self.counters.unsent += 1,
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let handshake = match &self.security {
            Security::Handshaking { association, until, .. } => {
                let repeat = association.as_ref().and_then(Association::poll_timeout);
                Some(repeat.map_or(*until, |repeat| repeat.min(*until)))
            }
            _ => None,
        };
        [handshake, self.consent_until()].into_iter().flatten().min()
    }

    fn update(&mut self, now: Instant, rtc: &Rtc) {
        self.ways.set_local(&rtc.local);
        let Some(text) = &rtc.remote_fingerprint else { return };
        let fingerprint = match Fingerprint::parse(text) {
            Ok(fingerprint) => fingerprint,
            Err(error) => return self.fail(error),
        };
        self.meet(now, Peer { fingerprint, we_are_client: rtc.dtls_client });
    }

    fn close(&mut self, now: Instant) {
        if let Security::Secured { association, .. } = &mut self.security {
            let mut out = std::mem::take(&mut self.scratch);
            association.close(&mut out);
            self.send(now, &mut out);
            self.scratch = out;
        }
        self.security = Security::Failed { peer: self.peer() };
    }

    fn is_checked(&self, now: Instant, path: Path) -> bool {
        self.ways.is_checked(now, path)
    }

    fn counters(&self) -> RtcCounters {
        self.counters
    }
}

#[cfg(test)]
impl LiteTransport {
    pub(super) fn own_fingerprint(&self) -> String {
        self.certificate.fingerprint()
    }

    pub(super) fn received_len(&self) -> usize {
        self.received.len()
    }
}
