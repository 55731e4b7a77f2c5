//! Offers within a call: re-INVITE both ways, glare, UPDATE (RFC 3261 §14, RFC 3311).

use std::time::Duration;

use bytes::Bytes;

use super::ending::refusal;
use super::leg::{Offering, Pending, State};
use super::{Alarm, Core, Leg, Life, Owner, Part, identity};
use crate::sip::transaction::TransactionId;
use crate::sip::wire::{Draft, Method, Name, Request, Response};
use crate::sip::{Event, LegEnd, Reason, Received};

/// How often an offer is repeated after a 491.
const GLARE_TRIES: u8 = 2;
/// How long the layer above may take to answer an offer.
const ANSWER_WITHIN: Duration = Duration::from_secs(32);

impl Leg {
    pub(super) fn offer(&mut self, core: &mut Core<'_>, offer: Bytes) -> Life {
        match &mut self.state {
            State::Up(Offering::None) => self.reinvite(core, offer, 0),
            State::Answered { .. } | State::Up(Offering::Answered { .. }) => {
                self.queued = Some(offer);
                Life::Live
            }
            State::Up(Offering::Glare { offer: waiting, .. }) => {
                *waiting = offer;
                Life::Live
            }
            State::Up(Offering::Ours { .. } | Offering::Theirs { .. }) => {
                core.event(Event::OfferRefused { leg: self.id, status: 491 });
                Life::Live
            }
            State::Invited(_) | State::Calling { .. } | State::Leaving { .. } => self.late(core),
        }
    }

    fn reinvite(&mut self, core: &mut Core<'_>, offer: Bytes, tries: u8) -> Life {
        let draft = self.own_request(core, Method::Invite);
        let draft = self.timed(core, identity::capabilities(draft)).body(identity::SDP, offer.clone());
        let owner = Owner::Leg(self.id, Part::Reinvite);
        match core.layer.request(core.now, draft, self.dialog.hop, owner, core.out) {
            Ok(_) => self.state = State::Up(Offering::Ours { offer, tries }),
            Err(_) => core.event(Event::OfferRefused { leg: self.id, status: 503 }),
        }
        Life::Live
    }

    pub(super) fn reinvite_answered(&mut self, core: &mut Core<'_>, response: &Response, received: &Received) -> Life {
        let accepted = (200..300).contains(&response.status);
        let State::Up(Offering::Ours { offer, tries }) = &mut self.state else {
            if accepted && self.last_ack.as_ref().is_none_or(|(cseq, _)| *cseq != response.cseq().number) {
                // We are leaving: the peer must have its ACK all the same.
                self.send_ack(core, response.cseq().number);
            } else if accepted {
                self.accepted_again(core, response, received);
            }
            return Life::Live;
        };
        let (offer, tries) = (std::mem::take(offer), *tries);
        match response.status {
            ..200 => {
                self.state = State::Up(Offering::Ours { offer, tries });
                Life::Live
            }
            200..300 => {
                self.dialog.refresh(response, received, core.reach);
                self.timer_answered(core, response);
                self.send_ack(core, response.cseq().number);
                core.event(Event::OfferAnswered { leg: self.id, answer: response.sdp() });
                self.offering_done(core)
            }
            408 | 481 => self.leave(core, None, LegEnd::Lost(refusal(response))),
            491 if tries < GLARE_TRIES => {
                let wait = self.glare_wait(core);
                core.set(self.id, Alarm::Glare, wait);
                self.state = State::Up(Offering::Glare { offer, tries: tries.saturating_add(1) });
                Life::Live
            }
            status => {
                core.event(Event::OfferRefused { leg: self.id, status });
                self.offering_done(core)
            }
        }
    }

    /// RFC 3261 §14.1: who made the call waits 2.1-4 s, who was called 0-2 s, in steps of 10 ms.
    fn glare_wait(&self, core: &mut Core<'_>) -> Duration {
        let millis = match self.caller {
            true => 2_100 + 10 * core.tokens.below(191),
            false => 10 * core.tokens.below(201),
        };
        Duration::from_millis(millis)
    }

    pub(super) fn glare_over(&mut self, core: &mut Core<'_>) -> Life {
        match &mut self.state {
            State::Up(Offering::Glare { offer, tries }) => {
                let (offer, tries) = (std::mem::take(offer), *tries);
                self.state = State::Up(Offering::None);
                self.reinvite(core, offer, tries)
            }
            _ => Life::Live,
        }
    }

    pub(super) fn reinvite_unanswered(&mut self, core: &mut Core<'_>, reason: Reason) -> Life {
        match self.state {
            State::Up(Offering::Ours { .. }) => self.leave(core, None, LegEnd::Lost(reason)),
            _ => Life::Live,
        }
    }

    /// INVITE, or UPDATE with an offer, from the peer.
    pub(super) fn offered(
        &mut self,
        core: &mut Core<'_>,
        request: &Request,
        received: &Received,
        transaction: TransactionId,
    ) -> Life {
        let refusal = match &self.state {
            State::Up(Offering::None | Offering::Glare { .. }) => None,
            State::Up(Offering::Ours { .. }) => Some(491),
            State::Leaving { .. } => Some(481),
            _ => Some(500),
        };
        if let Some(status) = refusal {
            let mut draft = Draft::response(request, status).to_tag(self.dialog.local_tag());
            if status == 500 {
                draft = draft.header(Name::RetryAfter, core.tokens.below(11));
            }
            core.respond(transaction, draft);
            return Life::Live;
        }
        if let State::Up(Offering::Glare { .. }) = self.state {
            core.clear(self.id, Alarm::Glare);
            core.event(Event::OfferRefused { leg: self.id, status: 491 });
        }
        self.dialog.refresh(request, received, core.reach);
        let update = request.method == Method::Update;
        if !update {
            core.respond(transaction, Draft::response(request, 100));
        }
        let pending = Pending { transaction, request: Box::new(request.clone()) };
        core.event(Event::Offered { leg: self.id, offer: request.sdp() });
        core.set(self.id, Alarm::Unanswered, ANSWER_WITHIN);
        self.state = State::Up(Offering::Theirs { pending, update });
        Life::Live
    }

    pub(super) fn answer_offer(&mut self, core: &mut Core<'_>, answer: Bytes) -> Life {
        if !matches!(self.state, State::Up(Offering::Theirs { .. })) {
            return self.late(core);
        }
        let State::Up(Offering::Theirs { pending, update }) =
            std::mem::replace(&mut self.state, State::Up(Offering::None))
        else {
            return Life::Live;
        };
        core.clear(self.id, Alarm::Unanswered);
        if update {
            let draft = self.reply(&pending, 200).header(Name::Contact, self.dialog.contact(core.identity));
            let draft = self.grant_timer(core, &pending.request, draft);
            core.respond(pending.transaction, draft.body(identity::SDP, answer));
            return self.offering_done(core);
        }
        let late = pending.request.sdp().is_none();
        match self.send_ok(core, &pending, answer) {
            Some(ok) => {
                self.state = State::Up(Offering::Answered { ok, late });
                Life::Live
            }
            None => self.offering_done(core),
        }
    }

    pub(super) fn refuse_offer(&mut self, core: &mut Core<'_>, status: u16) -> Life {
        let State::Up(Offering::Theirs { pending, .. }) = &self.state else { return self.late(core) };
        let status = if (300..700).contains(&status) { status } else { 488 };
        core.respond(pending.transaction, self.reply(pending, status));
        self.offering_done(core)
    }

    /// Nothing is on offer any more; an offer that waited goes out now.
    pub(super) fn offering_done(&mut self, core: &mut Core<'_>) -> Life {
        core.clear(self.id, Alarm::Unanswered);
        self.state = State::Up(Offering::None);
        match self.queued.take() {
            Some(offer) => self.reinvite(core, offer, 0),
            None => Life::Live,
        }
    }
}
