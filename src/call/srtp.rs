//! Whose sound is encrypted with keys in the descriptions (RFC 4568), and the keys.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::calls::Calls;
use super::{Branch, reason};
use crate::media::WorkerId;
use crate::media::negotiate::Keying;
use crate::sdp::{CryptoSuite, Fingerprint, MasterKey, SrtpRule};
use crate::sip::{Origin, Reason, Target, Transport};

/// By whom a leg is to.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct SrtpRules {
    pub phones: SrtpRule,
    /// By name.
    pub trunks: BTreeMap<String, SrtpRule>,
}

impl SrtpRules {
    pub(super) fn of_caller(&self, origin: &Origin, transport: Transport) -> SrtpRule {
        match origin {
            Origin::Trunk(trunk) => self.of_trunk(trunk),
            Origin::User { .. } => self.phones,
        }
        .over(is_encrypted(transport))
    }

    pub(super) fn of_called(&self, branch: &Branch) -> SrtpRule {
        match &branch.target {
            Target::Trunk { trunk, .. } => self.of_trunk(trunk),
            Target::Contact { .. } | Target::Uri { .. } => self.phones,
        }
        .over(is_encrypted(branch.transport))
    }

    fn of_trunk(&self, trunk: &str) -> SrtpRule {
        self.trunks.get(trunk).copied().unwrap_or_default()
    }
}

/// A WebSocket comes over TLS or through a proxy in clear; who does not speak WebRTC over it is taken for the latter.
fn is_encrypted(transport: Transport) -> bool {
    transport == Transport::Tls
}

impl Calls {
    /// Keys of its own for a new leg: a counter hashed with the secret, which nothing else is made of.
    /// `worker`: whose certificate a handshake shows.
    pub(super) fn keying(&mut self, rule: SrtpRule, worker: WorkerId) -> Result<Option<Keying>, Reason> {
        let face = self.ports.rtc_face(worker);
        let fingerprint = face.and_then(|face| Fingerprint::parse(&face.fingerprint));
        if rule == SrtpRule::Dtls && fingerprint.is_none() {
            return Err(reason(488, "no DTLS here"));
        }
        let secret = match (self.settings.secret, rule) {
            (Some(secret), _) => *secret.reveal(),
            (None, SrtpRule::Required | SrtpRule::Dtls) => return Err(reason(488, "no keys for SRTP here")),
            (None, _) => return Ok(None),
        };
        let mut key = || {
            let count = self.ids.take();
            let digest: [u8; 32] = Sha256::new()
                .chain_update(secret)
                .chain_update(b"srtp")
                .chain_update(count.to_be_bytes())
                .finalize()
                .into();
            MasterKey::new(std::array::from_fn(|place| digest[place]))
        };
        let keys = [(); CryptoSuite::ALL.len()].map(|()| key());
        Ok(Keying::new(rule, keys, fingerprint))
    }
}
