//! The library of sounds: loaded once, shared by all workers, never changed while they run.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Sound;
use crate::codec::{Law, SAMPLE_RATE};

/// The longest sound kept, in samples (15 minutes).
pub const MAX_SAMPLES: usize = 15 * 60 * SAMPLE_RATE as usize;

/// One sound, encoded beforehand in both laws so that playing it is copying.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Encoded {
    pcmu: Box<[u8]>,
    pcma: Box<[u8]>,
}

impl Encoded {
    /// `pcm`: 8 kHz, one channel; cut at [`MAX_SAMPLES`].
    pub fn new(pcm: &[i16]) -> Self {
        let encode = |law: Law| pcm.iter().take(MAX_SAMPLES).map(|s| law.encode(*s)).collect();
        Self { pcmu: encode(Law::Mu), pcma: encode(Law::A) }
    }

    pub fn codes(&self, law: Law) -> &[u8] {
        match law {
            Law::Mu => &self.pcmu,
            Law::A => &self.pcma,
        }
    }

    pub fn duration_ms(&self) -> u64 {
        self.pcmu.len() as u64 * 1_000 / u64::from(SAMPLE_RATE)
    }
}

/// Sounds by name (`zh/welcome`, `music/hold`).
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Sounds(BTreeMap<Sound, Arc<Encoded>>);

impl Sounds {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a sound, or replaces one of that name.
    pub fn insert(&mut self, name: &str, sound: Encoded) {
        self.0.insert(Sound(name.to_owned()), Arc::new(sound));
    }

    pub fn get(&self, sound: &Sound) -> Option<&Arc<Encoded>> {
        self.0.get(sound)
    }

    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(&Sound(name.to_owned()))
    }

    /// Names and lengths, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(name, sound)| (name.0.as_str(), sound.duration_ms()))
    }
}
