//! What is heard in place of a packet that never came: the last pitch period again and again, growing quieter
//! (the idea of ITU-T G.711 Appendix I), joined to what was before and to what comes after so that nothing clicks. And
//! the same by choice: a period left out or said twice, to wait shorter or longer.

/// Pitch periods that are looked for: 66 to 400 Hz (samples of 8 kHz).
const SHORTEST: usize = 20;
const LONGEST: usize = 120;
/// What is compared to find it (20 ms).
const COMPARED: usize = 160;
/// What is remembered, at 8 kHz: the longest period and what is compared, and a join.
const REMEMBERED: usize = LONGEST + COMPARED + 40;
/// The first 10 ms are as loud as before, then it fades within 50 ms.
const LOUD: usize = 80;
const FADE: usize = 400;
/// The joins (4 ms).
const JOIN: usize = 32;
/// Below this mean square there is no voice: any period will do.
const QUIET: f32 = 2_500.0;

/// Of one rate; `scale`: 1 for 8 kHz, 2 for 16.
#[derive(Debug)]
pub struct Concealer {
    scale: usize,
    /// The last that was heard, the oldest first.
    past: Vec<i16>,
    lost: Option<Lost>,
}

#[derive(Debug)]
struct Lost {
    /// One or more periods, without a seam at its end.
    period: Vec<i16>,
    at: usize,
    /// Samples since the loss began.
    length: usize,
    /// The step from what was to the period, which dies away.
    step: f32,
}

impl Concealer {
    pub fn new(scale: usize) -> Self {
        Self { scale, past: vec![0; REMEMBERED * scale], lost: None }
    }

    /// What was heard, or concealed by the codec itself.
    pub fn remember(&mut self, samples: &[i16]) {
        let kept = self.past.len();
        let new = samples.get(samples.len().saturating_sub(kept)..).unwrap_or_default();
        self.past.copy_within(new.len().., 0);
        if let Some(place) = self.past.get_mut(kept - new.len()..) {
            place.copy_from_slice(new);
        }
    }

    /// Joins the first samples after a loss to what was concealed.
    pub fn rejoin(&mut self, samples: &mut [i16]) {
        let Some(mut lost) = self.lost.take() else { return };
        let join = (JOIN * self.scale).min(samples.len());
        for (n, sample) in samples.iter_mut().take(join).enumerate() {
            let share = (n as f32 + 0.5) / join as f32;
            let old = lost.next(self.scale);
            *sample = (f32::from(*sample) * share + old * (1.0 - share)) as i16;
        }
    }

    /// Adds `count` samples for what is missing.
    pub fn conceal(&mut self, count: usize, samples: &mut Vec<i16>) {
        let mut lost = self.lost.take().unwrap_or_else(|| self.begin());
        let from = samples.len();
        samples.extend((0..count).map(|_| lost.next(self.scale) as i16));
        self.lost = Some(lost);
        let new = samples.get(from..).unwrap_or_default().to_vec();
        self.remember(&new);
    }

    /// What comes next does not follow what was.
    pub fn cut(&mut self) {
        if self.lost.is_none() {
            self.lost = Some(self.begin());
        }
    }

    /// Fills the beginning of a silence: what was heard dies away quickly.
    pub fn die_away(&mut self, samples: &mut [i16]) {
        let mut lost = self.lost.take().unwrap_or_else(|| self.begin());
        let count = samples.len().max(1) as f32;
        for (n, sample) in samples.iter_mut().enumerate() {
            *sample = (lost.next(self.scale) * (1.0 - n as f32 / count)) as i16;
        }
        lost.length = (LOUD + FADE) * self.scale;
        self.lost = Some(lost);
        self.past.fill(0);
    }

    fn begin(&self) -> Lost {
        let end = self.past.len();
        let lag = pitch(&self.past, end.saturating_sub(COMPARED * self.scale), self.scale).lag;
        let mut period: Vec<i16> = self.past.get(end - lag..).unwrap_or_default().to_vec();
        // Its last quarter flows into what came before its beginning.
        let join = lag / 4;
        let before = self.past.get(end - lag - join..end - lag).unwrap_or_default();
        for (n, (sample, before)) in period.iter_mut().skip(lag - join).zip(before).enumerate() {
            let share = (n as f32 + 0.5) / join as f32;
            *sample = (f32::from(*before) * share + f32::from(*sample) * (1.0 - share)) as i16;
        }
        let last = |back: usize| self.past.get(end - back).copied().map_or(0.0, f32::from);
        Lost { period, at: 0, length: 0, step: last(1) - last(lag + 1) }
    }
}

impl Lost {
    fn next(&mut self, scale: usize) -> f32 {
        let sample = self.period.get(self.at).copied().map_or(0.0, f32::from);
        self.at = (self.at + 1) % self.period.len().max(1);
        let faded = self.length.saturating_sub(LOUD * scale) as f32 / (FADE * scale) as f32;
        self.length += 1;
        self.step *= if scale == 1 { 0.85 } else { 0.92 };
        (sample * (1.0 - faded).max(0.0) + self.step).clamp(-32_768.0, 32_767.0)
    }
}

/// How alike, 0 to 1, and by which lag.
struct Pitch {
    lag: usize,
    alike: f32,
    is_quiet: bool,
}

/// The lag by which what stands from `from` on is most like what stands before it.
fn pitch(samples: &[i16], from: usize, scale: usize) -> Pitch {
    let length = samples.len() - from;
    let now = samples.get(from..).unwrap_or_default();
    let energy = |part: &[i16], step: usize| part.iter().step_by(step).map(|s| f32::from(*s).powi(2)).sum::<f32>();
    let alike = |lag: usize, step: usize| -> f32 {
        let before = from.checked_sub(lag).and_then(|at| samples.get(at..at + length)).unwrap_or_default();
        let product: f32 = now.iter().zip(before).step_by(step).map(|(a, b)| f32::from(*a) * f32::from(*b)).sum();
        product / (energy(now, step) * energy(before, step) + 1.0).sqrt()
    };
    let coarse = 2 * scale;
    let lags = (SHORTEST * scale..=LONGEST * scale).step_by(scale);
    let best = |lags: &mut dyn Iterator<Item = usize>, step: usize| {
        lags.map(|lag| (alike(lag, step), lag))
            .fold((f32::MIN, SHORTEST * scale), |best, this| if this.0 > best.0 { this } else { best })
    };
    let (_, near) = best(&mut lags.into_iter(), coarse);
    let mut around = near.saturating_sub(scale).max(SHORTEST * scale)..=(near + scale).min(LONGEST * scale);
    let (alike, lag) = best(&mut around, 1);
    Pitch { lag, alike, is_quiet: energy(now, 1) < QUIET * length as f32 }
}

/// Samples that [`shrink`] and [`grow`] look at.
pub const fn looked_at(scale: usize) -> usize {
    (LONGEST + COMPARED) * scale
}

/// Where the beginning of `samples` comes again within them, if it does.
fn period(samples: &[i16], scale: usize) -> Option<usize> {
    let mut backwards: Vec<i16> = samples.get(..looked_at(scale))?.to_vec();
    backwards.reverse();
    let found = pitch(&backwards, LONGEST * scale, scale);
    (found.is_quiet || found.alike > 0.75).then_some(found.lag)
}

/// Leaves out one period at the beginning; how many samples that was.
pub fn shrink(samples: &mut Vec<i16>, scale: usize) -> usize {
    let Some(lag) = period(samples, scale) else { return 0 };
    let join = (COMPARED * scale).min(lag);
    blend(samples, 0, lag, join);
    samples.drain(join..join + lag);
    lag
}

/// Says one period at the beginning twice; how many samples that was.
pub fn grow(samples: &mut Vec<i16>, scale: usize) -> usize {
    let Some(lag) = period(samples, scale) else { return 0 };
    // The period, then a join from what follows it back to its beginning.
    let first: Vec<i16> = samples.get(..lag).unwrap_or_default().to_vec();
    let mut again = samples.get(lag..2 * lag).unwrap_or_default().to_vec();
    again.extend_from_slice(&first);
    blend(&mut again, 0, lag, lag);
    again.truncate(lag);
    samples.splice(..lag, first.into_iter().chain(again));
    lag
}

/// From what stands at `from` to what stands `lag` behind it, within `join` samples.
fn blend(samples: &mut [i16], from: usize, lag: usize, join: usize) {
    for n in from..from + join {
        let share = ((n - from) as f32 + 0.5) / join as f32;
        let (Some(old), Some(new)) = (samples.get(n).copied(), samples.get(n + lag).copied()) else { return };
        if let Some(place) = samples.get_mut(n) {
            *place = (f32::from(old) * (1.0 - share) + f32::from(new) * share) as i16;
        }
    }
}
