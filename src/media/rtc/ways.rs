//! From where a peer is listened to, and where it is sent to.

use std::net::{IpAddr, SocketAddr};

use bytes::BytesMut;
use rtc_dtls::crypto_provider::RTCCrypto;

use super::Path;
use super::ice::{Answer, IceLite};
use super::stun::StunError;
use crate::base::Instant;
use crate::media::IceCredentials;
use crate::media::outbox::Peer;

/// What lets a leg take a datagram for its peer's.
pub(super) enum Ways {
    /// It has passed a check (ICE).
    Checked(IceLite),
    /// It comes from the host that the signalling names. Where it last proved to come from is where it is sent to.
    Told { local: SocketAddr, peer: Peer, proved: Option<Path> },
}

impl Ways {
    pub fn checked(local: IceCredentials) -> Self {
        Self::Checked(IceLite::new(local))
    }

    pub fn told(local: SocketAddr, peer: Peer) -> Self {
        Self::Told { local, peer, proved: None }
    }

    /// The signalling says it anew: a peer that has moved is sent to where it is now.
    pub fn tell(&mut self, now: Peer) {
        if let Self::Told { peer, proved, .. } = self
            && *peer != now
        {
            (*peer, *proved) = (now, None);
        }
    }

    /// An authentic packet came this way, or, before there are any, one of a handshake.
    pub fn proved(&mut self, path: Path) {
        if let Self::Told { proved, .. } = self {
            *proved = Some(path);
        }
    }

    pub fn set_local(&mut self, local: &IceCredentials) {
        if let Self::Checked(ice) = self {
            ice.set_local(local);
        }
    }

    pub fn handle(
        &mut self,
        now: Instant,
        path: Path,
        datagram: &[u8],
        crypto: &dyn RTCCrypto,
    ) -> Result<Answer, StunError> {
        match self {
            Self::Checked(ice) => ice.handle(now, path, datagram, crypto),
            // A keep-alive: there is nothing to be checked.
            Self::Told { .. } => Ok(None::<BytesMut>),
        }
    }

    pub fn is_checked(&self, now: Instant, path: Path) -> bool {
        match self {
            Self::Checked(ice) => ice.is_checked(now, path),
            Self::Told { peer, .. } => {
                let hosts: [Option<IpAddr>; 2] = [peer.remote.map(|remote| remote.ip()), peer.latch_from];
                hosts.into_iter().flatten().any(|host| host.to_canonical() == path.peer.ip().to_canonical())
            }
        }
    }

    pub fn destination(&self, now: Instant) -> Option<Path> {
        match self {
            Self::Checked(ice) => ice.destination(now),
            Self::Told { local, peer, proved } => proved.or(Some(Path { local: *local, peer: peer.remote? })),
        }
    }

    /// Who checks no ways does not stop to.
    pub fn consent_until(&self) -> Option<Instant> {
        match self {
            Self::Checked(ice) => ice.consent_until(),
            Self::Told { .. } => None,
        }
    }
}
