//! What a queue has learnt about its own pace, and what its predictors said to whom (see `estimate`).

use serde::{Deserialize, Serialize};

use crate::base::Instant;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Predictor {
    Conditional,
    HeadOfLine,
    LastServed,
    Throughput,
}

const PREDICTORS: [Predictor; 4] =
    [Predictor::Conditional, Predictor::HeadOfLine, Predictor::LastServed, Predictor::Throughput];

/// Microseconds by predictor; `None`: it cannot tell yet.
pub type Predicted = [Option<u64>; 4];

/// What was predicted to one contact, in whole milliseconds: there are many of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Remembered([u32; 4]);

impl Remembered {
    const UNKNOWN: u32 = u32::MAX;

    pub fn of(predicted: Predicted) -> Self {
        let millis = |us: u64| u32::try_from(us / 1_000).unwrap_or(Self::UNKNOWN);
        Self(predicted.map(|us| us.map_or(Self::UNKNOWN, millis)))
    }

    pub fn predicted(self) -> Predicted {
        self.0.map(|ms| (ms != Self::UNKNOWN).then_some(u64::from(ms) * 1_000))
    }
}

impl Default for Remembered {
    fn default() -> Self {
        Self([Self::UNKNOWN; 4])
    }
}

/// What a queue has learnt about its own pace. Whole numbers, so that every machine learns alike.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Pace {
    /// Moving means in microseconds: conversation, time between two who enter service from the line.
    pub service_us: Mean,
    pub gap_us: Mean,
    last_entry: Option<Instant>,
    /// Abandonments by waiting time: the rate of giving up, halved from time to time to forget.
    abandoned: u64,
    waited_us: u64,
    pub last_wait_us: Option<u64>,
    /// Mean squared error by predictor, in seconds squared times 256.
    errors: [Mean; 4],
    /// Quotients of real and predicted wait of the last contacts, in 1/64, oldest overwritten.
    ratios: Vec<u16>,
    next_ratio: u8,
    /// Of those, the first and the last tenth end here.
    low: u16,
    high: u16,
    pub hits: u64,
    pub spoken: u64,
}

/// Exponential moving mean: the newest weighs one in `memory`.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Mean {
    value: u64,
    seen: u32,
}

impl Mean {
    fn note(&mut self, value: u64, memory: u64) {
        self.seen = self.seen.saturating_add(1);
        let share = memory.min(u64::from(self.seen));
        self.value = self.value - self.value / share + value / share;
    }

    pub fn get(self) -> Option<u64> {
        (self.seen > 0).then_some(self.value)
    }
}

/// An estimate fit to be spoken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WaitEstimate {
    pub by: Predictor,
    pub seconds: u32,
    /// Four in five contacts wait between these.
    pub low_s: u32,
    pub high_s: u32,
}

impl Pace {
    const RATIOS: usize = 200;
    /// How many of each the moving means look back on.
    const CONVERSATIONS: u64 = 512;
    const GAPS: u64 = 32;
    const ERRORS: u64 = 256;

    fn forget(&mut self) {
        if self.waited_us > 3_600_000_000 * 8 {
            self.abandoned /= 2;
            self.waited_us /= 2;
        }
    }

    pub fn note_abandoned(&mut self, waited_us: u64) {
        self.abandoned += 1;
        self.waited_us += waited_us;
        self.forget();
    }

    pub fn note_served(&mut self, now: Instant, waited_us: u64, predicted: &Predicted) {
        self.waited_us += waited_us;
        self.last_wait_us = Some(waited_us);
        self.forget();
        let before = self.last_entry.replace(now);
        if waited_us > 0 {
            // Before this one came nobody may have been in line, and then nobody could enter service.
            let since_last = before.map_or(u64::MAX, |last| now.as_micros().saturating_sub(last.as_micros()));
            self.gap_us.note(since_last.min(waited_us), Self::GAPS);
            self.score(waited_us, predicted);
        }
    }

    pub fn note_service(&mut self, span_us: u64) {
        self.service_us.note(span_us, Self::CONVERSATIONS);
    }

    fn score(&mut self, waited_us: u64, predicted: &Predicted) {
        if let Some(best) = self.best(predicted)
            && let Some(said) = predicted[best as usize]
        {
            let (low, high) = self.interval_us(said);
            self.spoken += 1;
            self.hits += u64::from((low..=high).contains(&waited_us));
            let ratio = (u128::from(waited_us) * 64 / u128::from(said.max(1))).min(u128::from(u16::MAX)) as u16;
            match self.ratios.get_mut(usize::from(self.next_ratio)) {
                Some(slot) => *slot = ratio,
                None => self.ratios.push(ratio),
            }
            self.next_ratio = (self.next_ratio + 1) % Self::RATIOS as u8;
            if self.next_ratio.is_multiple_of(8) {
                self.measure_interval();
            }
        }
        for (error, said) in self.errors.iter_mut().zip(predicted) {
            if let Some(said) = said {
                let off = waited_us.abs_diff(*said) / 62_500;
                error.note(off.saturating_mul(off), Self::ERRORS);
            }
        }
    }

    /// The predictor that was nearest of late, among those that can tell.
    pub fn best(&self, predicted: &Predicted) -> Option<Predictor> {
        let able = PREDICTORS.into_iter().filter(|predictor| predicted[*predictor as usize].is_some());
        able.min_by_key(|predictor| (self.errors[*predictor as usize].value, *predictor as usize))
    }

    fn measure_interval(&mut self) {
        let mut room = [0; Self::RATIOS];
        let sorted = &mut room[..self.ratios.len().min(Self::RATIOS)];
        sorted.iter_mut().zip(&self.ratios).for_each(|(to, from)| *to = *from);
        sorted.sort_unstable();
        let at = |tenths: usize| sorted.get(sorted.len() * tenths / 10).copied().unwrap_or_default();
        (self.low, self.high) = (at(1), at(9).max(1));
    }

    /// Exact mean of the time until the line ahead is gone, by service every so many microseconds or by
    /// giving up: the sum of `1 / (rate + i theta)`.
    pub fn drained_us(&self, gap_us: f64, ahead: u32) -> u64 {
        let theta = self.abandoned as f64 / self.waited_us.max(1) as f64;
        // Only additions and divisions: the same on every machine. A long line is sampled.
        let stride = ahead / 256 + 1;
        let terms = (0..=ahead).step_by(stride as usize);
        let sum: f64 = terms.map(|i| 1.0 / (1.0 / gap_us + f64::from(i) * theta)).sum();
        (sum * f64::from(stride)) as u64
    }

    /// Where four in five real waits lay in relation to what was said.
    pub fn interval_us(&self, said_us: u64) -> (u64, u64) {
        let (low, high) = if self.high == 0 { (16, 160) } else { (self.low, self.high) };
        (said_us / 64 * u64::from(low), said_us / 64 * u64::from(high))
    }
}
