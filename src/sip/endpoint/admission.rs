//! Who may take up room before anything is proven: INVITEs that wait for an answer or an ACK, counted
//! per source and together. What is over the limit is answered 503 without keeping anything.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::base::network_of;
use crate::sip::wire::{Name, Request};

/// Counts INVITEs from their arrival to the ACK of their final response.
#[derive(Debug)]
pub struct Admission {
    limit: usize,
    limit_per_source: usize,
    pending: usize,
    by_source: BTreeMap<IpAddr, usize>,
}

impl Admission {
    pub fn new(limit: usize, limit_per_source: usize) -> Self {
        Self { limit, limit_per_source, pending: 0, by_source: BTreeMap::new() }
    }

    /// Counts one more, if there is room.
    pub fn admit(&mut self, source: IpAddr) -> bool {
        let source = network_of(source);
        let own = self.by_source.get(&source).copied().unwrap_or(0);
        if self.pending >= self.limit || own >= self.limit_per_source {
            return false;
        }
        self.pending = self.pending.saturating_add(1);
        self.by_source.insert(source, own.saturating_add(1));
        true
    }

    pub fn release(&mut self, source: IpAddr) {
        let source = network_of(source);
        self.pending = self.pending.saturating_sub(1);
        if let Some(own) = self.by_source.get_mut(&source) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                self.by_source.remove(&source);
            }
        }
    }

    pub fn pending(&self) -> usize {
        self.pending
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
        assert!(admission.admit(ip(1)) && admission.admit(ip(1)));
        assert!(!admission.admit(ip(1)), "two of one source");
        assert!(admission.admit(ip(2)));
        assert!(!admission.admit(ip(3)), "three of all");
        admission.release(ip(1));
        assert!(admission.admit(ip(3)));
        for n in [1, 2, 3] {
            admission.release(ip(n));
        }
        assert_eq!((admission.pending(), admission.by_source.len()), (0, 0));
    }
}
