//! The log lines of calls that were refused before they became a contact: one line each while there are few,
//! a count of the others when there are many. The figures count all of them.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::base::Instant;
use crate::sip::endpoint::RefusedCall;

/// Lines in one span of time, for the lines of the house and for all strangers together.
const LINES: u32 = 10;
const SPAN: Duration = Duration::from_secs(60);
/// Sources with a count of their own; the configuration has no more trunks.
const SOURCES_MAX: usize = 1_024;

/// Who has written how much; strangers cannot use up what a trunk may say.
#[derive(Default)]
pub struct Refusals {
    /// By trunk; all others are the empty name.
    spans: BTreeMap<String, Written>,
}

struct Written {
    since: Instant,
    lines: u32,
    left_out: u64,
}

impl Refusals {
    /// Writes the line, unless there were too many.
    pub fn log(&mut self, now: Instant, refused: &RefusedCall) {
        let Some(left_out) = self.may_write(now, refused.trunk.as_deref().unwrap_or_default()) else { return };
        let (status, cause, why, source) = (refused.status, refused.cause.label(), &refused.why, refused.source);
        let trunk = refused.trunk.as_deref().unwrap_or("none");
        tracing::warn!(status, cause, %why, %source, trunk, left_out, "a call was refused");
    }

    /// The same of a call for which its trunk, or the number, has no room.
    pub fn log_full(&mut self, now: Instant, trunk: &str, why: &str) {
        if let Some(left_out) = self.may_write(now, trunk) {
            tracing::warn!(trunk, why, left_out, "a call got no room");
        }
    }

    /// How many lines were left out before this one; `None`: this one is, too.
    fn may_write(&mut self, now: Instant, source: &str) -> Option<u64> {
        let source = if self.spans.len() < SOURCES_MAX || self.spans.contains_key(source) { source } else { "" };
        let span = self.spans.entry(source.to_owned()).or_insert(Written { since: now, lines: 0, left_out: 0 });
        if now.since(span.since) >= SPAN {
            (span.since, span.lines) = (now, 0);
        }
        if span.lines >= LINES {
            span.left_out = span.left_out.saturating_add(1);
            return None;
        }
        span.lines = span.lines.saturating_add(1);
        Some(std::mem::take(&mut span.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_strangers_is_a_few_lines_and_a_trunk_still_has_its_own() {
        let mut refusals = Refusals::default();
        let at = |ms: u64| Instant::from_micros(1_000_000_000 + ms * 1_000);
        let written = (0..50_000).filter(|ms| refusals.may_write(at(*ms), "").is_some()).count();
        assert_eq!(written, 10);
        assert_eq!(refusals.may_write(at(50_000), "carrier"), Some(0));
        assert_eq!(refusals.may_write(at(61_000), ""), Some(49_990), "and how many were left out");
        assert_eq!(refusals.may_write(at(61_001), ""), Some(0));
        let many = (0..2_000).filter(|n| refusals.may_write(at(70_000), &format!("t{n}")).is_some()).count();
        assert!(many < 1_100 && refusals.spans.len() <= SOURCES_MAX + 1);
    }
}
