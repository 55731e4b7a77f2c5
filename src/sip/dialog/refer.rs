//! REFER in a dialog and what becomes of it (RFC 3515, RFC 4488, RFC 5589): the peer asks us to connect its call
//! elsewhere, or we ask it.
//!
//! | referral | input | next | outputs, in order |
//! | --- | --- | --- | --- |
//! | none | REFER | Asked | `Referred` |
//! | any other | REFER | same | 491 |
//! | Asked | `AnswerRefer` 2xx | Told | 202; NOTIFY `100` |
//! | Asked | `AnswerRefer` other, the leg ends | none | that status (BYE, if Hangup came meanwhile); 481 |
//! | Told | `TellReferral` | Told | NOTIFY, as soon as the one before is answered |
//! | Told, all is told | answer to the last NOTIFY | none | BYE, if Hangup came meanwhile |
//! | Told | Hangup | Told | BYE waits, at most [`PATIENCE`] |
//! | Told | NOTIFY refused or unanswered | none | BYE, if Hangup came meanwhile |
//! | none | `Refer` | Ours | REFER |
//! | Ours | refused, no answer | none | `ReferProgressed` with that status |
//! | Ours | NOTIFY | Ours, or none at its end | 200; `ReferProgressed` |
//! | Ours, accepted | BYE | none | `ReferProgressed` 200 |
//! | Ours | nothing told for [`PATIENCE`] | none | `ReferProgressed` 408 |
//!
//! With `Refer-Sub: false` nothing is told. Our subscription ends with the dialog.

use std::time::Duration;

use super::leg::{Offering, Referral, State};
use super::{Alarm, Core, Leg, Life, Owner, Part};
use crate::sip::output::Counter;
use crate::sip::transaction::TransactionId;
use crate::sip::wire::{Draft, Method, Name, NameAddr, Request, Response, reason_phrase};
use crate::sip::{Event, LegEnd, Reason, ReferTo, Referred};

/// How long something is waited for.
const PATIENCE: Duration = Duration::from_secs(90);
const SIPFRAG: &str = "message/sipfrag";

impl Leg {
    /// May its peer send calls elsewhere? Phones of ours may ask, nobody else.
    pub fn may_refer(&self) -> bool {
        self.phone
    }

    /// REFER from the peer. `to`: where, or the refusal.
    pub fn referred(
        &mut self,
        core: &mut Core<'_>,
        request: &Request,
        transaction: TransactionId,
        to: Result<ReferTo, u16>,
    ) -> Life {
        let in_order = self.dialog.take_cseq(request.cseq().number);
        let to = match (&self.state, to) {
            _ if !in_order => Err(500),
            (_, Err(status)) => Err(status),
            (State::Leaving { .. } | State::Invited(_) | State::Calling { .. } | State::Answered { .. }, _) => Err(481),
            _ if self.referral.is_some() => Err(491),
            (_, to) => to,
        };
        match to {
            Ok(to) => {
                self.referral =
                    Some(Box::new(Referral::Asked { transaction, request: Box::new(request.clone()), leave: None }));
                core.set(self.id, Alarm::Referral, PATIENCE);
                core.event(Event::Referred(Box::new(Referred { leg: self.id, to })));
            }
            Err(status) => {
                core.count(Counter::ReferRefused);
                core.respond(transaction, Draft::response(request, status).to_tag(self.dialog.local_tag()));
            }
        }
        Life::Live
    }

    /// What we do about it.
    pub(super) fn answer_refer(&mut self, core: &mut Core<'_>, status: u16) -> Life {
        let asked = self.referral.take();
        let Some(Referral::Asked { transaction, request, leave }) = asked.map(|referral| *referral) else {
            return self.late(core);
        };
        core.clear(self.id, Alarm::Referral);
        let accepted = (200..300).contains(&status);
        let status = if accepted { 202 } else { status.max(300) };
        let mut draft = Draft::response(&request, status).to_tag(self.dialog.local_tag());
        let silent = request.other("Refer-Sub").is_some_and(|value| value.trim().eq_ignore_ascii_case("false"));
        if accepted {
            draft = draft.header(Name::Contact, self.dialog.contact(core.identity));
            if silent {
                draft = draft.header("Refer-Sub", "false");
            }
        } else {
            core.count(Counter::ReferRefused);
        }
        core.respond(transaction, draft);
        if accepted {
            let id = request.cseq().number;
            let told = Referral::Told { id, silent, sent: false, next: None, over: false, leave };
            self.referral = Some(Box::new(told));
            core.set(self.id, Alarm::Referral, PATIENCE);
            return self.tell_referral(core, 100);
        }
        match leave {
            Some(reason) => self.leave(core, Some(&reason), LegEnd::Local),
            None => Life::Live,
        }
    }

    pub(super) fn tell_referral(&mut self, core: &mut Core<'_>, status: u16) -> Life {
        match self.referral.as_deref_mut() {
            Some(Referral::Told { over: false, next, .. }) => *next = Some(status),
            _ => return self.late(core),
        }
        self.notify(core)
    }

    /// Sends what waits, when nothing is on its way.
    fn notify(&mut self, core: &mut Core<'_>) -> Life {
        let Some(Referral::Told { id, silent, sent: sent @ false, next, over, .. }) = self.referral.as_deref_mut()
        else {
            return Life::Live;
        };
        let Some(status) = next.take() else { return Life::Live };
        (*over, *sent) = (status >= 200, !*silent);
        let (id, silent, over) = (*id, *silent, *over);
        if silent {
            return if over { self.referral_over(core) } else { Life::Live };
        }
        let state = if over { "terminated;reason=noresource" } else { "active;expires=90" };
        let line = format!("SIP/2.0 {status} {}\r\n", reason_phrase(status));
        let draft = self
            .own_request(core, Method::Notify)
            .header(Name::Event, format!("refer;id={id}"))
            .header(Name::SubscriptionState, state)
            .body("message/sipfrag;version=2.0", line);
        let owner = Owner::Leg(self.id, Part::Notify);
        match core.layer.request(core.now, draft, self.dialog.hop, owner, core.out) {
            Ok(_) => Life::Live,
            Err(_) => self.referral_over(core),
        }
    }

    pub(super) fn notify_answered(&mut self, core: &mut Core<'_>, accepted: bool) -> Life {
        match self.referral.as_deref_mut() {
            Some(Referral::Told { over: false, sent, .. }) if accepted => {
                *sent = false;
                self.notify(core)
            }
            Some(Referral::Told { .. }) => self.referral_over(core),
            _ => Life::Live,
        }
    }

    /// Hangup while the peer is still to hear what becomes of its request: `None` if it is kept back.
    pub(super) fn leave_later(&mut self, reason: Reason) -> Option<Reason> {
        match self.referral.as_deref_mut() {
            Some(Referral::Asked { leave, .. } | Referral::Told { leave, .. })
                if matches!(self.state, State::Up(_)) =>
            {
                *leave = Some(reason);
                None
            }
            _ => Some(reason),
        }
    }

    /// Nobody hears of the referral any more.
    fn referral_over(&mut self, core: &mut Core<'_>) -> Life {
        core.clear(self.id, Alarm::Referral);
        match self.referral.take().map(|referral| *referral) {
            Some(Referral::Told { leave: Some(reason), .. }) => self.leave(core, Some(&reason), LegEnd::Local),
            _ => Life::Live,
        }
    }

    /// The patience with a referral is over.
    pub(super) fn referral_too_long(&mut self, core: &mut Core<'_>) -> Life {
        match self.referral.as_deref() {
            Some(Referral::Ours { .. }) => core.event(Event::ReferProgressed { leg: self.id, status: 408 }),
            Some(Referral::Asked { .. }) => return self.answer_refer(core, 500),
            _ => {}
        }
        self.referral_over(core)
    }

    /// The peer hangs up: one that has taken our REFER has done what it asked (RFC 5589 §6.1).
    pub(super) fn referral_left(&mut self, core: &mut Core<'_>) {
        if let Some(Referral::Ours { accepted: true }) = self.referral.as_deref() {
            core.event(Event::ReferProgressed { leg: self.id, status: 200 });
            self.referral = None;
        }
    }

    /// The leg ends: a REFER that waits gets its answer.
    pub fn close_referral(&mut self, core: &mut Core<'_>) {
        if let Some(Referral::Asked { transaction, request, .. }) = self.referral.take().map(|referral| *referral) {
            core.respond(transaction, Draft::response(&request, 481).to_tag(self.dialog.local_tag()));
        }
    }

    /// Asks the peer to connect its call elsewhere.
    pub fn refer(&mut self, core: &mut Core<'_>, to: &NameAddr) -> Life {
        if !matches!(self.state, State::Up(Offering::None)) || self.referral.is_some() {
            core.event(Event::ReferProgressed { leg: self.id, status: 491 });
            return Life::Live;
        }
        let by = NameAddr::new(self.dialog.local.uri.clone());
        let draft = self.own_request(core, Method::Refer);
        let draft = draft.header(Name::ReferTo, to).header(Name::ReferredBy, by);
        let owner = Owner::Leg(self.id, Part::Refer);
        match core.layer.request(core.now, draft, self.dialog.hop, owner, core.out) {
            Ok(_) => {
                self.refer_to = Some(Box::new(to.clone()));
                self.referral = Some(Box::new(Referral::Ours { accepted: false }));
                core.set(self.id, Alarm::Referral, PATIENCE);
            }
            Err(_) => core.event(Event::ReferProgressed { leg: self.id, status: 503 }),
        }
        Life::Live
    }

    /// The same once more, for a peer that wants to know who we are.
    pub(super) fn refer_again(&self, draft: Draft) -> Draft {
        let by = NameAddr::new(self.dialog.local.uri.clone());
        match &self.refer_to {
            Some(to) => draft.header(Name::ReferTo, to).header(Name::ReferredBy, by),
            None => draft,
        }
    }

    pub(super) fn refer_answered(&mut self, core: &mut Core<'_>, response: &Response) -> Life {
        match response.status {
            ..200 => Life::Live,
            200..300 => {
                if let Some(Referral::Ours { accepted }) = self.referral.as_deref_mut() {
                    *accepted = true;
                }
                Life::Live
            }
            408 | 481 => self.leave(core, None, LegEnd::Lost(super::ending::refusal(response))),
            status => self.referral_failed(core, status),
        }
    }

    pub(super) fn referral_failed(&mut self, core: &mut Core<'_>, status: u16) -> Life {
        if let Some(Referral::Ours { .. }) = self.referral.as_deref() {
            core.event(Event::ReferProgressed { leg: self.id, status });
            return self.referral_over(core);
        }
        Life::Live
    }

    /// NOTIFY from the peer: 489 for any other event, 481 where we did not ask.
    pub(super) fn notified(&mut self, core: &mut Core<'_>, request: &Request, transaction: TransactionId) -> Life {
        let event = request.header(Name::Event).unwrap_or_default();
        let is_refer = event.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("refer");
        let ours = matches!(self.referral.as_deref(), Some(Referral::Ours { .. }));
        let status = match (is_refer, ours) {
            (false, _) => 489,
            (true, false) => 481,
            (true, true) => 200,
        };
        core.respond(transaction, Draft::response(request, status).to_tag(self.dialog.local_tag()));
        if status != 200 {
            return Life::Live;
        }
        let told = request.content_type().filter(|kind| kind == SIPFRAG).and_then(|_| fragment(&request.body()));
        let state = request.header(Name::SubscriptionState).unwrap_or_default();
        let terminated = state.trim_start().get(..10).is_some_and(|word| word.eq_ignore_ascii_case("terminated"));
        match told {
            Some(status) if status >= 200 => self.referral_failed(core, status),
            // It will not tell how it ended.
            _ if terminated => self.referral_failed(core, 487),
            Some(status) => {
                core.event(Event::ReferProgressed { leg: self.id, status });
                Life::Live
            }
            None => Life::Live,
        }
    }
}

/// The status in the first line of a message fragment (RFC 3420): `SIP/2.0 200 OK`.
fn fragment(body: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(body).ok()?;
    let mut words = text.lines().next()?.split_ascii_whitespace();
    let version = words.next()?;
    let status: u16 = words.next().filter(|status| status.len() == 3)?.parse().ok()?;
    (version.eq_ignore_ascii_case("SIP/2.0") && (100..700).contains(&status)).then_some(status)
}

#[cfg(test)]
mod tests {
    use super::fragment;

    #[test]
    fn what_a_fragment_says() {
        for (body, status) in [
            (&b"SIP/2.0 200 OK\r\n"[..], Some(200)),
            (b"SIP/2.0 180 Ringing", Some(180)),
            (b"sip/2.0 603\r\nTo: x\r\n", Some(603)),
            (b"SIP/2.0 20 OK", None),
            (b"SIP/2.0 999 No", None),
            (b"INVITE sip:x SIP/2.0", None),
            (b"\xff", None),
            (b"", None),
        ] {
            assert_eq!(fragment(body), status, "{body:?}");
        }
    }
}
