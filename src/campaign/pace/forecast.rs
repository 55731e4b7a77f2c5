//! The chance that a call made now finds no agent.

/// Chance that at least `least` of independent things happen, each with its own chance.
///
/// Exact (the Poisson-binomial distribution, by convolution) up to 64 uncertain things, the normal approximation with
/// continuity correction beyond.
pub(super) fn at_least(least: usize, chances: &[f64]) -> f64 {
    const SURE: f64 = 0.999;
    let sure = chances.iter().filter(|chance| **chance > SURE).count();
    let open: Vec<f64> = chances.iter().copied().filter(|chance| (0.001..=SURE).contains(chance)).collect();
    let Some(least) = least.checked_sub(sure).filter(|least| *least > 0) else { return 1.0 };
    if least > open.len() {
        return 0.0;
    }
    if open.len() > 64 {
        let mean: f64 = open.iter().sum();
        let variance: f64 = open.iter().map(|chance| chance * (1.0 - chance)).sum();
        return upper_tail((least as f64 - 0.5 - mean) / variance.sqrt().max(1e-9));
    }
    // By how many happened so far; the last one: `least` or more.
    let mut shares = vec![0.0; least + 1];
    shares[0] = 1.0;
    for chance in open {
        let enough = shares[least] + shares[least - 1] * chance;
        for at in (1..least).rev() {
            shares[at] = shares[at] * (1.0 - chance) + shares[at - 1] * chance;
        }
        shares[0] *= 1.0 - chance;
        shares[least] = enough;
    }
    shares[least]
}

/// Of the standard normal distribution (Abramowitz and Stegun 26.2.17; error below 1e-7).
fn upper_tail(z: f64) -> f64 {
    if z < 0.0 {
        return 1.0 - upper_tail(-z);
    }
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let sum =
        t * (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    (-z * z / 2.0).exp() / (std::f64::consts::TAU).sqrt() * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_that_of_all_cases() {
        let chances = [0.2, 0.5, 0.9, 1.0, 0.0, 0.35];
        for least in 0..=6 {
            let mut sum = 0.0;
            for case in 0_u32..64 {
                let happens = |at: usize| case >> at & 1 == 1;
                let weight: f64 = (0..6).map(|at| if happens(at) { chances[at] } else { 1.0 - chances[at] }).product();
                sum += if case.count_ones() as usize >= least { weight } else { 0.0 };
            }
            assert!((at_least(least, &chances) - sum).abs() < 1e-9, "{least}");
        }
        let many = vec![0.3; 100];
        assert!((at_least(30, &many) - 0.537).abs() < 0.01, "{}", at_least(30, &many));
        assert!((at_least(40, &many) - 0.021).abs() < 0.003, "{}", at_least(40, &many));
    }
}
