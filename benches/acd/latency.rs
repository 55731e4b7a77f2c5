//! A histogram of spans with two significant digits.

use std::time::Duration;

#[derive(Default)]
pub struct Histogram {
    /// Nanoseconds, sorted when asked.
    spans: Vec<u64>,
}

impl Histogram {
    pub fn note(&mut self, span: Duration) {
        self.spans.push(span.as_nanos() as u64);
    }

    /// Nanoseconds.
    pub fn quantile(&mut self, part: f64) -> u64 {
        self.spans.sort_unstable();
        let at = ((self.spans.len() as f64 * part).ceil() as usize).clamp(1, self.spans.len().max(1));
        self.spans.get(at - 1).copied().unwrap_or(0)
    }
}
