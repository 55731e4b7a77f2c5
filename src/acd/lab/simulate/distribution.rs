//! The laws that service times and patience follow.

use serde::Deserialize;

use crate::acd::figures::erlang::special::ln_gamma;
use crate::base::Rng;

#[derive(Clone, Copy, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distribution {
    pub dist: Law,
    /// In seconds.
    pub mean: f64,
    /// Standard deviation by mean (lognormal, hyperexp), at most 1,000.
    #[serde(default = "one")]
    pub cv: f64,
    #[serde(default = "two")]
    pub stages: u32,
    #[serde(default = "one")]
    pub shape: f64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Law {
    Exp,
    Det,
    Lognormal,
    Erlang,
    /// Two exponentials with balanced means.
    Hyperexp,
    Weibull,
}

impl Distribution {
    pub fn is_sound(&self) -> bool {
        let law = match self.dist {
            Law::Exp | Law::Det => true,
            Law::Lognormal => (0.0..=1e3).contains(&self.cv),
            Law::Hyperexp => (1.0..=1e3).contains(&self.cv),
            Law::Erlang => (1..=10_000).contains(&self.stages),
            Law::Weibull => (0.02..=1e3).contains(&self.shape),
        };
        law && self.mean.is_finite() && self.mean >= 0.0
    }

    /// Draws from the law with its own mean, in seconds.
    pub fn draw(&self, rng: &mut Rng) -> f64 {
        self.mean * self.draw_unit(rng)
    }

    fn draw_unit(&self, rng: &mut Rng) -> f64 {
        match self.dist {
            Law::Det => 1.0,
            Law::Exp => exponential(rng),
            Law::Erlang => (0..self.stages).map(|_| exponential(rng)).sum::<f64>() / f64::from(self.stages),
            Law::Lognormal => {
                let variance = (self.cv * self.cv).ln_1p();
                (variance.sqrt() * normal(rng) - variance / 2.0).exp()
            }
            Law::Hyperexp => {
                let square = self.cv * self.cv;
                let first = (1.0 + ((square - 1.0) / (square + 1.0)).sqrt()) / 2.0;
                let share = if rng.chance(first) { first } else { 1.0 - first };
                exponential(rng) / (2.0 * share)
            }
            Law::Weibull => exponential(rng).powf(1.0 / self.shape) / ln_gamma(1.0 + 1.0 / self.shape).exp(),
        }
    }
}

/// Mean 1.
pub(super) fn exponential(rng: &mut Rng) -> f64 {
    -(1.0 - rng.unit()).ln()
}

fn normal(rng: &mut Rng) -> f64 {
    let radius = (2.0 * exponential(rng)).sqrt();
    radius * (std::f64::consts::TAU * rng.unit()).cos()
}

fn one() -> f64 {
    1.0
}

fn two() -> u32 {
    2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_and_variations_are_as_asked() {
        let base = Distribution { dist: Law::Exp, mean: 200.0, cv: 1.5, stages: 4, shape: 2.0 };
        let wanted = [
            (Law::Exp, 1.0),
            (Law::Det, 0.0),
            (Law::Lognormal, 1.5),
            (Law::Erlang, 0.5),
            (Law::Hyperexp, 1.5),
            (Law::Weibull, 0.522_723),
        ];
        for (dist, cv) in wanted {
            let law = Distribution { dist, ..base };
            let mut rng = Rng::new(11);
            let draws: Vec<f64> = (0..200_000).map(|_| law.draw(&mut rng)).collect();
            let mean = draws.iter().sum::<f64>() / draws.len() as f64;
            let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / draws.len() as f64;
            assert!((mean - 200.0).abs() < 3.0, "{dist:?}: mean {mean}");
            assert!((variance.sqrt() / mean - cv).abs() < 0.04, "{dist:?}: cv {}", variance.sqrt() / mean);
        }
    }
}
