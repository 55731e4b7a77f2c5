//! SRTP and SRTCP of one leg, both ways, with the keys of its DTLS association (RFC 5764 §4.2) or of its
//! descriptions (RFC 4568).
//!
//! Two things the library leaves to us are done here. It opens a replay window for every SSRC it sees and
//! sets it to the first number it sees, before it has checked the packet, so a forger could fill the memory
//! or have the true packets refused as old: an SSRC is admitted only after one of its packets was verified
//! in a scratch context without window. And it hands out SRTCP packets whose encryption
//! flag is off without checking their tag: they are refused, nobody here agrees to such.

use bytes::BytesMut;
use rtc_dtls::crypto_provider::RTCCrypto;
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_srtp::context::Context;
use rtc_srtp::option::{srtcp_replay_protection, srtp_replay_protection};
use rtc_srtp::protection_profile::ProtectionProfile;

use super::{Clear, Kind, RtcError};

/// Packets that may be late by so many are still accepted once.
const REPLAY_WINDOW: usize = 128;
/// Streams one peer may open in one association.
const SSRCS_MAX: usize = 16;
/// Unverified SSRCs tried before the scratch context is made anew.
const SCRATCH_MAX: u32 = 256;

/// What DTLS negotiated, in the order of preference.
pub(super) const PROFILES: [SrtpProtectionProfile; 2] =
    [SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm, SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80];

/// The SRTP profile for what DTLS negotiated.
pub(super) fn profile(negotiated: SrtpProtectionProfile) -> Result<ProtectionProfile, RtcError> {
    match negotiated {
        SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm => Ok(ProtectionProfile::AeadAes128Gcm),
        SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80 => Ok(ProtectionProfile::Aes128CmHmacSha1_80),
        _ => Err(RtcError::NoProfile),
    }
}

/// Length of the keying material to export for a profile.
pub(super) fn material_len(profile: ProtectionProfile) -> usize {
    2 * (profile.key_len() + profile.salt_len())
}

pub(super) struct Srtp {
    outbound: Context,
    inbound: Inbound,
    profile: ProtectionProfile,
}

struct Inbound {
    context: Context,
    rtp_ssrcs: Vec<u32>,
    rtcp_ssrcs: Vec<u32>,
    scratch: Scratch,
}

struct Scratch {
    context: Context,
    keys: Keys,
    tried: u32,
}

/// Of one direction.
pub(super) struct Keys {
    pub key: Vec<u8>,
    pub salt: Vec<u8>,
}

impl Srtp {
    /// `material`: client key, server key, client salt, server salt.
    pub(super) fn new(
        profile: ProtectionProfile,
        material: &[u8],
        we_are_client: bool,
        crypto: &dyn RTCCrypto,
    ) -> Result<Self, RtcError> {
        let short = || RtcError::Crypto("keying material is short".to_owned());
        let (client_key, rest) = material.split_at_checked(profile.key_len()).ok_or_else(short)?;
        let (server_key, rest) = rest.split_at_checked(profile.key_len()).ok_or_else(short)?;
        let (client_salt, server_salt) = rest.split_at_checked(profile.salt_len()).ok_or_else(short)?;
        let client = Keys { key: client_key.to_vec(), salt: client_salt.to_vec() };
        let server = Keys { key: server_key.to_vec(), salt: server_salt.to_vec() };
        let (ours, theirs) = if we_are_client { (client, server) } else { (server, client) };
        Self::with_keys(profile, &ours, theirs, crypto)
    }

    pub(super) fn with_keys(
        profile: ProtectionProfile,
        ours: &Keys,
        theirs: Keys,
        crypto: &dyn RTCCrypto,
    ) -> Result<Self, RtcError> {
        let (outbound, inbound) = (ours.context(profile, true, crypto)?, Inbound::new(profile, theirs, crypto)?);
        Ok(Self { outbound, inbound, profile })
    }

    /// The peer encrypts with another key from now on.
    pub(super) fn rekey_inbound(&mut self, theirs: Keys, crypto: &dyn RTCCrypto) -> Result<(), RtcError> {
        self.inbound = Inbound::new(self.profile, theirs, crypto)?;
        Ok(())
    }

    /// `None`: forged, replayed, damaged, or one stream too many.
    pub(super) fn open(&mut self, kind: Kind, packet: &[u8], crypto: &dyn RTCCrypto) -> Option<BytesMut> {
        let rtcp = match kind {
            Kind::Rtp => false,
            Kind::Rtcp => true,
            Kind::Stun | Kind::Dtls => return None,
        };
        if rtcp && !self.is_encrypted_rtcp(packet) {
            return None;
        }
        self.inbound.open(self.profile, rtcp, packet, crypto)
    }

    /// The encryption flag stands before the index, which stands before the tag (CM) or last (GCM).
    fn is_encrypted_rtcp(&self, packet: &[u8]) -> bool {
        let after_flag = 4 + self.profile.rtcp_auth_tag_len();
        let flag = packet.len().checked_sub(after_flag).and_then(|at| packet.get(at));
        flag.is_some_and(|flag| flag & 0x80 != 0)
    }

    /// `None`: not RTP, or 2^48 packets were sent with these keys.
    pub(super) fn protect(&mut self, packet: Clear<'_>) -> Option<BytesMut> {
        match packet {
            Clear::Rtp(bytes) => self.outbound.encrypt_rtp(bytes).ok(),
            Clear::Rtcp(bytes) => self.outbound.encrypt_rtcp(bytes).ok(),
        }
    }
}

impl Inbound {
    fn new(profile: ProtectionProfile, keys: Keys, crypto: &dyn RTCCrypto) -> Result<Self, RtcError> {
        let context = keys.context(profile, true, crypto)?;
        let scratch = Scratch { context: keys.context(profile, false, crypto)?, keys, tried: 0 };
        Ok(Self { context, rtp_ssrcs: Vec::new(), rtcp_ssrcs: Vec::new(), scratch })
    }

    fn open(
        &mut self,
        profile: ProtectionProfile,
        rtcp: bool,
        packet: &[u8],
        crypto: &dyn RTCCrypto,
    ) -> Option<BytesMut> {
        let ssrc = ssrc_of(packet, if rtcp { 4 } else { 8 })?;
        let known = if rtcp { &self.rtcp_ssrcs } else { &self.rtp_ssrcs };
        if !known.contains(&ssrc) {
            if known.len() >= SSRCS_MAX {
                return None;
            }
            self.scratch.verify(profile, rtcp, packet, crypto)?;
            let known = if rtcp { &mut self.rtcp_ssrcs } else { &mut self.rtp_ssrcs };
            known.push(ssrc);
        }
        open(&mut self.context, rtcp, packet)
    }
}

impl Scratch {
    fn verify(
        &mut self,
        profile: ProtectionProfile,
        rtcp: bool,
        packet: &[u8],
        crypto: &dyn RTCCrypto,
    ) -> Option<BytesMut> {
        if self.tried >= SCRATCH_MAX {
            self.context = self.keys.context(profile, false, crypto).ok()?;
            self.tried = 0;
        }
        self.tried += 1;
        open(&mut self.context, rtcp, packet)
    }
}

impl Keys {
    fn context(&self, profile: ProtectionProfile, replay: bool, crypto: &dyn RTCCrypto) -> Result<Context, RtcError> {
        let rtp = replay.then(|| srtp_replay_protection(REPLAY_WINDOW));
        let rtcp = replay.then(|| srtcp_replay_protection(REPLAY_WINDOW));
        Context::new(&self.key, &self.salt, profile, rtp, rtcp, crypto)
            .map_err(|error| RtcError::Crypto(error.to_string()))
    }
}

fn open(context: &mut Context, rtcp: bool, packet: &[u8]) -> Option<BytesMut> {
    if rtcp { context.decrypt_rtcp(packet).ok() } else { context.decrypt_rtp(packet).ok() }
}

fn ssrc_of(packet: &[u8], at: usize) -> Option<u32> {
    packet.get(at..)?.first_chunk::<4>().map(|bytes| u32::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use rtc_dtls::crypto_provider::default_provider;

    use super::*;

    const PROFILES: [ProtectionProfile; 3] = [
        ProtectionProfile::AeadAes128Gcm,
        ProtectionProfile::Aes128CmHmacSha1_80,
        ProtectionProfile::Aes128CmHmacSha1_32,
    ];

    fn pair(profile: ProtectionProfile) -> (Srtp, Srtp) {
        let provider = default_provider().unwrap();
        let material: Vec<u8> = (0..material_len(profile)).map(|i| i as u8).collect();
        let side = |client| Srtp::new(profile, &material, client, provider.crypto()).unwrap();
        (side(true), side(false))
    }

    fn rtp(sequence: u16, ssrc: u32) -> Vec<u8> {
        let mut packet = vec![0x80, 0];
        packet.extend(sequence.to_be_bytes());
        packet.extend(160u32.to_be_bytes());
        packet.extend(ssrc.to_be_bytes());
        packet.extend([0x55; 160]);
        packet
    }

    fn sender_report(ssrc: u32) -> Vec<u8> {
        let mut packet = vec![0x80, 200, 0, 6];
        packet.extend(ssrc.to_be_bytes());
        packet.extend([0x55; 20]);
        packet
    }

    #[test]
    fn packets_pass_once_and_forged_ones_never() {
        let provider = default_provider().unwrap();
        for profile in PROFILES {
            let (mut client, mut server) = pair(profile);
            for (kind, clear) in [(Kind::Rtp, rtp(65_530, 7)), (Kind::Rtcp, sender_report(7))] {
                let packet = match kind {
                    Kind::Rtp => Clear::Rtp(&clear),
                    _ => Clear::Rtcp(&clear),
                };
                let protected = client.protect(packet).unwrap();
                assert_ne!(protected[..clear.len()], clear[..]);
                for bit in 0..protected.len() * 8 {
                    let mut forged = protected.to_vec();
                    forged[bit / 8] ^= 1 << (bit % 8);
                    assert_eq!(server.open(kind, &forged, provider.crypto()), None, "{profile:?} {kind:?} bit {bit}");
                }
                for cut in 0..protected.len() {
                    assert_eq!(server.open(kind, &protected[..cut], provider.crypto()), None);
                }
                assert_eq!(server.open(kind, &protected, provider.crypto()).unwrap()[..], clear[..]);
                assert_eq!(server.open(kind, &protected, provider.crypto()), None, "replayed");
            }
        }
    }

    #[test]
    fn clear_rtcp_is_refused() {
        let provider = default_provider().unwrap();
        for profile in PROFILES {
            let (_, mut server) = pair(profile);
            let mut forged = sender_report(7);
            forged.extend([0; 40]);
            assert_eq!(server.open(Kind::Rtcp, &forged, provider.crypto()), None, "{profile:?}");
        }
    }

    #[test]
    fn sequence_numbers_wrap() {
        let provider = default_provider().unwrap();
        for profile in PROFILES {
            let (mut client, mut server) = pair(profile);
            for i in 0..200_000u32 {
                let clear = rtp((65_000 + i) as u16, 7);
                if i % 997 == 0 || (520..560).contains(&i) {
                    let protected = client.protect(Clear::Rtp(&clear)).unwrap();
                    assert_eq!(server.open(Kind::Rtp, &protected, provider.crypto()).unwrap()[..], clear[..], "{i}");
                }
            }
        }
    }

    #[test]
    fn streams_are_bounded_and_forged_ones_take_no_place() {
        let provider = default_provider().unwrap();
        let (mut client, mut server) = pair(ProtectionProfile::AeadAes128Gcm);
        for ssrc in 0..1_000 {
            assert_eq!(server.open(Kind::Rtp, &rtp(1, ssrc), provider.crypto()), None);
        }
        assert!(server.inbound.rtp_ssrcs.is_empty() && server.inbound.scratch.tried <= SCRATCH_MAX);
        let mut opened = 0;
        for ssrc in 0..100 {
            let protected = client.protect(Clear::Rtp(&rtp(1, ssrc))).unwrap();
            opened += usize::from(server.open(Kind::Rtp, &protected, provider.crypto()).is_some());
        }
        assert_eq!(opened, SSRCS_MAX);
    }
}
