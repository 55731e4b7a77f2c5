//! Keys in the sound (ITU-T Q.23, Q.24), of peers that have no events for them.
//!
//! Blocks of 12.75 ms; a key is two alike in a row, over when two are not it. Against being talked off, a block counts only
//! where its two tones are nearly all of its energy, neither far louder than the other, and far above the rest of their
//! group. Operating point, by the tests beside: all 16 keys of 40 ms and 40 ms apart are found from -3 to -36 dBFS, with
//! either tone up to 6 dB (row) or 3 dB (column) louder, 1.5 % off, and with noise 15 dB below; none is found in the
//! speech of all prompts of this house, in both languages.

use std::f32::consts::TAU;

const KEYS: [[char; 4]; 4] = [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];
const TONES: [f32; 8] = [697.0, 770.0, 852.0, 941.0, 1_209.0, 1_336.0, 1_477.0, 1_633.0];
/// Samples of a block at 8 kHz.
const BLOCK: usize = 102;
/// Mean square of the quietest tone that counts: -42 dBFS.
const QUIETEST: f32 = 34_000.0;
/// Of the energy of a block the two tones are so much.
const SHARE: f32 = 0.8;
/// Of the energy of what may be a key, and by how much one tone may be louder then (13 dB).
const HALF: f32 = 0.5;
const UNEVEN: f32 = 20.0;
/// The row may be louder by 8 dB, the column by 4 dB.
const ROW_LOUDER: f32 = 6.3;
const COLUMN_LOUDER: f32 = 2.5;
/// The next of a group is quieter by 8 dB.
const ALONE: f32 = 6.3;

/// Whether 20 ms are mostly a key: to keep one from an ear, where a word too many is no harm and a key too many is.
pub fn sounds_like_key(frame: &[i16]) -> bool {
    let coefficients = TONES.map(|hertz| 2.0 * (TAU * hertz / 8_000.0).cos());
    let mut tones = [Resonator::default(); 8];
    let mut energy = 0.0;
    for sample in frame {
        let x = f32::from(*sample);
        energy += x * x;
        for (tone, coefficient) in tones.iter_mut().zip(coefficients) {
            (tone.s1, tone.s2) = (x + coefficient * tone.s1 - tone.s2, tone.s1);
        }
    }
    let power: [f32; 8] = std::array::from_fn(|n| tones[n].power(coefficients[n]));
    let (rows, columns) = power.split_at(4);
    let most = |group: &[f32]| group.iter().copied().fold(0.0, f32::max);
    let (low, high) = (most(rows), most(columns));
    let both = (low + high) * 2.0 / frame.len().max(1) as f32;
    energy > 0.0 && both > HALF * energy && low.min(high) * UNEVEN > low.max(high)
}

#[derive(Clone, Debug, Default)]
pub struct KeyDetector {
    tones: [Resonator; 8],
    energy: f32,
    count: usize,
    /// What the block before was.
    before: Option<char>,
    pressed: Option<char>,
}

/// Goertzel's.
#[derive(Clone, Copy, Debug, Default)]
struct Resonator {
    s1: f32,
    s2: f32,
}

impl KeyDetector {
    /// Takes samples of 8 kHz; the key that begins in them, if one does (the last, of a frame of 20 ms there is one at most).
    pub fn hear(&mut self, samples: &[i16]) -> Option<char> {
        let coefficients = TONES.map(|hertz| 2.0 * (TAU * hertz / 8_000.0).cos());
        let mut key = None;
        for sample in samples {
            let x = f32::from(*sample);
            self.energy += x * x;
            for (tone, coefficient) in self.tones.iter_mut().zip(coefficients) {
                (tone.s1, tone.s2) = (x + coefficient * tone.s1 - tone.s2, tone.s1);
            }
            self.count += 1;
            if self.count == BLOCK {
                let power: [f32; 8] = std::array::from_fn(|n| self.tones[n].power(coefficients[n]));
                let block = key_of(power, self.energy);
                key = self.block(block).or(key);
                (self.tones, self.energy, self.count) = ([Resonator::default(); 8], 0.0, 0);
            }
        }
        key
    }

    /// The key that begins with a block.
    fn block(&mut self, block: Option<char>) -> Option<char> {
        let twice = block == self.before;
        self.before = block;
        if !twice || block == self.pressed {
            return None;
        }
        self.pressed = block;
        block
    }
}

impl Resonator {
    fn power(self, coefficient: f32) -> f32 {
        self.s1 * self.s1 + self.s2 * self.s2 - coefficient * self.s1 * self.s2
    }
}

/// The key of a block with these powers of the tones and that energy.
fn key_of(power: [f32; 8], energy: f32) -> Option<char> {
    let (rows, columns) = power.split_at(4);
    let (row, column) = (loudest(rows)?, loudest(columns)?);
    let (low, high) = (rows[row], columns[column]);
    // A tone of mean square m has a power of m * BLOCK^2 / 2.
    let floor = QUIETEST * (BLOCK * BLOCK) as f32 / 2.0;
    let is_loud = low > floor && high > floor;
    let is_even = low < high * ROW_LOUDER && high < low * COLUMN_LOUDER;
    let is_all = (low + high) * 2.0 / BLOCK as f32 > SHARE * energy;
    (is_loud && is_even && is_all).then(|| KEYS[row][column])
}

/// The loudest of a group, if it stands alone.
fn loudest(group: &[f32]) -> Option<usize> {
    let best = (0..group.len()).max_by(|a, b| group[*a].total_cmp(&group[*b]))?;
    let alone = group.iter().enumerate().all(|(n, power)| n == best || power * ALONE < group[best]);
    alone.then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    /// `on` and `off` in samples; `row` and `column`: amplitudes; `shift`: both are off by that share.
    fn pressed(keys: &str, (on, off): (usize, usize), (row, column): (f64, f64), shift: f64, noise: f64) -> String {
        let (mut detector, mut rng, mut samples) = (KeyDetector::default(), Rng::new(1), vec![0i16; 333]);
        for key in keys.chars() {
            let at = "123A456B789C*0#D".find(key).unwrap();
            let tones = (f64::from(TONES[at / 4]) * (1.0 + shift), f64::from(TONES[4 + at % 4]) * (1.0 + shift));
            let wave = |n: usize, hertz: f64| f64::sin(n as f64 * hertz * std::f64::consts::TAU / 8_000.0);
            let hiss = |rng: &mut Rng| (rng.unit() * 2.0 - 1.0) * noise;
            samples
                .extend((0..on).map(|n| (wave(n, tones.0) * row + wave(n, tones.1) * column + hiss(&mut rng)) as i16));
            samples.extend((0..off).map(|_| hiss(&mut rng) as i16));
        }
        samples.extend([0; 400]);
        samples.chunks(160).filter_map(|frame| detector.hear(frame)).collect()
    }

    const ALL: &str = "123A456B789C*0#D11##0";

    #[test]
    fn every_key_is_found_as_the_standard_wants() {
        let ms = |ms: usize| ms * 8;
        for (what, length, levels, shift, noise) in [
            ("plain", (ms(100), ms(100)), (8_000.0, 8_000.0), 0.0, 0.0),
            ("short", (ms(40), ms(40)), (8_000.0, 8_000.0), 0.0, 0.0),
            ("long", (ms(2_000), ms(60)), (8_000.0, 8_000.0), 0.0, 0.0),
            ("loud", (ms(50), ms(50)), (16_000.0, 16_000.0), 0.0, 0.0),
            ("quiet", (ms(50), ms(50)), (500.0, 500.0), 0.0, 0.0),
            ("row louder", (ms(50), ms(50)), (8_000.0, 4_000.0), 0.0, 0.0),
            ("column louder", (ms(50), ms(50)), (5_700.0, 8_000.0), 0.0, 0.0),
            ("high", (ms(60), ms(60)), (8_000.0, 8_000.0), 0.015, 0.0),
            ("low", (ms(60), ms(60)), (8_000.0, 8_000.0), -0.015, 0.0),
            ("noise", (ms(60), ms(60)), (8_000.0, 8_000.0), 0.0, 2_400.0),
        ] {
            assert_eq!(pressed(ALL, length, levels, shift, noise), ALL, "{what}");
        }
    }

    #[test]
    fn what_is_no_key_is_none() {
        let ms = |ms: usize| ms * 8;
        for (what, length, levels, shift) in [
            ("too short", (ms(12), ms(100)), (8_000.0, 8_000.0), 0.0),
            ("too quiet", (ms(100), ms(100)), (100.0, 100.0), 0.0),
            ("one tone", (ms(100), ms(100)), (8_000.0, 0.0), 0.0),
            ("far too uneven", (ms(100), ms(100)), (8_000.0, 1_500.0), 0.0),
            ("off", (ms(100), ms(100)), (8_000.0, 8_000.0), 0.04),
        ] {
            assert_eq!(pressed(ALL, length, levels, shift, 0.0), "", "{what}");
        }
    }

    #[test]
    fn speech_and_music_press_no_key() {
        let folder = std::path::Path::new("sounds");
        let (mut seconds, mut found) = (0.0, Vec::new());
        for language in ["en", "zh", "music"] {
            let Ok(files) = std::fs::read_dir(folder.join(language)) else { continue };
            let mut paths: Vec<_> = files.filter_map(|file| Some(file.ok()?.path())).collect();
            paths.retain(|path| path.extension().is_some_and(|end| end == "wav"));
            paths.sort();
            for path in paths {
                let mut reader = hound::WavReader::open(&path).unwrap();
                let samples: Vec<i16> = reader.samples::<i16>().filter_map(Result::ok).collect();
                seconds += samples.len() as f64 / 8_000.0;
                let mut detector = KeyDetector::default();
                let keys: String = samples.chunks(160).filter_map(|frame| detector.hear(frame)).collect();
                if !keys.is_empty() {
                    found.push((path, keys));
                }
            }
        }
        assert!(seconds > 120.0, "{seconds:.0} s of sound");
        assert!(found.is_empty(), "in {seconds:.0} s: {found:?}");
    }
}
