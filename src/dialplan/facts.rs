//! What the conditions of a flow may ask of.

use std::collections::BTreeMap;

use super::{DialFailed, QueueLeft};
use crate::written::expression::{self, Condition, ParseError, Sort, Used, Vocabulary};

/// The facts a driver fills.
pub(super) const FACTS: [&str; 8] = [
    "caller",
    "called",
    "result",
    "customer.known",
    "customer.tier",
    "customer.language",
    "customer.value",
    "customer.last_agent",
];

/// The values of facts that have few; compared with another text, a condition would never hold.
const VALUES: [(&str, &[&str]); 4] = [
    ("customer.known", &["one", "several", "none"]),
    ("customer.language", &["zh", "en"]),
    ("var.language", &["zh", "en"]),
    ("result", &RESULTS),
];

/// What a step that had somebody else speak with the caller came to.
const RESULTS: [&str; 11] = [
    QueueLeft::Timeout.as_str(),
    QueueLeft::Full.as_str(),
    QueueLeft::NoAgents.as_str(),
    QueueLeft::Closed.as_str(),
    QueueLeft::Declined.as_str(),
    QueueLeft::Impossible.as_str(),
    DialFailed::Busy.as_str(),
    DialFailed::NoAnswer.as_str(),
    DialFailed::Rejected.as_str(),
    DialFailed::Unreachable.as_str(),
    "finished",
];

/// Reads a condition of a flow.
pub(super) fn condition(text: &str) -> Result<(Condition, Vec<Used>), ParseError> {
    expression::parse(text, &vocabulary())
}

fn vocabulary() -> Vocabulary<'static> {
    Vocabulary {
        facts: FACTS.into_iter().map(|name| (name, Sort::Plain)).collect(),
        values: VALUES.into_iter().map(|(name, values)| (name, values.to_vec())).collect::<BTreeMap<_, _>>(),
        free: Some("var."),
        clock: true,
        example: "`customer.tier`, `time` or `hours.office`",
    }
}
