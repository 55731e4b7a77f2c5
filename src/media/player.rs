//! Plays encoded sounds one after another, a frame at a time.

use std::sync::Arc;

use super::sound::{Encoded, Sounds};
use super::{PlayId, Sound};
use crate::codec::Law;

/// Silence between two sounds of one playback, in samples (80 ms): words do not run together. None
/// before the first, after the last, or where one sound repeats (music has no seam).
pub const GAP_SAMPLES: usize = 640;

/// The most sounds of one playback; beyond it the playback is refused.
pub const MAX_SOUNDS: usize = 256;

/// Why a playback cannot begin.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PlayError {
    #[error("no such sound: {}", .0.0)]
    NoSuchSound(Sound),
    #[error("nothing to play")]
    Nothing,
    #[error("more than {MAX_SOUNDS} sounds")]
    TooMany,
}

#[derive(Clone, Debug)]
pub struct Player {
    play: PlayId,
    sounds: Vec<Arc<Encoded>>,
    repeat: bool,
    /// Which sound, and how far into it.
    index: usize,
    at: usize,
    /// Samples of silence before the sound goes on.
    gap: usize,
}

impl Player {
    pub fn new(library: &Sounds, play: PlayId, sounds: &[Sound], repeat: bool) -> Result<Self, PlayError> {
        if sounds.len() > MAX_SOUNDS {
            return Err(PlayError::TooMany);
        }
        let find = |sound: &Sound| library.get(sound).cloned().ok_or_else(|| PlayError::NoSuchSound(sound.clone()));
        let sounds = sounds.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        // A repetition of empty sounds would never fill a frame.
        if sounds.iter().all(|s| s.codes(Law::Mu).is_empty()) {
            return Err(PlayError::Nothing);
        }
        Ok(Self { play, sounds, repeat, index: 0, at: 0, gap: 0 })
    }

    pub fn play(&self) -> PlayId {
        self.play
    }

    pub fn repeats(&self) -> bool {
        self.repeat
    }

    /// Plays the same sounds.
    pub fn is_like(&self, other: &Self) -> bool {
        self.sounds.len() == other.sounds.len() && self.sounds.iter().zip(&other.sounds).all(|(a, b)| Arc::ptr_eq(a, b))
    }

    /// The same, going on where it stands, under another name.
    pub fn renamed(self, play: PlayId) -> Self {
        Self { play, ..self }
    }

    /// Fills `frame` with codes of `law`, the last one up with silence. False: the playback was
    /// over before, and the frame is untouched.
    pub fn fill(&mut self, law: Law, frame: &mut [u8]) -> bool {
        let mut filled = 0usize;
        while let Some(rest) = frame.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let copied = self.fill_part(law, rest);
            if copied == 0 {
                rest.fill(law.silence());
                return filled > 0;
            }
            filled = filled.saturating_add(copied);
        }
        true
    }

    /// The next stretch of one sound or gap; 0 at the end.
    fn fill_part(&mut self, law: Law, out: &mut [u8]) -> usize {
        if self.gap > 0 {
            let count = self.gap.min(out.len());
            out.iter_mut().take(count).for_each(|code| *code = law.silence());
            self.gap = self.gap.saturating_sub(count);
            return count;
        }
        while let Some(sound) = self.sounds.get(self.index) {
            let left = sound.codes(law).get(self.at..).unwrap_or_default();
            if left.is_empty() {
                self.next_sound();
                if self.gap > 0 {
                    return self.fill_part(law, out);
                }
                continue;
            }
            let count = left.len().min(out.len());
            out.iter_mut().zip(left).for_each(|(to, from)| *to = *from);
            self.at = self.at.saturating_add(count);
            return count;
        }
        0
    }

    fn next_sound(&mut self) {
        self.at = 0;
        self.index = self.index.saturating_add(1);
        if self.repeat && self.index >= self.sounds.len() {
            self.index = 0;
        }
        if self.index < self.sounds.len() && self.sounds.len() > 1 {
            self.gap = GAP_SAMPLES;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library() -> Sounds {
        let mut sounds = Sounds::new();
        sounds.insert("a", Encoded::new(&[1_000; 200]));
        sounds.insert("b", Encoded::new(&[-1_000; 100]));
        sounds.insert("empty", Encoded::new(&[]));
        sounds
    }

    fn sounds(names: &[&str]) -> Vec<Sound> {
        names.iter().map(|n| Sound((*n).to_owned())).collect()
    }

    fn all(player: &mut Player) -> Vec<i16> {
        let mut heard = Vec::new();
        let mut frame = [0u8; 160];
        while player.fill(Law::A, &mut frame) {
            heard.extend(frame.iter().map(|c| Law::A.decode(*c)));
            assert!(heard.len() < 100_000, "ends");
        }
        heard
    }

    #[test]
    fn sounds_follow_one_another_with_a_gap_and_a_full_last_frame() {
        let mut player = Player::new(&library(), PlayId(1), &sounds(&["a", "empty", "b"]), false).unwrap();
        let heard = all(&mut player);
        assert_eq!(heard.len() % 160, 0);
        let (high, low) = (heard.iter().filter(|s| **s > 500).count(), heard.iter().filter(|s| **s < -500).count());
        assert_eq!((high, low), (200, 100));
        assert_eq!(heard.iter().position(|s| *s < -500), Some(200 + 2 * GAP_SAMPLES));
        assert!(!player.fill(Law::A, &mut [0; 160]));
    }

    #[test]
    fn one_sound_repeats_without_a_seam() {
        let mut player = Player::new(&library(), PlayId(1), &sounds(&["a"]), true).unwrap();
        let mut frame = [0u8; 160];
        for _ in 0..1_000 {
            assert!(player.fill(Law::Mu, &mut frame));
            assert!(frame.iter().all(|c| Law::Mu.decode(*c) > 500));
        }
    }

    #[test]
    fn refuses_what_it_cannot_play() {
        let new = |names: &[&str], repeat| Player::new(&library(), PlayId(1), &sounds(names), repeat).map(|_| ());
        assert_eq!(new(&["a", "c"], false), Err(PlayError::NoSuchSound(Sound("c".to_owned()))));
        assert_eq!(new(&[], false), Err(PlayError::Nothing));
        assert_eq!(new(&["empty"], true), Err(PlayError::Nothing));
        assert_eq!(new(&["a"; MAX_SOUNDS + 1], false), Err(PlayError::TooMany));
    }
}
