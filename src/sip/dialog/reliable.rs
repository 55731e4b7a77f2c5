//! Provisional responses that must arrive (RFC 3262, `100rel`), in both roles; and what early dialogs of forks said.
//!
//! | we | input | outputs |
//! | --- | --- | --- |
//! | are called by one who requires it, or knows it and gets an answer | Progress | 18x with RSeq, again and again; the next waits for PRACK |
//! | | PRACK of the one that waits | 200; what waited; the 200 to the INVITE |
//! | | any other PRACK; one with an offer | 481; 488 |
//! | | Accept, while an 18x has no PRACK | the 200 waits for it |
//! | | Accept, where it is required and nothing was sent yet | 180 with RSeq; the 200 waits |
//! | | no PRACK for 64 T1 | 504; `Ended(Lost)` |
//! | call | 18x with RSeq | PRACK, each fork in its own order; repetitions and gaps are passed over |
//! | | 2xx without a body | the answer that an 18x of the same fork had |
//!
//! Where the offer is late it would have to be in the first such response (RFC 3262 §5): there none is sent, and
//! the 200 has it. Limits: [`FORKS`] early dialogs, [`WAITING`] responses that wait.

use bytes::Bytes;

use super::leg::{Fork, Sent, State};
use super::{Alarm, Core, Leg, Life, Owner, identity, lost};
use crate::sip::output::Output;
use crate::sip::transaction::TransactionId;
use crate::sip::wire::{Draft, Method, Name, RAck, Request, Response};
use crate::sip::{Reason, Received};

/// The option tag.
const TAG: &str = "100rel";
const FORKS: usize = 8;
const WAITING: usize = 4;

impl Leg {
    /// Must this 18x arrive?
    pub(super) fn is_reliable(&self, answer: Option<&Bytes>) -> bool {
        let State::Invited(pending) = &self.state else { return false };
        pending.request.requires(TAG) || (answer.is_some() && pending.request.supports(TAG))
    }

    pub(super) fn progress_reliably(&mut self, core: &mut Core<'_>, status: u16, answer: Option<Bytes>) -> Life {
        let State::Invited(pending) = &self.state else { return Life::Live };
        if pending.request.sdp().is_none() {
            return Life::Live;
        }
        let reliable = self.reliable.get_or_insert_default();
        if reliable.sent.is_some() {
            if reliable.next.len() >= WAITING {
                reliable.next.pop_front();
            }
            reliable.next.push_back((status, answer));
            return Life::Live;
        }
        reliable.number = match reliable.number {
            0 => u32::try_from(core.tokens.below(1_000)).unwrap_or(0).saturating_add(1),
            number => number.saturating_add(1),
        };
        let draft = Draft::response(&pending.request, status)
            .to_tag(self.dialog.local_tag())
            .header(Name::Contact, self.dialog.contact(core.identity))
            .header(Name::Allow, identity::ALLOW)
            .header(Name::Require, TAG)
            .header(Name::RSeq, reliable.number);
        let draft = core.identity.sign_response(draft);
        let draft = match answer {
            Some(answer) => draft.body(identity::SDP, answer),
            None => draft,
        };
        let Some(to) = core.layer.reply_to(pending.transaction) else { return Life::Live };
        core.layer.respond(core.now, pending.transaction, &draft, core.out);
        let (gap, until) = (core.layer.timers().t1, core.now + core.layer.timers().give_up());
        reliable.sent = Some(Sent { bytes: draft.to_bytes(), to, gap, until });
        core.set(self.id, Alarm::Reliable, gap);
        Life::Live
    }

    /// No PRACK yet.
    pub(super) fn progress_again(&mut self, core: &mut Core<'_>) -> Life {
        let Some(sent) = self.reliable.as_mut().and_then(|reliable| reliable.sent.as_mut()) else {
            return Life::Live;
        };
        if core.now >= sent.until {
            self.refuse_invite(core, &Reason { status: 504, text: String::new() }, None);
            return Life::Over(lost(504, "no PRACK"));
        }
        core.out.push(Output::Transmit { to: sent.to, bytes: sent.bytes.clone() });
        // RFC 3262 §3: the gap doubles without a bound.
        sent.gap = sent.gap.saturating_mul(2);
        let gap = sent.gap.min(sent.until.since(core.now));
        core.set(self.id, Alarm::Reliable, gap);
        Life::Live
    }

    pub(super) fn prack(&mut self, core: &mut Core<'_>, request: &Request, transaction: TransactionId) -> Life {
        let invite = match &self.state {
            State::Invited(pending) => Some(pending.request.cseq().number),
            _ => None,
        };
        let asked = request.header(Name::RAck).and_then(|value| RAck::parse(value).ok());
        let ours = self.reliable.as_mut().filter(|reliable| {
            reliable.sent.is_some() && asked.is_some_and(|asked| asked.is_for(reliable.number, invite))
        });
        let status = match (&ours, request.sdp()) {
            (None, _) => 481,
            (Some(_), Some(_)) => 488,
            (Some(_), None) => 200,
        };
        core.respond(transaction, Draft::response(request, status).to_tag(self.dialog.local_tag()));
        let Some(reliable) = ours else { return Life::Live };
        reliable.sent = None;
        let (next, accept) = (reliable.next.pop_front(), reliable.accept.take());
        core.clear(self.id, Alarm::Reliable);
        match (accept, next) {
            (Some(answer), _) => self.accept(core, answer),
            (None, Some((status, answer))) => self.progress_reliably(core, status, answer),
            (None, None) => Life::Live,
        }
    }

    /// May the 200 not go out yet? Then it will with the PRACK.
    pub(super) fn accept_later(&mut self, core: &mut Core<'_>, answer: &Bytes) -> bool {
        let none_yet = self.reliable.as_ref().is_none_or(|reliable| reliable.number == 0);
        if none_yet && self.is_reliable(None) {
            self.progress_reliably(core, 180, None);
        }
        let waits = self.reliable.as_mut().filter(|reliable| reliable.sent.is_some());
        waits.map(|reliable| reliable.accept = Some(answer.clone())).is_some()
    }

    /// An 1xx to our INVITE; `false`: it is to be passed over.
    pub(super) fn heard_early(&mut self, core: &mut Core<'_>, response: &Response, received: &Received) -> bool {
        let Some(tag) = response.to_tag().filter(|_| response.status > 100) else { return true };
        let number = response.header(Name::RSeq).and_then(|value| value.trim().parse::<u32>().ok());
        let number = number.filter(|_| response.requires(TAG));
        let answer = response.sdp();
        if number.is_none() && answer.is_none() {
            return true;
        }
        let forks = &mut self.reliable.get_or_insert_default().forks;
        let at = forks.iter().position(|fork| fork.tag == tag).unwrap_or(forks.len());
        if at == forks.len() && forks.len() < FORKS {
            forks.push(Fork { tag: tag.to_owned(), number: None, answer: None });
        }
        let Some(fork) = forks.get_mut(at) else { return true };
        if let (Some(number), Some(last)) = (number, fork.number)
            && number != last.wrapping_add(1)
        {
            return false;
        }
        fork.number = number.or(fork.number);
        fork.answer = answer.or(fork.answer.take());
        if let Some(number) = number {
            self.send_prack(core, response, received, number);
        }
        true
    }

    fn send_prack(&mut self, core: &mut Core<'_>, response: &Response, received: &Received, number: u32) {
        let branch = core.tokens.take();
        let what = (Method::Prack, branch.as_str());
        let (prack, to) = self.dialog.early_request(what, (response, received), core.identity, core.reach);
        let proofs = match &mut self.prover {
            Some(prover) => prover.credentials(core.tokens, &Method::Prack, prack.uri()),
            None => Vec::new(),
        };
        let prack = proofs.into_iter().fold(prack, |prack, (name, value)| prack.header(name, value));
        let rack = RAck { response: number, request: response.cseq().number, method: Method::Invite };
        // A full table: the response comes again.
        let _ = core.layer.request(core.now, prack.header(Name::RAck, rack), to, Owner::Nobody, core.out);
    }

    /// The answer that this fork gave before its 2xx.
    pub(super) fn early_answer(&mut self, tag: Option<&str>) -> Option<Bytes> {
        let forks = self.reliable.take()?.forks;
        forks.into_iter().find(|fork| Some(fork.tag.as_str()) == tag).and_then(|fork| fork.answer)
    }
}
