//! The agents of a campaign, as the pacer knows them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::input::Presence;
use crate::base::{AgentId, Instant};

/// What an agent does, and since when.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(in crate::campaign) enum Doing {
    Ready,
    /// Reads the next record; the call is made then.
    Previewing,
    Talking {
        frees: Option<Instant>,
    },
    WrapUp {
        frees: Option<Instant>,
    },
}

/// The agents who are there; the ready ones by how long they are.
#[derive(Clone, Debug, Default)]
pub(in crate::campaign) struct Staff {
    agents: BTreeMap<AgentId, (Doing, Instant)>,
    ready: BTreeSet<(Instant, AgentId)>,
}

/// A time of work that is over, to be learned.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(in crate::campaign) enum Worked {
    Talked(Duration),
    WroteUp(Duration),
}

impl Staff {
    /// Takes over what is told; says what work that ends.
    pub fn told(&mut self, agent: AgentId, is: Presence, now: Instant) -> Option<Worked> {
        let doing = match is {
            Presence::Ready => Doing::Ready,
            Presence::Talking { frees_in } => Doing::Talking { frees: frees_in.map(|span| now + span) },
            Presence::WrapUp { frees_in } => Doing::WrapUp { frees: frees_in.map(|span| now + span) },
            Presence::Gone => {
                self.leave(agent);
                return None;
            }
        };
        self.set(agent, doing, now)
    }

    /// Sets what they do; the same again changes nothing.
    pub fn set(&mut self, agent: AgentId, doing: Doing, now: Instant) -> Option<Worked> {
        let before = self.agents.get(&agent).copied();
        if let Some((was, since)) = before {
            if std::mem::discriminant(&was) == std::mem::discriminant(&doing) {
                self.agents.insert(agent, (doing, since));
                return None;
            }
            self.ready.remove(&(since, agent));
        }
        self.agents.insert(agent, (doing, now));
        if doing == Doing::Ready {
            self.ready.insert((now, agent));
        }
        match before {
            Some((Doing::Talking { .. }, since)) if doing != Doing::Previewing => {
                Some(Worked::Talked(now.since(since)))
            }
            Some((Doing::WrapUp { .. }, since)) if doing == Doing::Ready => Some(Worked::WroteUp(now.since(since))),
            _ => None,
        }
    }

    fn leave(&mut self, agent: AgentId) {
        if let Some((_, since)) = self.agents.remove(&agent) {
            self.ready.remove(&(since, agent));
        }
    }

    pub fn doing(&self, agent: AgentId) -> Option<Doing> {
        self.agents.get(&agent).map(|(doing, _)| *doing)
    }

    pub fn ready(&self) -> usize {
        self.ready.len()
    }

    /// The ready agent before whom so many were ready.
    pub fn nth_ready(&self, at: usize) -> Option<AgentId> {
        self.ready.iter().nth(at).map(|(_, agent)| *agent)
    }

    /// The ready ones, who is ready for longest first.
    pub fn all_ready(&self) -> impl Iterator<Item = AgentId> {
        self.ready.iter().map(|(_, agent)| *agent)
    }

    pub fn len(&self) -> usize {
        self.agents.len()
    }

    /// Those who are busy: what they do, and since when.
    pub fn busy(&self) -> impl Iterator<Item = (AgentId, Doing, Instant)> {
        let busy = self.agents.iter().filter(|(_, (doing, _))| *doing != Doing::Ready);
        busy.map(|(agent, (doing, since))| (*agent, *doing, *since))
    }
}
