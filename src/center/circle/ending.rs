//! A leg is gone, an agent has done with the call, or the call is over: who is free then.

use crate::acd::{self, Left};
use crate::base::{AgentId, LegId};
use crate::call::{self, Cause, LegEnded, Mode};
use crate::center::circle::Circle;
use crate::center::desk::RingEnd;
use crate::center::event::Event;
use crate::center::outbound::spending::Payer;
use crate::center::output::{Observed, Output};
use crate::center::seat::Closed;
use crate::center::turn::{millis, sip_reason};
use crate::center::visit::{Errand, Other, Phase, Queued, Stage, Talking, Then};
use crate::crm::EndedBy;
use crate::dialplan::Event as FlowEvent;
use crate::sip::Reason;

impl Circle<'_> {
    pub fn leg_ended(&mut self, leg: LegId, ended: LegEnded) -> Then {
        if let Some(then) = self.phone_line_ended(leg) {
            return then;
        }
        if Some(leg) == self.visit.caller_leg {
            let (by, why) = whose(ended, EndedBy::Customer);
            if self.visit.kept.taking_up.is_some() && by != EndedBy::Customer {
                return self.visit.interrupt(by, why, &mut self.turn);
            }
            return Then::Over(by, why);
        }
        if let Some(other) = self.visit.other_with(leg) {
            self.other_left(other);
            return Then::GoesOn;
        }
        match &self.visit.phase {
            Phase::Talking(talk) if talk.leg == leg => match ended {
                // On the hook with somebody else in the call: that is how a phone hands over.
                LegEnded::Peer(reason) => self.complete().map_or_else(|_| self.agent_hangs_up(reason), Then::from),
                LegEnded::Lost(reason) => {
                    self.keep_for_agent(&reason);
                    Then::GoesOn
                }
                LegEnded::Local => Then::GoesOn,
            },
            Phase::Calling(calling) if calling.talk.leg == leg => match ended {
                LegEnded::Local => Then::GoesOn,
                ended => {
                    let (by, why) = whose(ended, EndedBy::Agent);
                    Then::Over(by, why)
                }
            },
            // Of an earlier process, and not taken up: another phone of the agent may be there.
            Phase::Parked(parked) if parked.talk.leg == leg => {
                self.ring_again();
                Then::GoesOn
            }
            Phase::PassedOn(guest) if *guest == leg => {
                let (by, why) = whose(ended, EndedBy::Guest);
                Then::Over(by, why)
            }
            Phase::Dialled(dialled) if *dialled == leg => {
                self.visit.enter(self.turn.now, Phase::Flow);
                Then::Flow(FlowEvent::Finished)
            }
            _ => Then::GoesOn,
        }
    }

    /// The caller goes on in the flow where it says how (`on_finished`); else the call is over.
    pub fn agent_hangs_up(&mut self, why: Option<Reason>) -> Then {
        let goes_on = self.visit.led.as_ref().is_some_and(|led| led.run.goes_on_after_talk(&led.flow));
        match self.visit.phase.talk().filter(|_| goes_on).cloned() {
            Some(talk) => self.back_to_flow(&talk),
            None => Then::Over(EndedBy::Agent, why),
        }
    }

    /// Everybody but the caller leaves; what is said to a flow is no conversation to be recorded.
    fn back_to_flow(&mut self, talk: &Talking) -> Then {
        self.leave_to(talk, Some(EndedBy::Agent));
        self.release_all();
        self.visit.go_off_record(&mut self.turn);
        self.visit.set_customer_mode(Mode::Apart, &mut self.turn);
        self.visit.enter(self.turn.now, Phase::Flow);
        self.turn.todo.board_changed = true;
        Then::Flow(FlowEvent::Finished)
    }

    /// Ended by a supervisor, who is named in the log.
    pub fn hang_up_for(&mut self, agent: AgentId, user: &str) -> Then {
        self.visit.log(self.turn.now, Event::CallHungUp { agent: Some(agent), by: user.to_owned() }, self.turn.out);
        Then::Over(EndedBy::Supervisor, None)
    }

    /// It is over for this agent, who keeps the record open for wrap-up. `by`: whoever ended it; `None`: it goes on with
    /// others.
    pub(super) fn part_ended(&mut self, talk: &Talking, by: Option<EndedBy>) {
        self.visit.tell_ended(talk.agent, by, &mut self.turn);
        let talked = match self.visit.record.answered {
            Some(_) => millis(self.turn.now.since(talk.since)),
            None => 0,
        };
        self.seats.close(talk.agent, Closed { contact: talk.contact, interaction: self.visit.record.id });
        // Of the calls of a campaign most reach nobody, and are nobody's work.
        let handled = self.visit.campaign().is_none() || self.visit.record.answered.is_some();
        if let Some(seat) = self.seats.get_mut(&talk.agent).filter(|_| handled) {
            seat.today.handled += 1;
            seat.today.talk_ms += talked;
        }
        self.contacts.free(Some(talk.contact), self.turn.todo);
    }

    /// An agent does not want what a colleague sends or asks, or the own call. `None`: nothing rings.
    pub fn decline(&mut self, agent: AgentId) -> Option<Then> {
        let reason = sip_reason(603, "declined");
        let rings = |other: &Other| other.who.agent() == Some(agent) && other.leg().is_none();
        if let Some(at) = self.visit.others.iter().position(rings) {
            if let Some(Stage::Rings(going)) = self.visit.others.get(at).map(|other| &other.stage) {
                let attempt = going.attempt;
                self.turn.todo.to_calls(call::Command::StopRing { attempt, reason });
            }
            self.other_failed(at, Cause::Declined);
            return Some(Then::GoesOn);
        }
        match &self.visit.phase {
            Phase::Handing(handing) if handing.to.agent() == Some(agent) => {
                let attempt = handing.going.attempt;
                self.turn.todo.to_calls(call::Command::StopRing { attempt, reason });
                Some(self.not_handed_over(Cause::Declined))
            }
            Phase::Dialling(dialling) if dialling.agent() == Some(agent) => {
                let attempt = dialling.going.attempt;
                self.turn.todo.to_calls(call::Command::StopRing { attempt, reason });
                Some(self.dial_failed(Cause::Declined))
            }
            Phase::Offered(Some(offer)) if offer.agent == agent => {
                Some(self.offer_failed(RingEnd::after(Cause::Declined)))
            }
            Phase::Fetching(fetching) if fetching.agent == agent => Some(Then::Over(EndedBy::Agent, Some(reason))),
            Phase::Parked(parked) if parked.returned && parked.talk.agent == agent => {
                Some(self.rejoin_failed(acd::DECLINED))
            }
            _ => None,
        }
    }

    /// The call is over, in this phase: what the router, and the agent who had the caller, must know.
    pub fn over(&mut self, phase: &Phase, by: EndedBy) {
        match phase {
            Phase::Queued(queued) => self.leave_line(queued, by),
            Phase::Talking(talk) => self.part_ended(talk, Some(by)),
            Phase::Parked(parked) => self.part_ended(&parked.talk, Some(by)),
            Phase::Calling(calling) => self.part_ended(&calling.talk, Some(by)),
            Phase::Fetching(fetching) => self.fetch_ended(fetching, by),
            Phase::Handing(handing) => self.withdraw(&handing.to, handing.pop, RingEnd::CallerGone),
            Phase::Offered(Some(offer)) => self.offer_over(offer, RingEnd::CallerGone),
            Phase::InSlot(_) => self.turn.todo.parked_changed = true,
            Phase::Dialling(dialling) => self.withdraw_dialled(dialling, RingEnd::CallerGone),
            Phase::Flow
            | Phase::Placing(_)
            | Phase::Offered(None)
            | Phase::Dialled(_)
            | Phase::PassedOn(_)
            | Phase::Ended => {}
        }
    }

    fn leave_line(&mut self, queued: &Queued, by: EndedBy) {
        // Who was spoken with, and then sent into another line, was not left waiting.
        let abandoned = by == EndedBy::Customer && self.visit.record.answered.is_none();
        let why = if abandoned { Left::Abandoned } else { Left::Removed };
        if let Some(rule) = self.turn.rules.queue(queued.queue).filter(|_| abandoned) {
            let waited = self.turn.now.since(queued.since);
            let wait_micros = u64::try_from(waited.as_micros()).unwrap_or(u64::MAX);
            self.turn.out.push(Output::Observed(Observed::Abandoned { queue: rule.key.clone(), wait_micros }));
        }
        self.turn.todo.to_router(acd::Input::Leave { contact: queued.contact, why });
    }

    /// Nobody who was in the call is busy with it any more.
    pub fn free_all(&mut self) {
        self.release_all();
        let payer = match &self.visit.errand {
            Errand::Outbound(outbound) if outbound.campaign.is_none() => Some(Payer::Agent(outbound.agent)),
            Errand::Placed(placed) if placed.onward.campaign().is_none() => Some(Payer::User(placed.by.clone())),
            _ => None,
        };
        if let Some(payer) = payer {
            let (day, begun) = (self.turn.rules.day(self.turn.now), self.visit.record.started);
            self.seats.spending.spend(self.turn.now, day, payer, begun);
        }
        if let Some((_, contact)) = self.visit.inbound().and_then(|inbound| inbound.occupied) {
            self.turn.todo.to_router(acd::Input::Ended { contact });
        }
    }
}

/// Who has ended it, if `peer` is whose leg it was.
fn whose(ended: LegEnded, peer: EndedBy) -> (EndedBy, Option<Reason>) {
    match ended {
        LegEnded::Peer(reason) => (peer, reason),
        LegEnded::Local => (EndedBy::System, None),
        LegEnded::Lost(reason) => (EndedBy::Network, Some(reason)),
    }
}
