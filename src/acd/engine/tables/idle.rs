//! Idle agents of one tier, longest idle first.
//!
//! Idle times only grow, so a new entry goes to the end: longest idle needs no heap. Entries of agents
//! who are no longer idle stay until they come to an end of the list or the list has doubled.

use crate::base::Channel;
use std::collections::VecDeque;

use super::index::{AgentIx, Table};

/// Since when an agent is idle, as an ever growing number, with the channels the agent is free for
/// in the low byte; 0: not idle.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(in crate::acd) struct IdleWord(u64);

impl IdleWord {
    pub const NOT_IDLE: Self = Self(0);

    pub fn new(stamp: u64, channels: u8) -> Self {
        if channels == 0 { Self::NOT_IDLE } else { Self(stamp << 8 | u64::from(channels)) }
    }

    pub fn is_idle(self) -> bool {
        self != Self::NOT_IDLE
    }

    pub fn stamp(self) -> u64 {
        self.0 >> 8
    }

    pub fn free_for(self, channel: Channel) -> bool {
        self.0 & (1 << channel as u64) != 0
    }
}

/// By agent: since when idle, and for what.
pub(in crate::acd) type IdleWords = Table<AgentIx, IdleWord>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::acd) struct IdleEntry {
    pub stamp: u64,
    pub agent: AgentIx,
}

#[derive(Clone, Debug)]
pub(in crate::acd) struct IdleList {
    channel: Channel,
    entries: VecDeque<IdleEntry>,
    compact_at: usize,
}

impl IdleList {
    const SMALL: usize = 16;

    pub fn new(channel: Channel) -> Self {
        Self { channel, entries: VecDeque::new(), compact_at: Self::SMALL }
    }

    fn is_valid(&self, entry: IdleEntry, words: &IdleWords) -> bool {
        let word = words[entry.agent];
        word.stamp() == entry.stamp && word.free_for(self.channel)
    }

    /// At the end; in its old place for an agent who gets an old stamp back.
    pub fn push(&mut self, entry: IdleEntry, words: &IdleWords) {
        match self.entries.back() {
            Some(last) if last.stamp >= entry.stamp => {
                if let Err(at) = self.entries.binary_search_by_key(&entry.stamp, |e| e.stamp) {
                    self.entries.insert(at, entry);
                }
            }
            _ => self.entries.push_back(entry),
        }
        if self.entries.len() >= self.compact_at {
            self.compact(words);
        }
    }

    fn compact(&mut self, words: &IdleWords) {
        let channel = self.channel;
        self.entries.retain(|e| {
            let word = words[e.agent];
            word.stamp() == e.stamp && word.free_for(channel)
        });
        self.compact_at = (self.entries.len() * 2).max(Self::SMALL);
    }

    /// The longest idle.
    pub fn head(&mut self, words: &IdleWords) -> Option<IdleEntry> {
        while let Some(&entry) = self.entries.front() {
            if self.is_valid(entry, words) {
                return Some(entry);
            }
            self.entries.pop_front();
        }
        None
    }

    /// The most recently idle.
    pub fn tail(&mut self, words: &IdleWords) -> Option<IdleEntry> {
        while let Some(&entry) = self.entries.back() {
            if self.is_valid(entry, words) {
                return Some(entry);
            }
            self.entries.pop_back();
        }
        None
    }

    /// Not even entries of agents who are no longer idle.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn iter<'a>(&'a self, words: &'a IdleWords) -> impl Iterator<Item = IdleEntry> + 'a {
        self.entries.iter().copied().filter(move |entry| self.is_valid(*entry, words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOICE: u8 = 1 << Channel::Voice as u8;

    #[test]
    fn longest_idle_stands_first_and_an_old_stamp_finds_its_old_place() {
        let mut words = IdleWords::from(vec![IdleWord::NOT_IDLE; 3]);
        let mut list = IdleList::new(Channel::Voice);
        for (agent, stamp) in [(AgentIx(0), 1), (AgentIx(1), 2), (AgentIx(2), 3)] {
            words[agent] = IdleWord::new(stamp, VOICE);
            list.push(IdleEntry { stamp, agent }, &words);
        }
        words[AgentIx(0)] = IdleWord::NOT_IDLE;
        assert_eq!(list.head(&words).map(|e| e.agent), Some(AgentIx(1)));
        assert_eq!(list.tail(&words).map(|e| e.agent), Some(AgentIx(2)));
        words[AgentIx(0)] = IdleWord::new(1, VOICE);
        list.push(IdleEntry { stamp: 1, agent: AgentIx(0) }, &words);
        list.push(IdleEntry { stamp: 1, agent: AgentIx(0) }, &words);
        assert_eq!(list.iter(&words).map(|e| e.agent).collect::<Vec<_>>(), [0, 1, 2].map(AgentIx));
        words[AgentIx(1)] = IdleWord::new(2, 1 << Channel::Chat as u8);
        assert_eq!(list.iter(&words).count(), 2, "free for chat only");
    }

    #[test]
    fn stale_entries_do_not_pile_up() {
        let mut words = IdleWords::from(vec![IdleWord::NOT_IDLE; 1]);
        let mut list = IdleList::new(Channel::Voice);
        for stamp in 1..10_000 {
            words[AgentIx(0)] = IdleWord::new(stamp, VOICE);
            list.push(IdleEntry { stamp, agent: AgentIx(0) }, &words);
        }
        assert!(list.entries.len() <= IdleList::SMALL);
    }
}
