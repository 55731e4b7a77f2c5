//! A positive number far beyond the range of a double: e^-1700 and its like.

/// `mantissa * 2^(STEP * steps)`; the mantissa stays between 2^-STEP and 2^STEP.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Scaled {
    mantissa: f64,
    steps: i64,
}

const STEP: i32 = 256;

impl Scaled {
    pub fn exp(argument: f64) -> Self {
        let step = std::f64::consts::LN_2 * f64::from(STEP);
        let steps = (argument / step).round();
        Self { mantissa: (argument - steps * step).exp(), steps: steps as i64 }
    }

    pub fn times(self, factor: f64) -> Self {
        let (big, small) = (2f64.powi(STEP), 2f64.powi(-STEP));
        let mantissa = self.mantissa * factor;
        if mantissa > big {
            Self { mantissa: mantissa * small, steps: self.steps + 1 }
        } else if mantissa < small && mantissa > 0.0 {
            Self { mantissa: mantissa * big, steps: self.steps - 1 }
        } else {
            Self { mantissa, steps: self.steps }
        }
    }

    /// Zero or infinity where a double ends.
    pub fn value(self) -> f64 {
        match self.steps {
            0 => self.mantissa,
            steps => {
                let power = i32::try_from(steps.clamp(-8, 8)).unwrap_or(8) * STEP / 2;
                self.mantissa * 2f64.powi(power) * 2f64.powi(power)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_down_and_back_again() {
        let mut x = Scaled::exp(-1_700.0);
        assert_eq!(x.value(), 0.0);
        for _ in 0..1_700 {
            x = x.times(std::f64::consts::E);
        }
        assert!((x.value() - 1.0).abs() < 1e-11, "{}", x.value());
        assert!((Scaled::exp(-300.0).value() / (-300f64).exp() - 1.0).abs() < 1e-12);
    }
}
