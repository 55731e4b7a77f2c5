//! The gamma function, to full double precision.

/// ln Γ(x) for x > 0: Stirling's series after shifting the argument up (DLMF 5.11.1, 5.5.1).
pub(in crate::acd) fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    let mut product = 1.0;
    while x < 15.0 {
        product *= x;
        x += 1.0;
        if product > 1e250 {
            shift += product.ln();
            product = 1.0;
        }
    }
    shift += product.ln();
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    const SERIES: [f64; 7] =
        [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1_260.0, -1.0 / 1_680.0, 1.0 / 1_188.0, -691.0 / 360_360.0, 1.0 / 156.0];
    let tail = SERIES.iter().rev().fold(0.0, |sum, term| sum * square + term) * inverse;
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + tail - shift
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factorials_and_halves() {
        let mut factorial = 1.0f64;
        for n in 1..100 {
            let got = ln_gamma(f64::from(n) + 1.0);
            factorial *= f64::from(n);
            assert!((got - factorial.ln()).abs() <= 2e-14 * factorial.ln().max(1.0), "{n}");
        }
        assert!((ln_gamma(0.5) - std::f64::consts::PI.sqrt().ln()).abs() < 1e-14);
    }
}
