//! Tags, branches, Call-IDs and secrets: the same for the same seed, yet nobody who reads some of
//! them can tell the next (a tag is all that keeps a stranger from ending a call).

use sha2::{Digest as _, Sha256};

use super::hex;

/// A counter hashed with a secret (SHA-256).
#[derive(Clone, Debug)]
pub struct Tokens {
    secret: [u8; 32],
    taken: u64,
}

impl Tokens {
    pub fn new(seed: u64) -> Self {
        let secret = Sha256::new().chain_update(b"carillon sip").chain_update(seed.to_be_bytes()).finalize();
        Self { secret: secret.into(), taken: 0 }
    }

    /// 16 hexadecimal digits nobody has seen before.
    pub fn take(&mut self) -> String {
        self.taken = self.taken.wrapping_add(1);
        self.hash(b"next", &[&self.taken.to_be_bytes()])
    }

    /// Uniform in `0..bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        let random = u64::from_str_radix(&self.take(), 16).unwrap_or(0);
        random.checked_rem(bound).unwrap_or(0)
    }

    /// 8 hexadecimal digits that are always the same for these parts: the To tag of an answer
    /// without state, so that retransmissions get the same (RFC 3261 §8.2.7).
    pub fn stable(&self, parts: &[&str]) -> String {
        let bytes: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        let mut token = self.hash(b"stable", &bytes);
        token.truncate(8);
        token
    }

    /// A secret of its own for another machine.
    pub fn secret(&self, label: &str) -> [u8; 32] {
        Sha256::new().chain_update(self.secret).chain_update(b"secret").chain_update(label.as_bytes()).finalize().into()
    }

    fn hash(&self, label: &[u8], parts: &[&[u8]]) -> String {
        let mut sum = Sha256::new().chain_update(self.secret).chain_update(label);
        for part in parts {
            sum.update((part.len() as u64).to_be_bytes());
            sum.update(part);
        }
        let digest = sum.finalize();
        hex(digest.get(..8).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_same_tokens_and_none_twice() {
        let (mut a, mut b) = (Tokens::new(1), Tokens::new(1));
        let taken: std::collections::BTreeSet<String> = (0..1000).map(|_| a.take()).collect();
        assert_eq!(taken.len(), 1000);
        assert!((0..1000).all(|_| taken.contains(&b.take())));
        assert_eq!(a.stable(&["x", "yz"]), b.stable(&["x", "yz"]));
        assert_ne!(a.stable(&["x", "yz"]), a.stable(&["xy", "z"]));
        assert_ne!(Tokens::new(2).take(), Tokens::new(1).take());
        assert_eq!(a.below(0), 0);
        assert!((0..100).all(|_| a.below(7) < 7));
    }
}
