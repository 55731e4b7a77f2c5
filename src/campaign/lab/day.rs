//! What a simulated day comes to.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::campaign::pace::NotNow;

/// Counts and times of one day under one policy; times in seconds.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Day {
    pub talk: f64,
    pub wrap: f64,
    pub idle: f64,
    pub inbound: f64,
    pub dials: u64,
    /// Of these, without an agent who was free.
    pub over_dials: u64,
    /// People who answered; who spoke to an agent; who did not.
    pub answered: u64,
    pub served: u64,
    pub abandoned: u64,
    /// People whom detection took for machines.
    pub mistaken: u64,
    /// As the pacer counts them: abandoned, lost with a vanished agent.
    pub counted_abandoned: u64,
    pub counted_lost: u64,
    /// Verdicts of detection that it was a machine.
    pub machines: u64,
    /// Rate of the law: of what the world saw, with the estimate for mistaken people; and with those who truly were.
    pub rate: f64,
    pub true_rate: f64,
    /// Instants at which more was spent than earned.
    pub breaches: u64,
    /// Calls taken back because nothing carried them any more; after less ringing than the law wants.
    pub uncovered: u64,
    pub short_rings: u64,
    pub touched: u64,
    pub entries: u64,
    pub withheld: u64,
    /// Calls of somebody who was in a call already.
    pub at_once: u64,
    /// What is wrong with the certificate.
    pub flaw: Option<String>,
    pub certified: u64,
    pub hopper_bytes: u64,
    pub events: u64,
    /// Seconds in which no call was made, by why.
    pub not_now: BTreeMap<NotNow, f64>,
}

impl Day {
    fn logged(&self) -> f64 {
        self.talk + self.wrap + self.idle + self.inbound
    }

    /// The figures that are told, by name; shares of the agents' time.
    pub(super) fn figures(&self) -> BTreeMap<&'static str, f64> {
        let share = |part: f64, of: f64| if of > 0.0 { part / of } else { 0.0 };
        let logged = self.logged();
        BTreeMap::from([
            ("talk_share", share(self.talk + self.inbound, logged)),
            ("idle_share", share(self.idle, logged)),
            ("occupancy", share(logged - self.idle, logged)),
            ("dials", self.dials as f64),
            ("over_dials", self.over_dials as f64),
            ("answered_by_people", self.answered as f64),
            ("contacts", self.served as f64),
            ("contacts_per_agent_hour", share(self.served as f64, logged / 3_600.0)),
            ("abandoned", self.abandoned as f64),
            ("mistaken_for_machines", self.mistaken as f64),
            ("abandonment_rate", self.rate),
            ("abandonment_rate_with_mistaken", self.true_rate),
            ("lost", self.counted_lost as f64),
            ("taken_back_uncovered", self.uncovered as f64),
            ("short_rings", self.short_rings as f64),
            ("penetration", share(self.touched as f64, self.entries as f64)),
            ("withheld", self.withheld as f64),
        ])
    }
}
