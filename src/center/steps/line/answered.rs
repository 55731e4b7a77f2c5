//! A phone that was rung answers, or does not.

use crate::acd::{self, RefusedWhy};
use crate::base::{CallId, Instant, LegId};
use crate::call::{self, AttemptId, Cause};
use crate::center::Center;
use crate::center::event::Event;
use crate::center::output::{Observed, Output};
use crate::center::turn::sip_reason;
use crate::center::visit::{Phase, Talking};
use crate::crm::EndedBy;
use crate::sip::Reason;

impl Center {
    pub(in crate::center) fn phone_rings(
        &mut self,
        now: Instant,
        call: CallId,
        attempt: AttemptId,
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let Phase::Queued(queued) = &visit.phase else { return };
        let ring = queued.rings.values().find(|ring| ring.attempt == attempt).map(|ring| (ring.agent, ring.since));
        if let Some((agent, since)) = ring {
            let micros = u64::try_from(now.since(since).as_micros()).unwrap_or(u64::MAX);
            out.push(Output::Observed(Observed::ReserveToRing { micros }));
            visit.log(now, Event::AgentRang { agent }, out);
        }
    }

    /// A phone answered: the agent's, a dialled party's, or one that comes back.
    pub(in crate::center) fn reached(
        &mut self,
        now: Instant,
        call: CallId,
        attempt: AttemptId,
        (leg, phone): (LegId, Option<String>),
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        if let Some(other) = visit.other_rung(attempt) {
            return self.other_reached(now, call, other, (leg, phone), out);
        }
        match &visit.phase {
            phase if phase.rejoining().is_some_and(|ring| ring.attempt == attempt) => {
                return self.rejoined(now, call, leg, phone, out);
            }
            Phase::Queued(queued) => {
                let ring = queued.rings.iter().find(|(_, ring)| ring.attempt == attempt);
                if let Some((reservation, agent)) = ring.map(|(id, ring)| (*id, ring.agent)) {
                    let (contact, queue) = (queued.contact, Some(queued.queue));
                    let (since, held, taking_over) = (now, None, None);
                    let talk = Talking { contact, queue, agent, leg, phone, since, held, taking_over };
                    let unheld = visit.is_unheld();
                    self.with(now, call, out, |visit, turn| visit.accept(reservation, turn));
                    return match unheld {
                        true => self.call_customer(now, call, talk, out),
                        false => self.connect(now, call, talk, out),
                    };
                }
            }
            Phase::Fetching(fetching) if fetching.attempt == attempt => {
                return self.fetched(now, call, (leg, phone), out);
            }
            Phase::Handing(handing) if handing.going.attempt == attempt => {
                return self.handed_over(now, call, (leg, phone), out);
            }
            phase @ Phase::Calling(_) if phase.is_out_as(attempt) => {
                return self.customer_reached(now, call, leg, out);
            }
            phase @ Phase::Dialling(_) if phase.is_out_as(attempt) => {
                return self.dialled(now, call, (leg, phone), out);
            }
            _ => {}
        }
        self.todo.to_calls(call::Command::Hangup { leg, reason: sip_reason(487, "too late") });
    }

    pub(in crate::center) fn not_reached(
        &mut self,
        now: Instant,
        call: CallId,
        attempt: AttemptId,
        (cause, why): (Cause, &Reason),
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        match &mut visit.phase {
            Phase::Queued(queued) => {
                let ring = queued.rings.iter().find(|(_, ring)| ring.attempt == attempt);
                let Some(reservation) = ring.map(|(reservation, _)| *reservation) else { return };
                self.todo.to_router(acd::Input::Refused { reservation, why: refused(cause) });
            }
            phase if phase.rejoining().is_some_and(|ring| ring.attempt == attempt) => {
                self.not_rejoined(now, call, why, out);
            }
            Phase::Fetching(fetching) if fetching.attempt == attempt => {
                self.finish(now, call, EndedBy::Agent, Some(why.clone()), out);
            }
            _ => self.out_failed(now, call, attempt, (cause, why), out),
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
