//! How a leg ends: Hangup in every state, BYE both ways, Reason (RFC 3261 §15, RFC 3326).

use super::leg::{Offering, State};
use super::{Core, Leg, Life, Owner, Part, lost};
use crate::sip::output::Output;
use crate::sip::transaction::TransactionId;
use crate::sip::wire::{Draft, Head, Method, Name, ReasonHeader, Request, Response};
use crate::sip::{LegEnd, Reason};

impl Leg {
    pub(super) fn hangup(&mut self, core: &mut Core<'_>, reason: Reason) -> Life {
        match &mut self.state {
            State::Invited(_) => {
                self.refuse_invite(core, &reason, None);
                Life::Over(LegEnd::Local)
            }
            State::Answered { leave, .. } => {
                *leave = Some(reason);
                Life::Live
            }
            State::Calling { .. } => self.cancel(core, Some(reason), LegEnd::Local),
            State::Up(_) => match self.leave_later(reason) {
                Some(reason) => self.leave(core, Some(&reason), LegEnd::Local),
                None => Life::Live,
            },
            State::Leaving { .. } => self.late(core),
        }
    }

    /// No ACK for a 2xx within 64 T1: BYE (RFC 3261 §13.3.1.4, §14.2).
    pub(super) fn never_acknowledged(&mut self, core: &mut Core<'_>) -> Life {
        if let State::Answered { leave, .. } = &mut self.state
            && let Some(reason) = leave.take()
        {
            return self.leave(core, Some(&reason), LegEnd::Local);
        }
        self.leave(core, None, lost(408, "no ACK"))
    }

    /// No ACK came and its room is needed: one BYE, and nobody waits for what becomes of it.
    pub fn give_up_ack(&mut self, core: &mut Core<'_>) -> Life {
        core.clear_all(self.id);
        let bye = self.own_request(core, Method::Bye);
        core.out.push(Output::Transmit { to: self.dialog.hop, bytes: bye.to_bytes() });
        Life::Over(lost(408, "no ACK"))
    }

    /// Sends BYE; when that is done the leg ends as `end` says.
    pub(super) fn leave(&mut self, core: &mut Core<'_>, reason: Option<&Reason>, end: LegEnd) -> Life {
        core.clear_all(self.id);
        self.close_theirs(core);
        let mut bye = self.own_request(core, Method::Bye);
        if let Some(reason) = reason {
            bye = bye.header(Name::Reason, reason_header(reason));
        }
        let owner = Owner::Leg(self.id, Part::Bye);
        match core.layer.request(core.now, bye, self.dialog.hop, owner, core.out) {
            Ok(_) => {
                self.state = State::Leaving { end };
                Life::Live
            }
            Err(_) => Life::Over(end),
        }
    }

    pub(super) fn bye_done(&mut self) -> Life {
        match &self.state {
            State::Leaving { end } => Life::Over(end.clone()),
            _ => Life::Live,
        }
    }

    /// BYE from the peer, in every state of the leg.
    pub(super) fn bye(&mut self, core: &mut Core<'_>, bye: &Request, transaction: TransactionId) -> Life {
        let ok = Draft::response(bye, 200).to_tag(self.dialog.local_tag());
        core.respond(transaction, ok);
        if let State::Leaving { .. } = self.state {
            // Both hung up: our own BYE is still on its way and ends the leg.
            return Life::Live;
        }
        self.refuse_invite(core, &Reason { status: 487, text: String::new() }, None);
        self.close_theirs(core);
        self.referral_left(core);
        core.clear_all(self.id);
        Life::Over(LegEnd::Peer { reason: reason_of(bye) })
    }

    /// A pending re-INVITE or UPDATE of the peer gets its final response (RFC 3261 §15.1.2).
    fn close_theirs(&mut self, core: &mut Core<'_>) {
        if let State::Up(Offering::Theirs { pending, .. }) = &self.state {
            core.respond(pending.transaction, self.reply(pending, 487));
            self.state = State::Up(Offering::None);
        }
    }
}

/// The Reason of a BYE or CANCEL: a SIP cause first, else the cause of the telephone network.
pub(super) fn reason_of(message: &Head) -> Option<Reason> {
    let reasons = message.reasons();
    let sip = reasons.iter().find(|reason| reason.protocol.eq_ignore_ascii_case("SIP"));
    let reason = sip.or_else(|| reasons.first())?;
    let status = match sip {
        Some(_) => reason.cause.unwrap_or(200),
        None => 200,
    };
    Some(Reason { status, text: reason.text.clone() })
}

/// `SIP;cause=200;text="…"`.
pub(super) fn reason_header(reason: &Reason) -> String {
    ReasonHeader { protocol: "SIP".to_owned(), cause: Some(reason.status), text: reason.text.clone() }.to_string()
}

/// Status and phrase of a final response.
pub(super) fn refusal(response: &Response) -> Reason {
    Reason { status: response.status, text: response.reason.clone() }
}
