//! Secret tokens: 256 random bits of the system, kept only as a digest.

use argon2::password_hash::rand_core::{OsRng, RngCore};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::base::Redacted;

/// SHA-256 of a token. A token has full entropy, so a plain digest suffices and comparing digests
/// tells nothing about the token.
pub type TokenDigest = [u8; 32];

/// What the client keeps; printed only on purpose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token(Redacted<String>);

impl Token {
    /// From the system's source of randomness.
    pub fn random() -> Self {
        let mut bytes = [0u8; 32];
        OsRng.fill_bytes(&mut bytes);
        Self(Redacted(URL_SAFE_NO_PAD.encode(bytes)))
    }

    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }

    pub fn digest_of(text: &str) -> TokenDigest {
        Sha256::digest(text.as_bytes()).into()
    }

    pub fn digest(&self) -> TokenDigest {
        Self::digest_of(self.reveal())
    }

    /// Lower-case letters and digits, for names that must be unique but are no secret.
    pub fn suffix(len: usize) -> String {
        const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let mut bytes = vec![0u8; len];
        OsRng.fill_bytes(&mut bytes);
        bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_do_not_print() {
        let (a, b) = (Token::random(), Token::random());
        assert_ne!(a, b);
        assert_eq!(a.reveal().len(), 43);
        assert_eq!(a.digest(), Token::digest_of(a.reveal()));
        assert!(!format!("{a:?}").contains(a.reveal()));
        assert_eq!(Token::suffix(6).len(), 6);
    }
}
