//! Erlang B, C and A as one model: M/M/n with r waiting lines and exponential patience, each of the
//! two perhaps without limit (Erlang 1917; Palm 1957; Garnett, Mandelbaum and Reiman 2002).
//!
//! Everything is a sum of positive terms over the stationary distribution, so nothing cancels and
//! relative precision holds for tiny results too. The wait of a caller with j ahead is a sum of
//! exponentials with rates nμ, nμ+θ .. nμ+jθ, whose law is a finite sum as well.

use super::scaled::Scaled;

/// Times in seconds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Input {
    pub agents: u32,
    /// Erlangs offered.
    pub load: f64,
    /// Mean conversation.
    pub aht: f64,
    /// Mean patience; `None`: nobody gives up.
    pub patience: Option<f64>,
    /// Lines beyond the agents; `None`: as many as wanted. 0 is Erlang B.
    pub lines: Option<u32>,
    /// Threshold of the service level.
    pub within: f64,
}

/// Probabilities are those of calls that enter. Infinite where the queue grows without end.
#[derive(Clone, Copy, PartialEq, Debug, serde::Serialize)]
pub struct Output {
    pub p_wait: f64,
    pub p_abandon: f64,
    /// Of all calls.
    pub p_block: f64,
    pub mean_wait_s: f64,
    /// Mean wait of answered calls.
    pub asa_s: f64,
    pub mean_wait_ab_s: f64,
    /// Answered within the threshold, by calls that entered.
    pub sl_offered: f64,
    /// By answered calls.
    pub sl_answered: f64,
    /// By calls that entered and did not give up within the threshold.
    pub sl_excl_short: f64,
    pub p_wait_gt_t: f64,
    pub mean_queue: f64,
    pub occupancy: f64,
    /// Nine in ten answered calls wait at most so long; only where nobody gives up and lines are free.
    pub p90_wait_s: Option<f64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ErlangError {
    #[error("{0} must be a positive number")]
    NotPositive(&'static str),
    #[error("{0} is larger than the calculator takes")]
    TooLarge(&'static str),
    #[error("{0} must lie between 0 and 1, both excluded")]
    NotAPart(&'static str),
}

/// More agents, load or lines than any center has.
const LARGEST: f64 = 1e6;

impl Input {
    pub fn check(&self) -> Result<(), ErlangError> {
        let positive = |name, value: f64| match value.is_finite() && value > 0.0 {
            true => Ok(()),
            false => Err(ErlangError::NotPositive(name)),
        };
        // Without agents and without lines every call is turned away; otherwise nobody would be served.
        if self.lines != Some(0) {
            positive("agents", f64::from(self.agents))?;
        }
        positive("load", self.load)?;
        positive("aht", self.aht)?;
        if let Some(patience) = self.patience {
            positive("patience", patience)?;
        }
        if !(self.within.is_finite() && self.within >= 0.0) {
            return Err(ErlangError::NotPositive("within"));
        }
        let large =
            [("agents", f64::from(self.agents)), ("load", self.load), ("lines", self.lines.unwrap_or(0).into())];
        if let Some((name, _)) = large.iter().find(|(_, value)| *value > LARGEST) {
            return Err(ErlangError::TooLarge(name));
        }
        match self.lines.is_none() && self.longest_queue() > 5.0 * LARGEST {
            true => Err(ErlangError::TooLarge("patience")),
            false => Ok(()),
        }
    }

    /// About where the weights of states have fallen by 300 orders of magnitude, without a limit of lines.
    fn longest_queue(&self) -> f64 {
        let Some(patience) = self.patience else { return 0.0 };
        let (n, theta) = (f64::from(self.agents), self.aht / patience);
        let mode = ((self.load - n) / theta).max(0.0);
        // Like a normal law about the mode, or like a geometric one where the load is below capacity.
        let normal = (1_400.0 * self.load.max(n) / theta).sqrt();
        let geometric = if self.load < n { 700.0 / (n / self.load).ln() } else { f64::INFINITY };
        mode + normal.min(geometric)
    }
}

/// Blocking probability of `agents` lines without queue, by the stable recursion.
pub fn erlang_b(agents: u32, load: f64) -> f64 {
    (1..=agents).fold(1.0, |b, n| {
        let carried = load * b;
        carried / (f64::from(n) + carried)
    })
}

/// The whole model.
pub fn solve(input: &Input) -> Result<Output, ErlangError> {
    input.check()?;
    if input.patience.is_none() && input.lines.is_none() {
        return Ok(patient(input));
    }
    Ok(Chain::new(input).output(input))
}

/// Erlang C: closed form.
fn patient(input: &Input) -> Output {
    let n = f64::from(input.agents);
    let (mu, lambda) = (1.0 / input.aht, input.load / input.aht);
    if input.load >= n {
        return overrun();
    }
    let b = erlang_b(input.agents, input.load);
    let c = b / (1.0 - input.load / n * (1.0 - b));
    let drain = (n - input.load) * mu;
    let late = c * (-drain * input.within).exp();
    let asa = c / drain;
    Output {
        p_wait: c,
        p_abandon: 0.0,
        p_block: 0.0,
        mean_wait_s: asa,
        asa_s: asa,
        mean_wait_ab_s: f64::NAN,
        sl_offered: 1.0 - late,
        sl_answered: 1.0 - late,
        sl_excl_short: 1.0 - late,
        p_wait_gt_t: late,
        mean_queue: lambda * asa,
        occupancy: input.load / n,
        p90_wait_s: Some(((c / 0.1).ln() / drain).max(0.0)),
    }
}

fn overrun() -> Output {
    Output {
        p_wait: 1.0,
        p_abandon: 0.0,
        p_block: 0.0,
        mean_wait_s: f64::INFINITY,
        asa_s: f64::INFINITY,
        mean_wait_ab_s: f64::NAN,
        sl_offered: 0.0,
        sl_answered: 0.0,
        sl_excl_short: 0.0,
        p_wait_gt_t: 1.0,
        mean_queue: f64::INFINITY,
        occupancy: 1.0,
        p90_wait_s: Some(f64::INFINITY),
    }
}

/// The stationary distribution, not normalised: the largest weight is 1.
struct Chain {
    /// Departures a second when all agents are busy.
    drain: f64,
    /// Leaving a second of each who waits.
    theta: f64,
    /// Weight of all states below n.
    free: f64,
    /// Weights of the states n, n+1, .. that let a call enter, by `scale`: far below capacity they are too
    /// small for a double, but what depends on their proportions alone is not.
    waiting: Vec<f64>,
    /// Weight of the last state of all, where calls are turned away, by `scale`.
    full: f64,
    scale: f64,
}

impl Chain {
    fn new(input: &Input) -> Self {
        let n = f64::from(input.agents);
        let (mu, lambda) = (1.0 / input.aht, input.load / input.aht);
        let (drain, theta) = (n * mu, input.patience.map_or(0.0, |patience| 1.0 / patience));
        let last = input.lines.map(|lines| lines as usize);
        // The largest weight stands where arrivals and departures balance.
        let mode = if input.load <= n {
            0.0
        } else if theta > 0.0 {
            ((lambda - drain) / theta).floor()
        } else {
            f64::MAX
        };
        let mode = last.map_or(mode, |last| mode.min(last as f64)) as usize;
        let (mut waiting, at_n) = Self::above(lambda, drain, theta, mode, last);
        let (free, scale) = Self::below(input, at_n);
        let full = match last {
            Some(_) => waiting.pop().unwrap_or(0.0),
            None => 0.0,
        };
        Self { drain, theta, free, waiting, full, scale }
    }

    /// Weights of n, n+1, .. up to the last or to where they vanish; and the weight of n.
    fn above(lambda: f64, drain: f64, theta: f64, mode: usize, last: Option<usize>) -> (Vec<f64>, f64) {
        let mut weights = vec![0.0; mode + 1];
        let mut weight = 1.0;
        for j in (0..=mode).rev() {
            weights[j] = weight;
            weight *= (drain + j as f64 * theta) / lambda;
        }
        weight = 1.0;
        let mut j = mode;
        while last.is_none_or(|last| j < last) {
            j += 1;
            weight *= lambda / (drain + j as f64 * theta);
            if weight < 1e-300 {
                // Nothing beyond counts; a chain with an end still has its last state.
                if last.is_some() {
                    weights.push(0.0);
                }
                break;
            }
            weights.push(weight);
        }
        let at_n = weights[0];
        (weights, at_n)
    }

    /// Weight of all states below n, and the scale that makes both sides fit.
    fn below(input: &Input, at_n: f64) -> (f64, f64) {
        let n = f64::from(input.agents);
        let load = input.load;
        if load >= n {
            // Downwards from n the weights fall.
            let (mut weight, mut sum) = (at_n, 0.0);
            for k in (1..=input.agents).rev() {
                weight *= f64::from(k) / load;
                sum += weight;
            }
            return (sum, 1.0);
        }
        // The mode lies below n: count from there in both directions, then bring n to its place.
        let mode = load.floor();
        let (mut weight, mut sum) = (1.0, 0.0);
        let mut k = mode;
        while k >= 0.0 && weight > 1e-40 {
            sum += weight;
            weight *= k / load;
            k -= 1.0;
        }
        let mut weight = Scaled::exp(0.0);
        let mut k = mode;
        while k < n {
            k += 1.0;
            weight = weight.times(load / k);
            if k < n {
                sum += weight.value();
            }
        }
        (sum, weight.value() / at_n)
    }

    fn output(&self, input: &Input) -> Output {
        let lambda = input.load / input.aht;
        let (waiting, full) = (self.scale * self.waiting.iter().sum::<f64>(), self.scale * self.full);
        let entered = self.free + waiting;
        let sums = self.sums(input.within);
        let part = |sum: f64| self.scale * sum / entered;
        let p_wait = waiting / entered;
        let at_once = self.free / entered;
        let answered = at_once + part(sums.answered);
        let within = at_once + part(sums.within);
        let p_block = full / (entered + full);
        let mean_wait = part(sums.wait_answered) + part(sums.wait_abandoned);
        Output {
            p_wait,
            p_abandon: part(sums.abandoned),
            p_block,
            mean_wait_s: mean_wait,
            asa_s: part(sums.wait_answered) / answered,
            mean_wait_ab_s: if self.theta > 0.0 { sums.wait_abandoned / sums.abandoned } else { f64::NAN },
            sl_offered: within,
            sl_answered: within / answered,
            sl_excl_short: within / (within + part(sums.late)),
            p_wait_gt_t: part(sums.late),
            mean_queue: lambda * (1.0 - p_block) * mean_wait,
            occupancy: input.load * (1.0 - p_block) * answered / f64::from(input.agents),
            p90_wait_s: None,
        }
    }

    /// Over the calls that wait, each with the weight of the state it finds.
    fn sums(&self, within: f64) -> Sums {
        let count = self.waiting.len();
        let in_time = in_time(self.drain + self.theta, self.theta, within, count);
        let mut sums = Sums::default();
        let patient = (-self.theta * within).exp();
        let mut longer = Longer::new(self.drain, self.theta, within);
        // Mean wait of who is served (rates nμ+θ .. nμ+(j+1)θ), and its complement, as growing sums.
        let (mut mean, mut lost) = (0.0, 0.0);
        for (j, weight) in self.waiting.iter().enumerate() {
            let step = (j + 1) as f64 * self.theta;
            let rate = self.drain + step;
            mean += 1.0 / rate;
            lost += step / rate;
            let served = self.drain / rate;
            sums.answered += weight * served;
            sums.abandoned += weight * (step / rate);
            sums.wait_answered += weight * served * mean;
            sums.wait_abandoned += weight * lost / rate;
            sums.within += weight * served * in_time[j];
            sums.late += weight * patient * longer.next();
        }
        sums
    }
}

#[derive(Default)]
struct Sums {
    answered: f64,
    abandoned: f64,
    wait_answered: f64,
    wait_abandoned: f64,
    /// Answered within the threshold.
    within: f64,
    /// Still waiting at the threshold.
    late: f64,
}

/// The terms of the law of the wait: `T_i = e^-at prod_{m<i}(a + mθ) x^i / i!` with
/// `x = (1 - e^-θt) / θ`; `P(V_j > t)` is the sum of the first j+1.
struct Terms {
    term: Scaled,
    rate: f64,
    theta: f64,
    x: f64,
    i: f64,
}

impl Terms {
    fn new(rate: f64, theta: f64, t: f64) -> Self {
        let x = if theta > 0.0 { -(-theta * t).exp_m1() / theta } else { t };
        Self { term: Scaled::exp(-rate * t), rate, theta, x, i: 0.0 }
    }

    fn next(&mut self) -> f64 {
        let value = self.term.value();
        self.term = self.term.times((self.rate + self.i * self.theta) * self.x / (self.i + 1.0));
        self.i += 1.0;
        value
    }

    /// The ratio of the next term to this one falls towards `1 - e^-θt`.
    fn ratio(&self) -> f64 {
        (self.rate + self.i * self.theta) * self.x / (self.i + 1.0)
    }

    /// The sum of all terms that are still to come. Only asked behind the middle of them.
    fn rest(mut self) -> f64 {
        let mut sum = 0.0;
        loop {
            let value = self.next();
            sum += value;
            let ratio = self.ratio();
            if ratio < 1.0 && (value < 1e-305 || value * ratio / (1.0 - ratio) < 1e-18 * sum) {
                return sum;
            }
        }
    }
}

/// `P(V_j > t)` for j = 0, 1, ..
struct Longer {
    terms: Terms,
    sum: f64,
}

impl Longer {
    fn new(rate: f64, theta: f64, t: f64) -> Self {
        Self { terms: Terms::new(rate, theta, t), sum: 0.0 }
    }

    fn next(&mut self) -> f64 {
        self.sum += self.terms.next();
        self.sum.min(1.0)
    }
}

/// `P(V_j <= t)` for j below `count`: what is left of 1 while that is most of it, and from there on the
/// sum of the terms behind, so that it is precise where it is tiny too.
fn in_time(rate: f64, theta: f64, t: f64, count: usize) -> Vec<f64> {
    if t <= 0.0 {
        return vec![0.0; count];
    }
    let mut terms = Terms::new(rate, theta, t);
    let values: Vec<f64> = (0..count).map(|_| terms.next()).collect();
    let mut so_far = 0.0;
    let mut result: Vec<f64> = Vec::with_capacity(count);
    for value in &values {
        so_far += value;
        result.push(1.0 - so_far);
    }
    if so_far <= 0.5 {
        return result;
    }
    let mut behind = terms.rest();
    for (value, result) in values.iter().zip(&mut result).rev() {
        if *result >= 0.5 {
            break;
        }
        *result = behind;
        behind += value;
    }
    result
}
