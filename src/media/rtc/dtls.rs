//! One DTLS association: the handshake, the check of the peer's certificate, the export of SRTP keys.
//!
//! When flights are repeated is decided here and not by the library: its timer is lost when a datagram comes
//! that does not move the handshake on (a repeated ClientHello after a lost ServerHello), and then both sides
//! wait for ever. So repetitions of the peer are kept from it, its timer is fired at our times (growing pauses,
//! or at once when the peer repeats itself), and where it has lost the timer all the same, we send the same
//! datagrams again.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use rtc_dtls::cipher_suite::CipherSuiteId;
use rtc_dtls::config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType, HandshakeConfig};
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_shared::TransportProtocol;
use rtc_shared::error::Error as LibraryError;

use super::certificate::Fingerprint;
use super::record::{Record, Seen, records};
use super::srtp::{PROFILES, Srtp, material_len, profile};
use super::{Certificate, RtcError};
use crate::base::Instant;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_millis(1_600);
/// The library gives up a flight at its eighth repetition.
const LIBRARY_REPEATS_MAX: u32 = 7;
/// Datagrams of one handshake; a browser's takes 4 to 8, each of them repeated some times on bad networks.
const DATAGRAMS_MAX: u32 = 128;
/// Datagrams after the handshake that the library looks at: the peer repeating its last flight.
const REPEATS_MAX: u32 = 32;
/// The library keys associations by address. Ours outlives a change of address, so it has a constant one.
const PEER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1);
const US: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 2);
const EXPORTER_LABEL: &str = "EXTRACTOR-dtls_srtp";

pub(super) struct Association {
    endpoint: Endpoint,
    certificate: Arc<Certificate>,
    expected: Fingerprint,
    client: bool,
    stage: Stage,
}

enum Stage {
    Handshaking { flight: Flight, seen: Seen, datagrams: u32 },
    Done { repeats: u32 },
    Ended,
}

/// What we said last and how often.
#[derive(Default)]
struct Flight {
    datagrams: Vec<BytesMut>,
    sent_at: Instant,
    repeat_at: Option<Instant>,
    pause: Duration,
    repeats: u32,
}

/// What a datagram did.
pub(super) enum Step {
    Nothing,
    Secured(Box<Srtp>),
    /// The handshake broke off; a peer may begin again with a new association.
    Broken(RtcError),
    /// The certificate is wrong, or the peer said goodbye.
    Ended(RtcError),
}

impl Association {
    /// As a client, the first flight is put into `out`.
    pub(super) fn new(
        now: Instant,
        certificate: &Arc<Certificate>,
        expected: Fingerprint,
        client: bool,
        out: &mut Vec<BytesMut>,
    ) -> Result<Self, RtcError> {
        let config = config(certificate, expected, client).map_err(|error| RtcError::Crypto(error.to_string()))?;
        let server = (!client).then(|| config.clone());
        let mut endpoint = Endpoint::new(US, TransportProtocol::UDP, server);
        if client {
            let crypto = |error: LibraryError| RtcError::Crypto(error.to_string());
            endpoint.connect(certificate.anchor, PEER, config, None).map_err(crypto)?;
        }
        let stage = Stage::Handshaking { flight: Flight::default(), seen: Seen::default(), datagrams: 0 };
        let mut association = Self { endpoint, certificate: certificate.clone(), expected, client, stage };
        association.collect(now, out);
        Ok(association)
    }

    pub(super) fn read(&mut self, now: Instant, datagram: &[u8], out: &mut Vec<BytesMut>) -> Step {
        if !self.may_read(now, datagram, out) {
            return Step::Nothing;
        }
        let bytes = BytesMut::from(datagram);
        // A defect of the library under hostile bytes may end this leg, never the worker thread.
        let read = catch_unwind(AssertUnwindSafe(|| self.endpoint.read(self.certificate.anchor, PEER, None, bytes)));
        let Ok(result) = read else {
            self.stage = Stage::Ended;
            return Step::Ended(RtcError::Crypto("the DTLS library failed".to_owned()));
        };
        self.collect(now, out);
        match result {
            Ok(events) => self.progress(&events),
            Err(error) => self.broken(&error),
        }
    }

    /// Bounds what reaches the library, which keeps what it cannot use yet. A repetition does not reach it
    /// during the handshake (see the module's head); it makes us repeat our flight at once.
    fn may_read(&mut self, now: Instant, datagram: &[u8], out: &mut Vec<BytesMut>) -> bool {
        let Some(records) = records(datagram) else { return false };
        match &mut self.stage {
            Stage::Handshaking { seen, datagrams, .. } => {
                *datagrams = datagrams.saturating_add(1);
                if *datagrams > DATAGRAMS_MAX {
                    return false;
                }
                let repetition = seen.is_repetition(&records);
                if repetition {
                    self.repeat_early(now, out);
                }
                !repetition
            }
            Stage::Done { .. } if records.iter().all(Record::is_alert) => true,
            Stage::Done { repeats } => {
                *repeats = repeats.saturating_add(1);
                *repeats <= REPEATS_MAX
            }
            Stage::Ended => false,
        }
    }

    fn progress(&mut self, events: &[EndpointEvent]) -> Step {
        if events.iter().any(|event| matches!(event, EndpointEvent::PeerClosed)) {
            self.stage = Stage::Ended;
            return Step::Ended(RtcError::PeerClosed);
        }
        if !events.iter().any(|event| matches!(event, EndpointEvent::HandshakeComplete)) {
            return Step::Nothing;
        }
        match self.keys() {
            Ok(srtp) => {
                self.stage = Stage::Done { repeats: 0 };
                Step::Secured(Box::new(srtp))
            }
            Err(error) => {
                self.stage = Stage::Ended;
                Step::Ended(error)
            }
        }
    }

    /// The certificate was verified by the handshake; here nothing is left to a callback alone.
    fn keys(&self) -> Result<Srtp, RtcError> {
        let crypto = |error: LibraryError| RtcError::Crypto(error.to_string());
        let state = self.endpoint.get_connection_state(PEER).ok_or(RtcError::PeerClosed)?;
        if state.peer_certificates.first().map(|leaf| Fingerprint::of(leaf)) != Some(self.expected) {
            return Err(RtcError::ForeignCertificate);
        }
        let profile = profile(state.srtp_protection_profile())?;
        let material = state.export_keying_material(EXPORTER_LABEL, &[], material_len(profile)).map_err(crypto)?;
        Srtp::new(profile, material.as_ref(), self.client, self.certificate.crypto())
    }

    fn broken(&mut self, error: &LibraryError) -> Step {
        let state = self.endpoint.get_connection_state(PEER);
        let foreign = state
            .and_then(|state| state.peer_certificates.first())
            .is_some_and(|leaf| Fingerprint::of(leaf) != self.expected);
        match self.stage {
            // An established association is not ended by what anybody could have sent.
            Stage::Done { .. } => Step::Nothing,
            _ if foreign => {
                self.stage = Stage::Ended;
                Step::Ended(RtcError::ForeignCertificate)
            }
            _ => {
                self.stage = Stage::Ended;
                Step::Broken(RtcError::Handshake(error.to_string()))
            }
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant, out: &mut Vec<BytesMut>) {
        if let Stage::Handshaking { flight, .. } = &mut self.stage
            && flight.repeat_at.is_some_and(|at| now >= at)
        {
            flight.pause = (flight.pause * 2).min(LAST_PAUSE);
            flight.repeat_at = Some(now + flight.pause);
            self.repeat(now, out);
        }
    }

    /// The peer misses our flight; asked for again and again it waits for the timer.
    fn repeat_early(&mut self, now: Instant, out: &mut Vec<BytesMut>) {
        if let Stage::Handshaking { flight, .. } = &mut self.stage
            && now.since(flight.sent_at) >= FIRST_PAUSE / 2
        {
            self.repeat(now, out);
        }
    }

    /// By the library, with fresh record numbers, as long as it can; after that the same datagrams again.
    fn repeat(&mut self, now: Instant, out: &mut Vec<BytesMut>) {
        let Stage::Handshaking { flight, .. } = &mut self.stage else { return };
        flight.sent_at = now;
        let armed = self.endpoint.poll_timeout(&PEER).filter(|_| flight.repeats < LIBRARY_REPEATS_MAX);
        let before = out.len();
        if let Some(due) = armed {
            flight.repeats += 1;
            // The library cannot fail below its own limit of repetitions.
            let _ = self.endpoint.handle_timeout(PEER, due);
            out.extend(drain(&mut self.endpoint));
        }
        if out.len() == before {
            out.extend(flight.datagrams.iter().cloned());
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        match self.stage {
            Stage::Handshaking { ref flight, .. } => flight.repeat_at,
            Stage::Done { .. } | Stage::Ended => None,
        }
    }

    /// Queues close_notify.
    pub(super) fn close(&mut self, out: &mut Vec<BytesMut>) {
        if matches!(self.stage, Stage::Done { .. }) && self.endpoint.close(self.certificate.anchor).is_ok() {
            out.extend(drain(&mut self.endpoint));
        }
        self.stage = Stage::Ended;
    }

    /// Takes what the library wants to send; it becomes the flight to repeat.
    fn collect(&mut self, now: Instant, out: &mut Vec<BytesMut>) {
        let datagrams: Vec<_> = drain(&mut self.endpoint).collect();
        if datagrams.is_empty() {
            return;
        }
        out.extend(datagrams.iter().cloned());
        if let Stage::Handshaking { flight, .. } = &mut self.stage {
            *flight =
                Flight { datagrams, sent_at: now, repeat_at: Some(now + FIRST_PAUSE), pause: FIRST_PAUSE, repeats: 0 };
        }
    }
}

fn drain(endpoint: &mut Endpoint) -> impl Iterator<Item = BytesMut> + '_ {
    std::iter::from_fn(|| endpoint.poll_transmit().map(|transmit| transmit.message))
}

fn config(
    certificate: &Arc<Certificate>,
    expected: Fingerprint,
    client: bool,
) -> Result<Arc<HandshakeConfig>, LibraryError> {
    let config = ConfigBuilder::default()
        .with_crypto_provider(certificate.provider.clone())
        .with_certificates(vec![certificate.dtls.clone()])
        .with_cipher_suites(vec![
            CipherSuiteId::Tls_Ecdhe_Ecdsa_With_Aes_128_Gcm_Sha256,
            CipherSuiteId::Tls_Ecdhe_Ecdsa_With_ChaCha20_Poly1305_Sha256,
        ])
        .with_srtp_protection_profiles(PROFILES.to_vec())
        .with_client_auth(ClientAuthType::RequireAnyClientCert)
        .with_extended_master_secret(ExtendedMasterSecretType::Require)
        // No CA stands behind these certificates; the fingerprint in the SDP does.
        .with_insecure_skip_verify(true)
        .with_verify_peer_certificate(Some(Arc::new(move |chain, _| match chain.first() {
            Some(leaf) if Fingerprint::of(leaf) == expected => Ok(()),
            _ => Err(LibraryError::Other("not the certificate of the SDP".to_owned())),
        })))
        .with_server_name("carillon".to_owned())
        .build(client, None)?;
    Ok(Arc::new(config))
}
