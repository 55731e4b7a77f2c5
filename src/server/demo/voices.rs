//! What simulated people say: recorded sentences, parted where the speaker pauses.

use std::path::Path;
use std::sync::Arc;

use crate::base::Rng;
use crate::codec::Law;
use crate::media::sound::{Encoded, Sounds};
use crate::media::tone::Tone;
use crate::net::sounds::{self, SoundsError};

/// A pause between two sentences: so many frames of 20 ms below [`QUIET`].
const PAUSE: usize = 9;
const QUIET: u32 = 200;
const FRAME: usize = 160;
/// A sentence shorter than this many frames is joined with the one before.
const SHORT: usize = 50;

/// What one person says, sentence by sentence.
pub type Sentences = Vec<Arc<Encoded>>;

/// All voices of a folder, by role and language: `caller-zh-1`, `agent-en-2`.
pub struct Voices {
    voices: Vec<(String, Sentences)>,
    /// For a role that nobody speaks.
    hum: Sentences,
}

impl Voices {
    pub fn load(folder: &Path) -> Result<Self, SoundsError> {
        let sounds = sounds::load(folder)?;
        let voices = sounds.iter().map(|(name, _)| (name.to_owned(), sentences(&sounds, name))).collect();
        let hum: Vec<i16> = Tone::new(300.0, 0.1).take(FRAME * 50).collect();
        Ok(Self { voices, hum: vec![Arc::new(Encoded::new(&hum))] })
    }

    /// One of the voices of `caller` or `agent` in a language.
    pub fn pick(&self, role: &str, language: &str, rng: &mut Rng) -> Sentences {
        let prefix = format!("{role}-{language}-");
        let fitting: Vec<&Sentences> =
            self.voices.iter().filter(|(name, _)| name.starts_with(&prefix)).map(|(_, voice)| voice).collect();
        let index = usize::try_from(rng.below(fitting.len() as u64)).unwrap_or(0);
        fitting.get(index).map_or_else(|| self.hum.clone(), |voice| (*voice).clone())
    }
}

fn sentences(sounds: &Sounds, name: &str) -> Sentences {
    let Some(sound) = sounds.get(&crate::media::Sound(name.to_owned())) else { return Vec::new() };
    let pcm: Vec<i16> = sound.codes(Law::A).iter().map(|code| Law::A.decode(*code)).collect();
    part(&pcm).into_iter().map(|sentence| Arc::new(Encoded::new(sentence))).collect()
}

/// Cuts at the pauses; every sample of a sentence stays, silence around it goes.
fn part(pcm: &[i16]) -> Vec<&[i16]> {
    let loud = |frame: &[i16]| {
        let sum: u32 = frame.iter().map(|sample| u32::from(sample.unsigned_abs())).sum();
        sum / u32::try_from(frame.len().max(1)).unwrap_or(1) >= QUIET
    };
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for (index, _) in pcm.chunks(FRAME).enumerate().filter(|(_, frame)| loud(frame)) {
        let frames = spans.last().map_or(0, |(from, to)| to - from);
        match spans.last_mut() {
            Some((_, to)) if index < *to + PAUSE || frames < SHORT => *to = index + 1,
            _ => spans.push((index, index + 1)),
        }
    }
    let cut = |(from, to): (usize, usize)| pcm.get(from * FRAME..(to * FRAME).min(pcm.len())).unwrap_or_default();
    spans.into_iter().map(cut).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speech_is_parted_at_its_pauses() {
        let tone = |frames: usize| Tone::new(400.0, 0.3).take(frames * FRAME).collect::<Vec<i16>>();
        let silence = |frames: usize| vec![0i16; frames * FRAME];
        let pcm = [silence(5), tone(60), silence(3), tone(10), silence(20), tone(50), silence(30), tone(55)].concat();
        let lengths: Vec<usize> = part(&pcm).iter().map(|sentence| sentence.len() / FRAME).collect();
        assert_eq!(lengths, [73, 50, 55]);
        assert!(part(&silence(100)).is_empty());
    }
}
