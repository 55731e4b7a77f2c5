//! The certificate of this process, and fingerprints as SDP writes them (RFC 8122 §5).

use std::fmt;
use std::sync::Arc;
use std::time::Instant as StdInstant;

use rtc_dtls::crypto::Certificate as DtlsCertificate;
use rtc_dtls::crypto_provider::{RTCCrypto, RTCCryptoProvider, default_provider};
use sha2::{Digest, Sha256};

use super::RtcError;

/// One self-signed P-256 certificate for all WebRTC legs, made at the start of the process. The
/// browser trusts it because its fingerprint stands in our SDP, which came over the signalling.
pub struct Certificate {
    pub(super) dtls: DtlsCertificate,
    pub(super) provider: Arc<dyn RTCCryptoProvider>,
    /// The library takes a std instant with every call and only adds to it; its timers are not used.
    pub(super) anchor: StdInstant,
    fingerprint: Fingerprint,
}

impl Certificate {
    /// `anchor`: any reading of the monotonic clock.
    pub fn generate(anchor: StdInstant) -> Result<Arc<Self>, RtcError> {
        let provider = default_provider().map_err(|error| RtcError::Crypto(error.to_string()))?;
        let dtls = DtlsCertificate::generate_self_signed(vec!["carillon".to_owned()], provider.crypto())
            .map_err(|error| RtcError::Crypto(error.to_string()))?;
        let leaf = dtls.certificate.first().ok_or_else(|| RtcError::Crypto("no certificate was made".to_owned()))?;
        let fingerprint = Fingerprint::of(leaf);
        Ok(Arc::new(Self { dtls, provider, anchor, fingerprint }))
    }

    /// As the value of `a=fingerprint`: `sha-256 AA:BB:…`.
    pub fn fingerprint(&self) -> String {
        self.fingerprint.to_string()
    }

    pub(super) fn crypto(&self) -> &dyn RTCCrypto {
        self.provider.crypto()
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.fingerprint)
    }
}

/// SHA-256 of a certificate in DER.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Fingerprint([u8; 32]);

impl From<crate::sdp::Fingerprint> for Fingerprint {
    fn from(told: crate::sdp::Fingerprint) -> Self {
        Self(told.0)
    }
}

impl Fingerprint {
    pub(super) fn of(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }

    /// `sha-256 AA:BB:…`, the algorithm and the digits in either case. Weaker algorithms are refused.
    pub(super) fn parse(text: &str) -> Result<Self, RtcError> {
        Self::read(text).ok_or_else(|| RtcError::BadFingerprint(text.chars().take(128).collect()))
    }

    fn read(text: &str) -> Option<Self> {
        let (algorithm, digits) = text.trim().split_once(' ')?;
        if !algorithm.eq_ignore_ascii_case("sha-256") {
            return None;
        }
        let mut bytes = [0; 32];
        let mut pairs = digits.trim().split(':');
        for byte in &mut bytes {
            let pair = pairs.next().filter(|pair| pair.len() == 2 && pair.bytes().all(|c| c.is_ascii_hexdigit()))?;
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        pairs.next().is_none().then_some(Self(bytes))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha-256 ")?;
        for (i, byte) in self.0.iter().enumerate() {
            let colon = if i == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02X}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_read_as_they_are_written() {
        let written = Fingerprint::of(b"a certificate").to_string();
        assert_eq!(Fingerprint::parse(&written).unwrap().to_string(), written);
        assert_eq!(Fingerprint::parse(&written.to_lowercase()), Fingerprint::parse(&written));
        let longer = format!("{written}:00");
        for bad in ["", "sha-256", "sha-256 AA:BB", "sha-1 AA", &longer, &written.replace("sha-256", "sha-512"), "é é"]
        {
            assert!(matches!(Fingerprint::parse(bad), Err(RtcError::BadFingerprint(_))), "{bad}");
        }
    }
}
