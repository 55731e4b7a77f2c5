//! re-INVITE: the peer moves its media, holds or resumes.

use bytes::Bytes;

use super::calls::Calls;
use super::incoming::ANY_CODEC;
use super::{Event, Output};
use crate::base::LegId;
use crate::media::negotiate;
use crate::media::{Direction, Session};
use crate::sip;

impl Calls {
    pub(super) fn offered(&mut self, id: LegId, offer: Option<Bytes>, out: &mut Vec<Output>) {
        let refused = |status, out: &mut Vec<Output>| out.push(Output::Sip(sip::Command::RefuseOffer { leg: id, status }));
        if !self.legs.get(&id).is_some_and(super::leg::Leg::is_up) {
            return refused(491, out);
        }
        let Some(local) = self.local(id, ANY_CODEC, Direction::SendRecv) else { return refused(488, out) };
        let Some(offer) = offer else { return self.offer_again(id, &local, out) };
        match negotiate::answer(&offer, &local) {
            Ok((answer, session)) => {
                out.push(Output::Sip(sip::Command::AnswerOffer { leg: id, answer }));
                self.take_session(id, session, out);
            }
            Err(_) => refused(488, out),
        }
    }

    /// A re-INVITE without a body asks us to offer; the answer comes with the ACK.
    fn offer_again(&mut self, id: LegId, local: &negotiate::Local, out: &mut Vec<Output>) {
        let offered = negotiate::offer(local);
        let answer = offered.bytes().clone();
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.media.reoffered = Some(offered);
        }
        out.push(Output::Sip(sip::Command::AnswerOffer { leg: id, answer }));
    }

    pub(super) fn offer_answered(&mut self, id: LegId, answer: Option<Bytes>, out: &mut Vec<Output>) {
        let Some(offered) = self.legs.get_mut(&id).and_then(|leg| leg.media.reoffered.take()) else { return };
        if let Ok(session) = negotiate::accept(&offered, answer.as_deref().unwrap_or_default()) {
            self.take_session(id, session, out);
        }
    }

    /// The old session stays as it was (RFC 3261 §14.1).
    pub(super) fn offer_refused(&mut self, id: LegId) {
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.media.reoffered = None;
        }
    }

    fn take_session(&mut self, id: LegId, session: Session, out: &mut Vec<Output>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let call = leg.call;
        let held = matches!(session.direction, Direction::RecvOnly | Direction::Inactive);
        let was_held = std::mem::replace(&mut leg.media.held_by_peer, held);
        leg.open(session, out);
        match (was_held, held) {
            (false, true) => out.push(Output::Event(Event::HeldByPeer { call, leg: id })),
            (true, false) => out.push(Output::Event(Event::ResumedByPeer { call, leg: id })),
            _ => {}
        }
    }
}
