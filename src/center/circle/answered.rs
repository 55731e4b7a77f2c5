//! A phone that was rung answers, or does not, or nothing is heard of it.
//!
//! Until a packet came of a browser that picked up nothing is answered: the caller goes on hearing the music, and if
//! none comes the contact is redirected as without an answer, from its first arrival. The agent is not ready
//! afterwards, because the next call would end the same way.

use crate::acd::{self, NO_MEDIA, RefusedWhy};
use crate::base::{AgentId, LegId};
use crate::call::{self, AttemptId, Cause, Mode, Party, Role};
use crate::center::circle::Circle;
use crate::center::circle::ring::Rung;
use crate::center::desk::{CallState, RingEnd};
use crate::center::event::Event;
use crate::center::outbound::attempt::{OutboundAttempt, Shown, told};
use crate::center::outbound::route::CAPPED;
use crate::center::output::{Observed, Output};
use crate::center::turn::sip_reason;
use crate::center::visit::{Calling, Dialling, Errand, Fetching, Phase, Talking, Then, Who, caller_party};
use crate::crm::EndedBy;
use crate::dialplan::{DialFailed, Event as FlowEvent};
use crate::sip::{self, Elsewhere, Reason};

/// Nobody is rung for longer, seconds.
pub(in crate::center) const RING_MAX_S: u32 = 180;

impl Circle<'_> {
    /// A phone answered: the agent's, a dialled party's, or one that comes back.
    pub fn reached(&mut self, attempt: AttemptId, (leg, phone): (LegId, Option<String>)) -> Then {
        if let Some(other) = self.visit.other_rung(attempt) {
            self.other_reached(other, (leg, phone));
            return Then::GoesOn;
        }
        match &self.visit.phase {
            phase if phase.rejoining().is_some_and(|ring| ring.attempt == attempt) => {
                return self.rejoined(leg, phone);
            }
            Phase::Queued(queued) => {
                let ring = queued.rings.iter().find(|(_, ring)| ring.attempt == attempt);
                if let Some((reservation, agent)) = ring.map(|(id, ring)| (*id, ring.agent)) {
                    let occupied = (agent, queued.contact);
                    let talk = Talking::begun(self.turn.now, occupied, Some(queued.queue), (leg, phone));
                    self.visit.accept(reservation, &mut self.turn);
                    return match self.visit.is_unheld() {
                        true => self.visit.call_customer(talk, &mut self.turn),
                        false => Then::Connect(talk),
                    };
                }
            }
            Phase::Fetching(fetching) if fetching.attempt == attempt => return self.fetched((leg, phone)),
            Phase::Offered(Some(offer)) if offer.going.attempt == attempt => return self.offer_taken((leg, phone)),
            Phase::Handing(handing) if handing.going.attempt == attempt => {
                self.handed_over((leg, phone));
                return Then::GoesOn;
            }
            phase @ Phase::Calling(_) if phase.is_out_as(attempt) => {
                return self.customer_reached(leg);
            }
            phase @ Phase::Placing(_) if phase.is_out_as(attempt) => {
                return self.visit.placed_answered(leg, &mut self.turn);
            }
            phase @ Phase::Dialling(_) if phase.is_out_as(attempt) => return self.dialled((leg, phone)),
            _ => {}
        }
        self.turn.todo.to_calls(call::Command::Hangup { leg, reason: sip_reason(487, "too late") });
        Then::GoesOn
    }

    /// `elsewhere`: where the trunk has sent the call.
    pub fn not_reached(&mut self, attempt: AttemptId, (cause, why): (Cause, &Reason), elsewhere: &[Elsewhere]) -> Then {
        if self.visit.sent_on(attempt, why, elsewhere, &mut self.turn) {
            return Then::GoesOn;
        }
        match &self.visit.phase {
            Phase::Queued(_) => {
                if let Some((reservation, _)) = self.visit.ring_of(attempt) {
                    self.turn.todo.to_router(acd::Input::Refused { reservation, why: refused(cause) });
                }
                Then::GoesOn
            }
            phase if phase.rejoining().is_some_and(|ring| ring.attempt == attempt) => {
                self.not_rejoined(why);
                Then::GoesOn
            }
            Phase::Fetching(fetching) if fetching.attempt == attempt => Then::Over(EndedBy::Agent, Some(why.clone())),
            _ => self.out_failed(attempt, (cause, why)),
        }
    }

    /// Picked up, and nothing is heard of it.
    pub fn no_media(&mut self, attempt: AttemptId, why: &Reason) -> Then {
        let reserved = self.visit.ring_of(attempt).map(|(reservation, ring)| (reservation, ring.agent));
        let rejoining = self.visit.phase.rejoining().filter(|ring| ring.attempt == attempt);
        if rejoining.is_some_and(|ring| ring.phone.is_some()) {
            // The call stays where it was.
            self.not_rejoined(why);
            return Then::GoesOn;
        }
        let agent = match &self.visit.phase {
            Phase::Parked(parked) if rejoining.is_some() => parked.talk.agent,
            Phase::Fetching(fetching) if fetching.attempt == attempt => {
                return Then::Over(EndedBy::Agent, Some(why.clone()));
            }
            _ => match reserved {
                Some((_, agent)) => agent,
                None => return self.out_failed(attempt, (Cause::Unreachable, why)),
            },
        };
        let reason = why.text.clone();
        self.visit.log(self.turn.now, Event::AgentNoMedia { agent, reason: reason.clone() }, self.turn.out);
        self.turn.out.push(Output::Observed(Observed::NoMedia { agent, why: reason }));
        match reserved {
            Some((reservation, _)) => {
                self.turn.todo.to_router(acd::Input::Refused { reservation, why: RefusedWhy::NoMedia });
                Then::GoesOn
            }
            None => self.rejoin_failed(NO_MEDIA),
        }
    }

    /// The party was not reached, through the last trunk or the only one that counts.
    pub(super) fn out_failed(&mut self, attempt: AttemptId, (cause, why): (Cause, &Reason)) -> Then {
        if self.visit.going_out(attempt).is_none() {
            return Then::GoesOn;
        }
        if cause == Cause::TrunkFault && self.visit.next_trunk(attempt, why, &mut self.turn) {
            return Then::GoesOn;
        }
        if let Some(other) = self.visit.other_rung(attempt) {
            self.other_failed(other, cause);
            return Then::GoesOn;
        }
        match &self.visit.phase {
            Phase::Calling(_) | Phase::Placing(_) => self.visit.customer_not_reached(cause, why, &mut self.turn),
            Phase::Offered(_) => self.offer_failed(RingEnd::after(cause)),
            Phase::Dialling(_) => self.dial_failed(cause),
            Phase::Handing(_) => self.not_handed_over(cause),
            _ => Then::GoesOn,
        }
    }
}

/// An agent calls somebody.
impl Circle<'_> {
    /// Who speaks with somebody whom a campaign calls owes something for it from then on.
    fn customer_reached(&mut self, leg: LegId) -> Then {
        let then = self.visit.customer_reached(leg, &mut self.turn);
        let Then::Connect(mut talk) = then else { return then };
        if self.visit.campaign().is_some() {
            talk.contact = self.take_on(talk.agent, Some(talk.contact), talk.queue);
        }
        Then::Connect(talk)
    }

    /// The agent's own phone is up: now the customer is called.
    fn fetched(&mut self, up: (LegId, Option<String>)) -> Then {
        let Errand::Outbound(outbound) = &mut self.visit.errand else { return Then::GoesOn };
        let routes = std::mem::take(&mut outbound.routes);
        let (agent, asked, queue) = (outbound.agent, outbound.contact, outbound.queue);
        // A campaign says itself when it has rung long enough, and nothing is owed for it before somebody answers.
        let (ring_s, contact) = match outbound.campaign.is_some() {
            true => (RING_MAX_S, asked),
            false => (self.turn.rules.configuration.outbound.ring_s, self.take_on(agent, Some(asked), queue)),
        };
        let ring_ms = u64::from(ring_s).saturating_mul(1_000);
        let (now, visit) = (self.turn.now, &mut *self.visit);
        let talk = Talking::begun(now, (agent, contact), queue, up);
        let shown = Shown {
            from: sip::CallerId { name: String::new(), user: visit.record.called.clone(), host: String::new() },
            headers: told(visit.record.id),
            ring_ms,
        };
        let going = OutboundAttempt::through(visit.call, routes, shown, &mut self.turn);
        let (goes, trunk) = (going.is_some(), going.as_ref().and_then(|going| going.trunk.clone()));
        let number = visit.record.caller.clone();
        visit.log(now, Event::CallDialled { agent, number, trunk }, self.turn.out);
        visit.enter(now, Phase::Calling(Calling { talk, going }));
        visit.tell_own(CallState::Connecting, now, &mut self.turn);
        if !goes {
            // Others have used up what there was while the own phone rang.
            return visit.customer_not_reached(Cause::NotAllowed, &sip_reason(403, CAPPED.1), &mut self.turn);
        }
        visit.play_ringback(&mut self.turn);
        Then::GoesOn
    }

    /// The agent gave up before the own phone answered, or it did not.
    pub(super) fn fetch_ended(&mut self, fetching: &Fetching, by: EndedBy) {
        self.visit.tell_own_ended(by, &mut self.turn);
        let Errand::Outbound(outbound) = &self.visit.errand else { return };
        let contact = outbound.contact;
        let reason = sip_reason(487, "given up");
        self.turn.todo.to_calls(call::Command::StopRing { attempt: fetching.attempt, reason });
        // Whose own phone is not heard of gets no further calls of a campaign, as after a ring without an answer.
        if outbound.campaign.is_some() && matches!(by, EndedBy::Agent | EndedBy::Network) {
            let (agent, reason, author) = (outbound.agent, acd::NO_ANSWER.to_owned(), acd::Author::System);
            self.turn.todo.to_router(acd::Input::NotReady { agent, reason, author });
        }
        self.contacts.free(Some(contact), self.turn.todo);
    }
}

/// A flow dials somebody.
impl Circle<'_> {
    /// Rings an agent by key, or a number by the trunk that the call came from. An agent at work sees who calls, and has
    /// the call as any other; one who has something on hand is busy.
    pub fn dial(&mut self, target: &str, ring_ms: u64) -> Option<FlowEvent> {
        let (rules, call) = (self.turn.rules, self.visit.call);
        let shown = Shown { from: caller_party(self.visit), headers: told(self.visit.record.id), ring_ms };
        let going = match rules.configuration.rules.agents.iter().find(|agent| agent.key == target) {
            Some(agent) => {
                let (agent, seat) = (agent.id, self.seats.get(&agent.id)?);
                let (branches, at_work) = (seat.branches(), seat.is_at_work());
                if at_work && seat.is_reachable() && !seat.takes_calls_of_colleagues() {
                    return Some(FlowEvent::DialFailed(DialFailed::Busy));
                }
                let going = OutboundAttempt::to_phones(call, branches, shown, &mut self.turn);
                going.map(|going| self.dialling(agent, going, at_work))
            }
            None => {
                let trunk = self.visit.trunk().and_then(|trunk| rules.trunk(trunk));
                let routes = rules.routes_to(trunk, target);
                let going = OutboundAttempt::through(call, routes, shown, &mut self.turn);
                going.map(|going| Dialling { going, to: None })
            }
        };
        match going {
            Some(dialling) => {
                self.visit.enter(self.turn.now, Phase::Dialling(dialling));
                None
            }
            None => Some(FlowEvent::DialFailed(DialFailed::Unreachable)),
        }
    }

    /// Nobody else gets an agent who is at work, and who sees who calls.
    fn dialling(&mut self, agent: AgentId, going: OutboundAttempt, at_work: bool) -> Dialling {
        if !at_work {
            return Dialling { going, to: None };
        }
        let Rung { who, going, pop } = self.rung_agent(agent, going, None, None);
        Dialling { going, to: Some((who, pop)) }
    }

    /// Whoever the flow dialled has answered: an agent at work has the call from now on.
    fn dialled(&mut self, (leg, phone): (LegId, Option<String>)) -> Then {
        let Phase::Dialling(dialling) = &self.visit.phase else { return Then::GoesOn };
        let Some((Who::Agent { agent, contact: asked }, _)) = dialling.to else {
            self.visit.enter(self.turn.now, Phase::Dialled(leg));
            self.visit.join(Party { leg, role: Role::Guest, mode: Mode::Talk }, &mut self.turn);
            return Then::GoesOn;
        };
        let contact = self.take_on(agent, asked, None);
        Then::Connect(Talking::begun(self.turn.now, (agent, contact), None, (leg, phone)))
    }

    pub(super) fn dial_failed(&mut self, cause: Cause) -> Then {
        if let Phase::Dialling(dialling) = self.visit.enter(self.turn.now, Phase::Flow) {
            self.withdraw_dialled(&dialling, RingEnd::after(cause));
        }
        Then::Flow(FlowEvent::DialFailed(as_flows_tell(cause)))
    }

    /// The dialled agent has nothing more to do with it.
    pub(super) fn withdraw_dialled(&mut self, dialling: &Dialling, why: RingEnd) {
        if let Some((who, pop)) = &dialling.to {
            self.withdraw(who, *pop, why);
        }
    }
}

/// What the router is told of an agent's phones that were rung in vain.
fn refused(cause: Cause) -> RefusedWhy {
    match cause {
        Cause::Busy => RefusedWhy::Busy,
        Cause::NoAnswer | Cause::Declined => RefusedWhy::Declined,
        Cause::NoSuchNumber | Cause::NotAllowed | Cause::TrunkFault | Cause::Unreachable => RefusedWhy::Unreachable,
    }
}

/// As a flow tells the causes apart.
fn as_flows_tell(cause: Cause) -> DialFailed {
    match cause {
        Cause::Busy => DialFailed::Busy,
        Cause::NoAnswer => DialFailed::NoAnswer,
        Cause::Declined => DialFailed::Rejected,
        Cause::NoSuchNumber | Cause::NotAllowed | Cause::TrunkFault | Cause::Unreachable => DialFailed::Unreachable,
    }
}
