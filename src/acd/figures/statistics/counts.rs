//! What is counted, and the figures that are computed from the counts.

use serde::{Deserialize, Serialize};

/// Stays in one queue that began in one interval. T is the service threshold, S the short-abandon
/// threshold of the queue at the time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct QueueCounts {
    /// Everything that entered.
    pub offered: u64,
    /// Turned away at the door: full, closed, nobody there.
    pub refused: u64,
    /// A_T and A_L.
    pub answered_in_time: u64,
    pub answered_late: u64,
    /// B_S, B_T and B_L: within S, within T, later.
    pub abandoned_short: u64,
    pub abandoned_in_time: u64,
    pub abandoned_late: u64,
    /// C: taken away by the owner (call-back, transfer), within T and later.
    pub removed_in_time: u64,
    pub removed_late: u64,
    /// F: went on to another queue or ran out of time; and those of them after more than T.
    pub flowed_out: u64,
    pub flowed_out_late: u64,
    /// Offers to agents, those not answered, and the stays that had one which was not.
    pub rings: u64,
    pub unanswered_rings: u64,
    pub stays_with_unanswered_rings: u64,
    /// Microseconds.
    pub wait_answered_us: u64,
    pub wait_abandoned_us: u64,
    pub longest_wait_us: u64,
    pub talk_us: u64,
    pub wrap_up_us: u64,
    /// Conversations that are over.
    pub talks: u64,
}

/// One agent's time in one interval; microseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct AgentTimes {
    pub ready_us: u64,
    pub reserved_us: u64,
    pub busy_us: u64,
    pub wrap_up_us: u64,
    pub not_ready_us: u64,
    pub answered: u64,
    pub unanswered_rings: u64,
    /// Contacts of these rings, each once.
    pub contacts_rung_in_vain: u64,
}

impl AgentTimes {
    /// (conversation + wrap-up) / (conversation + wrap-up + ready + ringing).
    pub fn occupancy(&self) -> Option<f64> {
        let work = self.busy_us + self.wrap_up_us;
        ratio(work, work + self.ready_us + self.reserved_us)
    }

    /// (conversation + wrap-up) / answered contacts, in seconds.
    pub fn mean_handling_s(&self) -> Option<f64> {
        ratio(self.busy_us + self.wrap_up_us, self.answered).map(|us| us / 1e6)
    }

    pub fn signed_in_us(&self) -> u64 {
        self.ready_us + self.reserved_us + self.busy_us + self.wrap_up_us + self.not_ready_us
    }

    pub fn figures(&self) -> [Figure; 4] {
        let figure = |name, formula, value| Figure { name, formula, value };
        let work = self.busy_us + self.wrap_up_us;
        let rings = self.answered + self.unanswered_rings;
        [
            figure("occupancy", "(busy + wrap-up) / (busy + wrap-up + ready + ringing)", self.occupancy()),
            figure("utilisation", "(busy + wrap-up) / signed in", ratio(work, self.signed_in_us())),
            figure("handling_s", "(busy + wrap-up) / answered", self.mean_handling_s()),
            figure("unanswered_rings", "rings not answered / rings", ratio(self.unanswered_rings, rings)),
        ]
    }

    pub fn plus(mut self, other: &Self) -> Self {
        self.ready_us += other.ready_us;
        self.reserved_us += other.reserved_us;
        self.busy_us += other.busy_us;
        self.wrap_up_us += other.wrap_up_us;
        self.not_ready_us += other.not_ready_us;
        self.answered += other.answered;
        self.unanswered_rings += other.unanswered_rings;
        self.contacts_rung_in_vain += other.contacts_rung_in_vain;
        self
    }
}

/// A figure with its formula.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, utoipa::ToSchema)]
pub struct Figure {
    pub name: &'static str,
    pub formula: &'static str,
    pub value: Option<f64>,
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl QueueCounts {
    pub fn answered(&self) -> u64 {
        self.answered_in_time + self.answered_late
    }

    pub fn abandoned(&self) -> u64 {
        self.abandoned_short + self.abandoned_in_time + self.abandoned_late
    }

    /// One went on; `late`: after more than T.
    pub(super) fn flow_out(&mut self, late: bool) {
        self.flowed_out += 1;
        self.flowed_out_late += u64::from(late);
    }

    fn removed(&self) -> u64 {
        self.removed_in_time + self.removed_late
    }

    /// E, the events of service level: answered or abandoned within T, or T passed, however the stay ended
    /// then. Who was called back, transferred or sent on before T has passed is no such event.
    pub fn service_level_events(&self) -> u64 {
        self.answered() + self.abandoned() + self.removed_late + self.flowed_out_late
    }

    /// V8, the one that wallboards show.
    pub fn usual_service_level(&self) -> Option<f64> {
        ratio(self.answered_in_time, self.answered() + self.abandoned() - self.abandoned_short)
    }

    /// All variants side by side; `v8` is the usual one, `v5` the strictest. `v1`, `v2`, `v7` and `v8` look at
    /// stays that were answered or abandoned; `v4`, `v5` and `v6` at every stay whose threshold was decided, so
    /// that a call-back or an overflow after T counts as late.
    pub fn service_levels(&self) -> [Figure; 8] {
        let (in_time, answered, abandoned) = (self.answered_in_time, self.answered(), self.abandoned());
        let quick = self.abandoned_short + self.abandoned_in_time;
        let ended = answered + abandoned;
        let events = self.service_level_events();
        let figure = |name, formula, part, whole| Figure { name, formula, value: ratio(part, whole) };
        [
            figure("v1_answered", "A_T / (A_T + A_L)", in_time, answered),
            figure("v2_with_abandoned", "(A_T + B<=T) / (A + B)", in_time + quick, ended),
            figure(
                "v3_removed",
                "(A_T + B<=T + C<=T) / (A + B + C)",
                in_time + quick + self.removed_in_time,
                ended + self.removed(),
            ),
            figure("v4_abandoned_ignored", "A_T / (E - B<=T), E = A + B + C>T + F>T", in_time, events - quick),
            figure("v5_abandoned_negative", "A_T / E, E = A + B + C>T + F>T", in_time, events),
            figure("v6_abandoned_positive", "(A_T + B<=T) / E, E = A + B + C>T + F>T", in_time + quick, events),
            figure("v7_with_flow_out", "A_T / (A + B + F)", in_time, ended + self.flowed_out),
            Figure {
                name: "v8_short_abandoned_out",
                formula: "A_T / (A + B - B<=S)",
                value: self.usual_service_level(),
            },
        ]
    }

    pub fn figures(&self) -> [Figure; 11] {
        let seconds = |us: u64, count: u64| ratio(us, count).map(|us| us / 1e6);
        let figure = |name, formula, value| Figure { name, formula, value };
        let (lost, answered) = (self.abandoned() - self.abandoned_short, self.answered());
        [
            figure("asa_s", "waits of answered / A", seconds(self.wait_answered_us, answered)),
            figure("time_to_abandon_s", "waits of abandoned / B", seconds(self.wait_abandoned_us, self.abandoned())),
            figure("abandonment", "(B - B<=S) / (offered - B<=S)", ratio(lost, self.offered - self.abandoned_short)),
            figure("abandonment_of_all", "B / offered", ratio(self.abandoned(), self.offered)),
            figure(
                "abandonment_of_ended",
                "B / (A + B + F)",
                ratio(self.abandoned(), answered + self.abandoned() + self.flowed_out),
            ),
            figure("short_abandonment", "B<=S / offered", ratio(self.abandoned_short, self.offered)),
            figure("talk_s", "conversation / conversations over", seconds(self.talk_us, self.talks)),
            figure("wrap_up_s", "wrap-up / conversations over", seconds(self.wrap_up_us, self.talks)),
            figure(
                "handling_s",
                "(conversation + wrap-up) / conversations over",
                seconds(self.talk_us + self.wrap_up_us, self.talks),
            ),
            figure("unanswered_rings", "rings not answered / rings", ratio(self.unanswered_rings, self.rings)),
            figure(
                "rung_in_vain",
                "contacts with a ring not answered / offered",
                ratio(self.stays_with_unanswered_rings, self.offered),
            ),
        ]
    }
}

/// Counts with everything that is computed from them.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = QueueSheet)]
pub struct Sheet {
    pub counts: QueueCounts,
    pub service_levels: [Figure; 8],
    pub figures: [Figure; 11],
}

impl From<QueueCounts> for Sheet {
    fn from(counts: QueueCounts) -> Self {
        Self { counts, service_levels: counts.service_levels(), figures: counts.figures() }
    }
}

impl QueueCounts {
    pub fn plus(mut self, other: &Self) -> Self {
        self.offered += other.offered;
        self.refused += other.refused;
        self.answered_in_time += other.answered_in_time;
        self.answered_late += other.answered_late;
        self.abandoned_short += other.abandoned_short;
        self.abandoned_in_time += other.abandoned_in_time;
        self.abandoned_late += other.abandoned_late;
        self.removed_in_time += other.removed_in_time;
        self.removed_late += other.removed_late;
        self.flowed_out += other.flowed_out;
        self.flowed_out_late += other.flowed_out_late;
        self.rings += other.rings;
        self.unanswered_rings += other.unanswered_rings;
        self.stays_with_unanswered_rings += other.stays_with_unanswered_rings;
        self.wait_answered_us += other.wait_answered_us;
        self.wait_abandoned_us += other.wait_abandoned_us;
        self.longest_wait_us = self.longest_wait_us.max(other.longest_wait_us);
        self.talk_us += other.talk_us;
        self.wrap_up_us += other.wrap_up_us;
        self.talks += other.talks;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One day read eight ways: T = 20 s, S = 5 s, 1000 entered.
    #[test]
    fn the_same_day_reads_from_seventy_to_eighty_per_cent() {
        let day = QueueCounts {
            offered: 1_000,
            answered_in_time: 700,
            answered_late: 180,
            abandoned_short: 40,
            abandoned_in_time: 20,
            abandoned_late: 60,
            ..QueueCounts::default()
        };
        let wanted = [79.5, 76.0, 76.0, 74.5, 70.0, 76.0, 70.0, 72.9];
        for (figure, wanted) in day.service_levels().iter().zip(wanted) {
            let value = figure.value.unwrap() * 100.0;
            assert!((value - wanted).abs() < 0.05, "{}: {value}", figure.name);
        }
    }

    /// 100 more were called back and 60 went on, of them 40 and 30 after T.
    #[test]
    fn who_left_after_the_threshold_is_an_event_of_service_level() {
        let day = QueueCounts {
            answered_in_time: 700,
            answered_late: 180,
            abandoned_short: 40,
            abandoned_in_time: 20,
            abandoned_late: 60,
            removed_in_time: 60,
            removed_late: 40,
            flowed_out: 60,
            flowed_out_late: 30,
            ..QueueCounts::default()
        };
        assert_eq!(day.service_level_events(), 1_070);
        let parts = [
            (700, 880),
            (760, 1_000),
            (820, 1_100),
            (700, 1_010),
            (700, 1_070),
            (760, 1_070),
            (700, 1_060),
            (700, 960),
        ];
        for (figure, (part, whole)) in day.service_levels().iter().zip(parts) {
            assert_eq!(figure.value, Some(f64::from(part) / f64::from(whole)), "{}", figure.name);
        }
    }
}
