//! What a trunk may say of where calls go: its own addresses, and whom to call there.

use super::Endpoint;
use crate::sip::LegEnd;
use crate::sip::trunk::TrunkId;

impl Endpoint {
    /// The end of a leg, without addresses that are not those of its trunk: no answer makes us send to a stranger.
    pub(super) fn trusted(&self, trunk: Option<TrunkId>, end: LegEnd) -> LegEnd {
        let LegEnd::Redirected { why, mut to } = end else { return end };
        let Some((name, usual)) = trunk.and_then(|trunk| self.trunks.whereabouts(trunk)) else {
            return LegEnd::Refused(why);
        };
        for elsewhere in &mut to {
            elsewhere.destination = elsewhere
                .destination
                .filter(|to| to.addr == usual.addr || self.networks.trunk(to.addr.ip()) == Some(name));
        }
        LegEnd::Redirected { why, to }
    }
}
