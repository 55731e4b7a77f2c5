//! The legs of an earlier process: written down while they are up, and taken up by the next one. Each goes on with
//! its dialog, and its media are agreed on anew by a re-INVITE.
//!
//! Not kept: legs of browsers, whose connections end with the process (they come back by themselves), and legs that
//! are not up.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::calls::{Call, Calls};
use super::incoming::Want;
use super::keys::Keys;
use super::leg::{Leg, Media, Port, State};
use super::{Event, LegEnded, Output, Role, reason};
use crate::base::{CallId, LegId};
use crate::media::negotiate::{NegotiateError, Negotiation};
use crate::media::{Direction, Session};
use crate::sdp::SrtpRule;
use crate::sip::{self, KeptDialog, Reason};

/// A leg as it is written down.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KeptLeg {
    pub dialog: KeptDialog,
    pub media: Negotiation,
    /// The registered user whose contact was rung.
    pub user: Option<String>,
    #[serde(default = "in_clear")]
    pub srtp: SrtpRule,
}

fn in_clear() -> SrtpRule {
    SrtpRule::Off
}

/// A leg that goes on. The customer's makes the call; the others come after it.
#[derive(Clone, PartialEq, Debug)]
pub struct TakeUp {
    pub call: CallId,
    /// Its name from now on.
    pub leg: LegId,
    pub role: Role,
    pub kept: KeptLeg,
}

impl Calls {
    /// What there is to write down of a leg, beside its dialog; `None`: it is not up, or a browser's.
    pub fn kept(&self, leg: LegId) -> Option<(Negotiation, Option<String>, SrtpRule)> {
        let leg = self.legs.get(&leg).filter(|leg| leg.is_up())?;
        let plain = matches!(leg.media.port, Port::Plain(_));
        plain.then(|| (leg.media.negotiation.without_keys(), leg.user.clone(), leg.media.srtp))
    }

    /// Is there such a leg, or is it waited for?
    pub fn has(&self, leg: LegId) -> bool {
        self.legs.contains_key(&leg) || self.taking_up.iter().any(|next| next.leg == leg)
    }

    /// Now, or as soon as there is a port for it.
    pub(super) fn take_up(&mut self, take_up: TakeUp, out: &mut Vec<Output>) {
        self.taking_up.push_back(take_up);
        self.take_up_waiting(out);
    }

    pub(super) fn take_up_waiting(&mut self, out: &mut Vec<Output>) {
        while let Some(next) = self.taking_up.front() {
            let worker = self.calls.get(&next.call).map(|call| call.worker).or_else(|| self.ports.least_loaded());
            if worker.is_some_and(|worker| self.ports.free_of(worker) == 0) {
                return;
            }
            let Some(next) = self.taking_up.pop_front() else { return };
            let (call, leg) = (next.call, next.leg);
            if let Err(why) = self.take_up_now(next, out) {
                out.push(Output::Event(Event::LegEnded { call, leg, ended: LegEnded::Lost(why) }));
            }
        }
    }

    fn take_up_now(&mut self, take_up: TakeUp, out: &mut Vec<Output>) -> Result<(), Reason> {
        let TakeUp { call, leg: id, role, kept } = take_up;
        let KeptLeg { dialog, media: negotiation, user, srtp } = kept;
        let known = self.calls.get(&call).map(|call| call.worker);
        let worker = match (known, role) {
            (Some(worker), _) => worker,
            (None, Role::Customer) => self.ports.least_loaded().ok_or_else(|| reason(503, "no media worker"))?,
            (None, _) => return Err(reason(481, "the customer is gone")),
        };
        // Before a port is taken: who has no keys gets none.
        let keying = self.keying(srtp, worker)?;
        let codecs = self.settings.codecs.clone();
        let media = self.new_media(Want { worker, webrtc: false, srtp, codecs: &codecs, source: dialog.source() })?;
        let address = self.address_of(&media);
        let mut negotiation =
            address.map_or(negotiation.clone(), |address| negotiation.taken_up(address)).keyed(keying);
        let offer = negotiation.offer(Direction::SendRecv);
        let media = Media { negotiation, ..media };
        let (state, keys) = (State::TakingUp, Keys::default());
        self.legs.insert(id, Leg { id, call, attempt: None, user, state, media, keys });
        match self.calls.get_mut(&call) {
            Some(entry) => entry.legs.push(id),
            None => drop(self.calls.insert(call, Call::from_customer(worker, id))),
        }
        out.push(Output::Sip(sip::Command::TakeUp { leg: id, dialog: Box::new(dialog), offer }));
        Ok(())
    }

    /// What the descriptions of a plain leg say.
    fn address_of(&self, media: &Media) -> Option<SocketAddr> {
        let Port::Plain(lease) = media.port else { return None };
        Some(SocketAddr::new(self.settings.advertised_ip.unwrap_or(lease.rtp.ip()), lease.rtp.port()))
    }

    pub(super) fn taken_up(&mut self, id: LegId, accepted: Result<Session, NegotiateError>, out: &mut Vec<Output>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        match accepted {
            Ok(session) => {
                leg.state = State::Up;
                let call = leg.call;
                self.take_session(id, session, out);
                out.push(Output::Event(Event::TakenUp { call, leg: id }));
            }
            Err(why) => self.media_lost(id, reason(488, &why.to_string()), out),
        }
    }
}
