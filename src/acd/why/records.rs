//! Where decision records come from: one that nobody holds any more is written anew, lists and all, so
//! that explaining every decision does not allocate in the steady state.

use std::sync::Arc;

use super::{AgentCandidate, ContactCandidate, Excluded, Pick, Why};

#[derive(Debug, Default)]
pub(in crate::acd) struct Records {
    /// Given out, the oldest at `next`.
    lent: Vec<Arc<Why>>,
    next: usize,
    /// The record of decisions that nobody wants recorded.
    unrecorded: Arc<Why>,
    /// Emptied lists of old records; at most as many as records are lent.
    agents: Vec<Vec<AgentCandidate>>,
    contacts: Vec<Vec<ContactCandidate>>,
    excluded: Vec<Vec<Excluded>>,
}

impl Records {
    /// A reader who holds records longer than so many decisions makes the router allocate.
    const LENT: usize = 32;

    pub fn unrecorded(&self) -> Arc<Why> {
        Arc::clone(&self.unrecorded)
    }

    /// Takes the lists of the oldest record back, when nobody holds it any more.
    pub fn reclaim(&mut self) {
        let Some(old) = self.lent.get_mut(self.next).and_then(Arc::get_mut) else { return };
        match std::mem::take(&mut old.pick) {
            Pick::Agent { candidates, .. } => keep(&mut self.agents, candidates),
            Pick::Contact { candidates, .. } => keep(&mut self.contacts, candidates),
            Pick::Together(_) | Pick::Named { .. } | Pick::Unrecorded => {}
        }
        keep(&mut self.excluded, std::mem::take(&mut old.excluded));
    }

    /// Empty, with room where an old record had some.
    pub fn agents(&mut self) -> Vec<AgentCandidate> {
        self.agents.pop().unwrap_or_default()
    }

    pub fn contacts(&mut self) -> Vec<ContactCandidate> {
        self.contacts.pop().unwrap_or_default()
    }

    pub fn excluded(&mut self) -> Vec<Excluded> {
        self.excluded.pop().unwrap_or_default()
    }

    pub fn write(&mut self, why: Why) -> Arc<Why> {
        let at = self.next;
        self.next = (at + 1) % Self::LENT;
        match self.lent.get_mut(at) {
            None => self.lent.push(Arc::new(why)),
            Some(slot) => match Arc::get_mut(slot) {
                Some(old) => *old = why,
                None => *slot = Arc::new(why),
            },
        }
        Arc::clone(&self.lent[at])
    }
}

fn keep<T>(spare: &mut Vec<Vec<T>>, mut list: Vec<T>) {
    if list.capacity() > 0 && spare.len() < Records::LENT {
        list.clear();
        spare.push(list);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_written_anew_when_nobody_holds_it() {
        let mut records = Records::default();
        let held = records.write(Why { rules: 1, ..Why::default() });
        for rules in 2..200 {
            records.reclaim();
            assert_eq!(records.write(Why { rules, ..Why::default() }).rules, rules);
        }
        assert_eq!(held.rules, 1);
        assert_eq!(records.lent.len(), Records::LENT);
    }
}
