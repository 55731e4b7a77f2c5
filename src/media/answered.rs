//! Who answered a call of ours: a person or a machine, and when the machine's beep is over. Pure: frames of 20 ms in,
//! at most one [`Verdict`] and any number of beeps out.
//!
//! | heard | verdict |
//! | --- | --- |
//! | a greeting of at most [`SHORT`], then [`PAUSE`] of silence | a person |
//! | a greeting longer than [`LONG`], or of [`WORDS`] or more parts | a machine |
//! | a beep before anything was decided | a machine |
//! | nothing for [`NOTHING`] | nobody speaks |
//! | none of it within [`LIMIT`] | unclear |
//!
//! A beep is one steady tone of 350 to 2,500 Hz for [`BEEP`] at least, told when it ends.
//!
//! Operating point, of the test beside, on synthetic speech: the prompts of this house in both languages of more than 3 s as
//! greetings of machines (34), those under 1 s as persons (149). Clean: all are told right. In noise of 350 of full scale
//! 32,768: all machines, and all persons but 4. Real lines will be worse; who is unclear is to be treated as a person.

/// Samples of a frame.
const FRAME: usize = 160;
/// Frames in a second.
const SECOND: u32 = 50;
/// A person's greeting is at most so long, in frames (1.4 s).
pub const SHORT: u32 = 70;
/// And then waits so long (0.7 s).
pub const PAUSE: u32 = 35;
/// Speech for so long in all is a machine's (1.8 s).
pub const LONG: u32 = 90;
/// Parts of speech with pauses between.
pub const WORDS: u32 = 4;
/// Nobody speaks for so long (4 s).
pub const NOTHING: u32 = 4 * SECOND;
/// Then there is no verdict (6 s).
pub const LIMIT: u32 = 6 * SECOND;
/// The shortest beep (120 ms).
pub const BEEP: u32 = 6;
/// The loudest noise that is silence, and what speech is above it (mean squares).
const LOUDEST_NOISE: f32 = 40_000.0;
const ABOVE: f32 = 8.0;
/// A part of speech ends with so many frames of silence.
const BETWEEN: u32 = 8;
/// What one tone leaves unexplained of itself.
const IMPURE: f32 = 0.01;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    Person,
    Machine,
    /// Silence.
    Nobody,
    Unclear,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Heard {
    Verdict(Verdict),
    /// A beep is over: now is the time to speak to a machine.
    Beep {
        hertz: u32,
    },
}

#[derive(Clone, Debug)]
pub struct Listener {
    frames: u32,
    /// Frames with speech, and parts of speech, so far; frames of silence since the last.
    speech: u32,
    parts: u32,
    silence: u32,
    /// The noise of the line: mean square of the quietest of late.
    noise: f32,
    verdict: Option<Verdict>,
    /// The tone of the frames before, and how many there were.
    tone: Option<(f32, u32)>,
}

impl Default for Listener {
    fn default() -> Self {
        Self { frames: 0, speech: 0, parts: 0, silence: 0, noise: LOUDEST_NOISE / 8.0, verdict: None, tone: None }
    }
}

impl Listener {
    /// 20 ms of 8 kHz.
    pub fn hear(&mut self, frame: &[i16; FRAME]) -> [Option<Heard>; 2] {
        self.frames = self.frames.saturating_add(1);
        let energy = frame.iter().map(|sample| f32::from(*sample).powi(2)).sum::<f32>() / FRAME as f32;
        let is_loud = energy > (self.noise * ABOVE).max(4_000.0);
        self.noise = (self.noise * 1.02).min(energy).clamp(100.0, LOUDEST_NOISE);
        let tone = tone_of(frame).filter(|_| is_loud);
        let (beep, is_tone) = self.beep(tone);
        self.count(is_loud && !is_tone);
        let verdict = if self.verdict.is_some() { None } else { self.judge(beep.is_some()) };
        self.verdict = self.verdict.or(verdict);
        [verdict.map(Heard::Verdict), beep.map(|hertz| Heard::Beep { hertz })]
    }

    /// A beep that ended with this frame, and whether one sounds now.
    fn beep(&mut self, tone: Option<f32>) -> (Option<u32>, bool) {
        let before = self.tone;
        self.tone = match (before, tone) {
            (Some((hertz, frames)), Some(now)) if (now - hertz).abs() < 0.03 * hertz => Some((hertz, frames + 1)),
            (_, now) => now.map(|hertz| (hertz, 1)),
        };
        let goes_on = matches!((before, self.tone), (Some((_, n)), Some((_, m))) if m > n);
        let ended = before.filter(|(_, frames)| *frames >= BEEP && !goes_on).map(|(hertz, _)| hertz.round() as u32);
        (ended, self.tone.is_some_and(|(_, frames)| frames >= 3))
    }

    fn count(&mut self, is_speech: bool) {
        if !is_speech {
            self.silence = self.silence.saturating_add(1);
            return;
        }
        if self.speech == 0 || self.silence >= BETWEEN {
            self.parts += 1;
        }
        (self.speech, self.silence) = (self.speech + 1, 0);
    }

    fn judge(&self, beeped: bool) -> Option<Verdict> {
        if beeped || self.speech > LONG || self.parts >= WORDS {
            return Some(Verdict::Machine);
        }
        if self.speech == 0 && self.frames >= NOTHING {
            return Some(Verdict::Nobody);
        }
        // A click is no greeting.
        if (4..=SHORT).contains(&self.speech) && self.silence >= PAUSE {
            return Some(Verdict::Person);
        }
        (self.frames >= LIMIT).then_some(Verdict::Unclear)
    }
}

/// The frequency of a frame that is one tone: each sample follows from the two before it, `x[n] = c x[n-1] - x[n-2]`.
fn tone_of(frame: &[i16; FRAME]) -> Option<f32> {
    let (mut product, mut square, mut outer) = (0.0f32, 1.0f32, 1.0f32);
    for three in frame.windows(3) {
        let [before, now, after] = *three else { continue };
        let (sum, middle) = (f32::from(before) + f32::from(after), f32::from(now));
        product += sum * middle;
        square += middle * middle;
        outer += sum * sum;
    }
    let c = product / square;
    // What is left, beside the energy of the frame: the sum is small by itself near a quarter of the rate.
    let left = (outer - c * product) / square;
    let hertz = (c / 2.0).clamp(-1.0, 1.0).acos() * 8_000.0 / std::f32::consts::TAU;
    (left < IMPURE && (350.0..2_500.0).contains(&hertz)).then_some(hertz)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    /// Said after half a second, and then two seconds of silence; `noise`: its amplitude.
    fn heard(said: &[i16], noise: f64, rng: &mut Rng) -> (Option<Verdict>, Vec<u32>) {
        let (mut listener, mut verdict, mut beeps) = (Listener::default(), None, Vec::new());
        let mut samples = vec![0i16; 4_000];
        samples.extend_from_slice(said);
        samples.extend([0; 36_000]);
        samples
            .iter_mut()
            .for_each(|sample| *sample = sample.saturating_add(((rng.unit() * 2.0 - 1.0) * noise) as i16));
        for frame in samples.as_chunks::<FRAME>().0 {
            for heard in listener.hear(frame).into_iter().flatten() {
                match heard {
                    Heard::Verdict(found) => assert!(verdict.replace(found).is_none(), "one verdict"),
                    Heard::Beep { hertz } => beeps.push(hertz),
                }
            }
        }
        (verdict, beeps)
    }

    fn tone(hertz: f64, ms: usize) -> Vec<i16> {
        (0..ms * 8).map(|n| (f64::sin(n as f64 * hertz * std::f64::consts::TAU / 8_000.0) * 6_000.0) as i16).collect()
    }

    /// Every prompt, its silence at both ends cut off.
    fn prompts() -> Vec<Vec<i16>> {
        let mut paths = Vec::new();
        for language in ["sounds/en", "sounds/zh"] {
            paths.extend(std::fs::read_dir(language).unwrap().filter_map(|file| Some(file.ok()?.path())));
        }
        paths.retain(|path| path.extension().is_some_and(|end| end == "wav"));
        paths.sort();
        let read = |path: &std::path::PathBuf| -> Vec<i16> {
            let samples: Vec<i16> =
                hound::WavReader::open(path).unwrap().samples::<i16>().filter_map(Result::ok).collect();
            let is_loud = |sample: &i16| sample.unsigned_abs() > 300;
            let first = samples.iter().position(is_loud).unwrap_or(0);
            let last = samples.iter().rposition(is_loud).unwrap_or(0);
            samples[first..=last].to_vec()
        };
        paths.iter().map(read).collect()
    }

    #[test]
    fn greetings_of_machines_and_of_persons_are_told_apart() {
        let mut rng = Rng::new(1);
        for noise in [0.0, 600.0] {
            let (mut machines, mut persons, mut missed, mut wronged) = (0, 0, 0, 0);
            for prompt in prompts() {
                let (verdict, beeps) = heard(&prompt, noise, &mut rng);
                assert!(beeps.is_empty(), "speech is no beep: {beeps:?}");
                if prompt.len() > 8 * 3_000 {
                    machines += 1;
                    missed += usize::from(verdict != Some(Verdict::Machine));
                } else if prompt.len() < 8 * 1_000 {
                    persons += 1;
                    wronged += usize::from(verdict != Some(Verdict::Person));
                }
            }
            assert!(machines > 20 && persons > 15, "{machines} and {persons}");
            assert!(missed * 50 <= machines, "{missed} of {machines} machines missed");
            assert!(wronged * 25 <= persons, "{wronged} of {persons} persons wronged");
        }
    }

    #[test]
    fn a_beep_is_told_when_it_ends_and_keys_and_speech_are_none() {
        let mut rng = Rng::new(2);
        for (hertz, ms) in [(440.0, 200), (1_000.0, 400), (1_400.0, 1_000), (2_000.0, 150)] {
            let (verdict, beeps) = heard(&tone(hertz, ms), 100.0, &mut rng);
            assert_eq!((verdict, beeps.len()), (Some(Verdict::Machine), 1), "{hertz} Hz");
            assert!(f64::from(beeps[0]) > hertz * 0.98 && f64::from(beeps[0]) < hertz * 1.02, "{beeps:?}");
        }
        let key: Vec<i16> = crate::media::tone::Tone::key('5').unwrap().take(2_400).collect();
        assert!(heard(&key, 0.0, &mut rng).1.is_empty());
        assert!(heard(&tone(1_000.0, 60), 0.0, &mut rng).1.is_empty(), "too short");
        assert_eq!(heard(&[], 100.0, &mut rng).0, Some(Verdict::Nobody));
    }
}
