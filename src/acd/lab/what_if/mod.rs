//! Yesterday under other rules. The journal says who came when, how long the conversations were, how
//! long agents took to answer a ring and when they were there; the live router decides anew, from the
//! state it had at the beginning. What callers who gave up would have done, and how long those who were
//! answered would have stayed, the journal does not say: patience is estimated from the censored waits
//! ([`Patience`]), and its uncertainty is part of the result.
//!
//! | then | now |
//! | --- | --- |
//! | signed in and out, ready, not ready, own calls | the same, at the same times |
//! | contact came | the same |
//! | gave up, or was taken away by its owner | the same, at the same time, if it still waits |
//! | was answered, or left the line otherwise | stays at least as long; how much longer is drawn |
//! | ring answered after so long | the same for this contact, whoever is rung |
//! | ring missed or declined | that agent answers nothing until ready again |
//! | conversation and wrap-up | as long as then; drawn from the others of the queue where there was none |
//! | goes on at the end | lasts longer than what is seen of it |
//! | server stopped and started | the same: all that is open ends there |
//!
//! What it is not: a model of how people would behave differently. Limits: what the shell reads.

mod day;
mod estimates;
mod past;
mod patience;
mod result;

pub use patience::{Patience, Staying};
pub use result::{Ending, Fate, QueueCompared, Side, WhatIf};

use crate::acd::journal::Checkpoint;
use crate::acd::journal::Entry;
use crate::acd::rules::Rules;
use crate::base::Instant;
use day::Day;
use past::Past;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// The state at the beginning.
    pub begin: Checkpoint,
    /// What happened after it, in order.
    pub entries: Vec<Entry>,
    pub to: Instant,
    pub rules: Rules,
    /// The same seed gives the same day.
    pub seed: u64,
    /// Winners and losers listed.
    pub top: usize,
    /// Also with the shortest and the longest patience that fit the waits.
    pub ranges: bool,
}

pub fn what_if(question: &Question) -> WhatIf {
    let past = Past::read(question);
    let patience = Patience::of(&past);
    let day = Day::run(question, &past, patience.mean_s);
    let ranges = match (patience.low_s, patience.high_s) {
        (Some(low), Some(high)) if question.ranges => {
            Some([low, high].map(|mean| result::Total::of(&Day::run(question, &past, Some(mean)).statistics)))
        }
        _ => None,
    };
    result::compare(question, &past, patience, &day, ranges.as_ref())
}
