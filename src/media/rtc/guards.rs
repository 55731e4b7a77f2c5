//! SRTP of plain legs, with the keys of their descriptions (RFC 4568): what stands between the leased ports of a
//! worker and its engine.
//!
//! A port without a guard speaks as it always did. One with a guard sends nothing in clear, and takes RTP and RTCP
//! only if they prove to be the peer's; whoever is latched on to has proved it, too. What is neither (keep-alives of
//! a NAT) is let through: it says no more than that somebody is there.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::BytesMut;
use rtc_dtls::crypto_provider::{RTCCryptoProvider, default_provider};
use rtc_srtp::protection_profile::ProtectionProfile;

use super::srtp::{Keys, Srtp};
use super::{Clear, Kind, RtcError};
use crate::base::LegId;
use crate::media::SrtpKeys;
use crate::sdp::{CryptoSuite, MasterKey};

/// The guarded ports of one worker.
pub struct Guards {
    provider: Arc<dyn RTCCryptoProvider>,
    /// By RTP port.
    guards: BTreeMap<u16, Guard>,
}

struct Guard {
    leg: LegId,
    agreed: SrtpKeys,
    /// `None`: these keys cannot be used, and nothing passes.
    srtp: Option<Box<Srtp>>,
    refused: u64,
}

/// What became of a packet on its way through a port.
#[derive(Debug)]
pub enum Opened {
    /// The port has no guard, or the packet is no media.
    AsItCame,
    /// In clear on its way in, encrypted on its way out.
    Clear(BytesMut),
    /// Forged, repeated or damaged; or not to be encrypted.
    Refused,
}

impl Guards {
    pub fn new() -> Result<Self, RtcError> {
        let provider = default_provider().map_err(|error| RtcError::Crypto(error.to_string()))?;
        Ok(Self { provider, guards: BTreeMap::new() })
    }

    /// What the leg on a port encrypts with from now on. A key that stays goes on where it stands: begun anew it
    /// would encrypt two packets alike.
    pub fn set(&mut self, leg: LegId, port: u16, agreed: Option<SrtpKeys>) {
        let Some(agreed) = agreed else { return drop(self.guards.remove(&port)) };
        let crypto = self.provider.crypto();
        if let Some(guard) = self.guards.get_mut(&port)
            && let Some(srtp) = &mut guard.srtp
            && (guard.agreed.suite, guard.agreed.ours) == (agreed.suite, agreed.ours)
        {
            let is_changed = guard.agreed.theirs != agreed.theirs;
            if is_changed && srtp.rekey_inbound(keys(&agreed.theirs), crypto).is_err() {
                guard.srtp = None;
            }
            guard.agreed = agreed;
            return;
        }
        let srtp = Srtp::with_keys(profile(agreed.suite), &keys(&agreed.ours), keys(&agreed.theirs), crypto);
        let refused = self.guards.get(&port).map_or(0, |guard| guard.refused);
        self.guards.insert(port, Guard { leg, agreed, srtp: srtp.ok().map(Box::new), refused });
    }

    /// The port is nobody's any more. How many packets were refused there, of which leg.
    pub fn remove(&mut self, port: u16) -> Option<(LegId, u64)> {
        self.guards.remove(&port).map(|guard| (guard.leg, guard.refused))
    }

    /// A datagram that came in on a port, or on the one above it.
    pub fn open(&mut self, port: u16, datagram: &[u8]) -> Opened {
        let Some(guard) = self.guards.get_mut(&port) else { return Opened::AsItCame };
        let kind = match Kind::of(datagram) {
            Some(kind @ (Kind::Rtp | Kind::Rtcp)) => kind,
            Some(Kind::Stun | Kind::Dtls) | None => return Opened::AsItCame,
        };
        let opened = guard.srtp.as_mut().and_then(|srtp| srtp.open(kind, datagram, self.provider.crypto()));
        if opened.is_none() {
            guard.refused = guard.refused.saturating_add(1);
        }
        opened.map_or(Opened::Refused, Opened::Clear)
    }

    /// A packet that is to go out there.
    pub fn protect(&mut self, port: u16, packet: Clear<'_>) -> Opened {
        let Some(guard) = self.guards.get_mut(&port) else { return Opened::AsItCame };
        let sealed = guard.srtp.as_mut().and_then(|srtp| srtp.protect(packet));
        sealed.map_or(Opened::Refused, Opened::Clear)
    }
}

fn profile(suite: CryptoSuite) -> ProtectionProfile {
    match suite {
        CryptoSuite::AesCm80 => ProtectionProfile::Aes128CmHmacSha1_80,
        CryptoSuite::AesCm32 => ProtectionProfile::Aes128CmHmacSha1_32,
    }
}

fn keys(master: &MasterKey) -> Keys {
    Keys { key: master.key().to_vec(), salt: master.salt().to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORT: u16 = 20_000;

    fn agreed(ours: u8, theirs: u8, suite: CryptoSuite) -> SrtpKeys {
        let key = |byte| MasterKey::new([byte; MasterKey::LEN]);
        SrtpKeys { suite, ours: key(ours), theirs: key(theirs) }
    }

    fn guards(srtp: Option<SrtpKeys>) -> Guards {
        let mut guards = Guards::new().unwrap();
        guards.set(LegId(1), PORT, srtp);
        guards
    }

    fn rtp(sequence: u16) -> Vec<u8> {
        let mut packet = vec![0x80, 0];
        packet.extend(sequence.to_be_bytes());
        packet.extend([0, 0, 0, 160, 0, 0, 0, 7]);
        packet.extend([0x55; 160]);
        packet
    }

    fn clear(opened: &Opened) -> Option<&[u8]> {
        match opened {
            Opened::Clear(bytes) => Some(bytes),
            Opened::AsItCame | Opened::Refused => None,
        }
    }

    #[test]
    fn two_who_know_each_others_keys_hear_each_other_and_nobody_else() {
        for suite in CryptoSuite::ALL {
            let (mut here, mut there) = (guards(Some(agreed(1, 2, suite))), guards(Some(agreed(2, 1, suite))));
            let sealed = here.protect(PORT, Clear::Rtp(&rtp(1)));
            let sealed = clear(&sealed).unwrap();
            assert_ne!(&sealed[..172], &rtp(1)[..]);
            let tag = if suite == CryptoSuite::AesCm80 { 10 } else { 4 };
            assert_eq!(sealed.len(), 172 + tag);
            assert_eq!(clear(&there.open(PORT, sealed)), Some(&rtp(1)[..]));
            assert!(matches!(there.open(PORT, sealed), Opened::Refused), "once more");
            assert!(matches!(there.open(PORT, &rtp(2)), Opened::Refused), "in clear");
            assert!(matches!(there.open(PORT, b"\r\n\r\n"), Opened::AsItCame), "a keep-alive");
            assert!(matches!(guards(None).open(PORT, sealed), Opened::AsItCame), "no guard");
            let mut stranger = guards(Some(agreed(2, 3, suite)));
            assert!(matches!(stranger.open(PORT, sealed), Opened::Refused));
            assert_eq!((there.remove(PORT), there.remove(PORT)), (Some((LegId(1), 2)), None));
        }
    }

    #[test]
    fn a_key_that_stays_goes_on_and_another_begins() {
        let suite = CryptoSuite::AesCm80;
        let (mut here, mut there) = (guards(Some(agreed(1, 2, suite))), guards(Some(agreed(2, 1, suite))));
        let mut heard = |here: &mut Guards, sequence| {
            let sealed = here.protect(PORT, Clear::Rtp(&rtp(sequence)));
            matches!(there.open(PORT, clear(&sealed).unwrap()), Opened::Clear(_))
        };
        assert!(heard(&mut here, 65_535) && heard(&mut here, 0));
        here.set(LegId(1), PORT, Some(agreed(1, 9, suite)));
        assert!(heard(&mut here, 1), "the count of its rounds is kept");
        here.set(LegId(1), PORT, Some(agreed(5, 9, suite)));
        assert!(!heard(&mut here, 2), "a key that was not told");
        here.set(LegId(1), PORT, None);
        assert!(matches!(here.protect(PORT, Clear::Rtp(&rtp(3))), Opened::AsItCame));
    }
}
