//! The calls of a campaign that are not over.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::input::{Class, DialId};
use crate::base::{AgentId, Instant};

/// One call.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Dial {
    pub at: Instant,
    pub class: Class,
    /// The window of the law to which it belongs.
    pub window: u32,
    pub is: DialState,
    /// The agent who has read its record.
    pub meant: Option<AgentId>,
}

/// How far a call is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum DialState {
    Ringing,
    /// Taken back; the network has not said yet that it knows.
    Cancelling,
    /// A person waits for an agent until then.
    Waiting {
        until: Instant,
    },
    /// An agent speaks; `until`: the end of the grace, should the bridge fail.
    Connected {
        until: Instant,
    },
    /// It rings for a message: no agent is wanted.
    Unmanned,
    /// It was in the air when the server was restarted.
    Adrift,
}

/// The calls by id, and how many of each window are in the air.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Dials {
    by_id: BTreeMap<DialId, Dial>,
    next: u64,
    /// By window: in the air; of these, taken back.
    open: BTreeMap<u32, (usize, usize)>,
}

impl DialState {
    /// In the air: it may yet want an agent.
    fn counts(self) -> (usize, usize) {
        match self {
            Self::Connected { .. } | Self::Unmanned => (0, 0),
            Self::Cancelling => (1, 1),
            Self::Ringing | Self::Waiting { .. } | Self::Adrift => (1, 0),
        }
    }
}

impl Dials {
    pub(in crate::campaign) fn start(&mut self, dial: Dial) -> DialId {
        let id = DialId(self.next);
        self.next += 1;
        self.add(dial.window, dial.is.counts(), 1);
        self.by_id.insert(id, dial);
        id
    }

    pub(in crate::campaign) fn get(&self, id: DialId) -> Option<&Dial> {
        self.by_id.get(&id)
    }

    pub(in crate::campaign) fn set(&mut self, id: DialId, is: DialState) {
        if let Some(dial) = self.by_id.get_mut(&id) {
            let (window, was) = (dial.window, dial.is);
            dial.is = is;
            self.add(window, was.counts(), -1);
            self.add(window, is.counts(), 1);
        }
    }

    pub(in crate::campaign) fn end(&mut self, id: DialId) -> Option<Dial> {
        let dial = self.by_id.remove(&id)?;
        self.add(dial.window, dial.is.counts(), -1);
        Some(dial)
    }

    fn add(&mut self, window: u32, (open, back): (usize, usize), sign: isize) {
        let entry = self.open.entry(window).or_default();
        entry.0 = entry.0.saturating_add_signed(sign * open as isize);
        entry.1 = entry.1.saturating_add_signed(sign * back as isize);
        if entry.0 == 0 {
            self.open.remove(&window);
        }
    }

    /// All that are not over, those with an agent among them.
    pub(in crate::campaign) fn iter(&self) -> impl DoubleEndedIterator<Item = (DialId, &Dial)> {
        self.by_id.iter().map(|(id, dial)| (*id, dial))
    }

    pub(in crate::campaign) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// In the air.
    pub(in crate::campaign) fn open(&self) -> usize {
        self.open.values().map(|(open, _)| open).sum()
    }

    /// In the air by window; `firm`: without those taken back.
    pub(in crate::campaign) fn open_by_window(&self, firm: bool) -> impl Iterator<Item = (u32, usize)> {
        self.open.iter().map(move |(window, (open, back))| (*window, if firm { open - back } else { *open }))
    }
}
