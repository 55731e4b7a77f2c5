//! Alerts: a figure of a queue is beyond what the center has set up, for so long that it is no accident.
//!
//! | level | the figure | next | event |
//! | --- | --- | --- | --- |
//! | calm | beyond `warn` or `act` for `hold_s` | warn, act | `alert.raised`: a new alert, on the wallboard, to be acknowledged, mailed |
//! | warn | beyond `act` for `hold_s` | act | `alert.changed`: the same alert, to be acknowledged anew, mailed |
//! | act | within `act` for `hold_s` | warn | `alert.changed` |
//! | warn, act | a supervisor has seen it | same | `alert.acknowledged`, with who it was |
//! | warn, act | within `warn` for `hold_s` | calm | `alert.ended` (`within`) |
//! | warn, act | the hours are over; the rule or the queue is gone | calm | `alert.ended` (`hours`, `rule`), at once |
//!
//! While a figure swings within `hold_s` the level stays: of what it has been all that time, the mildest counts on the way
//! up, the worst on the way down. An alert outlives the process that raised it: the next one takes it up.
//!
//! Limits: a rule has one alert a queue at a time; a rule mails about a queue once in [`MAIL_EVERY`], unless it is worse.

mod letter;
mod watch;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::{AlertId, Instant, QueueId};
use crate::center::desk::Words;

pub use letter::{Letter, Way};
pub(in crate::center) use letter::{Writer, to_programs};
pub use watch::Alerts;

/// How often figures are looked at while there are rules.
pub const TICK: Duration = Duration::from_secs(1);
/// So soon a rule mails again about the same queue, if it is no worse.
pub const MAIL_EVERY: Duration = Duration::from_secs(600);

/// What is looked at.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[schema(as = AlertFigure)]
pub enum Figure {
    /// Contacts in the line.
    #[default]
    Waiting,
    /// Seconds that the longest waiting contact has waited.
    LongestWait,
    /// Of today, percent; few are bad.
    ServiceLevel,
    /// Of those who came today so many percent gave up, those within the short-abandon threshold left out.
    Abandoned,
    /// Agents who could take a contact now; few are bad.
    Ready,
    /// Customers who wait to be called back.
    CallBacks,
}

impl Figure {
    /// With the words of center files.
    pub const ALL: [(&str, Self); 6] = [
        ("waiting", Self::Waiting),
        ("longest_wait", Self::LongestWait),
        ("service_level", Self::ServiceLevel),
        ("abandoned", Self::Abandoned),
        ("ready", Self::Ready),
        ("call_backs", Self::CallBacks),
    ];

    /// Small numbers are the bad ones.
    pub const fn falls(self) -> bool {
        matches!(self, Self::ServiceLevel | Self::Ready)
    }

    /// It cannot be more.
    pub const fn is_percent(self) -> bool {
        matches!(self, Self::ServiceLevel | Self::Abandoned)
    }

    /// Whether `value` is beyond `limit`.
    pub const fn is_beyond(self, value: u32, limit: u32) -> bool {
        if self.falls() { value < limit } else { value > limit }
    }

    /// The worse of both.
    fn worse(self, one: u32, other: u32) -> u32 {
        if self.falls() { one.min(other) } else { one.max(other) }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AlertLevel)]
pub enum Level {
    Warn,
    Act,
}

/// As the center is set up.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AlertRule {
    /// As in the center file.
    pub key: String,
    /// As people read it.
    pub name: Words,
    /// What is looked at.
    pub figure: Figure,
    /// None: of every queue.
    pub queues: Vec<QueueId>,
    /// Beyond it somebody should look.
    pub warn: Option<u32>,
    /// Beyond it somebody must act.
    pub act: Option<u32>,
    /// Seconds that a figure must be beyond, or within, until it counts.
    pub hold_s: u32,
    /// Key of the hours in which it is looked at; `None`: always.
    pub hours: Option<String>,
    /// Heard by supervisors, not only seen.
    pub sound: bool,
    /// Addresses that are written to.
    #[serde(default)]
    pub mail: Vec<String>,
    /// Programs that are told of every event.
    #[serde(default)]
    pub webhooks: Vec<String>,
}

impl AlertRule {
    /// Whether it looks at this queue.
    pub fn is_of(&self, queue: QueueId) -> bool {
        self.queues.is_empty() || self.queues.contains(&queue)
    }

    /// `None`: calm.
    fn level(&self, value: u32) -> Option<Level> {
        let beyond = |limit: Option<u32>| limit.is_some_and(|limit| self.figure.is_beyond(value, limit));
        match (beyond(self.act), beyond(self.warn)) {
            (true, _) => Some(Level::Act),
            (false, true) => Some(Level::Warn),
            (false, false) => None,
        }
    }

    fn limit(&self, level: Level) -> u32 {
        if level == Level::Act { self.act } else { self.warn }.unwrap_or(0)
    }
}

/// An alert, going on or over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Alert {
    pub id: AlertId,
    /// Key of the rule.
    pub rule: String,
    /// Of the rule, as it was then.
    pub name: Words,
    pub queue: QueueId,
    pub figure: Figure,
    pub level: Level,
    pub since: Instant,
    /// The worst of the figure while it lasted, up to the last event.
    pub worst: u32,
    /// Beyond what, at this level.
    pub limit: u32,
    pub sound: bool,
    /// How many events it has had.
    pub events: u32,
    /// The supervisor, by user name, who has seen it at this level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub seen_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub seen: Option<Instant>,
    /// `None`: it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ended: Option<Instant>,
}

/// What happened to an alert.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", content = "detail")]
pub enum AlertEvent {
    /// The figure was beyond `limit` for long enough.
    #[serde(rename = "alert.raised")]
    Raised { level: Level, value: u32, limit: u32 },
    /// It is worse or milder than before, or the limit is another one.
    #[serde(rename = "alert.changed")]
    Changed { level: Level, value: u32, limit: u32 },
    /// A supervisor (`by`) sees to it.
    #[serde(rename = "alert.acknowledged")]
    Acknowledged { by: String },
    /// It is over.
    #[serde(rename = "alert.ended")]
    Ended { why: AlertEnd },
}

impl AlertEvent {
    /// Kind, fields and meaning, as the reference lists them.
    pub const ABOUT: [(&str, &[&str], &str); 4] = [
        ("alert.raised", &["level", "value", "limit"], "The figure was beyond `limit` for long enough."),
        (
            "alert.changed",
            &["level", "value", "limit"],
            "It is worse or milder than before, or the limit is another one.",
        ),
        ("alert.acknowledged", &["by"], "A supervisor (`by`) sees to it."),
        (
            "alert.ended",
            &["why"],
            "It is over: `within` its limits, out of its `hours`, or the `rule` or the queue is gone.",
        ),
    ];
}

/// Why an alert is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertEnd {
    /// The figure is within its limits again.
    Within,
    /// It is not watched at this time.
    Hours,
    /// The rule is another one, or gone, or the queue is.
    Rule,
}

/// An alert as it is from now on, what made it so, and who is written to about it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AlertNews {
    /// Of the event.
    pub at: Instant,
    /// After the event.
    pub alert: Alert,
    /// The `alert.events`th.
    pub event: AlertEvent,
    /// To people and to programs.
    pub letters: Vec<Letter>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_named_as_they_are_told() {
        let (level, value, limit) = (Level::Act, 9, 5);
        let events = [
            AlertEvent::Raised { level, value, limit },
            AlertEvent::Changed { level, value, limit },
            AlertEvent::Acknowledged { by: "sue".to_owned() },
            AlertEvent::Ended { why: AlertEnd::Hours },
        ];
        for ((kind, fields, _), event) in AlertEvent::ABOUT.iter().zip(&events) {
            let told = serde_json::to_value(event).unwrap();
            let mut named: Vec<_> = told["detail"].as_object().unwrap().keys().map(String::as_str).collect();
            let mut fields = fields.to_vec();
            named.sort_unstable();
            fields.sort_unstable();
            assert_eq!((told["kind"].as_str(), named), (Some(*kind), fields));
            assert_eq!(serde_json::from_value::<AlertEvent>(told).unwrap(), *event);
        }
    }
}
