//! How long callers are ready to wait, from waits that ended by giving up and waits cut short by an
//! answer (censored: the caller would have stayed at least so long).

use serde::Serialize;

use super::past::Past;

/// Two estimates from the same waits: exponential by maximum likelihood, which the new day draws from, and
/// Kaplan and Meier's, which assumes no shape and shows how well the first one fits.
#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
pub struct Patience {
    /// Mean in seconds: all waiting time / number who gave up; `None`: nobody gave up.
    pub mean_s: Option<f64>,
    /// 95 % interval of the mean: `mean * exp(-+1.96 / sqrt(gave_up))`.
    pub low_s: Option<f64>,
    pub high_s: Option<f64>,
    pub gave_up: u64,
    /// Waits that ended otherwise.
    pub censored: u64,
    /// Part still waiting after so long, as Kaplan and Meier estimate it.
    pub staying: Vec<Staying>,
}

#[derive(Clone, Copy, PartialEq, Debug, Serialize, utoipa::ToSchema)]
pub struct Staying {
    pub after_s: u32,
    /// 0..=1.
    pub part: f64,
    /// 95 % interval, on the scale of log(-log), from Greenwood's variance.
    pub low: f64,
    pub high: f64,
    /// What the exponential says to the same.
    pub exponential: Option<f64>,
}

/// The normal distribution's 97.5 % point.
const Z: f64 = 1.959_964;
const SHOWN_S: [u32; 7] = [10, 30, 60, 120, 300, 600, 1_200];

impl Patience {
    pub(super) fn of(past: &Past) -> Self {
        let waits = past.contacts.values().filter(|contact| !contact.carried);
        Self::from_waits(waits.filter_map(|contact| contact.waited(past.end)).collect())
    }

    /// Waits in microseconds, and whether they ended by giving up.
    fn from_waits(mut waits: Vec<(u64, bool)>) -> Self {
        let total: f64 = waits.iter().map(|(us, _)| *us as f64 / 1e6).sum();
        let gave_up = waits.iter().filter(|(_, gave_up)| *gave_up).count() as u64;
        let count = gave_up as f64;
        let mean = (gave_up > 0).then(|| total / count);
        let bound = |sign: f64| mean.map(|mean| mean * (sign * Z / count.sqrt()).exp());
        waits.sort_unstable_by_key(|(us, gave_up)| (*us, !*gave_up));
        Self {
            mean_s: mean,
            low_s: bound(-1.0),
            high_s: bound(1.0),
            gave_up,
            censored: waits.len() as u64 - gave_up,
            staying: staying(&waits, mean),
        }
    }
}

/// Waits sorted, at equal times those who gave up first.
fn staying(waits: &[(u64, bool)], mean_s: Option<f64>) -> Vec<Staying> {
    let (mut part, mut greenwood) = (1.0_f64, 0.0_f64);
    let mut at_risk = waits.len() as f64;
    let mut rest = waits.iter().peekable();
    let mut curve = Vec::new();
    for after_s in SHOWN_S {
        let until = u64::from(after_s) * 1_000_000;
        while let Some((_, gave_up)) = rest.next_if(|(us, _)| *us <= until) {
            if *gave_up {
                part *= 1.0 - 1.0 / at_risk;
                greenwood += 1.0 / (at_risk * (at_risk - 1.0).max(1.0));
            }
            at_risk -= 1.0;
        }
        // Beyond the longest wait nothing is known.
        if at_risk < 1.0 {
            break;
        }
        let (low, high) = interval(part, greenwood);
        let exponential = mean_s.map(|mean| (-f64::from(after_s) / mean).exp());
        curve.push(Staying { after_s, part, low, high, exponential });
    }
    curve
}

fn interval(part: f64, greenwood: f64) -> (f64, f64) {
    if part >= 1.0 || part <= 0.0 {
        return (part, part);
    }
    let spread = Z * greenwood.sqrt() / part.ln().abs();
    (part.powf(spread.exp()), part.powf((-spread).exp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Freireich's 6-MP group of 21 patients (weeks): the textbook example.
    #[test]
    fn the_textbook_example_comes_out() {
        let died = [6, 6, 6, 7, 10, 13, 16, 22, 23].map(|at| (at * 1_000_000, true));
        let censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map(|at| (at * 1_000_000, false));
        let got = Patience::from_waits(died.into_iter().chain(censored).collect());
        assert_eq!((got.gave_up, got.censored), (9, 12));
        let mean = got.mean_s.unwrap();
        assert!((mean - 359.0 / 9.0).abs() < 1e-9, "{mean}");
        let at = |after_s| got.staying.iter().find(|point| point.after_s == after_s).unwrap();
        assert!((at(10).part - 0.7529).abs() < 1e-4, "{:?}", at(10));
        assert!((at(30).part - 0.4482).abs() < 1e-4, "{:?}", at(30));
        assert!(at(10).low > 0.50 && at(10).low < 0.53 && at(10).high > 0.88 && at(10).high < 0.90, "{:?}", at(10));
        assert_eq!(got.staying.len(), 2, "nobody waited sixty");
    }

    #[test]
    fn where_nobody_gives_up_nothing_is_claimed() {
        let got = Patience::from_waits(vec![(5_000_000, false); 10]);
        assert_eq!((got.mean_s, got.low_s, got.high_s), (None, None, None));
        assert!(got.staying.iter().all(|point| point.part == 1.0 && point.exponential.is_none()));
    }
}
