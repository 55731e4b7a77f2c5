//! The two ways in which the law counts abandoned calls, and the windows over which it does.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::Instant;

/// Millionths of a call: budgets are whole numbers, so nothing is lost by rounding.
pub const CALL: i64 = 1_000_000;

/// A rule of counting, named by who made it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Counting {
    /// United Kingdom. Ofcom, *Persistent misuse: a statement of Ofcom's general policy* (20 December 2016, in force
    /// from 1 March 2017), annex 3 "Calculating the Abandoned Call Rate": per campaign over 24 hours, abandoned calls
    /// by abandoned and live calls; people whom machine detection takes for machines are calls abandoned in silence
    /// and are added as a reasoned estimate; where nothing detects machines, a reasoned estimate of the machines
    /// among the abandoned calls is taken off: `D' = D × (1 − AM / (L + AM))`, `rate = D' / (L + D')`. 3 % was the
    /// limit of the statement before it (2010) and is the figure that the trade keeps; the present one promises no
    /// figure that is safe.
    #[default]
    Ofcom,
    /// United States. Federal Trade Commission, Telemarketing Sales Rule, 16 CFR 310.4(b)(1)(iv) and (b)(4): a call is
    /// abandoned when a person answers and no representative speaks within two seconds of the completed greeting. Safe
    /// harbour: at most 3 % of the calls answered by a person, per campaign, over the campaign if it is shorter than 30
    /// days, else over each successive 30 days; unanswered calls ring 15 seconds or four times; a recorded
    /// message tells name and number; records are kept.
    Ftc,
}

impl Counting {
    /// The window: 24 hours, 30 days.
    pub const fn period(self) -> Duration {
        match self {
            Self::Ofcom => Duration::from_secs(86_400),
            Self::Ftc => Duration::from_secs(30 * 86_400),
        }
    }

    /// Within this time of the end of the greeting an agent speaks, or the call is abandoned. Both rules: two seconds.
    pub const fn grace(self) -> Duration {
        Duration::from_secs(2)
    }

    /// So long a call that nobody answers rings at least. Both rules: 15 seconds.
    pub const fn shortest_ring(self) -> Duration {
        Duration::from_secs(15)
    }

    /// The rate of a window as the rule's authors count it, 0 to 1. `mistaken`: millionths of machine detections that
    /// are people. Admission counts more strictly: it takes nothing off for machines.
    pub fn rate(self, tally: &Tally, mistaken: u32) -> f64 {
        let live = tally.served as f64;
        let abandoned = (tally.abandoned + tally.lost) as f64;
        let silent = tally.machines as f64 * f64::from(mistaken) / CALL as f64;
        let counted = match self {
            Self::Ofcom => {
                let met = tally.met as f64;
                let detects = tally.machines > 0;
                let taken_off = if detects || live + met == 0.0 { 0.0 } else { met / (live + met) };
                abandoned * (1.0 - taken_off) + silent
            }
            Self::Ftc => abandoned + silent,
        };
        if counted == 0.0 { 0.0 } else { counted / (live + counted) }
    }
}

/// The rule that binds one campaign.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Law {
    pub counting: Counting,
    /// At most so many of a million calls answered by a person are abandoned; 30,000 is 3 %.
    pub cap: u32,
    /// When the first window begins; the others follow it without a gap. Of Ofcom's: a midnight of the
    /// campaign's zone. Of the FTC's: when the campaign began.
    pub begin: Instant,
    /// Millionths of the calls that detection takes for machines which are people, as measured; each machine pays for
    /// so much of an abandoned call, under both rules.
    pub mistaken: u32,
}

impl Law {
    /// A call belongs to the window in which it was dialled: no clock and no late answer moves it.
    pub fn window(&self, at: Instant) -> u32 {
        let windows = at.since(self.begin).as_micros() / self.counting.period().as_micros();
        u32::try_from(windows).unwrap_or(u32::MAX)
    }

    /// When a window is over.
    pub fn end_of(&self, window: u32) -> Instant {
        self.begin + self.counting.period().saturating_mul(window.saturating_add(1))
    }

    /// What a person who spoke to an agent earns. Of a cap of 3 %, three parts: 97 people served pay for three
    /// abandoned calls, and 3 of 100 is the cap.
    pub fn credit(&self) -> i64 {
        i64::from(self.cap.min(500_000))
    }

    /// What an abandoned call costs.
    pub fn price(&self) -> i64 {
        CALL - self.credit()
    }

    /// What a call costs that was taken for a machine's.
    pub fn allowance(&self) -> i64 {
        (i64::from(self.mistaken.min(CALL as u32)) * self.price()).div_euclid(CALL) + i64::from(self.mistaken > 0)
    }
}

/// The calls of one window. Only counted up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    /// People who spoke to an agent, as the agent says.
    pub served: u64,
    /// Machines that an agent met.
    pub met: u64,
    /// Answered, and no agent in time; paid from the budget.
    pub abandoned: u64,
    /// Answered, and the agent who was held for them had gone; no budget was left. Counted apart, and in the rate.
    pub lost: u64,
    /// Taken for machines by detection, and not handed to an agent.
    pub machines: u64,
}

impl Tally {
    /// What was earned, in millionths.
    pub fn earned(&self, law: &Law) -> i64 {
        whole(self.served).saturating_mul(law.credit())
    }

    /// What was spent by decisions of the pacer, in millionths. Never more than earned.
    pub fn spent(&self, law: &Law) -> i64 {
        let abandoned = whole(self.abandoned).saturating_mul(law.price());
        abandoned.saturating_add(whole(self.machines).saturating_mul(law.allowance()))
    }

    /// What is left, in millionths; below zero only after losses.
    pub fn balance(&self, law: &Law) -> i64 {
        self.earned(law) - self.spent(law) - whole(self.lost).saturating_mul(law.price())
    }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
