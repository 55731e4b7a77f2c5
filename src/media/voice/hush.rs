//! Keys in the sound that nobody may hear: while a caller keys in a secret.
//!
//! A frame is let out one late, so that it is known what follows: one that sounds like a key, the one before it and
//! the one after it are silence. What is left of a key is shorter than 20 ms, from which no receiver reads one.

use super::FRAME;
use crate::media::dtmf::sounds_like_key;

#[derive(Debug)]
pub(in crate::media) struct Hush {
    narrow: [i16; FRAME],
    wide: [i16; 2 * FRAME],
    /// Of the frame that waits, and of the one before it.
    keys: [bool; 2],
}

impl Default for Hush {
    fn default() -> Self {
        Self { narrow: [0; FRAME], wide: [0; 2 * FRAME], keys: [false; 2] }
    }
}

impl Hush {
    /// The frame of this tick against the one before it; both rates tell the same.
    pub fn run(&mut self, narrow: &mut [i16; FRAME], wide: &mut [i16; 2 * FRAME]) {
        let is_key = sounds_like_key(narrow);
        let [waits, before] = self.keys;
        std::mem::swap(&mut self.narrow, narrow);
        std::mem::swap(&mut self.wide, wide);
        if is_key || waits || before {
            narrow.fill(0);
            wide.fill(0);
        }
        self.keys = [is_key, waits];
    }
}
