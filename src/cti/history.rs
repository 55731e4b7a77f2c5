//! The numbered history of one agent, bounded in number and size.

use std::collections::VecDeque;

use axum::extract::ws::Utf8Bytes;

pub struct History {
    /// Number of the last event; 0 before the first.
    seq: u64,
    events: VecDeque<Utf8Bytes>,
    bytes: usize,
    limit: usize,
    limit_bytes: usize,
}

impl History {
    pub fn new(limit: usize, limit_bytes: usize) -> Self {
        Self { seq: 0, events: VecDeque::new(), bytes: 0, limit, limit_bytes }
    }

    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The number the next event will have.
    pub fn next(&self) -> u64 {
        self.seq + 1
    }

    /// Adds the event with number [`History::next`].
    pub fn add(&mut self, event: Utf8Bytes) {
        self.seq += 1;
        self.bytes += event.len();
        self.events.push_back(event);
        while self.events.len() > self.limit || self.bytes > self.limit_bytes {
            let Some(oldest) = self.events.pop_front() else { break };
            self.bytes -= oldest.len();
        }
    }

    /// What came after `seq`; `None`: part of it is forgotten, or `seq` was never given out.
    pub fn after(&self, seq: u64) -> Option<impl ExactSizeIterator<Item = &Utf8Bytes>> {
        let missed = usize::try_from(self.seq.checked_sub(seq)?).ok()?;
        let first = self.events.len().checked_sub(missed)?;
        Some(self.events.range(first..))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_newest_within_both_limits() {
        let mut history = History::new(3, 10);
        for text in ["a", "b", "c", "d"] {
            history.add(text.into());
        }
        let after =
            |history: &History, seq| history.after(seq).map(|list| list.map(|e| e.to_string()).collect::<Vec<_>>());
        assert_eq!(history.seq(), 4);
        assert_eq!(after(&history, 4), Some(vec![]));
        assert_eq!(after(&history, 1), Some(vec!["b".into(), "c".into(), "d".into()]));
        assert_eq!(after(&history, 0), None, "a is forgotten");
        assert_eq!(after(&history, 5), None, "5 was never given out");
        history.add("0123456789".into());
        assert_eq!(after(&history, 4), Some(vec!["0123456789".into()]));
        assert_eq!(after(&history, 3), None, "too many bytes");
    }
}
