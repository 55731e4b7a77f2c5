//! re-INVITE: the peer moves its media, holds or resumes; or we refresh the session.

use bytes::Bytes;

use super::calls::Calls;
use super::leg::Leg;
use super::{Event, Output, reason};
use crate::base::LegId;
use crate::media::{Direction, Session};
use crate::sip;

impl Calls {
    pub(super) fn offered(&mut self, id: LegId, offer: Option<Bytes>, out: &mut Vec<Output>) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| leg.is_up()) else {
            return out.push(Output::Sip(sip::Command::RefuseOffer { leg: id, status: 491 }));
        };
        let Some(offer) = offer else { return offer_again(leg, out) };
        match leg.media.negotiation.answer(&offer) {
            Ok((answer, session)) => {
                out.push(Output::Sip(sip::Command::AnswerOffer { leg: id, answer }));
                self.take_session(id, session, out);
            }
            Err(_) => out.push(Output::Sip(sip::Command::RefuseOffer { leg: id, status: 488 })),
        }
    }

    pub(super) fn offer_answered(&mut self, id: LegId, answer: Option<Bytes>, out: &mut Vec<Output>) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| leg.is_up() || leg.is_taking_up()) else { return };
        let accepted = leg.media.negotiation.accept(answer.as_deref().unwrap_or_default());
        if leg.is_taking_up() {
            return self.taken_up(id, accepted, out);
        }
        if let Ok(session) = accepted {
            self.take_session(id, session, out);
        }
    }

    /// The same once more: what the peer answers is taken like any answer.
    pub(super) fn refresh_due(&mut self, id: LegId, out: &mut Vec<Output>) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| leg.is_up()) else { return };
        if !leg.media.negotiation.is_offering() {
            let offer = leg.media.negotiation.offer(Direction::SendRecv);
            out.push(Output::Sip(sip::Command::Offer { leg: id, offer }));
        }
    }

    /// The old session stays as it was (RFC 3261 §14.1); where there is none, there is no leg.
    pub(super) fn offer_refused(&mut self, id: LegId, status: u16, out: &mut Vec<Output>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.media.negotiation.withdraw();
        if leg.is_taking_up() {
            self.media_lost(id, reason(status, "not taken up"), out);
        }
    }

    pub(super) fn take_session(&mut self, id: LegId, session: Session, out: &mut Vec<Output>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let call = leg.call;
        let was_held = leg.media.session.as_ref().is_some_and(Session::held_by_peer);
        let held = session.held_by_peer();
        leg.open(session, out);
        match (was_held, held) {
            (false, true) => out.push(Output::Event(Event::HeldByPeer { call, leg: id })),
            (true, false) => out.push(Output::Event(Event::ResumedByPeer { call, leg: id })),
            _ => {}
        }
    }
}

/// A re-INVITE without a body asks us to offer; the answer comes with the ACK.
fn offer_again(leg: &mut Leg, out: &mut Vec<Output>) {
    let answer = leg.media.negotiation.offer(Direction::SendRecv);
    out.push(Output::Sip(sip::Command::AnswerOffer { leg: leg.id, answer }));
}
