//! Who may take up room before anything is proven: INVITEs that wait for an answer or an ACK, counted
//! together, and for users per source, for trunks by [`Line`]. What is over the limit is answered 503 without
//! keeping anything.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::line::{Line, Permit, Verdict};
use crate::base::{Instant, network_of};
use crate::sip::wire::{Name, Request};
use crate::sip::{Received, Trunk};

/// Counts INVITEs from their arrival to the ACK of their final response.
#[derive(Debug)]
pub struct Admission {
    limit: usize,
    limit_per_source: usize,
    pending: usize,
    by_source: BTreeMap<IpAddr, usize>,
    lines: BTreeMap<String, Line>,
}

/// An INVITE that was let in, as long as its call lasts.
#[derive(Debug)]
pub struct LetIn {
    of: Of,
    /// Its final response has no ACK yet.
    is_pending: bool,
}

#[derive(Debug)]
enum Of {
    Source(IpAddr),
    Trunk(String, Permit),
}

impl LetIn {
    pub fn is_pending(&self) -> bool {
        self.is_pending
    }
}

impl Admission {
    pub fn new(limit: usize, limit_per_source: usize) -> Self {
        Self { limit, limit_per_source, pending: 0, by_source: BTreeMap::new(), lines: BTreeMap::new() }
    }

    /// Lines of trunks that are gone stay as long as there are calls on them.
    pub fn configure(&mut self, trunks: &[Trunk]) {
        self.lines.retain(|_, line| !line.is_empty());
        for trunk in trunks {
            self.lines.entry(trunk.name.clone()).or_default().set_limits(trunk.limits);
        }
    }

    /// One more of a user, if there is room.
    pub fn admit(&mut self, source: IpAddr) -> Option<LetIn> {
        let source = network_of(source);
        let own = self.by_source.get(&source).copied().unwrap_or(0);
        if self.pending >= self.limit || own >= self.limit_per_source {
            return None;
        }
        self.pending = self.pending.saturating_add(1);
        self.by_source.insert(source, own.saturating_add(1));
        Some(LetIn { of: Of::Source(source), is_pending: true })
    }

    /// One more of a trunk; `None`: all together are too many. `words`: what copies of it have in common.
    pub fn ask(
        &mut self,
        now: Instant,
        trunk: &str,
        received: &Received,
        words: &[&str],
    ) -> Option<Result<LetIn, Verdict>> {
        if self.pending >= self.limit {
            return None;
        }
        let verdict = self.lines.get_mut(trunk)?.ask(now, received, words);
        let Verdict::Room(place) = verdict else { return Some(Err(verdict)) };
        self.pending = self.pending.saturating_add(1);
        Some(Ok(LetIn { of: Of::Trunk(trunk.to_owned(), place), is_pending: true }))
    }

    /// Its final response has its ACK, or will never have it.
    pub fn settled(&mut self, now: Instant, ticket: &mut LetIn, acknowledged: bool) {
        if !std::mem::take(&mut ticket.is_pending) {
            return;
        }
        self.pending = self.pending.saturating_sub(1);
        match &ticket.of {
            Of::Source(source) => self.leave_source(*source),
            Of::Trunk(trunk, place) => {
                if let Some(line) = self.lines.get_mut(trunk) {
                    line.settled(now, place, acknowledged);
                }
            }
        }
    }

    /// Its call is over; what its INVITE still owes is a matter of [`Admission::settled`].
    pub fn ended(&mut self, ticket: &LetIn) {
        if let Of::Trunk(trunk, _) = &ticket.of
            && let Some(line) = self.lines.get_mut(trunk)
        {
            line.ended();
        }
    }

    /// It became no call after all: nobody owes anything.
    pub fn never_mind(&mut self, ticket: LetIn) {
        self.pending = self.pending.saturating_sub(1);
        match ticket.of {
            Of::Source(source) => self.leave_source(source),
            Of::Trunk(trunk, place) => {
                if let Some(line) = self.lines.get_mut(&trunk) {
                    line.never_mind(&place);
                }
            }
        }
    }

    /// Is the patience with those who owe an ACK short?
    pub fn is_pressed(&self, ticket: &LetIn) -> bool {
        match &ticket.of {
            Of::Source(_) => false,
            Of::Trunk(trunk, _) => self.lines.get(trunk).is_some_and(Line::is_pressed),
        }
    }

    pub fn pending(&self) -> usize {
        self.pending
    }

    /// Sources and senders that are remembered.
    pub fn remembered(&self) -> usize {
        self.lines.values().fold(self.by_source.len(), |sum, line| sum.saturating_add(line.remembered()))
    }

    fn leave_source(&mut self, source: IpAddr) {
        if let Some(own) = self.by_source.get_mut(&source) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                self.by_source.remove(&source);
            }
        }
    }
}

/// Tools that walk the net for open servers; an answer only tells them that one is here.
const SCANNERS: [&str; 8] =
    ["friendly-scanner", "sipvicious", "sundayddr", "sipcli", "sip-scan", "vaxsipuseragent", "iwar", "pplsip"];

/// Does the request come from one of them?
pub fn is_scanner(request: &Request) -> bool {
    let Some(agent) = request.header(Name::UserAgent) else { return false };
    let agent = agent.to_ascii_lowercase();
    SCANNERS.iter().any(|scanner| agent.contains(scanner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_and_all_together_have_a_limit() {
        let ip = |n: u8| IpAddr::from([192, 0, 2, n]);
        let mut admission = Admission::new(3, 2);
        let (first, second) = (admission.admit(ip(1)), admission.admit(ip(1)));
        assert!(first.is_some() && second.is_some());
        assert!(admission.admit(ip(1)).is_none(), "two of one source");
        let third = admission.admit(ip(2));
        assert!(admission.admit(ip(3)).is_none(), "three of all");
        admission.settled(Instant::ZERO, &mut first.unwrap(), true);
        let fourth = admission.admit(ip(3));
        for ticket in [second, third, fourth] {
            admission.settled(Instant::ZERO, &mut ticket.unwrap(), true);
        }
        assert_eq!((admission.pending(), admission.by_source.len()), (0, 0));
    }
}
