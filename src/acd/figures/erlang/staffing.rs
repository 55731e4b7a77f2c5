//! How many agents a target needs.

use super::queue::{ErlangError, Input, Output, solve};

/// The smallest number of agents whose share of calls answered within the threshold (by calls that
/// entered) reaches `target`, and what they reach. `input.agents` is not read.
pub fn staff(input: &Input, target: f64) -> Result<(u32, Output), ErlangError> {
    if !(target > 0.0 && target < 1.0) {
        return Err(ErlangError::NotAPart("target"));
    }
    let at = |agents: u32| solve(&Input { agents, ..*input });
    // More agents never answer fewer calls in time: double, then halve the gap.
    let (mut low, mut high) = (0, (input.load.ceil() as u32).max(1));
    while at(high)?.sl_offered < target {
        (low, high) = (high, high.saturating_mul(2));
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if at(middle)?.sl_offered < target { low = middle } else { high = middle }
    }
    Ok((high, at(high)?))
}
