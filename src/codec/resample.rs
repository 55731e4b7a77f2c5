//! Between 8 and 16 kHz, by one half-band low-pass: a delay of 1 ms, nothing above 4 kHz mirrored.

/// The weights of eight samples before the middle between two, and after it backwards (sinc in a Kaiser window of 5;
/// sum 1 in 1/32,768).
const BETWEEN: [i32; 8] = [-51, 193, -472, 962, -1786, 3235, -6356, 20659];

/// One sample becomes two.
#[derive(Clone, Debug, Default)]
pub struct Upsampler {
    /// The last that came, the oldest first.
    last: [i16; 16],
}

impl Upsampler {
    /// Twice as many samples into `wide`; what has no place there is lost.
    pub fn run(&mut self, narrow: &[i16], wide: &mut [i16]) {
        for (pair, sample) in wide.chunks_exact_mut(2).zip(narrow) {
            pair.copy_from_slice(&self.double(*sample));
        }
    }

    fn double(&mut self, sample: i16) -> [i16; 2] {
        self.last.copy_within(1.., 0);
        self.last[15] = sample;
        [self.last[7], clip(between(self.last.iter().copied()) >> 15)]
    }
}

/// Two samples become one.
#[derive(Clone, Debug, Default)]
pub struct Downsampler {
    /// Those that stand between, and those that stay, the oldest first.
    odd: [i16; 16],
    even: [i16; 8],
}

impl Downsampler {
    /// Half as many samples into `narrow`.
    pub fn run(&mut self, wide: &[i16], narrow: &mut [i16]) {
        for (place, pair) in narrow.iter_mut().zip(wide.chunks_exact(2)) {
            let [even, odd] = *pair else { continue };
            *place = self.halve(even, odd);
        }
    }

    fn halve(&mut self, even: i16, odd: i16) -> i16 {
        self.even.copy_within(1.., 0);
        self.even[7] = even;
        self.odd.copy_within(1.., 0);
        self.odd[15] = odd;
        clip((between(self.odd.iter().copied()) / 2 + (i32::from(self.even[0]) << 14)) >> 15)
    }
}

/// The value in the middle of sixteen, in 1/32,768.
fn between(samples: impl DoubleEndedIterator<Item = i16> + Clone) -> i32 {
    let pairs = samples.clone().zip(samples.rev()).zip(BETWEEN);
    pairs.map(|((before, after), weight)| (i32::from(before) + i32::from(after)) * weight).sum()
}

fn clip(sample: i32) -> i16 {
    sample.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hertz: f64, rate: f64, count: usize) -> Vec<i16> {
        (0..count).map(|n| (f64::sin(n as f64 * hertz * std::f64::consts::TAU / rate) * 10_000.0) as i16).collect()
    }

    fn level(samples: &[i16]) -> f64 {
        (samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / samples.len() as f64).sqrt()
    }

    fn at(hertz: f64, rate: f64, samples: &[i16]) -> f64 {
        let angle = |n: usize| n as f64 * hertz * std::f64::consts::TAU / rate;
        let sum =
            |wave: fn(f64) -> f64| samples.iter().enumerate().map(|(n, s)| wave(angle(n)) * f64::from(*s)).sum::<f64>();
        2.0 * (sum(f64::sin).powi(2) + sum(f64::cos).powi(2)).sqrt() / samples.len() as f64 / std::f64::consts::SQRT_2
    }

    #[test]
    fn a_tone_keeps_its_level_and_has_no_mirror() {
        for hertz in [200.0, 1_000.0, 2_500.0, 3_200.0] {
            let (narrow, mut wide) = (tone(hertz, 8_000.0, 4_000), vec![0; 8_000]);
            Upsampler::default().run(&narrow, &mut wide);
            let db = 20.0 * (at(hertz, 16_000.0, &wide[160..]) / level(&narrow)).log10();
            let mirror = 20.0 * (at(8_000.0 - hertz, 16_000.0, &wide[160..]) / level(&narrow)).log10();
            assert!(db.abs() < 0.5 && mirror < -25.0, "{hertz}: {db:.2} dB, mirror {mirror:.1} dB");
            let (wide, mut narrow) = (tone(hertz, 16_000.0, 8_000), vec![0; 4_000]);
            Downsampler::default().run(&wide, &mut narrow);
            let db = 20.0 * (level(&narrow[160..]) / level(&wide)).log10();
            assert!(db.abs() < 0.5, "{hertz} halved: {db:.2} dB");
        }
        for hertz in [5_000.0, 6_000.0, 7_500.0] {
            let (wide, mut narrow) = (tone(hertz, 16_000.0, 8_000), vec![0; 4_000]);
            Downsampler::default().run(&wide, &mut narrow);
            let db = 20.0 * (level(&narrow[160..]) / level(&wide)).log10();
            assert!(db < -30.0, "{hertz} comes back as {db:.1} dB");
        }
    }

    #[test]
    fn the_loudest_is_cut_not_wrapped() {
        let mut wide = vec![0; 320];
        Upsampler::default().run(&[i16::MAX; 160], &mut wide);
        assert!(wide[40..].iter().all(|s| *s > 30_000));
        let mut narrow = vec![0; 160];
        Downsampler::default().run(&[i16::MIN; 320], &mut narrow);
        assert!(narrow[40..].iter().all(|s| *s < -30_000));
    }
}
