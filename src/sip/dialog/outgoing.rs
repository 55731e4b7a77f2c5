//! The calling side of a leg, up to the ACK it sends (RFC 3261 §13.2, §9.1).

use std::time::Duration;

use super::ending::reason_header;
use super::leg::{Cancel, Offering, State};
use super::timer::Session;
use super::{Alarm, Core, Dialog, Leg, Life, Owner, Part, lost};
use crate::sip::output::Output;
use crate::sip::proof::Prover;
use crate::sip::transaction::TableFull;
use crate::sip::wire::{CSeq, Draft, Method, Name, NameAddr, Response, Uri};
use crate::sip::{Account, Destination, Event, Invite, LegEnd, Reason, Received, Target};

/// Where an INVITE goes.
pub struct Way {
    pub uri: Uri,
    pub hop: Destination,
    /// The peer is a phone, see [`Dialog`].
    pub symmetric: bool,
    /// Proxies on the way, known before the call (RFC 3608).
    pub routes: Vec<NameAddr>,
    /// The peer is told who calls by P-Asserted-Identity as well.
    pub asserts: bool,
}

impl Leg {
    /// Sends an INVITE. `account`: what answers challenges.
    pub fn outgoing(
        core: &mut Core<'_>,
        invite: &Invite,
        way: Way,
        account: Option<Account>,
    ) -> Result<Self, TableFull> {
        let Way { uri, hop, symmetric, routes, asserts } = way;
        let mut first = invite.clone();
        if matches!(invite.target, Target::Trunk { .. }) {
            first.headers.extend(core.identity.assertions(&invite.from, asserts));
        }
        let local = core.identity.caller(&invite.from).with_tag(&core.tokens.take());
        let call_id = format!("{}{}", core.tokens.take(), core.tokens.take());
        let mut leg = Self {
            id: invite.leg,
            dialog: Dialog::calling(uri, local, call_id, hop, symmetric, core.identity).by(routes),
            // Until there is a transaction; without one there is no leg.
            state: State::Leaving { end: LegEnd::Local },
            caller: true,
            queued: None,
            last_ack: None,
            invite: Some(Box::new(first)),
            prover: account.map(|account| Box::new(Prover::new(account))),
            session: Session::default(),
            phone: !matches!(invite.target, Target::Trunk { .. }),
            reliable: None,
            referral: None,
            refer_to: None,
        };
        let draft = leg.first_invite(core);
        let owner = Owner::Leg(invite.leg, Part::Invite);
        let transaction = core.layer.request(core.now, draft, hop, owner, core.out)?;
        core.set(invite.leg, Alarm::GiveUp, Duration::from_millis(invite.give_up_after_ms));
        if let Some(millis) = invite.unheard_after_ms {
            core.set(invite.leg, Alarm::Unheard, Duration::from_millis(millis));
        }
        leg.state = State::Calling { invite: transaction, cancel: Cancel::No };
        Ok(leg)
    }

    /// Nobody is there: whoever waits for this leg may go on.
    pub(super) fn unheard(&mut self, core: &mut Core<'_>) -> Life {
        core.event(Event::Unheard { leg: self.id });
        self.cancel(core, None, lost(503, "no response"))
    }

    pub(super) fn invite_answered(&mut self, core: &mut Core<'_>, response: &Response, received: &Received) -> Life {
        if (200..300).contains(&response.status) {
            return self.invite_accepted(core, response, received);
        }
        let State::Calling { cancel, .. } = &mut self.state else { return Life::Live };
        if response.status >= 300 {
            core.clear_all(self.id);
            return Life::Over(match std::mem::replace(cancel, Cancel::No) {
                Cancel::No => self.refused(response),
                Cancel::Wanted { end, .. } | Cancel::Sent { end } => end,
            });
        }
        if matches!(cancel, Cancel::No) && !self.heard_early(core, response, received) {
            return Life::Live;
        }
        let State::Calling { invite, cancel } = &mut self.state else { return Life::Live };
        match std::mem::replace(cancel, Cancel::No) {
            Cancel::No => {
                if let Some(tag) = response.to_tag() {
                    self.dialog.remote = self.dialog.remote.clone().with_tag(tag);
                }
                if response.status > 100 {
                    let (status, answer) = (response.status, response.sdp());
                    core.event(Event::Progressed { leg: self.id, status, answer });
                }
            }
            Cancel::Wanted { reason, end } => {
                let invite = *invite;
                *cancel = Cancel::Sent { end };
                self.send_cancel(core, invite, reason.as_ref());
            }
            sent @ Cancel::Sent { .. } => *cancel = sent,
        }
        Life::Live
    }

    fn invite_accepted(&mut self, core: &mut Core<'_>, response: &Response, received: &Received) -> Life {
        let State::Calling { cancel, .. } = &mut self.state else {
            self.accepted_again(core, response, received);
            return Life::Live;
        };
        let cancel = std::mem::replace(cancel, Cancel::No);
        core.clear_all(self.id);
        self.invite = None;
        let answer = response.sdp().or_else(|| self.early_answer(response.to_tag()));
        self.reliable = None;
        self.dialog.accepted(response, received, core.reach);
        self.send_ack(core, response.cseq().number);
        self.state = State::Up(Offering::None);
        self.timer_answered(core, response);
        match cancel {
            Cancel::No => {
                core.event(Event::Accepted { leg: self.id, answer });
                Life::Live
            }
            Cancel::Wanted { reason, end } => self.leave(core, reason.as_ref(), crossed(end)),
            Cancel::Sent { end } => self.leave(core, None, crossed(end)),
        }
    }

    /// A 2xx to an INVITE that has one: the ACK was lost, or another fork has answered too.
    pub fn accepted_again(&mut self, core: &mut Core<'_>, response: &Response, received: &Received) {
        if response.to_tag() != self.dialog.remote.tag() {
            return turn_away(core, response, super::source_of(received));
        }
        if let Some((cseq, ack)) = &self.last_ack
            && *cseq == response.cseq().number
        {
            core.out.push(Output::Transmit { to: self.dialog.hop, bytes: ack.clone() });
        }
    }

    pub(super) fn send_ack(&mut self, core: &mut Core<'_>, cseq: u32) {
        let branch = core.tokens.take();
        let ack = self.dialog.ack(cseq, &branch, core.identity);
        let proofs = self.prover.iter().flat_map(|prover| prover.of_invite());
        let ack = proofs.fold(ack, |ack, (name, value)| ack.header(name, value)).to_bytes();
        core.out.push(Output::Transmit { to: self.dialog.hop, bytes: ack.clone() });
        self.last_ack = Some((cseq, ack));
    }

    /// Takes our INVITE back; the leg ends as `end` says, unless the peer was faster.
    pub(super) fn cancel(&mut self, core: &mut Core<'_>, reason: Option<Reason>, end: LegEnd) -> Life {
        let State::Calling { invite, cancel: cancel @ Cancel::No } = &mut self.state else { return Life::Live };
        let invite = *invite;
        *cancel = Cancel::Sent { end: end.clone() };
        core.clear(self.id, Alarm::GiveUp);
        if !self.send_cancel(core, invite, reason.as_ref())
            && let State::Calling { cancel, .. } = &mut self.state
        {
            *cancel = Cancel::Wanted { reason, end };
        }
        Life::Live
    }

    fn send_cancel(
        &mut self,
        core: &mut Core<'_>,
        invite: crate::sip::transaction::TransactionId,
        reason: Option<&Reason>,
    ) -> bool {
        let reason = reason.map(reason_header);
        let sent = core.layer.cancel(core.now, invite, reason.as_deref(), Owner::Nobody, core.out);
        if sent {
            let wait = core.layer.timers().give_up();
            core.set(self.id, Alarm::CancelUnanswered, wait);
        }
        sent
    }

    /// RFC 3261 §9.1: a cancelled INVITE without a final response for 64 T1 counts as ended.
    pub(super) fn cancel_unanswered(&mut self) -> Life {
        match &self.state {
            State::Calling { cancel: Cancel::Sent { end }, .. } => Life::Over(end.clone()),
            _ => Life::Live,
        }
    }

    pub(super) fn invite_unanswered(&mut self, reason: Reason) -> Life {
        match &self.state {
            State::Calling { cancel: Cancel::No, .. } => Life::Over(LegEnd::Lost(reason)),
            State::Calling { cancel: Cancel::Wanted { end, .. } | Cancel::Sent { end }, .. } => Life::Over(end.clone()),
            _ => Life::Live,
        }
    }
}

/// The end of a leg that we gave up, and that was taken all the same.
fn crossed(end: LegEnd) -> LegEnd {
    if end == LegEnd::Local { LegEnd::Crossed } else { end }
}

/// A 2xx nobody waits for (a second fork, or a leg that is over): ACK, then BYE, to where it came from
/// (RFC 3261 §13.2.2.4). All that is needed stands in the response.
pub fn turn_away(core: &mut Core<'_>, response: &Response, to: Destination) {
    let target = match response.contact() {
        Ok(Some(contact)) => contact.uri,
        _ => response.to().uri.clone(),
    };
    let mut routes = response.record_route().unwrap_or_default();
    routes.reverse();
    let cseq = response.cseq().number;
    let ack = stray(core, Method::Ack, cseq, response, (&target, &routes), to);
    core.out.push(Output::Transmit { to, bytes: ack.to_bytes() });
    let bye = stray(core, Method::Bye, cseq.saturating_add(1), response, (&target, &routes), to);
    // A full table leaves the fork to its own timer: it gets no media, and ends the call itself.
    let _ = core.layer.request(core.now, bye, to, Owner::Nobody, core.out);
}

fn stray(
    core: &mut Core<'_>,
    method: Method,
    cseq: u32,
    response: &Response,
    (target, routes): (&Uri, &[NameAddr]),
    to: Destination,
) -> Draft {
    let address = core.identity.address(to.transport, None);
    let branch = core.tokens.take();
    let draft = Draft::request(method.clone(), target)
        .push_via(&core.identity.via(to.transport, address, &branch))
        .routes(routes)
        .header(Name::From, response.from())
        .header(Name::To, response.to())
        .header(Name::CallId, response.call_id())
        .header(Name::CSeq, CSeq::new(cseq, method));
    core.identity.sign_request(draft)
}
