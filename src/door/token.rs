//! Secret tokens: 256 random bits of the system, kept only as a digest.

use argon2::password_hash::rand_core::{OsRng, RngCore};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::base::Redacted;

/// SHA-256 of a token. A token has full entropy, so a plain digest suffices and comparing digests
/// tells nothing about the token. Printed and read as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TokenDigest([u8; 32]);

impl std::fmt::Display for TokenDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::str::FromStr for TokenDigest {
    type Err = NoDigest;

    fn from_str(text: &str) -> Result<Self, NoDigest> {
        if text.len() != 64 || !text.is_ascii() {
            return Err(NoDigest);
        }
        let mut bytes = [0u8; 32];
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            let pair = text.get(at..at + 2).ok_or(NoDigest)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| NoDigest)?;
        }
        Ok(Self(bytes))
    }
}

/// Not 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a digest")]
pub struct NoDigest;

/// What the tokens of programs begin with, so that scanners of source code know a lost one.
const PROGRAM: &str = "carillon_";

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

    /// For a program: known from the text alone.
    pub fn for_program() -> Self {
        Self(Redacted(format!("{PROGRAM}{}", Self::random().reveal())))
    }

    pub fn is_for_program(text: &str) -> bool {
        text.starts_with(PROGRAM)
    }

    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }

    pub fn digest_of(text: &str) -> TokenDigest {
        TokenDigest(Sha256::digest(text.as_bytes()).into())
    }

    /// A second secret that follows from the token: who has the token has both, and the server need
    /// keep neither. Different purposes tell nothing about each other.
    pub fn derived_from(text: &str, purpose: &str) -> Redacted<String> {
        let mut hash = Sha256::new();
        hash.update(purpose.as_bytes());
        hash.update([0]);
        hash.update(text.as_bytes());
        Redacted(URL_SAFE_NO_PAD.encode(hash.finalize()))
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

    #[test]
    fn a_digest_survives_being_written() {
        let digest = Token::random().digest();
        assert_eq!(digest.to_string().parse(), Ok(digest));
        for bad in ["", "00", &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(bad.parse::<TokenDigest>(), Err(NoDigest), "{bad}");
        }
    }

    #[test]
    fn what_follows_from_a_token_differs_by_purpose_and_from_its_digest() {
        let token = Token::for_program();
        assert!(Token::is_for_program(token.reveal()));
        let derived = |purpose| Token::derived_from(token.reveal(), purpose);
        assert_eq!(derived("csrf"), derived("csrf"));
        assert_ne!(derived("csrf"), derived("phone"));
        assert_ne!(derived("csrf"), Token::derived_from(Token::random().reveal(), "csrf"));
    }
}
