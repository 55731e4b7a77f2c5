//! Keys in a description: `a=crypto` of SRTP (RFC 4568), and who may send them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::base::Redacted;

/// How the media of a plain leg is encrypted: with keys in the descriptions (RFC 4568) or by a handshake.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SrtpRule {
    /// Neither offered nor taken.
    Off,
    /// Offered and taken where the signalling is encrypted; who does not want it is spoken with in clear (RFC 8643).
    #[default]
    Offered,
    /// The same over any signalling, where whoever reads it has the keys.
    OfferedInClear,
    /// No call without, over any signalling.
    Required,
    /// No call without, and the keys by a handshake beside the sound (DTLS, RFC 5763): whoever reads the signalling does
    /// not have them.
    Dtls,
}

impl SrtpRule {
    /// What it comes to for one leg. `encrypted`: its signalling is.
    pub fn over(self, encrypted: bool) -> Self {
        match self {
            Self::Offered if !encrypted => Self::Off,
            rule => rule,
        }
    }
}

/// A cipher with the length of its tag (RFC 4568 §6.2). All have a master key of 128 bits and a salt of 112.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum CryptoSuite {
    /// `AES_CM_128_HMAC_SHA1_80`
    AesCm80,
    /// `AES_CM_128_HMAC_SHA1_32`: the tag of RTP is shorter, that of RTCP is not.
    AesCm32,
}

impl CryptoSuite {
    /// The most wanted first.
    pub const ALL: [Self; 2] = [Self::AesCm80, Self::AesCm32];

    pub const fn name(self) -> &'static str {
        match self {
            Self::AesCm80 => "AES_CM_128_HMAC_SHA1_80",
            Self::AesCm32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.name().eq_ignore_ascii_case(name))
    }
}

/// Master key and salt of one direction. Prints as `…`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MasterKey(Redacted<[u8; Self::LEN]>);

impl MasterKey {
    /// Sixteen bytes of key and fourteen of salt.
    pub const LEN: usize = 30;
    const KEY: usize = 16;

    pub const fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(Redacted(bytes))
    }

    pub fn key(&self) -> &[u8] {
        self.0.reveal().split_at(Self::KEY).0
    }

    pub fn salt(&self) -> &[u8] {
        self.0.reveal().split_at(Self::KEY).1
    }

    /// Padding is left away by some.
    fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text).or_else(|_| STANDARD_NO_PAD.decode(text)).ok()?;
        bytes.try_into().ok().map(Self::new)
    }
}

/// `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:…` (RFC 4568 §9.1): what its author encrypts with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Crypto {
    /// Names it among those of its section; the answer repeats it.
    pub tag: u32,
    pub suite: CryptoSuite,
    pub key: MasterKey,
}

impl Crypto {
    /// `None` for what is not spoken here: other suites, several keys, a key identifier in every packet (MKI),
    /// packets without encryption or authentication. How long the key may be used is not counted: no call comes
    /// near the bound of the cipher.
    pub fn parse(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let tag = words.next().filter(|tag| tag.len() <= 9)?.parse().ok()?;
        let suite = CryptoSuite::from_name(words.next()?)?;
        let mut parts =
            words.next()?.split_once(':').filter(|(method, _)| method.eq_ignore_ascii_case("inline"))?.1.split('|');
        let key = MasterKey::parse(parts.next()?)?;
        let has_mki = parts.any(|part| part.contains(':') || part.contains(';'));
        // A parameter that begins with a minus, and the hint about late packets, may be read over (RFC 4568 §6.3).
        let is_fit = words.all(|parameter| parameter.starts_with('-') || parameter.starts_with("WSH="));
        (is_fit && !has_mki).then_some(Self { tag, suite, key })
    }
}

impl fmt::Display for Crypto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} inline:{}", self.tag, self.suite.name(), STANDARD.encode(self.key.0.reveal()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 4568 §10.1, of thirty bytes.
    const INLINE: &str = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

    #[test]
    fn keys_are_read_as_phones_write_them() {
        use CryptoSuite::{AesCm32, AesCm80};
        for (value, expected) in [
            (format!("1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}"), Some((1, AesCm80))),
            (format!("2 AES_CM_128_HMAC_SHA1_32 inline:{INLINE}|2^20"), Some((2, AesCm32))),
            (format!("  7  aes_cm_128_hmac_sha1_80  INLINE:{INLINE}|2^31  WSH=64 -X=1"), Some((7, AesCm80))),
            (format!("1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|2^20|1:4"), None),
            (format!("1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|1:4"), None),
            (format!("1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|2^20;inline:{INLINE}|2^20"), None),
            (format!("1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE};inline:{INLINE}"), None),
            (format!("1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE} UNENCRYPTED_SRTP"), None),
            (format!("1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE} UNENCRYPTED_SRTCP"), None),
            (format!("1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE} KDR=1"), None),
            (format!("1 AES_256_CM_HMAC_SHA1_80 inline:{INLINE}"), None),
            (format!("1 F8_128_HMAC_SHA1_80 inline:{INLINE}"), None),
            (format!("1 AES_CM_128_HMAC_SHA1_80 clear:{INLINE}"), None),
            (format!("x AES_CM_128_HMAC_SHA1_80 inline:{INLINE}"), None),
            (format!("1234567890 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}"), None),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:c2hvcnQ=".to_owned(), None),
            ("1 AES_CM_128_HMAC_SHA1_80".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(Crypto::parse(&value).map(|crypto| (crypto.tag, crypto.suite)), expected, "{value}");
        }
    }

    #[test]
    fn a_key_is_printed_as_it_was_read_and_not_to_a_log() {
        let value = format!("1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}");
        let crypto = Crypto::parse(&value).unwrap();
        assert_eq!(crypto.to_string(), value);
        assert_eq!((crypto.key.key().len(), crypto.key.salt().len()), (16, 14));
        assert!(format!("{crypto:?}").ends_with("key: MasterKey(…) }"), "{crypto:?}");
    }

    #[test]
    fn keys_travel_in_clear_only_where_that_is_said() {
        use SrtpRule::{Dtls, Off, Offered, OfferedInClear, Required};
        for (rule, over_udp) in
            [(Off, Off), (Offered, Off), (OfferedInClear, OfferedInClear), (Required, Required), (Dtls, Dtls)]
        {
            assert_eq!((rule.over(false), rule.over(true)), (over_udp, rule));
        }
    }
}
