//! The called side of a leg, up to the ACK (RFC 3261 §13.3).

use bytes::Bytes;

use super::leg::{Offering, Pending, State};
use super::timer::Session;
use super::{Alarm, Core, Dialog, Leg, Life, identity, lost};
use crate::base::LegId;
use crate::sip::transaction::TransactionId;
use crate::sip::wire::{Name, Request};
use crate::sip::{Event, LegEnd, Reason};

impl Leg {
    /// A leg of an admitted INVITE; sends 100.
    pub fn incoming(
        core: &mut Core<'_>,
        id: LegId,
        dialog: Dialog,
        transaction: TransactionId,
        invite: Request,
    ) -> Self {
        let phone = dialog.symmetric;
        let pending = Pending { transaction, request: Box::new(invite) };
        core.respond(transaction, crate::sip::wire::Draft::response(&pending.request, 100));
        core.set(id, Alarm::Unanswered, core.ringing);
        let state = State::Invited(pending);
        Self {
            id,
            dialog,
            state,
            caller: false,
            queued: None,
            last_ack: None,
            invite: None,
            prover: None,
            session: Session::default(),
            phone,
            reliable: None,
            referral: None,
            refer_to: None,
        }
    }

    pub(super) fn progress(&mut self, core: &mut Core<'_>, status: u16, answer: Option<Bytes>) -> Life {
        if !self.is_invited() {
            return self.late(core);
        }
        let status = if (101..200).contains(&status) { status } else { 180 };
        if self.is_reliable(answer.as_ref()) {
            return self.progress_reliably(core, status, answer);
        }
        let State::Invited(pending) = &self.state else { return Life::Live };
        let mut draft = self.reply(pending, status).header(Name::Contact, self.dialog.contact(core.identity));
        if let Some(answer) = answer {
            draft = draft.body(identity::SDP, answer);
        }
        core.respond(pending.transaction, draft);
        Life::Live
    }

    pub(super) fn accept(&mut self, core: &mut Core<'_>, answer: Bytes) -> Life {
        if !self.is_invited() {
            return self.late(core);
        }
        if self.accept_later(core, &answer) {
            return Life::Live;
        }
        let State::Invited(pending) = std::mem::replace(&mut self.state, State::Up(Offering::None)) else {
            return Life::Live;
        };
        let late = pending.request.sdp().is_none();
        core.clear(self.id, Alarm::Unanswered);
        match self.send_ok(core, &pending, answer) {
            Some(ok) => {
                self.state = State::Answered { ok, late, leave: None };
                Life::Live
            }
            None => Life::Over(lost(503, "transaction gone")),
        }
    }

    pub(super) fn refuse(&mut self, core: &mut Core<'_>, reason: &Reason, retry_after_s: Option<u32>) -> Life {
        if !matches!(self.state, State::Invited(_)) {
            return self.late(core);
        }
        self.refuse_invite(core, reason, retry_after_s);
        Life::Over(LegEnd::Local)
    }

    /// The final 3xx-6xx to the INVITE; a status outside that range becomes 480.
    pub(super) fn refuse_invite(&mut self, core: &mut Core<'_>, reason: &Reason, retry_after_s: Option<u32>) {
        let State::Invited(pending) = &self.state else { return };
        let refusal = (300..700).contains(&reason.status);
        let mut draft = self.reply(pending, if refusal { reason.status } else { 480 });
        if refusal && !reason.text.is_empty() {
            draft = draft.reason(&reason.text);
        }
        if let Some(seconds) = retry_after_s {
            draft = draft.header(Name::RetryAfter, seconds);
        }
        core.respond(pending.transaction, draft);
        core.clear_all(self.id);
    }

    /// CANCEL for a request of the peer (RFC 3261 §9.2); the CANCEL itself has its 200 already.
    pub fn cancelled(&mut self, core: &mut Core<'_>, cancel: &Request) -> Life {
        let number = cancel.cseq().number;
        match &self.state {
            State::Invited(pending) if pending.request.cseq().number == number => {
                self.refuse_invite(core, &Reason { status: 487, text: String::new() }, None);
                Life::Over(LegEnd::Peer { reason: super::ending::reason_of(cancel) })
            }
            State::Up(Offering::Theirs { pending, update: false }) if pending.request.cseq().number == number => {
                core.respond(pending.transaction, self.reply(pending, 487));
                self.offering_done(core)
            }
            _ => Life::Live,
        }
    }

    /// The layer above did not serve a request of the peer in time.
    pub(super) fn not_served(&mut self, core: &mut Core<'_>) -> Life {
        match &self.state {
            State::Invited(_) => {
                self.refuse_invite(core, &Reason { status: 480, text: String::new() }, None);
                Life::Over(lost(408, "not answered"))
            }
            State::Up(Offering::Theirs { pending, .. }) => {
                core.respond(pending.transaction, self.reply(pending, 500));
                self.offering_done(core)
            }
            _ => Life::Live,
        }
    }

    /// An ACK in this dialog (RFC 3261 §13.3.1.4).
    pub fn acknowledged(&mut self, core: &mut Core<'_>, ack: &Request) -> Life {
        let number = ack.cseq().number;
        match &mut self.state {
            State::Answered { ok, late, leave } if ok.cseq == number => {
                let answer = if *late { ack.sdp() } else { None };
                let leave = leave.take();
                core.clear(self.id, Alarm::Repeat);
                core.clear(self.id, Alarm::NoAck);
                self.state = State::Up(Offering::None);
                core.event(Event::Confirmed { leg: self.id, answer });
                match leave {
                    Some(reason) => self.leave(core, Some(&reason), LegEnd::Local),
                    None => self.offering_done(core),
                }
            }
            State::Up(Offering::Answered { ok, late }) if ok.cseq == number => {
                if *late {
                    core.event(Event::OfferAnswered { leg: self.id, answer: ack.sdp() });
                }
                core.clear(self.id, Alarm::Repeat);
                core.clear(self.id, Alarm::NoAck);
                self.offering_done(core)
            }
            _ => Life::Live,
        }
    }
}
