//! A leg: one dialog and the state of its call. The table stands in the head of [`super`].

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use super::timer::Session;
use super::{Alarm, Core, Dialog, Life, Part, lost};
use crate::base::{Instant, LegId};
use crate::sip::output::{Counter, Output};
use crate::sip::proof::Prover;
use crate::sip::transaction::TransactionId;
use crate::sip::wire::{Draft, NameAddr, Request, Response};
use crate::sip::{Command, Destination, FlowId, Invite, LegEnd, Reason, Received, Transport};

#[derive(Debug)]
pub struct Leg {
    pub(super) id: LegId,
    pub(super) dialog: Dialog,
    pub(super) state: State,
    /// We made this call: the Call-ID is ours.
    pub(super) caller: bool,
    /// An offer that waits until the INVITE before it has its ACK.
    pub(super) queued: Option<Bytes>,
    /// CSeq and bytes of the ACK to the last 2xx we got, for when that comes again.
    pub(super) last_ack: Option<(u32, Bytes)>,
    /// What the first INVITE carries, as long as it may have to go out once more.
    pub(super) invite: Option<Box<Invite>>,
    /// Answers challenges, where there is an account for the peer.
    pub(super) prover: Option<Box<Prover>>,
    pub(super) session: Session,
    /// The peer is a phone of ours.
    pub(super) phone: bool,
    /// Provisional responses that must arrive, and what early dialogs said.
    pub(super) reliable: Option<Box<Reliable>>,
    /// A REFER that is not over.
    pub(super) referral: Option<Box<Referral>>,
    /// Where our last REFER sent the peer.
    pub(super) refer_to: Option<Box<NameAddr>>,
}

#[derive(Debug)]
pub(super) enum State {
    Invited(Pending),
    Answered {
        ok: Repeated,
        /// The ACK carries the answer.
        late: bool,
        /// Hangup came before the ACK.
        leave: Option<Reason>,
    },
    Calling {
        invite: TransactionId,
        cancel: Cancel,
    },
    Up(Offering),
    Leaving {
        end: LegEnd,
    },
}

/// Provisional responses that must arrive, and what early dialogs said: see [`super::reliable`].
#[derive(Debug, Default)]
pub(super) struct Reliable {
    /// RSeq of the last of ours; 0: there is none.
    pub number: u32,
    pub sent: Option<Sent>,
    pub next: VecDeque<(u16, Option<Bytes>)>,
    /// A 200 that is to go out.
    pub accept: Option<Bytes>,
    pub forks: Vec<Fork>,
}

/// Ours, without its PRACK.
#[derive(Debug)]
pub(super) struct Sent {
    pub bytes: Bytes,
    pub to: Destination,
    pub gap: Duration,
    pub until: Instant,
}

/// An early dialog of a call of ours.
#[derive(Debug)]
pub(super) struct Fork {
    pub tag: String,
    /// RSeq of the last one, if any was reliable.
    pub number: Option<u32>,
    pub answer: Option<Bytes>,
}

/// A REFER that is not over: see [`super::refer`].
#[derive(Debug)]
pub(super) enum Referral {
    Asked {
        transaction: TransactionId,
        request: Box<Request>,
        /// BYE when all is told.
        leave: Option<Reason>,
    },
    Told {
        /// CSeq of the REFER.
        id: u32,
        /// The peer wants to hear nothing.
        silent: bool,
        /// A NOTIFY has no answer yet.
        sent: bool,
        next: Option<u16>,
        /// The last status was sent.
        over: bool,
        leave: Option<Reason>,
    },
    Ours {
        accepted: bool,
    },
}

/// A request of the peer that waits for its final response.
#[derive(Debug)]
pub(super) struct Pending {
    pub transaction: TransactionId,
    pub request: Box<Request>,
}

/// A 2xx to INVITE, repeated until the ACK comes.
#[derive(Debug)]
pub(super) struct Repeated {
    pub bytes: Bytes,
    pub to: Destination,
    pub gap: Duration,
    pub cseq: u32,
}

#[derive(Debug)]
pub(super) enum Cancel {
    No,
    /// No provisional response yet, so no CANCEL may be sent.
    Wanted {
        reason: Option<Reason>,
        end: LegEnd,
    },
    Sent {
        end: LegEnd,
    },
}

#[derive(Debug)]
pub(super) enum Offering {
    None,
    Ours { offer: Bytes, tries: u8 },
    Glare { offer: Bytes, tries: u8 },
    Theirs { pending: Pending, update: bool },
    Answered { ok: Repeated, late: bool },
}

impl Leg {
    pub fn id(&self) -> LegId {
        self.id
    }

    pub fn dialog(&self) -> &Dialog {
        &self.dialog
    }

    /// An incoming leg whose INVITE has no final response, or whose 2xx has no ACK.
    pub fn is_pending(&self) -> bool {
        matches!(self.state, State::Invited(_) | State::Answered { .. })
    }

    /// An incoming leg whose INVITE has no final response, or had a refusal.
    pub fn is_invited(&self) -> bool {
        matches!(self.state, State::Invited(_))
    }

    pub fn is_up(&self) -> bool {
        matches!(self.state, State::Up(_))
    }

    /// Its 2xx has no ACK.
    pub fn owes_ack(&self) -> bool {
        matches!(self.state, State::Answered { .. })
    }

    /// A command for this leg, other than [`Command::Invite`].
    pub fn command(&mut self, core: &mut Core<'_>, command: Command) -> Life {
        match command {
            Command::Invite(_) | Command::TakeUp { .. } | Command::Refer { .. } => self.late(core),
            Command::Progress { status, answer, .. } => self.progress(core, status, answer),
            Command::Accept { answer, .. } => self.accept(core, answer),
            Command::Refuse { reason, retry_after_s, .. } => self.refuse(core, &reason, retry_after_s),
            Command::Hangup { reason, .. } => self.hangup(core, reason),
            Command::Offer { offer, .. } => self.offer(core, offer),
            Command::AnswerOffer { answer, .. } => self.answer_offer(core, answer),
            Command::RefuseOffer { status, .. } => self.refuse_offer(core, status),
            Command::AnswerRefer { status, .. } => self.answer_refer(core, status),
            Command::TellReferral { status, .. } => self.tell_referral(core, status),
        }
    }

    /// A response to a request of ours.
    pub fn response(&mut self, core: &mut Core<'_>, part: Part, response: &Response, received: &Received) -> Life {
        if part == Part::Invite {
            core.clear(self.id, Alarm::Unheard);
        }
        if matches!(response.status, 401 | 407) && self.challenged(core, part, response) {
            return Life::Live;
        }
        if response.status == 422 && self.asked_for_longer(core, part, response) {
            return Life::Live;
        }
        match part {
            Part::Invite => self.invite_answered(core, response, received),
            Part::Reinvite => self.reinvite_answered(core, response, received),
            Part::Update if response.status >= 200 => self.update_answered(core, response, received),
            Part::Refer => self.refer_answered(core, response),
            Part::Notify if response.status >= 200 => self.notify_answered(core, response.status < 300),
            Part::Bye if response.status >= 200 => self.bye_done(),
            Part::Update | Part::Notify | Part::Bye | Part::Theirs => Life::Live,
        }
    }

    /// A request of ours that nobody answered, or that could not be sent; `reason` says which.
    pub fn unanswered(&mut self, core: &mut Core<'_>, part: Part, reason: Reason) -> Life {
        match part {
            Part::Invite => self.invite_unanswered(reason),
            Part::Reinvite => self.reinvite_unanswered(core, reason),
            Part::Update => self.update_unanswered(core, reason),
            Part::Refer => self.referral_failed(core, reason.status),
            Part::Notify => self.notify_answered(core, false),
            Part::Bye => self.bye_done(),
            Part::Theirs => Life::Live,
        }
    }

    pub fn alarm(&mut self, core: &mut Core<'_>, alarm: Alarm) -> Life {
        match alarm {
            Alarm::Repeat => self.repeat(core),
            Alarm::NoAck => self.never_acknowledged(core),
            Alarm::GiveUp => self.cancel(core, None, lost(408, "no answer")),
            Alarm::Unheard => self.unheard(core),
            Alarm::CancelUnanswered => self.cancel_unanswered(),
            Alarm::Unanswered => self.not_served(core),
            Alarm::Glare => self.glare_over(core),
            Alarm::Session => self.session_due(core),
            Alarm::Reliable => self.progress_again(core),
            Alarm::Referral => self.referral_too_long(core),
        }
    }

    /// The connection the leg used is gone.
    pub fn flow_closed(&mut self, core: &mut Core<'_>, flow: FlowId) -> Life {
        if self.dialog.hop.flow != Some(flow) {
            return Life::Live;
        }
        if self.dialog.hop.transport == Transport::Ws || self.is_pending() {
            core.clear_all(self.id);
            return Life::Over(lost(503, "connection lost"));
        }
        self.dialog.flow_closed();
        Life::Live
    }

    /// Sends the 2xx once more and doubles the gap.
    fn repeat(&mut self, core: &mut Core<'_>) -> Life {
        let (State::Answered { ok, .. } | State::Up(Offering::Answered { ok, .. })) = &mut self.state else {
            return Life::Live;
        };
        core.out.push(Output::Transmit { to: ok.to, bytes: ok.bytes.clone() });
        ok.gap = core.layer.timers().next_gap(ok.gap);
        let gap = ok.gap;
        core.set(self.id, Alarm::Repeat, gap);
        Life::Live
    }

    /// A command that comes too late, or for which the state is wrong.
    pub(super) fn late(&self, core: &mut Core<'_>) -> Life {
        core.count(Counter::LateCommand);
        Life::Live
    }

    /// A response to a pending request, with our tag.
    pub(super) fn reply(&self, pending: &Pending, status: u16) -> Draft {
        Draft::response(&pending.request, status).to_tag(self.dialog.local_tag())
    }

    /// Sends a 2xx with a body and looks after its repetition; `None` if the transaction is gone.
    pub(super) fn send_ok(&mut self, core: &mut Core<'_>, pending: &Pending, body: Bytes) -> Option<Repeated> {
        let to = core.layer.reply_to(pending.transaction)?;
        let draft =
            self.reply(pending, 200).header(crate::sip::wire::Name::Contact, self.dialog.contact(core.identity));
        let draft = self.grant_timer(core, &pending.request, super::identity::capabilities(draft));
        let draft = core.identity.sign_response(draft);
        let draft = draft.body(super::identity::SDP, body);
        core.layer.respond(core.now, pending.transaction, &draft, core.out);
        let (gap, no_ack) = (core.layer.timers().t1, core.layer.timers().give_up());
        core.set(self.id, Alarm::Repeat, gap);
        core.set(self.id, Alarm::NoAck, no_ack);
        Some(Repeated { bytes: draft.to_bytes(), to, gap, cseq: pending.request.cseq().number })
    }
}
