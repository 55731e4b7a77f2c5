//! Dialogs: what two peers agree on between INVITE and BYE (RFC 3261 §12-§15, UPDATE of RFC 3311,
//! Reason of RFC 3326, digits by INFO). A [`Leg`] is one dialog with the state of its call.
//!
//! What it is not: no media (bodies pass as bytes), no admission, no retransmission of requests
//! (that is [`super::transaction`]). It repeats only the 2xx to INVITE, which RFC 3261 §13.3.1.4 gives
//! to the user of the transaction.
//!
//! | leg state | input | next | outputs, in order |
//! | --- | --- | --- | --- |
//! | (none) | INVITE, admitted | Invited | 100; `Invited` |
//! | Invited | Progress | Invited | 18x (reliably: [`reliable`]) |
//! | Invited | Accept | Answered | 200, repeated until ACK |
//! | Invited | Refuse, Hangup | over | 3xx-6xx; `Ended(Local)` |
//! | Invited | CANCEL, or BYE | over | 200, 487; `Ended(Peer)` |
//! | Invited | ringing limit | over | 480; `Ended(Lost 408)` |
//! | Answered | ACK | Up | `Confirmed` (then BYE if Hangup came meanwhile, or the offer that waited) |
//! | Answered | Hangup | Answered | BYE must wait for the ACK (RFC 3261 §15) |
//! | Answered | no ACK for 64 T1 | Leaving | BYE, at its end `Ended(Lost 408)` |
//! | Answered | no ACK, its room is needed | over | BYE, once; `Ended(Lost 408)` |
//! | (none) | Invite | Calling | INVITE |
//! | Calling | 18x | Calling | PRACK, if it must arrive; `Progressed` |
//! | Calling | 401, 407 that our account answers | Calling | INVITE with credentials |
//! | Calling | nothing heard for `unheard_after_ms` | Calling, cancelled | `Unheard` |
//! | Calling | 2xx | Up | ACK; `Accepted` |
//! | Calling | 3xx of a trunk with whom to call instead | over | `Ended(Redirected)` |
//! | Calling | 3xx-6xx | over | `Ended(Refused)`, or the end the cancel was for |
//! | Calling | Hangup, give-up time | Calling | CANCEL, as soon as a 1xx has come |
//! | Calling, cancelled | 2xx | Leaving | ACK; BYE |
//! | Calling | timeout, transport failed | over | `Ended(Lost)` |
//! | Up | BYE | over | 200; `Ended(Peer)` |
//! | Up | Hangup | Leaving | BYE |
//! | Leaving, and offering Ours | 401, 407 that our account answers | same | BYE, re-INVITE with credentials |
//! | Up | 2xx again, same tag | Up | ACK again |
//! | (none) | TakeUp | Up, offering Ours | re-INVITE ([`kept`]) |
//! | any | 2xx, another tag (a fork) | same | ACK and BYE to that one |
//! | Leaving | any end of the BYE | over | `Ended` |
//!
//! While Up, one offer at a time:
//!
//! | offering | input | next | outputs |
//! | --- | --- | --- | --- |
//! | None | Offer | Ours | re-INVITE |
//! | Ours | 2xx | None | ACK; `OfferAnswered` |
//! | Ours | 491 | Glare | wait (2.1-4 s who called, 0-2 s who was called), twice |
//! | Ours | 408, 481, timeout | Leaving | BYE; `Ended(Lost)` |
//! | Ours | other 3xx-6xx | None | `OfferRefused` |
//! | Ours | INVITE, UPDATE with offer | Ours | 491 |
//! | Glare | wait over | Ours | re-INVITE |
//! | None, Glare | INVITE, UPDATE with offer | Theirs | `OfferRefused(491)` if ours waited; `Offered` |
//! | Theirs | INVITE, UPDATE with offer | Theirs | 500 with Retry-After |
//! | Theirs | AnswerOffer | Answered (UPDATE: None) | 200, repeated until ACK |
//! | Theirs | RefuseOffer, CANCEL, 32 s | None | 488, 491; 487; 500 |
//! | Answered | ACK | None | `OfferAnswered` if the offer was ours (late) |
//! | Answered | no ACK for 64 T1 | Leaving | BYE; `Ended(Lost 408)` |
//! | Answered | Offer | Answered | waits for the ACK; the last one counts |
//! | None | time to refresh | None | UPDATE without offer, or `RefreshDue`, which asks for an `Offer` ([`session`]) |
//!
//! REFER and what is told of it: [`refer`].
//!
//! Limits: one offer waits; everything else of a leg is of fixed size but for what messages bring
//! ([`super::wire::limits`]).

mod ending;
pub mod identity;
mod incoming;
mod inside;
mod kept;
mod leg;
mod offer;
mod outgoing;
mod peer;
mod prove;
mod redirect;
mod refer;
mod reliable;
mod session;
mod timer;

use std::time::Duration;

use super::output::{Counter, Output};
use super::tokens::Tokens;
use super::transaction::{Layer, TransactionId};
use super::trunk::{TrunkId, TrunkRequest};
use super::wire::Draft;
use super::{Event, LegEnd, Reason};
use crate::base::{Deadlines, Instant, LegId};
pub use identity::Identity;
pub use kept::KeptDialog;
pub use leg::Leg;
pub use outgoing::{Way, turn_away};
pub use peer::{Dialog, Reach, source_of};
pub use timer::SessionTimers;

/// Whose a transaction is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Owner {
    Leg(LegId, Part),
    Trunk(TrunkId, TrunkRequest),
    /// A NOTIFY of the subscription with this number.
    Subscription(u64),
    /// Nobody waits for what becomes of it.
    Nobody,
}

/// Which request of a leg a transaction carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// The INVITE that made the leg.
    Invite,
    Reinvite,
    /// A session refresh.
    Update,
    Refer,
    Notify,
    Bye,
    /// A request of the peer.
    Theirs,
}

/// The deadlines of a leg.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Alarm {
    /// Send the 2xx once more.
    Repeat,
    /// No ACK came for a 2xx.
    NoAck,
    /// Our INVITE is to be cancelled.
    GiveUp,
    /// Nothing came back to our INVITE.
    Unheard,
    /// A cancelled INVITE has no final response.
    CancelUnanswered,
    /// The peer's INVITE was not answered by the layer above.
    Unanswered,
    /// Try the offer again after a 491.
    Glare,
    /// The session is to be refreshed, or over.
    Session,
    /// What became of a REFER was not told.
    Referral,
    /// A provisional response of ours has no PRACK.
    Reliable,
}

impl Alarm {
    const ALL: [Self; 10] = [
        Self::Repeat,
        Self::NoAck,
        Self::GiveUp,
        Self::Unheard,
        Self::CancelUnanswered,
        Self::Unanswered,
        Self::Glare,
        Self::Session,
        Self::Referral,
        Self::Reliable,
    ];
}

/// Does the leg go on?
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Life {
    Live,
    Over(LegEnd),
}

/// What a leg may use besides itself.
pub struct Core<'a> {
    pub now: Instant,
    pub layer: &'a mut Layer<Owner>,
    pub alarms: &'a mut Deadlines<(LegId, Alarm)>,
    pub tokens: &'a mut Tokens,
    pub identity: &'a Identity,
    pub reach: &'a dyn Reach,
    /// How long an incoming INVITE may ring.
    pub ringing: Duration,
    pub session: SessionTimers,
    pub out: &'a mut Vec<Output>,
}

impl Core<'_> {
    pub fn event(&mut self, event: Event) {
        self.out.push(Output::Event(event));
    }

    pub fn count(&mut self, counter: Counter) {
        self.out.push(Output::Counted(counter));
    }

    pub fn respond(&mut self, transaction: TransactionId, response: Draft) {
        let response = self.identity.sign_response(response);
        self.layer.respond(self.now, transaction, &response, self.out);
    }

    fn set(&mut self, leg: LegId, alarm: Alarm, after: Duration) {
        self.alarms.set((leg, alarm), self.now + after);
    }

    fn clear(&mut self, leg: LegId, alarm: Alarm) {
        self.alarms.clear(&(leg, alarm));
    }

    /// Forgets all deadlines of a leg.
    pub fn clear_all(&mut self, leg: LegId) {
        for alarm in Alarm::ALL {
            self.clear(leg, alarm);
        }
    }
}

fn lost(status: u16, text: &str) -> LegEnd {
    LegEnd::Lost(Reason { status, text: text.to_owned() })
}
